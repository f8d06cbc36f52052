"""Parameters and MACs by block: two bars in each row, as long as the block's share; what has no row is a number alone."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.language import _
from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, fitted, heading
from cnncalc.render.pictures.style import NAME, NOTE, width
from cnncalc.render.pictures.svg import document, element, text
from cnncalc.report.figures import Block, Blocks

TOP, ROW, HIGH = 112, 30, 18
"""Where the first row begins, how far rows are apart, and how high bars are."""

WIDEST_NAME = 220
"""Names that are longer are set smaller."""

NUMBERS = 130
"""The room behind the longest bar for its number."""


def svg(facts: Blocks, theme: str = "auto") -> str:
    """The drawing of a network's blocks."""
    names = min(max((width(block.name, NAME) for block in facts.blocks), default=0), WIDEST_NAME)
    first = LEFT + names + 20
    half = (RIGHT - first) / 2
    columns = (
        (first, _("parameters"), "conv", [(block.parameters, block.rest) for block in facts.blocks]),
        (first + half, _("MACs"), "read", [(block.macs, block.rest) for block in facts.blocks]),
    )
    content = [
        *heading(facts.title, facts.about),
        *(_name(row, block, names) for row, block in enumerate(facts.blocks)),
        *(mark for column in columns for mark in _column(*column, room=half - NUMBERS)),
    ]
    return document(WIDE, TOP + ROW * len(facts.blocks) + 16, facts.title, facts.description, content, theme)


def _name(row: int, block: Block, most: float) -> str:
    return fitted(LEFT, TOP + ROW * row + 15, block.name, "ink", NAME, most)


def _column(x: float, words: str, role: str, counts: list[tuple[int, bool]], *, room: float) -> Iterator[str]:
    """Bars of one count from ``x`` on, the largest as long as there is room, each with its number behind it."""
    yield text(x, TOP - 14, words, "quiet", NOTE)
    most = max((count for count, rest in counts if not rest), default=0) or 1
    for row, (count, rest) in enumerate(counts):
        y, long = TOP + ROW * row, 0 if rest else room * count / most
        if not rest:
            yield element("rect", x=x, y=y, width=long, height=HIGH, fill=role)
        yield fitted(x + long + 8, y + 14, f"{count:,}", "ink", 13.5, NUMBERS - 16)
