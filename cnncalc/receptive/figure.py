"""The growth of one unit's field on one axis, row by row, as it is drawn by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnncalc import analysis
from cnncalc.analysis import Trace
from cnncalc.errors import NetworkError, ShapeError
from cnncalc.fields import DROP
from cnncalc.fields.readback import read_back
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import axis_field
from cnncalc.receptive.growth import growth
from cnncalc.receptive.scene import scene
from cnncalc.receptive.units import lattice_reads, taken_together, ways_back
from cnncalc.report.figures import Growth, Link, Row
from cnncalc.report.scene import WITH_BEFORE, Scene
from cnncalc.sets import ALL, Inputs
from cnncalc.shapes import Shape

MOST_DOTS, MOST_ROWS = 48, 12
"""Maps with more units, or networks with more layers, are drawn as bands."""

MOST_BANDS = 24
"""Where more layers grow the field, only the last of each jump has a band."""

MOST_LINKS = 2_400
"""Where more units are read by others, only those on the chosen one's way are joined."""

MARGIN = 8
"""So many inputs are shown beside the field where nobody told the size of the input."""


class _Way(NamedTuple):
    """A unit's way back on an axis: the units read of every node, and what is folded into what."""

    trace: Trace
    scene: Scene
    axis: int
    node: int
    reads: dict[int, Inputs]

    def units(self, node: int) -> int:
        """How many units a node has on the axis; a vector is a single place."""
        space = self.trace.shape(node).space
        return space[self.axis] if self.axis < len(space) else 1

    def head(self, node: int) -> int:
        """The node that a layer is told together with, since it passes on unit by unit what that one gives."""
        while node > INPUT and self.scene.layers[node].joins == WITH_BEFORE:
            node -= 1
        return node


def figure(trace: Trace, title: str, asked: Asked) -> Growth:
    """What a unit reads on the last axis: the one asked for, or one in the middle whose field is seen whole.

    >>> from cnncalc.notation.parsing import parse
    >>> made = figure(analysis.trace(parse("conv3,d2 x2")), "two", Asked())
    >>> made.title, [row.read for row in made.rows]
    ('One unit spans 9 inputs and really reads 5', [(4, 6, 8, 10, 12), (4, 6, 8), (4,)])
    """
    if trace.input is None:
        trace = _sized(trace, asked)
        asked = asked if asked.at else asked._replace(at=trace.network.nodes[-1].name)
    drawn = scene(trace, title, asked)
    way = _way(trace, drawn, asked)
    nodes, dots = _rows(way)
    return Growth(
        _finding(way.reads.get(INPUT)),
        _about(way, title),
        tuple(_row(way, node, dots=dots) for node in nodes),
        tuple(_links(way, nodes)) if dots else (),
        dots,
        way.reads[way.node].first,
        _ends(way),
        _span(way),
        _description(way, nodes),
    )


