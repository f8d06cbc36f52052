"""Pixels of a drawing: what PNG and GIF are made of."""

from __future__ import annotations

from cnncalc.extras import extra


def pixels(drawing: str, zoom: float = 1) -> bytes:
    """An SVG as PNG, so many pixels to a unit of it.

    Raises `MissingExtraError` without resvg, which takes from another face the signs that the first one lacks.
    """
    resvg = extra("resvg_py", "PNG", "resvg-py")
    return bytes(resvg.svg_to_bytes(svg_string=drawing, zoom=zoom, text_rendering="geometric_precision"))
