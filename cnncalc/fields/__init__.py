"""Receptive-field algebra on one axis: taps, reaches, the sets they add up to, and the field of every unit.

A layer states its `Reach`: which units of the layer before it one of its own units reads. Composing reaches
(`through`) gives the `Field`: which inputs of the network each unit reads, on an endless lattice. An image has two
axes and a layer may differ between them; everything here is about one. `cnncalc.receptive` explains the words.

Source: Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019; the sets,
the phases and the clipping are ours.
"""

from collections.abc import Iterable
from functools import reduce
from math import gcd, lcm
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.errors import LimitError
from cnncalc.language import _
from cnncalc.ratios import per
from cnncalc.sets import ALL, Inputs

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


def folded(place: int, size: int, border: str) -> int | None:
    """Where a place beyond a map reads, by the rule of the border; `None` for nowhere.

    >>> [[folded(place, 4, border) for place in (-1, 2, 5)] for border in (DROP, CLAMP, REFLECT, WRAP)]
    [[None, 2, None], [0, 2, 3], [1, 2, 1], [3, 2, 1]]
    """
    if 0 <= place < size:
        return place
    last = size - 1
    mirrored = abs(place) if place < 0 else 2 * last - place
    return {DROP: None, CLAMP: min(max(place, 0), last), REFLECT: mirrored, WRAP: place % size}[border]


class Reach(NamedTuple):
    """Which inputs each unit of a layer reads on one axis: unit ``q·period + r`` reads ``q·advance`` + ``phases[r]``.

    A sliding window has one phase and advances by its stride; a transposed convolution has as many phases as its
    stride and advances by 1 in all of them together. ``border`` tells what a tap outside the map does. ``whole`` tells
    that every unit also reads the whole map; without phases it reads that and nothing else. A reach that is not
    ``followed`` reads some units of the map, and nobody says which.

    >>> Reach(2, (Taps(-1, 3),)).taps(5)
    Taps(first=9, number=3, step=1)
    """

    advance: int
    phases: tuple[Taps, ...]
    border: str = DROP
    whole: bool = False
    followed: bool = True

    @property
    def period(self) -> int:
        return len(self.phases)

    @property
    def windows(self) -> "Reach":
        """What is left of it without the whole map: what slides, which may be nothing."""
        if self is STATISTICS:
            return IDENTITY  # the very constant, by which others see that each unit is passed on
        return self._replace(whole=False) if self.whole else self

    def taps(self, unit: int) -> Taps:
        """The taps of one unit, before anything is clipped."""
        turn, phase = divmod(unit, len(self.phases))
        taps = self.phases[phase]
        return Taps(taps.first + turn * self.advance, taps.number, taps.step)


IDENTITY = Reach(1, (Taps(0),))
"""Unit i reads input i."""

WHOLE = Reach(0, (), whole=True)
"""Every unit reads every input of the axis: dense layers, global pools, attention."""

STATISTICS = Reach(1, (Taps(0),), whole=True)
"""Unit i reads input i, and every input through what it is normalised by: a mean, a variance, a sum over the map."""

NOWHERE = Reach(0, ())
"""No unit reads anything: what comes in by another way than the input that is looked from."""

SOMEWHERE = Reach(0, (), followed=False)
"""Every unit reads some of the inputs: where a map is written in a row, its units leave the axes of the image."""


class Part(NamedTuple):
    """Unit ``q·period + r`` reads ``q·advance`` + ``phases[r]``; `None` there is a unit that reads nothing.

    Where a part is not ``followed``, every unit reads some of its one phase.
    """

    advance: int
    phases: tuple[Inputs | None, ...]
    followed: bool = True

    @property
    def jump(self) -> int | float:
        """How many inputs lie between neighbouring units, on the average."""
        return self.advance if len(self.phases) == 1 else per(self.advance, len(self.phases))

    def reads(self, unit: int) -> Inputs | None:
        turn, phase = divmod(unit, len(self.phases))
        reads = self.phases[phase]
        return None if reads is None else reads.shifted(turn * self.advance)


Field = tuple[Part, ...]
"""The field of every unit of a layer on one axis: one part for each jump, the largest last.

One part is the rule. Branches of different jumps that meet leave several, and the unit reads their union; a jump of 0
is a part that is the same for every unit: the whole input, as after a global pool, or beside what slides, as after a
norm over the map. No part at all means that nothing can be said (the size is needed, or the operator is not known).
"""

EMPTY: Field = (Part(0, (None,)),)
"""Every unit reads nothing."""

LOST = Part(0, (None,), followed=False)
"""What units read beside what all of them read alike, where nobody knows what that is, not even of all together."""

POINT: Field = (Part(1, (Inputs(0, 0),)),)
"""The input itself: unit i is input i. Nothing has been applied yet, so this is the identity of `through`."""


def reads_of(field: Field, unit: int) -> Inputs | None:
    """What one unit reads on the endless lattice, as far as that is followed; `None` if it reads nothing."""
    return _union(part.reads(unit) for part in field if part.followed)


