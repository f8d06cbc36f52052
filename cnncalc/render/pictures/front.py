"""A Pareto front: dots for a sample of all networks, and a line through those that nothing beats, on log scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, heading
from cnncalc.render.pictures.logscale import short
from cnncalc.render.pictures.style import NOTE
from cnncalc.render.pictures.svg import document, element, escape, number, text
from cnncalc.report.figures import Front, Point

TOP, BOTTOM, HIGH = 96, 556, 620
"""Where the field of the drawing begins and ends, and how high all of it is."""
FIRST = LEFT + 78
"""Where it begins from the left, behind the numbers."""
FEW_TICKS = 3
"""With fewer powers of ten, their doubles and halves are marked as well."""


class Axis(NamedTuple):
    """A log scale from ``low`` at ``start`` to ``high`` at ``stop``."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: int) -> float:
        """Where a number stands; nothing is below 1."""
        return self.start + (log10(max(value, 1)) - self.low) / (self.high - self.low) * (self.stop - self.start)

    @property
    def ticks(self) -> list[int]:
        """Round numbers between its ends."""
        powers = range(floor(self.low), ceil(self.high) + 1)
        steps: tuple[int, ...] = (1,) if len(powers) > FEW_TICKS + 1 else (1, 2, 5)
        numbers = (step * 10**power for power in powers for step in steps)
        return [one for one in numbers if self.low <= log10(one) <= self.high]


def svg(facts: Front, theme: str = "auto") -> str:
    """The drawing; a dot tells its network where the pointer rests on it."""
    points = [(point.cost, point.gain) for point in facts.best] + list(facts.sample)
    across = _axis([cost for cost, _gain in points], FIRST, RIGHT - 12)
    up = _axis([gain for _cost, gain in points], BOTTOM, TOP)
    content = [
        *heading(facts.title, facts.about),
        *_grid(across, up),
        text(RIGHT, BOTTOM + 46, facts.cost, "quiet", NOTE, anchor="end"),
        text(LEFT, TOP - 12, facts.gain, "quiet", NOTE),
        *(_dot(across.at(cost), up.at(gain), "dense", 2.5) for cost, gain in facts.sample),
        *_line(facts.best, across, up),
        *(_dot(across.at(point.cost), up.at(point.gain), "conv", 4.5, point.words) for point in facts.best),
    ]
    return document(WIDE, HIGH, facts.title, facts.description, content, theme)


def html(facts: Front, theme: str = "auto") -> str:
    """The drawing as a page without network access."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(facts.title)}</title>\n</head>\n<body>\n{svg(facts, theme)}\n</body>\n</html>\n"
    )


def _axis(values: Sequence[int], start: float, stop: float) -> Axis:
    logs = [log10(max(value, 1)) for value in values] or [0.0]
    low, high = min(logs), max(logs)
    space = max((high - low) * 0.04, 0.05)
    return Axis(max(low - space, -0.05), high + space, start, stop)


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for tick in across.ticks:
        x = across.at(tick)
        yield element("path", d=f"M{number(x)} {TOP}V{BOTTOM}", stroke="line", stroke_width=1, fill="none")
        yield text(x, BOTTOM + 22, short(tick) or f"{tick:,}", "quiet", NOTE, anchor="middle")
    for tick in up.ticks:
        y = up.at(tick)
        yield element("path", d=f"M{FIRST} {number(y)}H{RIGHT}", stroke="line", stroke_width=1, fill="none")
        yield text(FIRST - 10, y + 4, short(tick) or f"{tick:,}", "quiet", NOTE, anchor="end")


def _line(best: Sequence[Point], across: Axis, up: Axis) -> Iterator[str]:
    """Steps: so much is gained until the next network is paid for."""
    if not best:
        return
    path = f"M{number(across.at(best[0].cost))} {number(up.at(best[0].gain))}"
    for point in best[1:]:
        path += f"H{number(across.at(point.cost))}V{number(up.at(point.gain))}"
    yield element("path", d=path, stroke="conv", stroke_width=2, fill="none")


def _dot(x: float, y: float, role: str, radius: float, words: str = "") -> str:
    told = element("title", escape(words)) if words else ""
    return element("circle", told, cx=x, cy=y, r=radius, fill=role)
