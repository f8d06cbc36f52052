"""The manual page has every command and option, is formatted without a complaint, and is shipped in the wheel."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.cli.program import build, program

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cnncalc.1"
TEXT = PAGE.read_text("utf-8").replace("\\-", "-")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_stands_in_it(name: str) -> None:
    """In the section of the command, by all of its names."""
    section = TEXT.partition(f'.SS "cnncalc {name}"\n')[2].partition(".S")[0]
    options = [name for parameter in build(name).params for name in (*parameter.opts, *parameter.secondary_opts)]
    assert "--json" in options or name in ("show", "schema")
    assert [option for option in options if option.startswith("-") and option not in section] == []


def test_the_options_of_the_program_stand_in_it() -> None:
    """Before the commands."""
    head = TEXT.partition(".SH COMMANDS")[0]
    assert [name for option in program().params for name in option.opts if name not in head] == []


def test_it_is_shipped() -> None:
    """Where ``man`` looks beside the program."""
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert built["shared-data"] == {"docs/cnncalc.1": "share/man/man1/cnncalc.1"}


@pytest.mark.parametrize(
    "command",
    [["man", "--warnings", "-E", "UTF-8", "-l"], ["mandoc", "-T", "lint", "-W", "error"]],
    ids=["man", "mandoc"],
)
def test_it_is_formatted_without_a_complaint(command: list[str]) -> None:
    """By groff's ``man`` and by mandoc, where they are installed."""
    if not shutil.which(command[0]) or not shutil.which({"man": "groff"}.get(command[0], command[0])):
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [*command, str(PAGE)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "200"},
    )
    complaints = [line for line in done.stderr.splitlines() if "cannot adjust line" not in line]
    assert (done.returncode, complaints) == (0, [])