def through(field: Field, reach: Reach | None, size: int | None) -> Field:
    """The field after one more layer, whose units reach ``size`` units of the layer before (`None`: not known).

    >>> three = Reach(1, (Taps(-1, 3),))
    >>> pool = Reach(2, (Taps(0, 2),))
    >>> through(through(POINT, three, None), pool, None)
    (Part(advance=2, phases=(Inputs(first=-1, last=2, step=1, mask=0),), followed=True),)
    """
    # only faster, but the very same field, by which later layers see that nothing changed
    if reach is IDENTITY or field is EMPTY:
        return field
    if reach is NOWHERE:
        return EMPTY
    if reach is None or not reach.followed:  # of any unit, what all of them read alike is read
        alike = tuple(part for part in field if part.followed and not part.advance)
        if reach is None:
            return (*alike, LOST) if alike else ()
        return (*alike, Part(0, (_everything(field, size),), False)) if field else ()
    if not field:
        return ()
    if not reach.phases:
        lost = (LOST,) if reach.whole and LOST in field else ()
        return (Part(0, (_everything(field, size) if reach.whole else None,)), *lost)
    if reach.whole:
        return meet([field, (Part(0, (_everything(field, size),)),)])
    return meet([(_through(part, reach),) for part in field]) if len(field) > 1 else (_through(field[0], reach),)


def windows(field: Field) -> Field:
    """What of a field slides, or is not followed; `EMPTY` where each unit reads the whole input only.

    >>> windows(through(POINT, STATISTICS, 8)) == POINT, windows(through(POINT, WHOLE, 8)) is EMPTY
    (True, True)
    """
    if not field or all(part.advance for part in field):
        return field
    return tuple(part for part in field if part.advance or not part.followed) or EMPTY


def _through(part: Part, reach: Reach) -> Part:
    if not part.followed:
        return part
    advance, phases, _followed = part
    if not advance and len(phases) == 1 and all(taps.number for taps in reach.phases):
        return part  # all units read the same, so whichever are read, and however long their period is
    if len(phases) == 1 and len(reach.phases) == 1:  # only faster: the rule, and the textbook's recurrence
        first, number, step = reach.phases[0]
        reads = phases[0] if number else None
        return Part(
            formulas.field_jump(advance, reach.advance),
            (None if reads is None else reads.plus(first * advance, number, step * advance),),
        )
    # so many turns of the reach make whole periods of the part, after which everything is as at the start
    turns = len(phases) // gcd(len(phases), reach.advance)
    check_period(_("these layers"), turns * len(reach.phases))
    return Part(
        turns * reach.advance // len(phases) * advance,
        tuple(_gathered(part, reach.taps(unit)) for unit in range(turns * len(reach.phases))),
    )


def _gathered(part: Part, taps: Taps) -> Inputs | None:
    """What units ``taps`` of a part read together: those of the same phase are copies of one set."""
    period = len(part.phases)
    cycle = period // gcd(taps.step, period)  # so many taps on, the phase is the same again
    together: Inputs | None = None
    for place in range(min(cycle, taps.number)):
        unit = taps.first + place * taps.step
        reads = part.reads(unit)
        if reads is not None:
            copies = (taps.number - place - 1) // cycle + 1
            reads = reads.plus(0, copies, cycle * taps.step // period * part.advance)
            together = reads if together is None else together.union(reads)
    return together


def _everything(field: Field, size: int | None) -> Inputs | None:
    """What all units of a map read together."""
    if size is None:
        return ALL
    return _union(_gathered(part, Taps(0, size)) for part in field)


def _union(sets: Iterable[Inputs | None]) -> Inputs | None:
    there = [reads for reads in sets if reads is not None]
    return reduce(Inputs.union, there) if there else None


def meet(fields: list[Field]) -> Field:
    """The field where branches meet: parts of one jump become their union, phase by phase.

    >>> meet([POINT, (Part(1, (Inputs(-1, 1),)),)])
    (Part(advance=1, phases=(Inputs(first=-1, last=1, step=1, mask=0),), followed=True),)
    """
    first = fields[0]
    if all(field is first for field in fields):
        return first
    if any(field is EMPTY for field in fields):  # which says nothing beside others
        return meet([field for field in fields if field is not EMPTY])
    if not all(fields):
        return ()
    if all(
        len(field) == 1 and len(field[0].phases) == 1 and field[0].advance == first[0].advance != 0 for field in fields
    ):
        # only faster: this is the rule
        return (Part(first[0].advance, (_union(field[0].phases[0] for field in fields),)),)
    parts: dict[tuple[int, int, bool], Part] = {}
    for part in (part for field in fields for part in field):
        common = gcd(part.advance, len(part.phases))
        # the jump as a fraction, for floats would not be equal
        kind = part.advance // common, len(part.phases) // common, part.followed
        parts[kind] = _joined(parts[kind], part) if kind in parts else part
    return tuple(sorted(parts.values(), key=lambda part: part.jump))


def _joined(one: Part, other: Part) -> Part:
    period = lcm(len(one.phases), len(other.phases))
    check_period(_("these branches"), period)
    advance = one.advance * period // len(one.phases)
    phases = tuple(_union((one.reads(unit), other.reads(unit))) for unit in range(period))
    return Part(advance, phases, one.followed)


def check_period(kind: str, period: int) -> None:
    """`LimitError` for a reach with more phases than are followed."""
    if period > LONGEST_PERIOD:
        raise LimitError(
            _("{kind}: units repeat only every {period}, more than the {most} that are followed: enlarge less").format(
                kind=kind, period=period, most=LONGEST_PERIOD
            )
        )
