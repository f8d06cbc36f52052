"""Wrong answers about receptive fields, and the slips that give them."""

from __future__ import annotations

import pytest

from cnncalc.exercises.answers import AnswerError
from cnncalc.exercises.fields import SLIPS, judge
from cnncalc.notation.parsing import parse

CASES = [
    pytest.param("conv3,d2 x3", "rf", "7", ["no_dilation"], id="dilation forgotten: 7 for 13"),
    pytest.param("conv3 maxpool2 conv3 maxpool2 conv3", "rf", "9", ["no_jump"], id="strides forgotten"),
    pytest.param("conv3 x3", "rf", "9", ["kernels_as_they_are"], id="3 + 3 + 3 for 7"),
    pytest.param("conv3 conv3,d2 conv3,d4 conv3,d8 conv3,d16 conv3,d32", "rf", "13", ["no_dilation"], id="13 for 127"),
    pytest.param("conv3,p1 add( conv3,p1 x2 | conv5,p2 )", "rf", "11", ["shortcut_in_series"], id="shortcut in line"),
    pytest.param("conv7/2,p3 maxpool3/2,p1", "start", "0", ["no_padding"], id="padding forgotten"),
    pytest.param("conv3,d2 maxpool2 conv3,d2", "rf", "6", ["no_dilation", "no_jump"], id="two slips"),
    pytest.param("conv3 x2", "rf", "1000", [], id="no slip gives it"),
]


@pytest.mark.parametrize(("text", "of", "answer", "slips"), CASES)
def test_slips_are_named(text: str, of: str, answer: str, slips: list[str]) -> None:
    """A wrong answer is told the fewest slips that give it, and that it is not it."""
    report = judge(parse(text), None, of, answer)
    assert report.verdict is False
    assert report.data["slips"] == slips
    assert "is not it" in report.title


@pytest.mark.parametrize(("of", "answer"), [("rf", "10"), ("jump", "2"), ("start", "0")])
def test_right_answers(of: str, answer: str) -> None:
    """conv3 x2 maxpool2 conv3: field 10, jump 2, start 0."""
    report = judge(parse("conv3 x2 maxpool2 conv3"), None, of, answer)
    assert report.verdict is True
    assert report.title.startswith(f"{answer} is right")


def test_the_sum_is_shown() -> None:
    """The right line says how the size comes about, layer by layer."""
    title = judge(parse("conv3 x2 maxpool2 conv3"), None, "rf", "8").title
    assert title.endswith("it is 3 + 2 + 1 + 2·2 = 10")


def test_every_slip_is_made_by_a_case() -> None:
    """No slip is there that nothing tests."""
    made = {slip for case in CASES for slip in case.values[3]}  # type: ignore[attr-defined, union-attr]
    assert made == {slip.name for slip in SLIPS}


@pytest.mark.parametrize(
    ("text", "of", "answer", "line"),
    [
        ("conv3", "rf", "many", "many is not an answer: give a whole number such as 427"),
        ("conv3", "rf", "9" * 5000, r"\(5,000 characters\) is not an answer"),
        ("conv3", "size", "3", "there is no size: take one of rf, jump, start"),
        ("conv1x7", "rf", "7", "rf of conv1 is not one whole number"),
    ],
)
def test_questions_without_an_answer(text: str, of: str, answer: str, line: str) -> None:
    """What can't be judged is refused in one line."""
    with pytest.raises(AnswerError, match=line):
        judge(parse(text), None, of, answer)
