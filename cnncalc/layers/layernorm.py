"""Layer normalisation: over the channels of one position, or over the whole map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import IDENTITY, STATISTICS, WHOLE, Reach
from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """One scale and one shift per normalised number: 2C over channels (ConvNeXt), 2·C·H·W over the whole map.

    >>> LayerNorm().banks(Shape((8, 8), 96), Shape((8, 8), 96))
    (FilterBank(filters=96, fan_in=1, bias=1, outputs=0),)
    """

    keywords: ClassVar = {"ln": {}, "layernorm": {}}
    word: ClassVar = Word(
        options={
            "space": ("space", True),
            "noaffine": (("scale", "shift"), False),
            "noscale": ("scale", False),
            "noshift": ("shift", False),
        }
    )

    mixes: ClassVar = WHOLE

    space: bool = False
    scale: bool = True
    shift: bool = True

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        normalised = shape.numbers if self.space else shape.channels
        return (FilterBank(normalised, int(self.scale), int(self.shift), 0),)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return STATISTICS if self.space else IDENTITY

    def cycle(self, axis: int) -> int | None:
        return None if self.space and (self.scale or self.shift) else 1
