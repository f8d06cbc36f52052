"""Tiled convolution: a small grid of filters used in turn, between a convolution and a locally connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.layers.base import FilterBank, Size, Sizes, Word, at, sizes, spread
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Filtering, Padding
from cnncalc.shapes import Shape
from cnncalc.symbols import product


@final
@dataclass(frozen=True, slots=True)
class Tiled(Filtering):
    """A ``tile`` × ``tile`` grid of filters repeats over the positions (Goodfellow et al. 2016, §9.5, eq. 9.10).

    ``tile=1`` is a convolution; a tile as large as the output is a locally connected layer.

    >>> Tiled(2, 1, tile=2, bias=False).banks(Shape((6,), 1), Shape((5,), 1))
    (FilterBank(filters=2, fan_in=2, bias=0, outputs=5),)
    """

    keywords: ClassVar = {"tiled": {}}
    word: ClassVar = Word(
        "kernel",
        "filters",
        "stride",
        {**SLIDING_OPTIONS, "t": ("tile", "size"), "nobias": ("bias", False)},
    )
    letters: ClassVar = {**Filtering.letters, "tile": "t"}
    sized: ClassVar = (*Filtering.sized, "tile")

    kernel: Size
    filters: int | None = None
    tile: Size = (2,)
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    bias: bool = True

    def __post_init__(self) -> None:
        self._check_window()
        object.__setattr__(self, "tile", sizes("tiled", "tile", self.tile))

    def output(self, shape: Shape) -> Shape:
        spread("tiled", "tile", self.tile, shape)
        return Shape(self.space(shape), self.channels_out(shape))

    def tiles(self, output: Shape) -> Sizes:
        """How many different filters there are along each axis: the tile, or fewer if there are fewer positions."""
        return tuple(map(min, spread("tiled", "tile", self.tile, output), output.space))

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        filters = product((*self.tiles(output), output.channels))
        fan_in = formulas.fan_in(self.kernel_of(shape), shape.channels)
        return (FilterBank(filters, fan_in, int(self.bias), output.numbers),)

    def cycle(self, axis: int) -> int | None:
        return at(self.tile, axis)
