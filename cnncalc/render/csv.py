"""CSV: what TSV holds, with commas and quotation marks (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
import io

from cnncalc.render import ENDLESS, Page
from cnncalc.render.tsv import records
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The first table of the report.

    >>> from cnncalc.report import Column, Table
    >>> render(Report("shapes", {}, (Table((Column("size", "size"),), (("3,5",),)),)))
    'size\\n"3,5"\\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records(report))
    return text.getvalue()
