"""A requirement whose sign the shell took for a redirection."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import PROGRAM, environment


@pytest.mark.parametrize(
    ("typed", "file", "meant"),
    [
        ("--require rf>=400", "=400", "rf>=400"),
        ("--require rf>400 --get rf", "400", "rf>400"),
        ("--require rf<=4.5", "=4.5", "rf<=4.5"),
        ("--require rf=>400", "400", "rf=>400"),
    ],
)
def test_a_sign_that_the_shell_took_is_told(typed: str, file: str, meant: str, tmp_path: Path) -> None:
    """With the file that it became, in a real shell; nothing is written into it."""
    if "<" in typed:
        (tmp_path / file).touch()
    code, err = shell(f"rf conv3 {typed}", tmp_path)
    assert code == 2
    assert err == f"cnncalc: the shell took {file} for a file: quote it, --require '{meant}', and delete the file\n"
    assert (tmp_path / file).read_bytes() == b""


@pytest.mark.parametrize("typed", ["--require rf > answer.txt", "--require rf"])
def test_what_is_no_number_is_no_requirement(typed: str, tmp_path: Path) -> None:
    """A file that somebody asked for is not blamed."""
    assert shell(f"rf conv3 {typed}", tmp_path) == (
        2,
        "cnncalc: requirement 'rf' can't be read: write a field, a sign and a number, such as rf>=200\n",
    )


def test_a_quoted_requirement_may_go_into_a_file_of_such_a_name(tmp_path: Path) -> None:
    """Only what can't be read makes anybody look at the files."""
    assert shell("rf conv3 --require 'rf>=3' --get rf > 400", tmp_path) == (0, "")
    assert (tmp_path / "400").read_text(encoding="utf-8") == "3\n"


def shell(line: str, folder: Path) -> tuple[int, str]:
    """Exit code and standard error of a command line in a shell."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(PROGRAM)} {line}"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        check=False,
    )
    return done.returncode, done.stderr.decode()
