"""Multi-head self-attention over the positions of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import WHOLE
from cnncalc.layers.base import FilterBank, Layer, Word, check_groups, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Attention(Layer):
    """Query, key, value and output projections of C channels, ``heads`` heads (Vaswani et al. 2017): 4C(C + 1).

    MACs: 4·n·C² for the projections and 2·n²·C for scores and mixing, over n positions.

    >>> Attention(8).banks(Shape((7, 7), 64), Shape((7, 7), 64))[0]
    FilterBank(filters=256, fan_in=64, bias=1, outputs=12544)
    """

    keywords: ClassVar = {"attention": {}}
    word: ClassVar = Word(options={"h": ("heads", "count"), "nobias": ("bias", False)})
    letters: ClassVar = {"heads": "h"}
    reads: ClassVar = WHOLE
    mixes: ClassVar = WHOLE

    heads: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        whole("attention", "heads", self.heads)

    def output(self, shape: Shape) -> Shape:
        check_groups("attention", self.heads, shape.channels, shape.channels)
        return shape

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        channels, positions = shape.channels, shape.positions
        projections = FilterBank(4 * channels, channels, int(self.bias), positions * (4 * channels))
        scores = FilterBank(0, channels, 0, positions * positions)
        mixing = FilterBank(0, positions, 0, shape.numbers)
        return projections, scores, mixing
