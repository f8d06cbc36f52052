"""Where answers go: formats, files, single values, exit codes."""

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from cnncalc.render import RENDERERS
from tests.cli.conftest import Call
from tests.cli.terminal import DEMO, on_terminal, piped

TSV = (
    "name\tparameters\tmemory\tshare\tmacs\tworked\n"
    "conv\t1792\t7168\t2.90641670375808e-06\t85162752\t64·(3·3·3 + 1)\n"
    "dense�[31m & co\t616566784\t2466267136\t1.0\t\t616,566,784\n"
)
TABLE = """\
Same input, same output

layer             parameters                             memory       share        MACs  worked
───────────────────────────────────────────────────────────────────────────────────────────────────────
conv                   1,792  ████████▉                 7.0 KiB  0.000291 %  85,162,752  64·(3·3·3 + 1)
  sharing ÷49,284: one set of weights for 222·222 positions
dense�[31m & co  616,566,784  ████████████████████████  2.3 GiB       100 %           –  616,566,784
───────────────────────────────────────────────────────────────────────────────────────────────────────
total            616,568,576

 ┌─┐
│x
a picture of a window

A MAC is one multiplication with its addition.
"""
JSON = """\
{
"schema": "cnncalc/demo/1",
"input": [224, 224, 3],
"rows": [
{"name": "conv", "parameters": 1792, "macs": 85162752},
{"name": "dense", "parameters": 616566784, "macs": null}
],
"worked": "64·(3·3·3 + 1)",
"exact": true
}
"""


def test_a_pipe_gets_tsv_with_full_plain_integers() -> None:
    """Without a terminal the answer is one header line and full integers, whatever COLUMNS says."""
    assert piped([*DEMO, "demo"], COLUMNS="20") == (0, TSV.encode(), b"")


def test_a_terminal_gets_the_table() -> None:
    """On a terminal the whole answer is laid out for people."""
    assert on_terminal([*DEMO, "demo"], COLUMNS="120", NO_COLOR="1") == (0, TABLE)


def test_json_has_a_line_for_every_key_and_row(call: Call) -> None:
    """The whole JSON answer, which a line-oriented tool can search, and which any JSON reader reads."""
    code, out, _err = call("demo", "--json")
    assert (code, out) == (0, JSON)
    assert json.loads(out)["rows"][1]["macs"] is None


def test_csv_holds_what_tsv_holds(call: Call) -> None:
    """Read back by a CSV reader, the CSV answer has the cells of the TSV answer."""
    rows = list(csv.reader(io.StringIO(call("demo", "--format", "csv")[1])))
    assert rows == [line.split("\t") for line in TSV.splitlines()]


@pytest.mark.parametrize("colourless", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_is_for_terminals_that_want_it(colourless: dict[str, str]) -> None:
    """A terminal gets colour; with NO_COLOR or TERM=dumb, and in a pipe, no escape character is written."""
    assert "\x1b[1m" in on_terminal([*DEMO, "demo"])[1]
    assert "\x1b" not in on_terminal([*DEMO, "demo"], **colourless)[1]
    assert b"\x1b" not in piped([*DEMO, "demo", "--format", "table"])[1]


@pytest.mark.parametrize("columns", ["1", "20", "40", "60", "80", "0", "many"])
def test_no_number_is_cut_on_a_narrow_terminal(columns: str) -> None:
    """However narrow the terminal, the numbers that matter stand there in full."""
    code, shown = on_terminal([*DEMO, "demo"], COLUMNS=columns, NO_COLOR="1")
    assert code == 0
    for number in ("1,792", "616,566,784", "616,568,576", "85,162,752"):
        assert number in shown


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_table_lines_fit_the_terminal(columns: int) -> None:
    """Where the columns that matter have room, no line of the table is wider than the terminal."""
    _code, shown = on_terminal([*DEMO, "demo"], COLUMNS=str(columns), NO_COLOR="1")
    table = [line for line in shown.splitlines() if "parameters" in line or line.startswith("─")]
    assert table
    assert max(map(len, table)) <= columns


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("conv.parameters", "1792"),
        ("rows.1.parameters", "616566784"),
        ("dense.macs", "null"),
        ("exact", "true"),
        ("worked", "64·(3·3·3 + 1)"),
        ("input", "[224, 224, 3]"),
        ("schema", "cnncalc/demo/1"),
    ],
)
def test_get_prints_one_bare_value(call: Call, path: str, value: str) -> None:
    """``--get`` prints the value and nothing else: no quotes, no separators, null for unknown."""
    assert call("demo", "--get", path) == (0, f"{value}\n", "")


def test_get_names_what_there_is(call: Call) -> None:
    """A field that does not exist is bad input, and the line names those that do."""
    code, out, err = call("demo", "--get", "conv.paramters")
    assert (code, out) == (2, "")
    assert "conv.parameters" in err


@pytest.mark.parametrize(
    "words",
    [("--get", "exact", "--json"), ("--get", "exact", "--format", "tsv"), ("--json", "--format", "csv")],
)
def test_options_that_contradict_are_refused(call: Call, words: tuple[str, ...]) -> None:
    """Two wishes that exclude each other are one line and exit code 2, not a silent choice."""
    code, out, err = call("demo", *words)
    assert (code, out) == (2, "")
    assert "leave" in err


def test_json_twice_is_no_contradiction(call: Call) -> None:
    """``--json --format json`` says the same thing twice."""
    assert call("demo", "--json", "--format", "json")[0] == 0


