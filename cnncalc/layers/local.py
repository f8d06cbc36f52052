"""Locally connected layer: a window slides as in a convolution, but every position has filters of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.layers.base import FilterBank, Size, Word
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Filtering, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Local(Filtering):
    """No weight sharing: every position has a whole window of weights, padded ones included, and biases of its own.

    With ``shared_bias`` a filter has one for all (Keras's ``LocallyConnected2D``; Goodfellow et al. 2016, §9.5).

    >>> Local(3).banks(Shape((5, 5), 1), Shape((3, 3), 1))
    (FilterBank(filters=9, fan_in=9, bias=1, outputs=9),)
    """

    keywords: ClassVar = {"local": {}}
    word: ClassVar = Word(
        "kernel",
        "filters",
        "stride",
        {**SLIDING_OPTIONS, "nobias": ("bias", False), "sharedbias": ("shared_bias", True)},
    )
    equation: ClassVar = "g c S K, g o c S K -> g o S"  # the convolution's, and S: not sharing is one letter

    kernel: Size
    filters: int | None = None
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    bias: bool = True
    shared_bias: bool = False

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), self.channels_out(shape))

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        fan_in = formulas.fan_in(self.kernel_of(shape), shape.channels)
        own = FilterBank(output.numbers, fan_in, int(self.bias and not self.shared_bias), output.numbers)
        return (own, FilterBank(output.channels, 0, 1, 0)) if self.bias and self.shared_bias else (own,)

    def cycle(self, axis: int) -> int | None:
        return None

    reach = Sliding.reach  # the taps of the window, a stride apart
