"""Flatten: the map as one long vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import IDENTITY, Reach
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """Every number stays what it was; there are no axes left to slide on.

    >>> Flatten().output(Shape((7, 7), 512))
    Shape(space=(), channels=25088)
    """

    keywords: ClassVar = {"flatten": {}}

    def output(self, shape: Shape) -> Shape:
        return Shape((), shape.numbers)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return IDENTITY if before == after is not None else None

    @property
    def spreads(self) -> bool:
        return True
