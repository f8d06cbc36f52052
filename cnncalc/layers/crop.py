"""Cropping: the border is cut away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Word, spread
from cnncalc.layers.sliding import Padding, paddings, pair_at
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Crop(Layer):
    """Takes ``border`` positions away on both sides of every axis (U-Net's skips).

    >>> Crop(4).output(Shape((64, 64), 512))
    Shape(space=(56, 56), channels=512)
    """

    keywords: ClassVar = {"crop": {}}
    word: ClassVar = Word(options={"p": ("border", "padding")})
    sized: ClassVar = ("border",)

    border: Padding = 1

    def __post_init__(self) -> None:
        if isinstance(self.border, str):
            raise LayerError(_("crop: {border} is not a number: write crop,p4 or crop,p0/1").format(border=self.border))
        object.__setattr__(self, "border", paddings("crop", self.border))

    def output(self, shape: Shape) -> Shape:
        spread("crop", "border", tuple(range(len(self.border))), shape)  # type: ignore[arg-type]
        space = tuple(size - sum(pair_at(self.border, axis)) for axis, size in enumerate(shape.space))
        for axis, size in enumerate(space):
            if size < 1:
                raise ShapeError(
                    _("crop: {cut} positions can't be cut from {size}: cut fewer").format(
                        cut=sum(pair_at(self.border, axis)), size=shape.space[axis]
                    )
                )
        return Shape(space, shape.channels)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return Reach(1, (Taps(pair_at(self.border, axis)[0]),))
