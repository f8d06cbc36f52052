"""Assembly: a network being put together from a framework's operators, one after the other.

It keeps the nodes, the shape of each, the names, which weights were used before, and what could not be translated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from cnncalc.errors import ModelFileError, UnknownLayerError
from cnncalc.importers.axes import Layout, sizes, standard
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.layers.unknown import Unknown
from cnncalc.network import INPUT, MOST_LAYERS, Network, Node
from cnncalc.shapes import LARGEST, Shape, shorten
from cnncalc.symbols import product

MOST_VALUES = 4096
"""A constant with more numbers than this is a weight: its numbers are not looked at."""


class UnsupportedError(Exception):
    """An operator, or a way to use it, that no layer kind describes."""


class Tensor(NamedTuple):
    """What a node gives, as the framework sees it; ``name`` is that of the latest view of it."""

    node: int
    layout: Layout
    name: str = ""

    @property
    def sizes(self) -> tuple[int, ...]:
        return sizes(self.layout)


class Constant(NamedTuple):
    """Numbers that no input changes: a stored weight (``weight`` is its name), or a few known ``values`` in a row.

    ``learnt`` tells parameters from buffers, where the file does.
    """

    sizes: tuple[int, ...] = ()
    values: tuple[int | float, ...] | None = None
    weight: str = ""
    learnt: bool = False

    @property
    def number(self) -> int:
        return product(self.sizes)


class Lost:
    """What an operator gives that is not known, where unknown operators are an error: its readers are not translated."""


LOST = Lost()


class Assembly:
    """``input`` is the shape that comes in, ``batch`` how many at once; ``name`` that of the operator at hand."""

    def __init__(self, input: Shape, batch: int = 1, *, allow_unknown: bool = False) -> None:
        self.input = input
        self.batch = batch
        self.allow_unknown = allow_unknown
        self.name = ""
        self.settled: dict[tuple[int, Layout], Tensor] = {}
        self.unknown: Counter[str] = Counter()
        self._nodes: list[Node] = []
        self._wanted: list[str] = []
        self._shapes: list[Shape] = []
        self._names: Counter[str] = Counter()
        self._owners: dict[tuple[str, ...], list[int]] = {}

    def start(self) -> Tensor:
        """The network's input in the layout of PyTorch and ONNX."""
        return Tensor(INPUT, standard(self.input, self.batch))

    def shape(self, node: int) -> Shape:
        return self.input if node == INPUT else self._shapes[node]

    def layer(self, node: int) -> Layer | None:
        """The layer of a node; `None` for the input."""
        return None if node == INPUT else self._nodes[node].layer

    def source(self, node: int) -> int:
        """The first node that a node reads."""
        return self._nodes[node].inputs[0]

    def add(
        self, layer: Layer, inputs: tuple[int, ...], name: str = "", weights: Iterable[Constant | None] = ()
    ) -> int:
        """One more node; with the same ``weights`` as an earlier one like it, it is tied to that."""
        if len(self._nodes) >= MOST_LAYERS:
            raise ModelFileError(_("the file has more than {most} layers").format(most=MOST_LAYERS))
        shapes = tuple(map(self.shape, inputs))
        made = layer.merged(shapes) if isinstance(layer, Merge) else layer.output(shapes[0])
        _check_size(made)
        self._wanted.append(name or self.name or layer.keyword)
        node = Node(layer, inputs, self._unique(self._wanted[-1]))
        used = tuple(constant.weight for constant in weights if constant is not None)
        if any(used):
            node = replace(node, tied=self._tie(used, node))
        self._nodes.append(node)
        self._shapes.append(made)
        return len(self._nodes) - 1

    def map(self, layer: Layer, x: Tensor, weights: Iterable[Constant | None] = ()) -> Tensor:
        """A node that takes a map in its plain layout and gives one."""
        node = self.add(layer, (x.node,), weights=weights)
        return Tensor(node, standard(self.shape(node), self.batch))

    def replace(self, node: int, layer: Layer) -> None:
        """Put another layer with the same output shape at a node."""
        self._nodes[node] = replace(self._nodes[node], layer=layer)

    def _tie(self, used: tuple[str, ...], node: Node) -> str:
        owners = self._owners.setdefault(used, [])
        same = next((owner for owner in owners if self._nodes[owner].layer == node.layer), None)
        if same is not None:
            return self._nodes[same].name
        if owners and not self.allow_unknown:
            raise ModelFileError(
                _("{name} and {other} share weights but differ otherwise, which can't be expressed").format(
                    name=node.name, other=self._nodes[owners[0]].name
                )
            )
        owners.append(len(self._nodes))
        return ""

    def _unique(self, name: str) -> str:
        name = plain(name)
        self._names[name] += 1
        while self._names[name] > 1:
            name = f"{name}_{self._names[name] - 1}"
            self._names[name] += 1
        return name

    def lost(self, values: Iterable[object]) -> bool:
        """Whether one of the values follows from an operator that is not known."""
        return any(value is LOST for value in values)

    def stand_in(self, operator: str, inputs: tuple[int, ...], to: Shape | None, learnt: int) -> Tensor:
        """Note an operator that no kind describes, and put an `Unknown` in its place."""
        self.unknown[operator] += 1
        sizes = (*to.space, to.channels) if to else ()
        node = self.add(Unknown(operator, sizes, learnt), inputs[:1] or (INPUT,))
        return Tensor(node, standard(self.shape(node), self.batch))

    def check_unknown(self) -> None:
        """`UnknownLayerError` with every operator that was not known, unless they are allowed."""
        if self.unknown and not self.allow_unknown:
            raise UnknownLayerError(
                _("no layer kind describes {operators}: --allow-unknown goes on with lower bounds").format(
                    operators=", ".join(f"{shorten(plain(name))} (×{n})" for name, n in self.unknown.most_common(40))
                )
            )

    def finish(self, outputs: list[int], input: Shape | None) -> Network:
        """The network of all nodes that an output needs, the first output's node last where it can be."""
        nodes = self._nodes
        needed = set(range(len(nodes))) if self.unknown else _ancestors(nodes, outputs)
        order = [index for index in range(len(nodes)) if index in needed]
        main = outputs[0]
        if not any(main in nodes[index].inputs for index in order):
            order = [index for index in order if index != main] + [index for index in order if index == main]
        if not order:
            raise ModelFileError(_("the file has no layers between its input and its output"))
        place = {old: new for new, old in enumerate(order)} | {INPUT: INPUT}
        self._names.clear()  # the nodes that nobody needs take their names with them
        names: dict[str, str] = {}
        renewed: list[Node] = []
        for index in order:
            node = nodes[index]
            names[node.name] = name = self._unique(self._wanted[index])
            inputs = tuple(place[i] for i in node.inputs)
            renewed.append(replace(node, inputs=inputs, name=name, tied=names.get(node.tied, "")))
        return Network(tuple(renewed), input)


