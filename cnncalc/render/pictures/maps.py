"""The maps of a network side by side, and the input large: what one unit reads of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple

from cnncalc.language import _
from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, fitted, heading
from cnncalc.render.pictures.style import NOTE, width
from cnncalc.render.pictures.svg import document, element, hatched, number, text
from cnncalc.report.figures import Area, Maps, Runs, Station

TOP, SHRINK, SIDE = 118, 0.8, 150
"""Where maps begin; a level, which halves a map's places, makes it so much smaller than the side of the input's."""

LARGE = 320
"""The side of the input, drawn large."""

STRONG, WASH, PALE = 0.62, 0.13, 0.13
"""How much of its colour what is read has: through windows, all of it beside, and the wedge between neighbours."""

LEAST_HOLE, MOST_CELLS = 1.6, 5000
"""Smaller holes can't be seen, and a set in more pieces is drawn as its hull."""

CAT = (
    "M22 50 20 14 42 29Q50 27 58 29L80 14 78 50Q80 66 72 75 64 85 50 85 36 85 28 75 20 66 22 50ZM50 68V71Q46 76 41 73"
    "M50 71Q54 76 59 73M34 62 13 59M34 67 13 71M66 62 87 59M66 67 87 71"
)
SOLID = "M25 22 37 30 27 36ZM75 22 63 30 73 36ZM46 63H54L50 68ZM38 47a5 5.6 0 1 0 .1 0ZM62 47a5 5.6 0 1 0 .1 0Z"
"""The course notes' cat, in a square of 100: its strokes, and what of it is filled."""


class Box(NamedTuple):
    """A rectangle on the drawing."""

    x: float
    y: float
    wide: float
    high: float


def svg(facts: Maps, theme: str = "auto") -> str:
    """The drawing of one unit's reads."""
    boxes, bottom = _laid(facts.stations)
    content = [
        *heading(facts.title, facts.about),
        *_wedges(facts, boxes),
        *(mark for place in range(len(boxes)) for mark in _map(facts, place, boxes[place])),
        *_labels(facts, boxes),
        *_large(facts, bottom + 46),
        *_table(facts, bottom + 46),
    ]
    high = max(bottom + 46 + LARGE + 44, bottom + 46 + 22 * (len(facts.stations) + 2))
    return document(WIDE, high, facts.title, facts.description, content, theme)


# ---- the strip


def _laid(stations: Sequence[Station]) -> tuple[list[Box], float]:
    """Where the maps stand: on one line about its middle, or on a row for each level where they become finer again."""
    shares, levels = _measured(stations)
    rising = any(after < before for before, after in pairwise(levels))
    base: float = SIDE
    while base > 24 and _total(shares, base, rising=rising) > RIGHT - LEFT:
        base -= 0.5
    gap = _gap(base, rising=rising)
    sizes = [(max(wide * base, 8), max(high * base, 8)) for wide, high in shares]
    tallest = max(high for _wide, high in sizes)
    tops = _tops(levels, sizes) if rising else {}
    x = (LEFT + RIGHT - _total(shares, base, rising=rising)) / 2
    boxes = []
    for (wide, high), level in zip(sizes, levels, strict=True):
        boxes.append(Box(x, tops[level] if rising else TOP + (tallest - high) / 2, wide, high))
        x += wide + gap
    return boxes, max(box.y + box.high for box in boxes) + 16


def _measured(stations: Sequence[Station]) -> tuple[list[tuple[float, float]], list[int]]:
    """Sides in shares of the input's, jump times extent, and levels; vectors are narrow bars on the level before."""
    most, shares, levels = max(stations[0].space), list[tuple[float, float]](), list[int]()
    for station in stations:
        if station.rates is None or max(station.space) == 1:
            shares.append((0.1, shares[-1][1] * SHRINK if levels else 1))
            levels.append(levels[-1] if levels else 0)  # a generator begins with a vector
            continue
        level = log2(sum(station.rates) / 2)
        high, wide = (
            min(size * rate / most, 1.6) * SHRINK ** max(level, -4)
            for size, rate in zip(station.space, station.rates, strict=True)
        )
        shares.append((wide, high))
        levels.append(round(level))
    return shares, levels


def _gap(base: float, *, rising: bool) -> float:
    return max(base * (0.2 if rising else 0.33), 7)


def _total(shares: Sequence[tuple[float, float]], base: float, *, rising: bool) -> float:
    return sum(max(wide * base, 8) + _gap(base, rising=rising) for wide, _high in shares) - _gap(base, rising=rising)


def _tops(levels: Sequence[int], sizes: Sequence[tuple[float, float]]) -> dict[int, float]:
    """Where the row of every level begins."""
    top, tops = float(TOP), dict[int, float]()
    for level in range(min(levels), max(levels) + 1):
        tops[level] = top
        top += max((size[1] for size, one in zip(sizes, levels, strict=True) if one == level), default=0) * 0.62 + 26
    return tops


