"""TSV: one header line of keys, then full plain values in English; no colour, no separators, nothing cut."""

from __future__ import annotations

from cnncalc.errors import CnncalcError
from cnncalc.language import _, speaking
from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import printable
from cnncalc.report import Cell, Report


class SeveralTablesError(CnncalcError, ValueError):
    """More tables than a format can hold."""


def render(report: Report, page: Page = ENDLESS) -> str:
    """The first table of the report, or what was asked beside it, without its total line (a script adds up by itself, or takes ``--get``).

    >>> from cnncalc.report import Column, Table
    >>> table = Table((Column("name", "layer"), Column("parameters", "Parameters", "count")), (("conv", 1792),))
    >>> render(Report("params", {}, (table,)))
    'name\\tparameters\\nconv\\t1792\\n'
    """
    return "".join(f"{line}\n" for line in map("\t".join, records(report)))


def records(report: Report) -> list[list[str]]:
    """The header and the rows of one table as plain text, in English; a bar is a picture of a column and left out.

    Raises `SeveralTablesError` where several were asked for, because none of them may be dropped.
    """
    if len(report.asked) > 1:
        raise SeveralTablesError(
            _("{titles} are tables of their own: ask for one at a time, or take another format").format(
                titles=_(", ").join(table.title for table in report.asked)
            )
        )
    with speaking("en"):
        table = next(iter(report.asked or report.tables), None)
    if table is None:
        return []
    kept = [index for index, column in enumerate(table.columns) if column.unit != "bar"]
    header = [table.columns[index].key for index in kept]
    return [header, *([plain(row[index]) for index in kept] for row in table.rows)]


def plain(cell: Cell) -> str:
    """One cell for a machine: nothing for unknown, ``true`` or ``false``, a worked line for a Term.

    >>> plain(None), plain(True), plain(616566784), plain("two\\twords")
    ('', 'true', '616566784', 'two words')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return printable(str(cell))
