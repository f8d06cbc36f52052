"""A learnt scale, and shift, per channel or in all: ConvNeXt's layer scale, ReZero's gate, Darknet's and Caffe's scale layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Scale(Layer):
    """C parameters, or 2C with ``shift``; 1 or 2 where they are ``shared`` (Bachlechner et al. 2020, ReZero).

    >>> Scale().banks(Shape((8, 8), 96), Shape((8, 8), 96))
    (FilterBank(filters=96, fan_in=1, bias=0, outputs=0),)
    """

    keywords: ClassVar = {"scale": {}}
    word: ClassVar = Word(options={"shift": ("shift", True), "shared": ("shared", True)})
    equation: ClassVar = "c S, c -> c S"

    shift: bool = False
    shared: bool = False

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(1 if self.shared else shape.channels, 1, int(self.shift), 0),)
