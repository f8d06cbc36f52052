"""A class's sheets and marks as a `Report`: what was given out, a row for each student, and a summary for each question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnncalc.exercises.classroom import Marked, Marks, Sheet
from cnncalc.exercises.paper import facts, question_data, told
from cnncalc.exercises.quiz import Judged, called
from cnncalc.language import _, ngettext
from cnncalc.report import Cell, Column, Report, Table
from cnncalc.report.handout import handout


def one_sheet(sheet: Sheet, topic: str, *, solved: bool) -> Report:
    """What one student gets: the questions, and the number of the sheet, from which nothing can be computed."""
    title = _("Quiz: topic {topic}, questions {count}").format(topic=topic, count=len(sheet.questions))
    person = sheet.student.name or sheet.student.number
    head = _("sheet: {sheet}, for {person}").format(sheet=sheet.number, person=person)
    foot = _(
        "Hand in a text file that begins with the line “sheet: {sheet}” and has a line such as “1: b” or “1: 1792” for each "
        "question."
    ).format(sheet=sheet.number)
    story = (head, *told(sheet.questions, solved=solved), foot)
    data = {
        "sheet": sheet.number,
        "topic": called(topic),
        "count": len(sheet.questions),
        "solved": solved,
        "questions": [question_data(question, solved) for question in sheet.questions],
    }
    return Report(
        "sheet",
        data,
        title=title,
        story=story,
        drawings=(handout(title, story),),
        paper=facts(sheet.questions, title, sheet.number, solved=solved, sheet=sheet.number, person=person),
    )


def given_out(class_: Sequence[Sheet], files: Sequence[str], topic: str) -> Report:
    """Which sheet is whose, and where it was written."""
    columns = (
        Column("student", _("student")),
        Column("name", _("name")),
        Column("sheet", _("sheet")),
        Column("file", _("file")),
    )
    rows = tuple(
        (sheet.student.number, sheet.student.name, sheet.number, file)
        for sheet, file in zip(class_, files, strict=True)
    )
    data = {
        "topic": called(topic),
        "count": len(class_[0].questions),
        "students": [
            {"name": number, "person": person, "sheet": sheet, "file": file} for number, person, sheet, file in rows
        ],
    }
    return Report("sheets", data, (Table(columns, rows),))


def marked(marks: Marks, topic: str, needed: int | None) -> Report:
    """The marks of a class; with ``needed`` right answers the verdict is no where anybody has fewer."""
    below = [one for one in marks.students if needed is not None and one.score < needed]
    count = len(marks.students)
    failures = (
        ngettext(
            "{below} of {count} student has fewer than {needed} right",
            "{below} of {count} students have fewer than {needed} right",
            len(below),
        ).format(below=len(below), count=count, needed=needed),
    )
    return Report(
        "marks",
        {
            "topic": called(topic),
            "count": len(marks.students[0].judged),
            "needed": needed,
            "students": [_student_data(one, needed) for one in marks.students],
            "questions": [_question_summary(marks, index) for index in range(len(marks.students[0].judged))],
            "strangers": list(marks.strangers),
        },
        (_rows(marks), _summary(marks)),
        tuple(_notes(marks)),
        verdict=not below,
        failures=failures if below else (),
    )


def summarised(report: Report) -> Report:
    """The same marks, of which only the summary and the notes are shown: the rows are in a file."""
    return replace(report, tables=report.tables[1:])


def complaints(marks: Marks) -> Iterator[str]:
    """What whoever marks has to look at: files missing, double, unreadable or nobody's, a line for each kind."""
    for number, one in ((one.sheet.student.number, one) for one in marks.students if one.problems):
        yield _("{student}: {problems}").format(student=number, problems="; ".join(one.problems))
    if marks.strangers:
        yield _("nobody's: {files}").format(files=", ".join(marks.strangers))


def _notes(marks: Marks) -> Iterator[str]:
    scores = [one.score for one in marks.students]
    yield ngettext(
        "{count} student, {mean} of {most} right on the average",
        "{count} students, {mean} of {most} right on the average",
        len(scores),
    ).format(count=len(scores), mean=f"{sum(scores) / len(scores):.1f}", most=len(marks.students[0].judged))
    yield from complaints(marks)


def _slips(judged: Sequence[Judged]) -> dict[str, list[str]]:
    """The slips of each question that was answered wrongly by one, or two together."""
    return {str(one.question.number): list(one.slips) for one in judged if one.slips}


def _student_data(one: Marked, needed: int | None) -> dict[str, Any]:
    return {
        "name": one.sheet.student.number,
        "person": one.sheet.student.name,
        "sheet": one.sheet.number,
        "score": one.score,
        "passed": None if needed is None else one.score >= needed,
        "points": [int(judged.correct) for judged in one.judged],
        "slips": _slips(one.judged),
        "files": list(one.files),
        "problems": list(one.problems),
    }


def _question_summary(marks: Marks, index: int) -> dict[str, Any]:
    """How a question went, all its versions together."""
    judged = [one.judged[index] for one in marks.students]
    slips = Counter("+".join(one.slips) for one in judged if one.slips)
    right, silent = sum(one.correct for one in judged), sum(one.answer is None for one in judged)
    return {
        "name": str(index + 1),
        "topic": judged[0].question.topic,
        "right": right,
        "wrong": len(judged) - right - silent,
        "unanswered": silent,
        "slips": dict(slips.most_common()),
    }


def _rows(marks: Marks) -> Table:
    numbers = [judged.question.number for judged in marks.students[0].judged]
    columns = (
        Column("student", _("student")),
        Column("name", _("name")),
        Column("sheet", _("sheet"), minor=2),
        Column("score", _("score"), "number"),
        *(Column(f"q{number}", f"{number}", "number", minor=1) for number in numbers),
        Column("slips", _("slips")),
        Column("problems", _("problems")),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.sheet.student.number,
            one.sheet.student.name,
            one.sheet.number,
            one.score,
            *(int(judged.correct) for judged in one.judged),
            "; ".join(f"{number}: {'+'.join(names)}" for number, names in _slips(one.judged).items()),
            "; ".join(one.problems),
        )
        for one in marks.students
    )
    return Table(columns, rows)


def _summary(marks: Marks) -> Table:
    columns = (
        Column("number", _("question"), "number"),
        Column("topic", _("topic")),
        Column("right", _("right"), "number"),
        Column("wrong", _("wrong"), "number"),
        Column("unanswered", _("no answer"), "number"),
        Column("slips", _("slips, and how often")),
    )
    rows = []
    for index in range(len(marks.students[0].judged)):
        question = _question_summary(marks, index)
        rows.append(
            (
                index + 1,
                question["topic"],
                question["right"],
                question["wrong"],
                question["unanswered"],
                _often(question["slips"]),
            )
        )
    return Table(columns, tuple(rows), title=_("Question by question"))


def _often(slips: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in slips.items())
