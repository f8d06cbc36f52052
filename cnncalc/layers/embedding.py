"""Embedding: every number of a map chooses one row of a table that is learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import WHOLE
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Embedding(Layer):
    """A table of ``rows`` × ``features`` (Bengio et al. 2003); a row is looked up, so nothing is multiplied.

    >>> Embedding(10_000, 64).output(Shape((20,), 1))
    Shape(space=(20,), channels=64)
    """

    keywords: ClassVar = {"embed": {}}
    word: ClassVar = Word("rows", "features")
    letters: ClassVar = {"rows": "v", "features": "N"}
    mixes: ClassVar = WHOLE

    rows: int
    features: int

    def __post_init__(self) -> None:
        if isinstance(self.rows, tuple) and len(self.rows) == 1:
            object.__setattr__(self, "rows", self.rows[0])
        for name in ("rows", "features"):
            whole("embed", name, getattr(self, name))

    def output(self, shape: Shape) -> Shape:
        if shape.channels != 1:
            raise ShapeError(
                _("embed: {channels} channels, but one number chooses a row: take a map of 1 channel").format(
                    channels=shape.channels
                )
            )
        return Shape(shape.space, self.features)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.rows * self.features, 1, 0, 0),)
