"""SVG: the figure of a report that stands still, light or dark as its reader prefers."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.report import Report


def render(report: Report, page: Page = ENDLESS) -> str:
    """The drawing; `PictureError` for a report that has none."""
    return f"{draw(report, 'svg', page.theme)}\n"
