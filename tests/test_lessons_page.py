"""``docs/lessons.md`` is true: its examples print what it shows, and it names every lesson, kernel and picture."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnncalc.lessons import LESSONS
from cnncalc.lessons.images import MOST_PIXELS
from cnncalc.lessons.kernels import KERNELS
from cnncalc.schemas import schema
from tests.conftest import Called
from tests.documents import DOCS, WIDTH, Example, examples, printed

PAGE = DOCS / "lessons.md"


@pytest.mark.parametrize("example", examples(PAGE), ids=lambda example: str(example[0]))
def test_examples_print_what_the_page_shows(example: Example, cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every output on the page is the program's."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    command, output = example
    assert printed(cnncalc, command) == output


def test_the_file_of_questions_on_the_page_can_be_asked(cnncalc: Called, tmp_path: Path) -> None:
    """It is read, drawn from, and keeps to the schema of a quiz."""
    [file] = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    path = tmp_path / "questions.toml"
    path.write_text(file, "utf-8")
    code, out, err = cnncalc("quiz", "--from", str(path), "--count", "4", "--seed", "1", "--answers", "--json")
    assert (code, err) == (0, "")
    Draft202012Validator(json.loads(schema("quiz"))).validate(json.loads(out))
    assert {question["topic"] for question in json.loads(out)["questions"]} == {"own"}


def test_the_page_is_complete() -> None:
    """Every lesson has a row with what it does not show; every kernel and the bound on pixels are named."""
    page = PAGE.read_text("utf-8")
    for name in LESSONS:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert row.count("|") == 4
    assert all(f"`{name}`" in page for name in KERNELS)
    assert f"{MOST_PIXELS:,}" in page
