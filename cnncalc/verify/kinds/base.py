"""What the proof knows of a layer kind: one row, which stands under the two functions that do what the kind says.

To look at one axis of a layer, it is run on maps of one channel whose second axis are columns: each is an experiment
of its own. A row tells which layer that is (`Line`), and what its weights cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc.verify.ledger import Array


class Line(NamedTuple):
    """A layer as it stands on one axis, with one channel that comes out.

    ``turn`` is by how many inputs the axis may grow so that its units read as before; 0 where they read another part
    of a longer map. ``width`` is how far the first and the last input that one of them reads lie apart, at most.
    ``apart`` tells whether columns side by side don't meet in it; where they do, it runs on one at a time. ``channels``
    is how many channels, all alike, it takes.
    """

    layer: Any
    turn: int
    width: int = 0
    apart: bool = True
    channels: int = 1


LineUp = Callable[[Any, int, int], Line]
"""``(layer, axis, columns)``: the line of a layer on an axis, for so many columns side by side."""


def never(layer: Any, axis: int) -> bool:
    return False


def always(layer: Any, axis: int) -> bool:
    return True


class Experiment(NamedTuple):
    """All that the check of a kind needs.

    ``forward(layer, ledger, *arrays)`` does what the layer says; ``back(layer, ledger, gradient, *shapes)`` is the
    transpose of that linear map, or of a positive one that reads the same inputs; ``line`` puts it on one axis.
    ``lone_products``: its products are formed one by one, not in a matrix product. ``in_pieces``: its weights are
    never held whole. ``in_a_row``: its units don't lie along the axes of the map it takes.

    Where statistics are frozen ``given`` stands for a kind that takes some, ``still(layer, axis)`` tells whether its units
    don't move over what they read, and of its inputs they move over the first ``slid``, all of them unless told. Of a ``rigid`` one
    units would stand elsewhere if an input were left out, so that nothing is then said of it and what follows.
    """

    forward: Callable[..., Array]
    back: Callable[..., Any]
    line: LineUp
    lone_products: bool = False
    in_pieces: bool = False
    in_a_row: bool = False
    given: Any = None
    still: Callable[[Any, int], bool] = never
    slid: int | None = None
    rigid: bool = False


def on(value: Any, axis: int) -> Any:
    """A size, or a padding, on one axis; on the last where the layer has fewer, since nothing is claimed there."""
    numbers = value if isinstance(value, tuple) else (value,)
    return numbers[min(axis, len(numbers) - 1)]


def on_axis(layer: Any, axis: int, columns: int, **one: Any) -> Any:
    """The layer with its sizes on one axis, and across the columns those that leave each to itself."""
    across = {"padding": (0, 0), "border": (0, 0), "output_padding": 0, "outputs": columns, "to": columns}
    sizes = {name: getattr(layer, name) for name in layer.sized}
    sized = {name: (on(size, axis), across.get(name, 1)) for name, size in sizes.items() if isinstance(size, tuple)}
    return replace(layer, **sized, **one)


def width_on(layer: Any, axis: int) -> int:
    """How far apart the taps of the layer's window lie; nothing where it has none."""
    return (on(layer.kernel, axis) - 1) * on(layer.dilation, axis) if "kernel" in layer.sized else 0


def by_one(**one: Any) -> LineUp:
    """Units that read the same on an axis that is longer by one; ``one`` are fields that fit a single channel."""
    return lambda layer, axis, columns: Line(on_axis(layer, axis, columns, **one), 1, width_on(layer, axis))


def by_stride(**one: Any) -> LineUp:
    """Units that read the same on an axis that is longer by a stride."""
    return lambda layer, axis, columns: Line(
        on_axis(layer, axis, columns, **one), on(layer.stride, axis), width_on(layer, axis)
    )


def whole_map(**one: Any) -> LineUp:
    """Units that read all of the map, whatever its size."""
    return lambda layer, axis, columns: Line(replace(layer, **one), 0, apart=False)


def whole_map_if(reads_all: Callable[[Any], bool]) -> LineUp:
    """Units that read all of the map where the layer says so, and else their own place."""
    return lambda layer, axis, columns: (whole_map() if reads_all(layer) else by_one())(layer, axis, columns)
