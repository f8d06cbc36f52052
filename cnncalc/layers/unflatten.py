"""Unflatten: a vector as a map, as decoders and squeeze-and-excitation begin it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, SOMEWHERE, WHOLE, Reach
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, sizes
from cnncalc.shapes import Shape
from cnncalc.symbols import product


@final
@dataclass(frozen=True, slots=True)
class Unflatten(Layer):
    """``space`` is the size of every axis of the map, one number for each; the channels are what remains.

    After a dense layer every position reads what that layer read. Of a map that was only flattened it reads some place:
    which of its positions a new one takes depends on the order they were written in.

    >>> Unflatten((4, 4)).output(Shape((), 8192))
    Shape(space=(4, 4), channels=512)
    """

    keywords: ClassVar = {"unflatten": {}}
    word: ClassVar = Word("space")
    sized: ClassVar = ("space",)

    space: Size

    def __post_init__(self) -> None:
        # one number per axis is kept as it is: how many axes there are is what this layer decides
        checked = self.space if isinstance(self.space, tuple) else (self.space,)
        sizes("unflatten", "size", checked)
        object.__setattr__(self, "space", checked)

    def output(self, shape: Shape) -> Shape:
        space = self.space if isinstance(self.space, tuple) else (self.space,)
        if shape.numbers % product(space):
            raise ShapeError(
                _("unflatten: {number} numbers don't fill {space}: take a multiple of {positions}").format(
                    number=shape.numbers, space="x".join(map(str, space)), positions=product(space)
                )
            )
        return Shape(space, shape.numbers // product(space))

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return WHOLE if size == 1 else SOMEWHERE

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return IDENTITY if before == after is not None else None

    @property
    def selects(self) -> bool:
        return True  # some numbers of the vector for each place
