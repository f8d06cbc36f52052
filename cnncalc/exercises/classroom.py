"""A class: a sheet with other numbers for each student, drawn from a key that no sheet shows, and all of them marked.

Everybody's question n is of one kind, which the key chooses; its numbers come from a keyed hash (HMAC-SHA256) of the
student. Whoever has a sheet, or all sheets, but not the key can neither make another one nor the solutions' letters.
"""

from __future__ import annotations

import csv
import hmac
import io
import os
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from cnncalc.errors import CnncalcError, ProblemsError
from cnncalc.exercises.files import text_of
from cnncalc.exercises.makers import KINDS
from cnncalc.exercises.own import every
from cnncalc.exercises.paper import answered
from cnncalc.exercises.quiz import MOST_SEED, Judged, Plan, Question, check_count, drawn, in_turn, judge, topics_of
from cnncalc.exercises.tasks import Dice, Maker, QuizError
from cnncalc.language import _
from cnncalc.shapes import shorten

SHORTEST_KEY = 16
"""A key of fewer signs can be guessed."""
MOST_STUDENTS = 10_000
NUMBERS = ("id", "student", "student id", "student_id", "sis_user_id", "username", "email", "学号")
"""What a roster calls the column that tells students apart, the first that it has; without any it is the first column."""
NAMES = ("name", "full name", "student name", "姓名")
MOST_BYTES = 2**16
"""A student's file of more bytes holds something else; a folder may have thousands."""
MOST_FILES = 4 * MOST_STUDENTS
SHEET = 12
"""Signs of a sheet's number: 48 bits, in which a class of thousands has no two alike."""


class Student(NamedTuple):
    """One line of the roster."""

    number: str
    name: str


class Sheet(NamedTuple):
    """A student with the questions of the sheet, and the opaque number that stands on it."""

    student: Student
    number: str
    questions: tuple[Question, ...]


class Marked(NamedTuple):
    """A student's sheet with every answer judged; ``files`` are those that were taken for it.

    ``problems`` say what could not be read, a line each; nothing that could is left out because of them.
    """

    sheet: Sheet
    files: tuple[str, ...]
    judged: tuple[Judged, ...]
    problems: tuple[str, ...]

    @property
    def score(self) -> int:
        return sum(one.correct for one in self.judged)


class Marks(NamedTuple):
    """A class marked, and the files that are nobody's."""

    students: tuple[Marked, ...]
    strangers: tuple[str, ...]


def read_roster(path: str) -> tuple[Student, ...]:
    """The students of a CSV file, with or without a line of headings.

    Raises `ProblemsError` for lines without a number and numbers that stand there twice, `QuizError` for no students.
    """
    rows = _csv(path)
    lines = [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows, 1) if any(map(str.strip, row))]
    heads = [cell.lower() for cell in lines[0][1]] if lines else []
    number, name = _column(heads, NUMBERS), _column(heads, NAMES)
    lines = lines[1:] if number is not None or name is not None else lines
    students = [
        (line, Student(_at(row, number or 0), _at(row, name if heads and name is not None else 1)))
        for line, row in lines
    ]
    if not students or len(students) > MOST_STUDENTS:
        raise QuizError(
            _("{path} has {count} students: give 1 to {most}, one to a line").format(
                path=path, count=len(students), most=f"{MOST_STUDENTS:,}"
            )
        )
    problems = list(_roster_problems(path, students))
    if problems:
        raise ProblemsError(problems)
    return tuple(student for _line, student in students)


def _csv(path: str) -> list[list[str]]:
    way_out = _("give a student to a line")
    try:
        return list(csv.reader(io.StringIO(text_of(path, way_out))))
    except csv.Error as error:
        raise QuizError(
            _("{path} is not CSV ({reason}): {way_out}").format(path=path, reason=error, way_out=way_out)
        ) from error


def _column(heads: Sequence[str], known: Sequence[str]) -> int | None:
    return next((heads.index(name) for name in known if name in heads), None)


