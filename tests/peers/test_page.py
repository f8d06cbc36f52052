"""``docs/conventions.md`` is true: its examples print what it shows, and its tables are those of the program."""

from __future__ import annotations

import doctest

import pytest

from cnncalc.loading import load
from cnncalc.notation.parsing import parse
from cnncalc.peers import as_counted_by
from cnncalc.peers.tools import TOOLS
from cnncalc.shapes import Shape
from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed

PAGE = DOCS / "conventions.md"


@pytest.mark.parametrize("example", examples(PAGE), ids=lambda example: str(example[0]))
def test_examples_print_what_the_page_shows(example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every output on the page is the program's."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    assert printed(cnncalc, command) == output


def test_python_examples_give_what_the_page_shows() -> None:
    """The examples in Python run."""
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0


def test_the_table_of_tools_is_what_they_count() -> None:
    """Each row: the tool and its version, its word, both numbers, our count and the names of its rules."""
    conv, shape, resnet = parse("conv3-64,p1"), Shape((224, 224), 3), load("resnet18")
    rows = [
        f"| {tool} {peer.version} | {one.tally.name} | {one.total:,} | {other.total:,} | {one.tally.of} "
        f"| {', '.join(f'`{rule.name}`' for rule in one.tally.rules) or 'none'} |"
        for tool, peer in TOOLS.items()
        for one, other in zip(as_counted_by(tool, conv, shape), as_counted_by(tool, resnet), strict=True)
    ]
    lines = PAGE.read_text("utf-8").splitlines()
    start = lines.index(rows[0])
    assert lines[start : start + len(rows) + 1] == [*rows, ""]


def test_the_table_of_rules_is_complete() -> None:
    """Every rule of every tool stands there in its own words."""
    page = PAGE.read_text("utf-8")
    for peer in TOOLS.values():
        for tally in peer.tallies:
            for rule in tally.rules:
                assert f"| `{rule.name}` | {rule.says} |\n" in page
