"""Pictures for the stamp: small ones built in, and a user's own through Pillow."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from cnncalc.errors import LimitError
from cnncalc.extras import extra
from cnncalc.language import N_, _
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
    "diagonal": _drawn(*("." * place + "#" + "." * (SIDE - 1 - place) for place in range(SIDE))),
    "noise": _drawn("..##.#.", "##...#.", ".#....#", "...###.", "..#.#..", "#.#..##", ".##.#.#"),
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
"""The built-in pictures; the noise is what ``random.Random(0)`` throws."""

CHANNELS = ("red", "green", "blue")
BLACK, WHITE = (0, 0, 0), (1, 1, 1)
RED, GREEN, BLUE = (1, 0, 0), (0, 1, 0), (0, 0, 1)
Colour = tuple[int, int, int]
Planes = tuple[Grid, ...]
"""A picture or a kernel by channels: one grid, or three for red, green and blue."""


def _halves(left: Colour, right: Colour) -> Planes:
    """A picture whose left half is of one colour and whose right half is of another."""
    return tuple(((a,) * 4 + (b,) * 3,) * SIDE for a, b in zip(left, right, strict=True))


COLOURED: dict[str, Planes] = {
    "green-blue": _halves(GREEN, BLUE),
    "blue-green": _halves(BLUE, GREEN),
    "red-blue": _halves(RED, BLUE),
    "black-white": _halves(BLACK, WHITE),
}
"""The built-in pictures in colour, each an edge between two colours."""

LABELS = {
    "line": N_("bright line"),
    "thick-line": N_("thick line"),
    "dark-line": N_("dark line"),
    "step": N_("step edge"),
    "horizontal-line": N_("horizontal line"),
    "flat": N_("flat"),
    "diagonal": N_("diagonal line"),
    "noise": N_("noise"),
    "cat-ear": N_("cat ears"),
    "green-blue": N_("from green to blue"),
    "blue-green": N_("from blue to green"),
    "red-blue": N_("from red to blue"),
    "black-white": N_("from black to white"),
}
"""What people call the built-in pictures, in the order in which kernels are asked about them."""

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue look (ITU-R BT.601), which is what Pillow makes grey with."""

FORMATS = ("PNG", "JPEG", "PPM")
MOST_PIXELS = 2**18
"""512×512; a larger picture shows no more in a terminal, and would take seconds."""


def picture(name: str) -> Grid:
    """A built-in picture.

    >>> picture("line")[0]
    (0, 0, 0, 1, 0, 0, 0)

    Raises `LessonError` for an unknown name.
    """
    return planes(name)[0]


def planes(name: str) -> Planes:
    """The channels of a built-in picture: one, or three for one in colour.

    >>> len(planes("line")), [plane[0] for plane in planes("green-blue")][1]
    (1, (1, 1, 1, 1, 0, 0, 0))

    Raises `LessonError` for an unknown name.
    """
    known = {**{name: (grid,) for name, grid in PICTURES.items()}, **COLOURED}
    if name not in known:
        raise LessonError(
            _("no picture {name}: take one of {known}, or --image FILE").format(
                name=shorten(name), known=", ".join(known)
            )
        )
    return known[name]


def grey(pixels: Array) -> Array:
    """The brightness of a picture by channels ``(channels, height, width)``.

    >>> import numpy as np
    >>> grey(np.array([[[255.0]], [[255.0]], [[0.0]]])).tolist()
    [[225.93]]
    """
    import numpy as np

    return pixels[0] if len(pixels) == 1 else np.round(np.tensordot(LUMA, pixels, 1), 3)


def read_image(path: str) -> Array:
    """A PNG, JPEG or PGM file as values from 0 to 255: ``(height, width)``, in colour ``(3, height, width)``.

    Raises `MissingExtraError` without Pillow, `LessonError` for what is not such a file, `LimitError` for too many
    pixels; their number is known before any of them is decoded.
    """
    import numpy as np

    Image = extra("PIL.Image", _("reading {path}").format(path=path), "pillow")  # noqa: N806 - as Pillow's own
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS)
            _check_size(path, *image.size)
            pixels = _decoded(image)
    except LimitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitError(
            _("{path} has far more than {most} pixels: make it smaller").format(path=path, most=f"{MOST_PIXELS:,}")
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or _("not a PNG, JPEG or PGM picture, or a damaged one")
        raise LessonError(_("can't read {path}: {reason}").format(path=path, reason=reason)) from error
    return np.asarray(pixels, dtype=np.float64)


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


def _decoded(image: Any) -> Any:
    """Values from 0 to 255; 16-bit pictures are scaled, which Pillow's own conversion would cut off."""
    import numpy as np

    if image.mode.startswith("I"):
        return np.asarray(image.convert("I"), dtype=np.float64) / 257
    if image.mode in ("1", "L", "LA"):
        return np.asarray(image.convert("L"))
    return np.moveaxis(np.asarray(image.convert("RGB")), 2, 0)
