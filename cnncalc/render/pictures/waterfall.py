"""The waterfall: counts as bars on a log scale, what an idea saves hatched between a bar and the one before."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, backing, fitted, heading, label
from cnncalc.render.pictures.logscale import LogScale, log_scale, short
from cnncalc.render.pictures.style import NAME, NOTE, NUMBER, width
from cnncalc.render.pictures.svg import document, element, hatched, text
from cnncalc.report.figures import Saving, Step, Waterfall

BARS, HIGH, ROOM, LINE = 96, 34, 62, 17
"""Where the first bar begins, how high bars are, the room below each, and how much of it one line takes."""

WIDEST_NAME = 330
"""Names and worked lines that are longer are set smaller."""

INSET = 12
"""Between the end of a bar and its number."""


def svg(facts: Waterfall, theme: str = "auto") -> str:
    """The drawing of a waterfall."""
    named = max(max(width(step.name, NAME, strong=True), width(step.note, NOTE)) for step in facts.steps)
    left = LEFT + min(max(named, 200), WIDEST_NAME) + 26
    scale = log_scale(left, RIGHT - 36, max(step.value for step in facts.steps))
    bottom = BARS + len(facts.steps) * (HIGH + ROOM) - ROOM // 2
    content = [
        *heading(facts.title, facts.about),
        *_grid(scale, bottom),
        *_falls(facts.steps, scale),
        *(line for place in range(len(facts.steps)) for line in _step(facts.steps, place, scale)),
        *(fitted(LEFT, bottom + 52, line, "ink", 13.5, RIGHT - LEFT) for line in [facts.sentence] if line),
    ]
    high = bottom + (76 if facts.sentence else 40)
    return document(WIDE, high, facts.title, facts.description, content, theme)


def _grid(scale: LogScale, bottom: float) -> Iterator[str]:
    for x, word in scale.ticks:
        yield element("path", d=f"M{x:.1f} {BARS - 14}V{bottom}", stroke="line", stroke_width=1)
        yield text(x, bottom + 18, word, "quiet", NOTE, anchor="middle")


def _falls(steps: tuple[Step, ...], scale: LogScale) -> Iterator[str]:
    """Lines from the end of a bar down to the bars measured against it, behind everything else."""
    for place, step in enumerate(steps):
        if step.saving:
            before = steps[step.saving.before]
            fall = f"M{scale.at(before.value):.1f} {_top(step.saving.before) + HIGH}V{_top(place) + HIGH}"
            yield element("path", d=fall, stroke="ink", stroke_width=1, stroke_dasharray="3 3")


def _step(steps: tuple[Step, ...], place: int, scale: LogScale) -> Iterator[str]:
    step, top = steps[place], _top(place)
    end = scale.at(step.value)
    yield fitted(LEFT, top + 14, step.name, "ink", NAME, scale.left - LEFT - 14, strong=True)
    yield fitted(LEFT, top + 34, step.note, "quiet", NOTE, scale.left - LEFT - 14)
    yield element("rect", x=scale.left, y=top, width=end - scale.left, height=HIGH, fill=step.role)
    number, words = f"{step.value:,}", short(step.value)
    taken = width(number, NUMBER, strong=True) + (width(words, NOTE) + 10 if words else 0)
    inside = taken + 2 * INSET <= end - scale.left
    if step.saving:
        yield from _rest(steps, place, scale, free=end if inside else end + taken + 2 * INSET)
    start = scale.left + INSET if inside else end + INSET
    yield from _number(start, top + 23, number, words, taken, inside=inside)


def _number(x: float, y: float, number: str, words: str, taken: float, *, inside: bool) -> Iterator[str]:
    """A number on its bar or behind it; behind it on paper of its own, since that place may be hatched."""
    if not inside:
        yield backing(x - 6, y, taken + 12, NUMBER)
    yield text(x, y, number, "onbar" if inside else "ink", NUMBER, strong=True)
    if words:
        yield text(x + width(number, NUMBER, strong=True) + 10, y, words, "onbar" if inside else "quiet", NOTE)


def _rest(steps: tuple[Step, ...], place: int, scale: LogScale, free: float) -> Iterator[str]:
    """What is gone since the step before, from the end of the bar to where that one ended; ``free`` is where it is bare."""
    saving, top = steps[place].saving, _top(place)
    if saving is None:
        return
    end, before = scale.at(steps[place].value), scale.at(steps[saving.before].value)
    if before > end:
        yield element("rect", class_="gone", x=end, y=top, width=before - end, height=HIGH, fill="paper")
        yield hatched(end, top, before - end, HIGH)
    fits = width(saving.factor, 15, strong=True) + 36 <= before - free
    if fits:
        yield label((free + before) / 2, top + 23, saving.factor, 15)
    yield from _ideas(saving, top + HIGH + 20, scale.left, factor=not fits)


def _ideas(saving: Saving, y: float, x: float, *, factor: bool) -> Iterator[str]:
    """The ideas, a line each; the factor stands before the first where the bar has no room for it."""
    first, *others = saving.ideas
    lines = [f"{saving.factor} · {first}" if factor else first, *others]
    for row, line in enumerate(lines):
        yield backing(x, y + row * LINE, min(width(line, NOTE), RIGHT - x) + 4, NOTE)
        yield fitted(x, y + row * LINE, line, "quiet", NOTE, RIGHT - x)


def _top(place: int) -> float:
    return BARS + place * (HIGH + ROOM)
