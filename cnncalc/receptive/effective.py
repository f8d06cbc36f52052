"""The effective receptive field: how the paths from one unit to the inputs are distributed, for uniform weights.

Counting paths is exact: with all weights alike and one channel, the gradient of a unit with respect to an input is
proportional to the number of paths between them. A window shares the paths out evenly over its taps, a merge adds those
of its branches. Sums stay 1 (scale is carried apart), so nothing underflows however deep the network.

Each axis can be looked at alone where the paths on the other axes only multiply those on this one: in a network without
branches, and in any other where all units of a layer have equally many taps. Else what happens on one axis depends on
where the unit stands on the others, and they are followed together: see `cnncalc.receptive.joint`.

Source: Luo, Li, Urtasun, Zemel, *Understanding the Effective Receptive Field in Deep Convolutional Neural Networks*,
NIPS 2016: n layers of width k spread as √(n(k² − 1)/12), a vanishing share of the theoretical size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log, sqrt
from operator import sub
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.analysis.channels import Route
from cnncalc.errors import LimitError, NetworkError, ShapeError
from cnncalc.fields import WHOLE, Reach, Taps, folded
from cnncalc.language import _
from cnncalc.layers.base import Channels, Row
from cnncalc.network import INPUT
from cnncalc.receptive.axisfield import last_sliding

MOST_PLACES = 1 << 20
"""Distributions over more inputs than this are refused."""
MOST_STEPS = 1 << 22
"""And so are those of which more shares are carried through layers, all together: some seconds."""


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


Place = tuple[int, Channels]
"""A map, or some of its channels: a node, and which of them; `None` are all together."""

ORIGIN: Place = (INPUT, None)


class Edge(NamedTuple):
    """A layer and one of the maps it reads: per axis which units each of its own reads, and how many there are.

    With a ``row`` the layer writes the map in one row.
    """

    node: Place
    source: Place
    reaches: tuple[Reach, ...]
    sizes: tuple[int | None, ...]
    row: Row | None = None


def effective(trace: Trace, node: int, axis: int, unit: int = 0, *, axes: int = 2) -> Effective:
    """The effective field on one axis of the unit that stands at ``unit`` on every axis of the endless lattice.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> field = effective(trace(chain([Conv(3)] * 4)), 3, 0)
    >>> round(field.deviation, 6) == round((4 * (3**2 - 1) / 12) ** 0.5, 6), len(field.shares)
    (True, 9)

    Raises what `effective_fields` does.
    """
    rank = _rank(trace, axes)
    return _fields(trace, node, (unit,) * rank, (axis,), clipped=False)[0]


def effective_fields(
    trace: Trace, node: int, place: tuple[int, ...] | None = None, *, axes: int = 2
) -> tuple[Effective, ...]:
    """The effective field on every axis: of the unit at ``place``, clipped to every map on the way, or of any unit.

    Any unit means unit 0 of the endless lattice, on the axes that differ; of a layer of which nothing slides, it is the
    one in the middle of the real ones. What a norm reads through its statistics is left out: how much a mean or a variance weighs
    depends on the image. Where branches meet, the one with more taps has more paths; so it matters how many axes
    there are. Without an input shape, it is an image with two unless ``axes`` says otherwise.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> from cnncalc.shapes import Shape
    >>> corner, _other = effective_fields(trace(chain([Conv(3, padding=1)]), Shape((8, 8), 1)), 0, (0, 7))
    >>> corner
    Effective(first=0, shares=(0.5, 0.5))

    Raises `NetworkError` where a layer's reach needs the input size, or a layer sees all of an unknown size,
    `ShapeError` for a layer of which is unknown what it reads, and `LimitError` where there is too much to follow.
    """
    rank = _rank(trace, axes)
    if place is None:
        differing = tuple(range(len(trace.fields)))
        slides = any(part.advance for axis in differing for part in trace.field(axis, node))
        if slides or trace.input is None:
            return _fields(trace, node, (0,) * rank, differing, clipped=False)
        middle = tuple(size // 2 for size in trace.shape(node).space)
        fields = _fields(trace, node, _filled(middle, rank), tuple(range(rank)))
        # a token in the middle of its row is in the middle of no axis, so axes of one size may differ too
        return fields if any(field != fields[0] for field in fields) else fields[: len(differing)]
    return _fields(trace, node, _filled(place, rank), tuple(range(rank)))


def _filled(place: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """A place on every axis of the input: a row has but one, and of a vector any unit stands for all."""
    return (*place, *(0,) * (rank - len(place)))


def _rank(trace: Trace, axes: int) -> int:
    return max(axes, len(trace.fields)) if trace.input is None else len(trace.input.space)


def _fields(
    trace: Trace, node: int, unit: tuple[int, ...], wanted: tuple[int, ...], *, clipped: bool = True
) -> tuple[Effective, ...]:
    edges = tuple(_edges(trace, node, len(unit), clipped=clipped))
    if all(edge.source != ORIGIN for edge in edges):
        raise NetworkError(_no_path(trace, node))
    rows = any(edge.row is not None for edge in edges)
    if not rows and (len(unit) == 1 or _in_a_row(edges) or (not clipped and _evenly(edges))):
        fields = tuple(_alone(edges, axis, unit[axis], clipped=clipped) for axis in wanted)
    else:
        from cnncalc.receptive.joint import together  # NumPy, for what can't be had without

        fields = tuple(Effective(*one) for one in together(edges, unit, wanted, clipped=clipped))
    nothing = any(not field.shares for field in fields)  # on one axis: then there is no path at all
    return (Effective(0, ()),) * len(wanted) if nothing else fields


def _no_path(trace: Trace, node: int) -> str:
    """Why nothing is left, and where something is."""
    names = [each.name for each in trace.network.nodes]
    last, causes = last_sliding(trace, node), trace.sources_of_whole(node)
    if not trace.windows_only or last is None or not causes:
        return _("{name}: no path leads to the input").format(name=names[node])
    return _(
        "no window of {name} leads to the input, for {causes} reads all of it: leave out --windows-only, "
        "or add --at {last}"
    ).format(name=names[node], causes=names[causes[0]], last=names[last])


def _edges(trace: Trace, node: int, rank: int, *, clipped: bool) -> Iterator[Edge]:
    """From the node back to the input, whatever is read on the way; a map read twice stands there twice.

    Where some channels are picked of a map that do not read as the others, each choice is a place of its own.
    """
    waiting: dict[int, dict[Channels, None]] = {node: {None: None}}
    for index in range(node, INPUT, -1):
        row = trace.network.nodes[index].layer.row if clipped else None
        for channels in waiting.pop(index, ()):
            for route in trace.ways(index, channels):
                known = [] if row is not None else [_reach(trace, index, route, axis) for axis in range(rank)]
                if all(reach.phases or reach.whole for reach, _size in known):
                    reaches, sizes = zip(*known, strict=True) if known else ((), trace.shape(route.source).space)
                    yield Edge((index, channels), (route.source, route.channels), reaches, sizes, row)
                    waiting.setdefault(route.source, {})[route.channels] = None


def _reach(trace: Trace, node: int, route: Route, axis: int) -> tuple[Reach, int | None]:
    """The reach of a node on an axis, and the size of what it reads."""
    reach, size = trace.along(node, route, axis), trace.extent(route.source, axis)
    name = trace.network.nodes[node].name
    if (reach is None and trace.input) or (reach and not reach.followed):
        raise ShapeError(_("{name}: which inputs its units read is not known").format(name=name))
    if reach is None or (reach is WHOLE and size is None):
        raise NetworkError(_("{name} reads a map whose size is not known: give --input").format(name=name))
    return reach.windows if reach.phases else reach, size


def _in_a_row(edges: Sequence[Edge]) -> bool:
    """Whether there is one way through the network: then the axes are independent of each other."""
    return len({edge.source for edge in edges}) == len(edges)


def _evenly(edges: Sequence[Edge]) -> bool:
    """Whether all units of each layer have equally many taps: then the other axes only multiply the paths."""
    reaches = {reach for edge in edges for reach in edge.reaches}
    return all(len({taps.number for taps in reach.phases}) <= 1 for reach in reaches)


def _alone(edges: Sequence[Edge], axis: int, unit: int, *, clipped: bool) -> Effective:
    """The field on one axis that can be looked at alone."""
    waiting = {edges[0].node: [Paths(unit, (1.0,))]}
    arrived: dict[Place, Paths] = {}
    steps = 0
    for edge in edges:
        if edge.node not in arrived:
            arrived[edge.node] = _added(waiting.pop(edge.node))
        steps += len(arrived[edge.node].shares)
        _check_steps(steps)
        before = _shared_out(edge, axis, arrived[edge.node])
        if clipped:
            before = _inside(before, edge.reaches[axis], edge.sizes[axis] or 1)
        waiting.setdefault(edge.source, []).append(before)
    paths = _added(waiting[ORIGIN])
    return Effective(paths.first, tuple(paths.shares))


def _shared_out(edge: Edge, axis: int, paths: Paths) -> Paths:
    """The paths one layer further back, along ``axis``; the taps on the other axes only multiply them."""
    if not paths.shares:
        return paths
    reach, size = edge.reaches[axis], edge.sizes[axis] or 1
    others = sum(log(_taps(edge, other)) for other in range(len(edge.reaches)) if other != axis)
    if reach is WHOLE:
        _check_places(size)
        return Paths(0, (1 / size,) * size, paths.scale + others + log(size))
    # only faster: a layer that passes each unit on, which most of a deep network do
    if len(reach.phases) == 1 and reach.advance == 1 and reach.phases[0].number == 1:
        return Paths(paths.first + reach.phases[0].first, paths.shares, paths.scale + others)
    return _windowed(paths, reach, others)


def _taps(edge: Edge, axis: int) -> int:
    """How many inputs a unit reads on an axis where all read equally many; any number where that does not matter."""
    reach = edge.reaches[axis]
    return (edge.sizes[axis] or 1) if reach is WHOLE else max(taps.number for taps in reach.phases)


def _inside(paths: Paths, reach: Reach, size: int) -> Paths:
    """What falls outside of a map of ``size`` places goes where the border has it, or is dropped."""
    if paths.first >= 0 and paths.first + len(paths.shares) <= size:
        return paths
    kept: dict[int, float] = {}
    for place, share in enumerate(paths.shares, paths.first):
        there = folded(place, size, reach.border)
        if there is not None:
            kept[there] = kept.get(there, 0.0) + share
    total = sum(kept.values())
    if not total:
        return Paths(0, ())
    shares = [kept.get(place, 0.0) / total for place in range(min(kept), max(kept) + 1)]
    return Paths(min(kept), shares, paths.scale + log(total))


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
    if not advance:  # all of them stand on one place
        shares, advance = [sum(shares)], 1
    length = (len(shares) - 1) * advance + (taps.number - 1) * taps.step + 1
    _check_places(length)
    # a share is added where its window begins and taken away where it ends; running sums, one for each residue of the
    # step, then give what every input gets in one pass, however wide the window
    begun, ended = [0.0] * (length + taps.step), [0.0] * (length + taps.step)
    begun[: (len(shares) - 1) * advance + 1 : advance] = shares
    ended[taps.number * taps.step :: advance] = shares
    change = list(map(sub, begun, ended))
    for residue in range(min(taps.step, length)):
        change[residue :: taps.step] = accumulate(change[residue :: taps.step])
    # subtracting leaves −1e-17 where nothing is
    return first, [share if share > 0 else 0.0 for share in change[:length]]


def _check_steps(steps: int) -> None:
    if steps > MOST_STEPS:
        raise LimitError(
            _("one unit's paths go through more than {most} places of layers: ask for an earlier layer").format(
                most=f"{MOST_STEPS:,}"
            )
        )


def _check_places(length: int) -> None:
    if length > MOST_PLACES:
        raise LimitError(
            _("one unit's paths spread over {length} inputs, more than {most}: ask for an earlier layer").format(
                length=length, most=MOST_PLACES
            )
        )


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
