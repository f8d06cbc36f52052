"""GIFT: questions as Moodle and others import them from plain text (docs.moodle.org, GIFT format)."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import printable
from cnncalc.render.papers import paper_of
from cnncalc.report import Report
from cnncalc.report.paper import Asked, Choice

_CONTROL = str.maketrans({sign: f"\\{sign}" for sign in "\\~=#{}:"})
"""What means something in the format, and stands for itself behind a backslash."""


def render(report: Report, page: Page = ENDLESS) -> str:
    """Every question with its comments; the right option begins with ``=``, the others with ``~``."""
    paper = paper_of(report, "gift")
    return f"// {printable(paper.title)}\n\n" + "\n".join(map(_question, paper.questions))


def _question(asked: Asked) -> str:
    options = "".join(f"\t{_choice(choice)}\n" for choice in asked.choices)
    return f"::{escape(asked.name)}::[plain]{escape(asked.text)} {{\n{options}}}\n"


def _choice(choice: Choice) -> str:
    comment = f"#{escape(choice.comment)}" if choice.comment else ""
    return f"{'=' if choice.right else '~'}{escape(choice.text)}{comment}"


def escape(words: str) -> str:
    r"""Text on one line in which nothing is a control character.

    >>> escape("a = {b}: 50 % #1")
    'a \\= \\{b\\}\\: 50 % \\#1'
    """
    return printable(words).translate(_CONTROL)
