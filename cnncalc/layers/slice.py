"""Slicing: a range of channels, the same range of every so many, or every n-th position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import LONGEST_PERIOD, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, at, sizes, spread, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Slice(Layer):
    """Channels ``first`` … ``stop`` − 1 (all by default) and positions 0, ``stride``, 2·``stride``, ….

    They are those of each block of ``of`` channels, where that is given: the queries of every head of attention.

    >>> Slice(0, 58).output(Shape((28, 28), 116)), Slice(stride=2).output(Shape((7, 7), 8))
    (Shape(space=(28, 28), channels=58), Shape(space=(4, 4), channels=8))
    >>> Slice(0, 16, of=48).output(Shape((14, 14), 384))
    Shape(space=(14, 14), channels=128)
    """

    keywords: ClassVar = {"slice": {}}
    word: ClassVar = Word(
        stride="stride", options={"from": ("first", "count0"), "to": ("stop", "count"), "of": ("of", "count")}
    )
    sized: ClassVar = ("stride",)

    first: int = 0
    stop: int | None = None
    stride: Size = (1,)
    of: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", sizes("slice", "stride", self.stride))
        if self.of is not None:
            whole("slice", "of", self.of)
        whole("slice", "from", self.first, least=0)
        if self.stop is not None and whole("slice", "to", self.stop) <= self.first:
            raise LayerError(
                _("slice: channels {first} to {stop} are none: take to > {first}").format(
                    first=self.first, stop=self.stop
                )
            )

    def output(self, shape: Shape) -> Shape:
        block = self.of or shape.channels
        stop = block if self.stop is None else self.stop
        if stop > block or self.first >= stop:
            raise ShapeError(
                _("slice: channels {first} to {stop} are not all among the {channels} there are").format(
                    first=self.first, stop=stop, channels=block
                )
            )
        if shape.channels % block:
            raise ShapeError(
                _("slice: {channels} channels are no whole number of blocks of {of}").format(
                    channels=shape.channels, of=block
                )
            )
        strides = spread("slice", "stride", self.stride, shape)
        space = tuple(-(-size // stride) for size, stride in zip(shape.space, strides, strict=True))
        return Shape(space, (stop - self.first) * (shape.channels // block))

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return Reach(at(self.stride, axis), (Taps(0),))

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        if self.of is None:
            return Reach(1, (Taps(self.first),))
        taken = range(self.first, self.stop or self.of)
        return Reach(self.of, tuple(map(Taps, taken))) if len(taken) <= LONGEST_PERIOD else None

    @property
    def selects(self) -> bool:
        return self.first > 0 or self.stop is not None
