"""What PyTorch computes and refuses on one axis, and whether every side of the calculator says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from cnncalc.errors import LayerError, ShapeError
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.pool import Pool
from cnncalc.layers.transposed import Transposed
from cnncalc.shapes import Shape
from cnncalc.verify.axes import slide, stamp
from tests import definitions

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
F = torch.nn.functional

KERNELS, STRIDES, PADDINGS, DILATIONS, SIZES = range(1, 6), range(1, 5), range(5), range(1, 4), range(1, 10)

Options = dict[str, Any]


def options(*dilations: int) -> Iterator[Options]:
    """Every combination of kernel, stride, padding and dilation."""
    for kernel, stride, padding, dilation in product(KERNELS, STRIDES, PADDINGS, dilations):
        yield {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}


def theirs(run: Callable[..., Any], *arguments: Any, **named: Any) -> int | None:
    """How long PyTorch's output is; `None` where it refuses."""
    try:
        size: int = run(*arguments, **named).shape[-1]
    except (RuntimeError, ValueError):
        return None
    return size


def ours(kind: type[Layer], size: int, **options: Any) -> int | None:
    """How long ours is, by the layer's formula, by the experiment of `verify`, and by the sets of `definitions`."""
    try:
        layer = kind(**options)
        (made,) = layer.output(Shape((size,), 1)).space
    except (LayerError, ShapeError):
        return None
    assert made == walked(layer, size) == len(definitions.per_axis(layer, definitions.input_map((size,)), LINES[kind]))
    return made


def walked(layer: Any, size: int) -> int:
    window = layer.kernel[0], layer.stride[0], layer.dilation[0], layer.padding
    if isinstance(layer, Transposed):
        return stamp(size, *window, extra=layer.output_padding[0]).size
    return len(slide(size, *window, ceil=getattr(layer, "ceil", False)).starts)


LINES: dict[type[Layer], Any] = {
    Conv: definitions.window_lines,
    Pool: definitions.window_lines,
    Transposed: definitions.stamp_lines,
}


def renamed(options: Options) -> Options:
    """The options of a pool under PyTorch's names."""
    names = {"kernel": "kernel_size", "ceil": "ceil_mode"}
    return {names.get(name, name): value for name, value in options.items()}


@pytest.mark.parametrize("size", SIZES)
def test_convolutions_of_every_size(size: int) -> None:
    """Accepted and refused as PyTorch does, and as long as there."""
    x = torch.ones(1, 1, size)
    for window in options(*DILATIONS):
        others = {name: value for name, value in window.items() if name != "kernel"}
        expected = theirs(F.conv1d, x, torch.ones(1, 1, window["kernel"]), **others)
        assert ours(Conv, size, **window) == expected, (size, window)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ceil", [False, True])
def test_maximum_pools_of_every_size(size: int, ceil: bool) -> None:
    """Rounded down or up, with padding up to half the kernel and none beyond."""
    x = torch.ones(1, 1, size)
    for window in options(*DILATIONS):
        expected = theirs(F.max_pool1d, x, **renamed(window), ceil_mode=ceil)
        assert ours(Pool, size, **window, ceil=ceil) == expected, (size, window)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ceil", [False, True])
def test_average_pools_of_every_size(size: int, ceil: bool) -> None:
    """The same; PyTorch's averages have no dilation."""
    x = torch.ones(1, 1, size)
    for window in options(1):
        known = {name: value for name, value in renamed(window).items() if name != "dilation"}
        expected = theirs(F.avg_pool1d, x, **known, ceil_mode=ceil)
        assert ours(Pool, size, op="avg", **window, ceil=ceil) == expected, (size, window)


@pytest.mark.parametrize("size", SIZES)
def test_transposed_convolutions_of_every_size(size: int) -> None:
    """With output padding below the stride or the dilation, and an error from there on."""
    x = torch.ones(1, 1, size)
    for window, extra in product(options(*DILATIONS), range(5)):
        others = {name: value for name, value in window.items() if name != "kernel"}
        weight = torch.ones(1, 1, window["kernel"])
        expected = theirs(F.conv_transpose1d, x, weight, output_padding=extra, **others)
        assert ours(Transposed, size, output_padding=extra, **window) == expected, (size, window, extra)


def test_wide_padding_is_what_onnx_runtime_takes() -> None:
    """Less than the kernel on either side; where no more than half is asked for, the layer is the ordinary one."""
    assert Pool(3, padding=((2, 0),), wide_padding=True).output(Shape((9,), 1)).space == (3,)
    assert Pool(3, padding=1, wide_padding=True) == Pool(3, padding=1)
    with pytest.raises(LayerError, match="padding 3 is not less than kernel 3: take a padding ≤ 2"):
        Pool(3, padding=3, wide_padding=True)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: Pool(3, padding=2), "maxpool: padding 2 is more than half of kernel 3: take a padding ≤ 1"),
        (lambda: Pool((5, 3), padding=((2, 2), (0, 2))), "padding 2 is more than half of kernel 3: take a padding ≤ 1"),
        (
            lambda: Pool((2, 5), "avg", padding=2),
            "avgpool: padding 2 is more than half of kernel 2: take a padding ≤ 1",
        ),
        (
            lambda: Transposed(3, stride=2, output_padding=2),
            "output padding 2 is not less than the stride 2: take an output padding ≤ 1 or a stride ≥ 3",
        ),
        (
            lambda: Transposed(3, stride=(3, 1), dilation=(1, 2), output_padding=(2, 2)),
            "output padding 2 is not less than the stride 1: take an output padding ≤ 1 or a stride ≥ 3",
        ),
    ],
)
def test_what_is_refused_says_the_way_out(layer: Callable[[], Layer], message: str) -> None:
    """With the numbers of the axis that is at fault."""
    with pytest.raises(LayerError, match=message):
        layer()


def test_same_and_an_output_padding_say_two_sizes() -> None:
    """``same`` gives n·s, so what is added to it would be dropped without a word."""
    with pytest.raises(LayerError, match="same settles the size that comes out: leave out the output padding"):
        Transposed(3, stride=2, padding="same", output_padding=1)
    assert Transposed(3, stride=2, padding="same").output(Shape((9,), 1)).space == (18,)


def test_the_way_out_of_a_pool_that_does_not_fit_is_one() -> None:
    """No padding is named that would be more than half of the kernel; rounding up counts."""
    with pytest.raises(ShapeError, match=r"does not fit into 1 \(\+0 padding\): take a kernel ≤ 1$"):
        Pool(3, dilation=3, stride=1).output(Shape((1,), 1))
    with pytest.raises(ShapeError, match=r"add padding ≥ 1 or take a kernel ≤ 4$"):
        Pool(5, stride=2, ceil=True).output(Shape((3,), 1))
    assert Pool(5, stride=2, ceil=True, padding=1).output(Shape((3,), 1)).space == (1,)
    assert Pool(4, stride=2, ceil=True).output(Shape((3,), 1)).space == (1,)
