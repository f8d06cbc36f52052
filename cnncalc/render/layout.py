"""A report laid out for people with Rich: which columns have room, what is set apart, in colour or without.

Only what Rich does not do is done here: leaving out columns, then breaking text in those that matter, and then giving up
columns altogether where a terminal is narrow, so that no number is ever cut, lines between rows, and breaking Chinese
lines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import product, zip_longest

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text

from cnncalc.render import Page
from cnncalc.render.cells import RIGHT, bar, beside_words, columns, printable, text, with_words, wrap
from cnncalc.render.heatmap import Line, lay_maps
from cnncalc.report import Cell, Report, Table
from cnncalc.report.picture import Picture

STYLES = {
    "": "",
    "strong": "bold",
    "quiet": "dim",
    "good": "green",
    "bad": "bold red",
    # heat: backgrounds of the 256-colour table, black or white on them, pale to deep away from 0
    **{
        f"cold{step}": style
        for step, style in enumerate(
            ("black on color(153)", "black on color(111)", "bright_white on color(27)", "bright_white on color(19)"), 1
        )
    },
    **{
        f"warm{step}": style
        for step, style in enumerate(
            ("black on color(224)", "black on color(216)", "bright_white on color(166)", "bright_white on color(88)"), 1
        )
    },
}
"""Rich's style for every mark."""

GREYS = {**{f"grey{shade}": f"color({232 + shade})" for shade in range(24)}, "frame": "color(214)"}
"""Brightness, as a colour of the 256-colour table, and the colour of a window that lies on a photograph."""
GAP = 2
"""Columns between columns."""
FOLDED = 12
"""Text is not broken into columns narrower than this."""
BAR_WIDTHS = (24, 12)
"""How long the longest bar is, and how long where there is little room."""
ENDLESS = 1_000_000


