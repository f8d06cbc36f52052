"""Pixels of a drawing: what PNG and GIF are made of."""

from __future__ import annotations

from cnncalc.errors import MissingExtraError
from cnncalc.language import _


def pixels(drawing: str, zoom: float = 1) -> bytes:
    """An SVG as PNG, so many pixels to a unit of it.

    Raises `MissingExtraError` without resvg, which takes from another face the signs that the first one lacks.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise missing("PNG", "resvg-py") from error
    return bytes(svg_to_bytes(svg_string=drawing, zoom=zoom, text_rendering="geometric_precision"))


def missing(format: str, library: str) -> MissingExtraError:
    """A library that is not installed, and how it comes.

    >>> print(missing("PNG", "resvg-py"))
    PNG needs resvg-py: pip install resvg-py
    """
    return MissingExtraError(
        _("{format} needs {library}: pip install {library}").format(format=format, library=library)
    )
