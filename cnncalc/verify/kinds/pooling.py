"""Pooling: a window, a map, or as many windows as outputs are wanted."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.verify.axes import Axis
from cnncalc.verify.kinds.base import Experiment, Line, always, by_one, by_stride, on, on_axis, whole_map
from cnncalc.verify.kinds.sliding import per_axis, windows_of
from cnncalc.verify.ledger import Array, Ledger
from cnncalc.verify.windows import places, taps, whole

if TYPE_CHECKING:
    from cnncalc.layers.adaptivepool import AdaptivePool
    from cnncalc.layers.channelpool import ChannelPool
    from cnncalc.layers.globalpool import GlobalPool
    from cnncalc.layers.pool import Pool

POWER = 2
"""The exponent of a power mean: the root of the sum of squares."""


def pool(layer: Pool, ledger: Ledger, x: Array) -> Array:
    axes = windows_of(layer, x.shape[1:], layer.ceil)
    out = ledger.empty((x.shape[0], *places(axes)), x.dtype)
    out[...] = -np.inf if layer.op == "max" else 0
    for _tap, windows, inputs in taps(axes, whole(places(axes))):
        seen = x[(slice(None), *inputs)]
        target = out[(slice(None), *windows)]
        if layer.op == "max":
            np.maximum(target, seen, out=target)
        else:
            target += seen if layer.op == "avg" else seen**POWER
    if layer.op == "lp":
        return np.sqrt(out)
    return out / _divisor(layer, axes, x) if layer.op == "avg" else out


def _divisor(layer: Pool, axes: list[Axis], x: Array) -> Array:
    """How many numbers each average is over: what the window covers of the padded map, or of the map itself."""
    padded = not layer.exclude_padding and not isinstance(layer.padding, str)
    divisor = np.ones((1,) * len(axes), x.dtype)
    for number, axis in enumerate(axes):
        covered = [max(axis.covered(window, padded=padded), 1) for window in range(len(axis.starts))]
        divisor = divisor * np.array(covered, x.dtype).reshape(-1, *(1,) * (len(axes) - 1 - number))
    return divisor


def pool_back(layer: Pool, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back through the average; a maximum or a power mean reads the same inputs."""
    axes = windows_of(layer, shape[1:], layer.ceil)
    made = ledger.zeros(shape, gradient.dtype)
    shares = gradient / _divisor(layer, axes, gradient)
    for _tap, windows, inputs in taps(axes, whole(places(axes))):
        made[(slice(None), *inputs)] += shares[(slice(None), *windows)]
    return made


_OVER: dict[str, Callable[..., Any]] = {
    "max": np.max,
    "avg": np.mean,
    "lp": lambda x, axis, keepdims: np.sqrt(np.sum(x**POWER, axis=axis, keepdims=keepdims)),
}


def global_pool(layer: GlobalPool, ledger: Ledger, x: Array) -> Array:
    pooled: Array = _OVER[layer.op](x, axis=tuple(range(1, x.ndim)), keepdims=True)
    return pooled


def global_pool_back(layer: GlobalPool, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back through the mean."""
    return np.broadcast_to(gradient / prod(shape[1:]), shape).copy()


def channel_pool(layer: ChannelPool, ledger: Ledger, x: Array) -> Array:
    pooled: Array = _OVER[layer.op](x, axis=0, keepdims=True)
    return pooled


def channel_pool_back(layer: ChannelPool, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back through the mean; a maximum reads the same channels."""
    return np.broadcast_to(gradient / shape[0], shape).copy()


def _shares(size: int, outputs: int) -> list[slice]:
    """Which inputs each output is over: all that its share of the axis touches."""
    return [slice(unit * size // outputs, -(-(unit + 1) * size // outputs)) for unit in range(outputs)]


def adaptive_pool(layer: AdaptivePool, ledger: Ledger, x: Array) -> Array:
    """One axis after the other: a maximum of maxima, a mean of means over windows of the same size."""
    for axis, outputs in enumerate(per_axis(layer.outputs, x.ndim - 1), start=1):
        if outputs != x.shape[axis]:
            windows = [x[(slice(None),) * axis + (cut,)] for cut in _shares(x.shape[axis], outputs)]
            x = np.concatenate([_OVER[layer.op](window, axis=axis, keepdims=True) for window in windows], axis=axis)
    return x


def adaptive_pool_back(layer: AdaptivePool, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back through the average."""
    for axis, outputs in enumerate(per_axis(layer.outputs, len(shape) - 1), start=1):
        sizes = (*shape[: axis + 1], *gradient.shape[axis + 1 :])
        made = ledger.zeros(sizes, gradient.dtype)
        for unit, cut in enumerate(_shares(shape[axis], outputs)):
            before = (slice(None),) * axis
            made[(*before, cut)] += gradient[(*before, slice(unit, unit + 1))] / (cut.stop - cut.start)
        gradient = made
    return gradient


def _adaptive_line(layer: AdaptivePool, axis: int, columns: int) -> Line:
    """A window is a share of the axis, so all of them change with it."""
    return Line(on_axis(layer, axis, columns), 0)


def _is_global(layer: AdaptivePool, axis: int) -> bool:
    return bool(on(layer.outputs, axis) == 1)


EXPERIMENTS = {
    "Pool": Experiment(pool, pool_back, by_stride()),
    "GlobalPool": Experiment(global_pool, global_pool_back, whole_map(), still=always),
    "ChannelPool": Experiment(channel_pool, channel_pool_back, by_one()),
    "AdaptivePool": Experiment(adaptive_pool, adaptive_pool_back, _adaptive_line, still=_is_global),
}
