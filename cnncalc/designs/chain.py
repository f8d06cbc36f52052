"""Chains: the cheapest stack of blocks that meets a goal, by an exact shortest path over (field, jump, shape).

What a chain costs further on depends on its shape only, and how its field grows on its jump only; so of two chains
with the same jump and shape, the one that costs no more and sees no less is never worse (Dijkstra 1959, with labels).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise, product
from math import inf, prod
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import counts, shapes, trace
from cnncalc.designs.goal import COSTS, FIELD, Goal
from cnncalc.dtypes import bytes_of
from cnncalc.errors import CnncalcError, LimitError, MisfitError, NotationError, ShapeError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.notation.templates import Template
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape, shorten

MOST_BLOCKS = 100_000
"""So many different blocks may be chosen from."""
MOST_LABELS = 100_000
"""So many chains are looked at; what is found after that is not proved to be the least."""
LONGEST = 200
"""A chain has at most so many blocks."""


class ChainError(CnncalcError, ValueError):
    """A block that can't be part of a chain that is searched."""


class Block(NamedTuple):
    """One block with its numbers: what one unit of it reads of its input, by size, jump and the widest gap within."""

    text: str
    network: Network
    size: int
    jump: int
    gap: int


class Label(NamedTuple):
    """A chain so far: its costs, what its units see, its shape, and how it came to be."""

    costs: tuple[int, ...]
    field: int
    jump: int
    shape: Shape
    before: Label | None = None
    block: Block | None = None

    @property
    def measures(self) -> dict[str, float]:
        return {FIELD: self.field, "jump": self.jump, **dict(zip(COSTS, self.costs, strict=True))}

    @property
    def blocks(self) -> list[Block]:
        """Its blocks, from the input on."""
        blocks: list[Block] = []
        label: Label | None = self
        while label is not None and label.block is not None:
            blocks.append(label.block)
            label = label.before
        return blocks[::-1]


class Outcome(NamedTuple):
    """The best chain that meets the goal, the one with the largest field of all, and whether no better one can be."""

    best: Label | None
    largest: Label
    exhaustive: bool
    looked_at: int


def blocks_of(texts: Sequence[str], variables: Mapping[str, Sequence[int]]) -> list[Block]:
    """Every block that templates stand for; those that are no network with some values are left out.

    >>> [block.text for block in blocks_of(["convK-64,dD"], {"K": (3,), "D": (1, 2)})]
    ['conv3-64,d1', 'conv3-64,d2']

    Raises `CnncalcError` for templates that can't be read, and blocks whose units see more than one window.
    """
    blocks: dict[str, Block] = {}
    for text in texts:
        template = Template(text)
        template.check(set(variables))
        chosen = [variables[name] for name in template.names]
        total = prod(map(len, chosen))
        if total + len(blocks) > MOST_BLOCKS:
            raise LimitError(
                _("{count:,} different blocks are more than the {most:,} that are searched: take fewer values").format(
                    count=total, most=MOST_BLOCKS
                )
            )
        made = [block for values in product(*chosen) if (block := _block(template, values)) is not None]
        if not made:
            parse(template.at(dict(zip(template.names, (values[0] for values in chosen), strict=True))))
        blocks |= {block.text: block for block in made}
    return list(blocks.values())


def _block(template: Template, values: tuple[int, ...]) -> Block | None:
    text = template.at(dict(zip(template.names, values, strict=True)))
    try:
        network = parse(text)
    except NotationError:
        return None
    fields = trace(network).fields
    last = fields[0][-1]
    if len(fields) > 1 or len(last) != 1 or len(last[0].phases) != 1 or not last[0].advance or not last[0].phases[0]:
        raise ChainError(
            _("{block} is no block of a chain: its units have to see one window, alike on all axes").format(
                block=shorten(text)
            )
        )
    return Block(text, network, last[0].phases[0].size, last[0].advance, _gap(last[0].phases[0]))


def _gap(reads: Inputs) -> int:
    """How far apart two inputs are at most that follow each other in what a unit reads; 0 for a single one."""
    if not reads.mask:
        return reads.step if reads.number != 1 else 0
    return max(other - one for one, other in pairwise(reads.indices()))


