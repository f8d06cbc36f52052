"""Arithmetic on the few numbers with which a graph computes sizes: small arrays, exact where numbers are whole.

NumPy would take longer to import than all of this takes, and is not everywhere: a browser has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from math import ceil, copysign, floor, inf, isfinite, nan, prod, sqrt
from typing import NamedTuple

from cnncalc.importers.values import MOST_VALUES, UnsupportedError
from cnncalc.layers.base import Sizes

Number = int | float


class Array(NamedTuple):
    """Numbers in a row, the last axis fastest, and the sizes of the axes."""

    sizes: Sizes
    values: tuple[Number, ...]


def array(sizes: Sizes, values: Iterable[Number]) -> Array:
    """An array; `ValueError` where the numbers don't fill the sizes, `UnsupportedError` where they are too many."""
    made = Array(sizes, tuple(values))
    if any(size < 0 for size in sizes) or prod(sizes) != len(made.values):
        raise ValueError(sizes)
    return made


def bounded(sizes: Iterable[Number]) -> Sizes:
    """Sizes that may be allocated."""
    checked = tuple(int(size) for size in sizes)
    if prod(checked) > MOST_VALUES or any(size < 0 for size in checked):
        raise UnsupportedError
    return checked


def places(sizes: Sizes) -> list[Sequence[int]]:
    """Where the steps of each axis stand.

    >>> [list(steps) for steps in places((2, 3))]
    [[0, 3], [0, 1, 2]]
    """
    steps = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    return [range(0, size * step, step) if step else (0,) * size for size, step in zip(sizes, steps, strict=True)]


def picked(values: Sequence[Number], axes: Iterable[Sequence[int]]) -> tuple[Number, ...]:
    """The numbers at every combination of steps."""
    return tuple(values[sum(steps)] for steps in product(*axes))


def spread(one: Array, sizes: Sizes) -> Array:
    """An array repeated along its axes of size 1, and along new ones before it, as far as ``sizes`` say."""
    own: list[Sequence[int]] = [(0,)] * (len(sizes) - len(one.sizes)) + places(one.sizes)
    if len(own) != len(sizes) or any(len(steps) not in (1, size) for steps, size in zip(own, sizes, strict=True)):
        raise ValueError(sizes)
    repeated = [steps if len(steps) == size else (steps[0],) * size for steps, size in zip(own, sizes, strict=True)]
    return Array(sizes, picked(one.values, repeated))


def common(sizes: Iterable[Sizes]) -> Sizes:
    """The sizes that arrays have in common once they are spread."""
    all = tuple(sizes)
    rank = max(map(len, all), default=0)
    columns = zip(*((1,) * (rank - len(one)) + one for one in all), strict=True)
    return bounded(next((size for size in column if size != 1), 1) for column in columns)


def each(function: Callable[..., Number]) -> Callable[..., Array]:
    """A function of numbers as one of arrays, spread to the same sizes."""

    def applied(*arrays: Array) -> Array:
        sizes = common(one.sizes for one in arrays)
        return Array(sizes, tuple(map(function, *(spread(one, sizes).values for one in arrays))))

    return applied


def moved(one: Array, order: Sizes) -> Array:
    """The axes in another order."""
    if sorted(axis % max(len(one.sizes), 1) for axis in order) != list(range(len(one.sizes))):
        raise ValueError(order)
    own = places(one.sizes)
    return Array(tuple(one.sizes[axis] for axis in order), picked(one.values, (own[axis] for axis in order)))


def cut(one: Array, cuts: Iterable[tuple[int, slice]]) -> Array:
    """Part of each axis that is named."""
    own = places(one.sizes)
    for axis, part in cuts:
        own[axis] = own[axis][part]
    return Array(tuple(map(len, own)), picked(one.values, own))


def taken(one: Array, indices: Array, axis: int) -> Array:
    """The slices of an axis that indices name, with the axes of the indices in its place."""
    own = places(one.sizes)
    axis = range(len(own))[axis]
    chosen = [own[axis][int(index)] for index in indices.values]
    sizes = bounded((*one.sizes[:axis], *indices.sizes, *one.sizes[axis + 1 :]))
    return Array(sizes, picked(one.values, (*own[:axis], chosen, *own[axis + 1 :])))


def joined(arrays: Sequence[Array], axis: int) -> Array:
    """Arrays one behind the other along an axis."""
    first = arrays[0].sizes
    axis = range(len(first))[axis]
    if any(one.sizes[:axis] + one.sizes[axis + 1 :] != first[:axis] + first[axis + 1 :] for one in arrays):
        raise ValueError(axis)
    sizes = bounded((*first[:axis], sum(one.sizes[axis] for one in arrays), *first[axis + 1 :]))
    lengths = [prod(one.sizes[axis:]) for one in arrays]
    rows = (
        one.values[row * length : (row + 1) * length]
        for row in range(prod(first[:axis]))
        for one, length in zip(arrays, lengths, strict=True)
    )
    return Array(sizes, tuple(number for row in rows for number in row))


def reduced(one: Array, axes: Iterable[int], fold: Callable[[Iterable[Number]], Number], keep: bool) -> Array:
    """One number for all along some axes."""
    gone = {range(len(one.sizes))[axis] for axis in axes}
    own = places(one.sizes)
    outer = [steps if axis not in gone else (0,) for axis, steps in enumerate(own)]
    inner = [steps for axis, steps in enumerate(own) if axis in gone]
    sizes = tuple(1 if axis in gone else size for axis, size in enumerate(one.sizes) if keep or axis not in gone)
    return Array(sizes, tuple(fold(_at(one, inner, sum(steps))) for steps in product(*outer)))


def _at(one: Array, axes: list[Sequence[int]], first: int) -> Iterator[Number]:
    return (one.values[first + sum(steps)] for steps in product(*axes))


# Functions of numbers that Python refuses or rounds otherwise.


def quotient(left: Number, right: Number) -> Number:
    """Whole numbers give a whole one, rounded towards zero; others have infinities."""
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    if right == 0:
        return nan if left == 0 or left != left else copysign(inf, left) * copysign(1, right)
    return left / right


def root(number: Number) -> float:
    return sqrt(number) if number >= 0 else nan


def whole(function: Callable[[float], int]) -> Callable[[Number], float]:
    """A way to round, which leaves infinities as they are."""
    return lambda number: float(function(number)) if isfinite(number) else number


DOWN, UP, NEAREST = whole(floor), whole(ceil), whole(round)


def steps(start: Array, limit: Array, step: Array) -> Array:
    """Numbers from a start to before a limit."""
    [first], [last], [by] = start.values, limit.values, step.values
    length = bounded([ceil(max((last - first) / by, 0))])
    return Array(length, tuple(first + by * place for place in range(*length)))
