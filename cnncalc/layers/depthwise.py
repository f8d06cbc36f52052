"""Depthwise convolution: every input channel is convolved alone, with filters of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.fields import Reach
from cnncalc.layers.base import FilterBank, Size, Word, grouped, whole
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Depthwise(Sliding):
    """A convolution with as many groups as input channels, and ``multiplier`` filters for each of them.

    >>> Depthwise(3, padding=1).output(Shape((8, 8), 32))
    Shape(space=(8, 8), channels=32)
    """

    keywords: ClassVar = {"dwconv": {}}
    word: ClassVar = Word(
        "kernel", "", "stride", {**SLIDING_OPTIONS, "m": ("multiplier", "count"), "nobias": ("bias", False)}
    )
    letters: ClassVar = {"kernel": "k", "multiplier": "m"}
    equation: ClassVar = "c S K, c m K -> c m S"  # no sum over channels

    kernel: Size
    multiplier: int = 1
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    bias: bool = True

    def __post_init__(self) -> None:
        self._check_window()
        whole("dwconv", "multiplier", self.multiplier)

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), shape.channels * self.multiplier)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        fan_in = formulas.fan_in(self.kernel_of(shape), 1)
        return (FilterBank(output.channels, fan_in, int(self.bias), output.numbers),)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return None if before is None else grouped(before, before, after)
