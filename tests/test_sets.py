"""Sets of inputs against Python's own sets, near the origin and far from it, and how much of them is followed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.fields import Taps
from cnncalc.sets import ALL, MOST_HOLES, UNFOLLOWED, Inputs

FAR = 10_000_000


@st.composite
def sets(draw: st.DrawFn) -> Inputs:
    """A set with or without holes, made by adding and joining smaller ones."""
    reads = Inputs(start := draw(st.integers(-9, 9)), start)
    for _step in range(draw(st.integers(0, 3))):
        reads = reads.plus(draw(st.integers(-5, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 6)))
    if draw(st.booleans()):
        reads = reads.union(draw(sets()))
    return reads


def members(reads: Inputs | None) -> set[int]:
    return set(reads.indices()) if reads else set()


@given(sets(), st.integers(-5, 5), st.integers(1, 9), st.integers(1, 9))
def test_plus_is_the_sum_of_two_sets(reads: Inputs, first: int, number: int, step: int) -> None:
    """Adding taps gives every sum of a member and a tap, and no more."""
    taps = Taps(first, number, step)
    added = reads.plus(*taps)
    assert members(added) == {member + tap for member in members(reads) for tap in taps.indices}
    assert added.number == len(members(added))
    assert (added.first, added.last) == (min(members(added)), max(members(added)))


@given(sets(), sets())
def test_a_union_has_the_members_of_both(one: Inputs, other: Inputs) -> None:
    """The union of two sets has the members of either, and covering means containing."""
    assert members(one.union(other)) == members(one) | members(other)
    assert not one.covers(other) or members(other) <= members(one)


@given(sets(), st.integers(-9, 9), st.integers(0, 15))
def test_clipping_keeps_what_lies_between(reads: Inputs, first: int, size: int) -> None:
    """Clipping keeps exactly the members between the ends; mirroring turns them around."""
    kept = {member for member in members(reads) if first <= member <= first + size}
    assert members(reads.within(first, first + size)) == kept
    assert members(reads.mirrored(7)) == {7 - member for member in members(reads)}


@given(sets())
def test_a_set_is_written_in_one_way_only(reads: Inputs) -> None:
    """Both ends are members, and there is a mask only where there are holes that a step does not tell."""
    assert {reads.first, reads.last} <= members(reads)
    steps = {after - before for before, after in pairwise(sorted(members(reads)))}
    assert bool(reads.mask) == (len(steps) > 1)


@given(sets(), sets(), st.integers(1, 6))
def test_where_a_set_lies_changes_nothing_else(one: Inputs, other: Inputs, step: int) -> None:
    """Ten million inputs further on, adding, joining and clipping give the same sets, ten million further on."""
    far, there = one.shifted(FAR), other.shifted(FAR)
    assert far.plus(-3, 4, step) == one.plus(-3, 4, step).shifted(FAR)
    assert members(far.union(there)) == {member + FAR for member in members(one.union(other))}
    assert members(far.within(FAR - 2, FAR + 5)) == {member + FAR for member in members(one.within(-2, 5))}


@pytest.mark.parametrize("fine", [1, 2])
@pytest.mark.parametrize("start", [0, FAR, -FAR])
def test_holes_are_followed_up_to_the_most_and_no_further(start: int, fine: int) -> None:
    """Two pairs so far apart that their mask has the most bits are followed; one step further they are not."""
    pair = Inputs(start, start + fine, fine)
    for bits, followed in ((MOST_HOLES, True), (MOST_HOLES + 1, False)):
        apart = fine * (bits - 2)  # a bit for each place from the first to the last but one
        copied, joined = pair.plus(0, 2, apart), pair.union(pair.shifted(apart))
        assert copied == joined
        assert (copied.first, copied.last) == (start, start + apart + fine)
        assert copied.number == (4 if followed else None)
        assert (copied.mask == UNFOLLOWED) == (not followed)


def test_what_was_not_followed_stays_so() -> None:
    """Beyond the limit the ends stay exact, with all between them for want of better knowledge, whatever is done to it."""
    far = Inputs(0, 4, 2).plus(0, 2, 10**9)
    assert far == Inputs(0, 10**9 + 4, 1, UNFOLLOWED)
    assert far.number is None
    assert far.plus(-1, 3, 2) == Inputs(-1, 10**9 + 7, 1, UNFOLLOWED)
    assert far.union(Inputs(-4, -4)) == Inputs(-4, 10**9 + 4, 1, UNFOLLOWED)
    assert Inputs(-4, -4).union(far) == Inputs(-4, 10**9 + 4, 1, UNFOLLOWED)
    assert far.within(10, 20) == Inputs(10, 20, 1, UNFOLLOWED)
    assert far.within(-10, 20) == Inputs(0, 20, 1, UNFOLLOWED)
    assert far.within(10, 10**10) == Inputs(10, 10**9 + 4, 1, UNFOLLOWED)
    assert far.within(-2, -1) is None
    assert far.shifted(3) == Inputs(3, 10**9 + 7, 1, UNFOLLOWED)
    assert far.mirrored(0) == Inputs(-(10**9) - 4, 0, 1, UNFOLLOWED)
    assert list(far.within(3, 6).indices()) == [3, 4, 5, 6]  # type: ignore[union-attr]
    assert not far.covers(Inputs(2, 2))
    assert far.covers(far)


def test_all_of_an_unknown_axis_stays_all() -> None:
    """Every input of an axis of unknown size absorbs whatever is done to it."""
    assert ALL.plus(3, 5, 2) is ALL
    assert ALL.shifted(4) is ALL
    assert Inputs(0, 3).union(ALL) is ALL
    assert ALL.union(Inputs(0, 3)) is ALL
    assert Inputs(0, 0) != ALL


def test_clipped_holes_begin_at_a_member() -> None:
    """Of 0, 6 and 12, written with a step of 3, what lies from 1 to 12 begins at 6."""
    holes = Inputs(0, 12, 3, 0b10101)
    assert holes.within(1, 12) == Inputs(6, 12, 3, 0b101)
    assert holes.within(1, 11) == Inputs(6, 6)
    assert holes.within(1, 5) is None


def test_what_is_not_cut_is_the_very_same_set() -> None:
    """Between its own ends, or wider ones, a set is itself, by which others see that there is nothing to fold back."""
    reads = Inputs(-3, 5, 2)
    assert reads.within(-3, 5) is reads
    assert reads.within(-4, 6) is reads
    assert reads.within(-3, 4) == Inputs(-3, 3, 2)
    assert reads.within(-2, 5) == Inputs(-1, 5, 2)


def test_grids_that_meet_close_up() -> None:
    """Every second input, twice, side by side or one apart: one grid, or one run."""
    even = Inputs(0, 8, 2)
    assert even.union(Inputs(10, 14, 2)) == Inputs(0, 14, 2)
    assert even.plus(0, 2, 1) == Inputs(0, 9)
    assert even.plus(0, 3, 10) == Inputs(0, 28, 2)
    assert even.plus(0, 2, 12).number == 10
    assert Inputs(0, 20, 10).plus(0, 5, 2) == Inputs(0, 28, 2)
    assert Inputs(0, 20, 10).plus(0, 4, 2).number == 12
    assert Inputs(0, 3).union(Inputs(4, 6)) == Inputs(0, 6)
    assert Inputs(0, 3).union(Inputs(5, 6)).number == 6


def test_sets_without_holes_are_followed_however_long() -> None:
    """A hundred million inputs that are a run, or a grid, need no mask: copies that close up, and parts of a whole."""
    million = 1_000_000
    assert Inputs(0, 99).plus(0, million, 100) == Inputs(0, 100 * million - 1)
    assert Inputs(0, 100 * million, 100).plus(0, 100, 1) == Inputs(0, 100 * million + 99)
    assert Inputs(0, 98, 2).plus(0, million, 100) == Inputs(0, 100 * million - 2, 2)
    assert Inputs(0, 100 * million, 100).plus(0, 50, 2) == Inputs(0, 100 * million + 98, 2)
    assert Inputs(0, 0).plus(0, million, 100) == Inputs(0, 100 * (million - 1), 100)
    grid = Inputs(0, 100 * million, 2)
    for part in (Inputs(4, 12, 4), Inputs(6, 6), grid, Inputs(0, 2, 2)):
        assert grid.union(part) == part.union(grid) == grid
    assert grid.union(Inputs(-8, -2, 2)) == Inputs(-8, -2, 2).union(grid) == Inputs(-8, 100 * million, 2)
    assert grid.union(grid.shifted(6)) == Inputs(0, 100 * million + 6, 2)
    after = Inputs(100 * million + 2, 100 * million + 2)
    assert grid.union(after) == after.union(grid) == Inputs(0, 100 * million + 2, 2)


@pytest.mark.parametrize(
    ("one", "other", "covered"),
    [
        (Inputs(0, 9), Inputs(0, 9), True),
        (Inputs(0, 9), Inputs(-1, 9), False),
        (Inputs(0, 9), Inputs(0, 10), False),
        (Inputs(0, 8, 2), Inputs(4, 4), True),
        (Inputs(0, 8, 2), Inputs(3, 3), False),
        (Inputs(0, 8, 2), Inputs(2, 4), False),
        (Inputs(0, 8, 2), Inputs(2, 6, 4), True),
        (Inputs(0, 9, 3), Inputs(3, 7, 4), False),
        (Inputs(0, 8, 2), Inputs(1, 5, 2), False),
        (Inputs(0, 4, 1, 0b10011), Inputs(0, 1), False),
        (Inputs(0, 4, 1, 0b10011), Inputs(0, 4, 1, 0b10011), True),
        (Inputs(0, 4), Inputs(0, 4, 1, 0b10011), True),
        (Inputs(0, 4, 2), Inputs(0, 4, 1, 0b10011), False),
    ],
)
def test_what_a_set_covers(one: Inputs, other: Inputs, covered: bool) -> None:
    """A run or a grid covers what lies on it; of a set with holes only itself is known to be a part."""
    assert one.covers(other) == covered
