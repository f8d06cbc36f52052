"""Plain: the terminal's table as bare text, for a mail or a text file."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.layout import lay_out
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
    return "".join("".join(words for words, _mark in line) + "\n" for line in lay_out(report, page.width))
