"""One configuration after the other, by the analysis itself but without its reports: for what arrays can't follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cnncalc.analysis import Trace, counts, shapes, trace_through, walk
from cnncalc.dtypes import bytes_of
from cnncalc.errors import CnncalcError, MisfitError, ShapeError
from cnncalc.receptive.axisfield import AxisField, Measure, axis_field, describe, last_sliding
from cnncalc.shapes import Shape
from cnncalc.sweeps.family import Family

INPUT_NAME = "input"
"""What stands for a layer where it is the input that there is not."""


class AxisSeen(NamedTuple):
    """What the units see on one axis, `None` where that is not one known number; of units that differ, the least."""

    field: int | None
    read: int | None
    jump: float | None


class Answer(NamedTuple):
    """What follows from one configuration; ``reason`` and ``layer`` tell why nothing does."""

    parameters: int | None = None
    macs: int | None = None
    memory: int | None = None
    seen: tuple[AxisSeen, ...] = ()
    output: tuple[int, ...] = ()
    reason: str = ""
    layer: str = ""


def answer(family: Family, values: Mapping[str, int], dtype: str = "fp32") -> Answer:
    """The counts and the field of one configuration, or why there are none.

    >>> from cnncalc.sweeps.family import template_family
    >>> family = template_family("convK-8", "5x5x3")
    >>> answer(family, {"K": 3})[:4]
    (224, 1944, 288, (AxisSeen(field=3, read=3, jump=1), AxisSeen(field=3, read=3, jump=1)))
    >>> answer(family, {"K": 7})[-2:]
    ('kernel 7 does not fit into 5 (+0 padding): add padding ≥ 1 or take a kernel ≤ 5', 'conv1')
    """
    try:
        network = family.network(values)
        input = _input(family, values)
        outputs = shapes(network, input)
    except MisfitError as problem:
        return Answer(reason=problem.problem, layer=problem.layer)
    counted = counts(network, input, outputs)
    seen: tuple[AxisSeen, ...] = ()
    if input.space:
        followed = trace_through(network, input, outputs)
        node = last_sliding(followed, len(network) - 1)
        seen = () if node is None else tuple(axes_of(followed, node))
    return Answer(
        sum(count.parameters for count in counted),
        sum(count.macs for count in counted),
        sum(bytes_of(output.numbers, dtype) for output in outputs),
        seen,
        (*outputs[-1].space, outputs[-1].channels),
    )


def _input(family: Family, values: Mapping[str, int]) -> Shape:
    try:
        return family.shape(values)
    except ShapeError as problem:
        raise MisfitError(str(problem), INPUT_NAME, str(problem)) from None


def axes_of(followed: Trace, node: int) -> Iterable[AxisSeen]:
    """What a node sees on every axis of the input."""
    space = followed.input.space if followed.input else ()
    return (seen_of(axis_field(followed, axis, node)) for axis in range(len(space)))


def seen_of(field: AxisField) -> AxisSeen:
    """A field as a row has it."""
    return AxisSeen(_least(field.size), _least(field.read), field.jump)


def _least(measure: Measure) -> int | None:
    least = measure["min"] if isinstance(measure, dict) else measure
    return None if least is None else int(least)


def field_at(family: Family, values: Mapping[str, int], outputs: tuple[Shape, ...], node: int, axis: int) -> AxisSeen:
    """What a node sees on one axis, all shapes being known; nothing where there is no such network.

    >>> from cnncalc.sweeps.family import template_family
    >>> family = template_family("conv3,dD conv3,dE", "32x32x3")
    >>> field_at(family, {"D": 4, "E": 1}, (Shape((24, 24), 3), Shape((22, 22), 3)), 1, 0)
    AxisSeen(field=11, read=9, jump=1)
    """
    try:
        network = family.network(values)
        input = family.shape(values)
    except CnncalcError:
        return AxisSeen(None, None, None)
    fields, extents = walk(network, outputs, axis, input.space[axis], training=False)
    return seen_of(describe(fields[node], extents[node]))
