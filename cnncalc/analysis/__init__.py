"""What follows from a network and an input shape: the shape, the counts and the field of every layer.

Everything is one pass over the nodes; a layer object that stands in many nodes is asked once per input shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.errors import MisfitError, NetworkError, ShapeError
from cnncalc.fields import EMPTY, IDENTITY, NOWHERE, POINT, WHOLE, Field, Reach, meet, through, windows
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network, Node
from cnncalc.shapes import Shape

if TYPE_CHECKING:
    from cnncalc.analysis.channels import Route, Routes
    from cnncalc.counting import Count
    from cnncalc.layers.base import Channels


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
            if node.layer.merges:
                outputs.append(node.layer.merged(tuple(input if i == INPUT else outputs[i] for i in node.inputs)))
                continue
            key = (id(node.layer), id(before))
            shape = known.get(key)
            if shape is None:
                shape = node.layer.output(before)
                shape = known[key] = alike.setdefault(shape, shape)
        except ShapeError as problem:
            raise MisfitError(_at_layer(network, index, before, str(problem)), node.name, str(problem)) from None
        outputs.append(shape)
    return tuple(outputs)


def _at_layer(network: Network, index: int, before: Shape, problem: str) -> str:
    node = network.nodes[index]
    if node.layer.merges:
        names = [_("the input") if i == INPUT else network.nodes[i].name for i in node.inputs]
        return _("layer {number}, {name}, of {branches}: {problem}").format(
            number=index + 1, name=node.name, branches=_(" and ").join(names), problem=problem
        )
    return _("layer {number}, {name}, got {shape}: {problem}").format(
        number=index + 1, name=node.name, shape=before, problem=problem
    )


def counts(network: Network, input: Shape, outputs: tuple[Shape, ...]) -> tuple[Count, ...]:
    """The counts of every node, given all output shapes; a node that uses another's weights has none of its own."""
    from cnncalc.counting import count  # fields need none

    known: dict[tuple[int, int], Count] = {}
    numbers = []
    for node, shape in zip(network.nodes, outputs, strict=True):
        source = node.inputs[0]
        before = input if source == INPUT else outputs[source]
        if _merges(node):
            numbers.append(owned(node, _of_branches(node, input, outputs, shape)))
            continue
        key = (id(node.layer), id(before))
        own = known.get(key)
        if own is None:
            own = known[key] = count(node.layer, before, shape)
        numbers.append(owned(node, own))
    return tuple(numbers)


def _of_branches(node: Node, input: Shape, outputs: tuple[Shape, ...], shape: Shape) -> Count:
    """The counts of a merge, most of which neither learn nor multiply."""
    from cnncalc.counting import tally

    banks = node.layer.merged_banks(tuple(input if i == INPUT else outputs[i] for i in node.inputs), shape)
    return tally(banks, shape.numbers)


def owned(node: Node, own: Count) -> Count:
    """What a node has of the counts of its kind: no weights of another's, and what differs from its kind.

    >>> from cnncalc.counting import count
    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import Stored
    >>> owned(Node(Conv(3, 8), (INPUT,), "conv1", stored=Stored(8)), count(Conv(3, 8), Shape((9, 9), 3))).parameters
    232
    """
    stored = node.stored
    if node.tied:
        return own._replace(weights=0, biases=0, buffers=0)
    if not stored:
        return own
    more = own.weights + stored.weights, own.biases + stored.biases, own.buffers + stored.fixed, own.macs + stored.macs
    weights, biases, buffers, macs = (max(number, 0) for number in more)
    return own._replace(weights=weights, biases=biases, buffers=buffers, macs=macs)


