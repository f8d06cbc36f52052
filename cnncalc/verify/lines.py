"""One layer on one axis: which units it carries a mark to, and which inputs a mark comes back to.

The columns of a table are experiments of their own. They pass side by side where they don't meet in the layer, and
one by one where they would.
"""

from __future__ import annotations

import numpy as np

from cnncalc.layers.base import Layer
from cnncalc.verify.experiments import experiment
from cnncalc.verify.kinds.base import Line
from cnncalc.verify.ledger import Array, Ledger

Table = Array
"""Marks: ``table[unit, column]`` is true where the unit of this column's experiment is marked."""


def line_of(layer: Layer, axis: int, columns: int = 1) -> Line:
    """The layer as it stands on one axis."""
    return experiment(layer).line(layer, axis, columns)


def carry(layer: Layer, axis: int, *tables: Table) -> Table:
    """Run the layer on maps of ones that are not a number where marked: marked is what is not a number then.

    >>> from cnncalc.layers.conv import Conv
    >>> carry(Conv(3, padding=1), 0, np.eye(4, dtype=bool)).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 1],
           [0, 0, 1, 1]])
    """
    line = line_of(layer, axis, tables[0].shape[1])
    maps = [np.where(table, np.float32(np.nan), np.float32(1)) for table in tables]
    with np.errstate(invalid="ignore"):
        if line.apart:
            return _marked(line, *maps)
        columns, which = _distinct(np.concatenate(maps))
        ends = np.cumsum([len(one) for one in maps])[:-1]
        marks = [_marked(line, *np.split(column, ends)).reshape(-1, 1) for column in columns]
    return np.concatenate(marks, axis=1)[:, which]


def _marked(line: Line, *maps: Array) -> Table:
    """What is not a number after the layer has seen maps whose channels are all alike."""
    channels = (np.broadcast_to(one, (line.channels, *one.shape)) for one in maps)
    out = experiment(line.layer).forward(line.layer, Ledger((0,), positive=True), *channels)
    return np.asarray(np.isnan(out).any(axis=0))


def _distinct(columns: Array) -> tuple[Array, Array]:
    """The columns that differ, as rows, and which of them each column is: what is alike needs one experiment."""
    packed = [column.tobytes() for column in columns.T]
    numbers = {seen: number for number, seen in enumerate(dict.fromkeys(packed))}
    rows = {seen: row for row, seen in zip(columns.T, packed, strict=True)}
    return np.stack([rows[seen] for seen in numbers]), np.array([numbers[seen] for seen in packed])


def fetch(layer: Layer, axis: int, table: Table, *sizes: int) -> tuple[Table, ...]:
    """Push marks back through the transposed layer with positive weights, to one table for each of its inputs.

    >>> from cnncalc.layers.conv import Conv
    >>> fetch(Conv(3, padding=1), 0, np.eye(4, dtype=bool), 4)[0].astype(int)[:, 1]
    array([1, 1, 1, 0])
    """
    columns = table.shape[1]
    line = line_of(layer, axis, columns)
    marks = table.astype(np.float32)
    if line.apart:
        return _fetched(line, marks[None], *((line.channels, size, columns) for size in sizes))
    shapes = [(line.channels, size) for size in sizes]
    # the very output tells how many channels, or numbers, the marks stand for
    ones = [np.ones(shape, np.float32) for shape in shapes]
    out = experiment(line.layer).forward(line.layer, Ledger((0,)), *ones).shape
    parts = [_fetched(line, np.broadcast_to(column, out), *shapes) for column in marks.T]
    return tuple(np.stack(column, axis=1) for column in zip(*parts, strict=True))


def _fetched(line: Line, gradient: Array, *shapes: tuple[int, ...]) -> tuple[Table, ...]:
    """Which inputs of any channel the gradient comes back to, for each input of the layer."""
    back = experiment(line.layer).back(line.layer, Ledger((0,), positive=True), gradient, *shapes)
    return tuple((part != 0).any(axis=0) for part in (back if isinstance(back, tuple) else (back,)))
