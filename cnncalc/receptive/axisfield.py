"""The receptive field of every layer in plain numbers: sizes, jumps, starts, what set them, and where branches disagree."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cnncalc.analysis import Trace, ancestors
from cnncalc.errors import NetworkError, near
from cnncalc.fields import Field, Part, reads_of
from cnncalc.language import _
from cnncalc.ratios import per
from cnncalc.sets import Inputs
from cnncalc.shapes import shorten

MOST_UNITS = 4096
"""Where the field differs by unit without a period, so many units are looked at one by one."""

Number = int | float
Measure = Number | dict[str, Number | None] | None
"""A number, ``{"min": …, "max": …}`` where it depends on the unit or on an unknown size, `None` for not known."""


class AxisField(NamedTuple):
    """The field of a layer on one axis in numbers: the JSON contract's ``{size, jump, start, centre, read, …}``.

    ``start`` and ``centre`` are those of unit 0. ``whole`` tells that every unit reads the whole input, if only through
    one branch or the statistics of a norm; the numbers are those of what slides, if anything does. ``phases`` lists the
    units of one period where the field is periodic, ``branches`` the parts that move at different jumps.
    """

    size: Measure
    jump: Number | None
    start: Measure
    centre: Measure
    read: Measure
    whole: bool = False
    dead: int = 0
    phases: tuple[dict[str, Any], ...] = ()
    branches: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Without what has nothing to say."""
        seldom = ("dead", "phases", "branches")
        return {key: value for key, value in zip(self._fields, self, strict=True) if value or key not in seldom}


Fields = tuple[AxisField, ...]
"""The field of one layer: one per axis of the input, or a single one that holds for all where their number is open."""

NOT_KNOWN = AxisField(None, None, None, None, None)


def axis_field(trace: Trace, axis: int, node: int) -> AxisField:
    """The field of a node on an axis.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> axis_field(trace(chain([Conv(7, stride=2, padding=3), Conv(3)])), 0, 1)[:5]
    (11, 2, -3, 2, 11)
    """
    axis = min(axis, len(trace.fields) - 1)
    early, late = trace.fields[axis][node], trace.latest[axis][node]
    earliest = describe(early, trace.extents[axis][node])
    if early is late or early == late:
        return earliest
    latest = describe(late, None)
    return earliest._replace(
        size=_between(earliest.size, latest.size),
        start=_between(earliest.start, latest.start),
        centre=_between(earliest.centre, latest.centre),
    )


def layer_fields(trace: Trace) -> list[Fields]:
    """The fields of every node; layers that pass a field on share the very same value.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> [axis.size for axis, in layer_fields(trace(chain([Conv(3), Conv(3)])))]
    [3, 5]
    """
    axes = len(trace.input.space) if trace.input else len(trace.fields)
    known: dict[tuple[object, ...], Fields] = {}
    fields_of: list[Fields] = []
    same = zip(*(map(id, axis) for axis in (*trace.fields, *trace.latest)), *trace.extents, strict=True)
    for node, key in enumerate(same):
        if key not in known:
            fields = tuple(axis_field(trace, axis, node) for axis in range(len(trace.fields)))
            known[key] = fields * axes if len(fields) == 1 else fields
        fields_of.append(known[key])
    return fields_of


def describe(field: Field, extent: int | None) -> AxisField:
    """A field in numbers; ``extent`` is how many units the layer has along the axis."""
    if len(field) == 1 and field[0].advance and field[0].followed:  # the rule, which deep networks have a million of
        return _periodic(_shortest(field[0]))
    sliding, whole = sliding_parts(field), _sees_whole(field)
    if not all(part.followed for part in field):
        return NOT_KNOWN._replace(whole=whole)
    if not sliding:
        return NOT_KNOWN._replace(jump=0, whole=True) if whole else NOT_KNOWN
    numbers = _periodic(_shortest(sliding[0])) if len(sliding) == 1 else _by_unit(sliding, extent)
    return numbers._replace(whole=True) if whole else numbers


def sliding_parts(field: Field) -> Field:
    """The parts that move with the unit; a part that does not is one that sees a whole map."""
    return tuple(part for part in field if part.advance)


def slides(field: Field) -> bool:
    """Whether some of what the units read moves with them, and all of it is followed.

    >>> from cnncalc.fields import POINT, STATISTICS, WHOLE, through
    >>> slides(through(POINT, STATISTICS, 8)), slides(through(POINT, WHOLE, 8))
    (True, False)
    """
    return any(part.advance for part in field) and all(part.followed for part in field)


def _sees_whole(field: Field) -> bool:
    return any(part.followed and not part.advance and part.phases[0] is not None for part in field)


def _shortest(part: Part) -> Part:
    """The same part with the shortest period it repeats with."""
    advance, phases, _followed = part
    for period in range(1, len(phases)):
        step, rest = divmod(advance * period, len(phases))
        if len(phases) % period == 0 and not rest:
            again = (_moved(phases[unit - period], step) == phases[unit] for unit in range(period, len(phases)))
            if all(again):
                return Part(step, phases[:period])
    return part


def _moved(reads: Inputs | None, by: int) -> Inputs | None:
    return reads and reads.shifted(by)


