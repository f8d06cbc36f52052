"""Sizes as people type them, in a word of the notation as in an option: ``3``, ``1x7``, and paddings such as ``2/3x0/1``."""

from __future__ import annotations

from cnncalc.shapes import whole_number


def read_sizes(text: str, least: int = 1) -> tuple[int, ...]:
    """One number for every axis, or one for each.

    >>> read_sizes("3"), read_sizes("1×7")
    ((3,), (1, 7))

    Raises `ShapeError` for what is not a whole number from ``least`` on.
    """
    return tuple(whole_number(part, least) for part in _axes(text))


def read_padding(text: str) -> tuple[tuple[int, int], ...]:
    """What is added before and after, on every axis or on each: one number stands for both.

    >>> read_padding("1"), read_padding("0x3"), read_padding("2/3x0/1")
    (((1, 1),), ((0, 0), (3, 3)), ((2, 3), (0, 1)))

    Raises `ShapeError` for what is not a whole number.
    """
    pairs = []
    for axis in _axes(text):
        before, _slash, after = axis.partition("/")
        first = whole_number(before, 0)
        pairs.append((first, whole_number(after, 0) if _slash else first))
    return tuple(pairs)


def write_sizes(sizes: int | tuple[int, ...]) -> str:
    """Sizes as they read back.

    >>> write_sizes((1, 7)), write_sizes(3)
    ('1x7', '3')
    """
    return "x".join(str(int(size)) for size in (sizes if isinstance(sizes, tuple) else (sizes,)))


def write_padding(pairs: tuple[tuple[int, int], ...]) -> str:
    """A padding as it reads back.

    >>> write_padding(((2, 3), (1, 1)))
    '2/3x1'
    """
    return "x".join(str(before) if before == after else f"{before}/{after}" for before, after in pairs)


def _axes(text: str) -> list[str]:
    return text.replace("×", "x").split("x")
