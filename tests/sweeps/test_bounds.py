"""Bounds: every number that the formulas can give lies in them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc import formulas
from cnncalc.sweeps.bounds import Bounds

SMALL = st.tuples(st.integers(1, 12), st.integers(0, 4)).map(lambda pair: range(pair[0], pair[0] + pair[1] + 1))

FORMULAS = [
    formulas.window,
    formulas.positions,
    formulas.positions_ceil,
    formulas.positions_same,
    formulas.padding_same,
    formulas.positions_transposed,
    formulas.parameters,
    formulas.macs,
    formulas.field_size,
    formulas.field_jump,
    formulas.field_start,
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
@given(data=st.data())
def test_what_a_formula_gives_lies_within_the_bounds(formula, data) -> None:  # type: ignore[no-untyped-def]
    """For all numbers between the ends, by plain trying."""
    count = formula.__code__.co_argcount
    ranges = [data.draw(SMALL) for _ in range(count)]
    bounds = formula(*(Bounds(numbers[0], numbers[-1]) for numbers in ranges))
    results = [formula(*numbers) for numbers in product(*(sorted({one[0], one[-1]}) for one in ranges))]
    results.append(formula(*(one[len(one) // 2] for one in ranges)))
    assert bounds.low <= min(results)
    assert max(results) <= bounds.high
    assert bounds.peak >= max(map(abs, results))


@given(*(st.integers(-20, 20) for _ in range(2)), *(st.integers(0, 5) for _ in range(2)))
def test_truths_are_those_of_every_pair(first: int, second: int, width: int, height: int) -> None:
    """A comparison holds always, never, or now and then; & and | as of the truths."""
    one, other = Bounds(first, first + width), Bounds(second, second + height)
    pairs = list(product(range(one.low, one.high + 1), range(other.low, other.high + 1)))
    for truth, results in (
        (one < other, [a < b for a, b in pairs]),
        (one <= other, [a <= b for a, b in pairs]),
        (one > other, [a > b for a, b in pairs]),
        (one >= other, [a >= b for a, b in pairs]),
        (one == other, [a == b for a, b in pairs]),
        (one != other, [a != b for a, b in pairs]),
    ):
        assert (truth.all(), truth.any()) == (all(results), any(results))
    lower, upper = one < 0, other > 0
    assert (lower & upper).any() == (lower.any() and upper.any())
    assert (lower | upper).all() == (lower.all() or upper.all())
