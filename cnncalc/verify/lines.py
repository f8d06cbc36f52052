"""One layer on one axis: which units it carries a mark to, and which inputs a mark comes back to.

To look at one axis of a layer, it is run on maps of one channel whose second axis are columns that don't meet: each
is an experiment of its own. Layers with windows take all columns at once, with a kernel of one across them; a layer
that mixes whole maps runs column by column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnncalc.verify.experiments import experiment
from cnncalc.verify.ledger import Array, Ledger

Table = Array
"""Marks: ``table[unit, column]`` is true where the unit of this column's experiment is marked."""


def _on(value: Any, axis: int, across: Any = 1) -> tuple[Any, Any]:
    """A size for one axis of the layer, and across the columns."""
    numbers = value if isinstance(value, tuple) else (value,)
    return (numbers[axis] if len(numbers) > 1 else numbers[0]), across


def _window(layer: Any, axis: int, **fields: Any) -> Any:
    padding = layer.padding if isinstance(layer.padding, str) else _on(layer.padding, axis, (0, 0))
    sized = {name: _on(getattr(layer, name), axis) for name in ("kernel", "stride", "dilation")}
    return replace(layer, padding=padding, **sized, **fields)


def _same(layer: Any, axis: int, columns: int) -> Any:
    return layer


def _upsampled(layer: Any, axis: int, columns: int) -> Any:
    if layer.to is not None:
        return replace(layer, to=_on(layer.to, axis, columns))
    return replace(layer, scale=_on(layer.scale, axis))


POINTWISE = (
    *("Activation", "PReLU", "Scale", "Dropout", "Identity", "LocalResponseNorm"),
    *("BatchNorm", "LayerNorm", "Softmax"),
)
"""The kinds that look at one position at a time, the last three unless they are told to look at all."""

LINES: dict[str, Callable[[Any, int, int], Any]] = {
    "Conv": lambda layer, axis, _columns: _window(layer, axis, filters=1, groups=1),
    "Depthwise": lambda layer, axis, _columns: _window(layer, axis, multiplier=1),
    "Separable": lambda layer, axis, _columns: _window(layer, axis, filters=1, multiplier=1),
    "Local": lambda layer, axis, _columns: _window(layer, axis, filters=1),
    "Tiled": lambda layer, axis, _columns: _window(layer, axis, filters=1, tile=_on(layer.tile, axis)),
    "Transposed": lambda layer, axis, _columns: _window(
        layer, axis, filters=1, groups=1, output_padding=_on(layer.output_padding, axis, 0)
    ),
    "Pool": lambda layer, axis, _columns: _window(layer, axis),
    "AdaptivePool": lambda layer, axis, columns: replace(layer, outputs=_on(layer.outputs, axis, columns)),
    "Upsample": _upsampled,
    "Pad": lambda layer, axis, _columns: replace(layer, padding=_on(layer.padding, axis, (0, 0))),
    "Crop": lambda layer, axis, _columns: replace(layer, border=_on(layer.border, axis, (0, 0))),
    "Slice": lambda layer, axis, _columns: replace(layer, first=0, stop=None, stride=_on(layer.stride, axis)),
    "Merge": lambda layer, axis, _columns: replace(layer, op="add") if layer.op == "concat" else layer,
    **dict.fromkeys(POINTWISE, _same),
}
"""The kinds that take all columns at once: the layer for one axis and that many columns, with one channel."""

ALONE: dict[str, dict[str, int]] = {
    "GroupNorm": {"groups": 1},
    "ChannelShuffle": {"groups": 1},
    "Attention": {"heads": 1},
    "Attend": {"heads": 1},
    "Dense": {"units": 1},
}
"""What else must become 1 where there is one channel only."""


def _at_once(layer: Any) -> bool:
    """Whether columns side by side don't meet in the layer."""
    kind = type(layer).__name__
    if kind == "BatchNorm":
        return bool(layer.statistics)
    return kind in LINES and not (kind in ("LayerNorm", "Softmax") and layer.space)


def _alone(layer: Any, axis: int) -> Any:
    """The layer for one axis and one channel."""
    if type(layer).__name__ == "Unflatten":
        return replace(layer, space=layer.space[min(axis, len(layer.space) - 1)])
    return replace(layer, **ALONE.get(type(layer).__name__, {}))


def _channels_in(layer: Any) -> int:
    """How many channels, all alike, a layer for one channel out needs."""
    match type(layer).__name__:
        case "PixelShuffle":
            return 1 if layer.inverse else int(layer.factor)
        case "Attend":
            return 3
        case "Unflatten":
            return int(layer.space[0])
    return 1


def carry(layer: Any, axis: int, *tables: Table) -> Table:
    """Run the layer on maps of ones that are not a number where marked: marked is what is not a number then.

    >>> from cnncalc.layers.conv import Conv
    >>> carry(Conv(3, padding=1), 0, np.eye(4, dtype=bool)).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 1],
           [0, 0, 1, 1]])
    """
    ledger = Ledger((0,), positive=True)
    maps = [np.where(table, np.float32(np.nan), np.float32(1)) for table in tables]
    kind = type(layer).__name__
    with np.errstate(invalid="ignore"):
        if _at_once(layer):
            lined = LINES[kind](layer, axis, tables[0].shape[1])
            return _marks(experiment(layer).forward(lined, ledger, *(one[None] for one in maps)))
        alone = _alone(layer, axis)
        channels = _channels_in(alone)
        distinct, which = _distinct(maps[0])
        made = [
            _marks(experiment(layer).forward(alone, ledger, np.repeat(column[None], channels, axis=0))).reshape(-1, 1)
            for column in distinct
        ]
    return np.concatenate(made, axis=1)[:, which]


def _distinct(columns: Array) -> tuple[Array, Array]:
    """The columns that differ, as rows, and which of them each column is: what is alike needs one experiment."""
    packed = [column.tobytes() for column in columns.T]
    numbers = {seen: number for number, seen in enumerate(dict.fromkeys(packed))}
    rows = {seen: row for row, seen in zip(columns.T, packed, strict=True)}
    return np.stack([rows[seen] for seen in numbers]), np.array([numbers[seen] for seen in packed])


def _marks(made: Array) -> Table:
    return np.asarray(np.isnan(made).any(axis=0))


def fetch(layer: Any, axis: int, table: Table, *sizes: int) -> tuple[Table, ...]:
    """Push marks back through the transposed layer with positive weights, to one table for each of its inputs.

    >>> from cnncalc.layers.conv import Conv
    >>> fetch(Conv(3, padding=1), 0, np.eye(4, dtype=bool), 4)[0].astype(int)[:, 1]
    array([1, 1, 1, 0])
    """
    ledger = Ledger((0,), positive=True)
    kind, columns = type(layer).__name__, table.shape[1]
    gradient = table.astype(np.float32)
    if _at_once(layer):
        lined = LINES[kind](layer, axis, columns)
        made = experiment(layer).back(lined, ledger, gradient[None], *((1, size, columns) for size in sizes))
        return tuple((part != 0).any(axis=0) for part in (made if isinstance(made, tuple) else (made,)))
    alone, (size,) = _alone(layer, axis), sizes
    shape = (_channels_in(alone), size)
    # the very output tells how many channels, or numbers, the marks stand for
    made = experiment(layer).forward(alone, Ledger((0,)), np.ones(shape, np.float32)).shape
    back = (experiment(layer).back(alone, ledger, np.broadcast_to(column, made), shape) for column in gradient.T)
    return (np.stack([(part != 0).any(axis=0) for part in back], axis=1),)
