"""What brings together: branches that meet, and positions that attend to each other."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from math import prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.verify.kinds.base import Experiment, Line, whole_map
from cnncalc.verify.kinds.norms import everywhere
from cnncalc.verify.ledger import PIECE, Array, Ledger
from cnncalc.verify.windows import blocks

if TYPE_CHECKING:
    from cnncalc.layers.attend import Attend
    from cnncalc.layers.attention import Attention
    from cnncalc.layers.merge import Merge


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
    root = mixed.dtype.type(sqrt(channels // heads))
    seen = ledger.empty(query.shape, mixed.dtype)
    for (cut,) in blocks((positions,), positions * heads * mixed.itemsize, PIECE):
        # a block of queries at a time: the scores of all would be positions² numbers
        scores = ledger.matmul(query[:, :, cut].swapaxes(1, 2), key) / root
        raised = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares = raised / raised.sum(axis=2, keepdims=True)
        seen[:, :, cut] = ledger.matmul(value, shares.swapaxes(1, 2))
    return seen.reshape(channels, positions)


EXPERIMENTS = {
    "Merge": Experiment(merge, merge_back, _merge_line),
    "Attention": Experiment(attention, everywhere, whole_map(heads=1)),
    "Attend": Experiment(attend, everywhere, _attend_line),
}
