"""The options of a sliding window as people type them: ``3``, ``1x7``, ``same``, ``2/3x0/1``."""

from cnncalc.cli.errors import UsageError
from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.layers.base import Size
from cnncalc.layers.sliding import RULES, Padding
from cnncalc.shapes import LARGEST, shorten

NAMED = (*RULES, "valid")
"""Paddings that are a word."""


def whole(option: str, text: str, least: int = 1) -> int:
    """A whole number.

    >>> whole("--filters", "64")
    64
    """
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not least <= int(text) <= LARGEST:
        raise UsageError(
            _("{option} {text} is no whole number from {least} to 2^63 − 1: give one such as 3").format(
                option=option, text=shorten(text), least=least
            )
        )
    return int(text)


def size(option: str, text: str, least: int = 1) -> Size:
    """One number for every axis, or one for each: ``3``, ``1x7``, ``3x3x3``.

    >>> size("--kernel", "3"), size("--kernel", "1x7")
    (3, (1, 7))
    """
    parts = text.strip().lower().replace("×", "x").split("x")
    if any(not part.isascii() or not part.isdigit() for part in parts) or len(parts) > 3:
        raise ShapeError(
            _("{option} {text} is no size: give one number such as 3, or one for each axis such as 1x7").format(
                option=option, text=shorten(text)
            )
        )
    numbers = tuple(whole(option, part, least) for part in parts)
    return numbers if len(numbers) > 1 else numbers[0]


def padding(option: str, text: str) -> Padding:
    """A word of `NAMED`, a number, or a number or a pair (before/after) for each axis.

    >>> padding("--padding", "same"), padding("--padding", "1"), padding("--padding", "2/3x0/1")
    ('same', 1, ((2, 3), (0, 1)))
    """
    text = text.strip().lower().replace("×", "x")
    if text in NAMED:
        return text
    if "/" not in text:
        return size(option, text, least=0) if _plain(text) else _refuse(option, text)
    sides = [side.split("/") for side in text.split("x")]
    if len(sides) > 3 or any(len(side) > 2 or not all(map(_plain, side)) for side in sides):
        return _refuse(option, text)
    return tuple((whole(option, side[0], 0), whole(option, side[-1], 0)) for side in sides)


def _plain(text: str) -> bool:
    return text.replace("x", "").isascii() and text.replace("x", "").isdigit()


def _refuse(option: str, text: str) -> Padding:
    raise UsageError(
        _("{option} {text} is no padding: give a number, pairs before/after such as 2/3, or one of {rules}").format(
            option=option, text=shorten(text), rules=", ".join(NAMED)
        )
    )
