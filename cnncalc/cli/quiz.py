"""``cnncalc quiz``: exercises, on paper, asked on a terminal, or graded; for one or for a class."""

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Context
from typer import Option as Setting

from cnncalc.cli.answer import OUTPUT, completing
from cnncalc.cli.errors import OutputError, UsageError, say
from cnncalc.cli.output import Output, page, save, wanted
from cnncalc.exercises.answers import AnswerError
from cnncalc.exercises.own import TOPIC as OWN
from cnncalc.exercises.own import every as own_plan
from cnncalc.exercises.own import read_questions
from cnncalc.exercises.paper import answers_in, choices, graded, paper
from cnncalc.exercises.paper import grade as grade_by
from cnncalc.exercises.quiz import TOPICS, Judged, Question, judge, quiz, seeded
from cnncalc.language import N_, _
from cnncalc.render import ALIASES, FORMATS, encode
from cnncalc.render.cells import printable, wrap
from cnncalc.report import Report
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.exercises.classroom import Marks, Sheet

USUAL = "60%"
"""Right answers needed to pass, unless it is said."""
SHEET_WIDTH = 80
"""Columns of a sheet in plain text."""

DETAILS = N_(
    "On a terminal the questions are asked one by one: type a letter or the number itself, nothing to pass. In a pipe, or "
    "with --format or --answers, they are printed. The same seed gives the same questions everywhere; without one it is "
    'drawn, and shown. An answers file has a line such as "3: b" or "3: 1792" for each question. With --class and --key every '
    "student of a roster gets a sheet with other numbers, drawn from a secret that no sheet shows; --grade then marks a "
    "folder of answers."
)
EXAMPLES = (
    "quiz --topic params --count 3 --seed 7 --format text",
    "quiz --topic rf --count 5 --seed 7 --answers --format markdown",
    "quiz --count 10 --seed 7 --format csv",
    "quiz --topic equivariance,macs --count 4 --seed 7 --format gift",
)


def command(
    context: Context,
    *,
    topic: Annotated[
        str,
        Setting(
            metavar="TOPIC,…",
            help=N_(
                "what the questions are about: params, rf, shapes, macs, memory, local, equivariance, several with commas, or "
                "all (the first three)"
            ),
            autocompletion=lambda incomplete: completing((*TOPICS, "all"))(None, [], incomplete),
        ),
    ] = "all",
    own: Annotated[
        str | None, Setting("--from", metavar="FILE", help=N_("questions of your own instead, from this TOML file"))
    ] = None,
    count: Annotated[int, Setting(metavar="N", help=N_("how many questions"))] = 10,
    seed: Annotated[int | None, Setting(metavar="N", help=N_("which questions: the same for the same number"))] = None,
    answers: Annotated[bool, Setting("--answers", help=N_("print the solutions at the end"))] = False,
    roster: Annotated[
        str | None,
        Setting("--class", metavar="FILE", help=N_("a sheet for each student of this CSV file, into the folder of -o")),
    ] = None,
    key: Annotated[
        str | None, Setting(metavar="FILE", help=N_("the secret from which the sheets of a class are drawn"))
    ] = None,
    grade: Annotated[
        str | None,
        Setting(
            metavar="FILE", help=N_("grade the answers in this file (- for a pipe), of a class those in this folder")
        ),
    ] = None,
    needed: Annotated[
        str | None,
        Setting(
            "--pass",
            metavar="N|N%",
            help=N_("right answers needed to pass; exit code 1 below. Without it 60%, and of a class everybody passes"),
        ),
    ] = None,
) -> Report:
    if roster is not None or key is not None:
        return _class(context, Class(roster, key, topic, own, count, answers, grade, needed), seed)
    if grade is not None and (seed is None or answers):
        raise UsageError(
            _("--grade needs the --seed of the quiz that was answered")
            if seed is None
            else _("--grade and --answers contradict: leave one out")
        )
    seed = _any_seed() if seed is None else seed
    questions = quiz(topic, count, seed) if own is None else seeded(own_plan(read_questions(own), count), seed)
    topic = topic if own is None else OWN
    least = _least(needed or USUAL, len(questions))
    if grade is not None:
        return graded(grade_by(questions, answers_in(grade)), topic, seed, least)
    if not answers and context.meta[OUTPUT] == Output() and sys.stdin.isatty() and sys.stdout.isatty():
        return graded(_asked(questions), topic, seed, least, comments=False)
    return paper(questions, topic, seed, solved=answers)


class Class(NamedTuple):
    """The options of a quiz for a class."""

    roster: str | None
    key: str | None
    topic: str
    own: str | None
    questions: int
    answers: bool
    grade: str | None
    needed: str | None


