"""Attention inside windows of a map, beside each other, shifted, or of places that lie a grid apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, Reach, Taps, check_period
from cnncalc.language import _
from cnncalc.layers.base import (
    Channels,
    FilterBank,
    Layer,
    Size,
    Sizes,
    Way,
    Word,
    abreast,
    at,
    check_groups,
    sizes,
    spread,
    whole,
)
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from cnncalc.symbols import product


@final
@dataclass(frozen=True, slots=True)
class WindowAttend(Layer):
    """As `Attend` does, but a unit reads its own window only (Liu et al. 2021, Swin), or its own grid (Tu et al. 2022).

    Windows of ``window`` units begin at ``shift``, and what is left at both ends stays by itself, as Swin's masks have
    it. The units of a grid are ``window`` on an axis and lie evenly apart over all of it. ``relative`` tells that each
    head learns a bias for every distance in a window. MACs are 2·n·w·C over n positions and w in a window.

    >>> WindowAttend(4, heads=3).output(Shape((16, 16), 288))
    Shape(space=(16, 16), channels=96)
    """

    keywords: ClassVar = {"windowattend": {"grid": False}, "gridattend": {"grid": True}}
    word: ClassVar = Word(
        "window", options={"s": ("shift", "size0"), "h": ("heads", "count"), "relative": ("relative", True)}
    )
    letters: ClassVar = {"window": "w", "heads": "h"}
    sized: ClassVar = ("window", "shift")
    mixes: ClassVar = None  # as those of `Attend`

    window: Size
    grid: bool = False
    shift: Size = (0,)
    heads: int = 1
    relative: bool = False

    def __post_init__(self) -> None:
        kind = self.keyword
        object.__setattr__(self, "window", sizes(kind, "window", self.window))
        object.__setattr__(self, "shift", sizes(kind, "shift", self.shift, least=0))
        whole(kind, "heads", self.heads)
        if self.grid and self.shift != (0,):
            raise LayerError(_("gridattend: a grid has no shift: leave out s{shift}").format(shift=_text(self.shift)))
        for window, shift in abreast(self.window, self.shift):  # type: ignore[arg-type]
            if shift >= window:
                raise LayerError(
                    _("windowattend: shift {shift} is not less than window {window}").format(shift=shift, window=window)
                )

    @property
    def selects(self) -> bool:
        return True  # of its own place a unit reads the query, and of the others the keys and values

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        if channels is not None:
            yield from Layer.ways(self, channels, shape, output)
            return
        yield Way(Inputs(0, output.channels - 1), (IDENTITY,) * len(shape.space))
        yield Way(Inputs(output.channels, shape.channels - 1))

    def output(self, shape: Shape) -> Shape:
        check_groups(self.keyword, 3 * self.heads, shape.channels, shape.channels)
        spread(self.keyword, "shift", self.shift, shape)
        for size, window in zip(shape.space, self._windows(shape), strict=True):
            if size % window:
                raise ShapeError(
                    _("{kind}: {size} positions are no whole number of windows of {window}: pad to {more}").format(
                        kind=self.keyword, size=size, window=window, more=-(-size // window) * window
                    )
                )
        return Shape(shape.space, shape.channels // 3)

    def _windows(self, shape: Shape) -> Sizes:
        return spread(self.keyword, "window", self.window, shape)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        windows = self._windows(shape)
        positions = product(windows)
        distances = self.heads * product(tuple(2 * window - 1 for window in windows)) if self.relative else 0
        scores = FilterBank(0, output.channels, 0, shape.positions * positions)
        return scores, FilterBank(0, positions, 0, output.numbers), FilterBank(distances, 1, 0, 0)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        window, shift = at(self.window, axis), at(self.shift, axis)
        if not self.grid:
            check_period(self.keyword, window)
            return Reach(window, tuple(Taps(shift - window * (unit < shift), window) for unit in range(window)))
        if size is None:
            return None
        check_period(self.keyword, size)
        step = max(size // window, 1)
        return Reach(size, tuple(Taps(unit % step, window, step) for unit in range(size)))


def _text(sizes: Size) -> str:
    return "x".join(map(str, sizes)) if isinstance(sizes, tuple) else str(sizes)
