"""Fields as people read them: one cell for all axes, a range where units differ, a question mark for not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnncalc.language import _
from cnncalc.receptive.axisfield import Fields, Measure
from cnncalc.report import Cell, joined


def field_text(field: Fields) -> tuple[Cell, Cell]:
    """Size and jump of a field in one cell each, as the tables show them."""
    cells = field_cells([axis.to_dict() for axis in field]) if field else (None, None)
    return cells[0], cells[1]


def field_cells(field: list[dict[str, Any]]) -> tuple[Cell, ...]:
    """Size, jump, start, centre and read of a field, given axis by axis as in the JSON."""
    if all(axis["whole"] and axis["size"] is None for axis in field):
        return (_("whole input"), None, None, None, None)
    names = ("size", "jump", "start", "centre", "read")
    cells = [joined([axis[name] for axis in field]) for name in names]
    if any(axis["whole"] for axis in field):
        cells[0] = _("whole, {size} sliding").format(size=cells[0])
    return tuple(cells)


def agreed(values: Iterable[Measure]) -> Any:
    """One value where all axes agree, else the list of them.

    >>> agreed([7, 7]), agreed([7, 9])
    (7, [7, 9])
    """
    per_axis = list(values)
    return per_axis[0] if all(value == per_axis[0] for value in per_axis) else per_axis


def numbers_of(field: Fields) -> dict[str, Any]:
    """The field of a layer, one number where all axes agree."""
    return {
        "rf": agreed(axis.size for axis in field),
        "jump": agreed(axis.jump for axis in field),
        "start": agreed(axis.start for axis in field),
        "centre": agreed(axis.centre for axis in field),
        "read": agreed(axis.read for axis in field),
        "whole": any(axis.whole for axis in field),
    }
