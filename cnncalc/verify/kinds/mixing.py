"""What brings together: branches that meet, and positions that attend to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import pairwise, product
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.layers.merge import Merge
from cnncalc.verify.kinds.base import Experiment, Line, always, on, whole_map
from cnncalc.verify.kinds.norms import everywhere
from cnncalc.verify.kinds.sliding import per_axis
from cnncalc.verify.ledger import PIECE, Array, Ledger
from cnncalc.verify.windows import blocks

if TYPE_CHECKING:
    from cnncalc.layers.attend import Attend
    from cnncalc.layers.attention import Attention
    from cnncalc.layers.crossattend import CrossAttend
    from cnncalc.layers.join import Join
    from cnncalc.layers.windowattend import WindowAttend


def merge(layer: Merge, ledger: Ledger, *branches: Array) -> Array:
    """``add`` and ``mul`` stretch single channels and positions; ``concat`` puts channels side by side."""
    try:
        if layer.op == "concat":
            return np.concatenate(branches, axis=0)
        if len({branch.ndim for branch in branches}) > 1:
            raise ValueError
        return reduce(np.add if layer.op == "add" else np.multiply, branches)
    except ValueError:
        raise ShapeError(
            _("{shapes} don't fit together: make the branches end in the same shape").format(
                shapes=_(" and ").join("×".join(map(str, branch.shape)) for branch in branches)
            )
        ) from None


def merge_back(layer: Merge, ledger: Ledger, gradient: Array, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Each branch's part; a product reads both its factors, as a sum does."""
    if layer.op == "concat":
        ends = np.cumsum([shape[0] for shape in shapes])[:-1]
        return tuple(np.split(gradient, ends))
    return tuple(_narrowed(gradient, shape) for shape in shapes)


def _merge_line(layer: Merge, axis: int, columns: int) -> Line:
    """Of one channel each, branches side by side are added, so that there is one channel again."""
    return Line(replace(layer, op="add") if layer.op == "concat" else layer, 1)


def join(layer: Join, ledger: Ledger, *branches: Array) -> Array:
    """Maps behind each other along one axis."""
    try:
        return np.concatenate(branches, axis=1 + layer.axis)
    except ValueError:
        raise ShapeError(
            _("{shapes} don't fit together: they may only differ in their size on axis {axis}").format(
                shapes=_(" and ").join("×".join(map(str, branch.shape)) for branch in branches), axis=layer.axis
            )
        ) from None


