"""Plain: the terminal's table as bare text, for a mail or a text file."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import with_words
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The report in lines of text without colour.

    >>> from cnncalc.report import Column, Table
    >>> table = Table((Column("name", "layer"), Column("parameters", "parameters", "count")), (("conv", 1792),))
    >>> print(render(Report("params", {}, (table,))), end="")
    layer  parameters
    ─────────────────
    conv        1,792
    """
    if not report.tables and not report.pictures and not report.story and not report.notes:
        return f"{with_words(report.title)}\n"  # a verdict is one line, for which nothing needs laying out
    from cnncalc.render.layout import laid_out

    return laid_out(report, Page(page.width))
