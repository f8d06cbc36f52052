"""The identities that tie the layers together, as numbers: masked, tied, Toeplitz, and the gradient of what is shared.

A locally connected layer is a fully connected one with a mask; a convolution is a locally connected layer with tied
weights, which makes its matrix Toeplitz (Goodfellow, Bengio, Courville 2016, §9.1); and the gradient of a shared weight
is the sum of the gradients of its copies. Everything is float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from cnncalc.verify.axes import Axis, Padding, slide
from cnncalc.verify.ledger import Array, Ledger
from cnncalc.verify.windows import convolve, convolve_unshared, gather, places, whole

TOLERANCE = 1e-12
"""The largest relative difference that rounding may make."""


class Window(NamedTuple):
    """A window in one to three axes, of one number per axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]

    def axes(self, space: Sequence[int]) -> list[Axis]:
        """The windows on a map of ``space``; `ShapeError` where none fits."""
        sized = zip(space, self.kernel, self.stride, self.dilation, strict=True)
        return [slide(*numbers[:4], self.padding, axis) for axis, numbers in enumerate(sized)]


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity: ``difference`` is the largest relative one between its two sides; it should hold, or should not.

    ``count`` and ``total`` are the entries of a matrix that are not zero, and all, where that is what it is about.
    """

    name: str
    difference: float
    should_hold: bool = True
    count: int | None = None
    total: int | None = None

    @property
    def holds(self) -> bool:
        return self.difference <= TOLERANCE

    @property
    def agrees(self) -> bool:
        return self.holds == self.should_hold


def identities(shape: tuple[int, ...], filters: int, window: Window, seed: int = 0) -> tuple[Identity, ...]:
    """All identities for a window on a map of ``shape``, channels first.

    >>> window = Window((3, 3), (1, 1), ((0, 0),), (1, 1))
    >>> masked = identities((1, 5, 5), 1, window)[0]
    >>> masked.holds, masked.count, masked.total
    (True, 81, 225)
    """
    random = np.random.default_rng(seed)
    x = random.standard_normal(shape)
    axes = window.axes(shape[1:])
    filter_shape = (filters, shape[0], *window.kernel)
    shared = random.standard_normal(filter_shape)
    unshared = random.standard_normal((*places(axes), *filter_shape))
    gradient = random.standard_normal((filters, *places(axes)))
    return (
        masked_dense(x, unshared, axes),
        tied_local(x, shared, axes),
        tied_matrix(x, shared, axes),
        *(toeplitz(shape, shared, window, stride) for stride in (1, 2)),
        summed_gradients(x, shared, gradient, axes),
    )


def masked_dense(x: Array, weight: Array, axes: Sequence[Axis]) -> Identity:
    """A locally connected layer is a fully connected one whose weights outside the windows are 0."""
    made = local(x, weight, axes)
    matrix = matrix_of(weight, axes, x.shape)
    read = matrix_of(np.ones_like(weight), axes, x.shape)
    difference = _apart(made.ravel(), matrix @ x.ravel())
    return Identity("masked_dense", difference, count=int(np.count_nonzero(read)), total=read.size)


def tied_local(x: Array, weight: Array, axes: Sequence[Axis]) -> Identity:
    """A convolution is a locally connected layer whose positions all have the same weights."""
    return Identity("tied_local", _apart(convolve(x, weight, axes, 1, _ledger()), local(x, tied(weight, axes), axes)))


def tied_matrix(x: Array, weight: Array, axes: Sequence[Axis]) -> Identity:
    """A convolution is a product with a matrix that holds its few weights many times."""
    matrix = matrix_of(tied(weight, axes), axes, x.shape)
    difference = _apart(convolve(x, weight, axes, 1, _ledger()).ravel(), matrix @ x.ravel())
    return Identity("tied_matrix", difference, count=int(np.unique(matrix[matrix != 0]).size), total=matrix.size)


def toeplitz(shape: tuple[int, ...], weight: Array, window: Window, stride: int) -> Identity:
    """At stride 1 every diagonal of the matrix, and of its blocks, is constant; at a larger stride it is not."""
    own = window._replace(stride=(stride,) * len(window.kernel))
    # two positions at least on each axis, or there is no diagonal to look at
    spans = (dilation * (kernel - 1) + 1 for kernel, dilation in zip(window.kernel, window.dilation, strict=True))
    space = tuple(max(size, span + stride) for size, span in zip(shape[1:], spans, strict=True))
    axes = own.axes(space)
    matrix = matrix_of(tied(weight, axes), axes, (shape[0], *space))
    spread = matrix.reshape(weight.shape[0], *places(axes), shape[0], *space)
    rank = len(space)
    difference = max(along_diagonal(spread, 1 + axis, 2 + rank + axis) for axis in range(rank))
    return Identity(f"toeplitz_stride_{stride}", difference, should_hold=stride == 1)


def along_diagonal(spread: Array, row: int, column: int) -> float:
    """How much entries differ from their neighbours down the diagonal of two axes, relative to the largest entry.

    >>> along_diagonal(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]]), 0, 1)
    0.0
    >>> along_diagonal(np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]]), 0, 1)
    1.0
    """
    moved = np.moveaxis(spread, (row, column), (0, 1))
    return _apart(moved[:-1, :-1], moved[1:, 1:])


def summed_gradients(x: Array, weight: Array, gradient: Array, axes: Sequence[Axis]) -> Identity:
    """The gradient of a shared weight is the sum, over all positions, of the gradients of its unshared copies.

    The shared one is found without them: a convolution is linear in its weights, so the derivative with respect to
    one of them is what a filter of a single 1 gives.
    """
    windows = gather(x, axes, whole(places(axes))).reshape(*weight.shape[1:], -1)
    copies = np.einsum("os,...s->so...", gradient.reshape(weight.shape[0], -1), windows)
    shared = np.zeros_like(weight)
    for place in product(*map(range, weight.shape)):
        single = np.zeros_like(weight)
        single[place] = 1
        shared[place] = np.vdot(gradient, convolve(x, single, axes, 1, _ledger()))
    return Identity("summed_gradients", _apart(shared, copies.sum(axis=0)))


def local(x: Array, weight: Array, axes: Sequence[Axis]) -> Array:
    """A locally connected layer with weights ``(*positions, C_out, C_in, *kernel)``."""
    filters = weight.shape[len(axes)]
    return convolve_unshared(x, filters, axes, Ledger(dtype=x.dtype, given={"weight": weight}))


def tied(weight: Array, axes: Sequence[Axis]) -> Array:
    """The same filters at every position."""
    return np.broadcast_to(weight, (*places(axes), *weight.shape))


def matrix_of(weight: Array, axes: Sequence[Axis], shape: tuple[int, ...]) -> Array:
    """The matrix ``(outputs, inputs)`` of a locally connected layer: zero outside the windows.

    >>> axes = [slide(4, 2, 1, 1, ((0, 0),))]
    >>> matrix_of(tied(np.array([[[5.0, 7.0]]]), axes), axes, (1, 4))
    array([[5., 7., 0., 0.],
           [0., 5., 7., 0.],
           [0., 0., 5., 7.]])
    """
    # every input's own number, gathered as the layer gathers inputs, tells which column a weight belongs to
    numbers = np.arange(1, prod(shape) + 1).reshape(shape)
    columns = gather(numbers, axes, whole(places(axes))).reshape(-1, prod(places(axes)))
    filters, positions = weight.shape[len(axes)], columns.shape[1]
    matrix = np.zeros((filters, positions, prod(shape) + 1))
    for filter, values in enumerate(weight.reshape(positions, filters, -1).swapaxes(0, 1)):
        matrix[filter, np.arange(positions)[None], columns] = values.T
    return matrix[:, :, 1:].reshape(filters * positions, -1)


def _ledger() -> Ledger:
    return Ledger(dtype=np.float64)


def _apart(one: Array, other: Array) -> float:
    """The largest difference, relative to the largest number."""
    if not one.size:
        return 0.0
    return float(np.abs(one - other).max() / max(np.abs(one).max(), np.abs(other).max(), np.finfo(float).tiny))
