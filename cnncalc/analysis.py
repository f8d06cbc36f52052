"""What follows from a network and an input shape: the shape, the counts and the field of every layer.

Everything is one pass over the nodes; a layer object that stands in many nodes is asked once per input shape.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.counting import Count, count
from cnncalc.errors import NetworkError, ShapeError
from cnncalc.fields import IDENTITY, POINT, WHOLE, Field, Reach, meet, through
from cnncalc.language import _
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Network, Node
from cnncalc.shapes import Shape

NOTHING = Count(0, 0, 0, 0)


def shapes(network: Network, input: Shape) -> tuple[Shape, ...]:
    """The output shape of every node; a layer that can't take its input is named in the `ShapeError`.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> shapes(chain([Conv(3, 8), Conv(3, 8)]), Shape((32, 32), 3))[-1]
    Shape(space=(28, 28), channels=8)
    """
    network.check(input)
    known: dict[tuple[int, int], Shape] = {}
    alike: dict[Shape, Shape] = {}  # one object per shape, so that blocks that repeat are asked once
    outputs: list[Shape] = []
    for index, node in enumerate(network.nodes):
        source = node.inputs[0]
        before = input if source == INPUT else outputs[source]
        try:
            if isinstance(node.layer, Merge):
                outputs.append(node.layer.merged(tuple(input if i == INPUT else outputs[i] for i in node.inputs)))
                continue
            key = (id(node.layer), id(before))
            shape = known.get(key)
            if shape is None:
                shape = node.layer.output(before)
                shape = known[key] = alike.setdefault(shape, shape)
        except ShapeError as problem:
            raise ShapeError(_at_layer(network, index, before, str(problem))) from None
        outputs.append(shape)
    return tuple(outputs)


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


def counts(network: Network, input: Shape, outputs: tuple[Shape, ...]) -> tuple[Count, ...]:
    """The counts of every node, given all output shapes; a node that uses another's weights has none of its own."""
    known: dict[tuple[int, int], Count] = {}
    numbers = []
    for node, shape in zip(network.nodes, outputs, strict=True):
        source = node.inputs[0]
        before = input if source == INPUT else outputs[source]
        key = (id(node.layer), id(before))
        own = known.get(key)
        if own is None:
            own = known[key] = NOTHING if len(node.inputs) > 1 else count(node.layer, before, shape)
        numbers.append(own._replace(weights=0, biases=0, buffers=0) if node.tied else own)
    return tuple(numbers)


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
        """The field of a node, or of `INPUT`, on a spatial axis of the input."""
        return POINT if node == INPUT else self.fields[min(axis, len(self.fields) - 1)][node]

    def shape(self, node: int) -> Shape:
        """The shape a node puts out, or of `INPUT`; `NetworkError` where no input shape was given."""
        if self.input is None or self.shapes is None:
            raise NetworkError(_("which inputs a unit reads depends on their number: give --input"))
        return self.input if node == INPUT else self.shapes[node]

    def extent(self, node: int, axis: int) -> int | None:
        """How many units a node, or `INPUT`, has along an axis of the input; `None` where that is not known."""
        if node == INPUT:
            return self.input.space[axis] if self.input else None
        return self.extents[min(axis, len(self.extents) - 1)][node]

    def reach(self, node: int, source: int, axis: int) -> Reach | None:
        """Which units of ``source`` each unit of ``node`` reads on an axis of the input; `None` if nobody knows.

        ``source`` is one of the node's inputs, a node or `INPUT`. Beside what the layer says itself: where an axis
        ends (in a vector), all of it is read, and a merge stretches a branch of a single place over all of its own.

        >>> from cnncalc.layers.conv import Conv
        >>> from cnncalc.layers.flatten import Flatten
        >>> from cnncalc.network import chain
        >>> followed = trace(chain([Conv(3, 8, stride=2, padding=1), Flatten()]), Shape((8, 8), 3))
        >>> followed.reach(0, INPUT, axis=0)
        Reach(advance=2, phases=(Taps(first=-1, number=3, step=1),), border='drop')
        >>> followed.reach(1, 0, axis=0) is WHOLE
        True
        """
        if self.shapes and axis >= len(self.shapes[node].space):
            return WHOLE if axis < len(self.shape(source).space) else IDENTITY
        current, before = self.network.nodes[node], self.extent(source, axis)
        return _branch(before, self.extent(node, axis)) if _merges(current) else current.layer.reach(axis, before)


