"""``docs/lessons.md`` is true: its examples print what it shows, and it names every lesson, kernel and picture."""

from __future__ import annotations

import pytest

from cnncalc.lessons import LESSONS
from cnncalc.lessons.images import MOST_PIXELS
from cnncalc.lessons.kernels import KERNELS
from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed

PAGE = DOCS / "lessons.md"


@pytest.mark.parametrize("example", examples(PAGE), ids=lambda example: str(example[0]))
def test_examples_print_what_the_page_shows(example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every output on the page is the program's."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    assert printed(cnncalc, command) == output


def test_the_page_is_complete() -> None:
    """Every lesson has a row with what it does not show; every kernel and the bound on pixels are named."""
    page = PAGE.read_text("utf-8")
    for name in LESSONS:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert row.count("|") == 4
    assert all(f"`{name}`" in page for name in KERNELS)
    assert f"{MOST_PIXELS:,}" in page
