"""Sets of whole numbers with holes: the inputs that a unit reads on one axis."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple


class Inputs(NamedTuple):
    """A set of inputs: from ``first`` to ``last``, ``step`` apart, all of them unless ``mask`` tells which.

    Bit b of ``mask`` stands for input ``first + b·step``. `UNFOLLOWED` as a mask means that the ends are exact but the
    holes between them are too many to follow. `ALL` is every input of an axis of unknown size.

    >>> Inputs(-6, 6, 2).number, Inputs(-6, 6, 2).size
    (7, 13)
    """

    first: int
    last: int
    step: int = 1
    mask: int = 0

    @property
    def size(self) -> int:
        """From the first to the last: what is called the size of the receptive field."""
        return self.last - self.first + 1

    @property
    def number(self) -> int | None:
        """How many inputs are really read; `None` where that was not followed."""
        if self.mask == UNFOLLOWED:
            return None
        return self.mask.bit_count() if self.mask else (self.last - self.first) // self.step + 1

    def shifted(self, by: int) -> Inputs:
        """The same set, ``by`` inputs further on."""
        return self if self is ALL else Inputs(self.first + by, self.last + by, self.step, self.mask)

    def plus(self, first: int, number: int, step: int) -> Inputs:
        """The union of ``number`` copies, shifted by ``first``, ``first + step``, …: what a window over units reads.

        >>> Inputs(0, 2).plus(-1, 3, 1), Inputs(0, 0).plus(0, 3, 4)
        (Inputs(first=-1, last=3, step=1, mask=0), Inputs(first=0, last=8, step=4, mask=0))
        """
        if self is ALL:
            return self
        if number == 1 or step == 0:
            return self.shifted(first)
        start, last = self.first + first, self.last + first + (number - 1) * step
        if not self.mask:
            # copies of a grid are a grid again where nothing is left out between them, however long: no mask is needed
            if self.first == self.last:
                return Inputs(start, last, step)
            if step % self.step == 0 and step <= self.last - self.first + self.step:  # the next begins before this ends
                return Inputs(start, last, self.step)
            if self.step % step == 0 and self.step <= number * step:  # the copies fill what is between two members
                return Inputs(start, last, step)
        fine = gcd(self.step, step)
        if self.mask == UNFOLLOWED or (last - start) // fine >= MOST_HOLES:
            return Inputs(start, last, 1, UNFOLLOWED)
        return _from_mask(start, fine, _copies(self._bits(fine), number, step // fine))

    def union(self, other: Inputs) -> Inputs:
        """Both sets together.

        >>> Inputs(0, 2).union(Inputs(3, 5)), Inputs(0, 1).union(Inputs(3, 3)).number
        (Inputs(first=0, last=5, step=1, mask=0), 3)
        """
        if self is ALL or other is ALL:
            return ALL
        if self.covers(other):  # only faster: what is below would find the same
            return self
        if other.covers(self):
            return other
        first, last = min(self.first, other.first), max(self.last, other.last)
        fine = gcd(self._step(), other._step(), self.first - other.first)
        if not self.mask and not other.mask:
            near = max(self.first, other.first) <= min(self.last, other.last) + fine
            if near and all(reads._step() in (0, fine) for reads in (self, other)):
                return Inputs(first, last, fine)
        if UNFOLLOWED in (self.mask, other.mask) or (last - first) // fine >= MOST_HOLES:
            return Inputs(first, last, 1, UNFOLLOWED)
        bits = self._bits(fine) << ((self.first - first) // fine) | other._bits(fine) << ((other.first - first) // fine)
        return _from_mask(first, fine, bits)

    def covers(self, other: Inputs) -> bool:
        """Whether ``other`` is a part of this set, as far as can be told without looking into masks."""
        if self.mask or other.first < self.first or other.last > self.last:
            return self == other
        return (other.first - self.first) % self.step == 0 and (
            other.first == other.last or other.step % self.step == 0
        )

    def within(self, first: int, last: int) -> Inputs | None:
        """What of the set lies from ``first`` to ``last``; `None` if nothing does.

        >>> Inputs(-3, 5, 2).within(0, 4)
        Inputs(first=1, last=3, step=2, mask=0)
        """
        if first <= self.first and self.last <= last:  # the very same set, by which others see that nothing was cut
            return self
        low = max(0, -((self.first - first) // self.step))
        high = (min(last, self.last) - self.first) // self.step
        if low > high:
            return None
        if not self.mask:
            return Inputs(self.first + low * self.step, self.first + high * self.step, self.step)
        if self.mask == UNFOLLOWED:
            return Inputs(max(first, self.first), min(last, self.last), 1, UNFOLLOWED)
        bits = (self.mask & ((1 << high + 1) - 1)) >> low
        return _from_mask(self.first + low * self.step, self.step, bits) if bits else None

    def mirrored(self, about: int) -> Inputs:
        """The mirror image: input i becomes ``about`` − i."""
        mask = self.mask
        if mask > 0:
            mask = int(bin(mask)[:1:-1], 2)
        return Inputs(about - self.last, about - self.first, self.step, mask)

    def indices(self) -> Iterator[int]:
        """Every input of the set, in order; a set whose holes were not followed gives all between its ends."""
        if self.mask > 0:
            bits = bin(self.mask)[:1:-1]
            return (self.first + place * self.step for place, bit in enumerate(bits) if bit == "1")
        return iter(range(self.first, self.last + 1, self.step))

    def _step(self) -> int:
        return 0 if self.first == self.last else self.step

    def _bits(self, fine: int) -> int:
        """The set as a mask whose bits stand ``fine`` apart."""
        if self.first == self.last:
            return 1
        apart = self.step // fine
        if not self.mask:
            return _copies(1, (self.last - self.first) // self.step + 1, apart)
        return self.mask if apart == 1 else int(("0" * (apart - 1)).join(f"{self.mask:b}"), 2)


UNFOLLOWED = -1
"""The mask of a set whose holes are not followed."""

MOST_HOLES = 1 << 22
"""Sets that would need more bits than this to tell their holes are followed by their ends only."""

ALL = Inputs(0, 0, 0)
"""Every input of an axis whose size is not known."""


def _copies(bits: int, number: int, apart: int) -> int:
    """``number`` copies of ``bits``, ``apart`` places from each other, by doubling."""
    copies = 1
    while copies * 2 <= number:
        bits |= bits << (copies * apart)
        copies *= 2
    return bits | bits << ((number - copies) * apart)  # those still missing; some fall on others, which changes nothing


def _from_mask(first: int, step: int, bits: int) -> Inputs:
    """A set from its mask: moved to its first bit, and without a mask where there is no hole."""
    skip = (bits & -bits).bit_length() - 1  # the zeros below the lowest bit, for `first` has to be a member
    bits >>= skip
    first += skip * step
    last = first + (bits.bit_length() - 1) * step
    full = bits & (bits + 1) == 0  # 0b111 and the like: no hole, so the ends and the step say it all
    return Inputs(first, last, step if bits > 1 else 1, 0 if full else bits)
