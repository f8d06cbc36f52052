"""How large tiles are: the largest that fits into a memory, and the smallest of which no more are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from math import prod

from cnncalc.analysis import counts, shapes
from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.network import Network, part
from cnncalc.report import in_bytes
from cnncalc.shapes import Shape
from cnncalc.tiling.tiles import MOST_TILES, Axis, Cutter
from cnncalc.timeline.options import Question
from cnncalc.timeline.report import Case

LARGEST_TILE = 2**20
"""No larger tile is looked for."""


@lru_cache(maxsize=256)
def bytes_for(network: Network, tile: Shape, dtype: str = "fp32") -> int:
    """The bytes that a tile needs, as ``cnncalc memory`` counts them: weights, buffers, and the maps held at the same time.

    >>> from cnncalc.notation.parsing import parse
    >>> bytes_for(parse("conv3-8,p1,nobias relu"), Shape((16, 16), 4))
    17536

    Raises `ShapeError` for a tile that the network can't take.
    """
    outputs = shapes(network, tile)
    return Case(network, tile, outputs, counts(network, tile, outputs), Question(dtype=dtype)).peak()


def fitting(cutter: Cutter, limit: int, dtype: str = "fp32", *, bounded: bool = True) -> tuple[int, ...]:
    """The largest tile that needs at most ``limit`` bytes, as long on every axis as its sizes let it be.

    No axis is longer than the image, where that is what bounds it.

    Raises `ShapeError` where even the smallest that can be put together needs more.
    """
    network, image = part(cutter.whole.network, cutter.outputs), cutter.image

    def fits(length: int) -> bool:
        try:
            return bytes_for(network, Shape(cut(cutter, length, bounded=bounded), image.channels), dtype) <= limit
        except ShapeError:  # too small for the network
            return True

    largest = _last(fits, LARGEST_TILE)
    least = tuple(min(cutter.least(axis), axis.size if bounded else LARGEST_TILE) for axis in cutter.axes)
    size = cut(cutter, largest, bounded=bounded)
    if any(length < smallest for length, smallest in zip(size, least, strict=True)):
        raise ShapeError(
            _("a tile of {least} needs {needed}, more than the {limit} allowed: allow as much").format(
                least="x".join(map(str, least)),
                needed=in_bytes(bytes_for(network, Shape(least, image.channels), dtype)),
                limit=in_bytes(limit),
            )
        )
    return size


def cut(cutter: Cutter, length: int, *, bounded: bool = True) -> tuple[int, ...]:
    """The largest sizes up to a length that tiles may have; that of the image where it is shorter and bounds them."""
    return tuple(
        axis.size if bounded and axis.size <= length else max(axis.needs.sizes.at_most(length), 1)
        for axis in cutter.axes
    )


def _last(holds: Callable[[int], bool], most: int) -> int:
    """The last number from 1 to ``most`` up to which something holds; 0 if it never does."""
    low, high = 0, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


MOST_SEARCHED = 64
"""Of more tiles than this they are as long on every axis as they may be, and no other way to cut is looked for."""

Fits = Callable[[tuple[int, ...]], bool]
"""Whether tiles of some sizes are small enough."""


def fewest(cutter: Cutter, most: tuple[int, ...], fits: Fits) -> tuple[int, ...]:
    """The tiles of which the fewest are needed, of those the smallest; ``most`` is a size that fits.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> cutter = Cutter(trace(parse("conv3,p1"), Shape((100, 100), 1)), (0,))
    >>> fewest(cutter, (90, 90), lambda size: size[0] * size[1] <= 8100)
    (100, 51)
    """
    numbers = [_number(cutter, axis, length) for axis, length in zip(cutter.axes, most, strict=True)]
    if prod(numbers) > MOST_TILES:
        return most
    for total in range(1, min(prod(numbers), MOST_SEARCHED) + 1):
        ways = (
            tuple(_shortest(cutter, axis, number) for axis, number in zip(cutter.axes, way, strict=True))
            for way in _ways(total, len(cutter.axes))
        )
        found = [size for size in ways if fits(size)]
        if found:
            return min(found, key=prod)
    return tuple(_shortest(cutter, axis, number) for axis, number in zip(cutter.axes, numbers, strict=True))


def _ways(total: int, axes: int) -> Iterator[tuple[int, ...]]:
    """How many tiles there may be on every axis, so that there are ``total``.

    >>> list(_ways(4, 2))
    [(1, 4), (2, 2), (4, 1)]
    """
    if axes == 1:
        yield (total,)
        return
    for number in range(1, total + 1):
        if total % number == 0:
            yield from ((number, *rest) for rest in _ways(total // number, axes - 1))


def _number(cutter: Cutter, axis: Axis, length: int) -> int:
    """How many tiles of a length an axis needs, as far as they are counted."""
    return sum(1 for _piece in islice(cutter.pieces(axis, length), MOST_TILES + 1))


def _shortest(cutter: Cutter, axis: Axis, number: int) -> int:
    """The shortest tile of which an axis needs no more than so many; the whole axis where there is no shorter one."""
    mod, least = axis.needs.sizes.mod, cutter.least(axis)
    longer = max((axis.size - 1 - least) // mod + 1, 0)

    def more(step: int) -> bool:
        return _number(cutter, axis, least + (step - 1) * mod) > number

    steps = _last(more, longer)
    return axis.size if steps == longer else least + steps * mod
