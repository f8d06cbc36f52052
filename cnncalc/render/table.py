"""Table: the quiet table of a terminal, in colour where the terminal has it."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The report in lines for a terminal.

    >>> render(Report("params", {}, title="one"), Page(80, colour=True))
    '\\x1b[1mone\\x1b[0m\\n'
    """
    from cnncalc.render.layout import laid_out

    return laid_out(report, page)
