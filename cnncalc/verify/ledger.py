"""Ledger: what an experiment draws its weights from, and where it writes down what it allocated and multiplied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncalc.errors import LimitError, ShapeError
from cnncalc.language import _

Array = NDArray[Any]
"""A `numpy.ndarray` of real numbers, channels first."""

BIASES = ("bias", "shift")
BUFFERS = ("mean", "variance")
"""The last word of an array's name tells its part; all others are weights."""

BLOCK = 16 * 2**20
"""Bytes of one block of windows: smaller ones stay in a cache, but cost more of the matrix product's threads' waiting."""

PIECE = 4 * 2**20
"""Bytes of weights, or of attention's scores, that are drawn and used at once."""


@dataclass(slots=True)
class Ledger:
    """Gives arrays by name, random ones or the ones ``given``, and counts: numbers allocated, products formed.

    ``limit`` bounds the bytes of any one array, before it is allocated; ``tick`` is told the products formed so far.

    >>> ledger = Ledger(seed=(1, 0))
    >>> ledger.array("weight", (64, 3, 3, 3), 27).shape, ledger.weights
    ((64, 3, 3, 3), 1728)

    Raises `LimitError` for an array larger than the limit, `ShapeError` for a given one of another shape.
    """

    seed: tuple[int, ...] = (0,)
    dtype: DTypeLike = np.float32
    given: Mapping[str, Array] | None = None
    positive: bool = False
    limit: int = 2**40
    tick: Callable[[int], None] | None = None
    weights: int = 0
    biases: int = 0
    buffers: int = 0
    products: int = 0
    _random: np.random.Generator | None = field(default=None, repr=False)

    def array(self, name: str, shape: tuple[int, ...], fan_in: int = 1) -> Array:
        """One array, whole."""
        self._record(name, prod(shape))
        if self.given is not None:
            return self._own(name, shape)
        return self._draw(name, shape, fan_in)

    def grid(self, name: str, places: tuple[int, ...], shape: tuple[int, ...], fan_in: int = 1) -> Array:
        """One array for each place of a grid, drawn by its place: the same in a grid that ends before others.

        >>> bool((Ledger().grid("weight", (2, 3), (4,))[:1, :2] == Ledger().grid("weight", (1, 2), (4,))).all())
        True
        """
        whole = (*places, *shape)
        self._record(name, prod(whole))
        if self.given is not None:
            return self._own(name, whole)
        drawn = self.empty(whole)
        for place in np.ndindex(*places):
            random = np.random.default_rng((*self.seed, *name.encode(), *place))
            drawn[place] = self._draw(name, shape, fan_in, random)
        return drawn

    def pieces(
        self, name: str, shape: tuple[int, ...], blocks: Iterator[tuple[slice, ...]], fan_in: int
    ) -> Iterator[Array]:
        """The same array piece by piece: ``blocks`` cut its leading axes; no two pieces are held at once."""
        whole = self._own(name, shape) if self.given is not None else None
        for block in blocks:
            sizes = tuple(cut.stop - cut.start for cut in block) + shape[len(block) :]
            piece = self._draw(name, sizes, fan_in) if whole is None else whole[block]
            self._record(name, piece.size)
            yield piece

    def matmul(self, left: Array, right: Array, out: Array | None = None) -> Array:
        """``left @ right``, its products counted from what is multiplied: each number is a sum over a row of ``left``."""
        product: Array = np.matmul(left, right, out=out)
        self.multiplied(product.size * left.shape[-1])
        return product

    def multiplied(self, products: int) -> None:
        """Write down products that were formed."""
        self.products += products
        if self.tick is not None:
            self.tick(self.products)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Array:
        """Room for a result."""
        self._check(shape)
        return np.empty(shape, dtype or self.dtype)

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Array:
        """Room for a result that is added up."""
        self._check(shape)
        return np.zeros(shape, dtype or self.dtype)

    def _record(self, name: str, count: int) -> None:
        part = name.rpartition("_")[2]
        if part in BIASES:
            self.biases += count
        elif part in BUFFERS:
            self.buffers += count
        else:
            self.weights += count

    def _own(self, name: str, shape: tuple[int, ...]) -> Array:
        found = (self.given or {}).get(name)
        if found is None:
            raise ShapeError(_("there is no array {name} among the given weights").format(name=name))
        if prod(found.shape) != prod(shape):
            raise ShapeError(
                _("{name} has the shape {given}, but {wanted} is needed").format(
                    name=name, given=_times(found.shape), wanted=_times(shape)
                )
            )
        return found.reshape(shape)

    def _draw(self, name: str, shape: tuple[int, ...], fan_in: int, random: np.random.Generator | None = None) -> Array:
        self._check(shape)
        if random is None:
            random = self._random = self._random or np.random.default_rng(self.seed)
        kind = np.float64 if np.dtype(self.dtype) == np.float64 else np.float32
        drawn: Array = random.random(shape, dtype=kind)
        if name.endswith("variance") or self.positive:
            drawn += 0.5
            return drawn
        drawn -= 0.5
        drawn *= sqrt(12 / max(fan_in, 1))
        return drawn

    def _check(self, shape: tuple[int, ...]) -> None:
        size = prod(shape) * np.dtype(self.dtype).itemsize
        if size > self.limit:
            raise LimitError(
                _(
                    "an array of {shape} numbers needs {size} bytes, more than the {limit} allowed: allow more memory"
                ).format(shape=_times(shape), size=f"{size:,}", limit=f"{self.limit:,}")
            )


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(f"{size}" for size in shape)
