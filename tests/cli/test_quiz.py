"""``cnncalc quiz`` as a user meets it: on paper, in a spreadsheet, on a terminal, graded."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnncalc.render.cells import columns as width_of
from cnncalc.schemas import schema
from tests.cli.terminal import PROGRAM, environment
from tests.conftest import Called

THREE = ("quiz", "--count", "3", "--seed", "7")


def test_text_is_a_sheet_to_print(cnncalc: Called) -> None:
    """``--format text`` gives questions with options, and no answer."""
    code, out, err = cnncalc(*THREE, "--format", "text")
    assert (code, err) == (0, "")
    assert out.startswith(
        "Quiz: topic all, questions 3, seed 7\n\n1. A convolution with 32 filters of 1×1 and biases reads an input of 28x28x32. "
        "How many parameters does it have?\n\n   a) 827,904\n   b) 26,112\n   c) 1,056\n   d) 1,025\n\n2. "
    )
    assert "Solutions" not in out


def test_answers_stand_at_the_end(cnncalc: Called) -> None:
    """``--answers`` adds the worked lines and why the others are wrong, below all questions."""
    _code, out, _err = cnncalc(*THREE, "--answers", "--format", "markdown")
    questions, solutions = out.split("## Solutions")
    assert questions.count("```text") == 3
    assert "| 1 | c | 32·(1·1·32 + 1) = 1,056 |" in solutions
    assert "counts one bias per output" in solutions


def test_csv_has_a_row_for_each_question(cnncalc: Called) -> None:
    """Full digits, and the answer only on request."""
    _code, out, _err = cnncalc(*THREE, "--format", "csv", "--answers")
    head, *rows = csv.reader(io.StringIO(out))
    assert head == ["number", "topic", "text", "a", "b", "c", "d", "answer", "worked"]
    assert [row[3:8] for row in rows[:1]] == [["827904", "26112", "1056", "1025", "c"]]
    assert [row[7] for row in rows] == ["c", "c", "d"]


@pytest.mark.parametrize("arguments", [(), ("--answers",)])
def test_json_holds_to_its_schema(arguments: tuple[str, ...], cnncalc: Called) -> None:
    """Questions validate; answers are null unless they are asked for."""
    _code, out, _err = cnncalc(*THREE, *arguments, "--json")
    held, told = json.loads(schema("quiz")), json.loads(out)
    Draft202012Validator.check_schema(held)
    Draft202012Validator(held).validate(told)
    for question in told["questions"]:
        assert set(question) == set(held["properties"]["questions"]["items"]["required"])
        assert (question["answer"] is not None) == bool(arguments)
    assert list(Draft202012Validator(held).iter_errors({"schema": "cnncalc/quiz/1"}))


def test_the_same_seed_gives_the_same_sheet_and_none_a_new_one(cnncalc: Called) -> None:
    """Twice the same for a seed; without one the seed is drawn, shown, and gives the sheet again."""
    assert cnncalc(*THREE, "--json") == cnncalc(*THREE, "--json")
    _code, out, _err = cnncalc("quiz", "--count", "2", "--json")
    drawn = json.loads(out)["seed"]
    assert cnncalc("quiz", "--count", "2", "--seed", str(drawn), "--json")[1] == out


@pytest.mark.parametrize(
    ("answers", "needed", "code", "score"),
    [
        ("1: c\n2: c\n3: d\n", "100%", 0, [1, 1, 1]),
        ("1: c\n2: c\n", "60%", 0, [1, 1, 0]),
        ("c\n15\na\n", "60%", 1, [1, 0, 0]),
        ("", "1", 1, [0, 0, 0]),
        ("", "0", 0, [0, 0, 0]),
    ],
)
def test_grading_prints_the_score_and_exits_1_below_pass(
    answers: str, needed: str, code: int, score: list[int], cnncalc: Called, tmp_path: Path
) -> None:
    """A row for each question; the exit code is the verdict; the JSON validates."""
    file = tmp_path / "answers.txt"
    file.write_text(answers)
    graded, out, err = cnncalc(*THREE, "--grade", str(file), "--pass", needed)
    assert (graded, err) == (code, "")
    assert [int(line.split("\t")[2]) for line in out.splitlines()[1:]] == score
    _code, out, _err = cnncalc(*THREE, "--grade", str(file), "--pass", needed, "--json")
    held = json.loads(schema("grade"))
    Draft202012Validator.check_schema(held)
    Draft202012Validator(held).validate(json.loads(out))
    assert json.loads(out)["score"] == sum(score)


def test_grading_tells_what_went_wrong(cnncalc: Called, tmp_path: Path) -> None:
    """15 for the field forgets the dilation."""
    file = tmp_path / "answers.txt"
    file.write_text("2: 15")
    _code, out, _err = cnncalc(*THREE, "--grade", str(file), "--format", "plain")
    assert "15 is not it: that forgets the dilation (3 + 4 + 2 + 2 + 2·2); it is 3 + 4 + 8 + 2 + 4·2 = 25" in out
    assert "0 of 3 right, 2 needed: not passed" in out


def test_bad_answers_files_tell_every_problem(cnncalc: Called, tmp_path: Path) -> None:
    """One line for each problem, exit code 2, no score."""
    file = tmp_path / "answers.txt"
    file.write_text("4: c\n1: perhaps\n")
    code, out, err = cnncalc(*THREE, "--grade", str(file))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "cnncalc: line 1: there is no question 4: there are 3",
        "cnncalc: line 2: perhaps is not an answer: give a letter, a whole number, or a shape such as 222x222x64",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\xff\xfe\x00", "is not a text in UTF-8"), (b"1" * (2**20 + 1), "has more than 1,048,576 bytes")],
)
def test_what_is_no_answers_file_is_refused(content: bytes, problem: str, cnncalc: Called, tmp_path: Path) -> None:
    """Binary or huge files get one line."""
    file = tmp_path / "answers.txt"
    file.write_bytes(content)
    code, out, err = cnncalc(*THREE, "--grade", str(file))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert problem in err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--topic", "fields"),
            "no topic fields: take one of params, rf, shapes, macs, memory, local, equivariance, all",
        ),
        (("--count", "0"), "0 questions can't be asked: take 1 to 1,000"),
        (("--count", "100000"), "100000 questions can't be asked"),
        (("--seed", "-3"), "seed -3 is out of range"),
        (("--grade", "a.txt"), "--grade needs the --seed of the quiz that was answered"),
        (("--seed", "1", "--grade", "none.txt"), "can't read none.txt: No such file"),
        (("--seed", "1", "--grade", "a", "--answers"), "--grade and --answers contradict"),
        (("--pass", "101%"), "--pass 101% is neither a number from 0 to 10 nor a share"),
        (("--pass", "11"), "--pass 11 is neither"),
        (("--pass", "most"), "--pass most is neither"),
    ],
)
def test_bad_options_get_one_line(arguments: tuple[str, ...], line: str, cnncalc: Called) -> None:
    """Exit code 2 and the way out."""
    code, out, err = cnncalc("quiz", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnncalc: {line}")


def talk(typed: str, *arguments: str, interrupt: bool = False, columns: int = 100) -> tuple[int, str]:
    """Exit code and screen of a quiz on a terminal, on which ``typed`` is typed, and Ctrl-C at the first prompt."""
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment(NO_COLOR="1", COLUMNS=str(columns)),
        # what is started in the background is deaf to Ctrl-C, and so would be everything the tests start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread is running
    )
    os.close(follower)
    os.write(leader, typed.encode())
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # what Linux says when the other side is closed
            break
        shown += part
        if interrupt and b"> " in shown:
            interrupt = False
            program.send_signal(signal.SIGINT)
            os.write(leader, b"\n")  # should the signal have come just before the wait for a line
    os.close(leader)
    return program.wait(timeout=60), shown.decode().replace("\r\n", "\n")


def test_a_terminal_is_asked_question_by_question() -> None:
    """The diagnosis comes at once, nonsense is asked again, and the score decides the exit code."""
    code, shown = talk("c\n15\nnonsense\nd\n", *THREE)
    assert code == 0
    assert "> 1,056 is right: 32·(1·1·32 + 1) = 1,056" in shown
    assert "> 15 is not it: that forgets the dilation" in shown
    assert "> nonsense is not an answer" in shown
    assert shown.rstrip().endswith("2 of 3 right, 2 needed: passed")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_questions_are_no_wider_than_the_terminal(language: str) -> None:
    """At 80 columns every line of questions and verdicts fits, broken between words."""
    _code, shown = talk("a\nnonsense\na\n15\n", *THREE, "--lang", language, columns=80)
    # what was typed ahead stands above the questions, so a prompt is not followed by the end of its line
    lines = [line.removeprefix("> ") for line in shown.splitlines()]
    assert len(lines) > 15
    assert max(map(width_of, lines)) <= 80


def test_ending_the_input_ends_the_quiz() -> None:
    """Ctrl-D after one answer: the rest has no answer, and the score is told."""
    code, shown = talk("a\n\x04", *THREE)
    assert code == 1
    assert shown.rstrip().endswith("0 of 3 right, 2 needed: not passed")


def test_interrupting_is_a_clean_end() -> None:
    """Ctrl-C: exit code 130 and no traceback."""
    code, shown = talk("", *THREE, interrupt=True)
    assert code == 130
    assert "Traceback" not in shown
