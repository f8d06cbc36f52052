"""The sentences under the table of `rf`: what set the field, which way it took, and what is unusual about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cnncalc.analysis import Trace
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.axisfield import AxisField, Fields
from cnncalc.receptive.growth import disagreements
from cnncalc.report import measure_text
from cnncalc.shapes import AXES

MOST_NOTES = 3
"""Of notes that may come many times, so many are written out."""

MOST_NAMES = 8
"""A longer path is shown by its ends."""


def notes_on(trace: Trace, node: int, fields: list[Fields], data: dict[str, Any]) -> Iterator[str]:
    """Every sentence there is to say about a node; ``data`` are those of the report."""
    name, head = trace.network.nodes[node].name, fields[node]
    yield from _what_set_it(trace, node, fields, data["growth"])
    yield from _path(trace, data["path"], data["growth"])
    yield from _holes(head[0])
    yield from _dead(data["layers"])
    yield from _off_centre(trace)
    yield from _by_unit(name, head[0])


def _what_set_it(trace: Trace, node: int, fields: list[Fields], stages: list[dict[str, Any]]) -> Iterator[str]:
    """One line on the size, and what each stage contributes to it."""
    name, head = trace.network.nodes[node].name, fields[node]
    if not head or (head[0].size is None and not head[0].whole):
        yield _why_unknown(trace, name)
    elif all(axis.whole and not axis.jump for axis in head):
        yield _("{name}: every unit sees the whole input").format(name=name)
    else:
        yield from _sums(name, head[: len(trace.fields)], stages)
        yield from _beside(trace, node, fields)


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


def _beside(trace: Trace, node: int, fields: list[Fields]) -> Iterator[str]:
    """Who sees the whole input beside the layer that slides: a branch of it, or the last layer of all."""
    nodes = trace.network.nodes
    name, last = nodes[node].name, len(nodes) - 1
    if any(field.whole for field in fields[node]):
        yield _("{name} also sees the whole input, through a branch that pools or attends to all of it").format(
            name=name
        )
    if node != last and all(axis.whole for axis in fields[last]):
        yield _("{last} sees the whole input; {name} is the last layer that slides over it").format(
            last=nodes[last].name, name=name
        )


def _why_unknown(trace: Trace, name: str) -> str:
    if strangers := trace.network.unknown:
        return _("the field is unknown from {stranger} on, whose operator is not known").format(
            stranger=strangers[0].name
        )
    return _("the field of {name} depends on the size of the input: give --input").format(name=name)


def _path(trace: Trace, path: list[str], stages: list[dict[str, Any]]) -> Iterator[str]:
    """Which way through the branches has the largest field: the layers that add to it."""
    merges = {node.name for node in trace.network.nodes if len(node.inputs) > 1}
    names = [name for stage in stages if stage["axis"] == 0 for name in stage["layers"]]
    if not names or merges.isdisjoint(path):
        return
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES // 2], "…", *names[-MOST_NAMES // 2 :]]
    yield _("the path with the largest field: {path}").format(path=" → ".join(names))


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