def _at(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""


def _roster_problems(path: str, students: Sequence[tuple[int, Student]]) -> Iterator[str]:
    first: dict[str, int] = {}
    for line, student in students:
        key = student.number.casefold()
        if not key:
            yield _("{path}, line {line}: a number or a name to tell the student by is missing").format(
                path=path, line=line
            )
        elif key in first:
            yield _("{path}, line {line}: {student} stands in line {first} too").format(
                path=path, line=line, student=shorten(student.number), first=first[key]
            )
        first.setdefault(key, line)


def read_key(path: str) -> bytes:
    """The key of a class: the text of a file, without the space around it.

    Raises `QuizError` for one that is too short to be secret.
    """
    key = text_of(path, _("give a line of random signs")).strip()
    if len(key) < SHORTEST_KEY:
        raise QuizError(
            _("the key in {path} has fewer than {least} signs: make one with openssl rand -hex 16 > {path}").format(
                path=path, least=SHORTEST_KEY
            )
        )
    return key.encode()


def sheets(
    roster: Sequence[Student], key: bytes, topic: str, count: int, own: Sequence[Maker] = ()
) -> tuple[Sheet, ...]:
    """A sheet for every student, the same for the same key whenever it is asked for.

    >>> first, second = sheets([Student("s1", "Ada"), Student("s2", "Alan")], b"0123456789abcdef", "all", 3)
    >>> first.number, first.questions[0].topic == second.questions[0].topic, first.questions == second.questions
    ('9d9915b94f48', True, False)
    """
    check_count(count)
    plan = _plan(key, topic, count, own)
    return tuple(
        Sheet(student, _number(key, student), drawn(plan, _hashed(key, "numbers", student.number) % MOST_SEED))
        for student in roster
    )


def _plan(key: bytes, topic: str, count: int, own: Sequence[Maker]) -> Plan:
    """One kind for each question of the class."""
    if own:
        return every(own, count)
    dice = Dice(_hashed(key, "kinds", f"{topic} {count}") % MOST_SEED)
    return [(about, (dice.pick(KINDS[about]),)) for about in in_turn(topics_of(topic), count)]


def _hashed(key: bytes, what: str, text: str) -> int:
    return int(hmac.new(key, f"{what}\0{text}".encode(), sha256).hexdigest(), 16)


def _number(key: bytes, student: Student) -> str:
    return hmac.new(key, f"sheet\0{student.number}".encode(), sha256).hexdigest()[:SHEET]


def file_of(sheet: Sheet) -> str:
    """What a student's file is called, without its suffix: the student's number, as far as a file can be called so.

    >>> file_of(Sheet(Student("a@b.edu", ""), "0f", ())), file_of(Sheet(Student("../a", ""), "0f", ()))
    ('a@b.edu', '.._a-0f')
    """
    number = sheet.student.number
    bare = re.sub(r"[^\w@.+-]", "_", number)[:80]
    return bare if bare == number and not bare.startswith(".") else f"{bare}-{sheet.number}"


def mark(class_: Sequence[Sheet], folder: str) -> Marks:
    """All sheets marked by the answer files of a folder.

    A file belongs to a student by its name, which begins with the student's number or that of the sheet, or by a line
    ``sheet: 9d9915b94f48`` in it.
    """
    texts = {name: _read(os.path.join(folder, name)) for name in _files(folder)}
    owners = _owners(class_)
    belong: dict[str, list[str]] = {}
    strangers = []
    for name, text in texts.items():
        owner = _owner(name, text, owners)
        if owner is None:
            strangers.append(name)
        else:
            belong.setdefault(owner, []).append(name)
    students = tuple(_marked(sheet, belong.get(sheet.number, []), texts) for sheet in class_)
    return Marks(students, tuple(strangers))


def _files(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            plain = (entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
            names = sorted(islice(plain, MOST_FILES + 1))
    except OSError as error:
        raise QuizError(
            _("can't read the folder {path}: {reason}").format(path=folder, reason=error.strerror)
        ) from error
    if len(names) > MOST_FILES:
        raise QuizError(
            _("{path} has more than {most} files: give a folder with one for each student").format(
                path=folder, most=f"{MOST_FILES:,}"
            )
        )
    return names


def _read(path: str) -> str | CnncalcError:
    """The text of a file, or what is wrong with it: one bad file spoils no other."""
    try:
        return text_of(path, _("give a line for each question"), MOST_BYTES)
    except QuizError as error:
        return error


def _owners(class_: Sequence[Sheet]) -> dict[str, str]:
    """The number of a sheet by everything that names its student."""
    return {
        name.casefold(): sheet.number
        for sheet in class_
        for name in (sheet.student.number, sheet.number, file_of(sheet))
    }


_SHEET_LINE = re.compile(rf"^\s*(?:sheet|答卷)\s*[:：]\s*([0-9a-f]{{{SHEET}}})\s*$", re.IGNORECASE | re.MULTILINE)


def _owner(name: str, text: str | CnncalcError, owners: dict[str, str]) -> str | None:
    stem = os.path.splitext(name)[0].casefold()
    said = _SHEET_LINE.search(text) if isinstance(text, str) else None
    candidates = [*([said[1]] if said else []), stem, name.casefold(), re.split(r"[ _]", stem)[0]]
    return next((owners[one.casefold()] for one in candidates if one.casefold() in owners), None)


def _marked(sheet: Sheet, files: Sequence[str], texts: dict[str, str | CnncalcError]) -> Marked:
    """A sheet with the answers of its file; of several files the last by name counts, and that is said."""
    if not files:
        return _judged(sheet, (), {}, [_("missing: no file of answers")])
    text = texts[files[-1]]
    double = [_("double: {files}; the last is marked").format(files=", ".join(files))] if len(files) > 1 else []
    if not isinstance(text, str):
        return _judged(sheet, files, {}, [*double, _("unreadable: {reason}").format(reason=text)])
    given, problems = answered(sheet.questions, _SHEET_LINE.sub("", text))
    return _judged(sheet, files, given, [*double, *problems])


def _judged(sheet: Sheet, files: Sequence[str], given: dict[int, str], problems: Sequence[str]) -> Marked:
    judged = tuple(judge(question, given.get(question.number)) for question in sheet.questions)
    return Marked(sheet, tuple(files), judged, tuple(problems))
