"""Roll: every position takes the place so many further on, and what leaves at one end enters at the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import WRAP, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, at, sizes, spread
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Roll(Layer):
    """Unit i reads i − ``shift``, or i + ``shift`` where it goes ``back``, round the end (`torch.roll`, Swin's shift).

    On the endless lattice, where the map comes again behind its end, that only moves where units begin to read.

    >>> Roll(2).reach(0, 8).taps(0), Roll(2, back=True).reach(0, 8).taps(0)
    (Taps(first=-2, number=1, step=1), Taps(first=2, number=1, step=1))
    """

    keywords: ClassVar = {"roll": {}}
    word: ClassVar = Word(options={"s": ("shift", "size0"), "back": ("back", True)})
    sized: ClassVar = ("shift",)

    shift: Size = (1,)
    back: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "shift", sizes("roll", "shift", self.shift, least=0))

    def output(self, shape: Shape) -> Shape:
        for size, shift in zip(shape.space, spread("roll", "shift", self.shift, shape), strict=True):
            if shift > size:
                raise ShapeError(
                    _("roll: {shift} is more than once round {size} positions: take s{rest}").format(
                        shift=shift, size=size, rest=shift % size
                    )
                )
        return shape

    def reach(self, axis: int, size: int | None) -> Reach | None:
        shift = at(self.shift, axis)
        return Reach(1, (Taps(shift if self.back else -shift),), WRAP)
