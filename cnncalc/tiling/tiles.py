"""Which units of a tile are right, and the tiles of an image: where each begins and ends, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.errors import LimitError, ShapeError
from cnncalc.fields import DROP, REFLECT, Reach
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.shapes import Shape
from cnncalc.tiling.lattice import Lattice, lattice
from cnncalc.tiling.overlap import Overlap, overlap
from cnncalc.tiling.sizes import Sizes, lengths

MOST_TILES = 100_000
"""A plan of more tiles is not written down."""

Span = tuple[int, int]
"""The first of some units, or inputs, and the one behind the last."""


class Piece(NamedTuple):
    """A tile on one axis: inputs ``begin`` … ``end`` − 1, and what is ``kept`` of it, units of the whole, per output.

    ``at`` is where the first of those stands in that output of the tile.
    """

    begin: int
    end: int
    kept: tuple[Span, ...]
    at: tuple[int, ...]


def right_units(
    trace: Trace, axis: int, followed: Lattice, size: int, *, starts: bool, ends: bool
) -> dict[int, Span] | None:
    """Of each map of a tile the units that are right: its own numbers, counted from 0, in one stretch.

    The trace is that of the whole. ``starts`` and ``ends`` tell whether the tile of ``size`` inputs begins, and ends,
    where the image does. `None` where the network refuses a tile of that size.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> whole = trace(parse("conv3,p1 conv3,p1"), Shape((64,), 1))
    >>> right_units(whole, 0, lattice(whole, 0, [1]), 16, starts=True, ends=False)[1]
    (0, 14)
    """
    known = {node: extents[0] for node, extents in lengths(trace, axis, (size,), followed.way).items()}
    right: dict[int, Span] = {INPUT: (0, size)}
    for node in followed.way:
        extent = known[node]
        if extent is None:
            return None
        if node in followed.moves:
            right[node] = _right_units(trace, axis, node, right, known, starts=starts, ends=ends)
    return right


def _right_units(
    trace: Trace,
    axis: int,
    node: int,
    right: Mapping[int, Span],
    extents: Mapping[int, int | None],
    *,
    starts: bool,
    ends: bool,
) -> Span:
    """The units of a node all of whose taps are right, given those of the maps before it."""
    extent = extents[node] or 0
    low, high = 0, extent
    for source in trace.network.nodes[node].inputs:
        reach = trace.reach(node, source, axis)
        if source not in right or reach is None or not any(taps.number for taps in reach.phases):
            continue
        first, stop = right[source]
        if not starts:
            low = max(low, _first_right(reach, first))
        if not ends:
            high = min(high, _first_wrong(reach, stop))
        if not _folds(reach, right[source], extents[source] or 0, extent):
            high = 0
    return low, max(high, low)


def _first_right(reach: Reach, first: int) -> int:
    """From which unit on all taps are on ``first`` or behind."""
    return max(
        0,
        *(
            (-((taps.first - first) // reach.advance) - 1) * reach.period + phase + 1
            for phase, taps in enumerate(reach.phases)
            if taps.number
        ),
    )


def _first_wrong(reach: Reach, stop: int) -> int:
    """The first unit with a tap on ``stop`` or behind; not below 0."""
    return max(
        0,
        min(
            ((stop - 1 - taps.last) // reach.advance + 1) * reach.period + phase
            for phase, taps in enumerate(reach.phases)
            if taps.number
        ),
    )


def _folds(reach: Reach, right: Span, before: int, extent: int) -> bool:
    """Whether what taps outside of a map read instead, in the mirror or at the edge, is right."""
    if reach.border == DROP:
        return True
    most = max(-min(taps.first for taps in reach.phases), reach.taps(extent - 1).last - (before - 1), 0)
    need = most + 1 if reach.border == REFLECT else 1
    return right[1] - right[0] >= need or right == (0, before)


class Axis(NamedTuple):
    """One axis of an image that is to be cut: what tiles need, how the network lies on it, and each output.

    ``units`` are how many units of an output a step makes, ``extents`` how many it has.
    """

    number: int
    size: int
    needs: Overlap
    followed: Lattice
    units: tuple[int, ...]
    extents: tuple[int, ...]


class Cutter:
    """Cuts images of one shape for some outputs of a network, all of which have to be sound.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> cutter = Cutter(trace(parse("conv3,p1 maxpool2 conv3,p1"), Shape((40,), 1)), (2,))
    >>> for tile in cutter.tiles((24,)):
    ...     tile
    (Piece(begin=0, end=24, kept=((0, 10),), at=(0,)),)
    (Piece(begin=16, end=40, kept=((10, 20),), at=(2,)),)

    Raises `ShapeError` for tiles that can't be cut, with the nearest that can.
    """

    def __init__(self, whole: Trace, outputs: tuple[int, ...]) -> None:
        self.whole, self.outputs = whole, outputs
        self.axes = tuple(self._axis(axis) for axis in range(len(whole.shape(INPUT).space)))

    @property
    def image(self) -> Shape:
        """The image that is cut."""
        return self.whole.shape(INPUT)

    def _axis(self, axis: int) -> Axis:
        followed = lattice(self.whole, axis, self.outputs)
        needs = overlap(self.whole, axis, self.outputs, followed)
        moves = [followed.moves[output] for output in self.outputs]
        return Axis(
            axis,
            self.whole.shape(INPUT).space[axis],
            needs,
            followed,
            tuple(needs.step // one.step * one.units for one in moves),
            tuple(self.whole.extent(output, axis) or 1 for output in self.outputs),
        )

    def tiles(self, size: tuple[int, ...]) -> Iterator[tuple[Piece, ...]]:
        """The tiles of a size, row by row, a piece on every axis; at the end of the image they end where it does."""
        pieces = [
            list(islice(self.pieces(axis, length), MOST_TILES + 1))
            for axis, length in zip(self.axes, size, strict=True)
        ]
        if prod(map(len, pieces)) > MOST_TILES:
            raise LimitError(
                _("more than {most} tiles are needed, which are not listed: take larger ones").format(
                    most=f"{MOST_TILES:,}"
                )
            )
        return product(*pieces)

    def pieces(self, axis: Axis, length: int) -> Iterator[Piece]:
        """The pieces of an axis for tiles of a length, one after the other."""
        if length >= axis.size:
            yield self._piece(axis, 0, axis.size, (0,) * len(self.outputs), axis.extents)
            return
        first, inside = self._checked(axis, length)
        begin, done, highs = 0, (0,) * len(self.outputs), [high for _low, high in first]
        while begin + length < axis.size and done != axis.extents:
            turn = begin // axis.needs.step
            upto = tuple(turn * units + high for units, high in zip(axis.units, highs, strict=True))
            yield self._piece(axis, begin, begin + length, done, upto)
            turns = ((kept - low) // units for kept, (low, _high), units in zip(upto, inside, axis.units, strict=True))
            begin, done, highs = min(turns) * axis.needs.step, upto, [high for _low, high in inside]
        if done != axis.extents:  # the last ends where the image does, and is no longer than the others
            yield self._piece(axis, axis.size - self._last(axis, length), axis.size, done, axis.extents)

    def _piece(self, axis: Axis, begin: int, end: int, done: tuple[int, ...], upto: tuple[int, ...]) -> Piece:
        turn = begin // axis.needs.step
        at = tuple(first - turn * units for first, units in zip(done, axis.units, strict=True))
        return Piece(begin, end, tuple(zip(done, upto, strict=True)), at)

    def right(self, axis: Axis, length: int, *, starts: bool) -> tuple[Span, ...] | None:
        """The right units of every output of a tile that ends inside the image; `None` where its size is refused."""
        right = right_units(self.whole, axis.number, axis.followed, length, starts=starts, ends=False)
        return None if right is None else tuple(right[output] for output in self.outputs)

    def least(self, axis: Axis) -> int:
        """The smallest tile that gives at least what a step makes."""
        needs = axis.needs
        size = needs.sizes.at_least(needs.before + needs.step + needs.behind)
        while not self._gives(axis, size):
            size += needs.sizes.mod
        while self._gives(axis, size - needs.sizes.mod):
            size -= needs.sizes.mod
        return size

    def _gives(self, axis: Axis, length: int) -> bool:
        right = self.right(axis, length, starts=False)
        if right is None or any(high - low < units for (low, high), units in zip(right, axis.units, strict=True)):
            return False
        lows = [low for low, _high in right]
        return self._ends_right(axis, self._last(axis, length), lows)

    def _ends_right(self, axis: Axis, length: int, lows: Sequence[int]) -> bool:
        """Whether the last tile is right from ``lows`` on: at an edge that repeats, its last unit is read for those beyond."""
        if length < 1:
            return False
        right = right_units(self.whole, axis.number, axis.followed, length, starts=False, ends=True)
        return right is not None and all(
            right[output][0] <= low and right[output][0] < right[output][1]
            for output, low in zip(self.outputs, lows, strict=True)
        )

    def _last(self, axis: Axis, length: int) -> int:
        """The largest tile of at most ``length`` that ends where the image does."""
        return Sizes(axis.needs.step, axis.size).at_most(length)

    def _checked(self, axis: Axis, length: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The right units of a tile at the start of the image, and of one inside."""
        sizes = axis.needs.sizes
        if sizes.at_most(length) != length:
            raise ShapeError(
                _(
                    "tiles of {length} do not lie as the whole of {size} does: "
                    "take {less} or {more}, for sizes have to leave {rest} when divided by {mod}"
                ).format(
                    length=length,
                    size=axis.size,
                    less=sizes.at_most(length),
                    more=sizes.at_least(length),
                    rest=sizes.rest,
                    mod=sizes.mod,
                )
            )
        first, inside = (self.right(axis, length, starts=starts) for starts in (True, False))
        if first is None or inside is None or not self._gives(axis, length):
            raise ShapeError(
                _("tiles of {length} are too small for what they must overlap: take {least} or more").format(
                    length=length, least=self.least(axis)
                )
            )
        return first, inside
