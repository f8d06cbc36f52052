"""What all figures that stand still have in common: their width, their heading, and text that has to fit."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.render.pictures.style import TITLE, width
from cnncalc.render.pictures.svg import element, text

WIDE, LEFT, RIGHT = 960, 24, 936
"""How wide a figure is, and where its content begins and ends."""


def heading(title: str, about: str) -> Iterator[str]:
    """The finding, and below it what was asked."""
    yield fitted(LEFT, 33, title, "ink", TITLE, RIGHT - LEFT, strong=True)
    yield fitted(LEFT, 57, about, "quiet", 13, RIGHT - LEFT)


def fitted(
    x: float, y: float, words: str, fill: str, size: float, most: float, *, strong: bool = False, anchor: str = ""
) -> str:
    """A line of text, smaller where it would be wider than ``most``; what would be too small to read is cut.

    >>> fitted(0, 9, "wide", "ink", 10, 10)
    '<text x="0" y="9" font-size="5" fill="#1c1e21">w…</text>'
    """
    smaller = max(min(size, size * most / max(width(words, size, strong=strong), 1)), size / 2)
    while width(words, smaller, strong=strong) > most and len(words) > 1:
        words = f"{words.rstrip('…')[:-1]}…" if len(words) > 2 else words[:1]
    return text(x, y, words, fill, smaller, strong=strong, anchor=anchor)


def label(x: float, y: float, words: str, size: float) -> str:
    """Words in the middle of something that is not paper, on paper of their own."""
    wide = width(words, size, strong=True) + 16
    return backing(x - wide / 2, y, wide, size) + text(x, y, words, "ink", size, strong=True, anchor="middle")


def backing(x: float, y: float, wide: float, size: float) -> str:
    """Paper behind a line of text whose base line is at ``y``."""
    return element("rect", x=x, y=y - size - 2, width=wide, height=size + 9, fill="paper")
