"""The mixing step of attention: scores of queries and keys, and the values they weigh; projections stand outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import IDENTITY, WHOLE
from cnncalc.layers.base import Channels, FilterBank, Layer, Way, Word, check_groups, whole
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Attend(Layer):
    """Scaled dot-product attention over all positions (Vaswani et al. 2017, eq. 1) of C-channel queries, keys, values.

    They come as one map of 3C channels, as most networks project them. Nothing is learnt; MACs are 2·n²·C over n
    positions, whatever the number of heads.

    >>> Attend(3).output(Shape((14, 14), 576))
    Shape(space=(14, 14), channels=192)
    """

    keywords: ClassVar = {"attend": {}}
    word: ClassVar = Word(options={"h": ("heads", "count")})
    letters: ClassVar = {"heads": "h"}
    reads: ClassVar = WHOLE
    mixes: ClassVar = None  # queries and keys of a head, and one value: no window says that

    heads: int = 1

    def __post_init__(self) -> None:
        whole("attend", "heads", self.heads)

    @property
    def selects(self) -> bool:
        return True  # of its own place a unit reads the query, and of the others the keys and values

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        if channels is not None:
            yield from Layer.ways(self, channels, shape, output)
            return
        yield Way(Inputs(0, output.channels - 1), (IDENTITY,) * len(shape.space))
        yield Way(Inputs(output.channels, shape.channels - 1))

    def output(self, shape: Shape) -> Shape:
        check_groups("attend", 3 * self.heads, shape.channels, shape.channels)
        return Shape(shape.space, shape.channels // 3)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        scores = FilterBank(0, output.channels, 0, shape.positions * shape.positions)
        mixing = FilterBank(0, shape.positions, 0, output.numbers)
        return scores, mixing
