"""A class: one kind for all and other numbers for each, nothing of the key on a sheet, and no file of answers lost."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnncalc.errors import ProblemsError
from cnncalc.exercises.classroom import Sheet, Student, file_of, mark, read_key, read_roster, sheets
from cnncalc.exercises.marks import given_out
from cnncalc.exercises.tasks import QuizError
from cnncalc.render import render
from cnncalc.schemas import schema
from tests.conftest import Called

KEY = b"a key of the tests, 2026"
CLASS = tuple(Student(f"s{number:03}", f"Student {number}") for number in range(100))


def test_everybody_has_the_same_kinds_and_other_numbers() -> None:
    """Question n asks the same of all, with as many layers; hardly two sheets are alike."""
    class_ = sheets(CLASS, KEY, "all", 10)
    for asked in zip(*(sheet.questions for sheet in class_), strict=True):
        assert len({question.task.template for question in asked}) == 1
        assert len({len(question.task.numbers.get("stack", "").split()) for question in asked}) == 1
        assert len({question.text for question in asked}) > 10
    assert len({tuple(question.text for question in sheet.questions) for sheet in class_}) == 100
    assert len({sheet.number for sheet in class_}) == 100


def test_a_key_and_a_student_give_the_same_sheet_for_ever() -> None:
    """Whoever else is in the class; another key gives other sheets, and no number that is on one is the key's."""
    alone, among = sheets(CLASS[7:8], KEY, "all", 5)[0], sheets(CLASS, KEY, "all", 5)[7]
    assert alone.number == among.number
    assert [(question.text, question.right.letter) for question in alone.questions] == [
        (question.text, question.right.letter) for question in among.questions
    ]
    other = sheets(CLASS[7:8], KEY + b"!", "all", 5)[0]
    assert other.number != alone.number
    assert [question.text for question in other.questions] != [question.text for question in alone.questions]
    # printf 'sheet\0s007' | openssl dgst -sha256 -hmac "a key of the tests, 2026"
    assert alone.number == "1118ad8280f6"


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("name,id\nAda,s1\nAlan,s2\n", [("s1", "Ada"), ("s2", "Alan")]),
        ("\ufeff学号,姓名\n2026001,张三\n", [("2026001", "张三")]),
        ("s1,Ada\n\ns2,Alan\n", [("s1", "Ada"), ("s2", "Alan")]),
        ("email\nada@uni.edu\n", [("ada@uni.edu", "")]),
        ('Name,ID,Group\n"Lovelace, Ada",s1,b\n', [("s1", "Lovelace, Ada")]),
    ],
)
def test_rosters_as_people_have_them(text: str, students: list[tuple[str, str]], tmp_path: Path) -> None:
    """With headings in either language or none, with a byte order mark, empty lines, and commas in names."""
    path = tmp_path / "roster.csv"
    path.write_text(text, "utf-8")
    assert [(student.number, student.name) for student in read_roster(str(path))] == students


def test_bad_rosters_are_refused(tmp_path: Path) -> None:
    """Every double and missing number with its line; nobody at all."""
    path = tmp_path / "roster.csv"
    path.write_text("id,name\ns1,Ada\nS1,Alan\n,Grace\n")
    with pytest.raises(ProblemsError) as raised:
        read_roster(str(path))
    double, missing = raised.value.problems
    assert double.endswith("line 3: S1 stands in line 2 too")
    assert "line 4: a number or a name to tell the student by is missing" in missing
    path.write_text(f"id,name\ns1,{'x' * 200_000}\n")
    with pytest.raises(QuizError, match=r"is not CSV .*: give a student to a line"):
        read_roster(str(path))
    path.write_text("id,name\n")
    with pytest.raises(QuizError, match="has 0 students: give 1 to 10,000"):
        read_roster(str(path))


def test_short_keys_are_refused(tmp_path: Path) -> None:
    """What can be guessed is no secret; the line says how to make one."""
    path = tmp_path / "key.txt"
    path.write_text("secret\n")
    with pytest.raises(QuizError, match=r"fewer than 16 signs: make one with openssl rand -hex 16 > .*key.txt"):
        read_key(str(path))
    path.write_text(" 0123456789abcdef \n")
    assert read_key(str(path)) == b"0123456789abcdef"


@pytest.mark.parametrize("number", ["../../etc/passwd", "a/b", "..", "a\\b", "a\0b", "x" * 300])
def test_no_student_is_a_path(number: str) -> None:
    """Whatever a roster holds, a file stays in its folder, and two students never share one."""
    name = file_of(Sheet(Student(number, ""), "0123456789ab", ()))
    assert "/" not in name
    assert "\\" not in name
    assert "\0" not in name
    assert not name.startswith("..") or len(name) > 2
    assert len(name) < 120
    assert name != file_of(Sheet(Student(f"{number}_", ""), "ba9876543210", ()))


