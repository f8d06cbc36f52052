"""A lesson as drawings: all its maps, and the frames of what moves in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cnncalc.language import language
from cnncalc.render.cells import wrap
from cnncalc.render.pictures.frame import LEFT, RIGHT, WIDE, fitted, heading
from cnncalc.render.pictures.heat import GAP, HEADING, arranged, drawn, legend, looks
from cnncalc.render.pictures.style import NAME
from cnncalc.render.pictures.svg import document, text
from cnncalc.render.pictures.table import drawn_table
from cnncalc.report.motion import Frame, Slide, letter, owned, plainly
from cnncalc.report.picture import HeatMap, Picture
from cnncalc.report.story import Story

TOP = 84
"""Where the first picture begins."""

MOST_FRAMES = 48
"""Of more frames some are left out: nobody looks longer than a quarter of a minute."""

LINE, LINE_COLUMNS = 18, 138
"""How high a line of a caption is, and how many columns of text it has."""


def svg(stories: Mapping[str, Story], theme: str = "auto") -> str:
    """All pictures of a lesson, one below the other; those that move at their most telling place."""
    story = stories[language()]
    content, y = [*heading(story.title, story.about)], float(TOP)
    for picture in story.pictures:
        marks, y = _picture(picture, y)
        content += marks
    for table in () if story.pictures else story.tables:
        marks, y = drawn_table(table, y)
        content += marks
    return document(WIDE, y, story.title, _description(story.pictures), content, theme)


def frames(stories: Mapping[str, Story], theme: str = "auto") -> list[str]:
    """The first picture that moves, frame by frame, each a drawing of one size."""
    story = stories[language()]
    moving = next(picture.motion for picture in story.pictures if picture.motion)
    every = -(-len(moving.frames) // MOST_FRAMES)
    shown = [_frame(frame, moving, TOP) for frame in reversed(moving.frames[::-every])]
    high = max(bottom for _marks, bottom in shown)
    title = [*heading(story.title, story.about)]
    return [document(WIDE, high, story.title, "", [*title, *marks], theme) for marks, _bottom in shown]


def _picture(picture: Picture, top: float) -> tuple[list[str], float]:
    if picture.motion:
        frame = picture.motion.frames[picture.motion.still]
        marks, bottom = _frame(_finished(frame, picture.motion), picture.motion, top)
    else:
        marks, bottom = _frame(Frame(picture.maps), None, top)
    lines = wrap(picture.caption, LINE_COLUMNS) if picture.caption else []
    marks += [fitted(LEFT, bottom + LINE * row, line, "quiet", 13.5, RIGHT - LEFT) for row, line in enumerate(lines)]
    return marks, bottom + LINE * len(lines) + GAP / 2


def _finished(frame: Frame, moving: Any) -> Frame:
    """A frame with the whole map of a slide, as nothing more will come."""
    last = moving.frames[-1].maps[-1]
    if not isinstance(moving, Slide):
        return frame
    return frame._replace(maps=(*frame.maps[:-1], last._replace(framed=frame.maps[-1].framed)))


def _frame(frame: Frame, moving: Any, top: float) -> tuple[list[str], float]:
    """The maps, what is said of them, and either all detectors or what the colours mean; and where that ends."""
    shown = looks(frame)
    placed, bottom = arranged(shown, LEFT, RIGHT, top)
    marks = [mark for map in placed for mark in drawn(map)]
    if frame.words:
        marks.append(fitted(LEFT, bottom + 28, frame.words, "ink", NAME, RIGHT - LEFT))
        bottom += 36
    if isinstance(moving, Slide) and len(moving.kernels) > 1:
        return _detectors(moving, marks, bottom + GAP / 2)
    scale = shown[0][1].scale
    if frame.rim is None and scale.largest and not any(grid.grey or grid.owners for grid in frame.maps):
        below = any(value < 0 for grid, _look in shown for row in grid.values for value in row if value)
        return [*marks, *legend(LEFT, bottom + 14, scale, below=below)], bottom + 62
    return marks, bottom + 24


def _detectors(slide: Slide, marks: list[str], top: float) -> tuple[list[str], float]:
    """Every place's own detector, in its colour: its numbers, its bias and its answer."""
    rows, columns = slide.size
    answers = slide.answers
    for place, kernel in enumerate(slide.kernels):
        y, x = divmod(place, columns)
        name = f"{letter(place)} ({y + slide.first}, {x + slide.first})"
        [(grid, look)] = looks(Frame((HeatMap(kernel, owners=owned(kernel, place)),)))
        left, above = LEFT + x * 300, top + y * (len(kernel) * look.high + GAP) - HEADING
        [placed], _bottom = arranged([(grid, look)], left, RIGHT, above)
        marks += drawn(placed)
        beside = left + len(kernel[0]) * look.wide + 14
        said = (name, f"b = {plainly(slide.biases[place])}", f"→ {plainly(answers[place])}")
        marks += [
            text(beside, above + HEADING + 18 + 22 * row, words, "ink" if row != 1 else "quiet", 14, strong=row == 0)
            for row, words in enumerate(said)
        ]
    return marks, top + rows * (len(slide.kernels[0]) * look.high + GAP)


def _description(pictures: Iterable[Picture]) -> str:
    return "; ".join(_said(pictures))


def _said(pictures: Iterable[Picture]) -> Iterator[str]:
    for picture in pictures:
        frame = picture.motion.frames[picture.motion.still] if picture.motion else Frame(picture.maps)
        yield from (f"{grid.title}: {len(grid.values)}×{len(grid.values[0])}" for grid in frame.maps if grid.values)
        yield from (words for words in (frame.words, picture.caption) if words)
