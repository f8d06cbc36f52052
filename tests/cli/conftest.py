"""The demo command, and the command line called within the test's own process."""

from collections.abc import Callable

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.cli.program import run
from cnncalc.language import speak
from tests.cli import demo

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run one command line; gives exit code, standard output and standard error."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.delenv("CNNCALC_LANG", raising=False)
    monkeypatch.setitem(COMMANDS, "demo", "a table for the tests")
    monkeypatch.setitem(__import__("sys").modules, "cnncalc.cli.demo", demo)

    def called(*words: str) -> tuple[int, str, str]:
        code = run(words)
        speak("en")
        out, err = capsys.readouterr()
        return code, out, err

    return called
