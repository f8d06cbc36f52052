"""The sentences under the table of `rf`: what set the field, which way it took, and what is unusual about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cnncalc.analysis import Trace
from cnncalc.language import _
from cnncalc.network import INPUT, Network
from cnncalc.receptive.axisfield import AxisField, Fields, last_sliding, slides, statistics, unknown_from
from cnncalc.receptive.growth import disagreements
from cnncalc.report import joined, measure_text
from cnncalc.shapes import AXES

MOST_NOTES = 3
"""Of notes that may come many times, so many are written out."""

MOST_NAMES = 8
"""A longer path is shown by its ends."""


def notes_on(trace: Trace, node: int, fields: list[Fields], causes: list[int], data: dict[str, Any]) -> Iterator[str]:
    """Every sentence there is to say about a node: which layers make its field whole, and the report's ``data``."""
    name, head = trace.network.nodes[node].name, fields[node]
    yield from outputs_named(trace.network)
    if "inputs" in data:
        from cnncalc.receptive.inputs import inputs_note

        yield from inputs_note(data["inputs"])
    yield from _what_set_it(trace, node, fields, causes, data["growth"])
    yield from _at_most(trace, node)
    yield from _path(trace, data["path"], data["growth"])
    yield from _holes(head[0])
    yield from _dead(data["layers"])
    yield from _off_centre(trace)
    yield from _by_unit(name, head[0])


def _what_set_it(
    trace: Trace, node: int, fields: list[Fields], causes: list[int], stages: list[dict[str, Any]]
) -> Iterator[str]:
    """Up to two lines: what slides beside what is whole, and what each stage contributes to the size."""
    name, head = trace.network.nodes[node].name, fields[node][: len(trace.fields)]
    unknown = unknown_from(trace, node)
    yield from assumptions(trace.network)
    if unknown is not None:
        yield _why_unknown(trace, name, unknown, whole=any(axis.whole for axis in head))
    if trace.windows_only and causes:
        yield _("windows only: what {name} reads through {causes} is left out").format(
            name=name, causes=_causes(trace, causes)
        )
    if unknown is None and all(slides(axis[node]) for axis in trace.fields):
        if any(axis.whole for axis in head):
            yield _("{name}: field {size} through windows; the whole input through {causes}").format(
                name=name, size=_sizes_text(head), causes=_causes(trace, causes)
            )
        yield from _sums(name, head, stages)
    elif any(axis.whole for axis in head) or (trace.windows_only and causes and unknown is None):
        yield from _whole(trace, node, fields, causes)


def _at_most(trace: Trace, node: int) -> Iterator[str]:
    """That less may be read than is said, since nobody followed which channels were picked."""
    if not trace.at_most(node):
        return
    line = (
        _("{name} reads at most this: it picks channels of maps whose channels read differently")
        if trace.input
        else _("{name} reads at most this: which channels it picks is followed with --input")
    )
    yield line.format(name=trace.network.nodes[node].name)


def outputs_named(network: Network) -> Iterator[str]:
    """The names of several outputs."""
    names = [network.nodes[index].name for index in network.outputs]
    if len(names) > 1:
        yield _("the network has {count} outputs: {names}").format(count=len(names), names=listed(names))


def assumptions(network: Network) -> Iterator[str]:
    """What is assumed of unknown operators, each with its rule."""
    for operator, rule in network.assumed.items():
        yield _("assumed, not known: {operator} is {rule}").format(operator=operator, rule=rule)


def _whole(trace: Trace, node: int, fields: list[Fields], causes: list[int]) -> Iterator[str]:
    """Where nothing slides: through which layers all is read, and up to which one something slid."""
    name = trace.network.nodes[node].name
    if not trace.windows_only:
        line = (
            _("{name} reads the whole input")
            if causes == [node]
            else _("{name} reads the whole input through {causes}")
        )
        yield line.format(name=name, causes=_causes(trace, causes))
    if (last := last_sliding(trace, node)) is not None:
        yield _(
            "through windows the field is {size} at {last}, the last layer before {name} that slides over the input"
        ).format(size=_sizes_text(fields[last]), last=trace.network.nodes[last].name, name=name)


def _causes(trace: Trace, causes: list[int]) -> str:
    """``the statistics of in1, in2 and globalavgpool1``: norms keep the windows beside the whole input."""
    nodes = trace.network.nodes
    norms = dict.fromkeys(statistics(trace, causes))
    others = [nodes[index].name for index in causes if index not in norms]
    parts = [_("the statistics of {norms}").format(norms=listed([nodes[i].name for i in norms]))] if norms else []
    return _(" and ").join([*parts, *([listed(others)] if others else [])])


def listed(names: list[str]) -> str:
    """Names one after the other; many of them by their ends."""
    return _(", ").join(_ends(names))


def _ends(names: list[str]) -> list[str]:
    return names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES // 2], "…", *names[-MOST_NAMES // 2 :]]


