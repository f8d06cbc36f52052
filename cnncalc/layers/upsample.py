"""Upsampling without weights: nearest, linear and cubic interpolation."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import CLAMP, Reach, Taps, check_period
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, at, sizes, spread
from cnncalc.shapes import Shape

MODES = ("nearest", "bilinear", "bicubic")


@final
@dataclass(frozen=True, slots=True)
class Upsample(Layer):
    """To ``scale`` times the size, or to the size ``to`` (which may be smaller: a resize without smoothing).

    ``bilinear`` stands for linear interpolation on any number of axes. Sample i of m sits at (i + ½)·n/m − ½ of the
    n inputs, or at i·(n − 1)/(m − 1) with ``align_corners``; nearest takes input ⌊i·n/m⌋ (PyTorch's rules).
    An interpolation whose position is an input itself reads just that one.

    >>> Upsample(2).output(Shape((28, 28), 64))
    Shape(space=(56, 56), channels=64)
    """

    keywords: ClassVar = {"up": {}, "upsample": {}}
    word: ClassVar = Word(
        "scale",
        options={
            **{mode: ("mode", mode) for mode in MODES},
            "align": ("align_corners", True),
            "to": ("to", "size"),
        },
    )
    sized: ClassVar = ("scale", "to")

    scale: Size | None = None
    mode: str = "nearest"
    align_corners: bool = False
    to: Size | None = None

    def __post_init__(self) -> None:
        for name in ("scale", "to"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, sizes("up", name, getattr(self, name)))
        if (self.scale is None) == (self.to is None):
            raise LayerError(_("up: give either a scale (up2) or a size (up,to56x56)"))
        if self.mode not in MODES:
            raise LayerError(
                _("up: mode {mode} is not known: take one of {known}").format(
                    mode=repr(self.mode), known=", ".join(MODES)
                )
            )
        if self.align_corners and self.mode == "nearest":
            raise LayerError(_("up: nearest has no corners to align: take bilinear or bicubic"))

    def output(self, shape: Shape) -> Shape:
        if not shape.space:
            raise ShapeError(_("up: {shape} has no axis to enlarge").format(shape=shape))
        if self.to is not None:
            return Shape(spread("up", "to", self.to, shape), shape.channels)
        scale = spread("up", "scale", self.scale or 1, shape)
        return Shape(tuple(size * times for size, times in zip(shape.space, scale, strict=True)), shape.channels)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        if self.scale is not None and not self.align_corners:
            jump, period = 1, at(self.scale, axis)
        elif size is None:
            return None
        else:
            outputs = at(self.to, axis) if self.to is not None else size * at(self.scale or 1, axis)
            jump, period = (size, outputs) if not self.align_corners else (size - 1, outputs - 1)
            if period == 0:
                return Reach(0, (Taps(0),), CLAMP)
            common = gcd(jump, period)
            jump, period = jump // common, period // common
        check_period("up", period)
        return Reach(jump, tuple(self._sample(phase, jump, period) for phase in range(period)), CLAMP)

    def _sample(self, phase: int, jump: int, period: int) -> Taps:
        """What the output at ``phase·jump/period`` inputs reads."""
        if self.mode == "nearest":
            return Taps(phase * jump // period)
        twice = 2 * phase * jump if self.align_corners else (2 * phase + 1) * jump - period
        floor, rest = divmod(twice, 2 * period)
        if rest == 0:
            return Taps(floor)
        return Taps(floor, 2) if self.mode == "bilinear" else Taps(floor - 1, 4)