def test_an_answer_that_is_no_exits_with_1(call: Call) -> None:
    """A report whose verdict is no is printed like any other, and the exit code tells."""
    assert call("demo", "--fail", "verdict", "--get", "exact") == (1, "true\n", "")


@pytest.mark.parametrize("format", RENDERERS)
def test_every_format_writes_what_it_prints(call: Call, tmp_path: Path, format: str) -> None:
    """``-o FILE`` holds exactly what would have been printed, and nothing is printed."""
    printed = call("demo", "--format", format)[1]
    assert printed.endswith("\n")
    assert call("demo", "--format", format, "-o", str(tmp_path / "answer")) == (0, "", "")
    assert (tmp_path / "answer").read_text("utf-8") == printed


@pytest.mark.parametrize(("suffix", "format"), [(s, name) for name, suffixes in RENDERERS.items() for s in suffixes])
def test_a_suffix_chooses_the_format(call: Call, tmp_path: Path, suffix: str, format: str) -> None:
    """A file's suffix is as good as --format, unless --format says otherwise."""
    path = tmp_path / f"answer{suffix}"
    call("demo", "-o", str(path))
    assert path.read_text("utf-8") == call("demo", "--format", format)[1]
    call("demo", "-o", str(path), "--format", "json")
    assert path.read_text("utf-8") == JSON


@pytest.mark.parametrize("path", ["answer.xyz", "answer.JSON5", "folder.json/answer.png2", "answer."])
def test_a_suffix_that_no_format_has_is_refused(call: Call, tmp_path: Path, path: str) -> None:
    """Nobody gets TSV in a file that is called otherwise: the formats are listed, and nothing is written."""
    code, out, err = call("demo", "-o", str(tmp_path / path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert ".json" in err
    assert ".html" in err
    assert list(tmp_path.iterdir()) == []
    assert call("demo", "--json", "-o", str(tmp_path / "answer.xyz"))[0] == 0


@pytest.mark.parametrize("options", [("-o", "answer.html"), ("--format", "html")])
def test_a_report_without_a_picture_refuses_a_page(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str]
) -> None:
    """What has nothing to be looked at says which formats it has, and leaves no file."""
    monkeypatch.chdir(tmp_path)
    code, out, err = call("demo", *options)
    assert (code, out) == (2, "")
    assert "has no picture as html: take one of table" in err
    assert list(tmp_path.iterdir()) == []


def test_a_dash_is_standard_output(call: Call) -> None:
    """``-o -`` prints."""
    assert call("demo", "--json", "-o", "-") == (0, JSON, "")


@pytest.mark.parametrize("path", ["nowhere/answer.json", ".", "a\0b", "x" * 300, ""])
def test_a_file_that_cannot_be_written_is_one_line(
    call: Call, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that can't be written is one line on standard error and exit code 2, and leaves nothing behind."""
    monkeypatch.chdir(tmp_path)
    code, out, err = call("demo", "-o", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("cnncalc: can't write ")
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_survives_an_answer_that_fails(call: Call, tmp_path: Path) -> None:
    """Nothing is half-written: when the answer can't be had, the old file is as it was."""
    path = tmp_path / "answer.json"
    path.write_text("old")
    assert call("demo", "--get", "nothing", "-o", str(path))[0] == 2
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_keeps_mode_and_link(call: Call, tmp_path: Path) -> None:
    """An existing file keeps its permissions, and a link still points to where it pointed."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert call("demo", "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert target.read_text("utf-8") == JSON
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """``-o /dev/stdout`` prints, and the device stays a device."""
    assert piped([*DEMO, "demo", "-o", "/dev/stdout", "--json"]) == (0, JSON.encode(), b"")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered: str) -> None:
    """An answer that standard output can't take is exit code 2, not a traceback, whether Python keeps what it could not write."""
    command = f"PYTHONUNBUFFERED={unbuffered} {' '.join(DEMO)} demo > /dev/full"
    code, out, err = piped(["sh", "-c", command])
    assert (code, out) == (2, b"")
    assert err == b"cnncalc: can't write the answer: No space left on device\n"


@pytest.mark.parametrize("format", ["tsv", "json", "table"])
def test_a_closed_pipe_is_no_error(format: str) -> None:
    """``| head -1`` gets its line; the program ends quietly with exit code 0."""
    demo = " ".join([*DEMO, "demo", "--fail", "many", "--format", format])
    _code, out, err = piped(["sh", "-c", f"{{ {demo}; echo $? >&2; }} | head -1"])
    assert out.count(b"\n") == 1
    assert err == b"0\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
@pytest.mark.parametrize("format", RENDERERS)
def test_an_encoding_without_our_signs_gets_plain_ones(encoding: str, format: str) -> None:
    """Where standard output can't show a sign, another stands for it, and JSON stays JSON with its data whole."""
    code, out, err = piped([*DEMO, "demo", "--format", format], PYTHONIOENCODING=encoding)
    assert (code, err) == (0, b"")
    if format == "json":
        assert json.loads(out.decode(encoding)) == json.loads(JSON)


def test_the_c_locale_shows_everything() -> None:
    """With LC_ALL=C nothing crashes, in whichever way Python takes that locale."""
    for utf8 in ("0", "1"):
        code, out, err = piped(
            [*DEMO, "demo", "--format", "table"], LC_ALL="C", PYTHONUTF8=utf8, PYTHONCOERCECLOCALE="0"
        )
        assert (code, err) == (0, b"")
        assert b"616,568,576" in out
