"""Receptive-field algebra on one axis: taps, reaches, the sets they add up to, and the field of every unit.

A layer states its `Reach`: which units of the layer before it one of its own units reads. Composing reaches
(`through`) gives the `Field`: which inputs of the network each unit reads, on an endless lattice. An image has two
axes and a layer may differ between them; everything here is about one.

Source: Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019; the sets,
the phases and the clipping are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from math import gcd, lcm
from typing import NamedTuple

from cnncalc import formulas
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


class Reads(NamedTuple):
    """A set of inputs: from ``first`` to ``last``, ``step`` apart, all of them unless ``mask`` tells which.

    Bit b of ``mask`` stands for input ``first + b·step``. `UNFOLLOWED` as a mask means that the ends are exact but the
    holes between them are too many to follow. `ALL` is every input of an axis of unknown size.

    >>> Reads(-6, 6, 2).number, Reads(-6, 6, 2).size
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

    def shifted(self, by: int) -> Reads:
        """The same set, ``by`` inputs further on."""
        return self if self is ALL else Reads(self.first + by, self.last + by, self.step, self.mask)

    def spread(self, first: int, number: int, step: int) -> Reads:
        """The union of ``number`` copies, shifted by ``first``, ``first + step``, …: what a window over units reads.

        >>> Reads(0, 2).spread(-1, 3, 1), Reads(0, 0).spread(0, 3, 4)
        (Reads(first=-1, last=3, step=1, mask=0), Reads(first=0, last=8, step=4, mask=0))
        """
        if self is ALL:
            return self
        if number == 1 or step == 0:
            return self.shifted(first)
        start = formulas.field_start(self.first, 1, -first)
        last = start + formulas.field_size(self.last - self.first + 1, step, number) - 1
        if not self.mask:
            if self.first == self.last:
                return Reads(start, last, step)
            if step % self.step == 0 and step <= self.last - self.first + self.step:
                return Reads(start, last, self.step)
            if self.step % step == 0 and self.step <= number * step:
                return Reads(start, last, step)
        fine = gcd(self.step, step)
        if self.mask == UNFOLLOWED or (last - start) // fine >= MOST_HOLES:
            return Reads(start, last, 1, UNFOLLOWED)
        return _from_mask(start, fine, _copies(self._bits(fine), number, step // fine))

    def union(self, other: Reads) -> Reads:
        """Both sets together.

        >>> Reads(0, 2).union(Reads(3, 5)), Reads(0, 1).union(Reads(3, 3)).number
        (Reads(first=0, last=5, step=1, mask=0), 3)
        """
        if self is ALL or other is ALL:
            return ALL
        if self.covers(other):
            return self
        if other.covers(self):
            return other
        first, last = min(self.first, other.first), max(self.last, other.last)
        fine = gcd(self._step(), other._step(), self.first - other.first)
        if not self.mask and not other.mask:
            near = max(self.first, other.first) <= min(self.last, other.last) + fine
            if near and all(reads._step() in (0, fine) for reads in (self, other)):
                return Reads(first, last, fine)
        if UNFOLLOWED in (self.mask, other.mask) or (last - first) // fine >= MOST_HOLES:
            return Reads(first, last, 1, UNFOLLOWED)
        bits = self._bits(fine) << ((self.first - first) // fine) | other._bits(fine) << ((other.first - first) // fine)
        return _from_mask(first, fine, bits)

    def covers(self, other: Reads) -> bool:
        """Whether ``other`` is a part of this set, as far as can be told without looking into masks."""
        if self.mask or other.first < self.first or other.last > self.last:
            return self == other
        return (other.first - self.first) % self.step == 0 and (
            other.first == other.last or other.step % self.step == 0
        )

    def within(self, first: int, last: int) -> Reads | None:
        """What of the set lies from ``first`` to ``last``; `None` if nothing does.

        >>> Reads(-3, 5, 2).within(0, 4)
        Reads(first=1, last=3, step=2, mask=0)
        """
        if first <= self.first and self.last <= last:
            return self
        low = max(0, -((self.first - first) // self.step)) if first > self.first else 0
        high = (min(last, self.last) - self.first) // self.step
        if low > high:
            return None
        if not self.mask:
            return Reads(self.first + low * self.step, self.first + high * self.step, self.step)
        if self.mask == UNFOLLOWED:
            return Reads(max(first, self.first), min(last, self.last), 1, UNFOLLOWED)
        bits = (self.mask & ((1 << high + 1) - 1)) >> low
        return _from_mask(self.first + low * self.step, self.step, bits) if bits else None

    def mirrored(self, about: int) -> Reads:
        """The mirror image: input i becomes ``about`` − i."""
        mask = self.mask
        if mask > 0:
            mask = int(bin(mask)[:1:-1], 2)
        return Reads(about - self.last, about - self.first, self.step, mask)

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

ALL = Reads(0, 0, 0)
"""Every input of an axis whose size is not known."""


def _copies(bits: int, number: int, apart: int) -> int:
    """``number`` copies of ``bits``, ``apart`` places from each other, by doubling."""
    made = 1
    while made * 2 <= number:
        bits |= bits << (made * apart)
        made *= 2
    return bits | bits << ((number - made) * apart)


def _from_mask(first: int, step: int, bits: int) -> Reads:
    """A set from its mask: moved to its first bit, and without a mask where there is no hole."""
    skip = (bits & -bits).bit_length() - 1
    bits >>= skip
    first += skip * step
    last = first + (bits.bit_length() - 1) * step
    return Reads(first, last, step if bits > 1 else 1, 0 if bits & (bits + 1) == 0 else bits)


DROP, CLAMP, REFLECT, WRAP = "drop", "clamp", "reflect", "wrap"
"""What a tap outside the map does: reads nothing (zero padding), or reads the edge, the mirror image, the far side."""


class Reach(NamedTuple):
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
        return Taps(taps.first + turn * self.jump, taps.number, taps.step)


IDENTITY = Reach(1, (Taps(0),))
"""Unit i reads input i."""

WHOLE = Reach(0, ())
"""Every unit reads every input of the axis: dense layers, global pools, attention."""


class Part(NamedTuple):
    """Unit ``q·period + r`` reads ``q·jump`` + ``phases[r]``; `None` there is a unit that reads nothing."""

    jump: int
    phases: tuple[Reads | None, ...]

    @property
    def rate(self) -> int | float:
        """How many inputs lie between neighbouring units, on the average."""
        return self.jump if len(self.phases) == 1 else per(self.jump, len(self.phases))

    def reads(self, unit: int) -> Reads | None:
        turn, phase = divmod(unit, len(self.phases))
        reads = self.phases[phase]
        return None if reads is None else reads.shifted(turn * self.jump)


Field = tuple[Part, ...]
"""The field of every unit of a layer on one axis: one part for each rate, the largest last.

One part is the rule: ``jump`` is the field's jump and ``phases`` its periods. Branches of different rates that meet
leave several, and the unit reads their union; a rate of 0 is a part that is the same for every unit, as after a global
pool. No part at all means that nothing can be said (the size is needed).
"""

POINT: Field = (Part(1, (Reads(0, 0),)),)
"""The input itself: unit i is input i. Nothing has been applied yet, so this is the identity of `through`."""


def reads_of(field: Field, unit: int) -> Reads | None:
    """What one unit reads on the endless lattice; `None` if it reads nothing."""
    return _union(part.reads(unit) for part in field)


def through(field: Field, reach: Reach | None, size: int | None) -> Field:
    """The field after one more layer, whose units reach ``size`` units of the layer before (`None`: not known).

    >>> three = Reach(1, (Taps(-1, 3),))
    >>> pool = Reach(2, (Taps(0, 2),))
    >>> through(through(POINT, three, None), pool, None)
    (Part(jump=2, phases=(Reads(first=-1, last=2, step=1, mask=0),)),)
    """
    if reach is IDENTITY:
        return field
    if reach is None or not field:
        return ()
    if reach is WHOLE:
        return (Part(0, (_everything(field, size),)),)
    return meet([(_through(part, reach),) for part in field]) if len(field) > 1 else (_through(field[0], reach),)


def _through(part: Part, reach: Reach) -> Part:
    jump, phases = part
    if len(phases) == 1 and len(reach.phases) == 1:
        first, number, step = reach.phases[0]
        reads = phases[0] if number else None
        return Part(
            formulas.field_jump(jump, reach.jump),
            (None if reads is None else reads.spread(first * jump, number, step * jump),),
        )
    turns = len(phases) // gcd(len(phases), reach.jump)
    check_period(_("these layers"), turns * len(reach.phases))
    return Part(
        turns * reach.jump // len(phases) * jump,
        tuple(_gathered(part, reach.taps(unit)) for unit in range(turns * len(reach.phases))),
    )


def _gathered(part: Part, taps: Taps) -> Reads | None:
    """What units ``taps`` of a part read together: those of the same phase are copies of one set."""
    period = len(part.phases)
    cycle = period // gcd(taps.step, period)
    together: Reads | None = None
    for place in range(min(cycle, taps.number)):
        unit = taps.first + place * taps.step
        reads = part.reads(unit)
        if reads is not None:
            copies = (taps.number - place - 1) // cycle + 1
            reads = reads.spread(0, copies, cycle * taps.step // period * part.jump)
            together = reads if together is None else together.union(reads)
    return together


def _everything(field: Field, size: int | None) -> Reads | None:
    """What all units of a map read together."""
    if size is None:
        return ALL
    return _union(_gathered(part, Taps(0, size)) for part in field)


def _union(sets: Iterable[Reads | None]) -> Reads | None:
    there = [reads for reads in sets if reads is not None]
    return reduce(Reads.union, there) if there else None


def meet(fields: list[Field]) -> Field:
    """The field where branches meet: parts of one rate become their union, phase by phase.

    >>> meet([POINT, (Part(1, (Reads(-1, 1),)),)])
    (Part(jump=1, phases=(Reads(first=-1, last=1, step=1, mask=0),)),)
    """
    first = fields[0]
    if all(field is first for field in fields):
        return first
    if not all(fields):
        return ()
    if all(len(field) == 1 and len(field[0].phases) == 1 and field[0].jump == first[0].jump for field in fields):
        return (Part(first[0].jump, (_union(field[0].phases[0] for field in fields),)),)  # the rule, and fast
    rates: dict[tuple[int, int], Part] = {}
    for part in (part for field in fields for part in field):
        common = gcd(part.jump, len(part.phases))
        rate = part.jump // common, len(part.phases) // common
        rates[rate] = _joined(rates[rate], part) if rate in rates else part
    return tuple(sorted(rates.values(), key=lambda part: part.rate))


def _joined(one: Part, other: Part) -> Part:
    period = lcm(len(one.phases), len(other.phases))
    check_period(_("these branches"), period)
    jump = one.jump * period // len(one.phases)
    return Part(jump, tuple(_union((one.reads(unit), other.reads(unit))) for unit in range(period)))


def stretched(field: Field) -> Field:
    """The field of a map of one unit, stretched over many: each of them reads what unit 0 does."""
    return (Part(0, (reads_of(field, 0),)),) if field else field


def per(number: int, count: int) -> int | float:
    """``number``/``count``, a whole number where it is one.

    >>> per(8, 4), per(1, 2)
    (2, 0.5)
    """
    return number // count if number % count == 0 else number / count


def check_period(kind: str, period: int) -> None:
    """`LimitError` for a reach with more phases than are followed."""
    if period > LONGEST_PERIOD:
        raise LimitError(
            _("{kind}: units repeat only every {period}, more than the {most} that are followed: enlarge less").format(
                kind=kind, period=period, most=LONGEST_PERIOD
            )
        )
