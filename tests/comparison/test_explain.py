"""The derivation: every equation in it is true, every row and factor is derived, in both languages' order."""

from __future__ import annotations

import re

from hypothesis import given, settings

from cnncalc.comparison.explain import DERIVATIONS, SAVINGS, explain
from cnncalc.comparison.rows import ROWS, Spec
from cnncalc.shapes import Shape
from tests import plain
from tests.comparison.test_rows import specs

COLOUR = Spec(Shape((224, 224), 3), 3, 64)
EQUATION = re.compile(r"([⌊(\d][\d,·+−/()⌊⌋ ]*[\d)⌋]) = (\d[\d,]*\d|\d)")


@settings(max_examples=40)
@given(specs())
def test_every_equation_in_the_text_is_true(spec: Spec) -> None:
    """The left side of each equals sign, evaluated by itself, is the right side."""
    equations = [found for text in explain(spec).notes for found in EQUATION.findall(text)]
    assert equations
    for left, right in equations:
        assert plain.evaluate(left) == int(right.replace(",", ""))


def test_the_evaluator_sees_the_equations() -> None:
    """The equations of the derivation are found, those of the notes among them."""
    text = " ".join(explain(COLOUR).notes)
    found = {right for _left, right in EQUATION.findall(text)}
    assert {"222", "27", "49,284", "150,528", "1,792", "88,316,928", "474,794,959,104", "616,566,784"} <= found
    assert "(224 + 0 − 3)/1 + 1 = 222" in text
    assert "one per filter, because" in text


def test_every_row_and_every_cause_has_its_words() -> None:
    """No row of the comparison and no cause of a factor is left without a derivation."""
    assert set(DERIVATIONS) == set(ROWS)
    assert set(SAVINGS) == {"locality", "sharing", "grouping", "separation"}


def test_steps_come_in_the_order_of_a_lesson() -> None:
    """First the input and the places, then the rows, then biases, then what each idea saves."""
    steps = [step["name"] for step in explain(COLOUR).data["steps"]]
    assert steps == [
        *("input", "positions", "outputs", "dense", "dense_same", "local", "conv", "bias", "local_bias"),
        *("locality", "sharing", "locality", "sharing"),
    ]


def test_what_is_not_there_is_not_explained() -> None:
    """Padding, dilation, strides, rounding and biases are told where they are, and only there."""
    plainly = " ".join(explain(COLOUR).notes)
    assert not re.search("dilation|Padding|Steps|rounded|no biases", plainly)
    options = {"stride": 3, "padding": 1, "dilation": 2, "bias": False, "names": ("conv",)}
    told = " ".join(explain(Spec(Shape((16,), 4), 3, 8, **options)).notes)  # type: ignore[arg-type]
    for words in (
        "a kernel of 3 with dilation 2 spans 2·(3 − 1) + 1 = 5 inputs",
        "Padding 1 + 1 = 2 makes room",
        "Steps of 3 leave out the places between",
        "16/3",
        "There are no biases",
    ):
        assert words in told
