"""Convolution: every output position uses the same filters on its own window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.fields import Reach
from cnncalc.layers.base import FilterBank, Size, Word, check_groups, grouped, whole
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Filtering, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Conv(Filtering):
    """A convolution in one to three dimensions (cross-correlation, as every framework computes it).

    >>> Conv(3, 64).output(Shape((224, 224), 3))
    Shape(space=(222, 222), channels=64)
    """

    keywords: ClassVar = {"conv": {}}
    word: ClassVar = Word(
        "kernel", "filters", "stride", {**SLIDING_OPTIONS, "g": ("groups", "count"), "nobias": ("bias", False)}
    )
    letters: ClassVar = {**Filtering.letters, "groups": "g"}
    equation: ClassVar = "g c S K, g o c K -> g o S"  # the weights have no S: all positions share them

    kernel: Size
    filters: int | None = None
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        self._check_window()
        whole("conv", "groups", self.groups)

    def output(self, shape: Shape) -> Shape:
        check_groups("conv", self.groups, shape.channels, self.channels_out(shape))
        return Shape(self.space(shape), self.channels_out(shape))

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        fan_in = formulas.fan_in(self.kernel_of(shape), shape.channels, self.groups)
        return (FilterBank(output.channels, fan_in, int(self.bias), output.numbers),)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return grouped(self.groups, before, after)

    reach = Sliding.reach  # the taps of the window, a stride apart
