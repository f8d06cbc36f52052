"""The scene of a network for pictures: every edge with its reach, every layer with its counts and its field."""

from __future__ import annotations

from cnncalc.analysis import Trace, counts
from cnncalc.errors import LimitError, NetworkError
from cnncalc.fields import IDENTITY, WHOLE, Field, Reach, reads_of
from cnncalc.language import _
from cnncalc.layers.crop import Crop
from cnncalc.layers.merge import Merge
from cnncalc.layers.pad import Pad
from cnncalc.network import INPUT, Network
from cnncalc.notation.words import write
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import Fields, layer_fields, node_called, sliding_parts
from cnncalc.receptive.background import address
from cnncalc.receptive.questions import place
from cnncalc.report import measure_text
from cnncalc.report.scene import (
    ALONE,
    UNKNOWN,
    WITH_BEFORE,
    WITH_BEHIND,
    Edge,
    Scene,
    SceneField,
    SceneLayer,
    SceneReach,
)
from cnncalc.report.scene import WHOLE as ALL_OF_IT
from cnncalc.shapes import Shape

MOST_LAYERS = 20_000
"""Pictures of larger networks could not be looked at."""

LONGEST_AXIS = 1 << 20
"""A page marks units one by one, so no map, window or field may be longer."""

LARGE = 0.72
"""A picture begins at the last layer whose field is at most this share of the input: its borders can be seen."""


def scene(trace: Trace, title: str = "", asked: Asked | None = None) -> Scene:
    """The scene of a network that has been followed with an input shape; it begins at the layer and unit asked about.

    >>> from cnncalc import analysis
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> from cnncalc.shapes import Shape
    >>> made = scene(analysis.trace(chain([Conv(3, 8, padding=1), Conv(3, 8)]), Shape((16, 16), 3)))
    >>> made.layers[1].edges, made.reaches[made.layers[1].edges[0].reaches[0]]
    ((Edge(source=0, reaches=(1, 1)),), SceneReach(jump=1, phases=((0, 3, 1),), border='drop'))

    Raises `NetworkError` without an input shape and `LimitError` for what is too large to be drawn.
    """
    if trace.input is None or trace.shapes is None:
        raise NetworkError(_("a picture of what units read needs the size of the input: give --input 224x224x3"))
    _check_size(trace)
    asked = asked or Asked()
    reaches: dict[SceneReach, int] = {}
    counted = counts(trace.network, trace.input, trace.shapes)
    fields = layer_fields(trace)
    joins = [_joins(trace, node, count.macs) for node, count in enumerate(counted)]
    layers = tuple(
        SceneLayer(
            node.name,
            write(node.layer),
            _edges(trace, index, reaches),
            _sizes(trace.shapes[index]),
            counted[index].parameters,
            counted[index].macs,
            _field(trace, index, fields[index]),
            joins[index],
        )
        for index, node in enumerate(trace.network.nodes)
    )
    start = node_called(trace, asked.at) if asked.at or asked.unit else _start(trace, joins)
    unit = place(asked.unit or "centre", trace.shapes[start].space)
    image = address(asked.image) if asked.image else ""
    return Scene(title, _sizes(trace.input), tuple(reaches), layers, start, unit, image, _picks(trace))


def _picks(trace: Trace) -> tuple[int, ...]:
    """The layers that pick channels which do not read alike; edges don't tell channels apart."""
    return tuple(sorted(node for node, ways in trace.routes.ways.items() if None in ways)) if trace.routes else ()


def _sizes(shape: Shape) -> tuple[int, ...]:
    return (*shape.space, shape.channels)


def _check_size(trace: Trace) -> None:
    count = len(trace.network)
    if count > MOST_LAYERS:
        raise LimitError(
            _("{count} layers are more than the {most} that a picture shows: draw one block of the network").format(
                count=count, most=MOST_LAYERS
            )
        )
    longest = max(size for node in range(INPUT, count) for size in (1, *trace.shape(node).space))
    spans = (reads.size for axis in trace.fields for field in set(axis) for reads in [reads_of(field, 0)] if reads)
    longest = max((longest, *spans))
    if longest > LONGEST_AXIS:
        raise LimitError(
            _(
                "{longest} units along an axis are more than the {most} that a picture shows: take a smaller input"
            ).format(longest=longest, most=LONGEST_AXIS)
        )


