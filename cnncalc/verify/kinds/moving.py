"""What moves numbers and learns nothing: enlarging, shuffling, padding, cutting, flattening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.verify.axes import pair
from cnncalc.verify.kinds.base import Experiment, Line, always, by_one, by_stride, on, on_axis, whole_map
from cnncalc.verify.kinds.sliding import per_axis
from cnncalc.verify.ledger import Array, Ledger

if TYPE_CHECKING:
    from cnncalc.layers.channelshuffle import ChannelShuffle
    from cnncalc.layers.crop import Crop
    from cnncalc.layers.learnt import Learnt
    from cnncalc.layers.pad import Pad
    from cnncalc.layers.pixelshuffle import PixelShuffle
    from cnncalc.layers.roll import Roll
    from cnncalc.layers.slice import Slice
    from cnncalc.layers.tokens import Tokens
    from cnncalc.layers.unflatten import Unflatten
    from cnncalc.layers.upsample import Upsample


def flatten(layer: Any, ledger: Ledger, x: Array) -> Array:
    return x.reshape(-1)


def unflatten(layer: Unflatten, ledger: Ledger, x: Array) -> Array:
    """Channels first, as `flatten` writes them."""
    space = layer.space if isinstance(layer.space, tuple) else (layer.space,)
    _check_divides(prod(space), x.size)
    return x.reshape(-1, *space)


def _unflatten_line(layer: Unflatten, axis: int, columns: int) -> Line:
    one = replace(layer, space=layer.space[min(axis, len(layer.space) - 1)])  # type: ignore[index, arg-type]
    return Line(one, 0, apart=False, channels=one.space[0])  # type: ignore[index]


def tokens(layer: Tokens, ledger: Ledger, x: Array) -> Array:
    """The learnt ones first; parts of the channels beside each other, or behind each other."""
    _check_divides(layer.anchors, len(x))
    parts = x.reshape(layer.anchors, len(x) // layer.anchors, -1)
    row: Array = parts.transpose((1, 0, 2) if layer.apart else (1, 2, 0)).reshape(parts.shape[1], -1)
    if not layer.extra:
        return row
    return np.concatenate([ledger.array("tokens", (len(row), layer.extra)), row], axis=1)


def tokens_back(layer: Tokens, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    row = gradient[:, layer.extra :]
    sizes = (layer.anchors, -1) if layer.apart else (-1, layer.anchors)
    parts = row.reshape(len(row), *sizes).transpose((1, 0, 2) if layer.apart else (2, 0, 1))
    return parts.reshape(shape)


def learnt(layer: Learnt, ledger: Ledger, x: Array) -> Array:
    return ledger.array("tokens", (len(x), layer.count))


def learnt_back(layer: Learnt, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return ledger.zeros(shape, gradient.dtype)


def reshape_back(layer: Any, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return gradient.reshape(shape)


Samples = list[tuple[Array, Array]]
"""For every tap of an interpolation: which input each output takes, and with what weight."""

CUBIC = Fraction(-3, 4)
"""The free number of the cubic kernel (Keys 1981), as PyTorch and OpenCV choose it."""


def _lengths(layer: Upsample, space: tuple[int, ...]) -> tuple[int, ...]:
    if layer.to is not None:
        return per_axis(layer.to, len(space))
    return tuple(size * times for size, times in zip(space, per_axis(layer.scale, len(space)), strict=True))


def _position(layer: Upsample, unit: int, size: int, outputs: int) -> Fraction:
    """Where among the inputs an output lies, exactly."""
    if layer.rule == "corners":
        place = Fraction(unit * (size - 1), outputs - 1) if outputs > 1 else Fraction(0)
    elif layer.rule == "centre":
        place = Fraction((2 * unit + 1) * size, 2 * outputs) - Fraction(1, 2)
    else:
        place = Fraction(unit * size, outputs)
    return Fraction(ROUNDED[layer.rounding](place)) if layer.mode == "nearest" else place


ROUNDED: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "halfup": lambda place: floor(place + Fraction(1, 2)),
    "halfdown": lambda place: ceil(place - Fraction(1, 2)),
}
"""Rounding: the input that a place is nearest to."""


def _kernel(mode: str, rest: Fraction) -> dict[int, Fraction]:
    """The weights of the inputs around a position, by their distance from the one below it."""
    if not rest or mode == "nearest":
        return {0: Fraction(1)}
    if mode == "bilinear":
        return {0: 1 - rest, 1: rest}
    return {offset: _cubic(abs(rest - offset)) for offset in (-1, 0, 1, 2)}


def _cubic(x: Fraction) -> Fraction:
    if x <= 1:
        return (CUBIC + 2) * x**3 - (CUBIC + 3) * x**2 + 1
    return CUBIC * (x**3 - 5 * x**2 + 8 * x - 4)


def _samples(layer: Upsample, size: int, outputs: int) -> Samples:
    """An input with weight 0 is not read; one outside the map is the input at its edge."""
    taps: dict[int, tuple[list[int], list[int], list[float]]] = {}
    for unit in range(outputs):
        position = _position(layer, unit, size, outputs)
        below = floor(position)
        for offset, weight in _kernel(layer.mode, position - below).items():
            units, inputs, weights = taps.setdefault(offset, ([], [], []))
            units.append(unit)
            inputs.append(min(max(below + offset, 0), size - 1))
            weights.append(float(weight))
    return [(np.array([units, inputs]), np.array(weights)) for units, inputs, weights in taps.values()]


def _each_axis(layer: Upsample, shape: tuple[int, ...]) -> Iterator[tuple[int, int, Samples | None]]:
    for axis, (size, outputs) in enumerate(zip(shape[1:], _lengths(layer, shape[1:]), strict=True), start=1):
        yield axis, outputs, None if outputs == size else _samples(layer, size, outputs)


def upsample(layer: Upsample, ledger: Ledger, x: Array) -> Array:
    """One axis after the other."""
    if x.ndim == 1:
        raise ShapeError(_("a vector has no axis to enlarge: give an input such as 32x32x3"))
    for axis, outputs, samples in _each_axis(layer, x.shape):
        if samples is not None:
            out = ledger.zeros((*x.shape[:axis], outputs, *x.shape[axis + 1 :]), x.dtype)
            across, into = np.moveaxis(x, axis, -1), np.moveaxis(out, axis, -1)
            for (units, inputs), weights in samples:
                into[..., units] += across[..., inputs] * weights.astype(x.dtype)
            x = out
    return x


def upsample_back(layer: Upsample, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    for axis, _outputs, samples in _each_axis(layer, shape):
        if samples is not None:
            made = ledger.zeros((*gradient.shape[:axis], shape[axis], *gradient.shape[axis + 1 :]), gradient.dtype)
            into, across = np.moveaxis(made, axis, 0), np.moveaxis(gradient, axis, 0)
            for (units, inputs), weights in samples:
                own = np.abs(weights) if ledger.positive else weights
                spread = own.astype(gradient.dtype).reshape(-1, *(1,) * (gradient.ndim - 1))
                np.add.at(into, inputs, across[units] * spread)
            gradient = made
    return gradient


def _upsample_line(layer: Upsample, axis: int, columns: int) -> Line:
    """Where sizes, or corners, are laid on each other, the distance between samples changes with the axis."""
    turn = int(layer.to is None and layer.rule != "corners")
    return Line(on_axis(layer, axis, columns), turn, width=3)


def pixel_shuffle(layer: PixelShuffle, ledger: Ledger, x: Array) -> Array:
    """Channel ``c·r² + i·r + j`` becomes position (i, j) of channel c's squares; the inverse undoes it."""
    factor, rank = layer.factor, x.ndim - 1
    if layer.inverse:
        _check_divides(factor, *x.shape[1:])
        split = x.reshape(x.shape[0], *(part for size in x.shape[1:] for part in (size // factor, factor)))
        order = (0, *range(2, 2 * rank + 1, 2), *range(1, 2 * rank + 1, 2))
        return split.transpose(order).reshape(-1, *(size // factor for size in x.shape[1:]))
    _check_divides(factor**rank, x.shape[0])
    split = x.reshape(-1, *(factor,) * rank, *x.shape[1:])
    order = (0, *(number for axis in range(rank) for number in (rank + 1 + axis, 1 + axis)))
    return split.transpose(order).reshape(split.shape[0], *(size * factor for size in x.shape[1:]))


def _check_divides(divisor: int, *sizes: int) -> None:
    for size in sizes:
        if size % divisor:
            raise ShapeError(
                _("{size} can't be divided by {divisor}: take a multiple of it").format(size=size, divisor=divisor)
            )


def pixel_shuffle_back(layer: PixelShuffle, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The inverse shuffle."""
    return pixel_shuffle(type(layer)(layer.factor, inverse=not layer.inverse), ledger, gradient)


def _pixel_shuffle_line(layer: PixelShuffle, axis: int, columns: int) -> Line:
    """It would shuffle the columns too."""
    if layer.inverse:
        return Line(layer, layer.factor, layer.factor - 1, apart=False)
    return Line(layer, 1, apart=False, channels=layer.factor)


def channel_shuffle(layer: ChannelShuffle, ledger: Ledger, x: Array) -> Array:
    _check_divides(layer.groups, x.shape[0])
    return x.reshape(layer.groups, -1, *x.shape[1:]).swapaxes(0, 1).reshape(x.shape)


def channel_shuffle_back(layer: ChannelShuffle, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return gradient.reshape(-1, layer.groups, *shape[1:]).swapaxes(0, 1).reshape(shape)


PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""NumPy's name of each way to pad."""


def _sides(padding: Any, rank: int) -> list[tuple[int, int]]:
    if len(padding) not in (1, rank):
        raise ShapeError(
            _("{sides} is for {given} axes, but there are {rank}").format(sides=padding, given=len(padding), rank=rank)
        )
    return [pair(padding, axis) for axis in range(rank)]


def pad(layer: Pad, ledger: Ledger, x: Array) -> Array:
    sides = _sides(layer.padding, x.ndim - 1)
    most = {"reflect": -1, "circular": 0}.get(layer.mode)
    for size, both in zip(x.shape[1:], sides, strict=True):
        if most is not None and max(both) > size + most:
            raise ShapeError(_("{size} inputs don't give {pad} of padding: pad less").format(size=size, pad=max(both)))
    return np.pad(x, [(0, 0), *sides], mode=PAD_MODES[layer.mode])  # type: ignore[call-overload, no-any-return]


def pad_back(layer: Pad, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """One axis after the other: what lies in the padding goes back to where it was taken from."""
    for axis, both in enumerate(_sides(layer.padding, len(shape) - 1), start=1):
        places = np.pad(np.arange(shape[axis]), both, mode=PAD_MODES[layer.mode])  # type: ignore[call-overload]
        if layer.mode == "zeros":
            gradient = gradient[(slice(None),) * axis + (slice(both[0], both[0] + shape[axis]),)]
            continue
        made = ledger.zeros((*gradient.shape[:axis], shape[axis], *gradient.shape[axis + 1 :]), gradient.dtype)
        np.add.at(np.moveaxis(made, axis, 0), places, np.moveaxis(gradient, axis, 0))
        gradient = made
    return gradient


def _pad_line(layer: Pad, axis: int, columns: int) -> Line:
    """A unit in a padding that repeats the map reads inside it, as far from where it lies as the padding is wide, twice."""
    width = 0 if layer.mode == "zeros" else 2 * max(on(layer.padding, axis))
    return Line(on_axis(layer, axis, columns), 1, width)


def _kept(layer: Crop, space: tuple[int, ...]) -> tuple[slice, ...]:
    """The positions on each axis that a crop leaves."""
    cuts = []
    most = (None,) * len(space) if layer.to is None else per_axis(layer.to, len(space))
    for size, (before, after), to in zip(space, _sides(layer.border, len(space)), most, strict=True):
        left = range(size)[before : size - after if before + after < size else before]
        if not left or (to is not None and to > len(left)):
            raise ShapeError(
                _("{cut} positions can't be cut from {size}: cut fewer").format(cut=before + after, size=size)
            )
        cuts.append(slice(before, left[-1] + 1 if to is None else before + to))
    return tuple(cuts)


def crop(layer: Crop, ledger: Ledger, x: Array) -> Array:
    return x[(slice(None), *_kept(layer, x.shape[1:]))]


def crop_back(layer: Crop, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    made = ledger.zeros(shape, gradient.dtype)
    made[(slice(None), *_kept(layer, shape[1:]))] = gradient
    return made


def _in_blocks(layer: Slice, x: Array) -> Array:
    """The channels in as many rows as there are blocks."""
    block = layer.of or len(x)
    if not layer.first < (block if layer.stop is None else layer.stop) <= block or len(x) % block:
        raise ShapeError(
            _("channels {first} to {stop} are not all among the {channels} there are").format(
                first=layer.first, stop=layer.stop, channels=block
            )
        )
    return x.reshape(-1, block, *x.shape[1:])


def _taken(layer: Slice, rank: int) -> tuple[slice, ...]:
    strides = (slice(None, None, step) for step in per_axis(layer.stride, rank))
    return slice(None), slice(layer.first, layer.stop), *strides


def take(layer: Slice, ledger: Ledger, x: Array) -> Array:
    taken = _in_blocks(layer, x)[_taken(layer, x.ndim - 1)]
    return taken.reshape(-1, *taken.shape[2:])


def take_back(layer: Slice, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    made = ledger.zeros(shape, gradient.dtype)
    blocks = _in_blocks(layer, made)
    blocks[_taken(layer, len(shape) - 1)] = gradient.reshape(len(blocks), -1, *gradient.shape[1:])
    return made


def _shifts(layer: Roll, rank: int) -> tuple[int, ...]:
    """By how many places each axis goes on."""
    way = -1 if layer.back else 1
    return tuple(way * shift for shift in per_axis(layer.shift, rank))


def roll(layer: Roll, ledger: Ledger, x: Array) -> Array:
    return np.roll(x, _shifts(layer, x.ndim - 1), tuple(range(1, x.ndim)))


def roll_back(layer: Roll, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return roll(replace(layer, back=not layer.back), ledger, gradient)


def _roll_line(layer: Roll, axis: int, columns: int) -> Line:
    """Columns stay where they are."""
    shift = on(layer.shift, axis)
    return Line(replace(layer, shift=(shift, 0)), 1, width=shift)


EXPERIMENTS = {
    "Flatten": Experiment(flatten, reshape_back, whole_map(), still=always),
    "Unflatten": Experiment(unflatten, reshape_back, _unflatten_line, still=always),
    "Tokens": Experiment(tokens, tokens_back, whole_map(), in_a_row=True),
    "Learnt": Experiment(learnt, learnt_back, whole_map(), in_a_row=True),
    "Upsample": Experiment(upsample, upsample_back, _upsample_line),
    "PixelShuffle": Experiment(pixel_shuffle, pixel_shuffle_back, _pixel_shuffle_line),
    "ChannelShuffle": Experiment(channel_shuffle, channel_shuffle_back, by_one(groups=1)),
    "Pad": Experiment(pad, pad_back, _pad_line),
    "Crop": Experiment(crop, crop_back, by_one()),
    "Roll": Experiment(roll, roll_back, _roll_line),
    "Slice": Experiment(take, take_back, by_stride(first=0, stop=None, of=None)),
}
