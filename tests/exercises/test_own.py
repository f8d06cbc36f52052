"""Questions of one's own: computed answers, and one line for everything that is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.errors import ProblemsError
from cnncalc.exercises.own import every, read_questions
from cnncalc.exercises.quiz import drawn, judge
from cnncalc.exercises.tasks import QuizError

GOOD = """
[[question]]
text = "A layer with {filters} filters of {kernel}×{kernel} reads {input}. How many {{parameters}} has it?"
asks = "conv.parameters"
numbers = { input = ["32x32x3", "64x64x1"], kernel = [3, 5], filters = [8, 16, 32] }

[[question]]
text = "How far does {network} see?"
asks = "rf"
numbers = { network = ["conv3 maxpool2 conv3", "conv5 conv3/2 conv3"] }
"""


def written(folder: Path, text: str) -> str:
    path = folder / "questions.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_answers_are_computed(tmp_path: Path) -> None:
    """The numbers in the text give the answer, counted by hand; wrong options are slips; questions take turns."""
    questions = drawn(every(read_questions(written(tmp_path, GOOD)), 8), 3)
    assert [question.topic for question in questions] == ["own"] * 8
    for question in questions[::2]:
        numbers = question.task.numbers
        channels = int(numbers["input"].split("x")[2])
        assert int(question.right.value[0]) == int(numbers["filters"]) * (int(numbers["kernel"]) ** 2 * channels + 1)
        assert "How many {parameters} has it?" in question.text
    fields = {"conv3 maxpool2 conv3": 8, "conv5 conv3/2 conv3": 11}
    for question in questions[1::2]:
        assert int(question.right.value[0]) == fields[question.task.numbers["network"]]
        wrong = next(option for option in question.options if option.mistake)
        assert judge(question, wrong.letter).slips


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[question]]\ntext = 'a'\nasks = 'conv'", "question 1: it needs numbers"),
        (
            "[[question]]\ntext = '{kernl}'\nasks = 'conv'\nnumbers = {kernl = 3}",
            "there is no number kernl: take some of kernel",
        ),
        (
            "[[question]]\ntext = '{kernel.x}'\nasks = 'conv'\nnumbers = {kernel = 3, input = '9x9x1'}",
            "the text has {kernel.x}",
        ),
        (
            "[[question]]\ntext = '{'\nasks = 'conv'\nnumbers = {kernel = 3, input = '9x9x1'}",
            "write a brace that is one twice",
        ),
        ("[[question]]\ntext = 'a'\nasks = 'conv'\nnumbers = {kernel = [], input = '9x9x1'}", "kernel has no value"),
        (
            "[[question]]\ntext = 'a'\nasks = 'conv'\nnumbers = {kernel = [3, 11], input = '9x9x1'}",
            "kernel 11.*does not fit",
        ),
        (
            "[[question]]\ntext = 'a'\nasks = 'conv'\nnumbers = {kernel = '3', input = '9x9x1'}",
            "kernel 3 is not a whole number",
        ),
        (
            "[[question]]\ntext = 'a'\nasks = 'conv.colour'\nnumbers = {kernel = 3, input = '9x9x1'}",
            "there is no conv.colour",
        ),
        (
            "[[question]]\ntext = 'a'\nasks = 'colour'\nnumbers = {network = 'conv3'}",
            "there is no colour: take one of rf",
        ),
        ("[[question]]\ntext = 'a'\nasks = 'rf'\nnumbers = {network = 'conv3 (('}", "network conv3"),
        (
            "[[question]]\ntext = 'a'\nasks = 'rf'\nnumbers = {network = 'convT3/2'}",
            "is not one whole number|more than windows in a row",
        ),
    ],
)
def test_what_is_wrong_with_a_question_is_said(text: str, problem: str, tmp_path: Path) -> None:
    """The file, the number of the question, and what to mend."""
    with pytest.raises(ProblemsError) as raised:
        read_questions(written(tmp_path, text))
    assert len(raised.value.problems) == 1
    with pytest.raises(ProblemsError, match=problem):
        read_questions(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("question = 3", "has no questions"),
        ("", "has no questions"),
        ("[[question", "is not TOML"),
        (f"a = 1{'0' * 5000}", "is not TOML"),
        (f"a = {'[' * 5000}", "is not TOML"),
        ("[[question]]\n" * 101, "has 101 questions: at most 100"),
    ],
)
def test_what_is_no_file_of_questions_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    """One line."""
    with pytest.raises(QuizError, match=problem):
        read_questions(written(tmp_path, text))


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """A line for each question that is wrong, not for the first alone."""
    with pytest.raises(ProblemsError) as raised:
        read_questions(written(tmp_path, "[[question]]\nasks = 'conv'\n" * 3))
    assert [problem.split(": ")[0][-1] for problem in raised.value.problems] == ["1", "2", "3"]


def test_a_question_that_nobody_gets_wrong_is_refused(tmp_path: Path) -> None:
    """Where no slip leads anywhere else there are no options, and drawing ends."""
    text = "[[question]]\ntext = 'How far?'\nasks = 'rf'\nnumbers = {network = 'conv1'}"
    with pytest.raises(QuizError, match="no three wrong answers"):
        drawn(every(read_questions(written(tmp_path, text)), 1), 1)
