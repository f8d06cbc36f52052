"""The effective receptive field: how the paths from one unit to the inputs are distributed, for uniform weights.

Counting paths is exact: with all weights alike, the gradient of a unit with respect to an input is proportional to the
number of paths between them. A window shares the paths out evenly over its taps, a merge adds those of its branches, and
each axis can be looked at alone, because its marginal distribution only needs to know how many paths the other axes
bring. Sums stay 1 (scale is carried apart), so nothing underflows however deep the network.

Source: Luo, Li, Urtasun, Zemel, *Understanding the Effective Receptive Field in Deep Convolutional Neural Networks*,
NIPS 2016: n layers of width k spread as √(n(k² − 1)/12), a vanishing share of the theoretical size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log, sqrt
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.errors import LimitError, NetworkError, ShapeError
from cnncalc.fields import WHOLE, Reach, Taps
from cnncalc.language import _
from cnncalc.network import INPUT

MOST_PLACES = 1 << 20
"""Distributions over more inputs than this are refused."""


class Paths(NamedTuple):
    """Shares of the paths that end at ``first``, ``first + 1``, …; they add up to 1. ``scale`` is ln(how many)."""

    first: int
    shares: Sequence[float]
    scale: float = 0.0


@dataclass(frozen=True, slots=True)
class Effective:
    """The distribution of one unit on one axis: ``shares[i]`` of the paths end at input ``first + i``."""

    first: int
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(share * (self.first + place) for place, share in enumerate(self.shares))

    @property
    def deviation(self) -> float:
        """The standard deviation, in input pixels."""
        mean = self.mean
        return sqrt(sum(share * (self.first + place - mean) ** 2 for place, share in enumerate(self.shares)))

    def width(self, share: float) -> int:
        """The fewest neighbouring inputs that hold at least ``share`` of the paths.

        >>> Effective(0, (0.1, 0.2, 0.4, 0.2, 0.1)).width(0.5), Effective(0, (0.25,) * 4).width(0.5)
        (2, 2)
        """
        sums = [0.0, *accumulate(self.shares)]
        least = share - 1e-12  # a share that is just there may be off by a rounding
        best, first = len(self.shares), 0
        for last in range(1, len(sums)):
            while sums[last] - sums[first + 1] >= least:
                first += 1
            if sums[last] - sums[first] >= least:
                best = min(best, last - first)
        return best


def effective(trace: Trace, node: int, axis: int, unit: int = 0, *, axes: int = 2) -> Effective:
    """The effective field of a unit of a node on an axis, on the endless lattice.

    Where branches meet, the one with more taps on the other axes has more paths; so it matters how many axes there
    are. Without an input shape, it is an image with two unless ``axes`` says otherwise.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> field = effective(trace(chain([Conv(3)] * 4)), 3, 0)
    >>> round(field.deviation, 6) == round((4 * (3**2 - 1) / 12) ** 0.5, 6), len(field.shares)
    (True, 9)

    Raises `NetworkError` where a layer's reach needs the input size, or a layer sees all of an unknown size, and
    `ShapeError` for a layer of which is unknown what it reads.
    """
    axes = max(axes, len(trace.fields)) if trace.input is None else len(trace.input.space)
    waiting: dict[int, list[Paths]] = {node: [Paths(unit, (1.0,))]}
    for index in range(node, INPUT, -1):
        branches = waiting.pop(index, None)
        if not branches:
            continue
        paths = _added(branches)
        current = trace.network.nodes[index]
        for source in current.inputs:
            before = _shared_out(trace, index, source, axis, axes, paths)
            waiting.setdefault(source, []).append(before)
    if INPUT not in waiting:
        raise NetworkError(_("{name}: no path leads to the input").format(name=trace.network.nodes[node].name))
    paths = _added(waiting[INPUT])
    return Effective(paths.first, tuple(paths.shares))


def _shared_out(trace: Trace, index: int, source: int, axis: int, axes: int, paths: Paths) -> Paths:
    """The paths one layer further back, along ``axis``; the taps on the other axes only multiply them."""
    reaches = [_reach(trace, index, source, other) for other in range(axes)]
    if not paths.shares:
        return paths
    # axes are independent: every tap on another axis multiplies the paths, whatever their place on this one
    others = sum(log(_taps(*reach)) for other, reach in enumerate(reaches) if other != axis)
    reach, size = reaches[axis]
    if reach is WHOLE:
        return Paths(0, (1 / size,) * size, paths.scale + others + log(size))
    # only faster: a layer that passes each unit on, which most of a deep network do
    if len(reach.phases) == 1 and reach.advance == 1 and reach.phases[0].number == 1:
        return Paths(paths.first + reach.phases[0].first, paths.shares, paths.scale + others)
    return _windowed(paths, reach, others)


def _reach(trace: Trace, node: int, source: int, axis: int) -> tuple[Reach, int]:
    """The reach of a node on an axis and the size of what it reads (1 where that does not matter)."""
    reach, size = trace.reach(node, source, axis), trace.extent(source, axis)
    name = trace.network.nodes[node].name
    if reach is None and trace.input:
        raise ShapeError(_("{name}: which inputs its units read is not known").format(name=name))
    if reach is None or (reach is WHOLE and size is None):
        raise NetworkError(_("{name} reads a map whose size is not known: give --input").format(name=name))
    return reach, size or 1


def _taps(reach: Reach, size: int) -> float:
    """How many inputs a unit reads on an axis; the average where that differs from unit to unit."""
    if reach is WHOLE:
        return size
    return sum(taps.number for taps in reach.phases) / len(reach.phases)


def _windowed(paths: Paths, reach: Reach, others: float) -> Paths:
    """Each unit's share goes in equal parts to its taps: sums of a moving window, one subtraction per input."""
    cycle = len(reach.phases)
    groups = []
    for phase, taps in enumerate(reach.phases):
        if taps.number:
            start = (phase - paths.first) % cycle
            shares = paths.shares[start::cycle]
            if shares:
                first = (paths.first + start - phase) // cycle * reach.advance + taps.first
                groups.append(_window_sums(first, shares, reach.advance, taps))
    together = _added([Paths(first, shares, 0.0) for first, shares in groups], weighted=True)
    total = sum(together.shares)
    if not total:
        return Paths(0, (), 0.0)
    return Paths(together.first, [share / total for share in together.shares], paths.scale + others + log(total))


