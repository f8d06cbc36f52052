"""Pictures: what a report has to be looked at, drawn by one file per kind, which reads the report and nothing else.

A new kind is a file here with a function per format, named as the format is, and a line in `DRAWERS`.
"""

from __future__ import annotations

from importlib import import_module

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.render import RENDERERS
from cnncalc.report import Report

DRAWERS: dict[str, dict[str, str]] = {
    "explorer": {"html": "explorer"},
    "blocks": {"svg": "blocks"},
    "growth": {"svg": "growth"},
    "waterfall": {"svg": "waterfall"},
}
"""For every kind of drawing its formats, and the file here that has a function of the format's name."""


class PictureError(CnncalcError, ValueError):
    """A picture that a report does not have."""


def draw(report: Report, format: str) -> str:
    """The first drawing of a report that there is in ``format``.

    Raises `PictureError` if there is none.
    """
    for drawing in report.drawings:
        if format in DRAWERS[drawing.kind]:
            module = import_module(f"cnncalc.render.pictures.{DRAWERS[drawing.kind][format]}")
            drawn: str = getattr(module, format)(drawing.facts())
            return drawn
    raise PictureError(
        _("{report} has no picture as {format}: take one of {known}").format(
            report=report.what, format=format, known=", ".join(formats(report))
        )
    )


def formats(report: Report) -> list[str]:
    """Every format that a report can be had in.

    >>> formats(Report("params", {}))[-2:]
    ['markdown', 'latex']
    """
    return [*RENDERERS, *dict.fromkeys(format for drawing in report.drawings for format in DRAWERS[drawing.kind])]
