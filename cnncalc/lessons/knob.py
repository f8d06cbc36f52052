"""The bias as a knob: how many places of a picture fire, after ReLU, as it is turned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.language import _
from cnncalc.lessons.images import LABELS, PICTURES
from cnncalc.lessons.window import slide
from cnncalc.report import Column, Table

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

WATCHED = ("line", "thick-line", "step", "noise")
"""The pictures that are counted: what is looked for, what is like it, and what is nothing."""
TURNS = range(-6, 2)
"""Positions of the knob, in sixths of the most that the kernel can answer to pictures of 0 and 1."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One position of the knob, and how many of ``cells`` places are above 0 there, for each of the pictures."""

    bias: float
    cells: int
    line: int
    thick_line: int
    step: int
    noise: int


def turned(kernel: Array, bias: float) -> tuple[Turn, ...]:
    """The knob from silence to more than 0, and at ``bias``; nothing for a kernel larger than the pictures.

    >>> import numpy as np
    >>> [(turn.bias, turn.line, turn.step) for turn in turned(np.array([[-1.0, 2, -1]] * 3), 0)][:5]
    [(-6, 0, 0), (-5, 5, 0), (-4, 5, 0), (-3, 5, 0), (-2, 5, 5)]
    """
    import numpy as np

    pictures = [np.array(PICTURES[name], dtype=np.float64) for name in WATCHED]
    if any(taps > size for picture in pictures for taps, size in zip(kernel.shape, picture.shape, strict=True)):
        return ()
    maps = [slide(picture, kernel) for picture in pictures]
    most = float(kernel[kernel > 0].sum()) or 1.0
    biases = sorted({round(most * turn / -TURNS.start, 9) for turn in TURNS} | {bias})
    return tuple(
        Turn(_whole(turn), maps[0].size, *(int((answers + turn > 0).sum()) for answers in maps)) for turn in biases
    )


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def table(turns: tuple[Turn, ...], bias: float) -> Table:
    """The knob, position by position; that of the lesson stands out."""
    columns = (
        Column("bias", _("bias"), "number"),
        *(Column(name, _(LABELS[name]), "number") for name in WATCHED),
    )
    rows = tuple((turn.bias, turn.line, turn.thick_line, turn.step, turn.noise) for turn in turns)
    return Table(
        columns,
        rows,
        title=_("The bias is a knob: how many of {cells} cells are above 0").format(cells=turns[0].cells),
        marks={index: "strong" for index, turn in enumerate(turns) if turn.bias == bias},
    )
