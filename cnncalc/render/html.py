"""HTML: the drawing of a report as one page that needs no network."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The page; `PictureError` for a report that has none."""
    return str(draw(report, "html", page.theme))
