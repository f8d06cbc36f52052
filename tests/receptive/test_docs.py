"""The page on receptive fields prints what it says, and its published numbers are those of the zoo."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed

PAGE = DOCS / "receptive-fields.md"
ROW = re.compile(r"^\| `([\w.-]+)` \| `([\w.-]+)` \| (\d+) \| (\d+) \| (-?\d+) \|", re.MULTILINE)
PUBLISHED = ROW.findall(PAGE.read_text("utf-8"))


@pytest.mark.parametrize("example", examples(PAGE), ids=lambda example: example[0][:60])
def test_every_example_prints_what_the_page_says(
    example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as written, every command of the page prints the lines below it."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    shown = "\n".join(line.rstrip() for line in printed(cnncalc, command).splitlines())
    assert shown == output


@pytest.mark.parametrize(("name", "at", "size", "jump", "start"), PUBLISHED)
def test_the_zoo_has_the_published_fields(
    name: str, at: str, size: str, jump: str, start: str, cnncalc: Called
) -> None:
    """Each network of the table has the field, jump and start that its source prints."""
    found = [cnncalc("rf", name, "--at", at, "--get", field)[1].strip() for field in ("rf", "jump", "start")]
    assert found == [size, jump, start]


def test_the_table_is_there() -> None:
    """The published numbers were found in the page."""
    assert len(PUBLISHED) >= 12
