"""Batch normalisation: one scale and one shift per channel, and two running statistics that are not learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, final

from cnncalc.fields import IDENTITY, STATISTICS, Reach
from cnncalc.layers.base import FilterBank, Layer, Word
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class BatchNorm(Layer):
    """2C parameters (γ, β) and 2C buffers (running mean and variance); one-to-one once trained.

    ``scale`` and ``shift`` tell which of the two are learnt; ``statistics`` whether running ones are kept. Without
    them, and in training, the map's own are taken, through which every unit also reads all of it.

    >>> BatchNorm().banks(Shape((8, 8), 64), Shape((8, 8), 64)), BatchNorm().buffers(Shape((8, 8), 64))
    ((FilterBank(filters=64, fan_in=1, bias=1, outputs=0),), 128)
    """

    keywords: ClassVar = {"bn": {}, "batchnorm": {}}
    word: ClassVar = Word(
        options={
            "noaffine": (("scale", "shift"), False),
            "noscale": ("scale", False),
            "noshift": ("shift", False),
            "nostats": ("statistics", False),
        }
    )

    scale: bool = True
    shift: bool = True
    statistics: bool = True

    def in_training(self) -> BatchNorm:
        """By the statistics of the batch, as one that keeps none."""
        return replace(self, statistics=False)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(shape.channels, int(self.scale), int(self.shift), 0),)

    def buffers(self, shape: Shape) -> int:
        return 2 * shape.channels if self.statistics else 0

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return IDENTITY if self.statistics else STATISTICS
