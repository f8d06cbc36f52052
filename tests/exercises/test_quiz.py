"""The quiz: the same for the same seed, right solutions, wrong options that come from slips, and fair grading."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.comparison.rows import Spec
from cnncalc.errors import ProblemsError
from cnncalc.exercises import answers
from cnncalc.exercises import paper as quiz_report
from cnncalc.exercises.answers import AnswerError
from cnncalc.exercises.counts import exercise, solve
from cnncalc.exercises.quiz import LETTERS, Dice, Option, QuizError, judge, quiz
from cnncalc.exercises.slips import diagnose
from cnncalc.shapes import Shape
from tests.conftest import Called

SEVEN = [
    "params c 32·(1·1·32 + 1) = 1,056",
    "rf c 3 + 4 + 8 + 2 + 4·2 = 25",
    "shapes d (⌊(32 + 2 − 3)/2⌋ + 1)x(⌊(32 + 2 − 3)/2⌋ + 1)x32 = 16x16x32",
    "params b 64·(3·3·16 + 1) = 9,280",
    "rf a 7 + 1·2 + 4·4 = 25",
    "shapes a ((10 + 0 − 5)/1 + 1)·((10 + 0 − 5)/1 + 1) = 36",
]
"""What seed 7 has asked since the first release, and has to ask for ever: the numbers are those of hand-checked lines."""


def test_a_seed_asks_the_same_for_ever() -> None:
    """The first questions of seed 7, frozen: topic, letter of the answer, worked line."""
    assert [
        f"{question.topic} {question.right.letter} {answers.show(question.right.value)}"
        for question in quiz("all", 6, 7)
    ] == SEVEN


def test_choices_rest_on_what_python_promises() -> None:
    """Only `random.Random.random` is used, whose sequence never changes; its first numbers for seed 7, frozen."""
    source = random.Random(7)
    assert [round(source.random(), 12) for _time in range(3)] == [0.323832764833, 0.150849173925, 0.65093447304]
    dice = Dice(7)
    assert [dice.below(1000) for _time in range(3)] == [323, 150, 650]
    assert {name for name in dir(Dice) if not name.startswith("_")} == {"below", "pick", "shuffled"}


@given(st.integers(0, 2**63 - 1), st.integers(1, 30))
def test_dice_are_fair_enough(seed: int, count: int) -> None:
    """A choice is among the choices, and shuffled things are the same things."""
    dice, things = Dice(seed), list(range(count))
    assert dice.below(count) in things
    assert sorted(dice.shuffled(things)) == things


QUESTIONS = [question for seed in range(12) for question in quiz("all", 15, seed)]


def test_every_question_has_four_different_options_and_one_right() -> None:
    """Letters a to d, four values, one without slips, all positive."""
    for question in QUESTIONS:
        assert "".join(option.letter for option in question.options) == LETTERS
        assert len({option.value for option in question.options}) == 4
        assert sum(option.mistake is None for option in question.options) == 1
        assert all(min(option.value) > 0 for option in question.options)


def test_every_wrong_option_is_diagnosed_by_its_slips() -> None:
    """Whoever takes a wrong option is told the slips that it was made from, or others that give the same number."""
    for question in QUESTIONS:
        for option in question.options:
            judged = judge(question, option.letter)
            assert judged.correct == (option.mistake is None)
            if option.mistake is not None:
                found = diagnose(option.value, question.task.exercise, question.task.slips, question.task.solve)
                assert found is not None
                assert judged.slips == tuple(slip.name for slip in found.slips)
                assert len(found.slips) <= len(option.mistake.slips)


def test_younger_slips_are_options_too() -> None:
    """They take the place of one option now and then; what is right, and its letter, stay as they were."""
    drawn = [question for topic in ("params", "rf") for seed in range(8) for question in quiz(topic, 40, seed)]
    options = [option for question in drawn for option in question.options if option.mistake]
    names = {slip.name for option in options for slip in option.mistake.slips}  # type: ignore[union-attr]
    assert {"three_channels", "local_over_input", "own_stride", "last_stride", "sum_of_kernels", "area"} <= names


def test_the_calculator_gives_every_solution(cnncalc: Called) -> None:
    """The command that goes with each question prints its answer: the quiz and the calculator agree."""
    for question in QUESTIONS[:90]:
        program, *words = question.task.command.split()
        code, out, err = cnncalc(*words)
        assert (program, code, err) == ("cnncalc", 0, "")
        printed = json.loads(out)
        right = [int(size) for size in question.right.value]
        assert printed == (right[0] if len(right) == 1 else right)


def test_questions_say_all_that_their_command_says() -> None:
    """Every number of the command is in the text: nothing that matters is left out."""
    for question in QUESTIONS:
        text = question.text
        for number in re.findall(r"--(?:kernel|filters|stride|padding|units) (\d+)", question.task.command):
            assert re.search(rf"(?<!\d){number}(?!\d)", text) or (
                number == "1" and "--filters 1" in question.task.command
            )


def test_no_question_comes_twice_in_a_row_of_twenty() -> None:
    """Within a quiz of twenty all questions differ."""
    for topic in ("params", "rf", "shapes", "all"):
        texts = [question.text for question in quiz(topic, 20, 3)]
        assert len(set(texts)) == 20


@pytest.mark.parametrize("topic", ["params", "rf", "shapes"])
def test_a_topic_asks_about_itself(topic: str) -> None:
    """And ``all`` takes the topics in turn."""
    assert {question.topic for question in quiz(topic, 8, 1)} == {topic}
    assert [question.topic for question in quiz("all", 4, 1)] == ["params", "rf", "shapes", "params"]


@pytest.mark.parametrize(
    ("topic", "count", "seed", "problem"),
    [
        ("fields", 1, 1, "no topic fields: take one of params, rf, shapes, macs, memory, local, equivariance, all"),
        ("rf", 0, 1, "0 questions can't be asked: take 1 to 1,000"),
        ("rf", 1001, 1, "1001 questions can't be asked"),
        ("rf", 1, -1, "seed -1 is out of range"),
    ],
)
def test_what_is_no_quiz_is_refused(topic: str, count: int, seed: int, problem: str) -> None:
    """One line with the numbers that were given."""
    with pytest.raises(QuizError, match=problem):
        quiz(topic, count, seed)


def test_answers_may_be_letters_numbers_or_shapes() -> None:
    """All forms of the right answer are right, and what is none of them is refused."""
    first, _second, third = quiz("all", 3, 7)
    for given_answer in ("c", "C)", " c. ", "1056", "1,056", "1_056"):
        assert judge(first, given_answer).correct
    for given_answer in ("d", "16x16x32", "16×16×32", "16X16X32"):
        assert judge(third, given_answer).correct
    assert not judge(first, None).correct
    for nonsense in ("e", "about 1000", "-5", "1.5"):
        with pytest.raises(AnswerError, match="is not an answer"):
            judge(first, nonsense)


def test_diagnosis_names_the_slip() -> None:
    """A typed number is diagnosed as an option is; one from nowhere is told to be from nowhere."""
    first = quiz("params", 1, 7)[0]
    assert judge(first, "1024").line == (
        "1,024 is not it: that forgets the bias (32·1·1·32); it is 32·(1·1·32 + 1) = 1,056"
    )
    assert judge(first, "5").line.startswith("5 is not it, and none of the usual slips gives it")


@pytest.mark.parametrize(
    "text",
    [
        "1: c\n2: b\n3: d",
        "1. c\n2) b\n3 d\n",
        "c\nb\nd",
        "\ufeffc"[1:] + "  # sure\n\n2: 15\n3: 16x16x32",
        "3: d\n1: 1,056\n2: B",
        "1：c\n2、b\n3）d",
    ],
)
def test_answers_files_are_read_in_the_ways_people_write_them(text: str) -> None:
    """Numbered or in order, remarks and empty lines aside: right, wrong, right."""
    judged = quiz_report.grade(quiz("all", 3, 7), text)
    assert [one.correct for one in judged] == [True, False, True]


@pytest.mark.parametrize(
    ("line", "correct"),
    [
        ("88.3M", True),
        ("88.3 million", True),
        ("1.88.3M", True),
        ("1. 88.3M", True),
        ("1.88316928", True),
        ("1.8831万", False),
    ],
)
def test_a_line_of_decimals_is_an_answer_and_no_number_of_a_question(line: str, correct: bool) -> None:
    """A point before decimals of a unit is no sign after the number of a question."""
    question = quiz("params", 1, 7)[0]
    task = question.task._replace(exercise=exercise(Spec(Shape((224, 224), 3), 3, 64), "local"))
    option = Option("a", solve(task.exercise), None)
    (judged,) = quiz_report.grade([replace(question, task=task, options=(option,))], line)
    assert judged.correct is correct


def test_questions_left_out_are_not_right() -> None:
    """A missing answer scores nothing and says what it would have been."""
    judged = quiz_report.grade(quiz("all", 3, 7), "3: d")
    assert [one.correct for one in judged] == [False, False, True]
    assert judged[0].line == "no answer; it is 32·(1·1·32 + 1) = 1,056"


def test_all_problems_of_an_answers_file_are_told_at_once() -> None:
    """One line for each: no such question, one answered twice, one that is not an answer."""
    with pytest.raises(ProblemsError, match="line 1: there is no question 9: there are 3") as caught:
        quiz_report.grade(quiz("all", 3, 7), "9: c\n1: c\n1: d\n2: maybe\n")
    assert str(caught.value).splitlines() == [
        "line 1: there is no question 9: there are 3",
        "line 3: question 1 is answered twice: leave one out",
        "line 4: maybe is not an answer: give a letter, a whole number, or a shape such as 222x222x64",
    ]


def test_paper_keeps_the_solutions_to_itself() -> None:
    """Without ``solved`` neither data nor text tell the answer; with it they tell all of it, at the end."""
    questions = quiz("all", 3, 7)
    hidden, solved = (quiz_report.paper(questions, "all", 7, solved=told) for told in (False, True))
    assert [entry["answer"] for entry in hidden.data["questions"]] == [None] * 3
    assert [entry["answer"] for entry in solved.data["questions"]] == ["c", "c", "d"]
    assert len(solved.story) == len(hidden.story) + 2
    assert [column.key for column in hidden.tables[0].columns] == ["number", "topic", "text", *LETTERS]
    assert [column.key for column in solved.tables[0].columns][-2:] == ["answer", "worked"]


@pytest.mark.parametrize(("needed", "passed"), [(0, True), (1, True), (2, False)])
def test_the_verdict_is_the_score_against_what_is_needed(needed: int, passed: bool) -> None:
    """One right of three passes where one is needed, and fails where two are."""
    report = quiz_report.graded(quiz_report.grade(quiz("all", 3, 7), "c\na\na"), "all", 7, needed)
    assert (report.verdict, report.get("passed"), report.get("score")) == (passed, passed, 1)
    assert [row[2] for row in report.tables[0].rows] == [1, 0, 0]