def _class(context: Context, asked: Class, seed: int | None) -> Report:
    """Sheets for a class written, or their answers marked."""
    if asked.roster is None or asked.key is None:
        raise UsageError(_("--class and --key need each other: give both"))
    if seed is not None:
        raise UsageError(_("--seed and --key contradict: leave one out"))
    from cnncalc.exercises.classroom import mark, read_key, read_roster, sheets

    own = () if asked.own is None else read_questions(asked.own)
    topic = asked.topic if asked.own is None else OWN
    class_ = sheets(read_roster(asked.roster), read_key(asked.key), asked.topic, asked.questions, own)
    if asked.grade is None:
        return _given_out(context, class_, topic, solved=asked.answers)
    if asked.answers:
        raise UsageError(_("--grade and --answers contradict: leave one out"))
    return _marked(context, mark(class_, asked.grade), topic, asked)


def _marked(context: Context, marks: "Marks", topic: str, asked: Class) -> Report:
    """The marks; where they go into a file, that is written, and the summary is left to be shown."""
    from cnncalc.exercises.marks import complaints, marked, summarised

    output: Output = context.meta[OUTPUT]
    report = marked(marks, topic, None if asked.needed is None else _least(asked.needed, asked.questions))
    if output.output in (None, "-"):
        return report
    for line in complaints(marks):
        say(line)
    if output.get is not None or output.columns is not None:
        return report
    save(encode(report, wanted(output) or "csv", page(terminal=False)), str(output.output))
    context.meta[OUTPUT] = Output()
    return summarised(report)


def _given_out(context: Context, class_: "Sequence[Sheet]", topic: str, *, solved: bool) -> Report:
    """Write a file for each student, all of them once all are made, and leave the list of them to be shown."""
    from cnncalc.exercises.classroom import file_of
    from cnncalc.exercises.marks import given_out, one_sheet

    output: Output = context.meta[OUTPUT]
    format = "json" if output.json else output.format or "markdown"
    if output.output in (None, "-") or output.get is not None or output.columns is not None:
        raise UsageError(_("a class needs a folder for its sheets: add -o sheets, and leave out --get and --columns"))
    suffix = (*FORMATS[ALIASES.get(format, format)], ".txt")[0]
    paper, folder = page(terminal=False)._replace(width=SHEET_WIDTH), str(output.output)
    written = {
        f"{file_of(sheet)}{suffix}": encode(one_sheet(sheet, topic, solved=solved), format, paper) for sheet in class_
    }
    _make(folder)
    for name, content in written.items():
        save(content, os.path.join(folder, name))
    context.meta[OUTPUT] = Output()
    return given_out(class_, [os.path.join(folder, name) for name in written], topic)


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OutputError(
            _("can't make the folder {path}: {reason}").format(path=folder, reason=error.strerror)
        ) from error


def _any_seed() -> int:
    import random

    return random.SystemRandom().randrange(1_000_000)


def _least(needed: str, count: int) -> int:
    """``60%`` or a number as right answers out of ``count``.

    >>> _least("60%", 10), _least("7", 10), _least("50%", 3)
    (6, 7, 2)
    """
    match = re.fullmatch(r"([0-9]{1,4})\s*(%?)", needed.strip())
    most = 100 if match and match[2] else count
    if not match or int(match[1]) > most:
        raise UsageError(
            _("--pass {needed} is neither a number from 0 to {count} nor a share such as 60%").format(
                needed=shorten(needed), count=count
            )
        )
    return -(-int(match[1]) * count // 100) if match[2] else int(match[1])


def _asked(questions: Sequence[Question]) -> list[Judged]:
    """Ask on the terminal, tell at once what went wrong; whoever ends the input ends the quiz."""
    judged: list[Judged] = []
    for question in questions:
        _tell(f"{question.number}. {question.text}")
        if question.task.in_words:
            _tell(choices(question))
        else:
            print(choices(question))
        one = _one(question)
        if one is None:
            print()
            break
        _tell(f"{one.line}\n")
        judged.append(one)
    return judged + [judge(question, None) for question in questions[len(judged) :]]


def _one(question: Question) -> Judged | None:
    """The judged answer to a question; `None` if the input has ended."""
    while True:
        try:
            return judge(question, input("> ").strip() or None)
        except EOFError:
            return None
        except AnswerError as error:
            _tell(str(error))


def _tell(words: str) -> None:
    """Print lines that are no wider than the terminal."""
    width = page(terminal=True).width
    for line in words.split("\n"):
        print(*wrap(printable(line), width), sep="\n")
