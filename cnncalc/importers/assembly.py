"""Assembly: a network being put together from a framework's operators, one after the other.

It keeps the nodes, the shape of each, the names, which weights were used before, and what could not be translated.
What happens where something goes wrong is said here once for all frameworks: `Assembly.translated`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import add
from typing import Any, TypeVar

from cnncalc.analysis import owned
from cnncalc.counting import count
from cnncalc.errors import CnncalcError, ModelFileError, UnknownLayerError
from cnncalc.importers import sight
from cnncalc.importers.axes import (
    Layout,
    channels_last,
    channels_second,
    shape_of,
    standard,
    turned,
)
from cnncalc.importers.operator import Capture, Operator, Summed
from cnncalc.importers.ownership import Ownership, Weights
from cnncalc.importers.values import (
    LOST,
    Constant,
    Pending,
    Result,
    Root,
    Scores,
    Tensor,
    UnsupportedError,
    Value,
    Windows,
)
from cnncalc.language import _
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.placeholder import Placeholder
from cnncalc.layers.unknown import Unknown
from cnncalc.network import FIRST, INPUT, MOST_LAYERS, Network, Node, Stored
from cnncalc.shapes import LARGEST, Shape, shorten
from cnncalc.symbols import product

MOST_OPERATORS = 30_000
"""A file with more operators than this is refused before they are looked at."""

NONSENSE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, ZeroDivisionError)
"""What a translator raises that was given something else than its operator is defined for."""

O = TypeVar("O", bound=Operator)  # noqa: E741


class Assembly:
    """``input`` is the shape that comes in, ``batch`` how many at once; ``name`` that of the operator at hand.

    ``last`` says that the framework lays maps out with their channels last, ``said`` what shape the file itself gives
    for an output. ``entry`` is the name of the input, beside which there may be others. ``stored`` are the constants of
    the file, whose parameters somebody may ask for though nothing reads them. Where a framework ran the model on shapes,
    ``capture`` has what that gave: then nothing stops the counts.
    """

    def __init__(
        self,
        input: Shape,
        batch: int = 1,
        *,
        allow_unknown: bool = False,
        last: bool = False,
        entry: str = FIRST,
        said: Callable[[str], Shape | None] = lambda output: None,
        stored: Iterable[Constant] = (),
        capture: Capture | None = None,
    ) -> None:
        self.input = input
        self.batch = batch
        self.allow_unknown = allow_unknown
        self.last = last
        self.entry = entry
        self.said = said
        self.name = ""
        self.capture = capture
        self._learnt = {constant.weight: constant.number for constant in stored if constant.learnt}
        self.unread = dict(self._learnt)
        self.settled: dict[tuple[int, Layout], Tensor] = {}
        self.unknown: Counter[str] = Counter()
        self.first_unknown = ""
        self.skipped: Counter[str] = Counter()
        self._nodes: list[Node] = []
        self._wanted: list[str] = []
        self._shapes: list[Shape] = []
        self._names: Counter[str] = Counter()
        self._weights: list[Weights] = []
        self._beside: list[Weights] = []
        self._scores: dict[Pending, int] = {}
        self.everywhere: list[bool] = []

    # What there is.

    def layout(self, shape: Shape) -> Layout:
        """How the framework lays out a map that went through no view."""
        layout = standard(shape, self.batch)
        return channels_last(layout) if self.last else layout

    def standard(self, layout: Layout) -> Layout:
        """A layout of the framework with the channels in the second place."""
        return channels_second(layout) if self.last else layout

    def start(self) -> Tensor:
        """The network's input, where there is one only."""
        return self.tensor(INPUT)

    def enter(self, name: str, sizes: Sizes, *, last: bool = False) -> Tensor:
        """The tensor of an input with these sizes, batch first; with ``last`` only this one has its channels last."""
        if sizes[0] != self.batch:
            raise ModelFileError(
                _(
                    "the input {name} has a batch of {count}, {entry} of {batch}: export it with the same for both"
                ).format(name=shorten(name), count=sizes[0], entry=shorten(self.entry), batch=self.batch)
            )
        shape = shape_of(sizes, last=last or self.last)
        layer = Placeholder((*shape.space, shape.channels))
        x = self.tensor(INPUT if name == self.entry else self.add(layer, (INPUT,), name))
        return x._replace(layout=(channels_last(x.layout) if last and not self.last else x.layout)[: len(sizes)])

    def shape(self, node: int) -> Shape:
        return self.input if node == INPUT else self._shapes[node]

    def layer(self, node: int) -> Layer | None:
        """The layer of a node; `None` for the input."""
        return None if node == INPUT else self._nodes[node].layer

    def source(self, node: int) -> int:
        """The first node that a node reads."""
        return self._nodes[node].inputs[0]

    def sources(self, node: int) -> tuple[int, ...]:
        """The nodes that a node reads anything of."""
        return () if node == INPUT else self._nodes[node].reads

    # What comes in addition.

    def add(
        self,
        layer: Layer,
        inputs: tuple[int, ...],
        name: str = "",
        weights: Iterable[Constant | None] = (),
        beside: Iterable[Constant] = (),
    ) -> int:
        """One more node, which reads these stored ``weights``: each counts for the first node that reads it.

        What stands ``beside`` them is stored in addition to what its kind has, and says itself what of it is learnt.
        """
        if len(self._nodes) >= MOST_LAYERS:
            raise ModelFileError(_("the file has more than {most} layers").format(most=MOST_LAYERS))
        shapes = tuple(map(self.shape, inputs))
        output = layer.merged(shapes)
        _check_size(output)
        self._wanted.append(name or self.name or layer.keyword)
        self._nodes.append(Node(layer, inputs, self._unique(self._wanted[-1])))
        self._shapes.append(output)
        self._weights.append(tuple(weights))
        self._beside.append(tuple(beside))
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
        del self.everywhere[node:]

    def give_bias(self, node: int, layer: Layer, bias: Constant) -> None:
        """Put the ``layer`` with a bias in the place of the one without."""
        self.replace(node, layer)
        self._weights[node] = (*self._weights[node], bias)

    def is_read(self, node: int) -> bool:
        return any(node in other.inputs for other in self._nodes[node + 1 :])

    def _cut(self, length: int) -> None:
        """Take back all nodes from here on."""
        for row in (self._nodes, self._shapes, self._wanted, self._weights, self._beside, self.everywhere):
            del row[length:]
        self.settled = {key: x for key, x in self.settled.items() if x.node < length}
        self._scores = {scores: node for scores, node in self._scores.items() if node < length}

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
        self.read(root.weight for value in values if isinstance(value, Constant) for root in value.roots)
        try:
            lost = any(value is LOST for value in values)
            if lost and self.unknown and not self.allow_unknown:
                (self.unknown if rule is None else self.skipped)[title] += 1
                return _for_each([LOST] * len(operator.outputs))
            if rule is None or lost:
                raise UnsupportedError
            return self._by_rule(operator, rule)
        except UnsupportedError as problem:
            if rule and self.capture and any(isinstance(value, Scores) for value in values):
                return self.translated(self._multiplied(operator), rule)
            return self._stand_in(operator, str(problem) or title)
        except CnncalcError as problem:
            if self._measured(operator):  # the framework could do it
                return self._stand_in(operator, title)
            raise type(problem)(f"{shorten(plain(operator.name))}: {problem}") from None
        except NONSENSE:
            raise ModelFileError(
                _("{name}: the inputs of this {kind} make no sense").format(
                    name=shorten(plain(operator.name)), kind=plain(shorten(title))
                )
            ) from None

    def _by_rule(self, operator: O, rule: Callable[[Assembly, O], Result]) -> Result:
        """What a rule gives; nothing stays of one that finds no kind, or other sizes than the framework."""
        length = len(self._nodes)
        try:
            result = rule(self, operator)
            if self.capture and not all(map(self.capture.agrees, operator.outputs, spread(result))):
                raise UnsupportedError
        except (UnsupportedError, CnncalcError):
            self._cut(length)
            raise
        return result

    def _measured(self, operator: Operator) -> bool:
        """Whether the sizes of all that an operator gives are known."""
        return self.capture is not None and None not in map(self.capture.sizes, operator.outputs)

    def _stand_in(self, operator: Operator, title: str) -> Result:
        """Note an operator that no kind describes, and put an `Unknown` in the place of each of its outputs."""
        if self.capture and self._measured(operator):
            return self._counted(self.capture, operator, title)
        self.first_unknown = self.first_unknown or operator.name
        if not self.allow_unknown:
            self.unknown[title] += 1
            return _for_each([LOST] * len(operator.outputs))
        values = list(operator.values)
        nodes = [value.node for value in values if isinstance(value, Tensor)]
        nodes += [value.query.node for value in values if isinstance(value, Scores)]
        nodes += [self._cut_out(value) for value in values if isinstance(value, Windows)]
        learnt = sum(value.number for value in values if isinstance(value, Constant) and value.learnt)
        tensors: list[Value] = []
        for output in operator.outputs:
            self.unknown[title] += 1
            shape = self.said(output)
            layer = Unknown(plain(title), (*shape.space, shape.channels) if shape else (), 0 if tensors else learnt)
            tensors.append(self.tensor(self.add(layer, (nodes[0] if nodes else INPUT,))))
        return _for_each(tensors)

    def _counted(self, capture: Capture, operator: Operator, title: str) -> Result:
        """The same where shapes are known: all is counted, and only the field is not. Of constants come constants."""
        constants = tuple(value for value in operator.values if isinstance(value, Constant))
        tensors = [value for value in operator.values if isinstance(value, (Tensor, Scores, Windows))]
        macs = capture.macs(operator) // self.batch
        if not tensors:
            made = tuple({root.weight: root for constant in constants for root in constant.roots}.values())
            made += (Root(f"{operator.name}:{operator.outputs[0]}", macs=macs),) if macs else ()
            learnt = any(root.learnt for root in made)
            every = [capture.sizes(output) or () for output in operator.outputs]
            return _for_each([Constant(sizes, None, "", learnt, made_of=made) for sizes in every])
        summed = capture.summed(operator)
        results: list[Value] = []
        for output in operator.outputs:
            sizes = capture.sizes(output) or ()
            if not product(sizes):  # no number, so nothing follows from any
                results.append(Constant(sizes))
                continue
            shape, layout = sight.placed(self, sizes, tensors)
            own = 0 if results else macs
            layer, nodes = self._operator(title, map(self.given, tensors), tensors, summed, (shape, layout), own)
            results.append(Tensor(self.add(layer, nodes, weights=() if results else constants), layout))
        return _for_each(results)

    def given(self, value: Tensor | Pending) -> int:
        """The node that gives a value; the product of queries and keys becomes one if no attention comes of it."""
        if isinstance(value, Tensor):
            return value.node
        return self._cut_out(value) if isinstance(value, Windows) else self._product(value).node

    def _multiplied(self, operator: O) -> O:
        """The operator that reads the products of queries and keys as tensors."""

        def tensor(value: Any) -> Any:
            if isinstance(value, list):
                return list(map(tensor, value))
            return self._product(value) if isinstance(value, Scores) else value

        return replace(operator, arguments={name: tensor(value) for name, value in operator.arguments.items()})

    def _product(self, value: Scores) -> Tensor:
        """Queries times keys, of which no attention comes."""
        query, scores = value.query, value._replace(weighed=False, turned=False)
        key = value.key._replace(layout=turned(value.key.layout))
        shape, layout = sight.placed(self, scores.sizes, (query, key))
        if scores not in self._scores:
            macs = product(scores.sizes) * query.sizes[-1] // self.batch
            summed = [(query, (-1,)), (key, (-2,))]
            layer, nodes = self._operator("matmul", (query.node, key.node), (query, key), summed, (shape, layout), macs)
            self._scores[scores] = self.add(layer, nodes, weights=(*scores.beside, scores.mask))
        return Tensor(self._scores[scores], turned(layout) if value.turned else layout)

    def _operator(
        self,
        title: str,
        nodes: Iterable[int],
        read: Sequence[Any],
        summed: Summed | None,
        placed: tuple[Shape, Layout],
        macs: int = 0,
    ) -> tuple[Unknown, tuple[int, ...]]:
        """An operator without a kind, and the nodes that it reads, those with its places first."""
        shape, _layout = placed
        sees = sight.rule_of(self, read, summed, *placed)
        nodes = sorted(nodes, key=lambda node: self.shape(node).space != shape.space)
        layer = Unknown(plain(title), (*shape.space, shape.channels), macs=macs, counted=True, sees=sees)
        return layer, tuple(dict.fromkeys(nodes))

    def _cut_out(self, windows: Windows) -> int:
        """The node of windows that become no layer, which has the weights that they met."""
        if windows not in self._scores:
            shape, layout = sight.placed(self, windows.sizes, ())
            title = "mul" if windows.factor else "unfold"
            layer, nodes = self._operator(title, (windows.node,), (windows,), None, (shape, layout))
            self._scores[windows] = self.add(layer, nodes, windows.name, (windows.factor,))
        return self._scores[windows]

    # The end.

    def check_unknown(self) -> None:
        """`UnknownLayerError` with every operator that was not known, unless they are allowed."""
        if self.unknown and not self.allow_unknown:
            numbers = Counter({name: n + self.skipped[name] for name, n in self.unknown.items()})
            raise unknown_operators(numbers, self.first_unknown)

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
        ownership = Ownership(tells=self.capture is not None)
        renewed: list[Node] = []
        for index in order:
            inputs = tuple(place[i] for i in nodes[index].inputs)
            node = replace(nodes[index], inputs=inputs, name=self._unique(self._wanted[index]))
            renewed.append(self._owning(ownership, index, node))
        left_out = self._left_out(ownership, place)
        return Network(
            tuple(renewed),
            self.input,
            channels=self.input.channels,
            outputs=tuple(dict.fromkeys(place[node] for node in outputs if node != INPUT)),
            unused={**left_out, **self._unread(ownership)},
            entry=self._unique(self.entry),
        )

    def _owning(self, ownership: Ownership, index: int, node: Node) -> Node:
        """A node with what it owns of what it reads."""
        weights, beside, layer = self._weights[index], self._beside[index], node.layer
        if isinstance(layer, Unknown) and layer.counted:
            share = ownership.share(weights)
            layer = replace(layer, learnt=share.learnt, macs=layer.macs + share.macs)
            stored = Stored(frozen=share.frozen) if share.frozen else None
            return replace(node, layer=layer, stored=stored)
        if tied := ownership.tied(node.name, layer, (*weights, *beside)):
            return replace(node, tied=tied)
        shapes = self.shape(self._nodes[index].inputs[0]), self._shapes[index]
        stored = ownership.stored(layer, *shapes, weights) if any(weights) else None
        if beside and any(share := ownership.share(beside, told=True)):
            stored = Stored(*map(add, stored or Stored(), (share.learnt, 0, share.fixed, share.frozen, share.macs)))
        return replace(node, stored=stored) if stored else node

    def _left_out(self, ownership: Ownership, kept: Mapping[int, int]) -> dict[str, int]:
        """The parameters of the nodes that no output needs, but for those that a node which one needs has too."""
        numbers = {}
        for index, left in enumerate(self._nodes):
            if index not in kept:
                node = self._owning(ownership, index, left)
                own = count(node.layer, self.shape(node.inputs[0]), self._shapes[index])
                numbers[node.name] = owned(node, own).parameters
        return {name: number for name, number in numbers.items() if number}

    def _unread(self, ownership: Ownership) -> dict[str, int]:
        """The stored parameters that nothing reads, or that come to nothing."""
        if not ownership.tells:
            return self.unread
        return {name: number for name, number in self._learnt.items() if name not in ownership.owned}


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


def unknown_operators(numbers: Counter[str], first: str) -> UnknownLayerError:
    """The error that names operators which no kind describes, how often each occurs, and what the first is called.

    The most frequent come first; what the user may know of it is the way out.
    """
    names = [(shorten(plain(name)), number) for name, number in numbers.most_common(40)]
    return UnknownLayerError(
        _(
            "no layer kind describes {operators}: --allow-unknown goes on with lower bounds, and "
            "--assume {name}=whole (or pointwise) says what units read; the first is {first}"
        ).format(
            operators=", ".join(f"{name} (×{number})" for name, number in names),
            name=names[0][0],
            first=shorten(plain(first)),
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


def plain(name: str) -> str:
    """``name`` with every character that the notation can't hold as ``_``, and no empty block.

    >>> plain("model/conv2d:0"), plain("layer1..conv")
    ('model/conv2d_0', 'layer1.conv')
    """
    return ".".join(part for part in _UNSAFE.sub("_", name).split(".") if part) or "_"


_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-/]")
