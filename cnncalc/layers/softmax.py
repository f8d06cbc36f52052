"""Softmax: over the channels of one position, or over all positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import IDENTITY, STATISTICS, WHOLE, Reach
from cnncalc.layers.base import Layer, Word


@final
@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """Over ``space`` every unit also reads the whole map, through the sum it is divided by.

    >>> Softmax(space=True).reach(0, 8) is STATISTICS
    True
    """

    keywords: ClassVar = {"softmax": {}}
    word: ClassVar = Word(options={"space": ("space", True)})

    space: bool = False

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return STATISTICS if self.space else IDENTITY

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return IDENTITY if self.space else WHOLE
