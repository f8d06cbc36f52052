"""Fields of whole stacks against papers and the growth laws of the textbooks, and what has no single number."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LimitError
from cnncalc.fields import (
    IDENTITY,
    LONGEST_PERIOD,
    LOST,
    POINT,
    STATISTICS,
    WHOLE,
    Field,
    Part,
    Reach,
    Taps,
    meet,
    reads_of,
    through,
)
from cnncalc.sets import ALL, Inputs


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
    ((found_jump, (reads,), _followed),) = field
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


@st.composite
def reaches(draw: st.DrawFn) -> Reach:
    """A layer of up to three phases, each with a few taps or none."""
    taps = st.builds(Taps, st.integers(-3, 3), st.integers(0, 4), st.integers(1, 3))
    return Reach(draw(st.integers(1, 4)), tuple(draw(st.lists(taps, min_size=1, max_size=3))))


@st.composite
def stacks(draw: st.DrawFn) -> Field:
    """The field of a few layers, or of two such stacks that meet."""
    field = POINT
    for reach in draw(st.lists(reaches(), max_size=3)):
        field = through(field, reach, None)
    return meet([field, draw(stacks())]) if draw(st.booleans()) else field


def members(reads: Inputs | None) -> set[int]:
    return set(reads.indices()) if reads else set()


@given(stacks(), reaches(), st.integers(1, 9))
def test_a_unit_reads_what_its_taps_read_together(field: Field, reach: Reach, size: int) -> None:
    """Through one more layer a unit reads all that the units below its taps do; through a whole map, what all its units do."""
    after = through(field, reach, None)
    for unit in range(-5, 8):
        taps = [members(reads_of(field, tap)) for tap in reach.taps(unit).indices]
        assert members(reads_of(after, unit)) == set().union(*taps)
    units = [members(reads_of(field, unit)) for unit in range(size)]
    assert members(reads_of(through(field, WHOLE, size), 3)) == set().union(*units)


@given(stacks(), stacks())
def test_where_branches_meet_a_unit_reads_what_either_does(one: Field, other: Field) -> None:
    """Whatever their jumps, the field of a merge is the union; there is one part for each jump, the largest last."""
    both = meet([one, other])
    for unit in range(-5, 8):
        assert members(reads_of(both, unit)) == members(reads_of(one, unit)) | members(reads_of(other, unit))
    jumps = [part.jump for part in both]
    assert jumps == sorted(set(jumps))


def test_a_field_that_is_passed_on_is_the_very_same() -> None:
    """A layer that reads its own place, and branches that are alike, change nothing; what is unknown makes all unknown."""
    field = through(POINT, Reach(2, (Taps(-1, 3),)), None)
    assert through(field, IDENTITY, 4) is field
    assert meet([field]) is field
    assert meet([field, field]) is field
    assert meet([field, ()]) == meet([(), field]) == through(field, None, 4) == ()


def test_what_reads_nothing_reads_nothing_through_another_window() -> None:
    """A window over units that read nothing reads nothing, and moves on as fast as any other; so does one without taps."""
    empty, window = (Part(3, (None,)),), Reach(2, (Taps(-1, 3),))
    assert through(empty, window, None) == (Part(6, (None,)),)
    assert through(POINT, Reach(2, (Taps(0, 0),)), None) == (Part(2, (None,)),)
    assert through(empty, WHOLE, 4) == (Part(0, (None,)),)
    assert reads_of(empty, 5) is None


def test_a_map_of_one_place_is_read_for_its_one_unit() -> None:
    """A map of one place that is stretched over many: each reads what unit 0 does, and moves no further."""
    assert through((Part(2, (Inputs(4, 6), Inputs(0, 1))),), WHOLE, 1) == (Part(0, (Inputs(4, 6),)),)
    assert through((), WHOLE, 1) == ()


def test_the_longest_period_is_followed_and_no_longer_one() -> None:
    """65,536 units that differ are followed, 65,537 are not; nor are branches whose periods have no common factor."""
    assert LONGEST_PERIOD == 65_536
    longest = through(POINT, Reach(1, (Taps(0),) * 65_536), None)
    assert len(longest[0].phases) == 65_536
    with pytest.raises(LimitError, match="these layers: units repeat only every 65537"):
        through(POINT, Reach(1, (Taps(0),) * 65_537), None)
    branches = [(Part(period, (Inputs(0, 0),) * period),) for period in (256, 257)]
    with pytest.raises(LimitError, match="these branches: units repeat only every 65792, more than the 65536"):
        meet(branches)


def test_what_all_units_read_alike_has_no_period() -> None:
    """Behind a whole map phases are no more, however many layers repeat after 300 units; one that reads nothing stays."""
    field = through(POINT, WHOLE, 8)
    for _layer in range(5):
        field = through(field, Reach(1, tuple(Taps(phase) for phase in range(300))), None)
    assert field == through(POINT, WHOLE, 8)
    (part,) = through(field, Reach(1, (Taps(0), Taps(0, 0))), None)
    assert part.phases == (Inputs(0, 7), None)


def test_what_nobody_knows_stays_unknown_behind_a_whole_map() -> None:
    """An operator may have read a part only; what all units read before it they still do, and no more is claimed."""
    assert through(through(POINT, None, 8), WHOLE, 8) == ()
    field = through(through(through(POINT, STATISTICS, 8), None, 8), WHOLE, 8)
    assert field == (Part(0, (Inputs(0, 7),)), LOST)
