"""What a unit of each layer kind reads, by its definition: one output at a time, in loops.

Nothing here uses the package's formulas, fields or reaches. A map is a dictionary from place to a bit set over the
pixels of the input it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import NamedTuple

from cnncalc.layers.base import Layer

Place = tuple[int, ...]
Map = dict[Place, int]
"""The pixels every place was made from, as bits."""


def input_map(space: Place) -> Map:
    return {place: 1 << bit for bit, place in enumerate(product(*map(range, space)))}


def pixels(bits: int, space: Place) -> list[Place]:
    """The places of the input that a bit set names."""
    return [place for bit, place in enumerate(product(*map(range, space))) if bits >> bit & 1]


def size_of(map: Map) -> Place:
    return tuple(max(places) + 1 for places in zip(*map, strict=True))


def one(value: object, axis: int) -> int:
    if isinstance(value, tuple):
        value = value[axis] if len(value) > 1 else value[0]
    assert isinstance(value, int)
    return value


def union(sets: Iterable[int]) -> int:
    together = 0
    for bits in sets:
        together |= bits
    return together


def whole(layer: Layer, map: Map) -> Map:
    everything = union(map.values())
    return dict.fromkeys(map, everything)


def same(layer: Layer, map: Map) -> Map:
    return map


def another(layer: Layer, map: Map) -> Map:
    """A map of its own, of which no pixel was in the input."""
    *space, _channels = layer.to  # type: ignore[attr-defined]
    return dict.fromkeys(product(*(range(size) for size in space)), 0)


def nothing(layer: Layer, map: Map) -> Map:
    return dict.fromkeys(map, 0)


def one_place_of_nothing(layer: Layer, map: Map) -> Map:
    return {(0,) * len(size_of(map)): 0}


def one_place(layer: Layer, map: Map) -> Map:
    return {(0,) * len(size_of(map)): union(map.values())}


def stepped(layer: Layer, map: Map) -> Map:
    """A step holds all that stands before it, and of two directions what stands behind it too."""
    if layer.bidirectional:  # type: ignore[attr-defined]
        return whole(layer, map)
    return {(step,): union(map[earlier,] for earlier in range(step + 1)) for (step,) in map}


def sliding_steps(layer: Layer, map: Map) -> Map:
    return (nothing if layer.bidirectional else stepped)(layer, map)  # type: ignore[attr-defined]


def grouped(layer: Layer, map: Map) -> Map:
    """Every place reads those of its group: so many in a row from the shift on, or so many that lie evenly apart."""
    space = size_of(map)

    def group(axis: int, place: int) -> int:
        window, shift = one(layer.window, axis), one(layer.shift, axis)  # type: ignore[attr-defined]
        if layer.grid:  # type: ignore[attr-defined]
            return place % (space[axis] // window)
        return (place + window - shift) // window

    groups = {place: tuple(group(axis, number) for axis, number in enumerate(place)) for place in map}
    together = {name: union(map[place] for place in map if groups[place] == name) for name in set(groups.values())}
    return {place: together[groups[place]] for place in map}


def per_axis(layer: Layer, map: Map, lines: Callable[[Layer, int, int], list[list[int]]]) -> Map:
    """Build each output from the products of the indices that ``lines`` gives per axis; missing ones are zeros."""
    axes = [lines(layer, axis, size) for axis, size in enumerate(size_of(map))]
    return {
        place: union(map.get(taps, 0) for taps in product(*(axes[a][i] for a, i in enumerate(place))))
        for place in product(*(range(len(axis)) for axis in axes))
    }


def padded(layer: Layer, axis: int, size: int) -> tuple[int, int]:
    padding = layer.padding  # type: ignore[attr-defined]
    kernel, stride, dilation = (one(getattr(layer, name), axis) for name in ("kernel", "stride", "dilation"))
    span = len(range(0, kernel * dilation, dilation)) * dilation - dilation + 1
    if padding == "causal":
        return span - 1, 0
    if isinstance(padding, str):
        outputs = len(range(0, size, stride))
        total = 0
        while total + size < (outputs - 1) * stride + span:
            total += 1
        halves = sorted((total // 2, total - total // 2))
        return (halves[0], halves[1]) if padding == "same" else (halves[1], halves[0])
    pair = padding[axis] if len(padding) > 1 else padding[0]
    return pair[0], pair[1]


def window_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    """Slide along the padded axis until the window no longer fits, or sticks out by a stride."""
    kernel, stride, dilation = (one(getattr(layer, name), axis) for name in ("kernel", "stride", "dilation"))
    before, after = padded(layer, axis, size)
    ceil = getattr(layer, "ceil", False) and not isinstance(layer.padding, str)  # type: ignore[attr-defined]
    lines = []
    start = -before
    while True:
        taps = [start + tap * dilation for tap in range(kernel)]
        outside = len(range(size + after, taps[-1] + 1))
        if outside and not (ceil and outside < stride and start < size):
            return lines
        lines.append(taps)
        start += stride


def stamp_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    """Every input stamps the kernel ``stride`` apart; then the padding is cut off both ends."""
    kernel, stride, dilation = (one(getattr(layer, name), axis) for name in ("kernel", "stride", "dilation"))
    extra = one(layer.output_padding, axis)  # type: ignore[attr-defined]
    span = (kernel - 1) * dilation + 1
    stamped: list[list[int]] = [[] for _ in range((size - 1) * stride + span + extra)]
    for index in range(size):
        for tap in range(kernel):
            stamped[index * stride + tap * dilation].append(index)
    padding = layer.padding  # type: ignore[attr-defined]
    if padding == "same":
        cut = max(span - stride, 0)
        stamped += [[] for _ in range(max(stride - span, 0))]
        return stamped[cut // 2 : cut // 2 + size * stride]
    before, after = padding[axis] if len(padding) > 1 else padding[0]
    return stamped[before : len(stamped) - after]


def adaptive_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    outputs = one(layer.outputs, axis)  # type: ignore[attr-defined]
    return [
        [i for i in range(size) if (place * size) // outputs <= i and i * outputs < (place + 1) * size]
        for place in range(outputs)
    ]


def sliding_bins(layer: Layer, axis: int, size: int) -> list[list[int]]:
    """A pool to a single place takes the whole axis, and does not slide."""
    return [[]] if one(layer.outputs, axis) == 1 else adaptive_lines(layer, axis, size)  # type: ignore[attr-defined]


def sample_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    scale, to = layer.scale, layer.to  # type: ignore[attr-defined]
    outputs = one(to, axis) if to is not None else size * one(scale, axis)
    half = Fraction(1, 2)
    nearest: dict[str, Callable[[Fraction], int]] = {
        "floor": floor,
        "ceil": ceil,
        "halfup": lambda at: floor(at + half),
        "halfdown": lambda at: ceil(at - half),
    }
    mode: str = layer.mode  # type: ignore[attr-defined]
    origin = layer.origin or ("edge" if mode == "nearest" else "centre")  # type: ignore[attr-defined]
    lines = []
    for place in range(outputs):
        if layer.align_corners or origin == "corners":  # type: ignore[attr-defined]
            at = Fraction(place * (size - 1), outputs - 1) if outputs > 1 else Fraction(0)
        elif origin == "edge":
            at = Fraction(place * size, outputs)
        else:
            at = (place + half) * Fraction(size, outputs) - half
        near = floor(at)
        if mode == "nearest":
            taps = [nearest[layer.rounding](at)]  # type: ignore[attr-defined]
        else:
            width = 1 if mode == "bilinear" else 2
            taps = [near] if at == near else list(range(near - width + 1, near + width + 1))
        lines.append([min(max(tap, 0), size - 1) for tap in taps])
    return lines


def pad_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    padding = layer.padding  # type: ignore[attr-defined]
    before, after = padding[axis] if len(padding) > 1 else padding[0]
    fold: dict[str, Callable[[int], int]] = {
        "zeros": lambda i: i,
        "replicate": lambda i: min(max(i, 0), size - 1),
        "circular": lambda i: i % size,
        "reflect": lambda i: -i if i < 0 else 2 * (size - 1) - i if i >= size else i,
    }
    return [[fold[layer.mode](i)] for i in range(-before, size + after)]  # type: ignore[attr-defined]


def crop_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    border = layer.border  # type: ignore[attr-defined]
    before, after = border[axis] if len(border) > 1 else border[0]
    left = [[i] for i in range(before, size - after)]
    return left if layer.to is None else left[: one(layer.to, axis)]  # type: ignore[attr-defined]


def slice_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    return [[i] for i in range(0, size, one(layer.stride, axis))]  # type: ignore[attr-defined]


def shuffle_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    factor = layer.factor  # type: ignore[attr-defined]
    if layer.inverse:  # type: ignore[attr-defined]
        return [list(range(i * factor, (i + 1) * factor)) for i in range(size // factor)]
    return [[i // factor] for i in range(size * factor)]


def merged(maps: list[Map], *, stretched: bool = True) -> Map:
    """Place by place; a map of one place is stretched over all, unless only what slides is ``read``."""
    space = tuple(max(sizes) for sizes in zip(*map_sizes(maps), strict=True))
    read = [map for map in maps if stretched or size_of(map) == space]
    return {
        place: union(
            map[tuple(0 if size == 1 else i for i, size in zip(place, size_of(map), strict=True))] for map in read
        )
        for place in product(*map_ranges(space))
    }


def map_sizes(maps: list[Map]) -> list[Place]:
    return [size_of(map) for map in maps]


def map_ranges(space: Place) -> list[range]:
    return [range(size) for size in space]


def spaced(layer: Layer, map: Map) -> Map:
    return whole(layer, map) if layer.space else map  # type: ignore[attr-defined]


def remembered(layer: Layer, map: Map) -> Map:
    """With running statistics nothing is read but the place itself."""
    return map if layer.statistics else whole(layer, map)  # type: ignore[attr-defined]


class Along(NamedTuple):
    """What is made axis by axis: ``lines`` are the indices that every output of one axis is made from."""

    lines: Callable[[Layer, int, int], list[list[int]]]

    def __call__(self, layer: Layer, map: Map) -> Map:
        return per_axis(layer, map, self.lines)


def roll_lines(layer: Layer, axis: int, size: int) -> list[list[int]]:
    """A ring that is turned one place after the other."""
    ring = list(range(size))
    for _step in range(one(layer.shift, axis)):  # type: ignore[attr-defined]
        ring = [*ring[1:], ring[0]] if layer.back else [ring[-1], *ring[:-1]]  # type: ignore[attr-defined]
    return [[place] for place in ring]


windows = Along(window_lines)
transposed = Along(stamp_lines)
adaptive = Along(adaptive_lines)
sliding_adaptive = Along(sliding_bins)
interpolated = Along(sample_lines)
shuffled = Along(shuffle_lines)
bordered = Along(pad_lines)
cropped = Along(crop_lines)
sliced = Along(slice_lines)
rolled = Along(roll_lines)