@dataclass
class Search:
    """One search: blocks to choose from, the goal, whether holes are allowed, and what was computed before."""

    blocks: Sequence[Block]
    goal: Goal
    holes: bool = False
    dtype: str = "fp32"
    _steps: dict[tuple[int, Shape], tuple[Shape, tuple[int, ...]] | None] = field(default_factory=dict)
    _fronts: dict[tuple[object, ...], list[Label]] = field(default_factory=dict)
    _parameters: dict[tuple[int, int], int] = field(default_factory=dict)
    _enough: float = inf

    def run(self, input: Shape) -> Outcome:
        """The best chain on an input.

        >>> from cnncalc.designs.goal import read_goal
        >>> blocks = blocks_of(["conv3-64,dD"], {"D": tuple(2**n for n in range(10))})
        >>> outcome = Search(blocks, read_goal(["rf>=1000"])).run(Shape((16000,), 64))
        >>> outcome.best.measures["parameters"], len(outcome.best.blocks), outcome.exhaustive
        (111168, 9, True)
        """
        first = Label((0,) * len(COSTS), 1, 1, input)
        order = count()
        heap = [(*self._rank(first), next(order), first)]
        best: Label | None = None
        largest, looked_at = first, 0
        while heap and looked_at < MOST_LABELS:
            label = heappop(heap)[-1]
            if self._is_beaten(label):
                continue
            looked_at += 1
            largest = max(largest, label, key=lambda one: one.field)
            if label.block is not None and self.goal.met(label.measures):
                if not self.goal.most:
                    return Outcome(label, largest, True, looked_at)
                best = label if best is None or label.field > best.field else best
            if len(label.blocks) < LONGEST:
                for longer in self._longer(label):
                    heappush(heap, (*self._rank(longer), next(order), longer))
        return Outcome(best, largest, not heap, looked_at)

    def _rank(self, label: Label) -> tuple[int, int, int]:
        """The cheapest first, then the shortest, then the one that sees most."""
        costs = dict(zip(COSTS, label.costs, strict=True))
        return costs[self.goal.least], costs["layers"], -label.field

    def _is_beaten(self, label: Label) -> bool:
        """Whether another chain that was looked at is never worse; if none is, this one beats others from now on."""
        key: tuple[object, ...] = (label.jump, label.shape)
        if not self.goal.grows:
            key = (*key, label.field)
        front = self._fronts.setdefault(key, [])
        costs = self._compared(label)
        if any(other.field >= label.field and all(map(int.__le__, self._compared(other), costs)) for other in front):
            return True
        front.append(label)
        return False

    def _compared(self, label: Label) -> tuple[int, ...]:
        """The costs that matter: the one that is to be least, and those that have a budget or another requirement."""
        named = {self.goal.least, "layers", *(one.path for one in self.goal.requirements)}
        return tuple(number for cost, number in zip(COSTS, label.costs, strict=True) if cost in named)

    def _longer(self, label: Label) -> Iterator[Label]:
        for place, block in enumerate(self.blocks):
            if not self.holes and block.gap * label.jump > label.field:
                continue
            step = None if self._is_dear(label, place) else self._step(place, label.shape)
            if step is None:
                continue
            shape, costs = step
            longer = Label(
                tuple(map(int.__add__, label.costs, costs)),
                formulas.field_size(label.field, label.jump, block.size),
                formulas.field_jump(label.jump, block.jump),
                shape,
                label,
                block,
            )
            if not self.goal.is_past(longer.measures):
                if not self.goal.most and self.goal.met(longer.measures):
                    self._enough = min(self._enough, self._rank(longer)[0])
                yield longer

    def _is_dear(self, label: Label, place: int) -> bool:
        """Only faster: whether a block makes a chain dearer than one that is known to do; parameters need no size for that."""
        known = self._parameters.get((place, label.shape.channels))
        return known is not None and self.goal.least == "parameters" and label.costs[0] + known > self._enough

    def _step(self, place: int, shape: Shape) -> tuple[Shape, tuple[int, ...]] | None:
        """What comes out of a block and what it costs; nothing where it does not fit."""
        key = (place, shape)
        if key not in self._steps:
            step = self._steps[key] = self._asked(self.blocks[place].network, shape)
            if step is not None:
                self._parameters[place, shape.channels] = step[1][0]
        return self._steps[key]

    def _asked(self, network: Network, shape: Shape) -> tuple[Shape, tuple[int, ...]] | None:
        try:
            outputs = shapes(network, shape)
        except (MisfitError, ShapeError):
            return None
        counted = counts(network, shape, outputs)
        return outputs[-1], (
            sum(one.parameters for one in counted),
            sum(one.macs for one in counted),
            sum(bytes_of(output.numbers, self.dtype) for output in outputs),
            len(network),
        )
