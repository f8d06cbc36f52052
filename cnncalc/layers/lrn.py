"""Local response normalisation: each number by its neighbours in the channels beside it (AlexNet 2012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.fields import Reach, Taps
from cnncalc.layers.base import Layer, Word, whole


@final
@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Layer):
    """Nothing is learnt and no other position is read; ``channels`` is how many neighbouring channels are.

    >>> str(LocalResponseNorm())
    'LocalResponseNorm()'
    """

    keywords: ClassVar = {"lrn": {}}
    word: ClassVar = Word(channels="channels")

    channels: int = 5

    def __post_init__(self) -> None:
        whole("lrn", "channels", self.channels)

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        return Reach(1, (Taps(-(self.channels // 2), self.channels),))
