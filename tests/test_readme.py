"""The README is true: every command in a ``console`` block prints what the block says."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import pytest

from cnncalc.language import _, speak
from tests.cli.terminal import on_terminal

README = Path(__file__).resolve().parent.parent / "README.md"
CHINESE = README.with_name("README.zh-CN.md")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sessions(text: str) -> list[tuple[str, str]]:
    """Every ``$ command`` of the console blocks, with what it is said to print."""
    steps = [step for block in BLOCK.findall(text) for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(step.partition("\n")[0], step.partition("\n")[2].rstrip("\n")) for step in steps]


def printed(command: str, folder: Path) -> str:
    """What a terminal of 100 columns shows of ``command``, where ``cnncalc`` is the one under test."""
    program = folder / "cnncalc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnncalc "$@"\n')
    program.chmod(0o755)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    path = f"{folder}:/usr/local/bin:/usr/bin:/bin"
    _code, shown = on_terminal(["sh", "-c", command], cwd=work, PATH=path, COLUMNS="100", NO_COLOR="1")
    return "\n".join(line.rstrip() for line in shown.splitlines())


def agree(said: str, shown: str) -> bool:
    """Whether the output is what the README says; ``...`` there stands for anything."""
    return doctest.OutputChecker().check_output(f"{said}\n", f"{shown}\n", doctest.ELLIPSIS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all commands, so that a later one finds the file an earlier one wrote."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize(("command", "said"), sessions(README.read_text("utf-8")))
def test_readme_commands_print_what_the_readme_says(command: str, said: str, folder: Path) -> None:
    """Run as a reader would on a terminal, the command prints the lines that stand below it."""
    shown = printed(command, folder)
    assert agree(said, shown), f"$ {command}\n{shown}"


@pytest.mark.parametrize(("command", "said"), sessions(CHINESE.read_text("utf-8")))
def test_chinese_readme_commands_print_what_it_says(command: str, said: str, folder: Path) -> None:
    """The Chinese README is no less true; what it shows in Chinese needs the catalogue."""
    if "--lang zh" in command and not speaks_chinese("feature map"):
        pytest.skip("the catalogue lacks the lessons")
    shown = printed(command, folder)
    assert agree(said, shown), f"$ {command}\n{shown}"


def speaks_chinese(text: str) -> bool:
    """Whether the catalogue translates a text."""
    speak("zh")
    translated = _(text) != text
    speak("en")
    return translated


def test_a_wrong_readme_is_noticed(folder: Path) -> None:
    """The check fails when the output differs by one digit, and finds commands where there are some."""
    [(command, said)] = sessions("```console\n$ cnncalc --version | cut -c 1-7\ncnncalk\n```\n")
    assert not agree(said, printed(command, folder))
    assert agree("cnncalc", printed(command, folder))
    assert len(sessions(README.read_text("utf-8"))) >= 3


def test_readme_opens_with_the_two_commands() -> None:
    """The two lines that set everything up are there as single lines to copy."""
    lines = README.read_text("utf-8").splitlines()
    for line in (
        "python3 -m venv .venv && .venv/bin/pip install -q . && "
        ".venv/bin/cnncalc params --input 224x224x3 --kernel 3 --filters 64",
        "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/pytest",
    ):
        assert line in lines[:12]
