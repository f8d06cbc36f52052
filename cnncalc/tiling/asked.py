"""What may be asked about tiles: for which layer, and how an image is to be cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.shapes import shorten

LEAST = "least"


class Cut(NamedTuple):
    """How an image is to be cut: its sizes, those of a tile, or the bytes that one may need.

    With ``least`` tiles are no larger than that, as few as can be, and then as small as so many can be.
    """

    image: tuple[int, ...] = ()
    tile: tuple[int, ...] = ()
    memory: int | None = None
    least: bool = False


class Wanted(NamedTuple):
    """What is asked: the outputs, or the layer ``at``; everything, or windows only; and the ``cut``."""

    at: str = ""
    windows_only: bool = False
    cut: Cut = Cut()
    dtype: str = "fp32"


AnySizes = int | str | Sequence[int]
"""Sizes without channels, as a user gives them: one for all axes, or one for each."""


def spans(sizes: AnySizes) -> tuple[int, ...]:
    """Sizes as numbers.

    >>> spans("4096x3000"), spans("512"), spans(512), spans((512, 256))
    ((4096, 3000), (512,), (512,), (512, 256))

    Raises `NetworkError` for what is no size.
    """
    text = "x".join(map(str, sizes)) if isinstance(sizes, list | tuple) else str(sizes)
    if not re.fullmatch(r"\s*\d{1,18}(\s*[x×*,]\s*\d{1,18}){0,2}\s*", text, re.ASCII):
        raise NetworkError(
            _("{text} is not a size: write one such as 512, or one for each axis such as 512x768").format(
                text=shorten(text) or "''"
            )
        )
    numbers = tuple(map(int, re.findall(r"\d+", text)))
    if not all(numbers):
        raise NetworkError(_("{text} holds a size of 0: every size is 1 or more").format(text=shorten(text)))
    return numbers


def per_axis(option: str, sizes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """One number per axis, a single one for all.

    >>> per_axis("--tile", (512,), 2)
    (512, 512)

    Raises `NetworkError` where the counts don't match.
    """
    if len(sizes) == 1:
        return sizes * rank
    if len(sizes) != rank:
        raise NetworkError(
            _("{option} {sizes} is for {count} axes, but there are {rank}: give a size for each").format(
                option=option, sizes="x".join(map(str, sizes)), count=len(sizes), rank=rank
            )
        )
    return sizes
