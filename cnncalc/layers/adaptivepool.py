"""Adaptive pooling: windows chosen so that a given number of outputs comes out."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar, final

from cnncalc.fields import WHOLE, Reach, Taps, check_period
from cnncalc.layers.base import Layer, Size, Word, at, sizes, spread
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class AdaptivePool(Layer):
    """Output i covers inputs ⌊i·n/m⌋ … ⌈(i + 1)·n/m⌉ − 1 of n, for m outputs (PyTorch's rule).

    >>> AdaptivePool(7).output(Shape((10, 10), 512))
    Shape(space=(7, 7), channels=512)
    """

    keywords: ClassVar = {"adaptiveavgpool": {"op": "avg"}, "adaptivemaxpool": {"op": "max"}}
    word: ClassVar = Word("outputs")
    sized: ClassVar = ("outputs",)

    outputs: Size
    op: str = "avg"

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", sizes("adaptiveavgpool", "outputs", self.outputs))

    def output(self, shape: Shape) -> Shape:
        return Shape(spread(self.keyword, "outputs", self.outputs, shape), shape.channels)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        outputs = at(self.outputs, axis)
        if outputs == 1:
            return WHOLE
        if size is None:
            return None
        common = gcd(size, outputs)
        period, jump = outputs // common, size // common
        check_period(self.keyword, period)
        starts = ((phase * jump // period, -(-(phase + 1) * jump // period)) for phase in range(period))
        return Reach(jump, tuple(Taps(first, stop - first) for first, stop in starts))
