"""Handouts as HTML: text, tables and heat maps below each other, for a printer as for a screen, without a script."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.language import language
from cnncalc.render.cells import RIGHT, beside_words, printable, text, with_words
from cnncalc.render.heatmap import BRIGHTEST, MARKED, MOST_NUMBERS, Scale, averaged, coarser, scale_of
from cnncalc.render.pictures.page import styled
from cnncalc.render.pictures.svg import escape
from cnncalc.report import Cell, Table
from cnncalc.report.handout import Handout
from cnncalc.report.picture import HeatMap, Picture

WIDEST = 96
"""A map has at most so many cells across; of a larger one each stands for a block."""
STRENGTH = 22
"""Percent of a colour that each step away from 0 adds."""


def html(handout: Handout, theme: str = "auto") -> str:
    """The page."""
    title = escape(printable(handout.title))
    body = "\n".join(line for part in handout.story for line in _part(part))
    style = styled(("handout.css",), theme)
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _part(part: str | Table | Picture) -> Iterator[str]:
    match part:
        case Table():
            yield from _table(beside_words(part))
        case Picture():
            yield from _picture(part)
        case str():
            yield f"<p>{_words(part)}</p>"


def _words(words: str) -> str:
    return escape(with_words(printable(words)))


def _table(table: Table) -> Iterator[str]:
    kept = [index for index, column in enumerate(table.columns) if column.unit != "bar"]
    yield "<table>"
    yield f"<caption>{_words(table.title)}</caption>" if table.title else ""
    heads = (_cell(table, index, table.columns[index].label, "th", ' scope="col"') for index in kept)
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    for number, row in enumerate(table.rows):
        if number in table.between:
            yield f'<tr class="between"><td colspan="{len(kept)}">{_words(table.between[number])}</td></tr>'
        yield f"<tr>{''.join(_cell(table, index, row[index]) for index in kept)}</tr>"
    if table.total:
        cells = (_cell(table, index, "" if (cell := table.total[index]) is None else cell) for index in kept)
        yield f'<tr class="total">{"".join(cells)}</tr>'
    yield "</table>"


def _cell(table: Table, index: int, cell: Cell, tag: str = "td", more: str = "") -> str:
    unit = table.columns[index].unit
    right = ' class="right"' if unit in RIGHT else ""
    return f"<{tag}{right}{more}>{escape(text(cell, unit))}</{tag}>"


def _picture(picture: Picture) -> Iterator[str]:
    yield "<figure>"
    lines = [line if isinstance(line, str) else "".join(words for words, _mark in line) for line in picture.lines]
    if lines:
        yield f"<pre>{escape(chr(10).join(lines))}</pre>"
    if picture.maps:
        scale = scale_of(picture.maps)
        yield f'<div class="maps">{"".join(line for grid in picture.maps for line in _map(grid, scale))}</div>'
    yield f"<figcaption>{_words(picture.caption)}</figcaption>" if picture.caption else ""
    yield "</figure>"


def _map(grid: HeatMap, scale: Scale) -> Iterator[str]:
    """A table of cells, with their numbers where there are few enough."""
    block = max(-(-max(map(len, grid.values)) // WIDEST), 1)
    fine = len(grid.values) * len(grid.values[0]) > MOST_NUMBERS
    small = grid._replace(values=averaged(grid, block)) if grid.grey else coarser(grid, block)
    yield f'<table class="map{" fine" if fine else ""}">'
    yield f"<caption>{_words(grid.title)}</caption>" if grid.title else ""
    for y, row in enumerate(small.values):
        yield f"<tr>{''.join(_heat(small, scale, (y, x), value, fine) for x, value in enumerate(row))}</tr>"
    yield "</table>"


def _heat(grid: HeatMap, scale: Scale, place: tuple[int, int], value: float | None, fine: bool) -> str:
    if value is None:
        return "<td></td>"
    framed = ' class="framed"' if place in grid.framed else ""
    number = "" if fine else MARKED * (place in grid.marked) + scale.number(value)
    return f'<td{framed} style="background:{_colour(grid, scale, value)}">{number}</td>'


def _colour(grid: HeatMap, scale: Scale, value: float) -> str:
    """Brightness as grey; else the colour of the sign, the stronger the farther from 0."""
    if grid.grey:
        level = round(value / BRIGHTEST * 100)
        return f"hsl(0 0% {level}%)"
    step = scale.step(value)
    role = "above" if step > 0 else "below"
    return f"color-mix(in srgb, var(--{role}) {abs(step) * STRENGTH * 2 // 3}%, var(--paper))"
