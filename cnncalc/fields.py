"""Which inputs a unit reads, on one axis: taps, reaches, and the sets they add up to.

A layer states its `Reach`: which units of the layer before it one of its own units reads. Composing reaches gives the
receptive field. Everything here is about one axis; an image has two of them and a layer may differ between them.

Source: Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019; the sets,
the phases and the clipping are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cnncalc.errors import LimitError
from cnncalc.language import _

LONGEST_PERIOD = 65_536
"""Fields that repeat only after more units than this are not followed."""


class Taps(NamedTuple):
    """The inputs one unit reads: ``first, first + step, …``, ``number`` of them; none when that is 0.

    >>> Taps(-2, 3, 2).indices
    range(-2, 4, 2)
    """

    first: int
    number: int = 1
    step: int = 1

    @property
    def last(self) -> int:
        return self.first + (self.number - 1) * self.step

    @property
    def indices(self) -> range:
        return range(self.first, self.first + self.number * self.step, self.step)


DROP, CLAMP, REFLECT, WRAP = "drop", "clamp", "reflect", "wrap"
"""What a tap outside the map does: reads nothing (zero padding), or reads the edge, the mirror image, the far side."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which inputs each unit of a layer reads on one axis: unit ``q·period + r`` reads ``q·jump`` + ``phases[r]``.

    A sliding window has one phase and its stride as jump; a transposed convolution has as many phases as its stride.
    ``border`` tells what a tap outside the map does.

    >>> Reach(2, (Taps(-1, 3),)).taps(5)
    Taps(first=9, number=3, step=1)
    """

    jump: int
    phases: tuple[Taps, ...]
    border: str = DROP

    @property
    def period(self) -> int:
        return len(self.phases)

    def taps(self, unit: int) -> Taps:
        """The taps of one unit, before anything is clipped."""
        turn, phase = divmod(unit, len(self.phases))
        taps = self.phases[phase]
        return Taps(taps.first + turn * self.jump, taps.count, taps.step)


IDENTITY = Reach(1, (Taps(0),))
"""Unit i reads input i."""

WHOLE = Reach(0, ())
"""Every unit reads every input of the axis: dense layers, global pools, attention."""


def check_period(kind: str, period: int) -> None:
    """`LimitError` for a reach with more phases than are followed."""
    if period > LONGEST_PERIOD:
        raise LimitError(
            _("{kind}: units repeat only every {period}, more than the {most} that are followed: enlarge less").format(
                kind=kind, period=period, most=LONGEST_PERIOD
            )
        )
