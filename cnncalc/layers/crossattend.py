"""Attention whose keys are others than its queries: fewer, or of another map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, WHOLE, Reach
from cnncalc.language import _
from cnncalc.layers.base import Channels, FilterBank, Layer, Word, check_groups, whole
from cnncalc.shapes import Shape

QUERIES = 0
"""The branch that queries come from; keys and values follow."""


@final
@dataclass(frozen=True, slots=True)
class CrossAttend(Layer):
    """As `Attend` does, of three maps: queries, keys, values (Wang et al. 2021, PVT, whose keys are pooled ones).

    A unit reads its own query, and all keys and values. Nothing is learnt; over n queries and m keys of C channels, with
    values of D, MACs are n·m·(C + D), whatever the number of heads.

    >>> CrossAttend(2).merged((Shape((8, 8), 64), Shape((2, 2), 64), Shape((2, 2), 128)))
    Shape(space=(8, 8), channels=128)
    """

    keywords: ClassVar = {"crossattend": {}}
    word: ClassVar = Word(options={"h": ("heads", "count")})
    letters: ClassVar = {"heads": "h"}
    mixes: ClassVar = None  # queries and keys of a head, and one value
    merges: ClassVar = True

    heads: int = 1

    def __post_init__(self) -> None:
        whole("crossattend", "heads", self.heads)

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The places of the queries, with the channels of the values."""
        if len(shapes) != 3:
            raise ShapeError(
                _("crossattend: it takes queries, keys and values, not {count} maps").format(count=len(shapes))
            )
        query, key, value = shapes
        if query.channels != key.channels or key.space != value.space:
            raise ShapeError(
                _(
                    "crossattend: queries {query}, keys {key} and values {value} don't fit together: queries and keys "
                    "need as many channels, keys and values the same places"
                ).format(query=query, key=key, value=value)
            )
        for shape in (key, value):
            check_groups("crossattend", self.heads, shape.channels, shape.channels)
        return Shape(query.space, value.channels)

    def merged_banks(self, shapes: tuple[Shape, ...], output: Shape) -> tuple[FilterBank, ...]:
        query, key, _value = shapes
        scores = FilterBank(0, query.channels, 0, query.positions * key.positions)
        return scores, FilterBank(0, key.positions, 0, output.numbers)

    def branch(self, branch: int, axis: int, extent: int | None, merged: int | None) -> Reach:
        return IDENTITY if branch == QUERIES else WHOLE

    def placed(self, branch: int, shapes: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return (IDENTITY if branch == QUERIES else WHOLE,) * len(shapes[branch].space)

    def parted(self, channels: Channels, branches: tuple[int, ...]) -> Iterator[tuple[int, Channels]]:
        return ((branch, None) for branch in range(len(branches)))
