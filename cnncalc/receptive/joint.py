"""The effective field where its axes depend on each other: the paths of all axes together, as one array.

An axis that is asked about keeps its places. On the endless lattice any other only matters by which phase of the layers
to come its units stand in: it keeps their remainders, and stays short however large the field.

Only the question that needs it imports this room, because it works with NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import exp, gcd, lcm, log, prod
from typing import Any, NamedTuple

import numpy as np

from cnncalc.errors import LimitError
from cnncalc.fields import IDENTITY, WHOLE, folded
from cnncalc.language import _
from cnncalc.layers.base import Row
from cnncalc.receptive.effective import ORIGIN, Edge, Place

Array = np.ndarray[Any, Any]

MOST_CELLS = 1 << 24
"""Arrays of more numbers than this, all together, are refused: 128 MiB."""
MOST_PRODUCTS = 1 << 38
"""More products of matrices are refused: some 10 seconds."""


class Axis(NamedTuple):
    """How the places on an axis are kept: all, cut at the map where ``clipped``, or their remainders by ``periods``."""

    number: int
    periods: dict[Place, int] | None = None
    clipped: bool = False

    def start(self, unit: int, node: Place) -> tuple[int, int, int]:
        """The first place that is kept, the index of ``unit`` behind it, and how many there are."""
        if self.periods is None:
            return unit, 0, 1
        return 0, unit % self.periods[node], self.periods[node]

    def passes(self, edge: Edge) -> bool:
        """Whether a layer leaves all places where they are."""
        alike = self.periods is None or self.periods[edge.node] == self.periods[edge.source]
        return alike and edge.reaches[self.number] is IDENTITY

    def reads(self, edge: Edge, unit: int) -> list[int]:
        """The places of the source that a unit reads, as they are kept."""
        reach, size = edge.reaches[self.number], edge.sizes[self.number] or 1
        places = range(size) if reach is WHOLE else reach.taps(unit).indices
        if self.periods is not None:
            return [place % self.periods[edge.source] for place in places]
        if not self.clipped:
            return list(places)
        return [kept for place in places if (kept := folded(place, size, reach.border)) is not None]

    def most(self, edge: Edge) -> int:
        """The most places that a unit reads."""
        reach, size = edge.reaches[self.number], edge.sizes[self.number] or 1
        return size if reach is WHOLE else max(taps.number for taps in reach.phases)


class Paths(NamedTuple):
    """Shares of the paths, axis by axis from ``firsts`` on, that add up to 1; ``scale`` is ln(how many)."""

    firsts: tuple[int, ...]
    shares: Array
    scale: float = 0.0


def together(
    edges: Sequence[Edge], unit: tuple[int, ...], wanted: tuple[int, ...], *, clipped: bool
) -> Iterator[tuple[int, tuple[float, ...]]]:
    """The first place and the shares on each of the ``wanted`` axes, of the unit that the edges lead back from.

    Raises `LimitError` for more than `MOST_CELLS` or `MOST_PRODUCTS`.
    """
    numbers = range(len(unit))
    if clipped:
        paths = Walk([Axis(number, clipped=True) for number in numbers]).back(edges, unit)
        yield from (_on(paths, axis) for axis in wanted)
        return
    periods = [_periods(edges, number) for number in numbers]
    for axis in wanted:
        axes = [Axis(number, None if number == axis else periods[number]) for number in numbers]
        yield _on(Walk(axes).back(edges, unit), axis)


def _on(paths: Paths, axis: int) -> tuple[int, tuple[float, ...]]:
    """What is left on one axis when the others are summed up."""
    others = tuple(other for other in range(paths.shares.ndim) if other != axis)
    shares = paths.shares.sum(axis=others)
    return paths.firsts[axis], tuple(shares.tolist()) if shares.any() else ()


def _periods(edges: Sequence[Edge], axis: int) -> dict[Place, int]:
    """For each map: units so many places apart have the same paths to the input, but for where they lead."""
    periods = {ORIGIN: 1}
    for edge in reversed(edges):
        reach, before = edge.reaches[axis], periods[edge.source]
        own = 1 if reach is WHOLE else len(reach.phases) * before // gcd(before, reach.advance)
        periods[edge.node] = lcm(periods.get(edge.node, 1), own)
    return periods


class Walk:
    """From one unit back to the input along all axes; it counts the products that it takes."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes, self.products = axes, 0

    def back(self, edges: Sequence[Edge], unit: tuple[int, ...]) -> Paths:
        """The paths from a unit of the first edge's node to the input."""
        top = edges[0].node
        waiting = {top: self._start(unit, top)}
        for node, group in groupby(edges, key=lambda edge: edge.node):
            paths = waiting.pop(node)
            for edge in group:
                before, there = self._through(edge, paths), waiting.get(edge.source)
                waiting[edge.source] = before if there is None else _added(there, before)
            _check_cells(sum(there.shares.size for there in waiting.values()))
        return waiting[ORIGIN]

    def _start(self, unit: tuple[int, ...], node: Place) -> Paths:
        starts = [axis.start(place, node) for axis, place in zip(self.axes, unit, strict=True)]
        firsts, index, space = zip(*starts, strict=True)
        _check_cells(prod(space))
        shares = np.zeros(space)
        shares[index] = 1
        return Paths(firsts, shares)

    def _through(self, edge: Edge, paths: Paths) -> Paths:
        """The paths one layer further back."""
        if edge.row is not None:
            return _unrolled(paths, edge)
        firsts, shares = list(paths.firsts), paths.shares
        for axis in self.axes:
            if not axis.passes(edge):
                number = axis.number
                firsts[number], matrix = _matrix(axis, edge, firsts[number], shares.shape[number])
                shares = self._product(matrix, shares, number)
        return _normal(Paths(tuple(firsts), shares, paths.scale))

    def _product(self, matrix: Array, shares: Array, axis: int) -> Array:
        """``matrix`` times each line of the shares along an axis."""
        _check_cells(shares.size // matrix.shape[1] * matrix.shape[0])
        self.products += shares.size * matrix.shape[0]
        if self.products > MOST_PRODUCTS:
            raise LimitError(_("one unit's paths take too many products: ask for an earlier layer"))
        return np.moveaxis(np.tensordot(matrix, shares, axes=(1, axis)), 0, axis)


def _unrolled(paths: Paths, edge: Edge) -> Paths:
    """The paths of a row of units, each at the position of the map that it was written from."""
    space, (before, each, apart) = tuple(size or 1 for size in edge.sizes), edge.row or Row()
    _check_cells(prod(space) * each + before)
    row = np.zeros(before + prod(space) * each)
    own = paths.shares.reshape(-1)
    row[paths.firsts[0] : paths.firsts[0] + own.size] = own
    shares = row[before:].reshape((each, -1) if apart else (-1, each)).sum(axis=0 if apart else 1)
    return _normal(Paths((0,) * len(space), shares.reshape(space), paths.scale))


def _matrix(axis: Axis, edge: Edge, first: int, length: int) -> tuple[int, Array]:
    """The first place that units from ``first`` on read, and how often each of them reads it and those behind it."""
    _check_cells(length * axis.most(edge))
    reads = [axis.reads(edge, unit) for unit in range(first, first + length)]
    everywhere = {place for places in reads for place in places} or {first}
    least, rows = min(everywhere), max(everywhere) - min(everywhere) + 1
    if axis.periods is not None:
        least, rows = 0, axis.periods[edge.source]
    _check_cells(rows * length)
    matrix = np.zeros((rows, length))
    for unit, places in enumerate(reads):
        np.add.at(matrix[:, unit], [place - least for place in places], 1)
    return least, matrix


def _added(one: Paths, other: Paths) -> Paths:
    """The paths of two branches together, each in proportion to how many it has."""
    there = [paths for paths in (one, other) if paths.shares.any()]
    if len(there) < 2:
        return there[0] if there else one
    firsts = tuple(map(min, one.firsts, other.firsts))
    ends = map(max, *(map(sum, zip(paths.firsts, paths.shares.shape, strict=True)) for paths in there))
    space = tuple(end - first for first, end in zip(firsts, ends, strict=True))
    _check_cells(prod(space))
    highest = max(paths.scale for paths in there)  # numbers of paths grow beyond a float; their ratios don't
    shares = np.zeros(space)
    for paths in there:
        before = (own - first for own, first in zip(paths.firsts, firsts, strict=True))
        place = (slice(skip, skip + length) for skip, length in zip(before, paths.shares.shape, strict=True))
        shares[tuple(place)] += paths.shares * exp(paths.scale - highest)
    return _normal(Paths(firsts, shares, highest))


def _normal(paths: Paths) -> Paths:
    """The same paths with shares that add up to 1, unless there are none."""
    total = float(paths.shares.sum())
    return paths._replace(shares=paths.shares / total, scale=paths.scale + log(total)) if total else paths


def _check_cells(cells: int) -> None:
    if cells > MOST_CELLS:
        raise LimitError(
            _("one unit's paths spread over {length} inputs, more than {most}: ask for an earlier layer").format(
                length=cells, most=MOST_CELLS
            )
        )
