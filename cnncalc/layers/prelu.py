"""PReLU: a rectifier whose slope below zero is learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """One slope per channel, or one in all when ``shared`` (He et al. 2015).

    >>> PReLU().banks(Shape((8, 8), 64), Shape((8, 8), 64))
    (FilterBank(filters=64, fan_in=1, bias=0, outputs=0),)
    """

    keywords: ClassVar = {"prelu": {}}
    word: ClassVar = Word(options={"shared": ("shared", True)})

    shared: bool = False

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(1 if self.shared else shape.channels, 1, 0, 0),)
