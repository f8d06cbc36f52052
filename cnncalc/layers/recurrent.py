"""Recurrent layers: units that read a sequence step by step, and what they gave at the step before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import WHOLE, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Channels, FilterBank, Layer, Way, Word, whole
from cnncalc.shapes import Shape

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""How many sums each unit takes at every step: Elman 1990; Cho et al. 2014; Hochreiter and Schmidhuber 1997, Gers 2000."""


@final
@dataclass(frozen=True, slots=True)
class Recurrent(Layer):
    """Each gate of each of the ``units`` sums the C channels of a step and all units of the step before.

    The same weights serve every step. ``biases`` is how many each gate has: two in PyTorch and ONNX, one in Keras' LSTM.
    With ``bidirectional`` as many units more read the sequence from its end; their channels stand behind the others'.

    >>> Recurrent("lstm", 20).banks(Shape((5,), 10), Shape((5,), 20))
    (FilterBank(filters=80, fan_in=30, bias=2, outputs=400),)
    """

    keywords: ClassVar = {op: {"op": op} for op in GATES}
    word: ClassVar = Word(
        channels="units",
        options={"bi": ("bidirectional", True), "onebias": ("biases", 1), "nobias": ("biases", 0)},
    )
    letters: ClassVar = {"units": "N"}
    mixes: ClassVar = WHOLE

    op: str
    units: int
    bidirectional: bool = False
    biases: int = 2

    def __post_init__(self) -> None:
        if self.op not in GATES:
            raise LayerError(_("recurrent: op {op} is not known: take rnn, gru or lstm").format(op=repr(self.op)))
        whole(self.op, "units", self.units)
        if self.biases not in (0, 1, 2):
            raise LayerError(
                _("{kind}: {biases} biases for each gate: take 0, 1 or 2").format(kind=self.op, biases=self.biases)
            )

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def output(self, shape: Shape) -> Shape:
        if shape.positions != max(shape.space, default=1):
            raise ShapeError(
                _(
                    "{kind}: {shape} has positions on several axes, and steps lie on one: take one, as 100x64 has"
                ).format(kind=self.op, shape=shape)
            )
        return Shape(shape.space, self.units * self.directions)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        filters = output.channels * GATES[self.op]
        return (FilterBank(filters, shape.channels + self.units, self.biases, shape.positions * filters),)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        """Everything so far: so many steps back as there are."""
        if self.bidirectional:
            return WHOLE
        return None if size is None else Reach(1, (Taps(1 - size, size),))

    @property
    def spreads(self) -> bool:
        """Both directions stand side by side."""
        return self.bidirectional

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        """All so far for the channels of the one direction, all from here on for those of the other."""
        if channels is None or not self.bidirectional:
            yield from Layer.ways(self, channels, shape, output)
            return
        if channels.first < self.units:
            yield Way(None, tuple(Reach(1, (Taps(1 - size, size),)) for size in shape.space))
        if channels.last >= self.units:
            yield Way(None, tuple(Reach(1, (Taps(0, size),)) for size in shape.space))
