"""Which input sizes a published network takes, and who says so."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.shapes import Shape

_RULE = re.compile(r"(\d+)(?: \+ (\d+)k)?(, square)?; (.+)")


class InputSizes(NamedTuple):
    """Every side has ``least`` + ``step``·k positions, with a step of 0 only ``least``; ``reason`` is the published one.

    >>> sizes = InputSizes.parse("ViT", "16 + 16k, square; an image is cut into patches of 16x16")
    >>> sizes.check(Shape((224, 224), 3))
    >>> sizes.check(Shape((225, 225), 3))
    Traceback (most recent call last):
    cnncalc.errors.ShapeError: ViT takes 16x16, 32x32, 48x48, …, not 225x225 (an image is cut into patches of 16x16): \
take 224x224x3
    """

    title: str
    least: int
    step: int
    square: bool
    reason: str

    @classmethod
    def parse(cls, title: str, text: str) -> InputSizes:
        """Read ``188 + 16k; reason``, ``16 + 16k, square; reason`` or ``152; reason``."""
        rule = _RULE.fullmatch(text)
        if rule is None:
            raise ValueError(f"{text!r} does not say which sizes are taken: write '16 + 16k, square; reason'")
        return cls(title, int(rule[1]), int(rule[2] or 0), bool(rule[3]), rule[4])

    def check(self, input: Shape) -> None:
        """`ShapeError` with the reason and the nearest size for an input that the network is not for."""
        near = self._nearest(input)
        if input.space != near.space:
            raise ShapeError(
                _("{title} takes {sizes}, not {space} ({reason}): take {near}").format(
                    title=self.title,
                    sizes=self._sizes(),
                    space="x".join(map(str, input.space)) or input,
                    reason=self.reason,
                    near=near,
                )
            )

    def _nearest(self, input: Shape) -> Shape:
        """The nearest image that is taken; the input itself where it is."""
        sides = input.space if len(input.space) == 2 else (self.least,) * 2
        if self.square:
            sides = (max(sides),) * 2
        turns = ((max(side - self.least, 0) + self.step // 2) // max(self.step, 1) for side in sides)
        return Shape(tuple(self.least + turn * self.step for turn in turns), input.channels)

    def _sizes(self) -> str:
        """The sizes in words: ``152x152``, ``16x16, 32x32, 48x48, …`` or ``188, 204, 220, … on each side``."""
        sides = [self.least + turn * self.step for turn in range(3 if self.step else 1)]
        if self.step and not self.square:
            return _("{sizes}, … on each side").format(sizes=", ".join(map(str, sides)))
        return ", ".join(f"{side}x{side}" for side in sides) + (", …" if self.step else "")
