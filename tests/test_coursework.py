"""``docs/coursework.md`` is an assignment that works: its script marks, in both languages, as the page says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import environment
from tests.documents import DOCS, examples

PAGES = [DOCS / "coursework.md", DOCS / "coursework.zh-CN.md"]
FILE = re.compile(r"^```\w+ (?P<name>\S+)\n(?P<content>.*?)^```$", re.M | re.S)


def written(page: Path, folder: Path) -> Path:
    """A folder with every file that a page shows, and ``cnncalc`` beside it."""
    for match in FILE.finditer(page.read_text("utf-8")):
        path = folder / "work" / match["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(match["content"], "utf-8")
    program = folder / "cnncalc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnncalc "$@"\n')
    program.chmod(0o755)
    return folder / "work"


def run(command: str, folder: Path, shell: str = "sh") -> tuple[int, str]:
    """Exit code and all that is printed, in the order in which it is."""
    surroundings = environment(PATH=f"{folder.parent}:/usr/local/bin:/usr/bin:/bin")
    done = subprocess.run(
        [shell, "-c", command],
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip("\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """Right and wrong answers, those that can't be judged, the points of a class, and ``make check``."""
    folder = written(page, tmp_path)
    shown = examples(page)
    assert len(shown) == 4
    for command, output in shown:
        if command.startswith("make") and not shutil.which("make"):
            continue
        assert run(command, folder)[1] == output, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_the_script_is_safe_in_every_shell(page: Path, shell: str, tmp_path: Path) -> None:
    """0 with all points, 1 with fewer, also where nothing was handed in; and never an end in the middle."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    folder = written(page, tmp_path)
    (folder / "grace").mkdir()
    for student, code, points in (("ada", 0, "5"), ("alan", 1, "0"), ("grace", 1, "0")):
        ended, out = run(f"{shell} grade.sh {student}", folder)
        assert ended == code
        assert out.splitlines()[-1].startswith(points)
        assert len(re.findall("^(?:parameters|macs|field|sees|small)", out, re.M)) == 5


def test_the_script_has_twenty_lines_at_most() -> None:
    """As is said of it, in either language."""
    for page, most in zip(PAGES, (20, 20), strict=True):
        scripts = {match["name"]: match["content"] for match in FILE.finditer(page.read_text("utf-8"))}
        assert scripts["grade.sh"].count("\n") <= most


def test_both_pages_show_the_same_files() -> None:
    """The same names; what students hand in and what runs it is the same, word for word but for the points."""
    english, chinese = (
        {match["name"]: match["content"] for match in FILE.finditer(page.read_text("utf-8"))} for page in PAGES
    )
    assert list(english) == list(chinese)
    for name in ("ada/answers.txt", "ada/network.cnn", "alan/answers.txt", "alan/network.cnn", "Makefile"):
        assert english[name] == chinese[name]
    assert english[".github/workflows/grade.yml"] == chinese[".github/workflows/grade.yml"]
    for files, points in ((english, "5 of 5"), (chinese, "5 / 5")):
        [test] = json.loads(files[".github/classroom/autograding.json"])["tests"]
        assert (test["run"], test["output"], test["points"]) == ("sh grade.sh .", points, 5)
