"""``docs/notation.md``: its examples run as they stand, and its tables are those of the layer kinds."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tests.conftest import Called
from tests.documents import DOCS, WIDTH, examples, printed
from tests.programs import load_program

PAGE = DOCS / "notation.md"


@pytest.mark.parametrize(("command", "output"), examples(PAGE), ids=lambda text: text[:40])
def test_examples_print_what_the_page_says(
    command: str, output: str, cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the page prints what stands below it."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    assert printed(cnncalc, command) == output


@pytest.fixture
def tool() -> ModuleType:
    """``tools/notation.py``, which makes the tables."""
    module: ModuleType = load_program("tools/notation.py")
    return module


def test_the_tables_are_those_of_the_kinds(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every keyword and option is in the tables, with its meaning, and nothing else is."""
    monkeypatch.setattr(sys, "argv", ["notation.py", "--check"])
    assert tool.main() == 0, "run python tools/notation.py"


def test_a_page_out_of_date_is_noticed(tool: ModuleType) -> None:
    """A table with a word changed is not the page that would be made."""
    text = PAGE.read_text(encoding="utf-8")
    changed = text.replace("| `nobias` | without biases |", "| `nobias` | |")
    assert changed != text
    assert tool.page(changed) == text


def test_an_option_without_a_meaning_is_noticed(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind's new option has to be explained."""
    monkeypatch.delitem(tool.MEANINGS, "nobias")
    with pytest.raises(KeyError, match="nobias"):
        tool.tables()
