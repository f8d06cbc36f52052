"""What many tests use: the command line called within the test's own process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from cnncalc.cli.program import run
from cnncalc.language import speak
from tests.browser.chromium import browser

__all__ = ["browser"]

# how long an example takes says something about the machine only
settings.register_profile("cnncalc", deadline=None)
settings.load_profile("cnncalc")

Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cnncalc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    """Run one command line in English, as wide as it likes; gives exit code, standard output and standard error."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.delenv("CNNCALC_LANG", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of pytest-xdist have one

    def called(*words: str) -> tuple[int, str, str]:
        code = run(words)
        speak("en")
        out, err = capsys.readouterr()
        return code, out, err

    return called
