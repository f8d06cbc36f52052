"""Alignment: as long as any common subsequence is, whole, in order; by one key after the other."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnncalc.difference import alignment
from cnncalc.difference.alignment import Pair, align, common

words = st.text("abcd", max_size=9)


def longest(old: str, new: str) -> int:
    """The length of a longest common subsequence, by its definition (CLRS 15.4)."""

    @cache
    def length(i: int, j: int) -> int:
        if not (i and j):
            return 0
        if old[i - 1] == new[j - 1]:
            return length(i - 1, j - 1) + 1
        return max(length(i - 1, j), length(i, j - 1))

    return length(len(old), len(new))


@given(words, words)
def test_no_common_subsequence_is_longer(old: str, new: str) -> None:
    """It is one, in order, of equal items, and of the length that the definition gives."""
    matches = common(old, new)
    assert all(old[i] == new[j] for i, j in matches)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(matches))
    assert len(matches) == longest(old, new)


@given(words, words)
def test_every_item_stands_once_and_in_order(old: str, new: str) -> None:
    """Nothing is lost or twice, whatever the keys."""
    pairs = align(old, new, (str, lambda letter: letter in "ab"))
    assert [pair.old for pair in pairs if pair.old is not None] == list(range(len(old)))
    assert [pair.new for pair in pairs if pair.new is not None] == list(range(len(new)))


def test_the_next_key_pairs_what_the_first_left_between() -> None:
    """B and C are of one kind to the second key; an item outside of a gap is never paired into it."""
    assert align("aBx", "aCx", (str, str.isupper)) == [Pair(0, 0), Pair(1, 1), Pair(2, 2)]
    assert align("xB", "Cx", (str, str.isupper)) == [Pair(None, 0), Pair(0, 1), Pair(1, None)]


def test_what_has_nothing_in_common_ends_soon() -> None:
    """Two long sequences of other items are given up after a bounded number of steps; their common ends are not."""
    old, new = list(range(60_000)), [-1 - item for item in range(60_000)]
    assert common([*old, "end"], [*new, "end"]) == [(60_000, 60_000)]
    old[5], new[7] = 0, 0  # something in common, so that it is looked for
    assert common([*old, "end"], [*new, "end"]) == [(60_000, 60_000)]
    assert alignment.MOST_STEPS < 60_000**2
