"""Node and Network: layers as a frozen graph without cycles, checked once, in the order of computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, cast

from cnncalc.errors import NetworkError, ShapeError, near
from cnncalc.fields import NOWHERE
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.report import Shown
from cnncalc.shapes import Shape, shorten

if TYPE_CHECKING:
    from cnncalc.layers.unknown import Unknown

INPUT = -1
"""The index that stands for the network's input."""

FIRST = "input"
"""The name of the input that has none of its own."""

MOST_LAYERS = 1_000_000
"""A network may not have more layers than this."""


class Stored(NamedTuple):
    """How what a node stores differs from what its kind says: so many numbers and products more, or fewer.

    Some of its weights may be another node's, ``fixed`` for good, made of others by ``macs`` more products, or ``frozen``:
    learnable, but not to be learnt now.
    """

    weights: int = 0
    biases: int = 0
    fixed: int = 0
    frozen: int = 0
    macs: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """One layer at its place: ``inputs`` are indices of earlier nodes, `INPUT` the network's input.

    ``name`` is unique; its parts before a dot are the blocks it stands in. ``tied`` names an earlier node whose
    weights this one uses, so that they are counted once; ``stored`` says how it differs from its kind.
    """

    layer: Layer
    inputs: tuple[int, ...]
    name: str
    tied: str = ""
    stored: Stored | None = field(default=None, repr=False)

    @property
    def reads(self) -> tuple[int, ...]:
        """Of which of its inputs anything is read: of none where it is another input of the network, or learnt itself."""
        return () if self.layer.reads is NOWHERE else self.inputs

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks the node stands in, outermost first."""
        return tuple(self.name.split(".")[:-1])


@dataclass(frozen=True, slots=True)
class Network(Shown):
    """Nodes in the order of computation. ``input`` is its shape where it is fixed.

    ``outputs`` are the indices of the nodes that give the outputs: those that a model file names, in its order, and
    otherwise all that no other node reads. ``unused`` is what a model stores for no output, with its numbers.
    ``takes`` raises `ShapeError` for inputs that a published network is not for, where its layers would take them;
    ``channels`` tells for how many its weights are, where they are there already; ``aliases`` what publications call its
    layers and blocks. ``entry`` is the name of the input; further ones are layers of the kind `Placeholder`.

    >>> from cnncalc.layers.conv import Conv
    >>> chain([Conv(3, 64), Conv(3, 64)]).nodes[1]
    Node(layer=Conv(kernel=(3,), filters=64, stride=(1,), padding=((0, 0),), dilation=(1,), groups=1, bias=True), \
inputs=(0,), name='conv2', tied='')

    >>> chain([Conv(3, 64), Conv(3, 64)]).outputs
    (1,)

    Raises `NetworkError` for an empty network, a name used twice, or an input that is not an earlier node.
    """

    nodes: tuple[Node, ...]
    input: Shape | None = None
    takes: Callable[[Shape], None] | None = field(default=None, compare=False)
    channels: int | None = field(default=None, compare=False)
    outputs: tuple[int, ...] = field(default=(), compare=False)
    unused: Mapping[str, int] = field(default_factory=dict, compare=False)
    aliases: Mapping[str, str] = field(default_factory=dict, compare=False)
    entry: str = field(default=FIRST, compare=False)

    def __post_init__(self) -> None:
        if not self.nodes:
            raise NetworkError(_("a network needs at least one layer"))
        if len(self.nodes) > MOST_LAYERS:
            raise NetworkError(
                _("{count} layers are more than the {most} that are allowed").format(
                    count=len(self.nodes), most=MOST_LAYERS
                )
            )
        seen: dict[str, Layer] = {}
        for index, node in enumerate(self.nodes):
            if node.name in seen:
                raise NetworkError(_("two layers are called {name}: give each its own name").format(name=node.name))
            if not node.inputs or min(node.inputs) < INPUT or max(node.inputs) >= index:
                raise NetworkError(_("{name} reads a layer that does not come before it").format(name=node.name))
            if len(node.inputs) > 1 and not node.layer.merges:
                raise NetworkError(
                    _("{name} takes one input, not {count}: merge them first").format(
                        name=node.name, count=len(node.inputs)
                    )
                )
            if node.tied and seen.get(node.tied) != node.layer:
                raise NetworkError(
                    _("{name} shares the weights of {tied}, which is not an earlier layer like it").format(
                        name=node.name, tied=node.tied
                    )
                )
            seen[node.name] = node.layer
        if not self.outputs:
            read = {source for node in self.nodes for source in node.inputs}
            ends = tuple(index for index in range(len(self.nodes)) if index not in read)
            object.__setattr__(self, "outputs", ends)

    def __len__(self) -> int:
        return len(self.nodes)

    def check(self, input: Shape) -> None:
        """`ShapeError` for an input that the network is not for, with one that it is for."""
        if self.channels not in (None, input.channels):
            turned = input.space[1:] if input.space[:1] == (self.channels,) else ()
            near = Shape((*turned, input.channels) if turned else input.space, self.channels or 1)
            hint = _(" (PyTorch writes channels first)") if turned else ""
            raise ShapeError(
                _(
                    "the weights are for {count} channels, {input} has {channels}: give {near}{hint}, "
                    "or write the network into a file with `cnncalc show` and change it"
                ).format(count=self.channels, input=input, channels=input.channels, near=near, hint=hint)
            )
        if self.takes:
            self.takes(input)

    @property
    def placeholders(self) -> tuple[int, ...]:
        """The nodes that stand for further inputs: `cnncalc.inputs` knows what is asked of them."""
        return tuple(index for index, node in enumerate(self.nodes) if node.layer.stands_in)

    @property
    def unknown(self) -> tuple[Node, ...]:
        """The nodes whose operator nobody described."""
        return tuple(node for node in self.nodes if not node.layer.known)

    @property
    def counted(self) -> bool:
        """Whether all counts are exact; unknown operators make them lower bounds, unless a framework gave their shapes."""
        return all(layer.counted for layer in self.operators())

    def operators(self) -> Iterator[Unknown]:
        """The layers of `unknown`: no other kind says of itself that it is not known."""
        return (cast("Unknown", node.layer) for node in self.unknown)

    @property
    def assumed(self) -> dict[str, str]:
        """Operators that nobody described, and the rule by which their units are assumed to read."""
        return {layer.operator: layer.rule for layer in self.operators() if layer.rule}


def part(network: Network, outputs: Sequence[int]) -> Network:
    """What some nodes need of a network, as a network of its own with these outputs.

    >>> from cnncalc.layers.conv import Conv
    >>> [node.name for node in part(chain([Conv(3), Conv(3), Conv(3)]), [1]).nodes]
    ['conv1', 'conv2']
    """
    needed = set(outputs)
    for index in range(len(network) - 1, INPUT, -1):
        if index in needed:
            needed.update(network.nodes[index].inputs)
    kept = sorted(needed - {INPUT})
    places = {INPUT: INPUT, **{index: place for place, index in enumerate(kept)}}
    names = {network.nodes[index].name for index in kept}
    nodes = (network.nodes[index] for index in kept)
    return replace(
        network,
        nodes=tuple(
            replace(
                node,
                inputs=tuple(places[source] for source in node.inputs),
                tied=node.tied if node.tied in names else "",
            )
            for node in nodes
        ),
        outputs=tuple(places[output] for output in outputs),
        takes=None,  # which are those of the whole network
    )


def assume(network: Network, rules: Mapping[str, str]) -> Network:
    """The network with a rule for unknown operators, by their names: ``pointwise``, ``whole`` or ``statistics``.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.layers.unknown import Unknown
    >>> assume(chain([Conv(3), Unknown("GRU")]), {"GRU": "whole"}).assumed
    {'GRU': 'whole'}

    Raises `NetworkError` for an operator that is not an unknown one here, `LayerError` for a rule there is not.
    """
    from cnncalc.layers.unknown import Unknown  # few networks have one

    known = {layer.operator for layer in network.operators()}
    for operator in rules:
        if operator not in known:
            message = (
                _("there is no unknown operator {operator} here: did you mean {near}?")
                if (match := near(operator, known))
                else _("there is no unknown operator {operator} here, but {known}")
                if known
                else _("there is no unknown operator {operator} here, so nothing has to be assumed of it")
            )
            raise NetworkError(
                message.format(operator=shorten(operator), near=match, known=", ".join(map(shorten, sorted(known))))
            )

    def with_rule(layer: Layer) -> Layer:
        if isinstance(layer, Unknown) and layer.operator in rules:
            return replace(layer, rule=rules[layer.operator])
        return layer

    return replace(network, nodes=tuple(replace(node, layer=with_rule(node.layer)) for node in network.nodes))


def chain(layers: list[Layer], input: Shape | None = None) -> Network:
    """A plain stack: each layer reads the one before it."""
    names = Names()
    return Network(
        tuple(Node(layer, (index - 1,), names.take(layer.keyword)) for index, layer in enumerate(layers)), input
    )


def blocks(names: Sequence[str], depth: int) -> Iterator[tuple[str, list[int]]]:
    """Runs of layers in the same block, named by so many of its names, and their places.

    >>> list(blocks(["stem", "a.conv1", "a.conv2"], 1))
    [('stem', [0]), ('a', [1, 2])]
    """
    for name, members in groupby(range(len(names)), key=lambda place: ".".join(names[place].split(".")[:depth])):
        yield name, list(members)


class Names:
    """Names for layers that have none: their keyword and the next number in their block.

    Numbers that make a name which is ``written`` somewhere, in whatever block, are left out.

    >>> names = Names({"conv2"})
    >>> [names.take("conv") for _layer in range(2)], names.take("conv", "stem."), names.following("conv", "stem.")
    (['conv1', 'conv3'], 'stem.conv1', 'conv3')
    """

    __slots__ = ("_counts", "_numbers", "_written")

    def __init__(self, written: Set[str] = frozenset()) -> None:
        self._written = written
        self._counts: dict[str, int] = {}
        # once for all blocks, so that many blocks and many written names don't multiply
        self._numbers: dict[str, list[int]] = {}

    def take(self, keyword: str, scope: str = "") -> str:
        """The next full name of a layer in ``scope``: nothing, or a block's name and a dot."""
        stem = scope + keyword
        count = self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}{self._number(keyword, count)}"

    def following(self, keyword: str, scope: str) -> str:
        """The name that the next layer takes, without its blocks."""
        return f"{keyword}{self._number(keyword, self._counts.get(scope + keyword, 0) + 1)}"

    def _number(self, keyword: str, count: int) -> int:
        """The number of the layer that is the ``count``-th of its keyword in its block."""
        if not self._written:
            return count
        numbers = self._numbers.setdefault(keyword, [0])
        while len(numbers) <= count:
            number = numbers[-1] + 1
            while f"{keyword}{number}" in self._written:
                number += 1
            numbers.append(number)
        return numbers[count]


def around(scope: str) -> Iterator[str]:
    """The scope and all that are around it, from the inside out.

    >>> list(around("a.b."))
    ['a.b.', 'a.', '']
    """
    while scope:
        yield scope
        scope = scope[: scope.rfind(".", 0, -1) + 1]
    yield ""
