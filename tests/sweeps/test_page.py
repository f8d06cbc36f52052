"""``docs/sweep.md``: its examples run as they stand, those of DuckDB and polars on the file that the page writes."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.conftest import Called
from tests.documents import DOCS, WIDTH, examples, printed

PAGE = DOCS / "sweep.md"
READERS = ("duckdb", "polars", "pyarrow")


@pytest.mark.parametrize(("command", "output"), examples(PAGE), ids=lambda text: text[:40])
def test_examples_print_what_the_page_says(
    command: str, output: str, cnncalc: Called, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every command of the page prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDTH)
    if "-o" in command:
        pytest.importorskip("pyarrow")
        assert written(cnncalc, command) == output
        return
    assert printed(cnncalc, command) == output


def written(cnncalc: Called, command: str) -> str:
    """What a command prints that writes a file."""
    _program, *words = command.split()
    _code, out, err = cnncalc(*words)
    return (out + err).strip("\n")


def test_other_programs_read_the_files(cnncalc: Called, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The one-liners of the page, on the file that the command above them writes."""
    for name in READERS:
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    (command,) = (command for command, _output in examples(PAGE) if "rows.parquet" in command)
    assert written(cnncalc, command) == ""
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
