"""Group normalisation: statistics of a group of channels over the whole map; with one channel a group, instance norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import STATISTICS, Reach
from cnncalc.layers.base import FilterBank, Layer, Word, check_groups, grouped, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class GroupNorm(Layer):
    """2C parameters (Wu & He 2018). Every unit also reads the whole map, through the mean and the variance.

    >>> GroupNorm(32).banks(Shape((8, 8), 64), Shape((8, 8), 64))
    (FilterBank(filters=64, fan_in=1, bias=1, outputs=0),)
    """

    keywords: ClassVar = {"gn": {}, "groupnorm": {}}
    word: ClassVar = Word(
        options={
            "g": ("groups", "count"),
            "noaffine": (("scale", "shift"), False),
            "noscale": ("scale", False),
            "noshift": ("shift", False),
        }
    )
    reads: ClassVar = STATISTICS

    groups: int = 1
    scale: bool = True
    shift: bool = True

    def __post_init__(self) -> None:
        whole("gn", "groups", self.groups)

    def output(self, shape: Shape) -> Shape:
        check_groups("gn", self.groups, shape.channels, shape.channels)
        return shape

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(shape.channels, int(self.scale), int(self.shift), 0),)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return grouped(self.groups, before, after)
