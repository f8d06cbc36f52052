"""Padding as a layer of its own, with zeros or with what the map holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import CLAMP, DROP, REFLECT, WRAP, Reach, Taps
from cnncalc.language import _
from cnncalc.layers.base import Layer, Word, spread
from cnncalc.layers.sliding import Padding, paddings, pair_at
from cnncalc.shapes import Shape

MODES = {"zeros": DROP, "reflect": REFLECT, "replicate": CLAMP, "circular": WRAP}
"""PyTorch's names of the modes, and what a unit in the border then reads."""


@final
@dataclass(frozen=True, slots=True)
class Pad(Layer):
    """Adds ``padding`` positions on both sides of every axis.

    >>> Pad(3).output(Shape((224, 224), 3))
    Shape(space=(230, 230), channels=3)
    """

    keywords: ClassVar = {"pad": {}}
    word: ClassVar = Word(options={"p": ("padding", "padding"), **{mode: ("mode", mode) for mode in MODES}})
    sized: ClassVar = ("padding",)

    padding: Padding = 1
    mode: str = "zeros"

    def __post_init__(self) -> None:
        if isinstance(self.padding, str):
            raise LayerError(_("pad: {padding} is not a number: write pad,p1 or pad,p0/1").format(padding=self.padding))
        object.__setattr__(self, "padding", paddings("pad", self.padding))
        if self.mode not in MODES:
            raise LayerError(
                _("pad: mode {mode} is not known: take one of {known}").format(
                    mode=repr(self.mode), known=", ".join(MODES)
                )
            )

    def output(self, shape: Shape) -> Shape:
        spread("pad", "padding", tuple(range(len(self.padding))), shape)  # type: ignore[arg-type]
        added = [pair_at(self.padding, axis) for axis in range(len(shape.space))]
        for size, pair in zip(shape.space, added, strict=True):
            most = {"reflect": size - 1, "circular": size}.get(self.mode, max(pair))
            if max(pair) > most:
                raise ShapeError(
                    _("pad: {mode} padding {pad} is more than {size} inputs give: take ≤ {most}").format(
                        mode=self.mode, pad=max(pair), size=size, most=most
                    )
                )
        return Shape(
            tuple(size + before + after for size, (before, after) in zip(shape.space, added, strict=True)),
            shape.channels,
        )

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return Reach(1, (Taps(-pair_at(self.padding, axis)[0]),), MODES[self.mode])
