"""The tests in environments other than this one: Pythons, the least versions and the newest, the wheel and the sdist.

``python tools/environments.py`` builds the sdist, the wheel from it, and a fresh environment for every row of
`ENVIRONMENTS`; there it runs the tests that the sdist carries on what was installed, and prints a table. ``--only NAME``
takes some rows, and what comes after ``--`` goes to pytest, such as the folders to run. A Python that is not on this
machine is a row that says so: `uv <https://docs.astral.sh/uv/>`_ looks on the path, and never downloads one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
HEADER = ("environment", "passed", "skipped", "failed", "remark")


class Environment(NamedTuple):
    """Where the tests are run: a Python, extras in their least or newest versions, and which file is installed."""

    python: str
    extras: tuple[str, ...] = ("test", "onnx")
    least: bool = False
    installed: str = ".whl"


ENVIRONMENTS = {
    "least": Environment("3.11", least=True),
    "least, core": Environment("3.11", ("test",), least=True),
    "core": Environment("3.11", ("test",)),
    "sdist": Environment("3.11", installed=".tar.gz"),
    **{f"Python {version}": Environment(version) for version in ("3.11", "3.12", "3.13", "3.14")},
}
"""None has torch: what needs it is skipped there, and runs in `.ci/run`."""


class Row(NamedTuple):
    """What came out in one environment; ``failures`` names the tests that did not pass."""

    name: str
    passed: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = ()
    remark: str = ""


class MissingError(Exception):
    """An environment that cannot be made here."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, then the tests that failed; 1 if any did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", action="append", choices=ENVIRONMENTS, metavar="NAME", help=", ".join(ENVIRONMENTS))
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    asked = parser.parse_args(arguments)
    print("\t".join(HEADER), flush=True)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), asked.only or list(ENVIRONMENTS), asked.pytest):
            print("\t".join(cells(row)), flush=True)
            failures += [f"{row.name}: {name}" for name in row.failures]
    print(*failures, sep="\n", end="\n" if failures else "")
    return bool(failures)


def rows(folder: Path, names: Sequence[str], pytest: Sequence[str]) -> Iterator[Row]:
    """The files built, and the tests run in one environment after the other."""
    uv("build", "--quiet", "--python", sys.executable, "--out-dir", str(folder / "dist"), str(ROOT))
    with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as sdist:
        sdist.extractall(folder, filter="data")
    source = next(folder.glob("cnncalc-*"))
    for number, name in enumerate(names):
        try:
            program = environment(folder / str(number), folder / "dist", source, ENVIRONMENTS[name])
        except MissingError as reason:
            yield Row(name, remark=str(reason))
        else:
            yield outcome(name, run(program, source, folder / f"{number}.xml", pytest))


def environment(folder: Path, dist: Path, source: Path, wanted: Environment) -> Path:
    """The ``pytest`` of a new environment with one of the built files in it.

    The versions are chosen for the project's own requirements: to uv those of an installed file are not direct.
    """
    try:
        uv("venv", "--quiet", "--no-python-downloads", "--python", wanted.python, str(folder))
    except subprocess.CalledProcessError:
        raise MissingError(f"there is no Python {wanted.python} here") from None
    python = ("--python", str(folder / "bin" / "python"))
    versions = folder / "versions.txt"
    resolution = "lowest-direct" if wanted.least else "highest"
    extras = [word for extra in wanted.extras for word in ("--extra", extra)]
    project = str(source / "pyproject.toml")
    uv(
        "pip",
        "compile",
        "--quiet",
        "--resolution",
        resolution,
        *extras,
        *python,
        project,
        "--output-file",
        str(versions),
    )
    uv("pip", "install", "--quiet", *python, "--requirements", str(versions))
    uv("pip", "install", "--quiet", *python, "--no-deps", str(next(dist.glob(f"*{wanted.installed}"))))
    return folder / "bin" / "pytest"


def run(program: Path, source: Path, report: Path, pytest: Sequence[str]) -> str:
    """The tests' own report, in JUnit's XML."""
    command = [str(program), "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *pytest]
    done = subprocess.run(
        command, cwd=source, env=os.environ | {"CNNCALC_INSTALLED": "1"}, capture_output=True, text=True, check=False
    )
    if not report.exists():
        raise SystemExit(f"{' '.join(command)} did not run:\n{done.stdout}{done.stderr}")
    return report.read_text(encoding="utf-8")


def outcome(name: str, report: str) -> Row:
    """A row from a report in JUnit's XML."""
    cases = list(ElementTree.fromstring(report).iter("testcase"))
    failures = tuple(
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    )
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Row(name, len(cases) - skipped - len(failures), skipped, failures)


def cells(row: Row) -> tuple[str, ...]:
    """A row as it is printed: without numbers where nothing ran."""
    if row.remark:
        return row.name, "", "", "", row.remark
    return row.name, str(row.passed), str(row.skipped), str(len(row.failures)), ""


def uv(*words: str) -> None:
    """Run uv: the one beside this Python, or the one on the path."""
    beside = Path(sys.executable).parent
    program = shutil.which("uv", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise SystemExit("uv is not here: pip install '.[release]'")
    subprocess.run([program, *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
