"""Assembly: a network being put together from a framework's operators, one after the other.

It keeps the nodes, the shape of each, the names, which weights were used before, and what could not be translated.
What happens where something goes wrong is said here once for all frameworks: `Assembly.translated`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from cnncalc.counting import count
from cnncalc.errors import CnncalcError, ModelFileError, UnknownLayerError
from cnncalc.importers.axes import Layout, channels_last, channels_second, standard
from cnncalc.importers.operator import Operator
from cnncalc.importers.values import LOST, Constant, Result, Scores, Tensor, UnsupportedError, Value
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.unknown import Unknown
from cnncalc.network import INPUT, MOST_LAYERS, Network, Node
from cnncalc.shapes import LARGEST, Shape, shorten

MOST_OPERATORS = 30_000
"""A file with more operators than this is refused before they are looked at."""

NONSENSE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, ZeroDivisionError)
"""What a translator raises that was given something else than its operator is defined for."""

O = TypeVar("O", bound=Operator)  # noqa: E741


class Assembly:
    """``input`` is the shape that comes in, ``batch`` how many at once; ``name`` that of the operator at hand.

    ``last`` says that the framework lays maps out with their channels last, ``said`` what shape the file itself gives
    for an output. ``stored`` are the constants of the file, whose parameters somebody may ask for though nothing reads
    them.
    """

    def __init__(
        self,
        input: Shape,
        batch: int = 1,
        *,
        allow_unknown: bool = False,
        last: bool = False,
        said: Callable[[str], Shape | None] = lambda output: None,
        stored: Iterable[Constant] = (),
    ) -> None:
        self.input = input
        self.batch = batch
        self.allow_unknown = allow_unknown
        self.last = last
        self.said = said
        self.name = ""
        self.unread = {constant.weight: constant.number for constant in stored if constant.learnt}
        self.settled: dict[tuple[int, Layout], Tensor] = {}
        self.unknown: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self._nodes: list[Node] = []
        self._wanted: list[str] = []
        self._shapes: list[Shape] = []
        self._names: Counter[str] = Counter()
        self._owners: dict[tuple[str, ...], list[int]] = {}

    # What there is.

    def layout(self, shape: Shape) -> Layout:
        """How the framework lays out a map that went through no view."""
        layout = standard(shape, self.batch)
        return channels_last(layout) if self.last else layout

    def standard(self, layout: Layout) -> Layout:
        """A layout of the framework with the channels in the second place."""
        return channels_second(layout) if self.last else layout

    def start(self) -> Tensor:
        """The network's input."""
        return self.tensor(INPUT)

    def shape(self, node: int) -> Shape:
        return self.input if node == INPUT else self._shapes[node]

    def layer(self, node: int) -> Layer | None:
        """The layer of a node; `None` for the input."""
        return None if node == INPUT else self._nodes[node].layer

    def source(self, node: int) -> int:
        """The first node that a node reads."""
        return self._nodes[node].inputs[0]

    # What comes in addition.

    def add(
        self, layer: Layer, inputs: tuple[int, ...], name: str = "", weights: Iterable[Constant | None] = ()
    ) -> int:
        """One more node; with the same ``weights`` as an earlier one like it, it is tied to that."""
        if len(self._nodes) >= MOST_LAYERS:
            raise ModelFileError(_("the file has more than {most} layers").format(most=MOST_LAYERS))
        shapes = tuple(map(self.shape, inputs))
        output = layer.merged(shapes)
        _check_size(output)
        self._wanted.append(name or self.name or layer.keyword)
        node = Node(layer, inputs, self._unique(self._wanted[-1]))
        used = tuple(constant.weight for constant in weights if constant is not None)
        if any(used):
            node = replace(node, tied=self._tie(used, node))
        self._nodes.append(node)
        self._shapes.append(output)
        return len(self._nodes) - 1

    def map(self, layer: Layer, x: Tensor, weights: Iterable[Constant | None] = ()) -> Tensor:
        """A node that takes a map as the framework lays it out and gives one."""
        return self.tensor(self.add(layer, (x.node,), weights=weights))

    def tensor(self, node: int) -> Tensor:
        """What a node gives, seen through no view."""
        return Tensor(node, self.layout(self.shape(node)))

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

    def read(self, weights: Iterable[str]) -> None:
        """Note that something reads these stored weights."""
        for weight in weights:
            self.unread.pop(weight, None)

    # One operator after the other.

    def translated(self, operator: O, rule: Callable[[Assembly, O], Result] | None) -> Result:
        """What an operator gives by its ``rule``, `None` where no kind describes it.

        What is not known is noted by its title. It gives an `Unknown` in its place where that is allowed, otherwise
        `LOST`, and so does everything that reads that; so one walk finds all of it. What has a rule and reads
        something lost is skipped, and counts if another of its title is not known; where nothing was unknown before,
        it reads an output that no rule gives, and is the first. Other problems come with the operator's name before them.
        """
        self.name = operator.name
        title = operator.title or operator.kind
        values = list(operator.values)
        self.read(value.weight for value in values if isinstance(value, Constant))
        try:
            lost = any(value is LOST for value in values)
            if lost and self.unknown and not self.allow_unknown:
                (self.unknown if rule is None else self.skipped)[title] += 1
                return _for_each([LOST] * len(operator.outputs))
            if rule is None or lost:
                raise UnsupportedError
            return rule(self, operator)
        except UnsupportedError as problem:
            return self._stand_in(operator, str(problem) or title)
        except CnncalcError as problem:
            raise type(problem)(f"{shorten(plain(operator.name))}: {problem}") from None
        except NONSENSE:
            raise ModelFileError(
                _("{name}: the inputs of this {kind} make no sense").format(
                    name=shorten(plain(operator.name)), kind=plain(shorten(title))
                )
            ) from None

    def _stand_in(self, operator: Operator, title: str) -> Result:
        """Note an operator that no kind describes, and put an `Unknown` in the place of each of its outputs."""
        if not self.allow_unknown:
            self.unknown[title] += 1
            return _for_each([LOST] * len(operator.outputs))
        values = list(operator.values)
        nodes = [value.node for value in values if isinstance(value, Tensor)]
        nodes += [value.query.node for value in values if isinstance(value, Scores)]
        learnt = sum(value.number for value in values if isinstance(value, Constant) and value.learnt)
        tensors: list[Value] = []
        for output in operator.outputs:
            self.unknown[title] += 1
            shape = self.said(output)
            layer = Unknown(plain(title), (*shape.space, shape.channels) if shape else (), 0 if tensors else learnt)
            tensors.append(self.tensor(self.add(layer, (nodes[0] if nodes else INPUT,))))
        return _for_each(tensors)

    # The end.

    def check_unknown(self) -> None:
        """`UnknownLayerError` with every operator that was not known, unless they are allowed."""
        if self.unknown and not self.allow_unknown:
            raise unknown_operators(Counter({name: n + self.skipped[name] for name, n in self.unknown.items()}))

    def finish(self, outputs: list[int]) -> Network:
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
        return Network(
            tuple(renewed),
            self.input,
            channels=self.input.channels,
            outputs=tuple(dict.fromkeys(place[node] for node in outputs if node != INPUT)),
            unused={**self._left_out(place), **self.unread},
        )

    def _left_out(self, kept: Mapping[int, int]) -> dict[str, int]:
        """The parameters of the nodes that no output needs, but for those that a node which one needs is tied to."""
        tied = {self._nodes[index].tied for index in kept if index != INPUT}
        left = (node for index, node in enumerate(self._nodes) if index not in kept and node.name not in tied)
        own = (node for node in left if not node.tied and len(node.inputs) == 1)
        numbers = ((node.name, count(node.layer, self.shape(node.inputs[0])).parameters) for node in own)
        return {name: number for name, number in numbers if number}