def _sized(trace: Trace, asked: Asked) -> Trace:
    """The same network on an input in which the field of a unit in the middle lies whole."""
    from cnncalc.receptive.axisfield import node_called

    axes = range(len(trace.fields))
    fields = [axis_field(trace, axis, node_called(trace, asked.at)) for axis in axes]
    sizes = [field.size["max"] if isinstance(field.size, dict) else field.size for field in fields]
    jumps = [field.jump if isinstance(field.jump, int) and field.jump else 1 for field in fields]
    if None not in sizes:
        space = (
            -(-(int(size or 1) + max(MARGIN, 4 * jump)) // jump) * jump for size, jump in zip(sizes, jumps, strict=True)
        )
        try:
            return analysis.trace(trace.network, Shape(tuple(space), 1), training=trace.training)
        except ShapeError:
            pass  # it takes another number of channels
    raise NetworkError(_("a picture of what units read needs the size of the input: give --input 224x224x3"))


def _way(trace: Trace, drawn: Scene, asked: Asked) -> _Way:
    """Through windows where there is such a way, for what reads the whole input beside it has no shape to be drawn."""
    axis = len(drawn.input) - 2
    for followed in (trace.through_windows(), trace):
        reads = {
            index: taken_together(boxes, 0) if boxes[0] else Inputs(0, 0)
            for index, boxes, _few in ways_back(followed, drawn.start, drawn.unit, axis)
        }
        if INPUT in reads or asked.windows_only:
            break
    return _Way(followed, drawn, axis, drawn.start, reads)


def _rows(way: _Way) -> tuple[list[int], bool]:
    """The nodes to be shown, the input first, and whether each unit of them can have a dot."""
    heads = sorted({INPUT, *(way.head(node) for node in way.reads)})
    if len(heads) <= MOST_ROWS + 1 and all(way.units(node) <= MOST_DOTS for node in heads):
        return heads, True
    steps = [step for step in growth(way.trace, way.axis, way.node) if step.adds]
    if len(steps) > MOST_BANDS:
        steps = list({step.jump: step for step in steps}.values())
    return sorted({INPUT, *(way.head(step.node) for step in steps), way.head(way.node)}), False


def _row(way: _Way, node: int, *, dots: bool) -> Row:
    reads, units = way.reads.get(node), way.units(node)
    read = () if reads is None else tuple(reads.indices()) if dots else (reads.first, reads.last)
    if node == INPUT:
        return Row(_("input"), "", units, 0, 1, read, tuple(_outside(way, node)) if dots else ())
    layer = way.scene.layers[node]
    rate, first = _place(way, node)
    beside = tuple(_outside(way, node)) if dots else ()
    return Row(layer.notation, _field(layer.field.size, whole=layer.field.whole), units, first, rate, read, beside)


def _place(way: _Way, node: int) -> tuple[float, float]:
    """The inputs between units and where the first stands; those that slide over nothing stand evenly over the input."""
    field = way.scene.layers[node].field
    rate, centre = field.rates[way.axis], field.centres[way.axis]
    if rate is None or centre is None:
        even = way.units(INPUT) / way.units(node)
        return even, (even - 1) / 2
    return rate, centre


def _field(size: str, *, whole: bool) -> str:
    if not size:
        return _("whole input") if whole else ""
    size = re.sub(r"\d{4,}", lambda digits: f"{int(digits[0]):,}", size.replace("..", "…"))
    text = _("field {size}").format(size=size)
    return _("{size} + whole").format(size=text) if whole else text


def _links(way: _Way, nodes: list[int]) -> Iterator[Link]:
    """Who reads whom between rows: all of it where that can be looked at, else what the chosen unit reads."""
    place = {node: row for row, node in enumerate(nodes)}
    links = [
        Link(place[node], unit, place[way.head(source)], tap, strong=_on_the_way(way, node, unit))
        for node in nodes[1:]
        for source in dict.fromkeys(way.trace.network.nodes[node].reads)
        if source == INPUT or source in way.reads
        for unit in range(way.units(node))
        for tap in _taps(way, node, source, unit)
    ]
    yield from links if len(links) <= MOST_LINKS else (link for link in links if link.strong)


def _on_the_way(way: _Way, node: int, unit: int) -> bool:
    return unit in set(way.reads[node].indices())


def _taps(way: _Way, node: int, source: int, unit: int) -> tuple[int, ...]:
    reach = way.trace.reach(node, source, way.axis)
    reads = reach and read_back(Inputs(unit, unit), reach, way.units(source))
    return tuple(reads.indices()) if reads else ()


def _outside(way: _Way, node: int) -> list[int]:
    """The places beside a map that units on the way would read if it went on there: the padding."""
    beside = set()
    for reader, reads in way.reads.items():
        if reader == INPUT or node not in map(way.head, way.trace.network.nodes[reader].reads):
            continue
        for source in way.trace.network.nodes[reader].reads:
            reach = way.trace.reach(reader, source, way.axis)
            if way.head(source) == node and reach and reach.phases and reach.border == DROP:
                beside |= {tap for unit in reads.indices() for tap in reach.taps(unit).indices}
    return sorted(tap for tap in beside if not 0 <= tap < way.units(node))


def _ends(way: _Way) -> tuple[int, int] | None:
    reads = way.reads.get(INPUT)
    return (reads.first, reads.last) if reads else None


def _finding(reads: Inputs | None) -> str:
    if reads is None:
        return _("One unit reads nothing")
    if reads.number == reads.size:
        return _("One unit reads {size} inputs in a row").format(size=f"{reads.size:,}")
    return _("One unit spans {size} inputs and really reads {number}").format(
        size=f"{reads.size:,}", number=f"{reads.number:,}"
    )


def _about(way: _Way, title: str) -> str:
    """The question, and what has to be known of the answer."""
    reads, theory = way.reads.get(INPUT), lattice_reads(way.trace, way.node, way.scene.unit)[way.axis]
    parts = [title]
    if len(way.scene.input) > 2:
        parts.append(_("one row of {input}").format(input="×".join(map(str, way.scene.input))))
    if reads and reads.number != reads.size:
        parts.append(_("the others lie in the holes"))
    if reads and theory and theory is not ALL and theory.size > reads.size:
        parts.append(_("its field of {size} reaches beyond the border").format(size=f"{theory.size:,}"))
    if way.scene.layers[way.node].field.whole and way.trace.windows_only:
        parts.append(_("beside this it reads the whole input"))
    return " · ".join(filter(None, parts))


def _span(way: _Way) -> str:
    reads = way.reads.get(INPUT)
    if reads is None:
        return ""
    if reads.number == reads.size:
        return f"{reads.first:,}…{reads.last:,} ({reads.size:,})"
    return _("{first}…{last} ({number} of {size})").format(
        first=f"{reads.first:,}", last=f"{reads.last:,}", number=f"{reads.number:,}", size=f"{reads.size:,}"
    )


def _description(way: _Way, nodes: list[int]) -> str:
    """What is seen, row by row from the unit down."""
    lines = []
    for node in reversed(nodes):
        reads = way.reads.get(node)
        name = _("input") if node == INPUT else way.scene.layers[node].name
        if reads:
            lines.append(
                _("{layer}: {number} of {all} units are read, {first}…{last}").format(
                    layer=name,
                    number=f"{reads.number:,}",
                    all=f"{way.units(node):,}",
                    first=reads.first,
                    last=reads.last,
                )
            )
    return "; ".join(lines)
