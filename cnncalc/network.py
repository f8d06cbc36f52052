"""Node and Network: layers as a frozen graph without cycles, checked once, in the order of computation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.shapes import Shape

INPUT = -1
"""The index that stands for the network's input."""

MOST_LAYERS = 1_000_000
"""A network may not have more layers than this."""


@dataclass(frozen=True, slots=True)
class Node:
    """One layer at its place: ``inputs`` are indices of earlier nodes, `INPUT` the network's input.

    ``name`` is unique; its parts before a dot are the blocks it stands in. ``tied`` names an earlier node whose
    weights this one uses, so that they are counted once.
    """

    layer: Layer
    inputs: tuple[int, ...]
    name: str
    tied: str = ""

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks the node stands in, outermost first."""
        return tuple(self.name.split(".")[:-1])


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes in the order of computation; the last one gives the output. ``input`` is its shape where it is fixed.

    >>> from cnncalc.layers.conv import Conv
    >>> chain([Conv(3, 64), Conv(3, 64)]).nodes[1]
    Node(layer=Conv(kernel=(3,), filters=64, stride=(1,), padding=((0, 0),), dilation=(1,), groups=1, bias=True), \
inputs=(0,), name='conv2', tied='')

    Raises `NetworkError` for an empty network, a name used twice, or an input that is not an earlier node.
    """

    nodes: tuple[Node, ...]
    input: Shape | None = None

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
            if not node.inputs or not all(INPUT <= source < index for source in node.inputs):
                raise NetworkError(_("{name} reads a layer that does not come before it").format(name=node.name))
            if len(node.inputs) > 1 and not isinstance(node.layer, Merge):
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

    def __len__(self) -> int:
        return len(self.nodes)


def chain(layers: list[Layer], input: Shape | None = None) -> Network:
    """A plain stack: each layer reads the one before it."""
    names = Names()
    return Network(
        tuple(Node(layer, (index - 1,), names.automatic(layer)) for index, layer in enumerate(layers)), input
    )


class Names:
    """Names for layers that have none: their keyword and a running number, within their block.

    >>> from cnncalc.layers.conv import Conv
    >>> names = Names()
    >>> names.automatic(Conv(3)), names.automatic(Conv(1)), names.automatic(Conv(1), "stem")
    ('conv1', 'conv2', 'stem.conv1')
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def automatic(self, layer: Layer, block: str = "") -> str:
        """The next free name for ``layer`` in ``block`` (a dotted name, or nothing)."""
        stem = f"{block}.{layer.keyword}" if block else layer.keyword
        number = self._counts.get(stem, 0) + 1
        self._counts[stem] = number
        return f"{stem}{number}"


class Numbers:
    """The numbers of automatic names: 1, 2, 3 …, without those that are ``written`` as names somewhere.

    >>> numbers = Numbers({"conv2"})
    >>> [numbers.free("conv", count) for count in (1, 2, 3)], numbers.free("relu", 2)
    ([1, 3, 4], 2)
    """

    __slots__ = ("found", "written")

    def __init__(self, written: set[str]) -> None:
        self.written = written
        # once for all blocks, so that many blocks and many written names don't multiply
        self.found: dict[str, list[int]] = {}

    def free(self, keyword: str, count: int) -> int:
        """The number of the layer that is the ``count``-th of its keyword in its block."""
        if not self.written:
            return count
        found = self.found.setdefault(keyword, [0])
        while len(found) <= count:
            number = found[-1] + 1
            while f"{keyword}{number}" in self.written:
                number += 1
            found.append(number)
        return found[count]


def around(scope: str) -> Iterator[str]:
    """The scope and all that are around it, from the inside out.

    >>> list(around("a.b."))
    ['a.b.', 'a.', '']
    """
    while scope:
        yield scope
        scope = scope[: scope.rfind(".", 0, -1) + 1]
    yield ""
