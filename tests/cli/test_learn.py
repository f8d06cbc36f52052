"""``cnncalc learn`` as a user meets it: whole outputs, JSON held to its schema, colour, narrow terminals, bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cnncalc.lessons import LESSONS
from cnncalc.render.cells import columns
from cnncalc.schemas import schema
from tests.cli.terminal import PROGRAM, on_terminal, piped, typed_at
from tests.conftest import Called

STAMP = """\
picture          kernel      feature map
 0 0 0 1 0 0 0    -1  2 -1     0 -3  6 -3  0
 0 0 0 1 0 0 0    -1  2 -1     0 -3  6 -3  0
 0 0 0 1 0 0 0    -1  2 -1     0 -3  6 -3  0
"""


def test_the_help_names_every_lesson(cnncalc: Called) -> None:
    """In their order."""
    _code, out, _err = cnncalc("learn", "--help")
    *first, last = LESSONS
    assert f"{', '.join(first)} or {last}" in " ".join(out.split())


def test_the_list_of_lessons(cnncalc: Called) -> None:
    """Without a name: every lesson with a line, as a table and as data that validates."""
    code, out, err = cnncalc("learn")
    assert (code, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["name", *LESSONS]
    _code, out, _err = cnncalc("learn", "--json")
    Draft202012Validator(json.loads(schema("lessons"))).validate(json.loads(out))


def test_a_lesson_is_a_story_in_a_pipe_too(cnncalc: Called) -> None:
    """Text, pictures and tables in their order; TSV only where it is asked for."""
    code, out, _err = cnncalc("learn", "stamp")
    assert code == 0
    assert STAMP in out
    assert out.index("A kernel is a stamp") < out.index(STAMP) < out.index("What this kernel answers")
    _code, out, _err = cnncalc("learn", "stamp", "--format", "tsv")
    assert out.splitlines()[0] == "picture\trow\tlowest\thighest"


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("seed", ["0", "3"])
def test_json_holds_to_its_schema_with_nothing_untold(name: str, seed: str, cnncalc: Called) -> None:
    """Raw numbers, and no key that the schema does not name."""
    code, out, err = cnncalc("learn", name, "--seed", seed, "--json")
    assert (code, err) == (0, "")
    held, told = json.loads(schema("lesson")), json.loads(out)
    Draft202012Validator.check_schema(held)
    Draft202012Validator(held).validate(told)
    assert list(_untold(told["result"], held["$defs"][name])) == []


def _untold(value: Any, held: dict[str, Any], path: str = "") -> Any:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in held.get("properties", {}):
                yield f"{path}.{key}"
            else:
                yield from _untold(item, held["properties"][key], f"{path}.{key}")
    if isinstance(value, list):
        for item in value:
            yield from _untold(item, held.get("items", {}), f"{path}[]")


def test_the_schema_can_refuse() -> None:
    """A lesson without its numbers, and a number that is text, are noticed."""
    held = Draft202012Validator(json.loads(schema("lesson")))
    lesson = {"schema": "cnncalc/lesson/1", "lesson": "clumsy", "title": "", "seed": 0, "result": {}}
    assert list(held.iter_errors(lesson))
    assert list(_untold({"colour": 1}, {"properties": {}})) == [".colour"]


FROZEN = {
    "stamp": "picture image kernel kernel_sum flipped padding map in_padding at answers flat_padded likeness",
    "clumsy": "image places unshared_map unshared_parameters shared_kernel shared_bias shared_map shared_parameters "
    "dense_parameters real",
    "sharing": "dense local conv kernel weights positions identities larger_entries larger_nonzero",
    "learning": "pattern example shared unshared needed",
    "equivariance": "picture kernel shift zero circular_differ strided pooled",
    "hierarchy": "growth stacks merged corners",
    "glass": "image kernel frames shown deeper",
    "space": "example shuffled order dense conv",
    "overfitting": "noise one_kernel own_kernels",
}
"""What the schema promises of every result; it may grow and nothing here may go."""


def test_released_keys_stay() -> None:
    """Every key that was released is still required."""
    held = json.loads(schema("lesson"))["$defs"]
    for name, keys in FROZEN.items():
        assert set(keys.split()) <= set(held[name]["required"])


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (("stamp",), "result.flat_padded.1", [300, 0, 0, 0, 0, 0, 0, 300]),
        (("stamp", "--picture", "step"), "result.map.0", [0, 0, -3, 3, 0]),
        (("stamp", "--kernel", "0 1; 2 3", "--picture", "flat", "--at", "0,0"), "result.at.sum", 6),
        (("stamp", "--kernel", "1 0; 0 0", "--picture", "step", "--flip"), "result.map.0", [0, 0, 0, 1, 1, 1]),
        (("clumsy",), "result.unshared_parameters", 90),
        (("learning", "--seed", "3"), "result.unshared.bottom_right", 0.5),
        (("equivariance",), "result.zero.interior_differ", 0),
        (("hierarchy",), "result.corners.fires", [[3, 3], [3, 8], [8, 3], [8, 8]]),
    ],
)
def test_single_values(arguments: tuple[str, ...], field: str, value: Any, cnncalc: Called) -> None:
    """``--get`` reaches every number."""
    code, out, err = cnncalc("learn", *arguments, "--get", field)
    assert (code, json.loads(out), err) == (0, value, "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("stampp",), "no lesson stampp: did you mean stamp?"),
        (("zebra",), "no lesson zebra: take one of stamp, glass, clumsy"),
        (("clumsy", "--kernel", "blur"), "--kernel belongs to the lesson stamp: cnncalc learn stamp --kernel …"),
        (("--flip",), "--flip belongs to the lesson stamp"),
        (("stamp", "--kernel", "1 2; 3"), "row 2 of the kernel has 1 number and row 1 has 2: make it a rectangle"),
        (("stamp", "--at", "9,9"), "there is no cell 9,9: the map is 5x5, take 0,0 to 4,4"),
        (("stamp", "--at", "x"), "x is not a cell: give row and column, such as 2,3"),
        (("stamp", "--padding", "same"), "padding same is not a whole number: give one such as 1"),
        (("stamp", "--picture", "lion"), "no picture lion: take one of line"),
        (("stamp", "--image", "none.png"), "can't read none.png: No such file or directory"),
        (("stamp", "--image", "a.png", "--picture", "line"), "--picture and --image contradict: leave one out"),
        (("stamp", "--bias", "much"), "bias much is not a number between -1e9 and 1e9"),
        (("stamp", "--kernel", "1|2"), "the kernel has planes of 1x1, 1x1: give one, or three of one size"),
        (("stamp", "--step", "3"), "--step belongs to the lesson glass: cnncalc learn glass --step …"),
        (("glass", "--step", "26"), "there is no step 26: take 1 to 25"),
        (("glass", "--step", "2", "--frames"), "--step and --frames contradict: leave one out"),
        (("clumsy", "--seed", "-1"), "--seed: -1 is out of range"),
    ],
)
def test_bad_input_gets_one_line(arguments: tuple[str, ...], line: str, cnncalc: Called) -> None:
    """Exit code 2, nothing on standard output, and one line with the way out."""
    pytest.importorskip("PIL.Image")
    code, out, err = cnncalc("learn", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnncalc: {line}")
    assert err.count("\n") == 1


def test_an_image_of_ones_own(cnncalc: Called, tmp_path: Path) -> None:
    """A bright line in a PGM file answers as one does: three times twice 255, less what lies beside."""
    pytest.importorskip("PIL.Image")
    path = tmp_path / "line.pgm"
    path.write_bytes(b"P5 5 3 255\n" + bytes([0, 0, 255, 0, 0]) * 3)
    code, out, _err = cnncalc("learn", "stamp", "--image", str(path), "--get", "result.map")
    assert (code, json.loads(out)) == (0, [[-765, 1530, -765]])


def test_a_terminal_with_colour_shows_backgrounds() -> None:
    """Colours on a terminal that has them; none with NO_COLOR, and then the same numbers."""
    code, coloured = on_terminal([*PROGRAM, "learn", "stamp"], COLUMNS="80")
    _code, bare = on_terminal([*PROGRAM, "learn", "stamp"], COLUMNS="80", NO_COLOR="1")
    assert code == 0
    assert "\x1b[97;48;5;88m  6\x1b[0m" in coloured
    assert "\x1b" not in bare
    assert STAMP in bare


@pytest.mark.parametrize("name", LESSONS)
def test_lessons_fit_into_80_columns(name: str) -> None:
    """No line of any lesson is wider than the terminal."""
    _code, shown = on_terminal([*PROGRAM, "learn", name], COLUMNS="80", NO_COLOR="1")
    assert max(map(columns, shown.splitlines())) <= 80


@pytest.mark.parametrize(("encoding", "name"), [("ascii", "equivariance"), ("gbk", "learning")])
def test_lessons_survive_old_terminals(encoding: str, name: str) -> None:
    """In ASCII or GBK a lesson is still readable: exit code 0, and its maps are complete."""
    code, out, err = piped([*PROGRAM, "learn", name], PYTHONIOENCODING=encoding)
    assert (code, err) == (0, b"")
    assert out.decode(encoding).count("\n") > 20
    assert b"?" not in out.replace(b"anywhere?", b"").replace(b"pixel?", b"").replace(b"place?", b"").replace(
        b"cross?", b""
    )


def test_the_glass_moves_with_the_arrow_keys() -> None:
    """Right, right, left, then q: the second of 25 frames is the last one seen, and what stays on the screen."""
    code, shown = typed_at([*PROGRAM, "learn", "glass"], "q: leave", "\x1b[C", "\x1b[C", "\x1b[D", "q", NO_COLOR="1")
    assert code == 0
    assert re.findall(r"step (\d+) of 25", shown) == ["1", "2", "3", "2", "2"]
    assert "arrow keys" in shown


def test_the_ends_of_the_keys() -> None:
    """Home and End, keys that do nothing, and an end of the input, which leaves."""
    _code, shown = typed_at(
        [*PROGRAM, "learn", "glass"], "q: leave", "\x1b[F", "x", "\x1b[C", "\x1b[H", "\x04", NO_COLOR="1"
    )
    assert re.findall(r"step (\d+) of 25", shown) == ["1", "25", "25", "25", "1", "1"]
