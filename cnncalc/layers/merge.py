"""Where branches meet: add, multiply, concatenate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.language import _
from cnncalc.layers.base import Channels, Layer
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

    @property
    def spreads(self) -> bool:
        return self.op == "concat"

    def parted(self, channels: Channels, branches: tuple[int, ...]) -> Iterator[tuple[int, Channels]]:
        """Which channels of each branch are read, by their numbers of channels; branches that are not are left out.

        >>> from cnncalc.sets import Inputs
        >>> list(Merge("concat").parted(Inputs(6, 9), (4, 4, 4)))
        [(1, Inputs(first=2, last=3, step=1, mask=0)), (2, Inputs(first=0, last=1, step=1, mask=0))]
        """
        starts = accumulate(branches[:-1], initial=0)
        for branch, (start, count) in enumerate(zip(starts, branches, strict=True)):
            if channels is None or self.op != "concat":
                yield branch, channels if count > 1 else None
            elif (read := channels.within(start, start + count - 1)) is not None:
                yield branch, read.shifted(-start)

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
