"""Global pooling: one number per channel, from every position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import WHOLE
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class GlobalPool(Layer):
    """The axes stay, with size 1, so that what comes out can scale a map again (squeeze-and-excitation).

    >>> GlobalPool().output(Shape((7, 7), 512))
    Shape(space=(1, 1), channels=512)
    """

    keywords: ClassVar = {
        "globalavgpool": {"op": "avg"},
        "globalmaxpool": {"op": "max"},
        "globallppool": {"op": "lp"},
    }
    reads: ClassVar = WHOLE

    op: str = "avg"

    def output(self, shape: Shape) -> Shape:
        return Shape((1,) * len(shape.space), shape.channels)
