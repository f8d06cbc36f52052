"""The grid: every index is one configuration, and every part of it is computed once."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import LimitError
from cnncalc.sweeps.grid import Grid
from cnncalc.sweeps.runs import RunError, part_of, sampled
from cnncalc.sweeps.variables import VariableError, values_of, variables_of

GRIDS = st.lists(st.integers(1, 5), max_size=5).map(
    lambda sizes: Grid({f"K{place}": tuple(range(size)) for place, size in enumerate(sizes)})
)


@given(GRIDS)
def test_configurations_stand_in_the_order_of_nested_loops(grid: Grid) -> None:
    """The last variable runs fastest."""
    expected = [dict(zip(grid.variables, values, strict=True)) for values in product(*grid.variables.values())]
    assert [grid.at(index) for index in range(grid.size)] == expected


@given(GRIDS, st.data())
def test_blocks_are_all_there_is_and_in_order(grid: Grid, data: st.DataObject) -> None:
    """Whatever the bounds, and however small the blocks; none is larger than asked."""
    start = data.draw(st.integers(0, grid.size))
    stop = data.draw(st.integers(start, grid.size))
    most = data.draw(st.integers(1, 40))
    seen = []
    for block in grid.blocks(start, stop, most):
        inside = [dict(zip(grid.variables, places, strict=True)) for places in product(*block.places)]
        assert len(inside) <= most
        assert block.start == start + len(seen)
        seen += inside
    assert seen == [grid.at(index) for index in range(start, stop)]


@given(st.integers(0, 10**12), st.integers(1, 1000))
def test_shares_are_all_there_is(size: int, parts: int) -> None:
    """The end of one is the beginning of the next."""
    edges = [part_of(f"{number}/{parts}", size) for number in range(1, parts + 1)]
    assert edges[0][0] == 0
    assert edges[-1][1] == size
    assert all(one[1] == other[0] for one, other in pairwise(edges))


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "-1/3", "a/b", "1/2/3", "²/3", "9" * 40 + "/3"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(RunError, match=r"--part .*(write one such as 3/100|the first number)"):
        part_of(text, 10)


@given(st.integers(1, 10**6), st.integers(1, 50), st.integers(0, 9))
def test_samples_are_drawn_without_repeating(size: int, count: int, seed: int) -> None:
    """In order, within the grid, and the same again for the same seed."""
    count = min(size, count)
    drawn = sampled(0, size, count, seed)
    assert drawn == sorted(set(drawn)) == sampled(0, size, count, seed)
    assert len(drawn) == count
    assert 0 <= drawn[0] <= drawn[-1] < size


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7", (7,)),
        ("3,5,7", (3, 5, 7)),
        ("5,3", (5, 3)),
        ("1..4", (1, 2, 3, 4)),
        ("0..10:5", (0, 5, 10)),
        ("1..10:4", (1, 5, 9)),
        ("16..256:x2", (16, 32, 64, 128, 256)),
        ("3..100:x3", (3, 9, 27, 81)),
        ("1,4..6,10..20:5", (1, 4, 5, 6, 10, 15, 20)),
        ("2..2", (2,)),
    ],
)
def test_values_are_what_is_typed(text: str, values: tuple[int, ...]) -> None:
    """Numbers, ranges with their end, steps and factors, with commas between them."""
    assert values_of(text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a list of values"),
        ("a", "'a' is not a list of values: write 3,5,7 or 1..9"),
        ("1..", "is not a list"),
        ("3,,5", "is not a list"),
        ("-1", "is not a list"),
        ("1.5", "is not a list"),
        ("5..1", "5..1 is empty: write the smaller number first"),
        ("0..8:x2", "0..8:x2 never arrives"),
        ("1..8:x1", "1..8:x1 never arrives"),
        ("1..8:0", "0 is too small"),
        ("3,5,3", "3 is there twice in 3,5,3"),
        ("9" * 30, "is not a list"),
        ("1..9:x" + "9" * 30, "is too large"),
    ],
)
def test_what_is_no_value_is_refused(text: str, message: str) -> None:
    """With the user's own text, and what to write."""
    with pytest.raises(VariableError, match=message.replace(".", r"\.")):
        values_of(text)


def test_too_many_values_are_counted_and_not_made() -> None:
    """A range of a billion is refused before there is a list of it."""
    with pytest.raises(LimitError, match=r"1,000,000,000 values are more than the 1,000,000"):
        values_of("1..1000000000")


def test_a_variable_is_given_once() -> None:
    """And the one that is wrong is named."""
    with pytest.raises(VariableError, match="K is given twice"):
        variables_of(["K=3", "K=5"])
    with pytest.raises(VariableError, match=r"C: '1\.\.' is not a list"):
        variables_of(["K=3", "C=1.."])
