"""Gated linear unit: half of the channels, each opened or closed by one of the other half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class GLU(Layer):
    """The first half of the channels times the sigmoid of the second (Dauphin et al. 2017). Nothing is learnt.

    >>> GLU().output(Shape((28, 28), 128))
    Shape(space=(28, 28), channels=64)
    """

    keywords: ClassVar = {"glu": {}}

    def output(self, shape: Shape) -> Shape:
        if shape.channels % 2:
            raise ShapeError(
                _("glu: {channels} channels have no two halves: take an even number").format(channels=shape.channels)
            )
        return Shape(shape.space, shape.channels // 2)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return None if after is None else Reach(1, (Taps(0, 2, after),))
