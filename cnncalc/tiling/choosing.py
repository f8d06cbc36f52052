"""How large tiles are: the largest that fits into a memory, and the smallest of which no more are needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from cnncalc.analysis import counts, shapes
from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.network import Network, part
from cnncalc.report import in_bytes
from cnncalc.shapes import Shape
from cnncalc.tiling.tiles import Axis, Cutter
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


def fewest(cutter: Cutter, most: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest tiles of which no more are needed than of those that are as large as they may be.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> cutter = Cutter(trace(parse("conv3,p1"), Shape((100,), 1)), (0,))
    >>> fewest(cutter, (60,)), len(list(cutter.tiles((51,)))), len(list(cutter.tiles((60,))))
    ((51,), 2, 2)
    """
    return tuple(_fewest(cutter, axis, length) for axis, length in zip(cutter.axes, most, strict=True))


def _fewest(cutter: Cutter, axis: Axis, most: int) -> int:
    if most >= axis.size:
        return axis.size
    sizes = axis.needs.sizes
    largest, least = sizes.at_most(most), cutter.least(axis)
    number = len(list(cutter.pieces(axis, largest)))

    def more(step: int) -> bool:
        return len(list(cutter.pieces(axis, least + step * sizes.mod))) > number

    return least + (_last(lambda step: more(step - 1), (largest - least) // sizes.mod)) * sizes.mod