def _map(facts: Maps, place: int, box: Box) -> Iterator[str]:
    station, chosen = facts.stations[place], place == facts.chosen
    unread = not station.number
    stroke, thick = ("focus", 3) if chosen else ("line" if unread else "quiet", 1)
    sides = {"x": box.x, "y": box.y, "width": box.wide, "height": box.high}
    yield _rect(box, "paper", stroke, thick)
    if station.whole and not chosen:
        yield element("rect", fill="read", fill_opacity=str(WASH), **sides)  # type: ignore[arg-type]
    if chosen:
        yield _unit(station, facts.unit, box)
    elif station.reads or station.number:
        yield from _reads(station, box, STRONG)


def _rect(box: Box, fill: str, stroke: str, thick: float) -> str:
    return element(
        "rect", x=box.x, y=box.y, width=box.wide, height=box.high, fill=fill, stroke=stroke, stroke_width=thick
    )


def _reads(station: Station, box: Box, opacity: float) -> Iterator[str]:
    """What is read of a map, as one path; of a vector all."""
    areas = station.reads or (Area(((0, 1),), ((0, 1),)),)
    down, across = station.space if station.reads else (1, 1)
    high, wide = box.high / down, box.wide / across
    path = "".join(_cells(area, box, wide, high) for area in areas)
    if path:
        yield element("path", d=path, fill="read", fill_opacity=str(opacity))


def _cells(area: Area, box: Box, wide: float, high: float) -> str:
    rows, columns = (_visible(runs, size) for runs, size in ((area.rows, high), (area.columns, wide)))
    if len(rows) * len(columns) > MOST_CELLS:
        rows, columns = _hull(rows), _hull(columns)
    return "".join(
        f"M{number(box.x + left * wide)} {number(box.y + top * high)}h{number(max(places * wide, 0.8))}"
        f"v{number(max(lines * high, 0.8))}h-{number(max(places * wide, 0.8))}z"
        for top, lines in rows
        for left, places in columns
    )


def _visible(runs: Runs, size: float) -> Runs:
    """Runs whose holes are too small to be seen become one."""
    holes = [(after - first - many) * size for (first, many), (after, _many) in pairwise(runs)]
    return _hull(runs) if holes and max(holes) < LEAST_HOLE else runs


def _hull(runs: Runs) -> Runs:
    return ((runs[0][0], runs[-1][0] + runs[-1][1] - runs[0][0]),) if runs else ()


def _unit(station: Station, unit: tuple[int, ...], box: Box) -> str:
    """The chosen unit, never too small to be seen."""
    down, across = station.space or (1, 1)
    (y, x), (high, wide) = unit or (0, 0), (box.high / down, box.wide / across)
    large = Box(0, 0, max(wide, 5), max(high, 5))
    left, top = box.x + x * wide + (wide - large.wide) / 2, box.y + y * high + (high - large.high) / 2
    return _rect(Box(left, top, large.wide, large.high), "focus", "ink", 1.3)


def _ends(station: Station, box: Box) -> Box | None:
    """The hull of what is read of a map."""
    if not station.reads:
        return box if station.number else None
    down, across = station.space
    rows, columns = (
        [_hull(getattr(area, axis))[0] for area in station.reads if getattr(area, axis)] for axis in ("rows", "columns")
    )
    top, left = min(first for first, _many in rows), min(first for first, _many in columns)
    bottom, right = max(first + many for first, many in rows), max(first + many for first, many in columns)
    high, wide = box.high / down, box.wide / across
    return Box(box.x + left * wide, box.y + top * high, (right - left) * wide, (bottom - top) * high)


def _wedges(facts: Maps, boxes: Sequence[Box]) -> Iterator[str]:
    """Between neighbours a wedge joins what is read, and a dashed arc tells a skip."""
    hulls = [_ends(station, box) for station, box in zip(facts.stations, boxes, strict=True)]
    for place, station in enumerate(facts.stations):
        for source in station.sources:
            before, after = hulls[source], hulls[place]
            if source == place - 1:
                if before and after:
                    right, left = before.x + before.wide, after.x
                    corners = (
                        (right, before.y),
                        (left, after.y),
                        (left, after.y + after.high),
                        (right, before.y + before.high),
                    )
                    path = f"M{'L'.join(f'{number(x)} {number(y)}' for x, y in corners)}Z"
                    yield element("path", d=path, fill="read", fill_opacity=str(PALE))
            else:
                yield _arc(boxes[source], boxes[place], place - source, used=bool(before and after))


def _arc(start: Box, end: Box, over: int, *, used: bool) -> str:
    one, other = start.x + start.wide / 2, end.x + end.wide / 2
    top = min(start.y, end.y) - 24 - min(over, 6)
    path = f"M{number(one)} {number(start.y)}V{number(top)}H{number(other)}V{number(end.y)}"
    return element(
        "path", d=path, fill="none", stroke="read" if used else "quiet", stroke_width=1, stroke_dasharray="2 2.5"
    )


