"""Sets of inputs against Python's own sets, and the growth laws of the textbooks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LimitError
from cnncalc.fields import POINT, WHOLE, Part, Reach, Taps, meet, reads_of, through
from cnncalc.sets import ALL, UNFOLLOWED, Inputs


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
    """Spreading by taps gives every sum of a member and a tap, and no more."""
    taps = Taps(first, number, step)
    shifted = reads.plus(*taps)
    assert members(shifted) == {member + tap for member in members(reads) for tap in taps.indices}
    assert shifted.number == len(members(shifted))
    assert (shifted.first, shifted.last) == (min(members(shifted)), max(members(shifted)))


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


def test_all_of_an_unknown_axis_stays_all() -> None:
    """Every input of an axis of unknown size absorbs whatever is done to it."""
    assert ALL.plus(3, 5, 2) is ALL
    assert ALL.shifted(4) is ALL
    assert Inputs(0, 3).union(ALL) is ALL


def test_holes_too_many_to_follow_keep_exact_ends() -> None:
    """Sets beyond the limit say that their holes are unknown, and their ends stay right."""
    far = Inputs(0, 0).plus(0, 2, 10**9).plus(0, 2, 10**9 + 1)
    assert (far.first, far.last, far.mask, far.number) == (0, 2 * 10**9 + 1, UNFOLLOWED, None)
    assert far.plus(0, 3, 1).last == 2 * 10**9 + 3


@pytest.mark.parametrize(
    ("reaches", "size", "jump", "start"),
    [
        ([(3, 1, 0)] * 3, 7, 1, 0),
        ([(7, 2, 3), (3, 2, 1)], 11, 4, -5),
        ([(4, 2, 1)] * 3 + [(4, 1, 1)] * 2, 70, 8, -23),
        (([(3, 1, 1)] * 2 + [(2, 2, 0)]) * 2 + ([(3, 1, 1)] * 3 + [(2, 2, 0)]) * 3, 212, 32, -90),
    ],
    ids=["three 3x3", "ResNet stem", "PatchGAN (Isola et al. 2017)", "VGG-16 (Araujo et al. 2019)"],
)
def test_published_fields(reaches: list[tuple[int, int, int]], size: int, jump: int, start: int) -> None:
    """Stacks of (kernel, stride, padding) have the field that papers print for them."""
    field = POINT
    for kernel, stride, padding in reaches:
        field = through(field, Reach(stride, (Taps(-padding, kernel),)), None)
    ((found_jump, (reads,)),) = field
    assert reads is not None
    assert (reads.size, found_jump, reads.first) == (size, jump, start)


def test_dilation_leaves_a_grid() -> None:
    """Three 3×3 at dilation 2 span 13 and read 7; 1×1 with stride 4, then 3×3 span 9 and read 3."""
    grid = POINT
    for _layer in range(3):
        grid = through(grid, Reach(1, (Taps(0, 3, 2),)), None)
    apart = through(through(POINT, Reach(4, (Taps(0),)), None), Reach(1, (Taps(0, 3),)), None)
    for field, size, number in ((grid, 13, 7), (apart, 9, 3)):
        reads = reads_of(field, 0)
        assert reads is not None
        assert (reads.size, reads.number) == (size, number)


def test_branches_of_different_rates_stay_apart() -> None:
    """A branch with stride 2 and one without leave two parts; a unit reads their union."""
    slow = through(POINT, Reach(2, (Taps(0, 3),)), None)
    both = meet([slow, POINT])
    assert [part.jump for part in both] == [1, 2]
    assert reads_of(both, 5) == Inputs(5, 12, 1, 0b11100001)


def test_a_whole_map_is_everything_its_units_read() -> None:
    """After a dense layer or a global pool every unit reads what all units of the map read together."""
    pooled = through(POINT, Reach(2, (Taps(-1, 3),)), None)
    assert through(pooled, WHOLE, 4) == (Part(0, (Inputs(-1, 7),)),)
    assert through(pooled, WHOLE, None) == (Part(0, (ALL,)),)


def test_fields_that_repeat_too_rarely_are_refused() -> None:
    """Periods multiply through decoders; beyond the limit one line tells."""
    up = Reach(1, (Taps(0),) * 300)
    with pytest.raises(LimitError, match="units repeat only every 90000, more than the 65536 that are followed"):
        through(through(POINT, up, None), up, None)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=6))
def test_growth_is_the_sum_over_layers(layers: list[tuple[int, int, int]]) -> None:
    """Size is 1 + Σ (k − 1)·(product of the strides before), the jump the product of all strides."""
    field, size, jump = POINT, 1, 1
    for kernel, stride, padding in layers:
        field = through(field, Reach(stride, (Taps(-padding, kernel),)), None)
        size, jump = size + (kernel - 1) * jump, jump * stride
    reads = reads_of(field, 0)
    assert reads is not None
    assert (reads.size, field[0].jump) == (size, jump)
