"""The package as a whole: what is installed, who may import whom, what the generated files say."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnncalc
from tests.cli.terminal import environment

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(cnncalc.__file__).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), check=False)


@pytest.mark.skipif("CNNCALC_INSTALLED" not in os.environ, reason="only where the wheel is said to be installed")
def test_it_is_the_installed_package_that_is_tested() -> None:
    """No test run of the installed wheel imports the source tree by accident."""
    assert ROOT not in PACKAGE.parents
    assert importlib.metadata.version("cnncalc")


@pytest.mark.parametrize(
    "name", ["py.typed", "locale/zh/LC_MESSAGES/cnncalc.mo", "schemas/__init__.py", "cli/__init__.py"]
)
def test_data_files_are_in_the_package(name: str) -> None:
    """What is not Python is shipped too."""
    assert (PACKAGE / name).is_file()


def test_every_data_file_of_the_source_is_shipped() -> None:
    """The installed package has every file that the source has."""
    source = ROOT / "cnncalc"
    files = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert [str(path) for path in sorted(files) if not (PACKAGE / path).exists()] == []


def test_the_command_reference_is_up_to_date() -> None:
    """docs/commands.md is what the help says now."""
    done = run(sys.executable, "tools/commands.py", "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
