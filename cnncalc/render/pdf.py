"""PDF: the figure of a report for print, in lines and letters that can be searched."""

from __future__ import annotations

from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.render.raster import missing
from cnncalc.report import Report


def encode(report: Report, page: Page = ENDLESS) -> bytes:
    """The document of one page, as large as the figure; `PictureError` for a report that has none."""
    drawing = draw(report, "pdf", page.fixed)
    try:
        from svg2pdf_py import FontDatabase, svg_to_pdf
    except ImportError as error:
        raise missing("PDF", "svg2pdf-py") from error
    return bytes(svg_to_pdf(drawing, FontDatabase.system()))
