"""Pooling: a window that takes the largest, the mean or a power mean of what it covers, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc import formulas
from cnncalc.errors import LayerError
from cnncalc.language import _
from cnncalc.layers.base import Size, Word, at
from cnncalc.layers.sliding import NONE, SLIDING_OPTIONS, Padding, Sliding
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Pool(Sliding):
    """``stride`` is the kernel unless given. ``ceil`` rounds the size up by PyTorch's rule.

    ``exclude_padding`` (averages divide by what is really there) changes values, never counts.

    >>> Pool(3, stride=2, ceil=True).output(Shape((112, 112), 64))
    Shape(space=(56, 56), channels=64)
    """

    keywords: ClassVar = {"maxpool": {"op": "max"}, "avgpool": {"op": "avg"}, "lppool": {"op": "lp"}}
    word: ClassVar = Word(
        "kernel",
        "",
        "stride",
        {**SLIDING_OPTIONS, "ceil": ("ceil", True), "excludepad": ("exclude_padding", True)},
    )
    letters: ClassVar = {"kernel": "k"}

    kernel: Size
    op: str = "max"
    stride: Size = ()
    padding: Padding = NONE
    dilation: Size = (1,)
    ceil: bool = False
    exclude_padding: bool = False

    def __post_init__(self) -> None:
        if self.stride == ():
            object.__setattr__(self, "stride", self.kernel)
        if self.op not in ("max", "avg", "lp"):
            raise LayerError(_("pool: op {op} is not known: take max, avg or lp").format(op=repr(self.op)))
        self._check_window()

    def output(self, shape: Shape) -> Shape:
        return Shape(self.space(shape), shape.channels)

    def positions(self, axis: int, size: int) -> int:
        if not self.ceil or isinstance(self.padding, str):
            return super(Pool, self).positions(axis, size)
        before, after = self.sides(axis, size)
        return formulas.positions_ceil(
            size, before, after, at(self.kernel, axis), at(self.stride, axis), at(self.dilation, axis)
        )
