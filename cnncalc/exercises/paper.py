"""A quiz on paper, and its answers graded, as a `Report`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc.errors import ProblemsError
from cnncalc.exercises import answers
from cnncalc.exercises.files import text_of
from cnncalc.exercises.quiz import LETTERS, Judged, Option, Question, called, judge, readable
from cnncalc.language import _
from cnncalc.report import Cell, Column, Report, Table
from cnncalc.report.handout import handout
from cnncalc.report.paper import Asked, Choice, Paper
from cnncalc.report.picture import Picture
from cnncalc.shapes import shorten


def paper(questions: Sequence[Question], topic: str, seed: int, *, solved: bool) -> Report:
    """The exercises; with ``solved``, the solutions at the end, so that they can be cut off.

    >>> from cnncalc.exercises.quiz import quiz
    >>> report = paper(quiz("params", 1, 7), "params", 7, solved=False)
    >>> report.get("1.options"), report.get("1.answer")
    ({'a': 827904, 'b': 26112, 'c': 1056, 'd': 1025}, None)
    """
    data = {
        "topic": called(topic),
        "seed": seed,
        "count": len(questions),
        "solved": solved,
        "questions": [question_data(question, solved) for question in questions],
    }
    title = _("Quiz: topic {topic}, questions {count}, seed {seed}").format(
        topic=topic, count=len(questions), seed=seed
    )
    story = tuple(told(questions, solved=solved))
    return Report(
        "quiz",
        data,
        (_flat(questions, solved),),
        title=title,
        story=story,
        drawings=(handout(title, story),),
        paper=facts(questions, title, f"{seed}", solved=solved),
    )


def told(questions: Sequence[Question], *, solved: bool) -> Iterator[str | Table | Picture]:
    """The questions with their options one after the other, and their solutions."""
    for question in questions:
        yield f"{question.number}. {question.text}"
        yield from _options(question)
    if solved:
        yield _solutions(questions)
        yield _slips(questions)


def facts(
    questions: Sequence[Question], title: str, source: str, *, solved: bool, sheet: str = "", person: str = ""
) -> Paper:
    """The questions for a learning platform or an examination; ``source`` makes their names unique."""
    return Paper(title, tuple(_asked(question, source) for question in questions), solved, sheet, person)


def _asked(question: Question, source: str) -> Asked:
    choices = (
        Choice(option.letter, question.shown(option), option.mistake is None, _comment(question, option))
        for option in question.options
    )
    name = f"{question.topic} {source}-{question.number}"
    return Asked(question.number, name, question.topic, question.text, tuple(choices))


def _comment(question: Question, option: Option) -> str:
    """How the right option is worked out, or what somebody does who takes another."""
    if option.mistake is None:
        return question.solution
    why = _why(question, option)
    return why if question.task.in_words else f"{why}: {question.worked(option)}"


def choices(question: Question) -> str:
    """The options on lines of their own."""
    return "\n".join(_choices(question))


def _choices(question: Question) -> tuple[str, ...]:
    return tuple(f"   {option.letter}) {question.shown(option)}" for option in question.options)


def question_data(question: Question, solved: bool) -> dict[str, Any]:
    """A question as JSON has it."""
    wrong = [option for option in question.options if option.mistake is not None]
    return {
        "name": str(question.number),
        "topic": question.topic,
        "text": question.text,
        "options": {option.letter: answers.raw(option.value) for option in question.options},
        "texts": {option.letter: question.shown(option) for option in question.options},
        "answer": question.right.letter if solved else None,
        "value": answers.raw(question.right.value) if solved else None,
        "worked": question.worked(question.right) if solved else None,
        "command": question.task.command if solved else None,
        "slips": {option.letter: _names(option) for option in wrong} if solved else None,
    }


def _options(question: Question) -> Iterator[Picture | str]:
    """The options as they stand, unless they are sentences: those are broken at the width of the page."""
    lines = _choices(question)
    yield from map(str.strip, lines) if question.task.in_words else [Picture(lines)]


def _bare(question: Question, option: Option) -> str:
    """For a spreadsheet: full digits."""
    return question.shown(option) if question.task.in_words else "x".join(str(int(size)) for size in option.value)


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
        solution = (question.right.letter, question.solution) if solved else ()
        values = (_bare(question, option) for option in question.options)
        rows.append((question.number, question.topic, question.text, *values, *solution))
    return Table(tuple(columns), tuple(rows))


def _solutions(questions: Sequence[Question]) -> Table:
    columns = (Column("number", _("question"), "number"), Column("answer", _("answer")), Column("worked", _("worked")))
    rows = tuple((asked.number, asked.right.letter, asked.solution) for asked in questions)
    return Table(columns, rows, title=_("Solutions"))


def _slips(questions: Sequence[Question]) -> Table:
    columns = (
        Column("number", _("question"), "number"),
        Column("option", _("option")),
        Column("slip", _("what somebody does who takes it")),
        Column("mistaken", _("wrong line"), minor=True),
    )
    rows = tuple(
        (asked.number, option.letter, _why(asked, option), asked.worked(option))
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
        "topic": called(topic),
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
        "worked": one.question.worked(right),
        "slips": list(one.slips),
    }


def grade(questions: Sequence[Question], text: str) -> tuple[Judged, ...]:
    """Every question judged by the answers in ``text``: ``3: b`` or ``3: 1792``, or the answers alone in their order.

    >>> from cnncalc.exercises.quiz import quiz
    >>> [one.correct for one in grade(quiz("params", 3, 7), "1: c\\n3: a")]
    [True, False, True]

    Raises `ProblemsError` with a line for every line that can't be read; a question may be left without an answer.
    """
    given, problems = answered(questions, text)
    if problems:
        raise ProblemsError(problems)
    return tuple(judge(question, given.get(question.number)) for question in questions)


def answered(questions: Sequence[Question], text: str) -> tuple[dict[int, str], list[str]]:
    """The answer to every question that has one, and a line for every line that can't be read."""
    given: dict[int, str] = {}
    problems: list[str] = []
    for line, (number, answer) in enumerate(_lines(text), 1):
        if answer == "":
            continue
        asked = number if number is not None else max(given, default=0) + 1
        problem = _problem(questions, given, asked, answer)
        if problem:
            problems.append(_("line {line}: {problem}").format(line=line, problem=problem))
        else:
            given[asked] = answer
    return given, problems


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
    if not readable(questions[asked - 1], answer):
        return _("{answer} is not an answer: give a letter, a whole number, or a shape such as 222x222x64").format(
            answer=shorten(answer)
        )
    return ""


def answers_in(path: str) -> str:
    """The text of an answers file, ``-`` for standard input."""
    return text_of(path, _("give a line for each question"))
