"""Learnt positions: a row of numbers that is the same whatever comes in, to be joined with the positions of a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import NOWHERE
from cnncalc.layers.base import Channels, FilterBank, Layer, Way, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Learnt(Layer):
    """``count`` learnt positions of as many channels as come in, which read nothing (Darcet et al. 2024, registers).

    >>> Learnt(4).output(Shape((14, 14), 384))
    Shape(space=(4,), channels=384)
    """

    keywords: ClassVar = {"learnt": {}}
    word: ClassVar = Word(options={"x": ("count", "count")})
    letters: ClassVar = {"count": "t"}
    reads: ClassVar = NOWHERE
    mixes: ClassVar = None

    count: int = 1

    def __post_init__(self) -> None:
        whole("learnt", "count", self.count)

    def output(self, shape: Shape) -> Shape:
        return Shape((self.count,), shape.channels)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.count * shape.channels, 1, 0, 0),)

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        return iter(())
