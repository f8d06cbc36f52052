"""GIF: what moves in a report, for a slide that shows pictures and no pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc.extras import extra
from cnncalc.render import ENDLESS, Page
from cnncalc.render.pictures import draw
from cnncalc.render.raster import pixels
from cnncalc.report import Report

PACE, REST = 350, 2500
"""How long a frame stands, and the last one, in milliseconds."""

SHEET = 16
"""So many frames are drawn at once: to begin drawing takes longer than to draw."""

COLOURS = 128


def encode(report: Report, page: Page = ENDLESS) -> bytes:
    """The frames, again and again; `PictureError` for a report in which nothing moves."""
    frames = draw(report, "gif", page.fixed)
    pillow = extra("PIL.Image", "GIF", "pillow")
    images = list(_images(frames, pillow))
    palette = images[-1].quantize(COLOURS)  # one for all, so that what stays as it is costs nothing
    first, *others = [image.quantize(palette=palette, dither=pillow.Dither.NONE) for image in images]
    file = io.BytesIO()
    pace = [PACE] * len(others) + [REST]
    first.save(file, "GIF", save_all=True, append_images=others, duration=pace, loop=0, optimize=True)
    return file.getvalue()


def _images(frames: Sequence[str], pillow: Any) -> Iterator[Any]:
    """Every frame as an image, cut from sheets of several."""
    for start in range(0, len(frames), SHEET):
        sheet = frames[start : start + SHEET]
        whole = pillow.open(io.BytesIO(pixels(_sheet(sheet)))).convert("RGB")
        high = whole.height // len(sheet)
        yield from (whole.crop((0, high * row, whole.width, high * (row + 1))) for row in range(len(sheet)))


def _sheet(frames: Sequence[str]) -> str:
    """Drawings of one size as one, below each other."""
    wide, high = (round(float(length)) for length in frames[0].split('viewBox="0 0 ')[1].split('"')[0].split())
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high * len(frames)}">'
    below = (frame.replace("<svg ", f'<svg y="{high * row}" ', 1) for row, frame in enumerate(frames))
    return f"{head}{''.join(below)}</svg>"
