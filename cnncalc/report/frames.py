"""Frames: the main table of a report for pandas and Arrow, with its numbers as numbers and its unknowns as unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.extras import missing
from cnncalc.language import _, speaking
from cnncalc.report import Cell, Table

LARGEST = 2**63 - 1
"""The largest whole number that both libraries hold; a column with a larger one is text."""


def main(tables: Sequence[Table], asked: Sequence[Table]) -> dict[str, list[Any]]:
    """The columns of the table that TSV would print, by their keys.

    >>> from cnncalc.report import Column
    >>> main([Table((Column("name", "layer"), Column("parameters", "", "count")), (("conv", 1792), ("pool", None)))], [])
    {'name': ['conv', 'pool'], 'parameters': [1792, None]}
    """
    with speaking("en"):
        table = next(iter(asked or tables), None)
        if table is None:
            return {}
        kept = [place for place, column in enumerate(table.columns) if column.unit != "bar"]
        return {table.columns[place].key: _of_one_type([row[place] for row in table.rows]) for place in kept}


def _of_one_type(cells: Sequence[Cell]) -> list[Any]:
    """Numbers where all are, and otherwise text; what is not known stays `None`."""
    known = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, bool) for cell in known):
        return list(cells)
    if all(isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) <= LARGEST for cell in known):
        return list(cells)
    return [None if cell is None else str(cell) for cell in cells]


def to_pandas(columns: Mapping[str, Sequence[Any]]) -> Any:
    """A `pandas.DataFrame` whose whole numbers stay whole where some are unknown."""
    try:
        import pandas
    except ImportError as error:
        raise missing(_("this"), "pandas") from error
    return pandas.DataFrame(columns).convert_dtypes()


def to_arrow(columns: Mapping[str, Sequence[Any]]) -> Any:
    """A `pyarrow.Table`."""
    try:
        import pyarrow
    except ImportError as error:
        raise missing(_("this"), "pyarrow") from error
    return pyarrow.table({key: pyarrow.array(list(cells)) for key, cells in columns.items()})
