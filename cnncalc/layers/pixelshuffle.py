"""Pixel shuffle and unshuffle: channels become positions, or positions become channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import Reach, Taps, check_period
from cnncalc.fields.readback import read_back
from cnncalc.language import _
from cnncalc.layers.base import Channels, Layer, Way, Word, whole
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape

MOST_WAYS = 64
"""Channels that stand for more places of one another's squares than this are not told apart."""


@final
@dataclass(frozen=True, slots=True)
class PixelShuffle(Layer):
    """``factor²`` channels make a square of ``factor`` × ``factor`` positions (Shi et al. 2016); ``inverse`` undoes it.

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

    @property
    def spreads(self) -> bool:
        return self.inverse and self.factor > 1

    @property
    def selects(self) -> bool:
        return not self.inverse and self.factor > 1

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        """One for each place of a square, which is a channel of the other map."""
        rank = len(shape.space)
        square = self.factor**rank
        if square > MOST_WAYS or (self.inverse and channels is None):
            yield Way(None, exact=self.inverse and channels is None)
            return
        chosen = channels or Inputs(0, output.channels - 1)
        for number, place in enumerate(product(range(self.factor), repeat=rank)):
            mixing = _every(square, number) if self.inverse else Reach(square, (Taps(number),))
            read = read_back(chosen, mixing, shape.channels)
            if read is not None:
                yield Way(read, tuple(self._at(offset) for offset in place))

    def _at(self, offset: int) -> Reach:
        """What is read of an axis by the units, or channels, that stand for one place of a square."""
        if self.inverse:
            return Reach(self.factor, (Taps(offset),))
        return Reach(1, tuple(Taps(0, int(phase == offset)) for phase in range(self.factor)))


def _every(square: int, number: int) -> Reach:
    """From every square-th number on, one after the other."""
    return Reach(1, tuple(Taps(0, int(phase == number)) for phase in range(square)))
