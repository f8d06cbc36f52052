"""PNG: the figure of a report in pixels, two to a unit, so that it is sharp on a slide."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.render.raster import pixels
from cnncalc.report import Report

ZOOM = 2


def encode(report: Report, page: Page = ENDLESS) -> bytes:
    """The picture; `PictureError` for a report that has none. Pixels know no reader: they are light unless dark is asked."""
    return pixels(draw(report, "png", page.fixed), ZOOM)