def test_no_file_is_lost(tmp_path: Path) -> None:
    """Missing, double, unreadable, half readable and nobody's files are told; what can be read is marked."""
    class_ = sheets(CLASS[:6], KEY, "params", 3)

    def right(index: int) -> str:
        return "\n".join(f"{question.number}: {question.right.letter}" for question in class_[index].questions)

    (tmp_path / "s000.txt").write_text(right(0))
    (tmp_path / "homework.txt").write_text(f"sheet: {class_[1].number}\n{right(1)}")
    (tmp_path / f"{class_[2].number}.txt").write_text(right(2).rpartition("\n")[0] + "\n9: a\n3: nonsense\n")
    (tmp_path / "s003.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "S004 (1).txt").write_text("1: a")
    (tmp_path / "S004.txt").write_text(right(4))
    (tmp_path / "who.txt").write_text(right(0))
    marks = mark(class_, str(tmp_path))
    assert [one.score for one in marks.students] == [3, 3, 2, 0, 3, 0]
    told = ["; ".join(one.problems) for one in marks.students]
    assert told[:2] == ["", ""]
    assert "line 3: there is no question 9" in told[2]
    assert "line 4: nonsense is not an answer" in told[2]
    assert told[3].startswith("unreadable: ")
    assert told[4] == "double: S004 (1).txt, S004.txt; the last is marked"
    assert told[5] == "missing: no file of answers"
    assert marks.strangers == ("who.txt",)
    everything = {name for one in marks.students for name in one.files} | set(marks.strangers)
    assert everything == {path.name for path in tmp_path.iterdir()}


def test_a_student_who_hands_in_a_film_spoils_nothing(tmp_path: Path) -> None:
    """A file of more than 65,536 bytes is not read to its end; the others are marked."""
    class_ = sheets(CLASS[:2], KEY, "params", 1)
    (tmp_path / "s000.txt").write_bytes(b"1: a\n" * 100_000)
    (tmp_path / "s001.txt").write_text(class_[1].questions[0].right.letter)
    marks = mark(class_, str(tmp_path))
    assert [one.score for one in marks.students] == [0, 1]
    assert "has more than 65,536 bytes" in marks.students[0].problems[0]


def test_a_folder_of_anything_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More files than any class hands in: none is left out without a word."""
    monkeypatch.setattr("cnncalc.exercises.classroom.MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).touch()
    with pytest.raises(QuizError, match="has more than 2 files"):
        mark(sheets(CLASS[:2], KEY, "params", 1), str(tmp_path))


def class_in(folder: Path, students: int = 100) -> tuple[str, ...]:
    """A roster and a key in a folder, as options."""
    (folder / "roster.csv").write_text("id,name\n" + "".join(f"{one.number},{one.name}\n" for one in CLASS[:students]))
    (folder / "key.txt").write_bytes(KEY)
    return ("--class", str(folder / "roster.csv"), "--key", str(folder / "key.txt"))


@pytest.mark.parametrize("format", ["markdown", "text", "latex", "html", "json"])
def test_a_sheet_holds_neither_key_nor_solution(format: str, cnncalc: Called, tmp_path: Path) -> None:
    """Its number, its questions and the student's name; no seed, no key, no right letter."""
    options, folder = class_in(tmp_path, 3), tmp_path / "sheets"
    code, out, err = cnncalc("quiz", *options, "--format", format, "-o", str(folder), "--count", "4")
    assert (code, err) == (0, "")
    files = sorted(folder.iterdir())
    assert [path.stem for path in files] == ["s000", "s001", "s002"]
    assert [line.split("\t")[0] for line in out.splitlines()] == ["student", "s000", "s001", "s002"]
    for path, sheet in zip(files, sheets(CLASS[:3], KEY, "all", 4), strict=True):
        text = path.read_text("utf-8")
        assert sheet.number in text
        assert KEY.decode() not in text
        assert "seed" not in text
        for question in sheet.questions:
            assert question.solution not in text
        assert "CorrectChoice" not in text


def test_a_class_of_a_hundred_is_marked_in_two_seconds(cnncalc: Called, tmp_path: Path) -> None:
    """100 students, 10 questions, one call: a row each, points per question, slips named, a summary per question."""
    options, answers = class_in(tmp_path), tmp_path / "answers"
    answers.mkdir()
    class_ = sheets(CLASS, KEY, "all", 10)
    for index, sheet in enumerate(class_):
        letters = (
            question.right.letter if (index + question.number) % 3 else "abcd"[index % 4]
            for question in sheet.questions
        )
        (answers / f"{sheet.student.number}.txt").write_text("\n".join(letters))
    target, start = tmp_path / "marks.csv", time.process_time()
    code, out, err = cnncalc("quiz", *options, "--grade", str(answers), "-o", str(target))
    assert time.process_time() - start < 2
    assert (code, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["number", *map(str, range(1, 11))]
    head, *rows = csv.reader(io.StringIO(target.read_text("utf-8")))
    assert head == ["student", "name", "sheet", "score", *(f"q{n}" for n in range(1, 11)), "slips", "problems"]
    assert [row[0] for row in rows] == [student.number for student in CLASS]
    for row in rows:
        assert int(row[3]) == sum(map(int, row[4:14]))
        named = {slip.split(": ")[0] for slip in row[14].split("; ") if slip}
        assert named == {str(n) for n in range(1, 11) if row[3 + n] == "0"}
    _code, out, _err = cnncalc("quiz", *options, "--grade", str(answers), "--json")
    for index, question in enumerate(json.loads(out)["questions"]):
        assert question["right"] == sum(int(row[4 + index]) for row in rows)
        assert sum(question["slips"].values()) == question["wrong"] == 100 - question["right"]


def test_json_holds_to_its_schemas(cnncalc: Called, tmp_path: Path) -> None:
    """A sheet, the list of sheets, and the marks."""
    options, folder = class_in(tmp_path, 3), tmp_path / "sheets"
    _code, _out, _err = cnncalc("quiz", *options, "--json", "-o", str(folder), "--answers")
    for path in folder.iterdir():
        Draft202012Validator(json.loads(schema("sheet"))).validate(json.loads(path.read_text("utf-8")))
    marks = json.loads(cnncalc("quiz", *options, "--grade", str(folder), "--json")[1])
    Draft202012Validator(json.loads(schema("marks"))).validate(marks)
    class_ = sheets(CLASS[:3], KEY, "all", 2)
    given = json.loads(render(given_out(class_, ["a", "b", "c"], "all"), "json"))
    Draft202012Validator(json.loads(schema("sheets"))).validate(given)
    for what in ("sheet", "sheets", "marks"):
        assert list(Draft202012Validator(json.loads(schema(what))).iter_errors({"schema": f"cnncalc/{what}/1"}))


def test_only_pass_fails_a_class(cnncalc: Called, tmp_path: Path) -> None:
    """Exit 0 without it, however bad; 1 with it where anybody has fewer; what was not handed in is on standard error."""
    options, answers = class_in(tmp_path, 2), tmp_path / "answers"
    answers.mkdir()
    (answers / "s000.txt").write_text("1: a")
    target = str(tmp_path / "marks.csv")
    code, _out, err = cnncalc("quiz", *options, "--grade", str(answers), "-o", target)
    assert code == 0
    assert err == "cnncalc: s001: missing: no file of answers\n"
    code, _out, err = cnncalc("quiz", *options, "--grade", str(answers), "-o", target, "--pass", "50%")
    assert code == 1
    assert err.endswith("2 of 2 students have fewer than 5 right\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--class", "roster.csv"), "--class and --key need each other"),
        (("--key", "key.txt"), "--class and --key need each other"),
        (("--class", "roster.csv", "--key", "key.txt", "--seed", "1"), "--seed and --key contradict"),
        (("--class", "roster.csv", "--key", "key.txt", "-o", "-"), "a class needs a folder"),
        (("--class", "roster.csv", "--key", "key.txt"), "a class needs a folder for its sheets: add -o sheets"),
        (("--class", "none.csv", "--key", "key.txt", "-o", "x"), "can't read none.csv"),
        (("--class", "roster.csv", "--key", "key.txt", "-o", "key.txt"), "can't make the folder key.txt"),
        (("--class", "roster.csv", "--key", "key.txt", "--grade", "none"), "can't read the folder none"),
        (
            ("--class", "roster.csv", "--key", "key.txt", "--grade", ".", "--answers"),
            "--grade and --answers contradict",
        ),
        (("--class", "roster.csv", "--key", "key.txt", "-o", "x", "--count", "0"), "0 questions can't be asked"),
    ],
)
def test_bad_options_get_one_line(
    arguments: tuple[str, ...], line: str, cnncalc: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, the way out, and no file."""
    class_in(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    code, out, err = cnncalc("quiz", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnncalc: {line}")
    assert {path.name for path in tmp_path.iterdir()} == {"roster.csv", "key.txt"}
