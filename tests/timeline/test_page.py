"""``docs/memory.md`` is true: every command prints what the page says, and its table is that of the rules."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from cnncalc.timeline.rules import RULES, Rule
from tests.documents import DOCS
from tests.test_readme import agree, printed, sessions

PAGE = DOCS / "memory.md"
STEPS = sessions(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "said"), STEPS, ids=[command for command, _said in STEPS])
def test_the_page_is_true(tmp_path: Path, command: str, said: str) -> None:
    """What a terminal shows, as people see it."""
    assert agree(said, printed(command, tmp_path))


def table() -> list[str]:
    """The rules as the page has them: the layers of each, and what it says."""

    def says(entry: tuple[str, Rule]) -> str:
        return entry[1].says

    groups = groupby(sorted(RULES.items(), key=says), says)
    rows = ((sorted(keyword for keyword, _rule in members), text) for text, members in groups)
    return [f"| {', '.join(f'`{name}`' for name in names)} | {text} |" for names, text in sorted(rows)]


def test_the_table_of_rules_is_whole() -> None:
    """Every layer with what it keeps, in the words of the program."""
    assert "\n".join(["| layers | what they keep |", "| --- | --- |", *table()]) in PAGE.read_text(encoding="utf-8")