def _labels(facts: Maps, boxes: Sequence[Box]) -> Iterator[str]:
    """Names above and sizes below, as far as there is room; the chosen one's first, then the input's."""
    taken = list(boxes)
    order = sorted(range(len(boxes)), key=lambda place: (place != facts.chosen, place))
    for place in order:
        station, box = facts.stations[place], boxes[place]
        strong = place == facts.chosen
        for words, y, size, fill in (
            (station.name, box.y - 7, 12, "ink"),
            (station.shape, box.y + box.high + 14, 11, "quiet"),
        ):
            half = width(words, size, strong=strong) / 2 + 2
            middle = min(max(box.x + box.wide / 2, LEFT + half), RIGHT - half)
            label = Box(middle - half, y - size, 2 * half, size + 3)
            if not any(_meet(label, other) for other in taken):
                taken.append(label)
                yield text(middle, y, words, fill, size, strong=strong, anchor="middle")


def _meet(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.wide and other.x < one.x + one.wide
    return across and one.y < other.y + other.high and other.y < one.y + one.high


# ---- the input, large


def _large(facts: Maps, top: float) -> Iterator[str]:
    """The input with what is read of it, its theoretical field, and what of that lies outside."""
    station = facts.stations[0]
    down, across = station.space
    ends = facts.theory or ((0, down - 1), (0, across - 1))
    outside = [max(-first, last - size + 1, 0) for (first, last), size in zip(ends, station.space, strict=True)]
    margin = max(max(*outside) * 1.04, max(down, across) * 0.04)
    scale = LARGE / (max(down, across) + 2 * margin)
    wide, high = across * scale, down * scale
    box = Box(LEFT + (LARGE - wide) / 2, top + (LARGE - high) / 2, wide, high)
    frame = Box(LEFT, top, LARGE, LARGE)
    yield _rect(frame, "row", "none", 0)
    yield hatched(*frame)
    yield _rect(box, "paper", "none", 0)
    yield _cat(box)
    yield from _reads(station, box, 0.4) if station.number else ()
    if station.whole:
        yield element("rect", x=box.x, y=box.y, width=wide, height=high, fill="read", fill_opacity=str(WASH))
    yield _rect(box, "none", "ink", 1.2)
    if facts.theory:
        (first, last), (left, right) = facts.theory
        field = Box(box.x + left * scale, box.y + first * scale, (right - left + 1) * scale, (last - first + 1) * scale)
        yield element(
            "path",
            d=f"M{number(field.x)} {number(field.y)}h{number(field.wide)}v{number(field.high)}h-{number(field.wide)}z",
            fill="none",
            stroke="ink",
            stroke_width=1.5,
            stroke_dasharray="5 4",
        )
    yield from _legend(top + LARGE + 24)


def _cat(box: Box) -> str:
    side = min(box.wide, box.high) / 100
    place = f"translate({number(box.x + box.wide / 2 - 50 * side)} {number(box.y + box.high / 2 - 50 * side)})"
    paths = [
        element("path", d=CAT, fill="none", stroke="line", stroke_width=1.6, stroke_linecap="round"),
        element("path", d=SOLID, fill="line"),
    ]
    return element("g", paths, transform=f"{place} scale({side:.3f})")


def _legend(y: float) -> Iterator[str]:
    x = float(LEFT)
    marks: tuple[tuple[str, str, str, str | None], ...] = (
        (_("chosen unit"), "focus", "ink", None),
        (_("really read"), "read", "read", None),
        (_("theoretical field"), "none", "ink", "3 2"),
    )
    for words, fill, stroke, dash in marks:
        yield element("rect", x=x, y=y - 10, width=11, height=11, fill=fill, stroke=stroke, stroke_dasharray=dash)
        yield text(x + 17, y, words, "quiet", NOTE)
        x += width(words, NOTE) + 34


# ---- the table


COLUMNS = (392, 640, 742, 826, RIGHT)
"""Where columns end, or the first begins."""


def _table(facts: Maps, top: float) -> Iterator[str]:
    """Every map with its size, its field, its jump, and how much of it is read."""
    heads = (_("layer"), _("output"), _("field"), _("jump"), _("units read"))
    yield from _row(top + 12, heads, "quiet", strong=False)
    yield element("path", d=f"M{COLUMNS[0]} {number(top + 18)}H{RIGHT}", stroke="ink", stroke_width=1.5)
    for place, station in enumerate(facts.stations):
        cells = (station.name, station.shape, station.field or "–", station.jump or "–", station.number or "–")
        fill = "ink" if station.number else "quiet"
        yield from _row(top + 36 + 22 * place, cells, fill, strong=place == facts.chosen)


def _row(y: float, cells: Sequence[str], fill: str, *, strong: bool) -> Iterator[str]:
    yield fitted(COLUMNS[0], y, cells[0], fill, 13.5, 150, strong=strong)
    for end, room, words in zip(COLUMNS[1:], (86, 96, 76, 102), cells[1:], strict=True):
        yield fitted(end, y, words, fill, 13.5, room, strong=strong, anchor="end")
