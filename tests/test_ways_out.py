"""What a layer can't take is refused with numbers that would do, and those next to them would not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import LayerError, ShapeError
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.pool import Pool
from cnncalc.layers.transposed import Transposed
from cnncalc.shapes import Shape

small = st.integers(1, 9)


def refusal(layer: Layer, size: int) -> str:
    """What is said of a layer on a line of so many inputs; nothing if it takes them."""
    try:
        layer.output(Shape((size,), 1))
    except ShapeError as problem:
        return str(problem)
    return ""


def number(pattern: str, text: str) -> int | None:
    match = re.search(f"{pattern} (\\d+)", text)
    return int(match[1]) if match else None


@given(size=small, kernel=small, dilation=st.integers(1, 3), padding=st.integers(0, 3))
def test_a_window_that_does_not_fit_is_told_what_would(size: int, kernel: int, dilation: int, padding: int) -> None:
    """The least padding that is named lets the window fit and one less does not; so do the largest kernel and one more."""
    line = refusal(Conv(kernel, dilation=dilation, padding=padding), size)
    assert bool(line) == (size + 2 * padding < (kernel - 1) * dilation + 1)
    if not line:
        return
    assert (f"(spanning {(kernel - 1) * dilation + 1})" in line) == (dilation > 1)
    missing, most = number("add padding ≥", line), number("take a kernel ≤", line)
    assert missing is not None
    assert most is not None
    fits = [not refusal(Conv(kernel, dilation=dilation, padding=more), size) for more in (missing - 1, missing)]
    assert fits == [False, True]
    fits = [not refusal(Conv(less, dilation=dilation, padding=padding), size) for less in (most + 1, most)]
    assert fits == [False, True]


@given(size=small, kernel=small, stride=st.integers(1, 4), ceil=st.booleans(), wide=st.booleans(), data=st.data())
def test_a_pool_is_told_of_no_padding_that_it_may_not_have(
    size: int, kernel: int, stride: int, ceil: bool, wide: bool, data: st.DataObject
) -> None:
    """Padding is named only where the pool may have so much, at most half of its kernel; the kernel that is named fits."""
    padding = data.draw(st.integers(0, kernel // 2))
    line = refusal(Pool(kernel, stride=stride, padding=padding, ceil=ceil, wide_padding=wide), size)
    if not line:
        return
    missing, most = number("add padding ≥", line), number("take a kernel ≤", line)
    assert most is not None
    if missing is not None:
        assert not refusal(Pool(kernel, stride=stride, padding=missing, ceil=ceil, wide_padding=wide), size)
    assert refusal(Pool(most + 1, stride=stride, padding=padding, ceil=ceil, wide_padding=wide), size)


@given(size=small, kernel=small, stride=st.integers(1, 3), padding=st.integers(0, 12))
def test_a_padding_that_leaves_nothing_is_told_what_would(size: int, kernel: int, stride: int, padding: int) -> None:
    """A transposed convolution makes (n − 1)·s + k places, of which the padding is cut from both ends: less than half."""
    line = refusal(Transposed(kernel, stride=stride, padding=padding), size)
    places = (size - 1) * stride + kernel
    assert bool(line) == (2 * padding >= places)
    if not line:
        return
    most = number("take a padding <", line)
    assert most is not None
    fits = [not refusal(Transposed(kernel, stride=stride, padding=less), size) for less in (most, most - 1)]
    assert fits == [False, True]


@given(kernel=small, before=st.integers(0, 9), after=st.integers(0, 9), wide=st.booleans())
def test_a_pool_takes_half_of_its_kernel_as_padding(kernel: int, before: int, after: int, wide: bool) -> None:
    """PyTorch's pools take half of the kernel on either side, ONNX Runtime's less than the kernel; more is told the most."""
    most = kernel - 1 if wide else kernel // 2
    if max(before, after) <= max(most, kernel // 2):
        pool = Pool(kernel, padding=((before, after),), wide_padding=wide)
        assert pool.wide_padding == (wide and max(before, after) > kernel // 2)
        return
    with pytest.raises(LayerError, match=f"take a padding ≤ {most}$"):
        Pool(kernel, padding=((before, after),), wide_padding=wide)


def test_a_layer_is_told_by_what_is_not_usual() -> None:
    """Only what is not its default stands in a layer's text."""
    assert str(Conv(3)) == "Conv(kernel=(3,))"
    assert str(Conv((3, 5), stride=2, bias=False)) == "Conv(kernel=(3, 5), stride=(2,), bias=False)"