def _window_sums(first: int, shares: Sequence[float], advance: int, taps: Taps) -> tuple[int, list[float]]:
    """Unit u at ``first + u·advance`` adds its share to ``number`` inputs, ``step`` apart."""
    length = (len(shares) - 1) * advance + (taps.number - 1) * taps.step + 1
    if length > MOST_PLACES:
        raise LimitError(
            _("one unit's paths spread over {length} inputs, more than {most}: ask for an earlier layer").format(
                length=length, most=MOST_PLACES
            )
        )
    # a share is added where its window begins and taken away where it ends; running sums, one for each residue of the
    # step, then give what every input gets in one pass, however wide the window
    change = [0.0] * (length + taps.step)
    reach = taps.number * taps.step
    for unit, share in enumerate(shares):
        place = unit * advance
        change[place] += share
        if place + reach < len(change):
            change[place + reach] -= share
    for residue in range(min(taps.step, length)):
        change[residue :: taps.step] = accumulate(change[residue :: taps.step])
    return first, [max(share, 0.0) for share in change[:length]]  # subtracting leaves −1e-17 where nothing is


def _added(many: list[Paths], *, weighted: bool = False) -> Paths:
    """The paths of several branches together, each in proportion to how many it has."""
    if len(many) == 1:
        return many[0]
    there = [paths for paths in many if paths.shares]
    if not there:
        return Paths(0, (), 0.0)
    highest = max(paths.scale for paths in there)  # numbers of paths grow beyond a float; their ratios don't
    first = min(paths.first for paths in there)
    length = max(paths.first + len(paths.shares) for paths in there) - first
    shares = [0.0] * length
    for paths in there:
        factor = exp(paths.scale - highest)
        for place, share in enumerate(paths.shares, paths.first - first):
            shares[place] += share * factor
    total = 1.0 if weighted else sum(shares)
    return Paths(first, [share / total for share in shares], highest + log(total))
