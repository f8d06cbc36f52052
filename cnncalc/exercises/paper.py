"""A quiz on paper, and its answers graded, as a `Report`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cnncalc.errors import ProblemsError
from cnncalc.exercises import answers
from cnncalc.exercises.quiz import LETTERS, Judged, Option, Question, QuizError, judge, read
from cnncalc.language import _
from cnncalc.report import Cell, Column, Picture, Report, Table
from cnncalc.shapes import shorten

MOST_BYTES = 2**20
"""An answers file of more bytes holds something else."""


def paper(questions: Sequence[Question], topic: str, seed: int, *, solved: bool) -> Report:
    """The exercises; with ``solved``, the solutions at the end, so that they can be cut off.

    >>> from cnncalc.exercises.quiz import quiz
    >>> report = paper(quiz("params", 1, 7), "params", 7, solved=False)
    >>> report.get("1.options"), report.get("1.answer")
    ({'a': 827904, 'b': 26112, 'c': 1056, 'd': 1025}, None)
    """
    data = {
        "topic": topic,
        "seed": seed,
        "count": len(questions),
        "solved": solved,
        "questions": [_question_data(question, solved) for question in questions],
    }
    title = _("Quiz: topic {topic}, questions {count}, seed {seed}").format(
        topic=topic, count=len(questions), seed=seed
    )
    story: list[str | Table | Picture] = []
    for question in questions:
        story += [f"{question.number}. {question.text}", Picture(tuple(map(_choice, question.options)))]
    if solved:
        story += [_solutions(questions), _slips(questions)]
    return Report("quiz", data, (_flat(questions, solved),), title=title, story=tuple(story))


def choices(question: Question) -> str:
    """The options on lines of their own."""
    return "\n".join(map(_choice, question.options))


def _choice(option: Option) -> str:
    return f"   {option.letter}) {answers.plain(option.value)}"


def _question_data(question: Question, solved: bool) -> dict[str, Any]:
    wrong = [option for option in question.options if option.mistake is not None]
    return {
        "name": str(question.number),
        "topic": question.topic,
        "text": question.text,
        "options": {option.letter: answers.raw(option.value) for option in question.options},
        "answer": question.right.letter if solved else None,
        "value": answers.raw(question.right.value) if solved else None,
        "worked": answers.written(question.right.value) if solved else None,
        "command": question.task.command if solved else None,
        "slips": {option.letter: _names(option) for option in wrong} if solved else None,
    }


def _bare(value: answers.Value) -> str:
    """For a spreadsheet: full digits."""
    return "x".join(str(int(size)) for size in value)


def _names(option: Option) -> list[str]:
    return [slip.name for slip in option.mistake.slips] if option.mistake else []


def _flat(questions: Sequence[Question], solved: bool) -> Table:
    """One row a question, for a spreadsheet."""
    columns = [
        Column("number", _("question"), "number"),
        Column("topic", _("topic")),
        Column("text", _("text")),
        *(Column(letter, letter) for letter in LETTERS),
    ]
    if solved:
        columns += [Column("answer", _("answer")), Column("worked", _("worked"))]
    rows: list[tuple[Cell, ...]] = []
    for question in questions:
        solution = (question.right.letter, answers.show(question.right.value)) if solved else ()
        values = (_bare(option.value) for option in question.options)
        rows.append((question.number, question.topic, question.text, *values, *solution))
    return Table(tuple(columns), tuple(rows))


def _solutions(questions: Sequence[Question]) -> Table:
    columns = (Column("number", _("question"), "number"), Column("answer", _("answer")), Column("worked", _("worked")))
    rows = tuple((asked.number, asked.right.letter, answers.show(asked.right.value)) for asked in questions)
    return Table(columns, rows, title=_("Solutions"))


def _slips(questions: Sequence[Question]) -> Table:
    columns = (
        Column("number", _("question"), "number"),
        Column("option", _("option")),
        Column("slip", _("what somebody does who takes it")),
        Column("mistaken", _("wrong line"), minor=True),
    )
    rows = tuple(
        (asked.number, option.letter, _why(asked, option), answers.written(option.value))
        for asked in questions
        for option in asked.options
        if option.mistake is not None
    )
    return Table(columns, rows, title=_("Why the others are wrong"))


def _why(question: Question, option: Option) -> str:
    said = [slip.says(question.task.exercise) for slip in option.mistake.slips] if option.mistake else []
    return _("{first}, and {second}").format(first=said[0], second=said[1]) if len(said) == 2 else said[0]


def graded(judged: Sequence[Judged], topic: str, seed: int, needed: int, *, comments: bool = True) -> Report:
    """The score, question by question; below ``needed`` right answers the verdict is no.

    Without ``comments`` for whoever answered and has just read them.
    """
    score = sum(one.correct for one in judged)
    data = {
        "topic": topic,
        "seed": seed,
        "count": len(judged),
        "score": score,
        "needed": needed,
        "passed": score >= needed,
        "answers": [_judged_data(one) for one in judged],
    }
    passed = _("{score} of {count} right, {needed} needed: passed")
    failed = _("{score} of {count} right, {needed} needed: not passed")
    note = (passed if score >= needed else failed).format(score=score, count=len(judged), needed=needed)
    return Report("grade", data, (_marked(judged, comments),), (note,), verdict=score >= needed)


def _marked(judged: Sequence[Judged], comments: bool) -> Table:
    columns = (
        Column("number", _("question"), "number"),
        Column("given", _("given")),
        Column("score", _("score"), "number"),
        Column("comment", _("comment")),
    )
    rows = tuple((one.question.number, one.answer or "", int(one.correct), one.line) for one in judged)
    marks = {index: "good" if one.correct else "bad" for index, one in enumerate(judged)}
    kept = len(columns) if comments else -1
    return Table(columns[:kept], tuple(row[:kept] for row in rows), marks=marks)


def _judged_data(one: Judged) -> dict[str, Any]:
    right = one.question.right
    return {
        "name": str(one.question.number),
        "given": one.answer,
        "correct": one.correct,
        "right": answers.raw(right.value),
        "letter": right.letter,
        "worked": answers.written(right.value),
        "slips": list(one.slips),
    }


def grade(questions: Sequence[Question], text: str) -> tuple[Judged, ...]:
    """Every question judged by the answers in ``text``: ``3: b`` or ``3: 1792``, or the answers alone in their order.

    >>> from cnncalc.exercises.quiz import quiz
    >>> [one.correct for one in grade(quiz("params", 3, 7), "1: c\\n3: a")]
    [True, False, True]

    Raises `ProblemsError` with a line for every line that can't be read; a question may be left without an answer.
    """
    answered: dict[int, str] = {}
    problems: list[str] = []
    for line, (number, answer) in enumerate(_lines(text), 1):
        if answer == "":
            continue
        asked = number if number is not None else max(answered, default=0) + 1
        problem = _problem(questions, answered, asked, answer)
        if problem:
            problems.append(_("line {line}: {problem}").format(line=line, problem=problem))
        else:
            answered[asked] = answer
    if problems:
        raise ProblemsError(problems)
    return tuple(judge(question, answered.get(question.number)) for question in questions)


LINE = re.compile(
    r"(?:(?P<number>\d{1,9})\s*(?:[:)\uff1a\uff0e\uff09、]\s*"
    rf"|\.(?!\d+ ?(?:{'|'.join(filter(None, answers.POWERS))}))\s*|\s))?\s*(?P<answer>.*)",
    re.IGNORECASE,
)
"""A number and a sign or a space after it, and the answer; a Chinese keyboard has signs of its own, 31.5M is no 31."""


def _lines(text: str) -> list[tuple[int | None, str]]:
    """The number, if there is one, and the answer of every line; what follows ``#`` is a remark."""
    numbered = []
    for line in text.splitlines():
        parts = LINE.fullmatch(line.partition("#")[0].strip())
        number = parts["number"] if parts else None
        numbered.append((int(number) if number else None, parts["answer"].strip() if parts else line))
    return numbered


def _problem(questions: Sequence[Question], answered: dict[int, str], asked: int, answer: str) -> str:
    """What is wrong with an answer; nothing if it can be judged."""
    if not 1 <= asked <= len(questions):
        return _("there is no question {number}: there are {count}").format(number=asked, count=len(questions))
    if asked in answered:
        return _("question {number} is answered twice: leave one out").format(number=asked)
    try:
        read(questions[asked - 1], answer)
    except answers.AnswerError:
        return _("{answer} is not an answer: give a letter, a whole number, or a shape such as 222x222x64").format(
            answer=shorten(answer)
        )
    return ""


def answers_in(path: str) -> str:
    """The text of an answers file, ``-`` for standard input."""
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise QuizError(_("can't read {path}: {reason}").format(path=path, reason=error.strerror)) from error
    if len(content) > MOST_BYTES:
        raise QuizError(
            _("{path} has more than {most} bytes: give a line for each question").format(
                path=path, most=f"{MOST_BYTES:,}"
            )
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuizError(_("{path} is not a text in UTF-8: give a line for each question").format(path=path)) from error
