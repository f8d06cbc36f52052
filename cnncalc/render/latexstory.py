r"""A report that is told, as LaTeX: text, tables and heat maps in their order, for ``\input`` into a handout."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.render.cells import printable, with_words
from cnncalc.render.heatmap import BRIGHTEST, MARKED, MOST_NUMBERS, Scale, averaged, coarser, scale_of
from cnncalc.render.latex import FOR_CHINESE, escape, has_chinese, lay_out
from cnncalc.report import Report, Table
from cnncalc.report.picture import HeatMap, Picture

NEEDED = (
    r"% \usepackage{booktabs,xcolor}",
    r"% colour of the frame, of the cell, its width, its number",
    r"\providecommand{\cnncell}[4]{{\fboxsep0pt\fcolorbox{#1}{#2}{\rule[-.3em]{0pt}{1.1em}\makebox[#3][c]{#4}}}}",
)
ABOVE, BELOW, NONE, FRAME = "orange", "blue", "white", "black"
STRENGTH = 15
"""Percent of a colour that each step away from 0 adds."""
WIDEST = 40
"""A map has at most so many cells across; of a larger one each stands for a block."""
SIGN, BARE = 0.55, 0.4
"""How wide a sign of a number is, and a cell without one, in em."""


def told(report: Report) -> str:
    """The whole story."""
    parts = ["\n".join(_part(part)) for part in report.story]
    title = rf"\noindent\textbf{{{escape(report.title)}}}"
    body = "\n\n".join([title, *parts])
    return "\n".join([*NEEDED, *([FOR_CHINESE] if has_chinese(body) else []), "", body, ""])


def _part(part: str | Table | Picture) -> Iterator[str]:
    match part:
        case Table():
            yield r"\begin{center}\footnotesize"
            yield from [rf"\textbf{{{escape(part.title)}}}\\[.3em]"] if part.title else []
            yield from lay_out(part._replace(title=""))
            yield r"\end{center}"
        case Picture():
            yield from _picture(part)
        case str():
            yield rf"\noindent {escape(with_words(printable(part)))}"


def _picture(picture: Picture) -> Iterator[str]:
    yield r"\begin{flushleft}\scriptsize"
    for line in picture.lines:
        words = line if isinstance(line, str) else "".join(part for part, _mark in line)
        yield rf"\texttt{{{escape(words).replace(' ', '~')}}}\\"
    scale = scale_of(picture.maps) if picture.maps else Scale(0, 0)
    yield "\\quad\n".join("\n".join(_map(grid, scale)) for grid in picture.maps)
    if picture.caption:
        yield rf"\\[.3em]\emph{{{escape(picture.caption)}}}" if picture.maps else rf"\emph{{{escape(picture.caption)}}}"
    yield r"\end{flushleft}"


def _map(grid: HeatMap, scale: Scale) -> Iterator[str]:
    """The cells of a row beside each other without a gap, the rows below each other, the title on top."""
    block = max(-(-max(map(len, grid.values)) // WIDEST), 1)
    numbers = sum(map(len, grid.values)) <= MOST_NUMBERS
    small = grid._replace(values=averaged(grid, block)) if grid.grey else coarser(grid, block)
    known = [scale.number(value) for row in small.values for value in row if value is not None]
    width = (max(map(len, known), default=1) + bool(grid.marked)) * SIGN + BARE if numbers else BARE
    yield r"\begin{tabular}[t]{@{}l@{}}"
    yield rf"{escape(grid.title)}\\" if grid.title else ""
    for y, row in enumerate(small.values):
        cells = (_cell(small, scale, (y, x), value, width, numbers) for x, value in enumerate(row))
        yield "".join(cells) + r"\\[-1pt]"
    yield r"\end{tabular}"


def _cell(grid: HeatMap, scale: Scale, place: tuple[int, int], value: float | None, width: float, numbers: bool) -> str:
    colour = NONE if value is None else _colour(grid, scale, value)
    frame = FRAME if place in grid.framed else colour
    mark = MARKED if place in grid.marked else ""
    number = mark + scale.number(value) if numbers and value is not None else ""
    return rf"\cnncell{{{frame}}}{{{colour}}}{{{width:.2f}em}}{{{number}}}"


def _colour(grid: HeatMap, scale: Scale, value: float) -> str:
    """Brightness as grey; else the colour of the sign, the stronger the farther from 0."""
    if grid.grey:
        return f"black!{100 - round(value / BRIGHTEST * 100)}"
    step = scale.step(value)
    return f"{ABOVE if step > 0 else BELOW}!{abs(step) * STRENGTH}" if step else NONE
