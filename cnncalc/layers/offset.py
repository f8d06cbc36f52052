"""A learnt number that is added: per channel, one in all, or at every position (a transformer's position embedding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Offset(Layer):
    """C parameters; with ``space`` one for every number of the map (Dosovitskiy et al. 2021, position embedding).

    One in all where it is ``shared``. `LayerError` for both.

    >>> Offset(space=True).banks(Shape((14, 14), 768), Shape((14, 14), 768))
    (FilterBank(filters=150528, fan_in=0, bias=1, outputs=0),)
    """

    keywords: ClassVar = {"offset": {}}
    word: ClassVar = Word(options={"space": ("space", True), "shared": ("shared", True)})

    space: bool = False
    shared: bool = False

    def __post_init__(self) -> None:
        if self.space and self.shared:
            raise LayerError(_("offset: one number in all is none for every position: leave space or shared out"))

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        filters = 1 if self.shared else shape.numbers if self.space else shape.channels
        return (FilterBank(filters, 0, 1, 0),)

    def cycle(self, axis: int) -> int | None:
        return None if self.space else 1