def _edges(trace: Trace, node: int, numbers: dict[SceneReach, int]) -> tuple[Edge, ...]:
    """What a node reads of its sources; ``numbers`` grows by reaches not seen yet."""
    return tuple(
        Edge(source, tuple(_number(reach, numbers) for reach in reaches))
        for source in trace.network.nodes[node].reads
        for reaches in _apart(_reaches(trace, node, source))
    )


def _apart(reaches: list[Reach | None]) -> list[list[Reach | None]]:
    """One edge, or two where a layer reads through windows and the whole map beside."""
    known = [reach for reach in reaches if reach is not None]
    if any(reach.whole for reach in known) and all(reach.phases for reach in known):
        return [[reach and reach.windows for reach in reaches], [WHOLE] * len(reaches)]
    return [reaches]


def _reaches(trace: Trace, node: int, source: int) -> list[Reach | None]:
    return [trace.reach(node, source, axis) for axis in range(len(trace.shape(source).space))]


def _number(reach: Reach | None, numbers: dict[SceneReach, int]) -> int:
    if reach is None or not reach.followed:
        return UNKNOWN
    if reach.whole:
        return ALL_OF_IT
    phases = tuple((taps.first, taps.number, taps.step) for taps in reach.phases)
    return numbers.setdefault(SceneReach(reach.advance, phases, reach.border), len(numbers))


def _field(trace: Trace, index: int, fields: Fields) -> SceneField:
    """A layer's field in words that need no translation, and where its units stand."""
    sliding = [sliding_parts(axis[index]) for axis in trace.fields] * (len(fields) // len(trace.fields))
    slides = all(sliding)
    return SceneField(
        _together([measure_text(axis.size) for axis in fields]) if slides else "",
        _together([measure_text(axis.jump) for axis in fields]) if slides else "",
        any(axis.whole for axis in fields),
        tuple(parts[-1].jump if parts else None for parts in sliding),
        tuple(_centre(parts) for parts in sliding),
    )


def _together(words: list[str]) -> str:
    return words[0] if len(set(words)) == 1 else "×".join(words)


def _centre(parts: Field) -> float | None:
    """Where unit 0 stands: the middle of what units read, averaged over a period; the last input where time runs."""
    if not parts:
        return None
    part = parts[-1]
    reads = [(unit, read) for unit, read in enumerate(part.phases) if read is not None]
    if not reads:
        return None
    lasts = [read.last - part.jump * unit for unit, read in reads]
    if max(lasts) <= 0 and min(read.first for _unit, read in reads) < 0:
        return sum(lasts) / len(lasts)
    return sum((read.first + read.last) / 2 - part.jump * unit for unit, read in reads) / len(reads)


def _joins(trace: Trace, node: int, macs: int) -> int:
    """Whether a layer is told together with a neighbour: what costs nothing and reads unit by unit, or only selects."""
    nodes = trace.network.nodes
    layer, sources = nodes[node].layer, nodes[node].inputs
    if isinstance(layer, Pad | Crop) or (isinstance(layer, Merge) and layer.op == "concat"):
        own = nodes[node].blocks
        behind = [one for one in nodes[node + 1 : node + 2] if node in one.inputs and own in ((), one.blocks)]
        return WITH_BEHIND if behind else ALONE
    if macs or sources != (node - 1,) or trace.shape(node).space != trace.shape(node - 1).space:
        return ALONE
    unit_by_unit = all(reach and reach.windows == IDENTITY for reach in _reaches(trace, node, node - 1))
    return WITH_BEFORE if node and unit_by_unit else ALONE


def _start(trace: Trace, joins: list[int]) -> int:
    """The last layer whose field leaves some of the input out; one that ends a block, where there is one."""
    small = [node for node in range(len(trace.network)) if _largest_share(trace, node) <= LARGE]
    ends = [node for node in small if _ends_block(trace.network, joins, node)]
    return max(ends or small, default=len(trace.network) - 1)


def _largest_share(trace: Trace, node: int) -> float:
    """The share of the input's axes that the field of unit 0 spans, of the largest; 1 and more for the whole input."""
    shares = []
    for axis, size in enumerate(trace.shape(INPUT).space):
        reads = reads_of(sliding_parts(trace.field(axis, node)), 0)
        shares.append(reads.size / size if reads else 1.0)
    return max(shares)


def _ends_block(network: Network, joins: list[int], node: int) -> bool:
    behind = network.nodes[node + 1 : node + 2]
    if not behind:
        return True
    own, other = (one.blocks[:1] for one in (network.nodes[node], behind[0]))
    return own != other if own else joins[node + 1] != WITH_BEFORE
