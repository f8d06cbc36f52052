"""Aligning two sequences: a longest common subsequence by one key, and what is left between by the next."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
Match = tuple[int, int]
"""The places of two items that belong together, in the first and in the second sequence."""

MOST_STEPS = 1_000_000
"""So many comparisons are made; two long sequences that have too little in common are then not aligned at all."""


class Pair(NamedTuple):
    """Two items that belong together, by their places; `None` where there is only one."""

    old: int | None
    new: int | None


def align(old: Sequence[Item], new: Sequence[Item], keys: Sequence[Callable[[Item], Hashable]]) -> list[Pair]:
    """Every item of both, in order, beside the one it belongs to: by the first key, and what that leaves by the next.

    >>> align("abcd", "axcd", [str])
    [Pair(old=0, new=0), Pair(old=1, new=None), Pair(old=None, new=1), Pair(old=2, new=2), Pair(old=3, new=3)]
    >>> align("abcd", "axcd", [str, str.isalpha])[1]
    Pair(old=1, new=1)
    """
    pairs: list[Pair] = []
    here = there = 0
    for i, j in [*_matches(old, new, (0, 0), keys), (len(old), len(new))]:
        pairs += (Pair(place, None) for place in range(here, i))
        pairs += (Pair(None, place) for place in range(there, j))
        if i < len(old):
            pairs.append(Pair(i, j))
        here, there = i + 1, j + 1
    return pairs


def _matches(
    old: Sequence[Item], new: Sequence[Item], start: Match, keys: Sequence[Callable[[Item], Hashable]]
) -> Iterator[Match]:
    """What belongs together in two stretches that begin at ``start``."""
    if not (keys and old and new):
        return
    key, *others = keys
    here = there = 0
    for i, j in [*common(list(map(key, old)), list(map(key, new))), (len(old), len(new))]:
        yield from _matches(old[here:i], new[there:j], (start[0] + here, start[1] + there), others)
        if i < len(old):
            yield start[0] + i, start[1] + j
        here, there = i + 1, j + 1


def common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Match]:
    """A longest common subsequence (Myers 1986: An O(ND) Difference Algorithm), as the places in both.

    >>> common("abcabba", "cbabac")
    [(2, 0), (3, 2), (4, 3), (6, 4)]
    """
    shortest = min(len(old), len(new))
    before = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    rest = shortest - before
    after = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    middle = _middle(old[before : len(old) - after], new[before : len(new) - after])
    return [
        *((i, i) for i in range(before)),
        *((before + i, before + j) for i, j in middle),
        *((len(old) - i, len(new) - i) for i in range(after, 0, -1)),
    ]


def _middle(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Match]:
    """The same where both ends differ; nothing after too many steps.

    ``rows[edits][slot]`` is how far into the old a path comes with so many edits, on the diagonal ``2 * slot - edits``.
    """
    if {*old}.isdisjoint(new):
        return []
    rows: list[list[int]] = []
    steps = 0
    while steps <= MOST_STEPS:
        edits, row = len(rows), list[int]()
        for slot in range(edits + 1):
            diagonal = 2 * slot - edits
            began, _above = _entered(rows, edits, slot)
            i = began
            while i < len(old) and i - diagonal < len(new) and old[i] == new[i - diagonal]:
                i += 1
            row.append(i)
            steps += 1 + i - began
            if i >= len(old) and i - diagonal >= len(new):
                return _walked_back(rows, slot, i)
        rows.append(row)
    return []


def _entered(rows: Sequence[Sequence[int]], edits: int, slot: int) -> tuple[int, bool]:
    """Where a path enters a diagonal, and whether it comes from the one above, leaving out an item of the new."""
    if not edits:
        return 0, True
    before = rows[edits - 1]
    above = slot == 0 or (slot < edits and before[slot - 1] < before[slot])
    return (before[slot] if above else before[slot - 1] + 1), above


def _walked_back(rows: Sequence[Sequence[int]], slot: int, i: int) -> list[Match]:
    matches: list[Match] = []
    for edits in range(len(rows), -1, -1):
        diagonal = 2 * slot - edits
        start, above = _entered(rows, edits, slot)
        matches += ((place, place - diagonal) for place in range(i - 1, start - 1, -1))
        i = start if above else start - 1
        slot -= not above
    matches.reverse()
    return matches
