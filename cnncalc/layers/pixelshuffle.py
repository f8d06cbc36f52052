"""Pixel shuffle and unshuffle: channels become positions, or positions become channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import Reach, Taps, check_period
from cnncalc.language import _
from cnncalc.layers.base import Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class PixelShuffle(Layer):
    """``factor``² channels make a square of ``factor`` × ``factor`` positions (Shi et al. 2016); ``inverse`` undoes it.

    >>> PixelShuffle(2).output(Shape((8, 8), 64)), PixelShuffle(2, inverse=True).output(Shape((8, 8), 16))
    (Shape(space=(16, 16), channels=16), Shape(space=(4, 4), channels=64))
    """

    keywords: ClassVar = {"pixelshuffle": {"inverse": False}, "pixelunshuffle": {"inverse": True}}
    word: ClassVar = Word("factor")

    factor: int
    inverse: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.factor, tuple) and len(self.factor) == 1:
            object.__setattr__(self, "factor", self.factor[0])
        whole(self.keyword, "factor", self.factor)

    def output(self, shape: Shape) -> Shape:
        square = self.factor ** len(shape.space)
        if self.inverse:
            for size in shape.space:
                self._check_divides(size, self.factor)
            return Shape(tuple(size // self.factor for size in shape.space), shape.channels * square)
        self._check_divides(shape.channels, square)
        return Shape(tuple(size * self.factor for size in shape.space), shape.channels // square)

    def _check_divides(self, number: int, divisor: int) -> None:
        if number % divisor:
            raise ShapeError(
                _("{kind}: {number} can't be divided by {divisor}: take a multiple of {divisor}").format(
                    kind=self.keyword, number=number, divisor=divisor
                )
            )

    def reach(self, axis: int, size: int | None) -> Reach | None:
        if self.inverse:
            return Reach(self.factor, (Taps(0, self.factor),))
        check_period(self.keyword, self.factor)
        return Reach(1, (Taps(0),) * self.factor)
