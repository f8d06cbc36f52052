"""The ruler: one input axis, and on it the field of one unit of every layer, each inside the next."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.fields import reads_of
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.growth import growth
from cnncalc.report import Column, Table
from cnncalc.report.picture import Picture
from cnncalc.sets import ALL, Inputs

WIDTH = 56
"""How many columns the axis may take; wider fields are drawn to scale."""

MOST_LINES = 24
"""Deeper networks show this many layers, evenly chosen, the last one always."""


NEAR = 8
"""So many inputs from the field the edge of the image is still drawn."""


class Mark(NamedTuple):
    """One line of the ruler."""

    label: str
    reads: Inputs


def ruler(trace: Trace, node: int, marks: list[Mark], axis: int = 0) -> Picture:
    """The picture of the marks up to a node.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> stack = trace(chain([Conv(3), Conv(3, dilation=2)]))
    >>> print(*ruler(stack, 1, marks_to(stack, 1)).lines, sep="\\n")
    conv1  3   [###]
    conv2  7 [#######]
    """
    if not marks:
        name = trace.network.nodes[node].name
        return Picture((), _("nothing to draw: {name} does not slide over the input").format(name=name))
    marks = _thinned(marks)
    size = trace.input.space[axis] if trace.input else None
    first, last = marks[-1].reads.first, marks[-1].reads.last
    if size is not None:
        # all of a small image; of a large one an edge that is near
        first = min(first, 0) if size <= WIDTH or first < NEAR else first
        last = max(last, size - 1) if size <= WIDTH or last >= size - NEAR else last
    inputs = last - first + 1
    columns = min(WIDTH, inputs)
    wide = max(len(mark.label) for mark in marks)
    digits = max(len(str(number)) for number in (*(mark.reads.size for mark in marks), size or 0))
    lines = [
        f"{mark.label:{wide}}  {mark.reads.size:{digits}} {_drawn(mark.reads, first, inputs, columns)}".rstrip()
        for mark in marks
    ]
    if size is not None:
        lines.append(f"{_('input'):{wide}}  {size:{digits}} {_edge(size, first, inputs, columns)}".rstrip())
    scaled = inputs > columns
    caption = _("one column is {inputs} inputs").format(inputs=f"{inputs / columns:.3g}") if scaled else ""
    return Picture(tuple(lines), caption)


def ruler_table(marks: list[Mark]) -> Table:
    """Where each field begins and ends, as numbers."""
    columns = (
        Column("name", _("layer")),
        Column("size", _("field"), "count"),
        Column("first", _("first"), "number"),
        Column("last", _("last"), "number"),
        Column("read", _("read"), "count"),
    )
    rows = ((mark.label, mark.reads.size, mark.reads.first, mark.reads.last, mark.reads.number) for mark in marks)
    return Table(columns, tuple(rows), _("ruler"))


def marks_to(trace: Trace, node: int, axis: int = 0) -> list[Mark]:
    """From the first layer to ``node``: the layers that add to the field, each with a unit that the next one reads.

    Of ``node`` it is the central unit, or unit 0 where the size is not known.
    """
    trace = trace.through_windows()
    steps = growth(trace, axis, node)
    unit = (trace.extent(node, axis) or 0) // 2
    sources = (INPUT, *(step.node for step in steps))[: len(steps)]
    marks = []
    for step, source in zip(reversed(steps), reversed(sources), strict=True):
        reads = reads_of(trace.field(axis, step.node), unit)
        if reads is not None and reads is not ALL and (step.adds or step.node == node):
            marks.append(Mark(trace.network.nodes[step.node].name, reads))
        reach = trace.reach(step.node, source, axis)
        if reach is not None and reach.phases and (taps := reach.taps(unit).indices):
            unit = taps[len(taps) // 2]
    return marks[::-1]


def _thinned(marks: list[Mark]) -> list[Mark]:
    if len(marks) <= MOST_LINES:
        return marks
    return [marks[(line + 1) * len(marks) // MOST_LINES - 1] for line in range(MOST_LINES)]


def _drawn(reads: Inputs, first: int, inputs: int, columns: int) -> str:
    """Brackets around the field: filled where inputs are read, dotted in the holes; to scale, holes don't show."""
    if inputs == columns:
        there = set(reads.indices())
        inside = "".join("#" if index in there else "." for index in range(reads.first, reads.last + 1))
        return " " * (reads.first - first) + f"[{inside}]"
    left, right = ((end - first) * columns // inputs for end in (reads.first, reads.last))
    return " " * left + "[" + "#" * (right - left + 1) + "]"


def _edge(size: int, first: int, inputs: int, columns: int) -> str:
    """The image itself under the fields, from edge to edge as far as it is shown."""
    left, right = ((max(end, 0) - first) * columns // inputs for end in (0, min(size - 1, first + inputs - 1)))
    opens = "|" if first <= 0 else " "
    closes = "|" if first + inputs >= size else ""
    return " " * max(left, 0) + opens + "-" * (right - max(left, 0) + 1) + closes