def trace(network: Network, input: Shape | None = None) -> Trace:
    """Follow the receptive field through every node; without ``input`` what depends on the size stays open.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> trace(chain([Conv(3), Conv(3)])).field(0, 1)
    (Part(advance=1, phases=(Inputs(first=0, last=4, step=1, mask=0),)),)
    """
    input = input or network.input
    outputs = shapes(network, input) if input else None
    sizes: tuple[int | None, ...] = input.space if input else (None,) * rank(network)
    if input and not input.space:
        raise NetworkError(_("{shape} is a vector: receptive fields need at least one axis").format(shape=input))
    layers = [node.layer for node in _distinct(network)]
    alike = len(set(sizes)) == 1 and not any(layer.ranks for layer in layers)
    axes = range(1 if alike else len(sizes))
    walks = [_walk(network, outputs, axis, sizes[axis], latest=False) for axis in axes]
    fields = latest = tuple(walk[0] for walk in walks)
    if input is None and any(layer.open for layer in layers):
        latest = tuple(_walk(network, outputs, axis, None, latest=True)[0] for axis in axes)
    return Trace(network, input, outputs, fields, latest, tuple(walk[1] for walk in walks))


def rank(network: Network) -> int:
    """How many axes the layers speak of; 1 where every size is one number for all of them.

    Raises `NetworkError` where they speak of different numbers of axes: only an input can tell which those are.
    """
    speakers = {rank: node.name for node in _distinct(network) for rank in node.layer.ranks}
    if len(speakers) > 1:
        (one, first), (other, second), *_more = sorted(speakers.items())
        raise NetworkError(
            _("{first} has sizes for {one} axes, {second} for {other}: give --input").format(
                first=first, one=one, second=second, other=other
            )
        )
    return next(iter(speakers), 1)


def _distinct(network: Network) -> list[Node]:
    """The first node of each layer object, the last of them first."""
    return list({id(node.layer): node for node in reversed(network.nodes)}.values())


def _walk(
    network: Network, outputs: tuple[Shape, ...] | None, axis: int, size: int | None, *, latest: bool
) -> tuple[tuple[Field, ...], tuple[int | None, ...]]:
    """The fields and extents of all nodes on one axis. Lists are shifted by one, so that `INPUT` is at their start."""
    fields: list[Field] = [POINT]
    extents: list[int | None] = [size]
    reaches: dict[tuple[int, int | None], Reach | None] = {}
    for index, node in enumerate(network.nodes):
        shape = outputs[index] if outputs else None
        extent = _extent(shape, axis)
        if _merges(node):
            fields.append(_merged([(fields[i + 1], extents[i + 1]) for i in node.inputs], extent, shape))
            extents.append(extent)
            continue
        source = node.inputs[0] + 1
        before = extents[source]
        key = (id(node.layer), before)
        if key not in reaches:
            ask_latest = latest and before is None
            reaches[key] = node.layer.latest(axis) if ask_latest else node.layer.reach(axis, before)
        reach = reaches[key]
        fields.append(through(fields[source], reach, before))
        extents.append(extent or (1 if reach is WHOLE else before if shape else None))
    return tuple(fields[1:]), tuple(extents[1:])


def _merged(branches: list[tuple[Field, int | None]], extent: int | None, shape: Shape | None) -> Field:
    """The field of a merge. A vector has no places left: it reads whole what its branches were flattened from."""
    vector = shape is not None and not shape.space
    return meet([through(field, WHOLE if vector else _branch(size, extent), size) for field, size in branches])


def _extent(shape: Shape | None, axis: int) -> int | None:
    return shape.space[axis] if shape and axis < len(shape.space) else None


def _merges(node: Node) -> bool:
    return len(node.inputs) > 1


def _branch(extent: int | None, merged: int | None) -> Reach:
    """How a merge of ``merged`` units reads a branch: place by place, or its single place from all of them."""
    return WHOLE if extent == 1 and merged != 1 else IDENTITY