def laid_out(report: Report, page: Page) -> str:
    """The report as text for a page of some width, blank lines between its parts.

    >>> laid_out(Report("params", {}, title="one"), Page(80, colour=True))
    '\\x1b[1mone\\x1b[0m\\n'
    """
    console = Console(
        file=io.StringIO(),
        width=page.width or ENDLESS,
        force_terminal=page.colour,
        color_system="256" if page.colour else None,
        no_color=not page.colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    endless = console.options.update(width=ENDLESS, no_wrap=True, overflow="ignore")
    lines: list[Segment] = []
    for number, part in enumerate(part for part in _parts(report, page) if part):
        for line in [Text(), *part] if number else part:
            lines += console.render(line, endless)
    with console.capture() as written:
        console.print(Segments(lines), soft_wrap=True, end="")  # once: printing each line would take most of the time
    return re.sub(r" +$", "", written.get(), flags=re.MULTILINE)


def _parts(report: Report, page: Page) -> Iterator[list[Text]]:
    yield list(_paragraph(report.title, "strong", page)) if report.title else []
    for part in report.story or _usual(report):
        yield list(_part(part, page))


def _usual(report: Report) -> Iterator[str | Table | Picture | Text]:
    """In a report that is looked up and not read, what is most of it comes first."""
    yield from report.tables
    yield from report.pictures
    yield from (Text(note, STYLES["quiet"]) for note in report.notes)


def _part(part: str | Table | Picture | Text, page: Page) -> Iterator[Text]:
    match part:
        case Table():
            yield from _table(part, page)
        case Picture():
            yield from _picture(part, page)
        case Text():
            yield from _paragraph(part.plain, "quiet", page)
        case str():
            yield from _paragraph(part, "", page)


def _paragraph(words: str, mark: str, page: Page) -> Iterator[Text]:
    yield from (Text(line, STYLES[mark]) for line in wrap(with_words(printable(words)), page.width))


def _table(table: Table, page: Page) -> Iterator[Text]:
    """One table; where the columns that matter have no room even broken, each row becomes a list of its values."""
    if table.title:
        yield Text(printable(table.title), STYLES["strong"])
    wide = beside_words(table)
    drawn = {bars: Drawn(wide, bars) for bars in BAR_WIDTHS}
    for kept, bars in product(_choices(wide), BAR_WIDTHS):
        if page.width is None or drawn[bars].width(kept) <= page.width:
            yield from _with_lines_between(wide, drawn[bars], kept, page)
            return
    folded = page.width and drawn[BAR_WIDTHS[-1]].folded(kept, page.width)
    yield from _with_lines_between(wide, folded, kept, page) if folded else _upright(table, page)


def _choices(table: Table) -> Iterator[list[int]]:
    """The columns to show: all, then without the most minor one, and so on until only those that matter are left."""
    kept = list(range(len(table.columns)))
    yield kept
    minor = [index for index in reversed(kept) if table.columns[index].minor]
    for least in sorted(minor, key=lambda index: table.columns[index].minor, reverse=True):
        kept = [index for index in kept if index != least]
        yield kept


class Drawn:
    """The cells of a table as text, each column as wide as its widest cell."""

    def __init__(self, table: Table, bars: int) -> None:
        self.table = table
        self.head = [printable(column.label) for column in table.columns]
        self._largest = {i: _largest(table, i) for i, column in enumerate(table.columns) if column.unit == "bar"}
        self._bars = bars
        self.rows = [self._texts(row) for row in table.rows]
        self.total = [] if table.total is None else self._texts(_blank(table.total))
        self.widths = [max(map(columns, column)) for column in self._columns()]

    def _columns(self) -> Iterator[tuple[str, ...]]:
        return zip(self.head, *self.rows, *([self.total] if self.total else []), strict=True)

    def width(self, kept: Sequence[int]) -> int:
        """How wide some of the columns are together."""
        return sum(self.widths[index] for index in kept) + GAP * (len(kept) - 1)

    def folded(self, kept: Sequence[int], room: int) -> Drawn | None:
        """The same, text broken into lines so that some of the columns fit into ``room``; `None` where they can't."""
        least = [
            max(columns(line) for cell in column for line in wrap(cell, FOLDED)) if self._is_text(index) else width
            for index, (column, width) in enumerate(zip(self._columns(), self.widths, strict=True))
        ]
        folded = copy(self)
        for most in range(room, 0, -1):
            pairs = zip(self.widths, least, strict=True)
            folded.widths = [max(floor, min(width, most)) for width, floor in pairs]
            if folded.width(kept) <= room:
                folded.head, folded.total = folded._broken(self.head), folded._broken(self.total)
                folded.rows = [folded._broken(row) for row in self.rows]
                return folded
        return None

    def _is_text(self, index: int) -> bool:
        return self.table.columns[index].unit == "text"

    def _broken(self, row: list[str]) -> list[str]:
        return [
            "\n".join(wrap(cell, self.widths[index])) if self._is_text(index) else cell
            for index, cell in enumerate(row)
        ]

    def _texts(self, row: Sequence[Cell]) -> list[str]:
        return [
            bar(cell, self._largest[index], self._bars) if index in self._largest else text(cell, column.unit)
            for index, (column, cell) in enumerate(zip(self.table.columns, row, strict=True))
        ]

    def lines(self, kept: Sequence[int], row: list[str], style: str) -> Iterator[Text]:
        """A row of some of the columns, each in its width, in as many lines as its tallest cell has."""
        cells = [row[index].split("\n") for index in kept]
        for line in zip_longest(*cells, fillvalue=""):
            padded = (self._padded(words, index) for words, index in zip(line, kept, strict=True))
            yield Text((" " * GAP).join(padded), style)

    def _padded(self, words: str, index: int) -> str:
        room = " " * (self.widths[index] - columns(words))
        return room + words if self.table.columns[index].unit in RIGHT else words + room


def _largest(table: Table, index: int) -> float:
    cells = (row[index] for row in table.rows)
    return max((cell for cell in cells if isinstance(cell, (int, float))), default=1)


def _blank(total: Sequence[Cell]) -> list[Cell]:
    """A total line stays empty where there is nothing to add up, which is not the same as unknown."""
    return ["" if cell is None else cell for cell in total]


def _with_lines_between(table: Table, drawn: Drawn, kept: Sequence[int], page: Page) -> Iterator[Text]:
    """The lines of a drawn table, with what stands between its rows."""
    rule = Text("─" * drawn.width(kept), STYLES["quiet"])
    yield from drawn.lines(kept, drawn.head, STYLES["quiet"])
    yield rule
    for number, row in enumerate(drawn.rows):
        if number in table.between:
            room = page.width and page.width - 2
            words = printable(table.between[number])
            yield from (Text(f"  {part}", STYLES["quiet"]) for part in wrap(words, room))
        yield from drawn.lines(kept, row, STYLES[table.marks.get(number, "")])
    if drawn.total:
        yield rule
        yield from drawn.lines(kept, drawn.total, STYLES["strong"])


def _upright(table: Table, page: Page) -> Iterator[Text]:
    """Each row as a heading and its values under each other, for a terminal too narrow for columns."""
    labels = [printable(column.label) for column in table.columns]
    room = max((Text(label).cell_len for label in labels[1:]), default=0)
    for number, row in enumerate((*table.rows, *([_blank(table.total)] if table.total else []))):
        if number in table.between:
            yield from _paragraph(table.between[number], "quiet", page)
        yield Text(text(row[0], table.columns[0].unit), STYLES[table.marks.get(number) or "strong"])
        for column, label, cell in list(zip(table.columns, labels, row, strict=True))[1:]:
            if column.unit != "bar" and cell != "":
                name = Text(f"  {label}{' ' * (room - Text(label).cell_len)}  ", STYLES["quiet"])
                yield Text.assemble(name, text(cell, column.unit))


def _picture(picture: Picture, page: Page) -> Iterator[Text]:
    lines: Iterable[str | Line] = picture.lines
    for line in lines:
        yield _assembled(((line, ""),) if isinstance(line, str) else line)
    if picture.maps:
        yield from map(_assembled, lay_maps(picture.maps, page.width, page.colour))
    if picture.caption:
        yield from _paragraph(picture.caption, "quiet", page)


def _assembled(line: Line) -> Text:
    return Text.assemble(*((words, STYLES[mark] if mark in STYLES else _greys(mark)) for words, mark in line))


def _greys(mark: str) -> str:
    """Rich's style for ``grey0 on grey23``: a pixel, and the one below it if there is one."""
    return " on ".join(GREYS[grey] for grey in mark.split(" on "))
