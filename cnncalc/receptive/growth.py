"""What set a field: the path that grew it, layer by layer, and the branches that look at different places."""

from collections.abc import Iterator
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.fields import Field
from cnncalc.network import INPUT
from cnncalc.ratios import per
from cnncalc.receptive.axisfield import Number, slides, sliding_parts


class Growth(NamedTuple):
    """One layer on the way that sets the field: how much it adds, and at which jump."""

    node: int
    adds: int
    jump: Number


def growth(trace: Trace, axis: int, node: int) -> tuple[Growth, ...]:
    """The path with the largest field, from the input to ``node``, with what every layer on it adds.

    It is empty for a node that does not slide over the input, or of which nobody knows how.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> growth(trace(chain([Conv(3), Conv(3, stride=2), Conv(3)])), 0, 2)
    (Growth(node=0, adds=2, jump=1), Growth(node=1, adds=2, jump=1), Growth(node=2, adds=4, jump=2))
    """
    fields = trace.fields[min(axis, len(trace.fields) - 1)]
    if not slides(fields[node]):
        return ()
    sizes: dict[int, int] = {}
    path: list[Growth] = []
    while node != INPUT:
        inputs = _sliding(trace, node, axis)
        source = inputs[0] if len(inputs) == 1 else max(inputs, key=lambda index: _size(fields, index, sizes))
        if source != INPUT and fields[node] is fields[source]:
            path.append(Growth(node, 0, _jump(fields[source])))  # passed on, which is most of a deep network
        else:
            jump = 1 if source == INPUT else _jump(fields[source])
            path.append(Growth(node, _size(fields, node, sizes) - _size(fields, source, sizes), jump))
        node = source
    return tuple(reversed(path))


def _sliding(trace: Trace, node: int, axis: int) -> tuple[int, ...]:
    """The inputs of a node that still slide there: not a branch of a single place, unless there are only such."""
    inputs = trace.network.nodes[node].inputs
    if len(inputs) == 1:
        return inputs
    reaches = ((source, trace.reach(node, source, axis)) for source in inputs)
    return tuple(source for source, reach in reaches if reach is not None and reach.phases) or inputs


def _size(fields: tuple[Field, ...], node: int, known: dict[int, int]) -> int:
    """The largest size any unit's sliding field has, 1 for the input; a field that is passed on is looked at once."""
    if node == INPUT:
        return 1
    field = fields[node]
    if id(field) not in known:
        phases = (reads for part in field if part.advance for reads in part.phases)
        known[id(field)] = max((reads.size for reads in phases if reads is not None), default=0)
    return known[id(field)]


def _jump(field: Field) -> Number:
    """The jump of the fastest part, which stands last."""
    return field[-1].jump


class Disagreement(NamedTuple):
    """Two branches that meet in ``node`` and look at places ``apart`` pixels from each other, on ``axis``."""

    node: int
    axis: int
    branches: tuple[int, int]
    apart: Number


def disagreements(trace: Trace) -> Iterator[Disagreement]:
    """Every merge whose branches are centred on different places of the input."""
    for axis, fields in enumerate(trace.fields):
        for index, node in enumerate(trace.network.nodes):
            if len(node.inputs) > 1:
                yield from _apart(fields, axis, index, _sliding(trace, index, axis))


def _apart(fields: tuple[Field, ...], axis: int, index: int, inputs: tuple[int, ...]) -> Iterator[Disagreement]:
    centres = [(source, centre) for source in inputs if (centre := _middle(fields, source)) is not None]
    for source, centre in centres[1:]:
        first, middle = centres[0]
        if centre[0] == middle[0] and centre[1] * middle[2] != middle[1] * centre[2]:
            yield Disagreement(
                index,
                axis,
                (first, source),
                per(abs(centre[1] * middle[2] - middle[1] * centre[2]), centre[2] * middle[2]),
            )
            return


def _middle(fields: tuple[Field, ...], source: int) -> tuple[Number, int, int] | None:
    """The jump of a branch, and the mean centre of its phases as a numerator and a denominator.

    `None` if it has more than one jump, sees everything, or has units that read nothing.
    """
    if source == INPUT:
        return 1, 0, 1
    parts = sliding_parts(fields[source])
    if len(parts) != 1 or None in parts[0].phases:
        return None
    advance, phases, _followed = parts[0]
    ends = sum(reads.first + reads.last for reads in phases if reads is not None)
    # phase r lies r jumps further on than phase 0: (period − 1)·advance/2 altogether, of which the mean is taken
    return parts[0].jump, ends - (len(phases) - 1) * advance, 2 * len(phases)
