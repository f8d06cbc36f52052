"""What multiplies: convolutions of every kind, locally connected and fully connected layers."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.verify.axes import Axis, slide, stamp
from cnncalc.verify.kinds.base import Experiment, always, by_one, by_stride, whole_map
from cnncalc.verify.ledger import Array, Ledger
from cnncalc.verify.windows import (
    convolve,
    convolve_back,
    convolve_unshared,
    convolve_unshared_back,
    dense,
    dense_back,
    places,
)

if TYPE_CHECKING:
    from cnncalc.layers.conv import Conv
    from cnncalc.layers.dense import Dense
    from cnncalc.layers.depthwise import Depthwise
    from cnncalc.layers.local import Local
    from cnncalc.layers.separable import Separable
    from cnncalc.layers.tiled import Tiled
    from cnncalc.layers.transposed import Transposed


def per_axis(value: Any, rank: int) -> tuple[int, ...]:
    """A layer's size as one number for each of ``rank`` axes."""
    numbers = value if isinstance(value, tuple) else (value,)
    if len(numbers) not in (1, rank):
        raise ShapeError(
            _("{value} is for {given} axes, but there are {rank}: give one number or {rank}").format(
                value=value, given=len(numbers), rank=rank
            )
        )
    return numbers if len(numbers) == rank else numbers * rank


def windows_of(layer: Any, space: tuple[int, ...], ceil: bool = False) -> list[Axis]:
    """The windows of a sliding layer on each axis."""
    rank = len(space)
    if not rank:
        raise ShapeError(_("a window needs at least one axis to slide on: give an input such as 32x32x3"))
    kernel, stride, dilation = _sizes(layer, rank)
    return [
        slide(size, kernel[axis], stride[axis], dilation[axis], layer.padding, axis, ceil)
        for axis, size in enumerate(space)
    ]


def stamps_of(layer: Any, space: tuple[int, ...]) -> list[Axis]:
    """The windows of a transposed convolution, on each axis it makes."""
    if not space:
        raise ShapeError(_("a window needs at least one axis to slide on: give an input such as 32x32x3"))
    kernel, stride, dilation = _sizes(layer, len(space))
    extra = per_axis(layer.output_padding, len(space))
    return [
        stamp(size, kernel[axis], stride[axis], dilation[axis], layer.padding, axis, extra[axis])
        for axis, size in enumerate(space)
    ]


