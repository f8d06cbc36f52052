"""The tensors of one run, each from the step that writes it to the last that needs it.

A run is a list of steps: every layer forward, and while a network learns every layer backward. Layers of a
checkpointed block keep nothing on the way forward and run a second time before their backward pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.language import N_
from cnncalc.network import INPUT, Network, Node
from cnncalc.shapes import Shape
from cnncalc.timeline.rules import GONE, Extra, Rule, rule_of

FORWARD, RECOMPUTE, BACKWARD = "forward", "recompute", "backward"
OUTPUT, GRADIENT, LEARNT = N_("output"), N_("gradient"), N_("gradient of the parameters")
FOREVER = 1 << 60
"""A step after all others: what is needed then is held to the end."""

SUMMED_IN_PLACE = True
"""Whether gradients that meet are added into the first of them where nothing else shares it, as PyTorch does it."""


class Asked(NamedTuple):
    """How a network runs: on how many inputs at once, whether it learns, and what is done to save memory."""

    batch: int = 1
    dtype: str = "fp32"
    training: bool = False
    in_place: bool = False
    folded: frozenset[int] = frozenset()
    checkpoints: tuple[range, ...] = ()


class Step(NamedTuple):
    """One layer at work."""

    phase: str
    node: int


@dataclass(slots=True, eq=False)
class Tensor:
    """Memory that is written at one step and needed until another; ``kept`` for a backward pass."""

    node: int
    what: str
    bytes: int
    birth: int
    death: int
    kept: bool = False


@dataclass(slots=True)
class Plan:
    """A run as it was planned: its steps, its tensors, and what every layer keeps (a tensor that two keep, twice).

    ``starts`` is what checkpointed blocks start from once more, by their first layer.
    """

    steps: list[Step] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    keeps: dict[int, list[Tensor]] = field(default_factory=dict)
    starts: dict[int, list[Tensor]] = field(default_factory=dict)

    @property
    def turn(self) -> int:
        """How many steps there are before the first that is not forward."""
        return next((step for step, (phase, _node) in enumerate(self.steps) if phase != FORWARD), len(self.steps))

    def kept(self) -> dict[int, int]:
        """The bytes that are held from the way forward for the way back, by the first layer that keeps them."""
        turn, seen, bytes = self.turn, set[int](), dict[int, int]()
        both = [*self.starts.items(), *self.keeps.items()]
        for index, tensors in sorted(both, key=lambda entry: entry[0]):
            for tensor in tensors:
                if tensor.birth < turn and id(tensor) not in seen:
                    seen.add(id(tensor))
                    bytes[index] = bytes.get(index, 0) + tensor.bytes
        return bytes

    def held(self, tensors: Iterable[Tensor] | None = None) -> list[int]:
        """The bytes that are alive at every step, of some tensors or of all."""
        change = [0] * (len(self.steps) + 1)
        for tensor in self.tensors if tensors is None else tensors:
            change[tensor.birth] += tensor.bytes
            change[min(tensor.death + 1, len(self.steps))] -= tensor.bytes
        held, total = [], 0
        for more in change[:-1]:
            total += more
            held.append(total)
        return held

    def alive(self, step: int) -> list[Tensor]:
        """What is held at a step."""
        return [tensor for tensor in self.tensors if tensor.birth <= step <= tensor.death and tensor.bytes]


def plan(network: Network, input: Shape, outputs: Sequence[Shape], counted: Sequence[Count], asked: Asked) -> Plan:
    """The run of a network, given the shapes and counts of its layers.

    >>> from cnncalc.analysis import counts, shapes
    >>> from cnncalc.notation.parsing import parse
    >>> network, image = parse("conv3-8,p1 relu conv3-8,p1"), Shape((8, 8), 1)
    >>> made = shapes(network, image)
    >>> plan(network, image, made, counts(network, image, made), Asked()).held()
    [2304, 4096, 4096]
    """
    run = _Run(network, input, outputs, counted, asked)
    run.forward_all()
    if asked.training:
        run.backward_all()
    return run.plan


class _Run:
    """The steps taken so far, and where every value stands."""

    def __init__(
        self, network: Network, input: Shape, outputs: Sequence[Shape], counted: Sequence[Count], asked: Asked
    ) -> None:
        self.network, self.input, self.outputs, self.asked = network, input, outputs, asked
        self.plan = Plan()
        self.learnt = [bool(count.parameters or node.tied) for node, count in zip(network.nodes, counted, strict=True)]
        self.parameters = [count.parameters for count in counted]
        self.owners = {node.name: index for index, node in enumerate(network.nodes)}
        self.taught: set[int] = set()
        self.rules = [self._rule(index, node) for index, node in enumerate(network.nodes)]
        self.needs = _needs(network, self.learnt) if asked.training else [False] * len(network)
        self.checkpoint = {node: block for block in asked.checkpoints for node in block}
        self.group = _groups(network, self.rules)
        self.last_use = _last_uses(network, self.group)
        self.places: dict[int, Tensor] = {INPUT: self._tensor(INPUT, N_("input"), self._size(INPUT), birth=0)}
        self.gradients: dict[int, Tensor] = {}
        self.sharers: Counter[int] = Counter()

    @property
    def now(self) -> int:
        return len(self.plan.steps) - 1

    def _rule(self, index: int, node: Node) -> Rule:
        return GONE if index in self.asked.folded else rule_of(node.layer, training=self.asked.training)

    def _shape(self, node: int) -> Shape:
        return self.input if node == INPUT else self.outputs[node]

    def _size(self, node: int) -> int:
        return bytes_of(self._shape(node).numbers * self.asked.batch, self.asked.dtype)

    def _tensor(self, node: int, what: str, size: int, birth: int | None = None) -> Tensor:
        now = self.now if birth is None else birth
        tensor = Tensor(node, what, size, now, now)
        self.plan.tensors.append(tensor)
        return tensor

    def _need(self, tensors: Iterable[Tensor], step: int | None = None) -> None:
        for tensor in tensors:
            tensor.death = max(tensor.death, self.now if step is None else step)

    # forward

    def forward_all(self) -> None:
        for index in range(len(self.network)):
            self._forward(index, FORWARD, keeping=index not in self.checkpoint)
        self._need((self.places[index] for index in self.network.outputs), FOREVER)

    def _forward(self, index: int, phase: str, *, keeping: bool) -> None:
        self.plan.steps.append(Step(phase, index))
        node, rule = self.network.nodes[index], self.rules[index]
        sources = [self.places[source] for source in node.reads]
        self._need(sources)
        over = self._written_over(index) if self.asked.in_place and rule.in_place else None
        if rule.view:
            self.places[index] = sources[0]
        elif over is not None:
            self.places[index] = over
        elif node.layer.stands_in:
            self.places[index] = self._tensor(index, N_("input"), self._size(index), birth=0)
        else:
            self.places[index] = self._tensor(index, OUTPUT, self._size(index))
        if keeping and self.needs[index]:
            self._keep(index, rule, in_place=over is not None)

    def _keep(self, index: int, rule: Rule, *, in_place: bool) -> None:
        """Note what the backward pass needs."""
        node = self.network.nodes[index]
        output = self.places[index]
        extras = [*rule.extras(node.layer, self._shape(node.inputs[0]), self.outputs[index])]
        kept = [output] if rule.output or (in_place and rule.input and rule.in_place == "output") else []
        if in_place and rule.in_place == "copy":
            extras.append(Extra(N_("copy of the input"), self._shape(node.inputs[0]).numbers))
        elif rule.input and not in_place:
            kept += self._inputs_kept(index)
        kept += (self._tensor(index, extra.what, self._extra_size(extra)) for extra in extras)
        for tensor in kept:
            tensor.kept = True
        self.plan.keeps[index] = kept

    def _inputs_kept(self, index: int) -> list[Tensor]:
        """The inputs that a backward pass needs: of a product each for the others, and only where those learn."""
        inputs = self.network.nodes[index].inputs
        return [
            self.places[source]
            for place, source in enumerate(inputs)
            if len(inputs) == 1 or any(self._learns(other) for at, other in enumerate(inputs) if at != place)
        ]

    def _extra_size(self, extra: Extra) -> int:
        numbers = extra.numbers * self.asked.batch + extra.once
        return bytes_of(numbers, self.asked.dtype) if extra.bits is None else -(-numbers * extra.bits // 8)

    def _written_over(self, index: int) -> Tensor | None:
        """The input that a layer may write over: nobody needs it any more, and it is as large as the output."""
        for source in self.network.nodes[index].inputs:
            tensor = self.places[source]
            free = (
                source != INPUT
                and self.last_use[self.group[source]] == index
                and not tensor.kept
                and tensor.what == OUTPUT
                and tensor.bytes == self._size(index)
                and self._within(index, source)
            )
            if free and self.network.nodes[index].inputs.count(source) == 1:
                return tensor
        return None

    def _within(self, index: int, source: int) -> bool:
        """Whether a layer does not write over what a checkpoint starts from."""
        block = self.checkpoint.get(index)
        return block is None or source in block

    # backward

    def backward_all(self) -> None:
        for output in self.network.outputs:
            if self.needs[output]:
                self._give(output, self._tensor(output, GRADIENT, self._size(output), birth=len(self.plan.steps)))
        for index in range(len(self.network) - 1, -1, -1):
            block = self.checkpoint.get(index)
            if block and index == block[-1]:
                self._recompute(block)
            if index in self.gradients:
                self._backward(index)

    def _recompute(self, block: range) -> None:
        outside = {source for node in block for source in self.network.nodes[node].inputs if source not in block}
        self.plan.starts[block[0]] = [self.places[source] for source in outside]
        for node in block:
            self._forward(node, RECOMPUTE, keeping=True)

    def _backward(self, index: int) -> None:
        self.plan.steps.append(Step(BACKWARD, index))
        node, rule = self.network.nodes[index], self.rules[index]
        gradient = self.gradients.pop(index)
        self.sharers[id(gradient)] -= 1
        self._need([gradient, *self.plan.keeps.get(index, ())])
        sources = [source for source in dict.fromkeys(node.inputs) if self._learns(source)]
        full = [gradient if rule.passes else self._gradient(index, source) for source in sources]
        self._learn(index)
        for source, tensor in zip(sources, full, strict=True):
            self._give(source, self._reduced(index, source, tensor))

    def _learn(self, index: int) -> None:
        """The gradient of a layer's parameters, which stays; of those used once more it is added to what is there."""
        owner = self.owners.get(self.network.nodes[index].tied, index)
        size = bytes_of(self.parameters[owner], self.asked.dtype)
        if size and owner in self.taught:
            self._tensor(owner, GRADIENT, size)
        elif size:
            self.taught.add(owner)
            self._need([self._tensor(owner, LEARNT, size)], FOREVER)

    def _gradient(self, index: int, source: int) -> Tensor:
        """The gradient of an input as a layer writes it: as large as the output where the input was stretched."""
        return self._tensor(source, GRADIENT, self._size(index if self._stretched(index, source) else source))

    def _reduced(self, index: int, source: int, gradient: Tensor) -> Tensor:
        """The gradient summed over what was stretched, when the layer itself is done."""
        if not self._stretched(index, source):
            return gradient
        self.plan.steps.append(Step(BACKWARD, index))
        self._need([gradient])
        return self._tensor(source, GRADIENT, self._size(source))

    def _stretched(self, index: int, source: int) -> bool:
        merge = self.network.nodes[index].layer.keyword in ("add", "mul")
        return merge and self._shape(source).numbers < self._shape(index).numbers

    def _learns(self, source: int) -> bool:
        return source != INPUT and self.needs[source]

    def _give(self, node: int, tensor: Tensor) -> None:
        """Add to the gradient of a value: in place if nothing else shares it, into a new tensor otherwise."""
        old = self.gradients.get(node)
        if old is not None:
            self.sharers[id(old)] -= 1
            tensor = self._sum(node, old, tensor)
        self.gradients[node] = tensor
        self.sharers[id(tensor)] += 1

    def _sum(self, node: int, old: Tensor, new: Tensor) -> Tensor:
        self._need([old, new])
        if SUMMED_IN_PLACE and not self.sharers[id(old)]:
            return old
        self.plan.steps.append(Step(BACKWARD, self.plan.steps[-1].node))  # the layer itself is done
        self._need([old, new])
        return self._tensor(node, GRADIENT, self._size(node))


def _needs(network: Network, learnt: Sequence[bool]) -> list[bool]:
    """Whether a gradient has to reach a layer: it learns, or something that it reads does."""
    needs: list[bool] = []
    for node, own in zip(network.nodes, learnt, strict=True):
        needs.append(own or any(source != INPUT and needs[source] for source in node.reads))
    return needs


def _groups(network: Network, rules: Sequence[Rule]) -> dict[int, int]:
    """Every value and the one that it is a view of."""
    group = {INPUT: INPUT}
    for index, (node, rule) in enumerate(zip(network.nodes, rules, strict=True)):
        group[index] = group[node.inputs[0]] if rule.view else index
    return group


def _last_uses(network: Network, group: dict[int, int]) -> dict[int, int]:
    """The last layer that reads a value or a view of it; outputs are read after all."""
    last = {group[source]: index for index, node in enumerate(network.nodes) for source in node.reads}
    return last | {group[index]: FOREVER for index in network.outputs}
