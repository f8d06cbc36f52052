"""Maps that are written in one row, position after position: which positions the units of the row are."""

from __future__ import annotations

from itertools import groupby

from cnncalc.fields.readback import whole_turns
from cnncalc.layers.base import Row
from cnncalc.sets import Inputs
from cnncalc.symbols import product


def tokens(units: Inputs, row: Row, space: tuple[int, ...]) -> list[tuple[Inputs, ...]]:
    """The same of a row that begins with other units, or has several for each position.

    >>> [rows.first for rows, columns in tokens(Inputs(8, 8), Row(before=1, each=2), (3, 2))]
    [1]
    """
    behind, length = units.shifted(-row.before), product(space)
    inside = behind.within(0, length * row.each - 1)
    if inside is None or row.each == 1:
        return positions(behind, space)
    if not row.apart:
        return positions(whole_turns(inside, row.each), space)
    turns = [inside.within(turn * length, (turn + 1) * length - 1) for turn in range(row.each)]
    every = [(turn, part) for turn, part in enumerate(turns) if part is not None]
    return list(dict.fromkeys(box for turn, part in every for box in positions(part.shifted(-turn * length), space)))


def positions(units: Inputs, space: tuple[int, ...]) -> list[tuple[Inputs, ...]]:
    """The positions of a map that some units of its row are, as boxes: at most three of neighbours in a plane.

    >>> for rows, columns in positions(Inputs(2, 9), (3, 4)):
    ...     print(rows.first, rows.last, columns.first, columns.last)
    0 0 2 3
    1 1 0 3
    2 2 0 1
    """
    inside = units.within(0, product(space) - 1)
    if inside is None:
        return []
    if len(space) < 2:
        return [(inside,)[: len(space)]]  # a vector is a single position, and its box is empty
    length = product(space[1:])
    lines = [
        (line, tuple(positions(part.shifted(-line * length), space[1:])))
        for line in range(inside.first // length, inside.last // length + 1)
        if (part := inside.within(line * length, (line + 1) * length - 1)) is not None
    ]
    boxes = []
    for inner, group in groupby(lines, key=lambda entry: entry[1]):
        members = [line for line, _inner in group]
        for first, last in _runs(members):
            boxes += [(Inputs(first, last), *box) for box in inner]
    return boxes


def _runs(members: list[int]) -> list[tuple[int, int]]:
    """Neighbours taken together."""
    runs: list[tuple[int, int]] = []
    for member in members:
        if runs and runs[-1][1] == member - 1:
            runs[-1] = (runs[-1][0], member)
        else:
            runs.append((member, member))
    return runs
