"""What a set of units reads of a map: pushed back through a reach, then clipped to the map or folded back into it."""

from __future__ import annotations

from functools import reduce
from itertools import islice

from cnncalc.errors import LimitError
from cnncalc.fields import CLAMP, DROP, REFLECT, WRAP, Reach
from cnncalc.language import _
from cnncalc.sets import UNFOLLOWED, Inputs


def read_back(units: Inputs, reach: Reach, size: int) -> Inputs | None:
    """What a set of units reads of a map of ``size``, clipped to it; `None` if that is nothing.

    >>> from cnncalc.fields import Taps
    >>> read_back(Inputs(0, 1), Reach(2, (Taps(-1, 3),)), 8)
    Inputs(first=0, last=3, step=1, mask=0)
    """
    if reach.whole:
        return Inputs(0, size - 1)
    cycle = len(reach.phases)
    alike = cycle > 1 and (units.mask or units.step <= cycle) and reach.phases.count(reach.phases[0]) == cycle
    if alike:  # only faster: by whole turns
        units, reach, cycle = whole_turns(units, cycle), reach._replace(phases=reach.phases[:1]), 1
    together: Inputs | None = None
    members = _by_phase(units, cycle) if cycle > 1 and units.mask > 0 else None
    for phase, taps in enumerate(reach.phases):
        if not taps.number:
            continue
        turns = _turns(units, cycle, phase) if members is None else _gather(members[phase])
        if turns is None:
            continue
        read = _times(turns, reach.advance).plus(taps.first, taps.number, taps.step)
        inside = _bordered(read, reach.border, size)
        if inside is not None:
            together = inside if together is None else together.union(inside)
    return together


def _turns(units: Inputs, cycle: int, phase: int) -> Inputs | None:
    """The q with ``q·cycle + phase`` among the units."""
    if cycle == 1:
        return units
    if not units.mask and units.step == 1:  # only faster: as one by one below
        first, last = -((phase - units.first) // cycle), (units.last - phase) // cycle
        return Inputs(first, last) if first <= last else None
    return _gather((unit - phase) // cycle for unit in units.indices() if unit % cycle == phase)


def _by_phase(units: Inputs, cycle: int) -> list[list[int]]:
    """The same for every phase: members that a mask tells are as many as its bits at most, and looked at once."""
    members: list[list[int]] = [[] for _phase in range(cycle)]
    for unit in units.indices():
        members[unit % cycle].append(unit // cycle)
    return members


def whole_turns(units: Inputs, cycle: int) -> Inputs:
    """The turns that the units lie in.

    >>> list(whole_turns(Inputs(0, 8, 4), 2).indices()), whole_turns(Inputs(1, 7, 2), 3)
    ([0, 2, 4], Inputs(first=0, last=2, step=1, mask=0))
    """
    first, last = units.first // cycle, units.last // cycle
    if units.mask == UNFOLLOWED:
        return Inputs(first, last, 1, UNFOLLOWED if last > first + 1 else 0)
    apart = units.mask or units.step > cycle  # then turns between the first and the last may have no unit
    turns = _gather(dict.fromkeys(unit // cycle for unit in units.indices())) if apart else None
    return turns or Inputs(first, last)


def _times(units: Inputs, by: int) -> Inputs:
    """Every unit times ``by``."""
    if by == 0 or units.first == units.last:
        return Inputs(units.first * by, units.first * by)
    return Inputs(units.first * by, units.last * by, units.step * by, units.mask)


def _gather(indices: object) -> Inputs | None:
    """A set from its members, in order."""
    members = list(islice(indices, MOST_MEMBERS + 1))  # type: ignore[call-overload]
    if len(members) > MOST_MEMBERS:
        raise LimitError(
            _("one unit reads more than {most} separate places: ask for an earlier layer").format(most=MOST_MEMBERS)
        )
    if not members:
        return None
    bits = bytearray(members[-1] - members[0] + 1)
    for member in members:
        bits[member - members[0]] = 1
    mask = int(bytes(bit + 48 for bit in reversed(bits)), 2)
    return Inputs(members[0], members[-1], 1, 0 if mask & (mask + 1) == 0 else mask)


MOST_MEMBERS = 1 << 20
"""Sets with holes that are taken apart one by one may not be larger."""


def _bordered(reads: Inputs, border: str, size: int) -> Inputs | None:
    """A set clipped to a map of ``size``, or folded back into it as its border tells."""
    inside = reads.within(0, size - 1)
    if inside is reads or border == DROP:  # `within` returns the set itself where it cuts nothing: nothing to fold
        return inside
    parts = [inside, *_folded(reads, border, size)]  # all inside: no layer folds more than the map itself
    return reduce(Inputs.union, [part for part in parts if part is not None])


def _folded(reads: Inputs, border: str, size: int) -> list[Inputs | None]:
    """What the parts of a set before and behind the map read in it."""
    before, behind = reads.within(reads.first, -1), reads.within(size, max(reads.last, size))
    if border == CLAMP:
        return [before and Inputs(0, 0), behind and Inputs(size - 1, size - 1)]
    if border == WRAP:
        return [before and before.shifted(size), behind and behind.shifted(-size)]
    assert border == REFLECT  # noqa: S101 — the last of the four
    return [before and before.mirrored(0), behind and behind.mirrored(2 * (size - 1))]