def join_back(layer: Join, ledger: Ledger, gradient: Array, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    ends = np.cumsum([shape[1 + layer.axis] for shape in shapes])[:-1]
    return tuple(np.split(gradient, ends, axis=1 + layer.axis))


def _join_line(layer: Join, axis: int, columns: int) -> Line:
    """On any other axis the maps lie beside each other: what is read there is what all of them read."""
    return Line(replace(layer, axis=0), 0) if axis == layer.axis else Line(Merge("add"), 1)


def _narrowed(gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back through stretching: the sum over what was stretched."""
    stretched = tuple(axis for axis, size in enumerate(shape) if size != gradient.shape[axis])
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient


def attention(layer: Attention, ledger: Ledger, x: Array) -> Array:
    """Weights ``projections (3C, C)`` for query, key and value, and ``out (C, C)`` (Vaswani et al. 2017)."""
    channels, positions = x.shape[0], prod(x.shape[1:])
    if channels % layer.heads:
        raise ShapeError(
            _("{heads} heads do not divide {channels} channels: take another number").format(
                heads=layer.heads, channels=channels
            )
        )
    weight = ledger.array("projections", (3 * channels, channels), channels)
    mixed = ledger.matmul(weight, x.reshape(channels, positions))
    if layer.bias:
        mixed += ledger.array("projections_bias", (3 * channels, 1))
    seen = _attended(mixed, layer.heads, ledger)
    out = ledger.matmul(ledger.array("out", (channels, channels), channels), seen)
    if layer.bias:
        out += ledger.array("out_bias", (channels, 1))
    return out.reshape(x.shape)


def attend(layer: Attend, ledger: Ledger, x: Array) -> Array:
    """Queries, keys and values arrive as one map of 3C channels."""
    if x.shape[0] % (3 * layer.heads):
        raise ShapeError(
            _(
                "{heads} heads of queries, keys and values do not divide {channels} channels: take another number"
            ).format(heads=layer.heads, channels=x.shape[0])
        )
    return _attended(x.reshape(x.shape[0], -1), layer.heads, ledger).reshape(-1, *x.shape[1:])


def _attend_line(layer: Attend, axis: int, columns: int) -> Line:
    return Line(replace(layer, heads=1), 0, apart=False, channels=3)


def _attended(mixed: Array, heads: int, ledger: Ledger) -> Array:
    """Scores of every query with every key, and the values they weigh: ``(3C, positions)`` to ``(C, positions)``."""
    channels, positions = mixed.shape[0] // 3, mixed.shape[1]
    query, key, value = mixed.reshape(3, heads, channels // heads, positions)
    return _weighed(query, key, value, ledger).reshape(channels, positions)


def _weighed(query: Array, key: Array, value: Array, ledger: Ledger) -> Array:
    """Attention of ``(heads, channels, queries)`` over ``(heads, channels, keys)``: values for every query."""
    heads, channels, positions = query.shape
    root = query.dtype.type(sqrt(channels))
    seen = ledger.empty((heads, value.shape[1], positions), query.dtype)
    for (cut,) in blocks((positions,), key.shape[2] * heads * query.itemsize, PIECE):
        # a block of queries at a time: the scores of all would be positions² numbers
        scores = ledger.matmul(query[:, :, cut].swapaxes(1, 2), key) / root
        raised = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares = raised / raised.sum(axis=2, keepdims=True)
        seen[:, :, cut] = ledger.matmul(value, shares.swapaxes(1, 2))
    return seen


def cross_attend(layer: CrossAttend, ledger: Ledger, query: Array, key: Array, value: Array) -> Array:
    """Queries, keys and values of three maps; positions of the first come out."""
    space = query.shape[1:]
    if len(query) != len(key) or key.shape[1:] != value.shape[1:] or len(key) % layer.heads or len(value) % layer.heads:
        raise ShapeError(
            _("{heads} heads of queries, keys and values can't be made of {shapes}").format(
                heads=layer.heads,
                shapes=_(" and ").join("x".join(map(str, x.shape)) for x in (query, key, value)),
            )
        )
    query, key, value = (x.reshape(layer.heads, len(x) // layer.heads, -1) for x in (query, key, value))
    return _weighed(query, key, value, ledger).reshape(-1, *space)


def cross_attend_back(
    layer: CrossAttend, ledger: Ledger, gradient: Array, *shapes: tuple[int, ...]
) -> tuple[Array, ...]:
    """Every unit to its own query, and all to every key and value."""
    everywhere = gradient.sum()
    query = np.broadcast_to(gradient.sum(axis=0), shapes[0])
    return query, *(np.full(shape, everywhere, gradient.dtype) for shape in shapes[1:])


def window_attend(layer: WindowAttend, ledger: Ledger, x: Array) -> Array:
    """One group of units after the other; keys that are masked stand in the window as zeros, and are thrown away."""
    space, windows = x.shape[1:], per_axis(layer.window, x.ndim - 1)
    _check_windows(layer, x.shape, windows)
    query, key, value = x.reshape(3, layer.heads, -1, *space)
    table = (layer.heads, *(2 * window - 1 for window in windows))
    relative = ledger.array("relative", table) if layer.relative else None
    made = ledger.empty(query.shape, x.dtype)
    for group in _groups(layer, space, windows):
        where: Any = (slice(None), slice(None), *np.ix_(*group))
        near = None if relative is None else _distances(relative, group, windows)
        own = tuple(part[where].reshape(*part.shape[:2], -1) for part in (query, key, value))
        made[where] = _mixed(ledger, own, prod(windows), near).reshape(*made.shape[:2], *map(len, group))
    return made.reshape(-1, *space)


def _mixed(ledger: Ledger, group: tuple[Array, ...], room: int, near: Array | None) -> Array:
    """Attention of a group, its queries, keys and values, that stands in a window with ``room`` for more."""
    query, key, value = group
    own = query.shape[2]
    key, value = (np.pad(part, ((0, 0), (0, 0), (0, room - own))) for part in (key, value))
    scores = ledger.matmul(query.swapaxes(1, 2), key)[:, :, :own] / query.dtype.type(sqrt(query.shape[1]))
    scores = scores if near is None else scores + near
    raised = np.exp(scores - scores.max(axis=2, keepdims=True))
    shares = np.pad(raised / raised.sum(axis=2, keepdims=True), ((0, 0), (0, 0), (0, room - own)))
    return ledger.matmul(value, shares.swapaxes(1, 2))


def _groups(layer: WindowAttend, space: tuple[int, ...], windows: tuple[int, ...]) -> Iterator[tuple[range, ...]]:
    """The places on every axis that read each other, of all groups."""
    shifts = per_axis(layer.shift, len(space))
    return product(*(list(_on_axis(layer.grid, *sizes)) for sizes in zip(space, windows, shifts, strict=True)))


def _on_axis(grid: bool, size: int, window: int, shift: int) -> Iterator[range]:
    if grid:
        yield from (range(first, size, size // window) for first in range(size // window))
        return
    ends = sorted({0, *range(shift, size, window), size})
    yield from (range(first, last) for first, last in pairwise(ends))


def _distances(relative: Array, group: tuple[range, ...], windows: tuple[int, ...]) -> Array:
    """The bias of each head for each pair of a group, by how many steps of it they lie apart."""
    places = prod(map(len, group))
    steps = np.indices(tuple(map(len, group))).reshape(len(group), places)
    apart = steps[:, :, None] - steps[:, None, :] + np.array(windows, int).reshape(-1, 1, 1) - 1
    return relative[(slice(None), *apart)].reshape(-1, places, places)  # of a vector, no axis and one place


def _check_windows(layer: WindowAttend, shape: tuple[int, ...], windows: tuple[int, ...]) -> None:
    fits = shape[0] % (3 * layer.heads) == 0 and all(
        size % window == 0 for size, window in zip(shape[1:], windows, strict=True)
    )
    if not fits:
        raise ShapeError(
            _("{kind}: windows of {window} and {heads} heads do not divide {shape}").format(
                kind=layer.keyword,
                window="x".join(map(str, windows)),
                heads=layer.heads,
                shape="x".join(map(str, (*shape[1:], shape[0]))),
            )
        )


def window_attend_back(layer: WindowAttend, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """Every unit of a group gets what comes back to any of it."""
    back = ledger.empty(shape, gradient.dtype)
    for group in _groups(layer, shape[1:], per_axis(layer.window, len(shape) - 1)):
        where: Any = (slice(None), *np.ix_(*group))
        back[where] = gradient[where].sum()
    return back


def _windows_line(layer: WindowAttend, axis: int, columns: int) -> Line:
    """Columns are windows of one unit; the units of a grid lie further apart on a longer axis."""
    window, shift = on(layer.window, axis), on(layer.shift, axis)
    alone = replace(layer, window=(window, 1), shift=(shift, 0), heads=1)
    return Line(alone, 0 if layer.grid else window, window - 1, channels=3)


EXPERIMENTS = {
    "WindowAttend": Experiment(window_attend, window_attend_back, _windows_line),
    "Join": Experiment(join, join_back, _join_line, rigid=True),
    "Merge": Experiment(merge, merge_back, _merge_line),
    "Attention": Experiment(attention, everywhere, whole_map(heads=1), still=always),
    "CrossAttend": Experiment(cross_attend, cross_attend_back, whole_map(heads=1), slid=1),
    "Attend": Experiment(attend, everywhere, _attend_line, still=always),
}
