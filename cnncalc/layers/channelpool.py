"""Pooling over channels: one number per position, from all its channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.fields import WHOLE
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape

OPS = ("avg", "max")


@final
@dataclass(frozen=True, slots=True)
class ChannelPool(Layer):
    """The mean or the largest of the channels at every position (Woo et al. 2018, CBAM). Nothing is learnt.

    >>> ChannelPool("max").output(Shape((28, 28), 64))
    Shape(space=(28, 28), channels=1)
    """

    keywords: ClassVar = {"channelavgpool": {"op": "avg"}, "channelmaxpool": {"op": "max"}}
    mixes: ClassVar = WHOLE

    op: str = "avg"

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise LayerError(_("channelpool: op {op} is not known: take avg or max").format(op=repr(self.op)))

    def output(self, shape: Shape) -> Shape:
        return Shape(shape.space, 1)
