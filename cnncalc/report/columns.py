"""Choosing columns: a report in which every table, and every row of the data, has those that were asked for."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnncalc.errors import CnncalcError, near
from cnncalc.language import _
from cnncalc.report import Cell, Later, Report, Table
from cnncalc.shapes import shorten


class ColumnError(CnncalcError, LookupError):
    """A column that no table of the report has."""


def choose(report: Report, names: Iterable[str]) -> Report:
    """A report with some of its columns, in the order given; each is named by its key or by its heading.

    A table that has none of them is left out. The data are no longer what a schema promises, and name none.

    >>> from cnncalc.report import Column
    >>> table = Table((Column("name", "layer"), Column("parameters", "weights")), (("conv", 1792),))
    >>> choose(Report("any", {}, (table,)), ["weights", "name"]).tables[0].rows
    ((1792, 'conv'),)

    Raises `ColumnError` for a column that there is not, or a report without a table.
    """
    names = tuple(dict.fromkeys(names))
    tables = [*report.tables, *report.asked]
    _check(names, tables)
    wanted = tuple(_key(name, tables) for name in names)  # the same in every language that tables are laid out in
    return replace(
        report,
        what="",
        data=_cut_data(report.data, wanted, tables),
        tables=Later(lambda: _cut_all(report.tables, wanted)),
        asked=_cut_all(report.asked, wanted),
        story=tuple(part for whole in report.story for part in _cut_part(whole, wanted)),
    )


def _check(wanted: Sequence[str], tables: Sequence[Table]) -> None:
    if not tables:
        raise ColumnError(_("this answer has no table to choose columns of: leave out --columns"))
    known = list(dict.fromkeys(key for table in tables for key in table.keys))
    for name in wanted:
        if any(_place(table, name) is not None for table in tables):
            continue
        raise ColumnError(no_column(name, known))


def no_column(name: str, known: Sequence[str]) -> str:
    """What is said of a column that is not among the ``known`` ones.

    >>> no_column("fields", ["field", "macs"])
    'there is no column fields: did you mean field?'
    """
    match = near(name, known)
    message = (
        _("there is no column {name}: did you mean {near}?")
        if match
        else _("there is no column {name}: take some of {known}")
    )
    return message.format(name=shorten(name) or "''", near=match, known=", ".join(known))


def _place(table: Table, name: str) -> int | None:
    """Where the column of that key stands, or else the one of that heading."""
    labels = [column.label for column in table.columns]
    return next((names.index(name) for names in (table.keys, labels) if name in names), None)


def _cut_all(tables: Iterable[Table], wanted: Sequence[str]) -> tuple[Table, ...]:
    return tuple(part for table in tables for part in _cut(table, wanted))


def _cut_part(part: Any, wanted: Sequence[str]) -> Iterable[Any]:
    return _cut(part, wanted) if isinstance(part, Table) else [part]


def _cut(table: Table, wanted: Sequence[str]) -> list[Table]:
    """The table with its columns among those; none where it has none. What was asked for is never left out."""
    places = list(dict.fromkeys(place for name in wanted if (place := _place(table, name)) is not None))
    if not places:
        return []
    return [
        table._replace(
            columns=tuple(table.columns[place]._replace(minor=0) for place in places),
            rows=tuple(tuple(row[place] for place in places) for row in table.rows),
            total=table.total and tuple(table.total[place] for place in places),
        )
    ]


def _cut_data(data: Mapping[str, Any], wanted: Sequence[str], tables: Sequence[Table]) -> dict[str, Any]:
    """The data with the rows of the list that the report is about cut; numbers that only a table has are taken from it."""
    main = Report("", data).main
    if main is None:
        return dict(data)
    beside = _by_name(tables)
    rows = [ChainMap(dict(row), beside.get(row.get("name"), {})) for row in data[main]]
    return {**data, main: [{key: row[key] for key in wanted if key in row} for row in rows]}


def _by_name(tables: Sequence[Table]) -> dict[Any, dict[str, Any]]:
    """The rows of the first table that has names, as data: text is in the language of people, and unknown here."""
    for table in tables:
        if "name" in table.keys:
            at = table.keys.index("name")
            return {row[at]: dict(zip(table.keys, map(_as_data, row), strict=True)) for row in table.rows}
    return {}


def _key(name: str, tables: Sequence[Table]) -> str:
    return next(table.columns[place].key for table in tables if (place := _place(table, name)) is not None)


def _as_data(cell: Cell) -> Cell:
    return None if isinstance(cell, str) else cell
