"""Pictures for the stamp: small ones built in, and a user's own through Pillow."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from cnncalc.errors import LimitError, MissingExtraError
from cnncalc.language import _
from cnncalc.lessons import LessonError
from cnncalc.lessons.telling import Grid
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

SIDE = 7


def _drawn(*rows: str) -> Grid:
    """A picture from its signs: ``#`` is 1, ``.`` is 0."""
    return tuple(tuple(int(sign == "#") for sign in row) for row in rows)


PICTURES: dict[str, Grid] = {
    "line": _drawn(*["...#..."] * SIDE),
    "thick-line": _drawn(*["..###.."] * SIDE),
    "dark-line": _drawn(*["###.###"] * SIDE),
    "step": _drawn(*["....###"] * SIDE),
    "horizontal-line": _drawn(*["......."] * 3, "#######", *["......."] * 3),
    "flat": _drawn(*["#######"] * SIDE),
    "cat-ear": _drawn(
        ".............",
        "...#.....#...",
        "..#.#...#.#..",
        ".#...###...#.",
        ".#.........#.",
        ".#..#...#..#.",
        ".#.........#.",
        ".#....#....#.",
        "..#.......#..",
        "...#######...",
        ".............",
    ),
}
"""The built-in pictures."""

FORMATS = ("PNG", "JPEG", "PPM")
MOST_PIXELS = 2**18
"""512×512; a larger picture shows no more in a terminal, and would take seconds."""


def picture(name: str) -> Grid:
    """A built-in picture.

    >>> picture("line")[0]
    (0, 0, 0, 1, 0, 0, 0)

    Raises `LessonError` for an unknown name.
    """
    if name not in PICTURES:
        raise LessonError(
            _("no picture {name}: take one of {known}, or --image FILE").format(
                name=shorten(name), known=", ".join(PICTURES)
            )
        )
    return PICTURES[name]


def read_image(path: str) -> Array:
    """A PNG, JPEG or PGM file as grey values from 0 to 255.

    Raises `MissingExtraError` without Pillow, `LessonError` for what is not such a file, `LimitError` for too many
    pixels; their number is known before any of them is decoded.
    """
    import numpy as np

    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError(_("reading {path} needs Pillow: pip install pillow").format(path=path)) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS)
            _check_size(path, *image.size)
            grey = _grey(image)
    except LimitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitError(
            _("{path} has far more than {most} pixels: make it smaller").format(path=path, most=f"{MOST_PIXELS:,}")
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _("not a PNG, JPEG or PGM picture, or a damaged one")
        raise LessonError(_("can't read {path}: {reason}").format(path=path, reason=reason)) from error
    return np.asarray(grey, dtype=np.float64)


def _check_size(path: str, width: int, height: int) -> None:
    if width * height <= MOST_PIXELS:
        return
    shrink = (MOST_PIXELS / (width * height)) ** 0.5
    raise LimitError(
        _("{path} is {width}x{height}, {pixels} pixels of at most {most}: make it {smaller}").format(
            path=path,
            width=width,
            height=height,
            pixels=f"{width * height:,}",
            most=f"{MOST_PIXELS:,}",
            smaller=f"{max(int(width * shrink), 1)}x{max(int(height * shrink), 1)}",
        )
    )


def _grey(image: Any) -> Any:
    """Grey values 0 to 255; 16-bit pictures are scaled, which Pillow's own conversion would cut off."""
    import numpy as np

    if image.mode.startswith("I"):
        return np.asarray(image.convert("I"), dtype=np.float64) / 257
    return image.convert("L")
