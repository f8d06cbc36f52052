"""Renderers: one file per format, each a function ``render(report, page) -> str`` that reads the report and nothing else.

A new format is a new file here and a line in `RENDERERS`, or in `PICTURES`.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

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
}
"""Formats that show what a report has to be looked at; they refuse a report that has no picture."""

FORMATS = RENDERERS | PICTURES
"""All of them. A format is also the name of its file here."""

ALIASES = {"text": "plain"}
"""Other names that people know a format by."""


class Page(NamedTuple):
    """What an answer is written on: so many columns wide (`None`: as wide as it likes), with colour or without."""

    width: int | None = None
    colour: bool = False


ENDLESS = Page()
"""A file or a pipe: no width, no colour."""


def render(report: Report, format: str, page: Page = ENDLESS) -> str:
    """``report`` in one of `FORMATS`, ending in a newline.

    >>> render(Report("params", {"total": 5}), "json")
    '{\\n"schema": "cnncalc/params/1",\\n"total": 5\\n}\\n'
    """
    text: str = import_module(f"cnncalc.render.{ALIASES.get(format, format)}").render(report, page)
    return text


def format_of(path: str) -> str | None:
    """The format that a file's suffix stands for.

    >>> format_of("answer.tex"), format_of("answer")
    ('latex', None)
    """
    return next((name for name, suffixes in FORMATS.items() if path.lower().endswith(suffixes) and suffixes), None)
