"""A learnt number that is added: per channel, or at every position (the position embedding of a transformer)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Offset(Layer):
    """C parameters; with ``space`` one for every number of the map (Dosovitskiy et al. 2021, position embedding).

    >>> Offset(space=True).banks(Shape((14, 14), 768), Shape((14, 14), 768))
    (FilterBank(filters=150528, fan_in=0, bias=1, outputs=0),)
    """

    keywords: ClassVar = {"offset": {}}
    word: ClassVar = Word(options={"space": ("space", True)})

    space: bool = False

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(shape.numbers if self.space else shape.channels, 0, 1, 0),)

    def cycle(self, axis: int) -> int | None:
        return None if self.space else 1
