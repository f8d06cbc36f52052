"""An unknown operator: what is known of it, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.layers.base import FilterBank, Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Unknown(Layer):
    """Holds the place of ``operator``, which a file has and no kind describes.

    ``to`` is the shape that comes out as ``(*space, channels)`` where the file says it, else that of the input;
    ``learnt`` how many numbers it stores, as far as the file shows. Every count is a lower bound, its field unknown.

    >>> Unknown("com.example.Magic", (7, 7, 64)).output(Shape((14, 14), 32))
    Shape(space=(7, 7), channels=64)
    """

    keywords: ClassVar = {"unknown": {}}
    word: ClassVar = Word("to", "", "", {"w": ("learnt", "count0"), "of:": ("operator", "text")})
    reads: ClassVar = None

    operator: str = ""
    to: tuple[int, ...] = ()
    learnt: int = 0

    def __post_init__(self) -> None:
        for size in self.to:
            whole("unknown", "size", size)
        whole("unknown", "learnt", self.learnt, least=0)

    def output(self, shape: Shape) -> Shape:
        return Shape(self.to[:-1], self.to[-1]) if self.to else shape

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.learnt, 1, 0, 0),)
