"""The tool that runs the tests elsewhere: what it reads off a run, what it prints, and what it says of what is not here."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.programs import load_program

ROOT = Path(__file__).resolve().parent.parent


environments = load_program("tools/environments.py")


def test_a_run_is_counted_as_pytest_counts_it(tmp_path: Path) -> None:
    """Two pass, one is skipped, one fails and one breaks before it begins: the last two are named."""
    (tmp_path / "test_five.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "def test_one(): pass\ndef test_two(): pass\ndef test_three(): pytest.skip('why')\n"
        "def test_four(): assert False\ndef test_five(broken): pass\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "test_five.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    row = environments.outcome("here", report.read_text())
    assert row == ("here", 2, 1, ("test_five::test_four", "test_five::test_five"), "")
    assert environments.cells(row) == ("here", "2", "1", "2", "")


def test_a_python_that_is_not_here_is_a_row_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no failure, and the rows after it are run."""

    def nowhere(*words: str) -> None:
        if words[0] == "venv":
            raise subprocess.CalledProcessError(2, words)
        (tmp_path / "sdist" / "cnncalc-0").mkdir(parents=True, exist_ok=True)
        dist = Path(words[words.index("--out-dir") + 1])
        dist.mkdir()
        with environments.tarfile.open(dist / "cnncalc-0.tar.gz", "w:gz") as sdist:
            sdist.add(tmp_path / "sdist" / "cnncalc-0", "cnncalc-0")

    monkeypatch.setattr(environments, "uv", nowhere)
    assert environments.main(["--only", "least", "--only", "Python 3.14"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "environment\tpassed\tskipped\tfailed\tremark",
        "least\t\t\t\tthere is no Python 3.11 here",
        "Python 3.14\t\t\t\tthere is no Python 3.14 here",
    ]


def test_a_failure_is_exit_code_1_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table alone is easily not read."""
    failed = environments.Row("least", 5, 0, ("tests.test_shapes::test_one",))
    monkeypatch.setattr(environments, "rows", lambda *_asked: iter([failed]))
    assert environments.main(["--only", "least"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["least\t5\t0\t1\t", "least: tests.test_shapes::test_one"]


def test_the_least_python_is_the_one_that_the_project_promises() -> None:
    """The rows with the least versions run on it, and the newest versions run on it too."""
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    least = [row.python for row in environments.ENVIRONMENTS.values() if row.least]
    assert set(least) == {promised}
    assert f"Python {promised}" in environments.ENVIRONMENTS
