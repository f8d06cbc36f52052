"""``docs/solve.md``: its examples run as they stand."""

from __future__ import annotations

import doctest

import pytest

from tests.conftest import Called
from tests.documents import DOCS, WIDTH, examples, printed

PAGE = DOCS / "solve.md"


@pytest.mark.parametrize(("command", "output"), examples(PAGE), ids=lambda text: text[:40])
def test_examples_print_what_the_page_says(
    command: str, output: str, cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the page prints what stands below it."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    assert printed(cnncalc, command) == output


def test_python_says_what_the_page_says() -> None:
    """The library's example too."""
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
