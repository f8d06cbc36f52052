"""What one unit really reads: pushed back to the input layer by layer, clipped to every map on the way.

The theoretical field lives on an endless lattice. Here every index outside its own layer (padding, columns a floor cut
off) reads nothing, at every layer on the way, and borders that repeat the map read what they repeat. A unit of a
branched network reads a union of boxes, one for each way through that stays inside on all axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import chain

from cnncalc.analysis import Trace
from cnncalc.analysis.channels import Route
from cnncalc.errors import LimitError, NetworkError, ShapeError
from cnncalc.fields import WHOLE, Field, Reach, reads_of
from cnncalc.fields.readback import MOST_MEMBERS, read_back
from cnncalc.language import _
from cnncalc.layers.base import Channels
from cnncalc.network import INPUT
from cnncalc.receptive.rows import tokens
from cnncalc.sets import Inputs

Box = tuple[Inputs, ...]
"""One set per axis: the units in all of them. A vector has no axes, and the empty box is all of it."""

MOST_BOXES = 256
"""Units that read more boxes than this are followed by the boxes' hull."""


@dataclass(frozen=True, slots=True)
class UnitReads:
    """What one unit reads of the input: ``box`` is the (first, last) of every axis, `None` if it reads nothing.

    ``number`` is how many inputs per axis are read somewhere in the box; ``exact`` is `False` where too many ways
    through the network had to be taken together, or channels that are picked were not followed: it reads at most that.
    """

    unit: tuple[int, ...]
    box: tuple[tuple[int, int], ...] | None
    number: tuple[int | None, ...]
    exact: bool = True


def unit_reads(trace: Trace, node: int, unit: tuple[int, ...], only: int | None = None) -> UnitReads:
    """The exact box of inputs that ``unit`` of a node reads; the trace needs an input shape.

    With ``only`` an axis, the others are left out: what the unit reads on this one if nothing is cut off on those.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> from cnncalc.shapes import Shape
    >>> followed = trace(chain([Conv(3, padding=1), Conv(3, padding=1)]), Shape((8, 8), 1))
    >>> unit_reads(followed, 1, (0, 4)).box, unit_reads(followed, 1, (0, 4), only=1).box
    (((0, 2), (2, 6)), ((2, 6),))

    Raises `NetworkError` for a unit that the node does not have.
    """
    space = trace.shape(node).space
    if len(unit) != len(space) or not all(0 <= index < size for index, size in zip(unit, space, strict=True)):
        raise NetworkError(
            _("there is no unit {unit} among {space}: count from 0").format(
                unit=",".join(map(str, unit)), space="x".join(map(str, space)) or _("a vector's numbers")
            )
        )
    ways = list(ways_back(trace, node, unit, only))
    last, boxes, _few = ways[-1]
    exact = all(few for _node, _boxes, few in ways) and not trace.at_most(node)
    return _hull(unit, boxes if last == INPUT else [], exact=exact)


def ways_back(
    trace: Trace, node: int, unit: tuple[int, ...], only: int | None = None
) -> Iterator[tuple[int, list[Box], bool]]:
    """Every node that a unit reads, from its own back to the input, with the boxes of units that are read there.

    The last of the three is `False` where there are so many boxes that what is read before becomes their hull.
    """
    axes = slice(None) if only is None else slice(only, only + 1)
    start: Box = tuple(Inputs(index, index) for index in unit[axes])
    waiting: dict[int, dict[Channels, list[Box]]] = {node: {None: [start]}}
    for index in range(node, INPUT - 1, -1):
        choices = waiting.pop(index, None)
        if choices is None:
            continue
        every = list(dict.fromkeys(chain.from_iterable(choices.values())))
        yield index, every, index == INPUT or all(len(set(boxes)) <= MOST_BOXES for boxes in choices.values())
        if index != INPUT:
            for channels, boxes in choices.items():
                for route, before in _pushed_back(trace, index, channels, _few(list(dict.fromkeys(boxes))), axes):
                    if before:
                        waiting.setdefault(route.source, {}).setdefault(route.channels, []).extend(before)


def taken_together(boxes: list[Box], axis: int) -> Inputs:
    """The units of an axis that are in some of these boxes."""
    return reduce(Inputs.union, (box[axis] for box in boxes))


def windows_read(trace: Trace, node: int, unit: tuple[int, ...]) -> UnitReads:
    """What ``unit`` of a node reads through windows: `unit_reads` without statistics, gates, attention, dense layers.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> followed = trace(parse("conv3,p1 in conv3,p1"), Shape((8, 8), 1))
    >>> unit_reads(followed, 2, (0, 4)).box, windows_read(followed, 2, (0, 4)).box
    (((0, 7), (0, 7)), ((0, 2), (2, 6)))

    Raises `NetworkError` for a unit that the node does not have.
    """
    return unit_reads(trace.through_windows(), node, unit)


def _pushed_back(
    trace: Trace, node: int, channels: Channels, boxes: list[Box], axes: slice
) -> Iterator[tuple[Route, list[Box]]]:
    """The units of each source that some channels of ``boxes`` of a node read."""
    row = trace.network.nodes[node].layer.row if axes == slice(None) else None
    everything = boxes == [tuple(Inputs(0, size - 1) for size in trace.shape(node).space[axes])]
    for route in trace.ways(node, channels):
        space = trace.shape(route.source).space
        if row is not None:
            yield route, [back for (units,) in boxes for back in tokens(units, row, space)]
            continue
        reaches = [_known_reach(trace, node, route, axis, everything=everything) for axis in range(len(space))[axes]]
        yield route, [back for box in boxes if (back := _box_back(box, reaches, space[axes])) is not None]


