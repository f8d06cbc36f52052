"""Channel shuffle: channels of different groups change places, positions stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import LONGEST_PERIOD, Reach, Taps
from cnncalc.layers.base import Layer, Word, check_groups, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class ChannelShuffle(Layer):
    """Between grouped convolutions (ShuffleNet, Zhang et al. 2018).

    >>> ChannelShuffle(2).output(Shape((28, 28), 116))
    Shape(space=(28, 28), channels=116)
    """

    keywords: ClassVar = {"channelshuffle": {}}
    word: ClassVar = Word(options={"g": ("groups", "count")})

    groups: int = 2

    def __post_init__(self) -> None:
        whole("channelshuffle", "groups", self.groups)

    def output(self, shape: Shape) -> Shape:
        check_groups("channelshuffle", self.groups, shape.channels, shape.channels)
        return shape

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        if before is None or self.groups > LONGEST_PERIOD:
            return None
        return Reach(1, tuple(Taps(group * (before // self.groups)) for group in range(self.groups)))
