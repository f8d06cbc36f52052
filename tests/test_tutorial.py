"""``docs/tutorial.md`` works from the first command to the last, in English and in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import DOCS
from tests.test_readme import agree, printed, sessions

PAGES = [DOCS / "tutorial.md", DOCS / "tutorial.zh-CN.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """In order, for the later ones read what the earlier ones wrote."""
    for command, said in sessions(page.read_text("utf-8")):
        assert agree(said, printed(command, tmp_path)), command


def test_both_pages_run_the_same_commands() -> None:
    """Word for word, but for the language that is asked for."""
    english, chinese = ([command for command, _said in sessions(page.read_text("utf-8"))] for page in PAGES)
    assert len(english) >= 10
    assert [command.replace(" --lang zh", "").replace("退出码", "exit code") for command in chinese] == english


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tutorial_ends_with_a_passed_exercise(page: Path) -> None:
    """The first attempt has one of two right and does not pass, the second does."""
    grades = [said for command, said in sessions(page.read_text("utf-8")) if "--grade" in command]
    assert [said[-1] for said in grades] == ["1", "0"]