def _box_back(box: Box, reaches: list[Reach], space: tuple[int, ...]) -> Box | None:
    """What a box of units reads of a map, axis by axis; `None` if it reads nothing on one of them."""
    sets = box if len(box) == len(space) else (Inputs(0, 0),) * len(space)  # read whole: any unit stands for all
    back = [read_back(units, reach, size) for units, reach, size in zip(sets, reaches, space, strict=True)]
    known = tuple(reads for reads in back if reads is not None)
    return known if len(known) == len(space) else None


def _known_reach(trace: Trace, node: int, route: Route, axis: int, *, everything: bool = False) -> Reach:
    """The reach of a node; all its units together, ``everything``, read all, even where none of them is followed."""
    reach = trace.along(node, route, axis) if route.reaches else trace.reach(node, route.source, axis)
    if reach is not None and not reach.followed and everything:
        return WHOLE
    if reach is None or not reach.followed:
        name = trace.network.nodes[node].name
        raise ShapeError(_("{name}: which inputs its units read is not known").format(name=name))
    return reach


def _few(boxes: list[Box]) -> list[Box]:
    """The boxes without those that lie in another; too many are taken together."""
    if len(boxes) > MOST_BOXES:
        return [tuple(reduce(Inputs.union, sets) for sets in zip(*boxes, strict=True))]
    kept: list[Box] = []
    for box in boxes:
        if not any(_inside(box, other) for other in kept):
            kept = [other for other in kept if not _inside(other, box)]
            kept.append(box)
    return kept


def _inside(box: Box, other: Box) -> bool:
    return all(large.covers(small) for small, large in zip(box, other, strict=True))


def _hull(unit: tuple[int, ...], boxes: list[Box], *, exact: bool) -> UnitReads:
    if not boxes:
        return UnitReads(unit, None, (), exact)
    together = [taken_together(boxes, axis) for axis in range(len(boxes[0]))]
    return UnitReads(
        unit,
        tuple((reads.first, reads.last) for reads in together),
        tuple(reads.number for reads in together),
        exact,
    )


Units = range | frozenset[int]
"""Some units of one axis; a range as long as they are neighbours."""


def full_units(trace: Trace, node: int) -> tuple[Units, ...]:
    """The units of a node, per axis, that read their whole theoretical field; a unit that reads nothing is not one.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> from cnncalc.shapes import Shape
    >>> full_units(trace(chain([Conv(3, padding=1), Conv(3, padding=1)]), Shape((8,), 1)), 1)
    (range(2, 6),)
    """
    return tuple(_full(trace, node, axis) for axis in range(len(trace.input.space) if trace.input else 0))


def _full(trace: Trace, node: int, axis: int) -> Units:
    uncut: dict[tuple[int, Channels], Units] = {(INPUT, None): range(_places(trace, INPUT, axis))}
    for index in range(node + 1):
        for channels in trace.choices(index):
            branches = (
                _uncut_through(trace, index, route, axis, uncut[route.source, route.channels])
                for route in trace.ways(index, channels)
            )
            every: Units = range(_places(trace, index, axis))
            uncut[index, channels] = reduce(_both, branches, every)
    field, units = trace.field(axis, node), uncut[node, None]
    return frozenset(unit for unit in units if reads_of(field, unit)) if _rests(field) else units


def _places(trace: Trace, node: int, axis: int) -> int:
    """How many places a map has along an axis; a vector is a single one."""
    space = trace.shape(node).space
    return space[axis] if axis < len(space) else 1


def _both(one: Units, other: Units) -> Units:
    if isinstance(one, range) and isinstance(other, range):
        start = max(one.start, other.start)
        return range(start, max(min(one.stop, other.stop), start))
    return frozenset(one) & frozenset(other)


def _uncut_through(trace: Trace, node: int, route: Route, axis: int, units: Units) -> Units:
    """The units of a node none of whose taps is cut off: each is among the uncut ``units`` of the source, or reads nothing."""
    reach, field = _known_reach(trace, node, route, axis), trace.field(axis, route.source)
    extent = _places(trace, node, axis)
    if extent > MOST_MEMBERS:
        raise LimitError(
            _("{extent} units are more than the {most} that are looked at one by one").format(
                extent=extent, most=MOST_MEMBERS
            )
        )
    if reach.whole and len(units) < _places(trace, route.source, axis):
        return range(0)
    if not reach.phases:
        return range(extent)
    rests = _rests(field)
    if len(reach.phases) == 1 and reach.advance and isinstance(units, range) and not rests:  # faster; keeps a range one
        taps = reach.phases[0]
        first = max(-((taps.first - units.start) // reach.advance), 0)
        return range(first, max(min((units.stop - 1 - taps.last) // reach.advance + 1, extent), first))
    reached = ((unit, reach.taps(unit).indices) for unit in range(extent))
    return frozenset(
        unit for unit, taps in reached if all(tap in units or (rests and not reads_of(field, tap)) for tap in taps)
    )


def _rests(field: Field) -> bool:
    """Whether some units of a field read nothing."""
    return any(None in part.phases for part in field)


def lattice_reads(trace: Trace, node: int, unit: tuple[int, ...]) -> tuple[Inputs | None, ...]:
    """The theoretical field of one unit, per axis, on the endless lattice."""
    axes = range(len(trace.input.space) if trace.input else len(unit))
    return tuple(reads_of(trace.field(axis, node), unit[axis] if axis < len(unit) else 0) for axis in axes)
