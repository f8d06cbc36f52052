"""A run as plain NumPy columns, for Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cnncalc.errors import LimitError
from cnncalc.language import _
from cnncalc.sweeps.compute import Coded
from cnncalc.sweeps.runs import Run
from cnncalc.sweeps.variables import checked, values_of

MOST_ROWS = 20_000_000
"""A frame may have so many rows; more are for files."""


def variables_from(values: Mapping[str, str | int | Iterable[int]]) -> dict[str, tuple[int, ...]]:
    """The values of variables as Python gives them: a number, several, or a text as on the command line.

    >>> variables_from({"K": 3, "C": (16, 32), "D": "1..3"})
    {'K': (3,), 'C': (16, 32), 'D': (1, 2, 3)}
    """
    return {name: _values(value) for name, value in values.items()}


def _values(value: str | int | Iterable[int]) -> tuple[int, ...]:
    if isinstance(value, str):
        return values_of(value)
    return checked((value,) if isinstance(value, int) else tuple(value), str(value))


def columns_of(run: Run, columns: Sequence[str] | None = None) -> dict[str, Any]:
    """All rows of a run at once.

    Raises `LimitError` for more than `MOST_ROWS`.
    """
    run.check()
    names = columns or run.sweep.columns
    parts: dict[str, list[Any]] = {name: [] for name in names}
    rows = 0
    for frame in run.frames():
        rows += frame.rows
        if rows > MOST_ROWS:
            raise LimitError(
                _("these are more than {most:,} rows: take a sample or a condition, or write them into a file").format(
                    most=MOST_ROWS
                )
            )
        for name in names:
            column = frame[name]
            parts[name].append(column.values if isinstance(column, Coded) else column)
    return {name: np.concatenate(part) if part else np.empty(0, np.int64) for name, part in parts.items()}
