"""Normalisation: by running statistics, or by those of the numbers that arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.verify.kinds.base import Experiment, by_one, whole_map, whole_map_if
from cnncalc.verify.ledger import Array, Ledger

if TYPE_CHECKING:
    from cnncalc.layers.groupnorm import GroupNorm
    from cnncalc.layers.instancenorm import InstanceNorm
    from cnncalc.layers.layernorm import LayerNorm
    from cnncalc.layers.lrn import LocalResponseNorm

TINY = 1e-5
"""What is added to a variance before its root is taken (PyTorch's default)."""


def _normalise(x: Array, axes: tuple[int, ...]) -> Array:
    centred = x - x.mean(axis=axes, keepdims=True)
    normal: Array = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + TINY)
    return normal


def _affine(layer: Any, ledger: Ledger, x: Array, shape: tuple[int, ...]) -> Array:
    """The learnt scale and shift, of ``shape`` (channels, or channels and space)."""
    spread = (*shape, *(1,) * (x.ndim - len(shape)))
    if layer.scale:
        x = x * ledger.array("scale", shape).reshape(spread)
    if layer.shift:
        x = x + ledger.array("shift", shape).reshape(spread)
    return x


def _space(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim))


def batch_norm(layer: BatchNorm, ledger: Ledger, x: Array) -> Array:
    """By the running statistics; where none are kept, by those of this map."""
    channels = x.shape[:1]
    if not layer.statistics:
        return _affine(layer, ledger, _normalise(x, _space(x)), channels)
    spread = (-1, *(1,) * (x.ndim - 1))
    mean, variance = (ledger.array(name, channels).reshape(spread) for name in ("mean", "variance"))
    return _affine(layer, ledger, (x - mean) / np.sqrt(variance + TINY), channels)


def instance_norm(layer: InstanceNorm, ledger: Ledger, x: Array) -> Array:
    return _affine(layer, ledger, _normalise(x, _space(x)), x.shape[:1])


def group_norm(layer: GroupNorm, ledger: Ledger, x: Array) -> Array:
    if x.shape[0] % layer.groups:
        raise ShapeError(
            _("{groups} groups do not divide {channels} channels: take another number").format(
                groups=layer.groups, channels=x.shape[0]
            )
        )
    grouped = x.reshape(layer.groups, -1)
    return _affine(layer, ledger, _normalise(grouped, (1,)).reshape(x.shape), x.shape[:1])


def layer_norm(layer: LayerNorm, ledger: Ledger, x: Array) -> Array:
    over = x.shape if layer.space else x.shape[:1]
    return _affine(layer, ledger, _normalise(x, tuple(range(len(over)))), over)


def local_response_norm(layer: LocalResponseNorm, ledger: Ledger, x: Array) -> Array:
    """x / (1 + 0.0001·mean of squares over neighbouring channels)^0.75 (PyTorch's defaults)."""
    before = layer.channels // 2
    total = ledger.zeros(x.shape, x.dtype)
    for offset in range(-before, layer.channels - before):
        low, high = max(-offset, 0), min(x.shape[0] - offset, x.shape[0])
        if high > low:
            total[low:high] += x[low + offset : high + offset] ** 2
    normal: Array = x / (1 + 1e-4 / layer.channels * total) ** 0.75
    return normal


def everywhere(layer: Any, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back where every number of the map has its part in every other."""
    return np.full(shape, gradient.sum(), gradient.dtype)


def over_channels(layer: Any, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back where the numbers of one position have their part in each other."""
    return np.broadcast_to(gradient.sum(axis=0, keepdims=True), shape).copy()


def over_space(layer: Any, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """The way back where the numbers of one channel have their part in each other."""
    return np.broadcast_to(gradient.sum(axis=tuple(range(1, len(shape))), keepdims=True), shape).copy()


def batch_norm_back(layer: BatchNorm, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return gradient if layer.statistics else over_space(layer, ledger, gradient, shape)


def layer_norm_back(layer: LayerNorm, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return (everywhere if layer.space else over_channels)(layer, ledger, gradient, shape)


GIVEN = BatchNorm()
"""A norm whose mean and variance are given."""

EXPERIMENTS = {
    "BatchNorm": Experiment(batch_norm, batch_norm_back, whole_map_if(lambda layer: not layer.statistics), given=GIVEN),
    "LayerNorm": Experiment(layer_norm, layer_norm_back, whole_map_if(lambda layer: layer.space), given=GIVEN),
    "GroupNorm": Experiment(group_norm, everywhere, whole_map(groups=1), given=GIVEN),
    "InstanceNorm": Experiment(instance_norm, over_space, whole_map(), given=GIVEN),
    "LocalResponseNorm": Experiment(local_response_norm, over_channels, by_one()),
}
