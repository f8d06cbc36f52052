"""The growth figure: rows of units over the input, the cone of one of them, and what of it is really read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from cnncalc.language import _
from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, fitted, heading
from cnncalc.render.pictures.style import NAME, NOTE, width
from cnncalc.render.pictures.svg import document, element, number, text
from cnncalc.report.figures import Growth, Row

TOP, GAP, BAND_GAP = 96, 64, 38
"""Where the uppermost row stands, and how far rows are apart: dots, and bands."""

WIDEST = 44
"""Neighbouring inputs are at most so far apart."""

LARGEST, SMALLEST = 8, 1.5
"""The radius of a dot."""

BAND = 14
"""How high a band is."""

PALE = 0.12
"""How much of its colour a wedge has."""


class Places(NamedTuple):
    """Where inputs and rows stand: input ``first`` at ``left``, so many pixels to a ``step``."""

    first: float
    left: float
    step: float
    bottom: float
    gap: float

    def x(self, place: float) -> float:
        return self.left + (place - self.first) * self.step

    def y(self, row: int) -> float:
        return self.bottom - row * self.gap


def svg(facts: Growth, theme: str = "auto") -> str:
    """The drawing of one unit's field."""
    places = _places(facts)
    below = places.bottom + 36
    content = [
        *heading(facts.title, facts.about),
        *_cone(facts, places),
        *(_links(facts, places) if facts.dots else ()),
        *(mark for row in range(len(facts.rows)) for mark in (_dots if facts.dots else _bands)(facts, row, places)),
        *_words(facts, places),
        *_bracket(facts, places),
        *_legend(facts, below + 44),
    ]
    return document(WIDE, below + 64, facts.title, facts.description, content, theme)


def _places(facts: Growth) -> Places:
    names = min(max(width(row.name, NAME) for row in facts.rows), 240)
    fields = min(max(width(row.field, NAME) for row in facts.rows), 200)
    left, right = LEFT + names + 36, RIGHT - fields - 36
    ends = [row.at(unit) for row in facts.rows for unit in (0, row.units - 1, *row.outside)]
    first, last = min(ends), max(ends)
    step = min((right - left) / max(last - first, 1), WIDEST)
    gap = GAP if facts.dots else BAND_GAP
    start = (left + right - (last - first) * step) / 2
    return Places(first, start, step, TOP + gap * (len(facts.rows) - 1), gap)


def _cone(facts: Growth, places: Places) -> Iterator[str]:
    """From row to row a pale wedge between the ends of what is read."""
    shown = [(row, facts.rows[row]) for row in range(len(facts.rows)) if facts.rows[row].read]
    for (low, below), (high, above) in pairwise(shown):
        corners = [
            *((places.x(end), places.y(low)) for end in _ends(below)),
            *((places.x(end), places.y(high)) for end in reversed(_ends(above))),
        ]
        path = f"M{'L'.join(f'{number(x)} {number(y)}' for x, y in corners)}Z"
        yield element("path", d=path, fill="read", fill_opacity=str(PALE))


def _ends(row: Row) -> tuple[float, float]:
    """Where what is read begins and ends; places beside the map belong to it."""
    units = (*row.read, *row.outside)
    return row.at(min(units)), row.at(max(units))


def _links(facts: Growth, places: Places) -> Iterator[str]:
    """Two paths: all that is read pale, and the way of the chosen unit strong over it."""
    for strong, role, thick in ((False, "line", 0.8), (True, "read", 1.3)):
        lines = [
            f"M{number(places.x(facts.rows[link.row].at(link.unit)))} {number(places.y(link.row))}"
            f"L{number(places.x(facts.rows[link.source].at(link.tap)))} {number(places.y(link.source))}"
            for link in facts.links
            if link.strong is strong
        ]
        if lines:
            yield element("path", d="".join(lines), fill="none", stroke=role, stroke_width=thick)


def _dots(facts: Growth, row: int, places: Places) -> Iterator[str]:
    """A dot for each unit: chosen, read or not; dashed ones are padding."""
    own, y = facts.rows[row], places.y(row)
    narrowest = min((other.rate for other in facts.rows if other.units > 1), default=1)
    radius = max(min(0.3 * places.step * narrowest, LARGEST), SMALLEST)
    read = set(own.read)
    for unit in range(own.units):
        chosen = row == len(facts.rows) - 1 and unit == facts.unit
        role = "focus" if chosen else "read" if unit in read else "paper"
        stroke = "ink" if chosen else "read" if unit in read else "quiet"
        yield element("circle", cx=places.x(own.at(unit)), cy=y, r=radius, fill=role, stroke=stroke)
    for unit in own.outside:
        x = places.x(own.at(unit))
        yield element("circle", cx=x, cy=y, r=radius, fill="paper", stroke="quiet", stroke_dasharray="2 2")


def _bands(facts: Growth, row: int, places: Places) -> Iterator[str]:
    """The whole map as a line, what is read of it as a band, from the edge of the first unit to that of the last."""
    own, y = facts.rows[row], places.y(row)
    start, end = places.x(own.at(-0.5)), places.x(own.at(own.units - 0.5))
    yield element("path", d=f"M{number(start)} {number(y)}H{number(end)}", stroke="quiet", stroke_width=1)
    if own.read:
        first, last = places.x(own.at(own.read[0] - 0.5)), places.x(own.at(own.read[-1] + 0.5))
        role = "focus" if row == len(facts.rows) - 1 else "read"
        yield element("rect", x=first, y=y - BAND / 2, width=max(last - first, 2), height=BAND, fill=role)


def _words(facts: Growth, places: Places) -> Iterator[str]:
    left, right = places.left - 30, RIGHT
    for row, own in enumerate(facts.rows):
        y = places.y(row) + 5.5
        yield fitted(left, y, own.name, "ink", NAME, left - LEFT, anchor="end")
        if own.field:
            yield fitted(right, y, own.field, "ink", NAME, 200, anchor="end")


def _bracket(facts: Growth, places: Places) -> Iterator[str]:
    """Below the input from the first to the last that is read, and both in words."""
    if facts.ends is None:
        return
    half, y = (0.5 if places.step > 2 * SMALLEST else 0), places.bottom + 24
    first, last = places.x(facts.ends[0] - half), places.x(facts.ends[1] + half)
    path = f"M{number(first)} {number(y)}v6H{number(last)}v-6"
    yield element("path", d=path, fill="none", stroke="ink", stroke_width=1.2)
    wide = width(facts.span, 14)
    middle = min(max((first + last) / 2, LEFT + wide / 2), RIGHT - wide / 2)
    yield text(middle, y + 25, facts.span, "ink", 14, anchor="middle")


def _legend(facts: Growth, y: float) -> Iterator[str]:
    """What the marks mean."""
    marks: list[tuple[str, str, str, str | None]] = [
        (_("chosen unit"), "focus", "ink", None),
        (_("really read"), "read", "read", None),
    ]
    if any(row.outside for row in facts.rows):
        marks.append((_("outside the map"), "paper", "quiet", "2 2"))
    x: float = LEFT + 6
    for words, fill, stroke, dash in marks:
        yield element("circle", cx=x, cy=y - 4.5, r=5, fill=fill, stroke=stroke, stroke_dasharray=dash)
        yield text(x + 12, y, words, "quiet", NOTE)
        x += width(words, NOTE) + 42
