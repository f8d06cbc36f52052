"""Answers are read as people write them, and stand for what their digits say and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.comparison.rows import Spec
from cnncalc.exercises.answers import POWERS, AnswerError, read
from cnncalc.exercises.counts import judge
from cnncalc.shapes import Shape

COLOUR = Spec(Shape((224, 224), 3), 3, 64)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("1,792", 1792, 1792),
        ("1_792", 1792, 1792),
        ("1 792", 1792, 1792),
        ("1，792", 1792, 1792),
        ("6.16亿", 615_500_000, 616_999_999),
        ("6.16 億", 615_500_000, 616_999_999),
        ("3136万", 31_355_000, 31_369_999),
        ("31.5M", 31_450_000, 31_599_999),
        ("31.5 million", 31_450_000, 31_599_999),
        ("61,656.7k", 61_656_650, 61_656_799),
        ("474.8G", 474_750_000_000, 474_899_999_999),
        ("4.7e11", 465_000_000_000, 479_999_999_999),
        ("1.792k", 1792, 1792),
        ("1.7920K", 1792, 1792),
        ("4k", 4000, 4000),
        ("5万", 50_000, 50_000),
    ],
)
def test_a_number_stands_for_what_is_written_like_it(text: str, least: int, most: int) -> None:
    """Rounded to the digits given or cut off after them, counted by hand; a single digit is no rounding."""
    answer = read(text)
    assert (answer.least, answer.most) == ((least,), (most,))
    assert answer.fits((least,))
    assert answer.fits((most,))
    assert not answer.fits((least - 1,))
    assert not answer.fits((most + 1,))


@given(st.integers(0, 10**13), st.sampled_from(sorted(set(POWERS) - {""})), st.integers(0, 3), st.booleans())
def test_every_number_is_recognised_in_short(number: int, word: str, decimals: int, cut: bool) -> None:
    """A number rounded, or cut off, to a few digits of a unit is read as itself and others near it."""
    unit = 10 ** (POWERS[word] - decimals) if POWERS[word] >= decimals else 1
    short = number // unit if cut else (number + unit // 2) // unit
    if short < 10:
        return
    text = f"{short}" if unit == 1 else f"{short // 10**decimals}.{short % 10**decimals:0{decimals}d}{word}"
    text = f"{short}{word}" if unit != 1 and not decimals else text
    answer = read(text)
    assert answer.fits((number,))
    assert not answer.fits((number + 2 * unit,))
    assert not answer.fits((number - 2 * unit,))


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("222x222x64", (222, 222, 64)),
        ("222×222×64", (222, 222, 64)),
        ("222 * 222 * 64", (222, 222, 64)),
        ("(222, 222, 64)", (222, 222, 64)),
        ("16,16,128", (16, 16, 128)),
        ("[1,024x1]", (1024, 1)),
    ],
)
def test_shapes(text: str, sizes: tuple[int, ...]) -> None:
    """All signs between sizes that people use."""
    assert read(text, sizes=len(sizes)).value == sizes


def test_commas_part_thousands_where_one_number_is_asked_for() -> None:
    """The same text is one number or three sizes, as the question has it."""
    assert read("16,016,128").value == (16_016_128,)
    assert read("16,016,128", sizes=3).value == (16, 16, 128)


@pytest.mark.parametrize(
    "text",
    ["", "12.5", "1.2345k", "M", "3.1.4", "1e400", "31.5X", "½", "٣", "३", "9" * 300, "1x2x3x4x5", "-31.5M", "1,56"],
)
def test_what_is_not_an_answer_is_refused(text: str) -> None:
    """In one line that says what one looks like."""
    with pytest.raises(AnswerError, match="is not an answer: give a whole number such as 1792, or a shape"):
        judge(COLOUR, "conv", text)


@pytest.mark.parametrize(
    ("spec", "of", "text", "right", "slips"),
    [
        (Spec(Shape((224, 224), 3)), "dense", "6.16亿", True, []),
        (COLOUR, "local", "3136万", False, ["one_input_channel", "rounded"]),
        (COLOUR, "local", "31.5M", False, ["one_input_channel"]),
        (COLOUR, "local", "88.3M", True, []),
        (COLOUR, "dense_same", "4748亿", True, []),
        (COLOUR, "dense_same", "4747亿", True, []),
        (COLOUR, "dense_same", "4746亿", False, []),
    ],
)
def test_short_answers_are_judged_like_long_ones(spec: Spec, of: str, text: str, right: bool, slips: list[str]) -> None:
    """The notes' numbers as the notes write them: right where the digits are, and a slip where a slip gives them."""
    report = judge(spec, of, text)
    assert (report.verdict, report.data["slips"]) == (right, slips)
    assert report.title.startswith(text)
