"""A report laid out in lines for people: which columns have room, where they begin, what is set apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from cnncalc.render.cells import RIGHT, bar, columns, printable, text, wrap
from cnncalc.report import Cell, Picture, Report, Table

Span = tuple[str, str]
"""Text, and how important it is: one of the marks of `Table`."""
Line = tuple[Span, ...]

GAP = "  "
BAR_WIDTHS = (24, 12)
"""How long the longest bar is, and how long where there is little room."""


def lay_out(report: Report, width: int | None, colour: bool = False) -> Iterator[Line]:
    """The lines of a report, blank ones between its parts; ``width`` `None` is as wide as the tables like."""
    title: list[Line] = list(_paragraph(report.title, "strong", width)) if report.title else []
    told: Iterable[str | Line | Table | Picture] = report.story or _usual(report)
    parts: list[list[Line]] = [title, *(list(_part(part, width, colour)) for part in told)]
    for number, part in enumerate(part for part in parts if part):
        yield from [(), *part] if number else part


def _usual(report: Report) -> Iterator[Line | Table | Picture]:
    """In a report that is looked up and not read, what is most of it comes first."""
    yield from report.tables
    yield from report.pictures
    yield from (((note, "quiet"),) for note in report.notes)


def _part(part: str | Line | Table | Picture, width: int | None, colour: bool) -> Iterator[Line]:
    match part:
        case Table():
            yield from lay_table(part, width)
        case Picture():
            yield from _picture(part, width, colour)
        case str():
            yield from _paragraph(part, "", width)
        case ((words, mark),):
            yield from _paragraph(words, mark, width)


def _paragraph(words: str, mark: str, width: int | None) -> Iterator[Line]:
    yield from (((line, mark),) for line in wrap(printable(words), width))


def lay_table(table: Table, width: int | None) -> Iterator[Line]:
    """One table; where even the columns that matter have no room, each row becomes a list of its values."""
    if table.title:
        yield ((printable(table.title), "strong"),)
    for kept, bars in product(_choices(table), BAR_WIDTHS):
        grid = Grid(table, kept, bars)
        if width is None or grid.width <= width:
            yield from grid.lines(width)
            return
    yield from _upright(table)


def _choices(table: Table) -> Iterator[list[int]]:
    """The columns to show: all, then without the most minor one, and so on until only those that matter are left."""
    kept = list(range(len(table.columns)))
    yield kept
    minor = [index for index in reversed(kept) if table.columns[index].minor]
    for least in sorted(minor, key=lambda index: table.columns[index].minor, reverse=True):
        kept = [index for index in kept if index != least]
        yield kept


class Grid:
    """Some columns of a table as text, each as wide as its widest cell."""

    def __init__(self, table: Table, kept: Sequence[int], bars: int) -> None:
        self.table = table
        self.kept = kept
        self.head = [printable(table.columns[index].label) for index in kept]
        self.largest = {index: _largest(table, index) for index in kept if table.columns[index].unit == "bar"}
        self.rows = [self._texts(row, bars) for row in table.rows]
        self.total = self._texts(_blank(table.total), bars) if table.total else None
        everything = [self.head, *self.rows, *([self.total] if self.total else [])]
        self.widths = [max(map(columns, column)) for column in zip(*everything, strict=True)]
        self.width = sum(self.widths) + len(GAP) * (len(kept) - 1)

    def _texts(self, row: Sequence[Cell], bars: int) -> list[str]:
        return [
            bar(row[index], self.largest[index], bars)
            if index in self.largest
            else text(row[index], self.table.columns[index].unit)
            for index in self.kept
        ]

    def lines(self, width: int | None) -> Iterator[Line]:
        """The header, a rule, the rows with what stands between them, and the total under a rule of its own."""
        rule = (("─" * self.width, "quiet"),)
        yield self._line(self.head, "quiet")
        yield rule
        for number, row in enumerate(self.rows):
            between = self.table.between.get(number)
            if between:
                yield from (((f"{GAP}{words}", "quiet"),) for words in wrap(printable(between), width and width - 2))
            yield self._line(row, self.table.marks.get(number, ""))
        if self.total:
            yield rule
            yield self._line(self.total, "strong")

    def _line(self, texts: Sequence[str], mark: str) -> Line:
        cells = []
        for index, words, width in zip(self.kept, texts, self.widths, strict=True):
            room = " " * (width - columns(words))
            cells.append(room + words if self.table.columns[index].unit in RIGHT else words + room)
        return ((GAP.join(cells).rstrip(), mark),)


def _largest(table: Table, index: int) -> float:
    cells = (row[index] for row in table.rows)
    return max((cell for cell in cells if isinstance(cell, (int, float))), default=1)


def _blank(total: Sequence[Cell]) -> list[Cell]:
    """A total line stays empty where there is nothing to add up, which is not the same as unknown."""
    return ["" if cell is None else cell for cell in total]


def _upright(table: Table) -> Iterator[Line]:
    """Each row as a heading and its values under each other, for a terminal too narrow for columns."""
    labels = [printable(column.label) for column in table.columns]
    room = max(map(columns, labels[1:]), default=0)
    for number, row in enumerate((*table.rows, *([_blank(table.total)] if table.total else []))):
        if number in table.between:
            yield ((printable(table.between[number]), "quiet"),)
        yield ((text(row[0], table.columns[0].unit), table.marks.get(number) or "strong"),)
        for column, label, cell in list(zip(table.columns, labels, row, strict=True))[1:]:
            if column.unit != "bar" and cell != "":
                yield ((f"{GAP}{label}{' ' * (room - columns(label))}{GAP}", "quiet"), (text(cell, column.unit), ""))


def _picture(picture: Picture, width: int | None, colour: bool) -> Iterator[Line]:
    for line in picture.lines:
        yield ((line, ""),) if isinstance(line, str) else line
    if picture.maps:
        from cnncalc.render.heatmap import lay_maps

        yield from lay_maps(picture.maps, width, colour)
    if picture.caption:
        yield from _paragraph(picture.caption, "quiet", width)
