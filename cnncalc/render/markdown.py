"""Markdown: tables as GitHub, notebooks and most wikis read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import RIGHT, beside_words, printable, text, with_words
from cnncalc.report import Cell, Report, Table
from cnncalc.report.picture import Picture

_ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in "\\|*<`"})


def render(report: Report, page: Page = ENDLESS) -> str:
    """The whole report.

    >>> from cnncalc.report import Column
    >>> table = Table((Column("name", "layer"), Column("parameters", "parameters", "count")), (("conv", 1792),))
    >>> print(render(Report("params", {}, (table,))), end="")
    | layer | parameters |
    | --- | ---: |
    | conv | 1,792 |
    """
    usual: tuple[str | Table | Picture, ...] = (*report.tables, *report.pictures, *report.notes)
    title = [f"# {_escaped(with_words(report.title))}"] if report.title else []
    parts = [*title, *(_part(part) for part in report.story or usual)]
    return "\n\n".join(parts) + "\n"


def _part(part: str | Table | Picture) -> str:
    match part:
        case Table():
            return "\n".join(_table(part))
        case Picture():
            return "\n".join(_picture(part))
        case str():
            return _escaped(with_words(part))


def _table(table: Table) -> Iterator[str]:
    table = beside_words(table)
    if table.title:
        yield f"## {_escaped(table.title)}"
        yield ""
    kept = [index for index, column in enumerate(table.columns) if column.unit != "bar"]
    yield _row([_escaped(table.columns[index].label) for index in kept])
    yield _row(["---:" if table.columns[index].unit in RIGHT else "---" for index in kept])
    for number, row in enumerate(table.rows):
        if number in table.between:
            yield _row([f"*{_escaped(table.between[number])}*", *[""] * (len(kept) - 1)])
        yield _row(_cells(table, kept, row))
    if table.total:
        yield _row(
            [
                f"**{cell}**" if cell else ""
                for cell in _cells(table, kept, ["" if cell is None else cell for cell in table.total])
            ]
        )


def _cells(table: Table, kept: Sequence[int], row: Sequence[Cell]) -> list[str]:
    return [_escaped(text(row[index], table.columns[index].unit)) for index in kept]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _picture(picture: Picture) -> Iterator[str]:
    lines = [((line, ""),) if isinstance(line, str) else line for line in picture.lines]
    if picture.maps:
        from cnncalc.render.heatmap import lay_maps

        lines += lay_maps(picture.maps)
    yield "```text"
    yield from ("".join(words for words, _mark in line) for line in lines)
    yield "```"
    if picture.caption:
        yield ""
        yield _escaped(picture.caption)


def _escaped(words: str) -> str:
    return printable(words).translate(_ESCAPES)
