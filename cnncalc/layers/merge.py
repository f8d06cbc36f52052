"""Where branches meet: add, multiply, concatenate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape

OPS = ("add", "mul", "concat")


@final
@dataclass(frozen=True, slots=True)
class Merge(Layer):
    """``add`` and ``mul`` number by number, a single channel or position stretched to fit; ``concat`` along channels.

    >>> Merge("concat").merged((Shape((8, 8), 16), Shape((8, 8), 32)))
    Shape(space=(8, 8), channels=48)
    >>> Merge("mul").merged((Shape((8, 8), 16), Shape((1, 1), 16)))
    Shape(space=(8, 8), channels=16)
    """

    merges: ClassVar = True
    keywords: ClassVar = {op: {"op": op} for op in OPS}

    op: str = "add"

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise LayerError(_("merge {op} is not known: take add, mul or concat").format(op=repr(self.op)))

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape of the result; `ShapeError` with all shapes where they don't fit together."""
        if len({len(shape.space) for shape in shapes}) > 1:
            raise self._misfit(shapes)
        if self.op == "concat":
            if len({shape.space for shape in shapes}) > 1:
                raise self._misfit(shapes)
            return Shape(shapes[0].space, sum(shape.channels for shape in shapes))
        space = tuple(self._stretched(shapes, sizes) for sizes in zip(*(s.space for s in shapes), strict=True))
        return Shape(space, self._stretched(shapes, tuple(shape.channels for shape in shapes)))

    def _stretched(self, shapes: tuple[Shape, ...], sizes: tuple[int, ...]) -> int:
        largest = max(sizes)
        if any(size not in (1, largest) for size in sizes):
            raise self._misfit(shapes)
        return largest

    def _misfit(self, shapes: tuple[Shape, ...]) -> ShapeError:
        return ShapeError(
            _("{op}: {shapes} don't fit together: make the branches end in {same}").format(
                op=self.op,
                shapes=_(" and ").join(map(str, shapes)),
                same=_("the same spatial size") if self.op == "concat" else _("the same shape"),
            )
        )
