"""What the calculator claims, as plain data: the one place of this room that may ask the formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.analysis import Trace, counts, shapes, trace
from cnncalc.counting import Count, symbolic_banks, worked, worked_macs
from cnncalc.errors import CnncalcError
from cnncalc.fields import reads_of
from cnncalc.layers.base import Layer, at
from cnncalc.layers.sliding import Sliding
from cnncalc.layers.transposed import Transposed
from cnncalc.network import INPUT, Network
from cnncalc.receptive.units import unit_reads
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from cnncalc.symbols import Term

Span = tuple[int, int, int | None]
"""The first and the last input that is read on one axis, and how many are; `None` where those were not followed."""

NOTHING: Span = (0, -1, 0)
"""The span of a unit that reads no input."""


class LayerClaim(NamedTuple):
    """All that is claimed of one layer but its field; the formulas are worked lines, empty where there is nothing."""

    output: Shape
    counts: Count
    parameters: int
    parameters_formula: str
    macs_formula: str
    output_formula: str


def claim(network: Network, input: Shape, upto: int) -> tuple[LayerClaim, ...]:
    """The claims about the first ``upto`` layers.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> claim(chain([Conv(3, 64)]), Shape((224, 224), 3), 1)[0][3:]
    ('64·(3·3·3 + 1)', '222·222·64·3·3·3', '(224 − 3)/1 + 1')
    """
    part = Network(network.nodes[:upto])
    made = shapes(part, input)
    counted = counts(part, input, made)
    claims = []
    for node, shape, count in zip(part.nodes, made, counted, strict=True):
        before = input if node.inputs[0] == INPUT else made[node.inputs[0]]
        parameters, macs, output = (NO_TERM, NO_TERM, "") if len(node.inputs) > 1 else _formulas(node.layer, before)
        owned = NO_TERM if node.tied else parameters
        # a worked line is a claim of its own: its value, not the counts', stands beside it
        claims.append(LayerClaim(plain(shape), Count(*map(int, count)), int(owned), _line(owned), _line(macs), output))
    return tuple(claims)


def plain(shape: Shape) -> Shape:
    """The shape without any memory of how its numbers came about."""
    return Shape(tuple(map(int, shape.space)), int(shape.channels))


NO_TERM = Term(0)
"""What a layer without parameters, or without MACs, works out to."""


def _formulas(layer: Layer, before: Shape) -> tuple[Term, Term, str]:
    banks = symbolic_banks(layer, before)
    return (
        worked(layer, before) if any(bank.filters for bank in banks) else NO_TERM,
        worked_macs(layer, before) if any(bank.outputs for bank in banks) else NO_TERM,
        _output_formula(layer, before),
    )


def _line(term: Term) -> str:
    return "" if term is NO_TERM else str(term)


def _output_formula(layer: Layer, before: Shape) -> str:
    """How the spatial size comes about: one line where the axes agree, one per axis where not."""
    space = layer.symbolic().output(before.symbolic()).space
    lines = [str(size) for size in space if isinstance(size, Term) and size.operator]
    return ", ".join(dict.fromkeys(lines))


class Growth(NamedTuple):
    """How a window makes a field larger: three numbers, the first two of which tell how they came about."""

    size: int
    jump: int
    start: int


@dataclass(frozen=True, slots=True)
class FieldClaims:
    """The claims about what units read, of a network on one input shape."""

    trace: Trace

    def through_windows(self) -> FieldClaims:
        """The claims about what slides alone."""
        return FieldClaims(self.trace.through_windows())

    def unit(self, node: int, axis: int, index: int) -> Span | None:
        """What unit ``index`` reads on an axis, the others left out as in the experiment; `None` where nothing is claimed."""
        assert self.trace.shapes is not None and self.trace.input is not None  # noqa: S101 — `field_claims` gave one
        space = self.trace.shapes[node].space
        if self._picked(node):
            return None
        if space and len(space) != len(self.trace.input.space):
            return None
        try:
            reads = unit_reads(
                self.trace, node, tuple(index if place == axis else 0 for place in range(len(space))), axis
            )
        except CnncalcError:
            return None
        return NOTHING if reads.box is None else (*reads.box[0], reads.number[0])

    def place(self, node: int, unit: tuple[int, ...]) -> list[Span] | None:
        """What a unit reads on every axis, with all channels of the network as they are; `None` where nothing is claimed."""
        try:
            reads = unit_reads(self.trace, node, unit)
        except CnncalcError:
            return None
        if not reads.exact:
            return None
        if reads.box is None:
            return [NOTHING] * len(self.trace.shape(INPUT).space)
        return [(*ends, number) for ends, number in zip(reads.box, reads.number, strict=True)]

    def _picked(self, node: int) -> bool:
        """Whether channels were picked on the way, of which an axis looked at alone knows nothing."""
        return self.trace.routes is not None and node in self.trace.routes.behind

    def whole(self, node: int, axis: int, index: int) -> Span | None:
        """The field of the same unit on the endless lattice."""
        field = self.trace.field(axis, node)
        return _span(reads_of(field, index)) if field and not self._picked(node) else None

    def grown(self, node: int, axis: int) -> Growth | None:
        """Size, jump and start of a window's field by the textbook's recurrence; `None` for other layers."""
        layer, source = self.trace.network.nodes[node].layer, self.trace.network.nodes[node].inputs[0]
        before = self.trace.field(axis, source)
        if not isinstance(layer, Sliding) or isinstance(layer, Transposed) or len(before) != 1:
            return None
        jump, phases, _followed = before[0]
        if len(phases) != 1 or phases[0] is None:
            return None
        padding, _after = layer.sides(axis, self.trace.extent(source, axis))
        size = formulas.field_size(
            Term(phases[0].size), Term(jump), Term(at(layer.kernel, axis)), at(layer.dilation, axis)
        )
        step = formulas.field_jump(Term(jump), Term(at(layer.stride, axis)))
        return Growth(size, step, formulas.field_start(phases[0].first, jump, padding))

    def unit_formula(self, node: int, axis: int, index: int) -> str:
        """From where to where the field of a unit reaches, and to what it is cut; empty where it has no one jump."""
        field = self.trace.field(axis, node)
        reads = field[0].phases[0] if len(field) == 1 and len(field[0].phases) == 1 else None
        if reads is None or self.trace.input is None:
            return ""
        jump = field[0].advance
        moved = f" + {index}·{jump}" if jump else ""
        ends = f"[{reads.first}…{reads.last}]{moved} ∩ [0…{self.trace.input.space[axis] - 1}]"
        return ends.replace("-", "−")


def _span(reads: Inputs | None) -> Span:
    return NOTHING if reads is None else (reads.first, reads.last, reads.number)


def field_claims(network: Network, input: Shape, upto: int) -> FieldClaims:
    """Claims about the first ``upto`` layers, on demand: following a unit through a large network takes a while."""
    return FieldClaims(trace(Network(network.nodes[:upto]), input))