def _ancestors(nodes: list[Node], outputs: list[int]) -> set[int]:
    found: set[int] = set()
    left = [index for index in outputs if index != INPUT]
    while left:
        index = left.pop()
        if index not in found:
            found.add(index)
            left.extend(source for source in nodes[index].inputs if source != INPUT)
    return found


def _check_size(shape: Shape) -> None:
    if shape.numbers > LARGEST:
        raise ModelFileError(_("{shape} holds more than 2^63 − 1 numbers").format(shape=shape))


_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-/]")


def plain(name: str) -> str:
    """``name`` with every character that the notation can't hold as ``_``, and no empty block.

    >>> plain("model/conv2d:0"), plain("layer1..conv")
    ('model/conv2d_0', 'layer1.conv')
    """
    return ".".join(part for part in _UNSAFE.sub("_", name).split(".") if part) or "_"


PROBES = (224, 320)
"""Sizes that stand for one a file leaves open; what comes out for both alike holds for every size."""


def for_any_size(build: Callable[[int], Network], open_sizes: bool) -> Network:
    """The network that ``build`` gives for every size of what is open; `ModelFileError` if it depends on it."""
    first = build(PROBES[0])
    if not open_sizes:
        return first
    if first.nodes != build(PROBES[1]).nodes:
        raise ModelFileError(
            _("the file leaves its input size open and its layers depend on it: export it with a fixed size")
        )
    return Network(first.nodes)
