"""What a layer can't take is refused with numbers that would do, and those next to them would not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import LayerError, LimitError, ShapeError
from cnncalc.layers import kind
from cnncalc.layers.adaptivepool import AdaptivePool
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


def test_half_of_the_kernel_is_the_rule() -> None:
    """Unless a pool is said to have wide padding, PyTorch's rule holds."""
    with pytest.raises(LayerError, match="padding 2 is more than half of kernel 3: take a padding ≤ 1$"):
        Pool(3, padding=2)


@pytest.mark.parametrize("layer", [Conv(3), Pool(2), Transposed(2), Conv(3, padding="same")])
def test_a_window_needs_an_axis(layer: Layer) -> None:
    """A vector has no places to slide over; how to write a sequence is said."""
    with pytest.raises(
        ShapeError, match="a window needs at least one axis to slide on, but 100 has none: write 100x1 for"
    ):
        layer.output(Shape((), 100))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Conv", {"kernel": 0}),
        ("Conv", {"kernel": (3, 0)}),
        ("Conv", {"kernel": 3, "stride": 0}),
        ("Conv", {"kernel": 3, "dilation": -1}),
        ("Conv", {"kernel": 3, "filters": 0}),
        ("Conv", {"kernel": 3, "groups": 0}),
        ("Depthwise", {"kernel": 3, "multiplier": 0}),
        ("Separable", {"kernel": 3, "multiplier": 0}),
        ("Tiled", {"kernel": 3, "tile": 0}),
        ("Dense", {"units": 0}),
        ("GroupNorm", {"groups": 0}),
        ("ChannelShuffle", {"groups": 0}),
        ("Attention", {"heads": 0}),
        ("Attend", {"heads": 0}),
        ("AdaptivePool", {"outputs": 0}),
        ("PixelShuffle", {"factor": 0}),
        ("LocalResponseNorm", {"channels": 0}),
        ("Upsample", {"scale": 0}),
        ("Upsample", {"to": 0}),
        ("Unflatten", {"space": 0}),
        ("Slice", {"stride": 0}),
    ],
)
def test_no_size_of_a_layer_is_below_one(name: str, options: dict[str, object]) -> None:
    """Sizes, counts, groups and heads are whole numbers from 1 on, whichever kind asks for them."""
    with pytest.raises(LayerError, match=r"is out of range: give a whole number from 1 to 2\^63 − 1$"):
        kind(name)(**options)
    kind(name)(**dict.fromkeys(options, 1) | ({"kernel": 1} if "kernel" in options else {}))


def test_as_many_phases_as_are_followed() -> None:
    """An adaptive pool repeats after as many outputs as have no common factor with the inputs: 65,536, and no more."""
    assert len(AdaptivePool(65_536).reach(0, 65_537).phases) == 65_536  # type: ignore[union-attr]
    with pytest.raises(LimitError, match="adaptiveavgpool: units repeat only every 65537"):
        AdaptivePool(65_537).reach(0, 65_538)
