"""Kernels for the stamp: built in, typed in, or from a file."""

from __future__ import annotations

import os
import re
from math import isfinite

from cnncalc.language import _, ngettext
from cnncalc.lessons import LessonError
from cnncalc.lessons.images import CHANNELS, Planes
from cnncalc.lessons.telling import Grid
from cnncalc.shapes import shorten

NINTH = 1 / 9
KERNELS: dict[str, Grid] = {
    "vertical": ((-1, 2, -1),) * 3,
    "horizontal": ((-1, -1, -1), (2, 2, 2), (-1, -1, -1)),
    "diagonal": ((2, -1, -1), (-1, 2, -1), (-1, -1, 2)),
    "edge": ((-1, 0, 1),) * 3,
    "outline": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "blur": ((NINTH,) * 3,) * 3,
    "plus": ((0, 1, 0), (1, 1, 1), (0, 1, 0)),
    "cat-ear": ((-1, -1, 2, -1, -1), (-1, 2, -1, 2, -1), (2, -1, -1, -1, 2)),
}
"""The built-in kernels; the first is the course notes' vertical-line detector."""

COLOUR_KERNELS: dict[str, Planes] = {
    "green-to-blue": (((0, 0, 0),) * 3, ((1, 0, -1),) * 3, ((-1, 0, 1),) * 3),
}
"""Built-in kernels for pictures in colour, with a plane of numbers for red, green and blue."""

MOST_TAPS = 1024
MOST_BYTES = 65_536


def read_kernel(text: str) -> Grid | Planes:
    """A kernel by its name, as numbers with ``;`` between rows, or from a file of the same; with ``|`` between red,
    green and blue it is one for pictures in colour.

    >>> read_kernel("plus")[1], read_kernel("-1 2 -1; 0, 1/2, 0"), read_kernel("0 1 | 1 0 | 0 0")
    ((1, 1, 1), ((-1, 2, -1), (0, 0.5, 0)), (((0, 1),), ((1, 0),), ((0, 0),)))

    Raises `LessonError` for an unknown name, a file that can't be read, and rows that do not make a rectangle.
    """
    known: dict[str, Grid | Planes] = {**KERNELS, **COLOUR_KERNELS}
    if text in known:
        return known[text]
    if re.fullmatch(r"[-+.,;|/\d\seE]*", text):
        return _parse_planes(text)
    if os.path.exists(text):
        return _parse_planes(_content(text))
    raise LessonError(
        _('no kernel {name}: take one of {known}, or numbers such as "-1 2 -1; -1 2 -1", or a file of them').format(
            name=shorten(text), known=", ".join(known)
        )
    )


def _content(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise LessonError(
                _("{path} has more than {most} bytes: a kernel has at most {taps} numbers").format(
                    path=path, most=f"{MOST_BYTES:,}", taps=f"{MOST_TAPS:,}"
                )
            )
        return content.decode()
    except OSError as error:
        raise LessonError(_("can't read {path}: {reason}").format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise LessonError(_("{path} is not a text: give numbers, a row to a line").format(path=path)) from error


def _parse_planes(text: str) -> Grid | Planes:
    """One plane of numbers as it is, three as a kernel for pictures in colour."""
    planes = tuple(map(_parse, text.split("|")))
    if len(planes) == 1:
        return planes[0]
    sizes = {(len(plane), len(plane[0])) for plane in planes}
    if len(planes) != len(CHANNELS) or len(sizes) > 1:
        raise LessonError(
            _("the kernel has planes of {sizes}: give one, or three of one size for red, green and blue").format(
                sizes=", ".join(f"{len(plane)}x{len(plane[0])}" for plane in planes)
            )
        )
    return planes


def _parse(text: str) -> Grid:
    lines = [line for line in re.split(r"[;\n]", text) if line.strip()]
    rows = tuple(tuple(_number(word) for word in re.split(r"[\s,]+", line.strip(" \t\r,"))) for line in lines)
    if not rows:
        raise LessonError(_('the kernel is empty: give numbers such as "-1 2 -1; -1 2 -1; -1 2 -1"'))
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise LessonError(
                ngettext(
                    "row {number} of the kernel has {count} number and row 1 has {first}: make it a rectangle",
                    "row {number} of the kernel has {count} numbers and row 1 has {first}: make it a rectangle",
                    len(row),
                ).format(number=number, count=len(row), first=len(rows[0]))
            )
    if len(rows) * len(rows[0]) > MOST_TAPS:
        raise LessonError(
            _("the kernel is {height}x{width}: at most {most} numbers, such as 32x32").format(
                height=len(rows), width=len(rows[0]), most=f"{MOST_TAPS:,}"
            )
        )
    return rows


def _number(word: str) -> float:
    from fractions import Fraction  # the help of learn imports this file, and needs no fraction

    try:
        value = float(Fraction(word)) if len(word) <= 40 and "e" not in word.lower() else float(word)
    except (ValueError, ZeroDivisionError, OverflowError):
        value = float("nan")
    if not isfinite(value) or abs(value) > 1e9:
        raise LessonError(
            _("{word} in the kernel is not a number between -1e9 and 1e9: write it like -1, 0.5 or 1/9").format(
                word=shorten(word)
            )
        )
    return int(value) if value == int(value) else value
