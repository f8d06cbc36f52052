"""Locally connected layer: a window slides as in a convolution, but every position has filters of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.layers.base import FilterBank, Size, Word, whole
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Local(Sliding):
    """No weight sharing: ``g c S K, g o c S K -> g o S``, the convolution's equation with one letter more.

    Every position has a whole window of weights, padded ones included, and a bias per filter (Keras's
    ``LocallyConnected2D``; Goodfellow et al. 2016, §9.5, "unshared convolution"); with ``shared_bias`` one bias per
    filter for all positions.

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
    letters: ClassVar = {"kernel": "k", "filters": "C_out"}

    kernel: Size
    filters: int | None = None
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    bias: bool = True
    shared_bias: bool = False

    def __post_init__(self) -> None:
        self._check_window()
        if self.filters is not None:
            whole("local", "filters", self.filters)

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), shape.channels if self.filters is None else self.filters)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        fan_in = formulas.fan_in(self.kernel_of(shape), shape.channels)
        own = self.bias and not self.shared_bias
        unshared = FilterBank(output.numbers, fan_in, int(own), output.numbers)
        if self.bias and self.shared_bias:
            return unshared, FilterBank(output.channels, 0, 1, 0)
        return (unshared,)
