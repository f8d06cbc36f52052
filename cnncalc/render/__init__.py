"""Renderers: one file per format, each a function ``render(report, page) -> str`` that reads the report and nothing else.

Formats that are no text have ``encode(report, page) -> bytes`` instead.

A new format is a new file here and a line in `RENDERERS`, in `PICTURES`, or in `PAPERS`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.language import _

if TYPE_CHECKING:
    from cnncalc.report import Report

RENDERERS: dict[str, tuple[str, ...]] = {
    "table": (),
    "plain": (".txt",),
    "tsv": (".tsv",),
    "csv": (".csv",),
    "json": (".json",),
    "ndjson": (".ndjson", ".jsonl"),
    "markdown": (".md",),
    "latex": (".tex",),
}
"""Every format in which any report can be written, and the suffixes of files that hold it."""

PICTURES: dict[str, tuple[str, ...]] = {
    "html": (".html", ".htm"),
    "svg": (".svg",),
    "png": (".png",),
    "pdf": (".pdf",),
    "gif": (".gif",),
}
"""Formats that show what a report has to be looked at; they refuse a report that has no picture."""

PAPERS: dict[str, tuple[str, ...]] = {
    "gift": (".gift",),
    "moodle": (".xml",),
    "qti": (".zip",),
}
"""Formats in which questions go to a learning platform; they refuse a report that asks none."""

BINARY = ("png", "pdf", "gif", "qti")
"""Those that are bytes and no text."""

FORMATS = RENDERERS | PICTURES | PAPERS
"""All of them. A format is also the name of its file here."""

ALIASES = {"text": "plain"}
"""Other names that people know a format by."""


THEMES = ("auto", "light", "dark")
"""Pictures are as light or dark as their reader prefers, or always the one or the other."""


class Page(NamedTuple):
    """What an answer is written on: so many columns wide (`None`: as wide as it likes), with colour or without.

    ``theme`` is one of `THEMES`, for pictures.
    """

    width: int | None = None
    colour: bool = False
    theme: str = THEMES[0]

    @property
    def fixed(self) -> str:
        """The theme of what can't be one or the other: light, unless dark was asked for.

        >>> Page().fixed
        'light'
        """
        return "dark" if self.theme == "dark" else "light"


ENDLESS = Page()
"""A file or a pipe: no width, no colour."""


class FormatError(CnncalcError, ValueError):
    """A text asked for in a format that is none."""


def render(report: Report, format: str, page: Page = ENDLESS) -> str:
    """``report`` as text in one of `FORMATS`, ending in a newline.

    >>> from cnncalc.report import Report
    >>> render(Report("params", {"total": 5}), "json")
    '{\\n"schema": "cnncalc/params/1",\\n"total": 5\\n}\\n'

    Raises `FormatError` for a format that is bytes: `encode` gives those.
    """
    if format in BINARY:
        raise FormatError(_("{format} is no text: ask for bytes, with encode").format(format=format))
    text: str = _renderer(format).render(report, page)
    return text


def encode(report: Report, format: str, page: Page = ENDLESS) -> bytes:
    """``report`` in any of `FORMATS` as the bytes of a file; text is UTF-8.

    >>> from cnncalc.report import Report
    >>> encode(Report("params", {"total": 5}), "json")[-6:]
    b': 5\\n}\\n'

    Raises `MissingExtraError` where a library is needed that is not installed.
    """
    if format not in BINARY:
        return render(report, format, page).encode()
    encoded: bytes = _renderer(format).encode(report, page)
    return encoded


def _renderer(format: str) -> ModuleType:
    return import_module(f"cnncalc.render.{ALIASES.get(format, format)}")


def format_of(path: str) -> str | None:
    """The format that a file's suffix stands for.

    >>> format_of("answer.tex"), format_of("answer")
    ('latex', None)
    """
    return next((name for name, suffixes in FORMATS.items() if path.lower().endswith(suffixes) and suffixes), None)
