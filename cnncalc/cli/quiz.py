"""``cnncalc quiz``: exercises, on paper, asked on a terminal, or graded."""

import re
import sys
from collections.abc import Sequence
from typing import Annotated

from typer import Context
from typer import Option as Setting

from cnncalc.cli.answer import OUTPUT, completing
from cnncalc.cli.errors import UsageError
from cnncalc.cli.output import Output, page
from cnncalc.exercises.answers import AnswerError
from cnncalc.exercises.paper import answers_in, choices, graded, paper
from cnncalc.exercises.paper import grade as grade_by
from cnncalc.exercises.quiz import TOPICS, Judged, Question, judge, quiz
from cnncalc.language import N_, _
from cnncalc.render.cells import printable, wrap
from cnncalc.report import Report
from cnncalc.shapes import shorten

DETAILS = N_(
    "On a terminal the questions are asked one by one: type a letter or the number itself, nothing to pass. In a pipe, or "
    "with --format or --answers, they are printed. The same seed gives the same questions everywhere; without one it is "
    'drawn, and shown. An answers file has a line such as "3: b" or "3: 1792" for each question.'
)
EXAMPLES = (
    "quiz --topic params --count 3 --seed 7 --format text",
    "quiz --topic rf --count 5 --seed 7 --answers --format markdown",
    "quiz --count 10 --seed 7 --format csv",
)


def command(
    context: Context,
    *,
    topic: Annotated[
        str,
        Setting(
            metavar="|".join((*TOPICS, "all")),
            help=N_("what the questions are about"),
            autocompletion=lambda incomplete: completing((*TOPICS, "all"))(None, [], incomplete),
        ),
    ] = "all",
    count: Annotated[int, Setting(metavar="N", help=N_("how many questions"))] = 10,
    seed: Annotated[int | None, Setting(metavar="N", help=N_("which questions: the same for the same number"))] = None,
    answers: Annotated[bool, Setting("--answers", help=N_("print the solutions at the end"))] = False,
    grade: Annotated[
        str | None, Setting(metavar="FILE", help=N_("grade the answers in this file; - for a pipe"))
    ] = None,
    needed: Annotated[
        str, Setting("--pass", metavar="N|N%", help=N_("right answers needed to pass; exit code 1 below"))
    ] = "60%",
) -> Report:
    if grade is not None and (seed is None or answers):
        raise UsageError(
            _("--grade needs the --seed of the quiz that was answered")
            if seed is None
            else _("--grade and --answers contradict: leave one out")
        )
    seed = _any_seed() if seed is None else seed
    questions = quiz(topic, count, seed)
    least = _least(needed, len(questions))
    if grade is not None:
        return graded(grade_by(questions, answers_in(grade)), topic, seed, least)
    if not answers and context.meta[OUTPUT] == Output() and sys.stdin.isatty() and sys.stdout.isatty():
        return graded(_asked(questions), topic, seed, least, comments=False)
    return paper(questions, topic, seed, solved=answers)


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
