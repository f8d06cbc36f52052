"""The eight words and their drawing: the same in the code and on the page, and true."""

from __future__ import annotations

import re

import pytest

import cnncalc.receptive
from cnncalc.analysis import trace
from cnncalc.fields import reads_of
from cnncalc.notation.parsing import parse
from tests.documents import DOCS

TEXT = cnncalc.receptive.__doc__ or ""
PAGE = (DOCS / "receptive-fields.md").read_text("utf-8")
WORDS = ["unit", "window", "reach", "field", "jump", "start", "reads", "phase"]

HEAD, *ROWS = [line.strip() for line in re.findall(r"^    (layer .*|conv\S+ .*)$", TEXT, re.MULTILINE)]
ROW = re.compile(r"(\S+) +(\d+)(.*?)   +(-?\d+) +(\d+) +(\d+)")


def places() -> dict[int, int]:
    """The input that each column of the drawing stands for."""
    return {match.end(): int(match[0]) for match in re.finditer(r"-?\d+", HEAD)}


def test_the_words_are_explained_in_the_code_and_on_the_page() -> None:
    """Eight words, in one order, each explained once."""
    assert re.findall(r"^(\w+)\n    ", TEXT, re.MULTILINE) == WORDS
    assert re.findall(r"^- \*\*(\w+)\*\*: ", PAGE, re.MULTILINE) == WORDS


def test_the_page_has_the_same_drawing() -> None:
    """Line by line as in the code."""
    (block,) = re.findall(r"^```text\n(layer .*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block.splitlines() == [HEAD, *ROWS]
    assert len(ROWS) == 7


@pytest.mark.parametrize("row", ROWS)
def test_the_drawing_is_what_the_program_computes(row: str) -> None:
    """Every mark is an input that is read or passed over, and first, size and number are those of the marks."""
    match = ROW.fullmatch(row)
    assert match is not None
    word, unit, _marks, *numbers = match.groups()
    layers = list(dict.fromkeys(line.split()[0] for line in ROWS))
    field = trace(parse(" ".join(layers))).field(0, layers.index(word))
    reads = reads_of(field, int(unit))
    assert reads is not None
    marks = {place: row[column - 1 : column] for column, place in places().items()}
    drawn = [place for place, mark in marks.items() if mark == "#"]
    assert drawn == list(reads.indices())
    assert [place for place, mark in marks.items() if mark in ("#", ".")] == list(range(drawn[0], drawn[-1] + 1))
    assert list(map(int, numbers)) == [drawn[0], drawn[-1] - drawn[0] + 1, len(drawn)]