def _for_each(values: list[Value]) -> Result:
    """One value for each output of an operator: alone if it has one."""
    return values[0] if len(values) == 1 else tuple(values)


def spread(result: Any) -> tuple[Any, ...]:
    """What an operator gives, one value after the other.

    >>> spread(1), spread((1, 2)), spread(Constant((3,)))[0].sizes
    ((1,), (1, 2), (3,))
    """
    return result if type(result) is tuple else (result,)  # a Tensor is a tuple too


def _ancestors(nodes: list[Node], outputs: list[int]) -> set[int]:
    ancestors: set[int] = set()
    left = [index for index in outputs if index != INPUT]
    while left:
        index = left.pop()
        if index not in ancestors:
            ancestors.add(index)
            left.extend(source for source in nodes[index].inputs if source != INPUT)
    return ancestors


def unknown_operators(numbers: Counter[str]) -> UnknownLayerError:
    """The error that names operators which no kind describes, with how often each occurs, the most frequent first."""
    return UnknownLayerError(
        _("no layer kind describes {operators}: --allow-unknown goes on with lower bounds").format(
            operators=", ".join(f"{shorten(plain(name))} (×{number})" for name, number in numbers.most_common(40))
        )
    )


def check_number(operators: int) -> None:
    """`ModelFileError` for a file of more operators than anybody wrote."""
    if operators > MOST_OPERATORS:
        raise ModelFileError(
            _("{count} layers are more than the {most} that are allowed").format(count=operators, most=MOST_OPERATORS)
        )


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
