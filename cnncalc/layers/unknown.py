"""An unknown operator: what is known of it, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, STATISTICS, WHOLE, Reach
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Layer, Word, whole
from cnncalc.shapes import Shape, shorten

RULES: dict[str, Reach] = {"pointwise": IDENTITY, "whole": WHOLE, "statistics": STATISTICS}
"""What may be assumed of how the units of an unknown operator read: each its own place, all of the map, or both."""


@final
@dataclass(frozen=True, slots=True)
class Unknown(Layer):
    """Holds the place of ``operator``, which a file has and no kind describes.

    ``to`` is the shape that comes out as ``(*space, channels)`` where the file says it, else that of the input;
    ``learnt`` how many numbers it stores and ``macs`` how often it multiplies, as far as the file shows. Every count is a
    lower bound, unless it is ``counted``: then a framework gave its shapes, and only its field is unknown, unless its sums
    tell what it ``sees``, which is one of `RULES`; what somebody assumes it to is its ``rule``. It reads one map, or several.

    >>> Unknown("com.example.Magic", (7, 7, 64)).output(Shape((14, 14), 32))
    Shape(space=(7, 7), channels=64)
    >>> Unknown("GRU", rule="whole").reach(0, 8) is WHOLE
    True
    """

    known: ClassVar = False
    merges: ClassVar = True
    alone: ClassVar = True
    mixes: ClassVar = None
    keywords: ClassVar = {"unknown": {}}
    word: ClassVar = Word(
        "to",
        "",
        "",
        {
            "counted": ("counted", True),
            "macs": ("macs", "count0"),
            "w": ("learnt", "count0"),
            "as:": ("rule", "text"),
            "sees:": ("sees", "text"),
            "of:": ("operator", "text"),
        },
    )

    operator: str = ""
    to: tuple[int, ...] = ()
    learnt: int = 0
    rule: str = ""
    macs: int = 0
    counted: bool = False
    sees: str = ""

    def __post_init__(self) -> None:
        for size in self.to:
            whole("unknown", "size", size)
        whole("unknown", "learnt", self.learnt, least=0)
        whole("unknown", "macs", self.macs, least=0)
        for rule in filter(None, (self.rule, self.sees)):
            if rule not in RULES:
                raise LayerError(
                    _("there is no rule {rule} for an unknown operator: take one of {known}").format(
                        rule=shorten(rule), known=", ".join(RULES)
                    )
                )

    def output(self, shape: Shape) -> Shape:
        output = Shape(self.to[:-1], self.to[-1]) if self.to else shape
        rule = self.rule or self.sees
        if rule and RULES[rule].phases and output.space != shape.space:
            raise ShapeError(
                _("{operator} makes {output} of {shape}, so it is not {rule}: assume it to be whole").format(
                    operator=self.operator or "unknown", output=output, shape=shape, rule=rule
                )
            )
        return output

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        return self.output(shapes[0])

    def reach(self, axis: int, size: int | None) -> Reach | None:
        return RULES.get(self.rule or self.sees)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        return (FilterBank(self.learnt, 1, 0, 0), FilterBank(0, 1, 0, self.macs))
