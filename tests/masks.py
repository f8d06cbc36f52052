"""A third way to know what a unit reads: walk backwards with a grid of yes and no for every layer.

A set of units is a Boolean array over the map, so that an L or a ring is what it is and nothing needs to be joined.
Which inputs an output is made from is written out in `tests.definitions`; nothing here uses the package's reaches.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cnncalc.layers.base import Layer
from cnncalc.layers.learnt import Learnt
from cnncalc.layers.merge import Merge
from cnncalc.layers.placeholder import Placeholder
from cnncalc.network import INPUT, Network
from tests.definitions import Along, Place, input_map
from tests.every_kind import EVERY_KIND

Mask = np.ndarray


def reads(network: Network, sizes: list[Place], node: int, unit: Place, *, windows: bool = False) -> Mask | None:
    """The inputs that a unit reads; `None` if there is no way to them. ``sizes`` are the maps', the input's first.

    With ``windows`` no way counts that leads through the whole of an axis: a norm is then a window of one place.
    """
    masks: dict[int, Mask] = {node: np.zeros(sizes[node + 1], bool)}
    masks[node][unit] = True
    for index in range(node, INPUT, -1):
        mask = masks.pop(index, None)
        if mask is None or not mask.any():
            continue
        if isinstance(network.nodes[index].layer, Placeholder | Learnt):
            continue  # another input stands here, or what is learnt: nothing of this one is read
        for source in network.nodes[index].inputs:
            before = _back(network.nodes[index].layer, mask, sizes[source + 1], windows=windows)
            if before is not None:
                masks[source] = masks[source] | before if source in masks else before
    return masks.get(INPUT)


def _back(layer: Layer, mask: Mask, size: Place, *, windows: bool) -> Mask | None:
    if not size:
        return np.ones((), bool)
    matrices = _matrices(layer, size, mask.shape, windows=windows)
    if matrices is None or (windows and any(_is_stretched(layer, matrix) for matrix in matrices)):
        return None if windows else np.ones(size, bool)
    for axis, matrix in enumerate(matrices):
        mask = np.moveaxis(np.tensordot(matrix, mask, (0, axis)), 0, axis)
    return mask > 0


def _is_stretched(layer: Layer, matrix: Mask) -> bool:
    """Whether all units of an axis read its single place."""
    outputs, inputs = matrix.shape
    return isinstance(layer, Merge) and outputs > inputs == 1


@lru_cache(maxsize=4096)
def _matrices(layer: Layer, size: Place, outputs: Place, *, windows: bool) -> tuple[Mask, ...] | None:
    """For every axis a matrix with 1 where an output (row) is made from an input (column); `None` for all from all."""
    if len(size) != len(outputs):
        return None
    if isinstance(layer, Merge):  # a single place is stretched over all
        return tuple(
            np.eye(out, dtype=np.float32) if n == out else np.ones((out, 1), np.float32)
            for n, out in zip(size, outputs, strict=True)
        )
    row = EVERY_KIND[type(layer).__name__]
    made = row.sliding or row.reads if windows else row.reads
    if isinstance(made, Along):
        return tuple(_matrix(made.lines(layer, axis, inputs), inputs) for axis, inputs in enumerate(size))
    probe = input_map((2,) * len(size))
    if made is None or made(layer, probe) != probe:
        return None
    return tuple(np.eye(inputs, dtype=np.float32) for inputs in size)


def _matrix(lines: list[list[int]], inputs: int) -> Mask:
    matrix = np.zeros((len(lines), inputs), np.float32)
    for output, line in enumerate(lines):
        matrix[output, [index for index in line if 0 <= index < inputs]] = 1
    return matrix
