"""Instance normalisation: every channel by its own mean and variance over the whole map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import STATISTICS
from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class InstanceNorm(Layer):
    """2C parameters when ``affine`` (Ulyanov et al. 2016). Every unit also reads the whole map, through its statistics.

    PyTorch's default is not affine; here it is, as for the other norms: write ``in,noaffine`` for PyTorch's.

    >>> InstanceNorm().banks(Shape((8, 8), 64), Shape((8, 8), 64))
    (FilterBank(filters=64, fan_in=1, bias=1, outputs=0),)
    """

    keywords: ClassVar = {"in": {}, "instancenorm": {}}
    word: ClassVar = Word(
        options={
            "noaffine": (("scale", "shift"), False),
            "noscale": ("scale", False),
            "noshift": ("shift", False),
        }
    )
    reads: ClassVar = STATISTICS

    scale: bool = True
    shift: bool = True

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(shape.channels, int(self.scale), int(self.shift), 0),)
