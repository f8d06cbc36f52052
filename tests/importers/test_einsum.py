"""Equations of einsum: the letters are read as NumPy reads them, and the products are those that one by one form."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.importers.operator import Operator
from cnncalc.importers.tensors.einsum import equation
from cnncalc.importers.torch.contractions import CONTRACTIONS
from cnncalc.importers.values import Constant, UnsupportedError


@st.composite
def products(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """An equation, with or without an arrow and ellipses, and the sizes of its factors."""
    size = {letter: draw(st.integers(1, 4)) for letter in "abcdAB"}
    dots = draw(st.lists(st.integers(1, 3), max_size=2))
    terms, sizes = [], []
    for _factor in range(draw(st.integers(1, 3))):
        letters = draw(st.lists(st.sampled_from("abcdAB"), max_size=3, unique=True))
        held = dots[len(dots) - draw(st.integers(0, len(dots))) :]
        place = draw(st.integers(0, len(letters)))
        here = draw(st.booleans())
        terms.append("".join((*letters[:place], *(["..."] if here else []), *letters[place:])))
        own = tuple(size[letter] for letter in letters)
        sizes.append((*own[:place], *(held if here else ()), *own[place:]))
    text = ",".join(terms)
    used = sorted({letter for letter in text if letter.isalpha()})
    if draw(st.booleans()):
        kept = draw(st.lists(st.sampled_from(used), unique=True, max_size=3)) if used else []
        text += "->" + ("..." if "..." in text else "") + "".join(kept)
    return text, sizes


@given(products())
def test_letters_are_read_as_numpy_reads_them(drawn: tuple[str, list[tuple[int, ...]]]) -> None:
    """Written out, with letters in place of ellipses and with its output, an equation makes the same of arrays."""
    text, sizes = drawn
    rng = np.random.default_rng(0)
    arrays = [rng.random(own) for own in sizes]
    factors, output = equation(text, [len(own) for own in sizes])
    plain = dict(zip(sorted({sign for factor in factors for sign in factor}), string.ascii_letters, strict=False))
    # NumPy stretches axes of one behind an ellipsis only: written out they are left away and put back
    written = ",".join("".join(plain[sign] for sign in factor) for factor in factors)
    whole = ["".join(plain[sign] for sign in factor) for factor in factors]
    longest = dict[str, int]()
    for letters, own in zip(whole, sizes, strict=True):
        for letter, size in zip(letters, own, strict=True):
            longest[letter] = max(size, longest.get(letter, 1))
    stretched = [
        np.broadcast_to(array, tuple(longest[letter] for letter in letters))
        for letters, array in zip(whole, arrays, strict=True)
    ]
    expected = np.einsum(text, *arrays)
    made = np.einsum(f"{written}->{''.join(plain[sign] for sign in output)}", *stretched)
    np.testing.assert_allclose(made, expected)


@pytest.mark.parametrize(
    ("text", "ranks"), [("ij,jk", (2,)), ("ij", (3,)), ("ij...", (1,)), ("i,j,k->", (1, 1)), ("", (2,))]
)
def test_an_equation_that_does_not_fit_is_refused(text: str, ranks: tuple[int, ...]) -> None:
    """Another number of factors, or of their axes."""
    with pytest.raises(UnsupportedError):
        equation(text, ranks)


def macs(text: str, *sizes: tuple[int, ...]) -> int:
    factors: list[Any] = [Constant(own) for own in sizes]
    return CONTRACTIONS["einsum"](Operator("einsum", "", {"equation": text, "tensors": factors}), ())


def test_the_letters_that_nothing_needs_later_are_summed_on_the_way() -> None:
    """A chain of products costs the same with its output written and left to be understood: i·j·k + i·k·l."""
    chain = (2, 3), (3, 4), (4, 5)
    assert macs("ij,jk,kl->il", *chain) == macs("ij,jk,kl", *chain) == 2 * 3 * 4 + 2 * 4 * 5
    assert macs("...ij,jk", (7, 2, 3), (3, 4)) == 7 * 2 * 3 * 4
    assert macs("bij,bjk->bik", (1, 2, 3), (6, 3, 4)) == 6 * 2 * 3 * 4, "an axis of one is stretched"
