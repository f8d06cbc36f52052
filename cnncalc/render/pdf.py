"""PDF: the figure of a report for print, in lines and letters that can be searched."""

from __future__ import annotations

from cnncalc.extras import extra
from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.report import Report


def encode(report: Report, page: Page = ENDLESS) -> bytes:
    """The document of one page, as large as the figure; `PictureError` for a report that has none."""
    drawing = draw(report, "pdf", page.fixed)
    svg2pdf = extra("svg2pdf_py", "PDF", "svg2pdf-py")
    return bytes(svg2pdf.svg_to_pdf(drawing, svg2pdf.FontDatabase.system()))
