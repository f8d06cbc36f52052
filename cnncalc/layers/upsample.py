"""Upsampling without weights: nearest, linear and cubic interpolation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import CLAMP, Reach, Taps, check_period
from cnncalc.language import _
from cnncalc.layers.base import Layer, Size, Word, at, sizes, spread
from cnncalc.shapes import Shape

ORIGINS = ("edge", "centre", "corners")
"""Where a sample lies: pixels laid on each other by their edges, at i·n/m, by their centres, at (i + ½)·n/m − ½, or
those in the corners of both maps, at i·(n − 1)/(m − 1)."""
OWN_ORIGINS = {"nearest": "edge", "bilinear": "centre", "bicubic": "centre"}
"""Mode: its origin unless another is given."""
ROUNDINGS = ("floor", "ceil", "halfup", "halfdown")
"""Which input is nearest: below, above, or the closer one, a half going up or down."""


@final
@dataclass(frozen=True, slots=True)
class Upsample(Layer):
    """To ``scale`` times the size, or to the size ``to`` (which may be smaller: a resize without smoothing).

    ``bilinear`` stands for linear interpolation on any number of axes. Sample i of m sits at (i + ½)·n/m − ½ of the
    n inputs, or at i·(n − 1)/(m − 1) with ``align_corners``; nearest takes input ⌊i·n/m⌋ (PyTorch's rules). Other
    frameworks choose the ``origin`` and, of the nearest input, the ``rounding`` themselves (ONNX's Resize, TensorFlow).
    An interpolation whose position is an input itself reads just that one.

    >>> Upsample(2).output(Shape((28, 28), 64))
    Shape(space=(56, 56), channels=64)
    """

    keywords: ClassVar = {"up": {}, "upsample": {}}
    word: ClassVar = Word(
        "scale",
        options={
            **{mode: ("mode", mode) for mode in OWN_ORIGINS},
            "align": ("align_corners", True),
            **{origin: ("origin", origin) for origin in ORIGINS},
            **{rounding: ("rounding", rounding) for rounding in ROUNDINGS[1:]},
            "to": ("to", "size"),
        },
    )
    sized: ClassVar = ("scale", "to")

    scale: Size | None = None
    mode: str = "nearest"
    align_corners: bool = False
    to: Size | None = None
    origin: str = ""
    rounding: str = "floor"

    def __post_init__(self) -> None:
        for name in ("scale", "to"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, sizes("up", name, getattr(self, name)))
        if (self.scale is None) == (self.to is None):
            raise LayerError(_("up: give either a scale (up2) or a size (up,to56x56)"))
        if self.mode not in OWN_ORIGINS:
            raise LayerError(
                _("up: mode {mode} is not known: take one of {known}").format(
                    mode=repr(self.mode), known=", ".join(OWN_ORIGINS)
                )
            )
        self._check_rule()

    def _check_rule(self) -> None:
        """Refuse rules that contradict each other, and forget an origin that the mode has anyway."""
        if self.origin not in ("", *ORIGINS) or self.rounding not in ROUNDINGS:
            raise LayerError(
                _("up: rule {rule} is not known: take one of {known}").format(
                    rule=repr(self.origin if self.rounding in ROUNDINGS else self.rounding),
                    known=", ".join((*ORIGINS, *ROUNDINGS)),
                )
            )
        if self.rounding != "floor" and self.mode != "nearest":
            raise LayerError(
                _("up: {mode} rounds nothing: leave out {rounding}").format(mode=self.mode, rounding=self.rounding)
            )
        if self.align_corners and self.origin not in ("", "corners"):
            raise LayerError(
                _("up: corners that are aligned have no other origin: leave out {origin}").format(origin=self.origin)
            )
        if self.align_corners and self.mode == "nearest":
            raise LayerError(_("up: nearest has no corners to align: take bilinear or bicubic"))
        if self.origin == "corners" and self.mode != "nearest":
            object.__setattr__(self, "align_corners", True)
        if self.align_corners or self.origin == OWN_ORIGINS[self.mode]:
            object.__setattr__(self, "origin", "")

    @property
    def rule(self) -> str:
        """One of `ORIGINS`."""
        return "corners" if self.align_corners else self.origin or OWN_ORIGINS[self.mode]

    def output(self, shape: Shape) -> Shape:
        if not shape.space:
            raise ShapeError(_("up: {shape} has no axis to enlarge").format(shape=shape))
        if self.to is not None:
            return Shape(spread("up", "to", self.to, shape), shape.channels)
        scale = spread("up", "scale", self.scale or 1, shape)
        return Shape(tuple(size * times for size, times in zip(shape.space, scale, strict=True)), shape.channels)

    def reach(self, axis: int, size: int | None) -> Reach | None:
        corners = self.rule == "corners"
        if self.scale is not None and not corners:
            jump, period = 1, at(self.scale, axis)
        elif size is None:
            return None
        else:
            outputs = at(self.to, axis) if self.to is not None else size * at(self.scale or 1, axis)
            jump, period = (size - 1, outputs - 1) if corners else (size, outputs)
            if period == 0:
                return Reach(0, (Taps(0),), CLAMP)
            common = gcd(jump, period)
            jump, period = jump // common, period // common
        check_period("up", period)
        return Reach(jump, tuple(self._sample(phase, jump, period) for phase in range(period)), CLAMP)

    def _sample(self, phase: int, jump: int, period: int) -> Taps:
        """What the output at ``phase·jump/period`` inputs reads."""
        twice = (2 * phase + 1) * jump - period if self.rule == "centre" else 2 * phase * jump
        if self.mode == "nearest":
            return Taps(NEAREST[self.rounding](twice, period))
        floor, rest = divmod(twice, 2 * period)
        if rest == 0:
            return Taps(floor)
        return Taps(floor, 2) if self.mode == "bilinear" else Taps(floor - 1, 4)


NEAREST: dict[str, Callable[[int, int], int]] = {
    "floor": lambda twice, period: twice // (2 * period),
    "ceil": lambda twice, period: -(-twice // (2 * period)),
    "halfup": lambda twice, period: (twice + period) // (2 * period),
    "halfdown": lambda twice, period: -((period - twice) // (2 * period)),
}
"""Rounding: the input that is nearest to the place ``twice / (2·period)``."""
