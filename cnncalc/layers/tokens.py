"""Tokens: the positions of a map in one row, behind learnt ones that stand for no position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import SOMEWHERE
from cnncalc.layers.base import FilterBank, Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Tokens(Layer):
    """``extra`` learnt tokens of C channels, then all positions row by row (Dosovitskiy et al. 2021, class token).

    With ``extra=0`` the positions are only written in one row. Units no longer lie along the axes of the image, so
    which position each is can't be told axis by axis: the layer says so by its ``row``.

    >>> Tokens(1).output(Shape((14, 14), 768))
    Shape(space=(197,), channels=768)
    """

    keywords: ClassVar = {"tokens": {}}
    word: ClassVar = Word(options={"x": ("extra", "count0")})
    letters: ClassVar = {"extra": "t"}
    reads: ClassVar = SOMEWHERE

    extra: int = 1

    def __post_init__(self) -> None:
        whole("tokens", "extra", self.extra, least=0)

    @property
    def row(self) -> int:
        return self.extra

    def output(self, shape: Shape) -> Shape:
        return Shape((shape.positions + self.extra,), shape.channels)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.extra * shape.channels, 1, 0, 0),)
