"""Fully connected layer: every unit sees every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import WHOLE
from cnncalc.layers.base import FilterBank, Layer, Word, whole
from cnncalc.shapes import Shape
from cnncalc.symbols import Term


@final
@dataclass(frozen=True, slots=True)
class Dense(Layer):
    """``units`` units over all numbers of the input, flattened.

    >>> Dense(4096).banks(Shape((224, 224), 3), Shape((), 4096))
    (FilterBank(filters=4096, fan_in=150528, bias=1, outputs=4096),)
    """

    keywords: ClassVar = {"fc": {}, "dense": {}, "linear": {}}
    word: ClassVar = Word(channels="units", options={"nobias": ("bias", False)})
    letters: ClassVar = {"units": "N"}
    equation: ClassVar = "c S, u c S -> u"  # nothing slides: a weight for every number, for every unit
    reads: ClassVar = WHOLE  # what `reach` says of every axis
    mixes: ClassVar = WHOLE

    units: int
    bias: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.units, Term):  # units worked out from a map, 222·222·64, are not an option to bound
            whole("fc", "units", self.units)

    def output(self, shape: Shape) -> Shape:
        return Shape((), self.units)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.units, shape.numbers, int(self.bias), self.units),)
