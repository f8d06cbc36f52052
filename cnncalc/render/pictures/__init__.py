"""Pictures: what a report has to be looked at, drawn by one file per kind, which reads the report and nothing else.

A new kind is a file here with a function per format, named as the format is, and a line in `DRAWERS`. What can be had as
SVG can be had in every format of `MADE_OF` that is made of it, and as a page around it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.language import LANGUAGES, _, speaking
from cnncalc.render import PAPERS, PICTURES, RENDERERS
from cnncalc.report import Drawing, Report

DRAWERS: dict[str, dict[str, str]] = {
    "explorer": {"html": "explorer"},
    "blocks": {"svg": "blocks"},
    "front": {"html": "front", "svg": "front"},
    "growth": {"svg": "growth"},
    "handout": {"html": "handout"},
    "maps": {"svg": "maps"},
    "lesson": {"html": "lessonpage", "svg": "lesson"},
    "motion": {"frames": "lesson"},
    "tiles": {"svg": "tiles"},
    "waterfall": {"svg": "waterfall"},
}
"""For every kind of drawing its formats, and the file here that has a function of the format's name."""


MADE_OF = {"png": "svg", "pdf": "svg", "gif": "frames"}
"""Formats into which another one is turned."""


class PictureError(CnncalcError, ValueError):
    """A picture that a report does not have."""


def draw(report: Report, format: str, theme: str = "auto") -> Any:
    """The first drawing of a report that there is in ``format``; with a format that is made of another, that one.

    Raises `PictureError` if there is none.
    """
    drawn_as = MADE_OF.get(format, format)
    for drawing in _having(report, drawn_as):
        return _drawn(drawing, drawn_as, theme)
    for drawing in _having(report, "svg") if format == "html" else ():
        return _page_of(drawing, theme)
    raise PictureError(
        _("{report} has no picture as {format}: take one of {known}").format(
            report=report.what, format=format, known=", ".join(formats(report))
        )
    )


def _having(report: Report, format: str) -> list[Drawing]:
    return [drawing for drawing in report.drawings if format in DRAWERS[drawing.kind]]


def _drawn(drawing: Drawing, format: str, theme: str) -> Any:
    module = import_module(f"cnncalc.render.pictures.{DRAWERS[drawing.kind][format]}")
    return getattr(module, format)(drawing.facts(), theme)


def _page_of(drawing: Drawing, theme: str) -> str:
    """A page around what has none of its own, in every language."""
    from cnncalc.render.pictures.figurepage import html

    drawings = {}
    for language in LANGUAGES:
        with speaking(language):
            drawings[language] = str(_drawn(drawing, "svg", "dark" if theme == "dark" else "light"))
    return html(drawings, theme)


def formats(report: Report) -> list[str]:
    """Every format that a report can be had in.

    >>> formats(Report("params", {}))[-2:]
    ['markdown', 'latex']
    """
    drawn = {format for drawing in report.drawings for format in DRAWERS[drawing.kind]}
    asked = PAPERS if report.paper else ()
    drawn |= {"html"} if "svg" in drawn else set()
    return [*RENDERERS, *(format for format in PICTURES if MADE_OF.get(format, format) in drawn), *asked]