def _sizes(layer: Any, rank: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Kernel, stride and dilation, one number for each axis."""
    return per_axis(layer.kernel, rank), per_axis(layer.stride, rank), per_axis(layer.dilation, rank)


def _filters(layer: Any, channels: int, groups: int) -> int:
    filters: int = channels if layer.filters is None else layer.filters
    if channels % groups or filters % groups:
        raise ShapeError(
            _("{groups} groups do not divide {channels} channels and {filters} filters: take another number").format(
                groups=groups, channels=channels, filters=filters
            )
        )
    return filters


def _shift(out: Array, bias: bool, ledger: Ledger) -> Array:
    """Add one bias per filter."""
    if bias:
        out += ledger.array("bias", (out.shape[0],)).reshape(-1, *(1,) * (out.ndim - 1))
    return out


def _conv_weight(layer: Conv, channels: int, rank: int, ledger: Ledger) -> Array:
    kernel = per_axis(layer.kernel, rank)
    shape = (_filters(layer, channels, layer.groups), channels // layer.groups, *kernel)
    return ledger.array("weight", shape, prod(shape[1:]))


def conv(layer: Conv, ledger: Ledger, x: Array) -> Array:
    """Weights ``(C_out, C_in/g, *kernel)``."""
    weight = _conv_weight(layer, x.shape[0], x.ndim - 1, ledger)
    return _shift(convolve(x, weight, windows_of(layer, x.shape[1:]), layer.groups, ledger), layer.bias, ledger)


def conv_back(layer: Conv, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    weight = _conv_weight(layer, shape[0], len(shape) - 1, ledger)
    return convolve_back(gradient, weight, windows_of(layer, shape[1:]), layer.groups, ledger)


def _depthwise_weight(layer: Any, name: str, channels: int, rank: int, ledger: Ledger) -> Array:
    kernel = per_axis(layer.kernel, rank)
    return ledger.array(name, (channels * layer.multiplier, 1, *kernel), prod(kernel))


def depthwise(layer: Depthwise, ledger: Ledger, x: Array) -> Array:
    """Weights ``(C·m, 1, *kernel)``: those of a convolution with C groups."""
    weight = _depthwise_weight(layer, "weight", x.shape[0], x.ndim - 1, ledger)
    return _shift(convolve(x, weight, windows_of(layer, x.shape[1:]), x.shape[0], ledger), layer.bias, ledger)


def depthwise_back(layer: Depthwise, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    weight = _depthwise_weight(layer, "weight", shape[0], len(shape) - 1, ledger)
    return convolve_back(gradient, weight, windows_of(layer, shape[1:]), shape[0], ledger)


def _pointwise_weight(layer: Separable, channels: int, ledger: Ledger) -> Array:
    middle = channels * layer.multiplier
    return ledger.array("pointwise", (_filters(layer, channels, 1), middle), middle)


def separable(layer: Separable, ledger: Ledger, x: Array) -> Array:
    """Weights ``depthwise (C·m, 1, *kernel)`` and ``pointwise (C_out, C·m)``."""
    weight = _depthwise_weight(layer, "depthwise", x.shape[0], x.ndim - 1, ledger)
    middle = convolve(x, weight, windows_of(layer, x.shape[1:]), x.shape[0], ledger)
    mixed = ledger.matmul(_pointwise_weight(layer, x.shape[0], ledger), middle.reshape(middle.shape[0], -1))
    return _shift(mixed.reshape(-1, *middle.shape[1:]), layer.bias, ledger)


def separable_back(layer: Separable, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    weight = _depthwise_weight(layer, "depthwise", shape[0], len(shape) - 1, ledger)
    pointwise = _pointwise_weight(layer, shape[0], ledger)
    middle = ledger.matmul(pointwise.T, gradient.reshape(gradient.shape[0], -1)).reshape(-1, *gradient.shape[1:])
    return convolve_back(middle, weight, windows_of(layer, shape[1:]), shape[0], ledger)


def _transposed_weight(layer: Transposed, channels: int, rank: int, ledger: Ledger) -> Array:
    filters = _filters(layer, channels, layer.groups) // layer.groups
    kernel = per_axis(layer.kernel, rank)
    return ledger.array("weight", (channels, filters, *kernel), channels // layer.groups * prod(kernel))


def transposed(layer: Transposed, ledger: Ledger, x: Array) -> Array:
    """Weights ``(C_in, C_out/g, *kernel)``: every input number stamps its kernels on the output."""
    weight = _transposed_weight(layer, x.shape[0], x.ndim - 1, ledger)
    made = convolve_back(x, weight, stamps_of(layer, x.shape[1:]), layer.groups, ledger)
    return _shift(made, layer.bias, ledger)


def transposed_back(layer: Transposed, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    weight = _transposed_weight(layer, shape[0], len(shape) - 1, ledger)
    return convolve(gradient, weight, stamps_of(layer, shape[1:]), layer.groups, ledger)


def local(layer: Local, ledger: Ledger, x: Array) -> Array:
    """Weights ``(*positions, C_out, C_in, *kernel)``, bias ``(C_out, *positions)`` or ``(C_out,)``."""
    axes = windows_of(layer, x.shape[1:])
    out = convolve_unshared(x, _filters(layer, x.shape[0], 1), axes, ledger)
    if layer.bias and not layer.shared_bias:
        out += ledger.array("bias", out.shape)
        return out
    return _shift(out, layer.bias, ledger)


def local_back(layer: Local, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return convolve_unshared_back(gradient, shape[0], windows_of(layer, shape[1:]), ledger)


def _tiles(layer: Tiled, axes: list[Axis]) -> tuple[int, ...]:
    """How many filters there are along each axis: a tile larger than the map has filters that no position uses."""
    tile = per_axis(layer.tile, len(axes))
    return tuple(len(axis.starts[:size]) for axis, size in zip(axes, tile, strict=True))


def _tiled_weight(layer: Tiled, channels: int, axes: list[Axis], ledger: Ledger) -> Array:
    kernel = tuple(axis.kernel for axis in axes)
    shape = (_filters(layer, channels, 1), channels, *kernel)
    return ledger.grid("weight", _tiles(layer, axes), shape, channels * prod(kernel))


def _every(axes: list[Axis], turn: tuple[int, ...], tiles: tuple[int, ...]) -> tuple[list[Axis], tuple[slice, ...]]:
    """The windows that use one filter of the tile, and where they stand among all."""
    cuts = tuple(slice(first, None, step) for first, step in zip(turn, tiles, strict=True))
    return [axis._replace(starts=axis.starts[cut]) for axis, cut in zip(axes, cuts, strict=True)], cuts


def tiled(layer: Tiled, ledger: Ledger, x: Array) -> Array:
    """Weights ``(*tile, C_out, C_in, *kernel)``, bias ``(*tile, C_out)``: one convolution for each place in the tile."""
    axes = windows_of(layer, x.shape[1:])
    tiles = _tiles(layer, axes)
    weight = _tiled_weight(layer, x.shape[0], axes, ledger)
    filters = weight.shape[len(tiles)]
    bias = ledger.grid("bias", tiles, (filters,)) if layer.bias else None
    out = ledger.empty((filters, *places(axes)), x.dtype)
    for turn in product(*map(range, tiles)):
        some, cuts = _every(axes, turn, tiles)
        made = convolve(x, weight[turn], some, 1, ledger)
        out[(slice(None), *cuts)] = made if bias is None else made + bias[turn].reshape(-1, *(1,) * len(tiles))
    return out


def tiled_back(layer: Tiled, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    axes = windows_of(layer, shape[1:])
    tiles = _tiles(layer, axes)
    weight = _tiled_weight(layer, shape[0], axes, ledger)
    made = ledger.zeros(shape, gradient.dtype)
    for turn in product(*map(range, tiles)):
        some, cuts = _every(axes, turn, tiles)
        made += convolve_back(gradient[(slice(None), *cuts)], weight[turn], some, 1, ledger)
    return made


def connect(layer: Dense, ledger: Ledger, x: Array) -> Array:
    """Weights ``(units, numbers)``, the map flattened channels first."""
    out = dense(x, layer.units, ledger)
    return out + ledger.array("bias", (layer.units,)) if layer.bias else out


def connect_back(layer: Dense, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return dense_back(gradient.reshape(-1), prod(shape), ledger).reshape(shape)


EXPERIMENTS = {
    "Conv": Experiment(conv, conv_back, by_stride(filters=1, groups=1)),
    "Depthwise": Experiment(depthwise, depthwise_back, by_stride(multiplier=1), lone_products=True),
    "Separable": Experiment(separable, separable_back, by_stride(filters=1, multiplier=1), lone_products=True),
    "Transposed": Experiment(transposed, transposed_back, by_one(filters=1, groups=1)),
    "Local": Experiment(local, local_back, by_stride(filters=1), lone_products=True, in_pieces=True),
    "Tiled": Experiment(tiled, tiled_back, by_stride(filters=1)),
    "Dense": Experiment(connect, connect_back, whole_map(units=1), in_pieces=True, still=always),
}
