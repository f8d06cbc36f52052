"""The formulas against loops, against published values, and on Terms."""

from __future__ import annotations

from types import FunctionType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc import formulas
from cnncalc.symbols import Term
from tests import plain

FORMULAS = [
    formula
    for name, formula in vars(formulas).items()
    if isinstance(formula, FunctionType)
    and formula.__doc__
    and formula.__module__ == formulas.__name__
    and name != "in_letters"
]

sizes = st.integers(1, 30)
small = st.integers(1, 5)
pads = st.integers(0, 4)


@given(sizes, pads, pads, small, small, small)
def test_positions_are_the_places_a_moved_window_finds(
    size: int, before: int, after: int, kernel: int, stride: int, dilation: int
) -> None:
    """Dumoulin & Visin's floor counts exactly the places of a window that is moved until it sticks out."""
    places = plain.starts(size, before, after, kernel, stride, dilation)
    if places:
        assert formulas.positions(size, before + after, kernel, stride, dilation) == len(places)


@given(sizes, small, small, small)
def test_same_padding_is_the_least_that_keeps_every_step(size: int, kernel: int, stride: int, dilation: int) -> None:
    """``same`` gives one place per started step, with no more padding than the last window needs."""
    padding = formulas.padding_same(size, kernel, stride, dilation)
    steps = len(range(0, size, stride))
    assert formulas.positions_same(size, stride) == steps
    assert len(plain.starts(size, 0, padding, kernel, stride, dilation)) >= steps
    if padding:
        assert len(plain.starts(size, 0, padding - 1, kernel, stride, dilation)) < steps


@given(sizes, pads, pads, small, small, small)
def test_ceil_adds_at_most_the_window_that_sticks_out(
    size: int, before: int, after: int, kernel: int, stride: int, dilation: int
) -> None:
    """PyTorch's rule: a last window may stick out by less than a stride, if it begins before the padding at the end."""
    before, after = min(before, kernel // 2), min(after, kernel // 2)
    fitting = plain.starts(size, before, after, kernel, stride, dilation)
    following = fitting[-1] + stride if fitting else -before
    ends = following + max(tap * dilation for tap in range(kernel))
    more = following < size and any(ends - less < size + after for less in range(stride))
    found = formulas.positions_ceil(size, before + after, before, kernel, stride, dilation)
    assert max(found, 0) == len(fitting) + more


@given(sizes, pads, small, small, small, pads)
def test_transposed_positions_reach_to_the_last_stamp(
    size: int, padding: int, kernel: int, stride: int, dilation: int, more: int
) -> None:
    """Every input stamps its kernel a stride further; the size is what the stamps cover, less padding, plus output padding."""
    covered = {unit * stride + tap * dilation for unit in range(size) for tap in range(kernel)}
    assert formulas.positions_transposed(size, padding, kernel, stride, dilation, more) == (
        max(covered) + 1 - padding + more
    )


@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=4))
def test_fields_grow_as_sets_of_inputs_do(stack: list[tuple[int, int, int]]) -> None:
    """Size, jump and start are those of the sets of inputs that units 0 and 1 of a stack of windows reach."""
    size, jump, start = 1, 1, 0
    for kernel, stride, dilation in stack:
        start = formulas.field_start(start, jump, kernel // 2)
        size = formulas.field_size(size, jump, kernel, dilation)
        jump = formulas.field_jump(jump, stride)
    first, second = ({unit} for unit in (0, 1))
    for kernel, stride, dilation in reversed(stack):
        first, second = (
            {unit * stride - kernel // 2 + tap * dilation for unit in units for tap in range(kernel)}
            for units in (first, second)
        )
    assert (size, start) == (max(first) - min(first) + 1, min(first))
    assert jump == min(second) - min(first)


def test_worked_lines_are_the_textbooks() -> None:
    """On Terms the same lines write the formula as the books do."""
    n, p, k, s = Term(224, "n"), Term(0, "p"), Term(3, "k"), Term(1, "s")
    places = formulas.positions(n, p, k, s)
    assert (str(places), int(places)) == ("(224 + 0 − 3)/1 + 1", 222)
    assert Term.symbols(places) == "(n + p − k)/s + 1"
    assert str(formulas.parameters(Term(64), formulas.fan_in((Term(3), Term(3)), Term(3)))) == "64·(3·3·3 + 1)"


def test_a_size_that_is_rounded_shows_the_floor() -> None:
    """(10 + 0 − 3)/2 is not whole, so the line carries the floor brackets; CS231n calls such a layer invalid."""
    rounded = formulas.positions(Term(10), Term(0), Term(3), Term(2))
    assert (str(rounded), int(rounded)) == ("⌊(10 + 0 − 3)/2⌋ + 1", 4)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
def test_every_formula_is_shown_in_letters_first(formula: FunctionType) -> None:
    """The first example under each formula is its own textbook form (that it is true, the doctests see to)."""
    assert (formula.__doc__ or "").partition(">>> ")[2].startswith(f"in_letters({formula.__name__}")


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
@given(data=st.data())
def test_formulas_run_on_arrays_as_on_numbers(formula: FunctionType, data: st.DataObject) -> None:
    """On arrays of whole numbers each place holds what the formula gives for the numbers of that place."""
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    rows = data.draw(st.lists(st.tuples(*(small for _ in names)), min_size=1, max_size=5))
    per_axis = formula is formulas.fan_in  # takes the kernel of each axis
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    together = formula((columns[0],), *columns[1:]) if per_axis else formula(*columns)
    apart = [formula((row[0],), *row[1:]) if per_axis else formula(*row) for row in rows]
    assert together.tolist() == apart
