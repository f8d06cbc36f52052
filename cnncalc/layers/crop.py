"""Cropping: the border is cut away, or all but the first positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, sizes, spread
from cnncalc.layers.sliding import Padding, paddings, pair_at
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Crop(Layer):
    """Takes ``border`` positions away on both sides of every axis (U-Net's skips), 1 unless given.

    With ``to`` there is no border unless given, and of what it leaves the first ``to`` positions are kept
    (a transformer's class token).

    >>> Crop(4).output(Shape((64, 64), 512)), Crop(to=1).output(Shape((197,), 768))
    (Shape(space=(56, 56), channels=512), Shape(space=(1,), channels=768))
    """

    keywords: ClassVar = {"crop": {}}
    word: ClassVar = Word(options={"p": ("border", "padding"), "to": ("to", "size")})
    sized: ClassVar = ("border", "to")

    border: Padding = ()
    to: Size | None = None

    def __post_init__(self) -> None:
        if isinstance(self.border, str):
            raise LayerError(_("crop: {border} is not a number: write crop,p4 or crop,p0/1").format(border=self.border))
        if self.to is not None:
            object.__setattr__(self, "to", sizes("crop", "to", self.to))
        border = self.border if self.border != () else int(self.to is None)
        object.__setattr__(self, "border", paddings("crop", border))

    def output(self, shape: Shape) -> Shape:
        spread("crop", "border", tuple(range(len(self.border))), shape)  # type: ignore[arg-type]
        left = self._without_border(shape)
        if self.to is None:
            return Shape(left, shape.channels)
        kept = spread("crop", "to", self.to, shape)
        for size, wanted in zip(left, kept, strict=True):
            if wanted > size:
                raise ShapeError(
                    _("crop: the first {wanted} of {size} positions are more than there are: take to ≤ {size}").format(
                        wanted=wanted, size=size
                    )
                )
        return Shape(kept, shape.channels)

    def _without_border(self, shape: Shape) -> tuple[int, ...]:
        space = tuple(size - sum(pair_at(self.border, axis)) for axis, size in enumerate(shape.space))
        for axis, size in enumerate(space):
            if size < 1:
                raise ShapeError(
                    _("crop: {cut} positions can't be cut from {size}: cut fewer").format(
                        cut=sum(pair_at(self.border, axis)), size=shape.space[axis]
                    )
                )
        return space

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return Reach(1, (Taps(pair_at(self.border, axis)[0]),))