def _sizes_text(head: Fields) -> str:
    """The size on every axis, as in the table."""
    return str(joined([axis.size for axis in head]))


def _sums(name: str, head: Fields, stages: list[dict[str, Any]]) -> Iterator[str]:
    """The size as a sum over the stages, once for all axes on which it is the same."""
    axes_of: dict[str, list[str]] = {}
    for axis, field in enumerate(head):
        if (
            not field.branches
        ):  # with branches no sum gives a size that differs from unit to unit; `_by_unit` has the rule
            line = _sum(field, [stage for stage in stages if stage["axis"] == axis])
            axes_of.setdefault(line, []).append(AXES[len(head)][axis])
    for line, axes in axes_of.items():
        if len(axes_of) == 1:
            yield _("{name}: {line}").format(name=name, line=line)
        else:
            yield _("{name} on {axes}: {line}").format(name=name, axes=", ".join(axes), line=line)


def _sum(field: AxisField, stages: list[dict[str, Any]]) -> str:
    terms = [
        _("{adds} at jump {jump}").format(adds=stage["adds"], jump=measure_text(stage["jump"])) for stage in stages
    ]
    line = _("field {size}; the largest = {terms}") if isinstance(field.size, dict) else _("field {size} = {terms}")
    return line.format(size=_size_text(field), terms=" + ".join(["1", *terms]))


def _size_text(field: AxisField) -> str:
    """``212``, or ``48 or 52, with period 4``, or a range."""
    if field.phases and isinstance(field.size, dict):
        sizes = sorted({phase["size"] for phase in field.phases if phase["size"]})
        return _("{sizes}, with period {period}").format(
            sizes=_(" or ").join(map(str, sizes)), period=len(field.phases)
        )
    return measure_text(field.size)


def _why_unknown(trace: Trace, name: str, index: int, *, whole: bool) -> str:
    node = trace.network.nodes[index]
    if not node.layer.known and whole:
        return _("what slides is unknown from {unknown} on, whose operator is not known").format(unknown=node.name)
    if not node.layer.known:
        return _("the field is unknown from {unknown} on, whose operator is not known").format(unknown=node.name)
    if trace.input is None and not all(fields[index] for fields in trace.fields):
        return _("the field of {name} depends on the size of the input: give --input").format(name=name)
    return _("what slides is not followed from {unknown} on, whose units leave the axes of the input").format(
        unknown=node.name
    )


def _path(trace: Trace, path: list[str], stages: list[dict[str, Any]]) -> Iterator[str]:
    """Which way through the branches has the largest field: the layers that add to it."""
    merges = {node.name for node in trace.network.nodes if len(node.inputs) > 1}
    names = [name for stage in stages if stage["axis"] == 0 for name in stage["layers"]]
    if not names or merges.isdisjoint(path):
        return
    yield _("the path with the largest field: {path}").format(path=" → ".join(_ends(names)))


def _holes(field: AxisField) -> Iterator[str]:
    if isinstance(field.read, int) and isinstance(field.size, int) and field.read < field.size:
        yield _(
            "of {size} inputs along an axis {read} are read: the others lie in the holes of a grid (gridding)"
        ).format(size=field.size, read=field.read)


def _dead(layers: list[dict[str, Any]]) -> Iterator[str]:
    """The first layer with units that read nothing; those behind it have their cause in it."""
    for layer in layers:
        field = layer["field"][0]
        if dead := field.get("dead"):
            yield _(
                "{name}: {dead} of every {period} units read nothing, because the stride exceeds the kernel"
            ).format(name=layer["name"], dead=dead, period=max(len(field.get("phases", ())), dead))
            return


def _off_centre(trace: Trace) -> Iterator[str]:
    """Branches that look at different places, the first few."""
    nodes = trace.network.nodes
    apart = list(islice(disagreements(trace), MOST_NOTES + 1))
    for pair in apart[:MOST_NOTES]:
        first, other = (_("the input") if i == INPUT else nodes[i].name for i in pair.branches)
        yield _("{name}: {first} and {other} are centred {apart} px apart; the field is their hull").format(
            name=nodes[pair.node].name, first=first, other=other, apart=pair.apart
        )
    if len(apart) > MOST_NOTES:
        yield _("further branches are not centred alike either")


def _by_unit(name: str, field: AxisField) -> Iterator[str]:
    """Why no one number holds: branches of different jumps, or a start that waits for the size."""
    if field.branches:
        parts = [
            _("{size} from {start} + {jump}·i").format(
                size=measure_text(part["size"]), start=measure_text(part["start"]), jump=measure_text(part["jump"])
            )
            for part in field.branches
        ]
        yield _("{name}: branches of different jumps meet, so the field differs by unit: unit i reads {rule}").format(
            name=name, rule=_(" and ").join(parts)
        )
    elif isinstance(field.start, dict):
        yield _("where units start depends on the size of the input, because of same padding: give --input")
