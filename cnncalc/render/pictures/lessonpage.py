"""The page of a lesson: its story in every language, its maps, and those of them that move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.language import N_, language
from cnncalc.render.cells import RIGHT, text
from cnncalc.render.gif import PACE
from cnncalc.render.pictures import heat
from cnncalc.render.pictures.page import page
from cnncalc.report import Table
from cnncalc.report.motion import Frame, Slide, letter
from cnncalc.report.picture import Picture
from cnncalc.report.story import Story

TEXTS = {
    "picture": N_("picture"),
    "kernel": N_("kernel"),
    "detector": N_("detector {letter}"),
    "products": N_("products"),
    "map": N_("feature map"),
    "place": N_("place ({y}, {x}): {work} = {sum}"),
    "nothing": N_("place ({y}, {x}): {sum}"),
    "moves": N_("what moves: space plays, arrow keys step"),
    "play": N_("play"),
    "pause": N_("pause"),
    "back": N_("one step back"),
    "forward": N_("one step forward"),
    "step": N_("step"),
    "padding": N_("padding"),
    "bias": N_("bias"),
    "weight": N_("kernel, row {y}, column {x}"),
}
"""Everything the page says beside the story, by the name its script has for it."""

LOOK = {
    "cell": heat.CELL,
    "above": heat.ABOVE,
    "below": heat.BELOW,
    "bright": heat.BRIGHT,
    "own": heat.OWN,
    "numbers": heat.MOST_NUMBERS,
    "pace": PACE,
}
"""How maps look, as in drawings."""


def html(stories: Mapping[str, Story], theme: str = "auto") -> str:
    """The page of a lesson."""
    pictures = stories[language()].pictures
    grids = _Grids()
    figures = [_figure(picture, grids) for picture in pictures]
    told = {spoken: _told(story) for spoken, story in stories.items()}
    data = {"look": LOOK, "figures": figures, "stories": told, "grids": list(grids)}
    story = stories[language()]
    return page(story.title, "", "lesson.html", ("lesson.css",), ("lesson.js",), TEXTS, data, theme)


class _Grids(dict[Any, int]):
    """Numbers for grids, each of which stands in the page once."""

    def __missing__(self, grid: Any) -> int:
        self[grid] = len(self)
        return self[grid]


def _figure(picture: Picture, grids: _Grids) -> dict[str, Any]:
    """What is the same in every language: numbers, and what is framed."""
    if isinstance(picture.motion, Slide):
        return {"slide": _slide(picture.motion), "still": picture.motion.still}
    if picture.motion and (rule := picture.motion.rule):
        return {"rule": {"name": rule.name, "image": rule.image, "kernel": rule.kernel}, "still": picture.motion.still}
    frames = picture.motion.frames if picture.motion else (Frame(picture.maps),)
    still = picture.motion.still if picture.motion else 0
    return {"frames": [_frame(frame, grids) for frame in frames], "still": still}


def _slide(slide: Slide) -> dict[str, Any]:
    letters = [letter(place) for place in range(len(slide.kernels))]
    kept = ("image", "kernels", "biases", "padding", "first", "kernel_choices")
    return {name: getattr(slide, name) for name in kept} | {"letters": letters, "picture_choices": ()}


def _frame(frame: Frame, grids: _Grids) -> dict[str, Any]:
    shown = [heat.shown(grid) for grid in frame.maps]
    maps = [[grids[grid.values], sorted(grid.framed), sorted(grid.marked), grid.grey, grid.owners] for grid in shown]
    return {"maps": maps, "rim": frame.rim, "most": frame.most}


def _told(story: Story) -> dict[str, Any]:
    """The story in one language: text, tables, and what is said of each figure."""
    return {"title": story.title, "parts": list(_parts(story))}


def _parts(story: Story) -> Iterator[Any]:
    number = 0
    for part in story.parts:
        match part:
            case str():
                yield part
            case Table():
                yield _table(part)
            case Picture() if part in story.pictures:
                yield {"figure": number, **_said(part)}
                number += 1


def _said(picture: Picture) -> dict[str, Any]:
    if isinstance(picture.motion, Slide):
        return {"caption": picture.caption, "choices": {"picture_choices": picture.motion.picture_choices}}
    frames = picture.motion.frames if picture.motion else (Frame(picture.maps),)
    said = {"caption": picture.caption, "titles": [grid.title for grid in frames[0].maps]}
    if picture.motion and (rule := picture.motion.rule):
        return {**said, "pattern": rule.pattern}
    return {**said, "words": [frame.words for frame in frames]}


def _table(table: Table) -> dict[str, Any]:
    """A table in words, each cell as people read it."""
    kept = [place for place, column in enumerate(table.columns) if column.unit != "bar"]
    columns = [table.columns[place] for place in kept]

    def words(row: Any) -> list[str]:
        return [text(row[place], table.columns[place].unit) for place in kept]

    return {
        "title": table.title,
        "head": [[column.label, column.unit in RIGHT] for column in columns],
        "rows": [words(row) for row in table.rows],
        "total": words(table.total) if table.total else None,
        "between": dict(table.between),
    }
