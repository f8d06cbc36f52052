"""Handouts: a report that is told from the top, as a page to print or to put beside slides."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.report import Drawing, Table
from cnncalc.report.picture import Picture


class Handout(NamedTuple):
    """The title, and the parts in their order."""

    title: str
    story: tuple[str | Table | Picture, ...]


def handout(title: str, story: tuple[str | Table | Picture, ...]) -> Drawing:
    """The drawing of a story, for reports that nothing else draws as a page."""
    return Drawing("handout", lambda: Handout(title, story))
