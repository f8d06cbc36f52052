"""Join: maps behind each other along one axis, as detectors write the positions of all their maps in one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, SOMEWHERE, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Join(Layer):
    """Positions of maps of as many channels, one map after the other along ``axis`` (Liu et al. 2016, SSD).

    A unit reads its own map, and nothing of the others. Which that is depends on how large they are, so that there is no
    field of them all; what one unit reads is known.

    >>> Join().merged((Shape((64,), 4), Shape((16,), 4)))
    Shape(space=(80,), channels=4)
    """

    keywords: ClassVar = {"join": {}}
    word: ClassVar = Word(options={"axis": ("axis", "count0")})
    merges: ClassVar = True

    axis: int = 0

    def __post_init__(self) -> None:
        whole("join", "axis", self.axis, least=0)

    @property
    def uneven(self) -> bool:
        return True

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The map that is as long as all together; `ShapeError` where they differ in anything else."""
        space = shapes[0].space
        if self.axis >= len(space):
            raise ShapeError(
                _("join: there is no axis {axis} in {shape}: axes are counted from 0").format(
                    axis=self.axis, shape=shapes[0]
                )
            )
        if len({(*_without(shape.space, self.axis), shape.channels, len(shape.space)) for shape in shapes}) > 1:
            raise ShapeError(
                _("join: {shapes} don't fit together: they may only differ in their size on axis {axis}").format(
                    shapes=_(" and ").join(map(str, shapes)), axis=self.axis
                )
            )
        length = sum(shape.space[self.axis] for shape in shapes)
        return Shape((*space[: self.axis], length, *space[self.axis + 1 :]), shapes[0].channels)

    def branch(self, branch: int, axis: int, extent: int | None, merged: int | None) -> Reach:
        return SOMEWHERE if axis == self.axis or merged is None else IDENTITY

    def placed(self, branch: int, shapes: tuple[Shape, ...]) -> tuple[Reach, ...]:
        before = sum(shape.space[self.axis] for shape in shapes[:branch])
        own = Reach(1, (Taps(-before),))  # what is outside of its map is nothing to a branch
        return tuple(own if axis == self.axis else IDENTITY for axis in range(len(shapes[branch].space)))


def _without(space: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*space[:axis], *space[axis + 1 :])
