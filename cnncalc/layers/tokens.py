"""Tokens: the positions of a map in one row, behind learnt ones that stand for no position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import SOMEWHERE
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Layer, Row, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Tokens(Layer):
    """``extra`` learnt tokens of C channels, then all positions row by row (Dosovitskiy et al. 2021, class token).

    With ``extra=0`` the positions are only written in one row. Of ``anchors`` parts of the channels each makes a token of
    its own, those of a position side by side (Lin et al. 2017, RetinaNet), or, ``apart``, all positions for one part after
    those of another. Units no longer lie along the axes of the image, so which position each is can't be told axis by
    axis: the layer says so by its ``row``.

    >>> Tokens(1).output(Shape((14, 14), 768)), Tokens(0, anchors=9).output(Shape((7, 7), 36))
    (Shape(space=(197,), channels=768), Shape(space=(441,), channels=4))
    """

    keywords: ClassVar = {"tokens": {}}
    word: ClassVar = Word(
        options={"x": ("extra", "count0"), "a": ("anchors", "count"), "apart": ("apart", True)},
    )
    letters: ClassVar = {"extra": "t", "anchors": "a"}
    reads: ClassVar = SOMEWHERE

    extra: int = 1
    anchors: int = 1
    apart: bool = False

    def __post_init__(self) -> None:
        whole("tokens", "extra", self.extra, least=0)
        whole("tokens", "anchors", self.anchors)

    @property
    def row(self) -> Row:
        return Row(self.extra, self.anchors, self.apart)

    @property
    def selects(self) -> bool:
        return self.anchors > 1

    def output(self, shape: Shape) -> Shape:
        if shape.channels % self.anchors:
            raise ShapeError(
                _("tokens: {anchors} anchors do not divide {channels} channels: take another number").format(
                    anchors=self.anchors, channels=shape.channels
                )
            )
        return Shape((shape.positions * self.anchors + self.extra,), shape.channels // self.anchors)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.extra * output.channels, 1, 0, 0),)