class Trace(NamedTuple):
    """The fields of a network: ``fields[axis][node]``, one axis standing for all where they don't differ.

    ``shapes`` is `None` without an input shape. ``latest`` are the fields again with every start as late as an
    unknown size lets it be; it is ``fields`` itself where nothing depends on the size. ``extents[axis][node]`` is how
    many units a node has along the axis, `None` where unknown; a flattened map keeps the axis it was flattened from.
    With ``training`` layers act as they do while they learn. With ``windows_only`` the whole input, which units read
    through statistics, gates, attention and dense layers, is left out. ``routes`` tell which channels are read where
    some are picked that do not read as the others; `None` where that is nowhere.
    """

    network: Network
    input: Shape | None
    shapes: tuple[Shape, ...] | None
    fields: tuple[tuple[Field, ...], ...]
    latest: tuple[tuple[Field, ...], ...]
    extents: tuple[tuple[int | None, ...], ...]
    training: bool = False
    windows_only: bool = False
    routes: Routes | None = None

    def through_windows(self) -> Trace:
        """The same without the whole input: what is left slides.

        >>> from cnncalc.layers.conv import Conv
        >>> from cnncalc.layers.instancenorm import InstanceNorm
        >>> from cnncalc.network import chain
        >>> followed = trace(chain([Conv(3), InstanceNorm()]))
        >>> len(followed.field(0, 1)), followed.through_windows().field(0, 1) == followed.field(0, 0)
        (2, True)
        """
        fields, latest = (tuple(map(_windows, axes)) for axes in (self.fields, self.latest))
        return self._replace(fields=fields, latest=latest, windows_only=True)

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
        >>> followed.reach(0, INPUT, axis=0).taps(1)
        Taps(first=1, number=3, step=1)
        >>> followed.reach(1, 0, axis=0) is WHOLE
        True
        """
        if self.shapes and axis >= len(self.shapes[node].space) and self.network.nodes[node].reads:
            reach: Reach | None = WHOLE if axis < len(self.shape(source).space) else IDENTITY
        else:
            reach = self._stated(node, source, axis)
        return reach.windows if reach and self.windows_only else reach

    def ways(self, node: int, channels: Channels = None) -> tuple[Route, ...]:
        """What some channels of a node read of its sources, all of them together unless told."""
        from cnncalc.analysis.channels import plain

        if not self.network.nodes[node].reads:
            return ()
        picked = self.routes.ways.get(node, {}).get(channels) if self.routes else None
        return picked or plain(self.network, node, self.shapes and (*self.shapes, self.shape(INPUT)))

    def choices(self, node: int) -> tuple[Channels, ...]:
        """The choices among the channels of a node that are followed: all together, and those that others pick."""
        ways = self.routes.ways.get(node, {}) if self.routes else {}
        return (None, *(channels for channels in ways if channels is not None))

    def along(self, node: int, route: Route, axis: int) -> Reach | None:
        """The reach of a node along one of its `ways`, on an axis of the input."""
        reach = route.reaches[axis] if axis < len(route.reaches) else self.reach(node, route.source, axis)
        if not self.windows_only or reach is None:
            return reach
        alone = None if _merges(self.network.nodes[node]) else self.reach(node, route.source, axis)
        return NOWHERE if alone == NOWHERE else reach.windows  # attention is gone with its queries, which are in place

    def grows(self, node: int, route: Route, axis: int) -> Reach | None:
        """The same as fields grow by it: a flattened map keeps its axes, but a vector of branches is read whole."""
        merges = _merges(self.network.nodes[node])
        if axis < len(route.reaches) and not merges:
            return route.reaches[axis]
        if merges and self.shapes and not self.shapes[node].space:
            return WHOLE
        return self._stated(node, route.source, axis)

    def at_most(self, node: int) -> bool:
        """Whether a node may read less than is said, since which channels it reads was not followed."""
        return self.routes is not None and node in self.routes.at_most

    def _stated(self, node: int, source: int, axis: int) -> Reach | None:
        """What a layer says of its own reach, and a merge of a branch of it."""
        current, before = self.network.nodes[node], self.extent(source, axis)
        if self.shapes and _ended(self.shapes, source, node, axis):
            return IDENTITY
        if _merges(current):
            branches = (place for place, each in enumerate(current.inputs) if each == source)
            reaches = {current.layer.branch(place, axis, before, self.extent(node, axis)) for place in branches}
            return WHOLE if WHOLE in reaches else reaches.pop() if len(reaches) == 1 else None
        return _acting(current.layer, training=self.training).reach(axis, before)

    def sources_of_whole(self, node: int) -> list[int]:
        """The nodes on the way to a node that make of what slides the whole input, or add that to it.

        >>> from cnncalc.notation.parsing import parse
        >>> trace(parse("conv3,p1 in conv3,p1 globalavgpool fc4")).sources_of_whole(4)
        [1, 3]
        """
        return [index for index in ancestors(self.network, node) if self._makes_whole(index)]

    def _makes_whole(self, node: int) -> bool:
        return any(
            any(part.advance or not part.followed for part in self.field(axis, source))
            and self._gathers(node, source, axis)
            for axis in range(len(self.fields))
            # only faster: all that it reads slides, unless the whole was left out
            if self.windows_only or not all(part.advance for part in self.field(axis, node))
            for source in self.network.nodes[node].inputs
        )

    def _gathers(self, node: int, source: int, axis: int) -> bool:
        """Whether every unit of a node reads the same of a source, if not only that."""
        if _merges(self.network.nodes[node]) and self.shapes and not self.shapes[node].space:
            return True
        reach = self._stated(node, source, axis)
        return reach is not None and (reach.whole or bool(reach.followed and reach.phases and not reach.advance))


def ancestors(network: Network, node: int) -> list[int]:
    """The node and all that it reads, in the order of computation.

    >>> from cnncalc.notation.parsing import parse
    >>> ancestors(parse("conv3 a: conv3 b: conv3"), 1)
    [0, 1]
    """
    needed = {node}
    for index in range(node, INPUT, -1):
        if index in needed:
            needed.update(network.nodes[index].inputs)
    return sorted(needed - {INPUT})


def trace(network: Network, input: Shape | None = None, *, training: bool = False) -> Trace:
    """Follow the receptive field through every node; without ``input`` what depends on the size stays open.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> trace(chain([Conv(3), Conv(3)])).field(0, 1)[0].phases
    (Inputs(first=0, last=4, step=1, mask=0),)
    """
    input = input or network.input
    return trace_through(network, input, shapes(network, input) if input else None, training=training)


def trace_through(
    network: Network, input: Shape | None, outputs: tuple[Shape, ...] | None, *, training: bool = False
) -> Trace:
    """The same where the `shapes` on the input are known already."""
    sizes: tuple[int | None, ...] = input.space if input else (None,) * rank(network)
    if input and not input.space:
        raise NetworkError(_("{shape} is a vector: receptive fields need at least one axis").format(shape=input))
    layers = [node.layer for node in _distinct(network)]
    alike = len(set(sizes)) == 1 and not any(layer.uneven for layer in layers)
    axes = range(1 if alike else len(sizes))
    walks = [walk(network, outputs, axis, sizes[axis], training=training) for axis in axes]
    fields = latest = tuple(walk[0] for walk in walks)
    if input is None and any(layer.open for layer in layers):
        latest = tuple(walk(network, outputs, axis, None, training=training, latest=True)[0] for axis in axes)
    extents = tuple(walk[1] for walk in walks)
    if not any(layer.selects for layer in layers):
        return Trace(network, input, outputs, fields, latest, extents, training)
    from cnncalc.analysis.channels import routes  # few networks pick channels

    picked = routes(network, input, outputs)
    followed = Trace(network, input, outputs, fields, latest, extents, training, routes=picked)
    return _parted(followed) if picked and input else followed


def _parted(trace: Trace) -> Trace:
    """The same with the fields of the channels that are picked."""
    fields = tuple(tuple(_apart(trace, axis)) for axis in range(len(trace.fields)))
    return trace._replace(fields=fields, latest=fields)


def _apart(trace: Trace, axis: int) -> Iterator[Field]:
    """The fields of all nodes on an axis, each choice of channels followed alone."""
    assert trace.routes is not None  # noqa: S101 — nothing is parted without them
    known: dict[tuple[int, Channels], Field] = {}
    for node in range(len(trace.network)):
        for channels in trace.choices(node):
            if channels is None and node not in trace.routes.behind:
                known[node, None] = trace.field(axis, node)
                continue
            known[node, channels] = _met(trace, axis, node, trace.ways(node, channels), known)
        yield known[node, None]


def _met(
    trace: Trace, axis: int, node: int, ways: tuple[Route, ...], known: dict[tuple[int, Channels], Field]
) -> Field:
    """The field of a node that reads its sources by these routes."""
    fields = []
    for route in ways:
        size = trace.extent(route.source, axis)
        reach = trace.grows(node, route, axis)
        fields.append(through(known.get((route.source, route.channels), POINT), reach, size))
    return meet(fields) if fields else EMPTY


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


def walk(
    network: Network,
    outputs: tuple[Shape, ...] | None,
    axis: int,
    size: int | None,
    *,
    training: bool,
    latest: bool = False,
) -> tuple[tuple[Field, ...], tuple[int | None, ...]]:
    """The fields and extents of all nodes on one axis. Lists are shifted by one, so that `INPUT` is at their start."""
    fields: list[Field] = [POINT]
    extents: list[int | None] = [size]
    reaches: dict[tuple[int, int | None], Reach | None] = {}
    fewer = any(0 < len(shape.space) <= axis for shape in outputs or ())  # axes than the input: most networks have none
    for index, node in enumerate(network.nodes):
        shape = outputs[index] if outputs else None
        extent = _extent(shape, axis)
        if len(node.inputs) > 1:
            sources = [(fields[i + 1], extents[i + 1]) for i in node.inputs]
            fields.append(
                _merged(node.layer, axis, sources, shape) if _merges(node) else _read(node.layer, axis, sources)
            )
            # an axis that stands in a row goes on as it was
            extents.append(extent or (sources[0][1] if shape and shape.space else None))
            continue
        source = node.inputs[0] + 1
        before = extents[source]
        layer = _acting(node.layer, training=training)
        key = (id(node.layer), before)
        if fewer and node.reads and outputs and _ended(outputs, node.inputs[0], index, axis):
            reach: Reach | None = _in_a_row(layer, outputs[node.inputs[0]], fields[source])
        elif key in reaches:
            reach = reaches[key]
        else:
            reach = reaches[key] = layer.latest(axis) if latest and before is None else layer.reach(axis, before)
        fields.append(through(fields[source], reach, before))
        ends = reach is WHOLE and not (shape and shape.space)  # in one place
        extents.append(extent or (1 if ends else before if shape else None))
    return tuple(fields[1:]), tuple(extents[1:])


def _read(layer: Layer, axis: int, branches: list[tuple[Field, int | None]]) -> Field:
    """The field of an unknown operator of several branches, each of which it reads by the one rule that it has."""
    return meet([through(field, layer.reach(axis, size), size) for field, size in branches])


def _merged(layer: Layer, axis: int, branches: list[tuple[Field, int | None]], shape: Shape | None) -> Field:
    """The field of a merge. A vector has no places left: it reads whole what its branches were flattened from."""
    vector, merged = shape is not None and not shape.space, _extent(shape, axis)
    reaches = (WHOLE if vector else layer.branch(n, axis, size, merged) for n, (_field, size) in enumerate(branches))
    return meet([through(field, reach, size) for reach, (field, size) in zip(reaches, branches, strict=True)])


def _extent(shape: Shape | None, axis: int) -> int | None:
    return shape.space[axis] if shape and axis < len(shape.space) else None


def _ended(shapes: tuple[Shape, ...], source: int, node: int, axis: int) -> bool:
    """Whether a layer between maps stands behind one that has fewer axes than the input, and not this one."""
    return source != INPUT and bool(shapes[node].space) and 0 < len(shapes[source].space) <= axis


def _in_a_row(layer: Layer, before: Shape, field: Field) -> Reach:
    """The reach along an axis that ended: it leaves that alone, unless the places of it stand in a row and all are read."""
    if all(part.followed for part in field):
        return IDENTITY
    reaches = [layer.reach(axis, size) for axis, size in enumerate(before.space)]
    whole = [reach for reach in reaches if reach is not None and reach.whole]
    return whole[0] if len(whole) == len(reaches) else IDENTITY


def _acting(layer: Layer, *, training: bool) -> Layer:
    return layer.in_training() if training else layer


def _windows(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The windows of each field; fields that are one and the same stay that, by which others see that nothing changed."""
    kept = {key: windows(field) for key, field in {id(field): field for field in fields}.items()}
    return tuple(kept[id(field)] for field in fields)


def _merges(node: Node) -> bool:
    """Whether branches meet place by place, or as one vector: of an unknown operator only its rule can tell."""
    return len(node.inputs) > 1 and node.layer.known
