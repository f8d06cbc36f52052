"""Table: the quiet table of a terminal, in colour where the terminal has it.

Plain escape sequences and not Rich: all that is needed is bold, dim and two colours, and importing Rich took longer
than everything else that an answer does.
"""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.layout import Span, lay_out
from cnncalc.report import Report

STYLES = {
    "strong": "1",
    "quiet": "2",
    "good": "32",
    "bad": "1;31",
    # heat: backgrounds of the 256-colour table, black or white on them, pale to deep away from 0
    **{
        f"cold{step}": style for step, style in enumerate(("30;48;5;153", "30;48;5;111", "97;48;5;27", "97;48;5;19"), 1)
    },
    **{
        f"warm{step}": style
        for step, style in enumerate(("30;48;5;224", "30;48;5;216", "97;48;5;166", "97;48;5;88"), 1)
    },
}
"""SGR parameters (ECMA-48, 8.3.117) of every mark but the plain one."""


def render(report: Report, page: Page = ENDLESS) -> str:
    """The report in lines for a terminal.

    >>> render(Report("params", {}, title="one"), Page(80, colour=True))
    '\\x1b[1mone\\x1b[0m\\n'
    """
    paint = _coloured if page.colour else _bare
    return "".join("".join(map(paint, line)) + "\n" for line in lay_out(report, page.width, page.colour))


def _bare(span: Span) -> str:
    return span[0]


def _coloured(span: Span) -> str:
    words, mark = span
    return f"\x1b[{STYLES[mark]}m{words}\x1b[0m" if mark in STYLES else words
