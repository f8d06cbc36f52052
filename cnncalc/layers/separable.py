"""Depthwise separable convolution: a depthwise convolution, then a 1×1 convolution that mixes the channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import FilterBank, Size, Word, whole
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Filtering, Padding
from cnncalc.shapes import Shape
from cnncalc.symbols import product, where


@final
@dataclass(frozen=True, slots=True)
class Separable(Filtering):
    """Both steps as one layer, with one bias per filter at the end, as Keras's ``SeparableConv2D`` (Chollet 2017).

    >>> Separable(3, 16, padding=1, bias=False).output(Shape((16, 16), 8))
    Shape(space=(16, 16), channels=16)
    """

    keywords: ClassVar = {"sepconv": {}}
    word: ClassVar = Word(
        "kernel",
        "filters",
        "stride",
        {**SLIDING_OPTIONS, "m": ("multiplier", "count"), "nobias": ("bias", False)},
    )
    letters: ClassVar = {**Filtering.letters, "multiplier": "m"}
    equation: ClassVar = "c S K, c m K, o c m -> o S"

    kernel: Size
    filters: int | None = None
    multiplier: int = 1
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    bias: bool = True

    def __post_init__(self) -> None:
        self._check_window()
        whole("sepconv", "multiplier", self.multiplier)

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), self.channels_out(shape))

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        middle = where(self.multiplier == 1, shape.channels, shape.channels * self.multiplier)
        depthwise = FilterBank(middle, product(self.kernel_of(shape)), 0, product((*output.space, middle)))
        pointwise = FilterBank(output.channels, middle, int(self.bias), output.numbers)
        return depthwise, pointwise
