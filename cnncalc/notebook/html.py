"""A report as HTML inside somebody else's page: inline styles alone, and every colour taken from what is around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.render.cells import RIGHT, text
from cnncalc.render.pictures import draw
from cnncalc.render.pictures.svg import escape
from cnncalc.report import Cell, Report, Table
from cnncalc.report.picture import Picture

MOST_ROWS = 30
"""A longer table ends here, and says how many rows it has more."""

QUIET = "opacity:.65"
TABLE = "border-collapse:collapse;color:inherit;font:inherit;background:none;margin:.4em 0"
CELL = "padding:1px 10px 1px 0;white-space:nowrap;background:none;border:0;text-align:"
"""Notebooks dress tables themselves, in light and dark: none of that is taken over but colour and face."""

HEAD = 'th scope="col"'


def page(report: Report) -> str:
    """The title, the picture where there is one, the tables and the notes.

    >>> page(Report("any", {}, notes=("a < b",)))
    '<div style="max-width:60em"><p style="margin:.4em 0;opacity:.65">a &lt; b</p></div>'
    """
    title = [f'<p style="margin:.4em 0"><b>{escape(report.title)}</b></p>'] if report.title else []
    usual: tuple[str | Table | Picture, ...] = (*report.tables, *report.asked, *report.notes)
    parts = [part for whole in report.story or usual for part in _part(whole, quiet=not report.story)]
    return f'<div style="max-width:60em">{"".join([*title, *_picture(report), *parts])}</div>'


def _part(part: str | Table | Picture, *, quiet: bool) -> Iterator[str]:
    match part:
        case Table():
            yield "".join(_table(part))
        case str():
            yield f'<p style="margin:.4em 0{f";{QUIET}" if quiet else ""}">{escape(part)}</p>'


def _picture(report: Report) -> Iterator[str]:
    """The drawing, in the ink of the page around it; none where there is none, or where it would need more."""
    try:
        drawing: str = draw(report, "svg", "inherit")
    except CnncalcError:
        return
    yield drawing.replace("<svg ", '<svg style="max-width:100%;height:auto;display:block" ', 1)


def _table(table: Table) -> Iterator[str]:
    kept = [place for place, column in enumerate(table.columns) if column.unit != "bar" and not column.minor]
    right = [table.columns[place].unit in RIGHT for place in kept]
    caption = f'<caption style="text-align:left;color:inherit;padding:0"><b>{escape(table.title)}</b></caption>'
    yield f'<div style="overflow-x:auto"><table style="{TABLE}">{caption if table.title else ""}'
    heads = [table.columns[place].label for place in kept]
    rule = ";border-bottom:1.5px solid currentColor;font-weight:400"
    yield f"<thead><tr>{''.join(_cells(HEAD, heads, right, rule))}</tr></thead><tbody>"
    for row, cells in enumerate(table.rows[:MOST_ROWS]):
        if row in table.between:
            yield f'<tr><td colspan="{len(kept)}" style="{CELL}left;{QUIET}">{escape(table.between[row])}</td></tr>'
        marked = {"strong": ";font-weight:600", "quiet": f";{QUIET}"}.get(table.marks.get(row, ""), "")
        yield f"<tr>{''.join(_cells('td', _words(table, kept, cells), right, marked))}</tr>"
    if table.total:
        total = _words(table, kept, ["" if cell is None else cell for cell in table.total])
        yield f"<tr>{''.join(_cells('td', total, right, ';font-weight:600;border-top:1px solid currentColor'))}</tr>"
    yield "</tbody></table></div>"
    if len(table.rows) > MOST_ROWS:
        more = _("and {count} rows more").format(count=f"{len(table.rows) - MOST_ROWS:,}")
        yield f'<p style="margin:.4em 0;{QUIET}">{escape(more)}</p>'


def _words(table: Table, kept: Sequence[int], row: Sequence[Cell]) -> list[str]:
    return [text(row[place], table.columns[place].unit) for place in kept]


def _cells(tag: str, words: Sequence[str], right: Sequence[bool], style: str) -> Iterator[str]:
    for cell, to_the_right in zip(words, right, strict=True):
        yield f'<{tag} style="{CELL}{"right" if to_the_right else "left"}{style}">{escape(cell)}</{tag.split()[0]}>'
