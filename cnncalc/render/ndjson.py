"""NDJSON: one object per row on a line of its own, for tools that read streams."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.render import ENDLESS, Page
from cnncalc.render.json import encode
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The items of the first list of the report, or what was asked beside it; the whole report where it has no list.

    >>> render(Report("params", {"rows": [{"name": "conv"}, {"name": "dense"}]}))
    '{"name": "conv"}\\n{"name": "dense"}\\n'
    """
    lists = (value for value in report.data.values() if isinstance(value, (list, tuple)))
    rows = next((value for value in lists if all(isinstance(item, Mapping) for item in value)), [report.to_dict()])
    if report.asked:
        rows = [dict(zip(table.keys, row, strict=True)) for table in report.asked for row in table.rows]
    return "".join(f"{encode(row)}\n" for row in rows)
