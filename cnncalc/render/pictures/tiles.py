"""Tiles on an image: what is kept of each as a field of a chessboard, and one of them with what it overlaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.language import _
from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, fitted, heading
from cnncalc.render.pictures.style import NOTE, width
from cnncalc.render.pictures.svg import document, element, hatched
from cnncalc.report.figures import Tiles, TileSpan

TOP, HIGH = 86, 460
"""Where the image begins, and how high it is at most."""

PALE, DARK, STRONG = 0.14, 0.3, 0.75
"""The two shades of the chessboard, and how much of its colour the chosen tile's part has."""

LEAST = 3
"""Fields that are smaller than so many pixels are drawn together."""


def svg(facts: Tiles, theme: str = "auto") -> str:
    """The drawing of the tiles."""
    rows, columns = facts.image
    scale = min(HIGH / rows, (RIGHT - LEFT) / columns)
    wide, high = columns * scale, rows * scale
    left = LEFT + (RIGHT - LEFT - wide) / 2
    down, across = facts.axes
    content = [
        *heading(facts.title, facts.about),
        element("rect", x=left, y=TOP, width=wide, height=high, fill="row"),
        *_board(down, across, left, scale),
        element("rect", x=left, y=TOP, width=wide, height=high, fill="none", stroke="quiet", stroke_width=1),
        *_chosen(down[len(down) // 2], across[len(across) // 2], left, scale),
        *_legend(TOP + high + 34, several=len(down) * len(across) > 1),
    ]
    return document(WIDE, TOP + high + 54, facts.title, facts.description, content, theme)


def _board(down: Sequence[TileSpan], across: Sequence[TileSpan], left: float, scale: float) -> Iterator[str]:
    """What is kept of every tile, in two shades."""
    if min(_length(spans[len(spans) // 2]) for spans in (down, across)) * scale < LEAST:
        yield _kept(_whole(down), _whole(across), left, scale, PALE)
        return
    for row, one in enumerate(down):
        for column, other in enumerate(across):
            yield _kept(one, other, left, scale, DARK if (row + column) % 2 else PALE)


def _length(span: TileSpan) -> float:
    return span.kept_end - span.kept_begin


def _whole(spans: Sequence[TileSpan]) -> TileSpan:
    return TileSpan(spans[0].begin, spans[-1].end, spans[0].kept_begin, spans[-1].kept_end)


def _kept(down: TileSpan, across: TileSpan, left: float, scale: float, opacity: float, role: str = "read") -> str:
    return element(
        "rect",
        x=left + across.kept_begin * scale,
        y=TOP + down.kept_begin * scale,
        width=_length(across) * scale,
        height=_length(down) * scale,
        fill=role,
        fill_opacity=str(opacity),
    )


def _chosen(down: TileSpan, across: TileSpan, left: float, scale: float) -> Iterator[str]:
    """A tile in the middle: all that it reads hatched, and what is kept of it."""
    x, y = left + across.begin * scale, TOP + down.begin * scale
    wide, high = (across.end - across.begin) * scale, (down.end - down.begin) * scale
    yield element("rect", x=x, y=y, width=wide, height=high, fill="paper")
    yield hatched(x, y, wide, high)
    yield _kept(down, across, left, scale, 1, "paper")
    yield _kept(down, across, left, scale, STRONG, "focus")
    for role, thick in (("ink", 4.5), ("focus", 2.5)):
        yield element("rect", x=x, y=y, width=wide, height=high, fill="none", stroke=role, stroke_width=thick)


def _legend(y: float, *, several: bool) -> Iterator[str]:
    x = float(LEFT)
    each = [(_("kept of each tile"), "read", DARK)] if several else []
    one = [(_("kept of one tile"), "focus", STRONG), (_("its overlap, computed and thrown away"), "", 0.0)]
    for words, role, opacity in (*each, *one):
        if role:
            yield element("rect", x=x, y=y - 11, width=14, height=12, fill=role, fill_opacity=str(opacity))
        else:
            yield hatched(x, y - 11, 14, 12)
            yield element("rect", x=x, y=y - 11, width=14, height=12, fill="none", stroke="focus", stroke_width=2)
        yield fitted(x + 20, y, words, "quiet", NOTE, RIGHT - x)
        x += width(words, NOTE) + 48