def _periodic(part: Part) -> AxisField:
    phases = part.phases
    if len(phases) == 1 and phases[0] is not None:
        reads = phases[0]
        return AxisField(reads.size, part.jump, reads.first, _centre(reads), reads.number)
    there = [reads for reads in phases if reads is not None]
    if not there:
        return AxisField(0, part.jump, None, None, 0, dead=len(phases))
    phased = tuple(_phase(reads) for reads in phases) if len(phases) > 1 else ()
    return AxisField(
        _span([reads.size for reads in there]),
        part.jump,
        phases[0] and phases[0].first,
        phases[0] and _centre(phases[0]),
        _span([reads.number for reads in there]),
        dead=len(phases) - len(there),
        phases=phased,
    )


def _phase(reads: Inputs | None) -> dict[str, Any]:
    if reads is None:
        return {"size": 0, "start": None, "centre": None, "read": 0}
    return {"size": reads.size, "start": reads.first, "centre": _centre(reads), "read": reads.number}


def _by_unit(parts: Field, extent: int | None) -> AxisField:
    """Branches of different jumps: no two units need be alike, so they are looked at one by one.

    The further from where they cross the larger the union grows, so only the largest needs the number of units, and
    the holes between the branches are counted only where all units are looked at.
    """
    first = reads_of(parts, 0)
    if extent is None or extent > MOST_UNITS:
        sizes = [hull for unit in range(MOST_UNITS) if (hull := _hull(parts, unit)) is not None]
        size: Measure = {"min": min(sizes, default=None), "max": None}
        read: Measure = None
    else:
        units = [(reads.size, reads.number) for unit in range(extent) if (reads := reads_of(parts, unit)) is not None]
        size, read = _span([size for size, _read in units]), _span([number for _size, number in units])
    return AxisField(
        size,
        None,
        first and first.first,
        first and _centre(first),
        read,
        branches=tuple(_periodic(_shortest(part)).to_dict() for part in parts),
    )


def _hull(parts: Field, unit: int) -> int | None:
    """From the first to the last input that a unit reads through any branch; `None` if it reads nothing."""
    there = [reads for part in parts if (reads := part.reads(unit)) is not None]
    return max(reads.last for reads in there) - min(reads.first for reads in there) + 1 if there else None


def _centre(reads: Inputs) -> Number:
    return per(reads.first + reads.last, 2)


def _span(values: Sequence[Number | None]) -> Measure:
    """One number if all agree, else the least and the largest; `None` if one is not known."""
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return None
    return known[0] if min(known) == max(known) else {"min": min(known), "max": max(known)}


def _between(early: Measure, late: Measure) -> Measure:
    return _span([end for value in (early, late) for end in (value.values() if isinstance(value, dict) else [value])])


def last_sliding(trace: Trace, node: int) -> int | None:
    """The last of a node and all that it reads which still slides over the input; `None` if none does.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> last_sliding(trace(parse("conv3 conv3 globalavgpool fc10")), 3)
    1
    """
    on_the_way = reversed(ancestors(trace.network, node))
    return next((index for index in on_the_way if all(slides(fields[index]) for fields in trace.fields)), None)


def statistics(trace: Trace, causes: Iterable[int]) -> list[int]:
    """Those of the layers that add the whole input which keep what slides beside it: norms, no gates or merges.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> followed = trace(parse("conv3 in conv3 globalavgpool"))
    >>> statistics(followed, followed.sources_of_whole(3))
    [1]
    """
    alone = (index for index in causes if len(trace.network.nodes[index].inputs) == 1)
    return [index for index in alone if all(slides(fields[index]) for fields in trace.fields)]


def unknown_from(trace: Trace, node: int) -> int | None:
    """The first layer on the way to a node behind which it is not known what slides; `None` if that is known.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> unknown_from(trace(parse("conv3 unknown conv3")), 2)
    1
    """
    return None if all(_followed(fields[node]) for fields in trace.fields) else not_followed(trace, node)


def not_followed(trace: Trace, node: int) -> int | None:
    """The first layer on the way to a node of which is not known what slides, if only behind something that reads all.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> followed = trace(parse("conv3 tokens attention"), Shape((8, 8), 2))
    >>> not_followed(followed, 2), unknown_from(followed, 2)
    (1, None)
    """
    on_the_way = ancestors(trace.network, node)
    return next((index for index in on_the_way if not all(_followed(fields[index]) for fields in trace.fields)), None)


def _followed(field: Field) -> bool:
    return bool(field) and all(part.followed for part in field)


def node_called(trace: Trace, at: str) -> int:
    """The layer of a name, or the last one of the block of that name; without a name the last of all.

    A name may be the published one, or leave out the blocks around the only layer that is called so.

    Raises `NetworkError` with the nearest names for an unknown layer.
    """
    if not at:
        return len(trace.network) - 1
    names = {node.name: index for index, node in enumerate(trace.network.nodes)}
    blocks = {
        name.rsplit(".", depth)[0]: index for name, index in names.items() for depth in range(1, name.count(".") + 1)
    }
    known = blocks | names
    inner = [index for name, index in names.items() if name.endswith(f".{at}")]
    node = known.get(trace.network.aliases.get(at, at), inner[0] if len(inner) == 1 else None)
    if node is None:
        match = near(at, [*trace.network.aliases, *known])
        message = (
            _("there is no layer {name}: did you mean {near}?")
            if match
            else _("there is no layer {name}: take another, such as {near}")
        )
        raise NetworkError(message.format(name=shorten(at), near=match or next(iter(names))))
    return node
