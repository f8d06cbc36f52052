"""Terms: integers that never disagree with the line they show."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc.symbols import Term, maximum
from tests import plain

leaves = st.integers(0, 12)
OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left // right,
}
Tree = tuple[str, "Tree", "Tree"] | int
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves, lambda inner: st.tuples(st.sampled_from("+-*/"), inner, inner), max_leaves=8
)


def build(tree: Tree, leaf: Callable[[int], int]) -> int:
    if isinstance(tree, int):
        return leaf(tree)
    sign, left, right = tree
    return OPERATIONS[sign](build(left, leaf), build(right, leaf))


@given(trees)
def test_a_term_is_the_number_and_its_line_says_so(tree: Tree) -> None:
    """Any arithmetic on Terms gives the int that ints give, and its text evaluates to that int."""
    try:
        number = build(tree, int)
        assume(number >= 0)
        term = build(tree, Term)
    except ZeroDivisionError:
        assume(False)
    assert term == number
    assert hash(term) == hash(number)
    if isinstance(term, Term):
        assert plain.evaluate(str(term)) == number
        assert plain.evaluate(term.symbols()) == number
        assert term.latex().count("{") == term.latex().count("}")


@given(trees)
def test_letters_stand_where_the_numbers_stood(tree: Tree) -> None:
    """With the letters' values put in, the formula in symbols is the number."""
    try:
        term = build(tree, lambda value: Term(value, f"n_{value}"))
    except ZeroDivisionError:
        assume(False)
    values = {f"n_{value}": value for value in range(13)}
    if isinstance(term, Term):
        assert plain.evaluate(term.symbols(), values) == term


@pytest.mark.parametrize(
    ("term", "line"),
    [
        (Term(2) * (Term(3) + Term(4)), "2·(3 + 4)"),
        (Term(9) - (Term(3) + Term(4)), "9 − (3 + 4)"),
        (Term(9) - Term(3) - Term(4), "9 − 3 − 4"),
        (Term(9) - (Term(5) - Term(4)), "9 − (5 − 4)"),
        (Term(8) // (Term(4) * Term(2)), "8/(4·2)"),
        (Term(8) // Term(3), "⌊8/3⌋"),
        ((Term(8) // Term(3)) * Term(2), "⌊8/3⌋·2"),
        ((Term(3) + Term(4)) // Term(2) + 1, "⌊(3 + 4)/2⌋ + 1"),
        (Term(1_000_000) * Term(2), "1,000,000·2"),
        (2 * Term(3), "2·3"),
        (10 - Term(3), "10 − 3"),
        (10 + Term(3), "10 + 3"),
        (9 // Term(3), "9/3"),
        (sum([Term(1), Term(2)]), "1 + 2"),
        (Term(2) + (Term(3) + Term(4)), "2 + 3 + 4"),
        (Term(2) * (Term(3) * Term(4)), "2·3·4"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_only_there(term: Term, line: str) -> None:
    """Brackets follow the rules of arithmetic, and a division that leaves a remainder shows its floor."""
    assert str(term) == line
    assert plain.evaluate(line.replace(",", "")) == term


def test_a_plain_nought_or_one_leaves_no_trace() -> None:
    """An absent bias and a factor of 1 do not show; as Terms they do, as a padding of 0 has to."""
    nine = Term(3) * Term(3)
    assert [str(nine + 0), str(0 + nine), str(nine - 0), str(nine * 1), str(1 * nine)] == ["3·3"] * 5
    assert [str(nine + Term(0)), str(nine * Term(1))] == ["3·3 + 0", "3·3·1"]


def test_latex_and_letters() -> None:
    """Indices, primes, fractions and thousands separators as LaTeX wants them."""
    filters, kernel, channels = Term(1024, "C_out"), Term(3, "k_h"), Term(3, "C_in")
    term = filters * (kernel * channels + 1)
    assert (term.symbols(), term.latex()) == ("C_out·(k_h·C_in + 1)", "C_{out} (k_{h} C_{in} + 1)")
    assert term.worked_latex() == r"1{,}024 \cdot (3 \cdot 3 + 1)"
    assert (Term(8, "n") // Term(3, "s")).latex() == r"\left\lfloor \frac{n}{s} \right\rfloor"
    assert ((Term(8, "n") // Term(4, "s")).latex(), (Term(8) // Term(4)).worked_latex()) == (
        r"\frac{n}{s}",
        r"\frac{8}{4}",
    )
    assert Term(5, "H'").latex() == "H'"


def test_a_name_forgets_the_history() -> None:
    """222 that is called H' is one letter, whatever it was computed from."""
    size = (Term(224) - Term(3) + 1).named("H'")
    assert (size, str(size), size.symbols()) == (222, "222", "H'")


def test_terms_survive_copying_and_pickling() -> None:
    """Number and memory both."""
    term = Term(64, "C") * (Term(27) + 1)
    for twin in (copy.deepcopy(term), pickle.loads(pickle.dumps(term))):
        assert (twin, str(twin), twin.symbols()) == (term, str(term), term.symbols())


def test_a_larger_of_two_is_shown_as_such() -> None:
    """max(a, b) needs no brackets, and shows what it was taken from also where that is the constant."""
    term = maximum(Term(3, "a") - Term(5, "b"), 0) * Term(2, "c")
    assert (term, str(term), term.symbols()) == (0, "max(3 − 5, 0)·2", "max(a − b, 0)·c")
    assert term.latex() == r"\max(a - b, 0) c"
