"""What follows from a network and an input shape: the shape, the counts and the field of every layer.

Everything is one pass over the nodes; a layer object that stands in many nodes is asked once per input shape.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.counting import Count, count
from cnncalc.errors import NetworkError, ShapeError
from cnncalc.fields import POINT, WHOLE, Field, Reach, meet, stretched, through
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Network
from cnncalc.shapes import Shape

NOTHING = Count(0, 0, 0, 0)


def shapes(network: Network, input: Shape) -> tuple[Shape, ...]:
    """The output shape of every node; a layer that can't take its input is named in the `ShapeError`.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> shapes(chain([Conv(3, 8), Conv(3, 8)]), Shape((32, 32), 3))[-1]
    Shape(space=(28, 28), channels=8)
    """
    known: dict[tuple[int, int], Shape] = {}
    alike: dict[Shape, Shape] = {}  # one object per shape, so that blocks that repeat are asked once
    made: list[Shape] = []
    for index, node in enumerate(network.nodes):
        source = node.inputs[0]
        before = input if source == INPUT else made[source]
        try:
            if isinstance(node.layer, Merge):
                made.append(node.layer.merged(tuple(input if i == INPUT else made[i] for i in node.inputs)))
                continue
            key = (id(node.layer), id(before))
            shape = known.get(key)
            if shape is None:
                shape = node.layer.output(before)
                shape = known[key] = alike.setdefault(shape, shape)
        except ShapeError as problem:
            raise ShapeError(_at_layer(network, index, before, str(problem))) from None
        made.append(shape)
    return tuple(made)


def _at_layer(network: Network, index: int, before: Shape, problem: str) -> str:
    node = network.nodes[index]
    if isinstance(node.layer, Merge):
        names = [_("the input") if i == INPUT else network.nodes[i].name for i in node.inputs]
        return _("layer {number}, {name}, of {branches}: {problem}").format(
            number=index + 1, name=node.name, branches=_(" and ").join(names), problem=problem
        )
    return _("layer {number}, {name}, got {shape}: {problem}").format(
        number=index + 1, name=node.name, shape=before, problem=problem
    )


def counts(network: Network, input: Shape, made: tuple[Shape, ...]) -> tuple[Count, ...]:
    """The counts of every node, given all output shapes; a node that uses another's weights has none of its own."""
    known: dict[tuple[int, int], Count] = {}
    counted = []
    for node, shape in zip(network.nodes, made, strict=True):
        source = node.inputs[0]
        before = input if source == INPUT else made[source]
        key = (id(node.layer), id(before))
        found = known.get(key)
        if found is None:
            found = known[key] = NOTHING if len(node.inputs) > 1 else count(node.layer, before, shape)
        counted.append(Count(0, 0, 0, found.macs) if node.tied else found)
    return tuple(counted)


class Trace(NamedTuple):
    """The fields of a network: ``fields[axis][node]``, one axis standing for all where they don't differ.

    ``shapes`` is `None` without an input shape. ``latest`` are the fields again with every start as late as an
    unknown size lets it be; it is ``fields`` itself where nothing depends on the size. ``extents[axis][node]`` is how
    many units a node has along the axis, `None` where unknown; a flattened map keeps the axis it was flattened from.
    """

    network: Network
    input: Shape | None
    shapes: tuple[Shape, ...] | None
    fields: tuple[tuple[Field, ...], ...]
    latest: tuple[tuple[Field, ...], ...]
    extents: tuple[tuple[int | None, ...], ...]

    def field(self, axis: int, node: int) -> Field:
        """The field of a node on a spatial axis of the input."""
        return self.fields[min(axis, len(self.fields) - 1)][node]


def trace(network: Network, input: Shape | None = None) -> Trace:
    """Follow the receptive field through every node; without ``input`` what depends on the size stays open.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> trace(chain([Conv(3), Conv(3)])).field(0, 1)
    (Part(jump=1, phases=(Inputs(first=0, last=4, step=1, mask=0),)),)
    """
    input = input or network.input
    made = shapes(network, input) if input else None
    sizes: tuple[int | None, ...] = input.space if input else (None,) * rank(network)
    if input and not input.space:
        raise NetworkError(_("{shape} is a vector: receptive fields need at least one axis").format(shape=input))
    axes = range(1 if len(set(sizes)) == 1 and rank(network) == 1 else len(sizes))
    walks = [_walk(network, made, axis, sizes[axis], latest=False) for axis in axes]
    found = tuple(fields for fields, _extents in walks)
    latest = found
    if input is None and any(layer.open for layer in _distinct(network)):
        latest = tuple(_walk(network, made, axis, None, latest=True)[0] for axis in axes)
    return Trace(network, input, made, found, latest, tuple(extents for _fields, extents in walks))


def rank(network: Network) -> int:
    """How many axes the layers speak of; 1 where every size is one number for all of them."""
    return max((layer.rank for layer in _distinct(network)), default=1)


def _distinct(network: Network) -> list[Layer]:
    return list({id(node.layer): node.layer for node in network.nodes}.values())


def _walk(
    network: Network, made: tuple[Shape, ...] | None, axis: int, size: int | None, *, latest: bool
) -> tuple[tuple[Field, ...], tuple[int | None, ...]]:
    """The fields and extents of all nodes on one axis. Lists are shifted by one, so that `INPUT` is at their start."""
    found: list[Field] = [POINT]
    extents: list[int | None] = [size]
    reaches: dict[tuple[int, int | None], Reach | None] = {}
    for index, node in enumerate(network.nodes):
        shape = made[index] if made else None
        if len(node.inputs) > 1:
            extent = _extent(shape, axis)
            extents.append(extent)
            found.append(meet([_branch(found[i + 1], extents[i + 1], extent, shape) for i in node.inputs]))
            continue
        source = node.inputs[0] + 1
        before = extents[source]
        key = (id(node.layer), before)
        if key not in reaches:
            ask_latest = latest and before is None
            reaches[key] = node.layer.latest(axis) if ask_latest else node.layer.reach(axis, before)
        reach = reaches[key]
        found.append(through(found[source], reach, before))
        extents.append(_extent(shape, axis) or (1 if reach is WHOLE else before if shape else None))
    return tuple(found[1:]), tuple(extents[1:])


def _extent(shape: Shape | None, axis: int) -> int | None:
    return shape.space[axis] if shape and axis < len(shape.space) else None


def _branch(field: Field, extent: int | None, merged: int | None, shape: Shape | None) -> Field:
    """A branch as the merge sees it: a vector has no places left, and a single place is stretched over all."""
    if shape and not shape.space:
        return through(field, WHOLE, extent)
    return stretched(field) if extent == 1 and merged != 1 else field
