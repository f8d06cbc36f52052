"""Bounds: where a number can lie, by the same formulas; so it is known before anything is computed what fits 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from operator import add, floordiv, mul, sub
from typing import Any


class Bounds:
    """A whole number from ``low`` to ``high``, on the way to which none was further from 0 than ``peak``.

    >>> size = Bounds(5, 224)
    >>> (size + 2 - 3) // Bounds(1, 2) + 1
    Bounds(3, 224)
    >>> (size * size * 10**18).peak
    50176000000000000000000
    """

    __slots__ = ("high", "low", "peak")

    def __init__(self, low: int, high: int, peak: int = 0) -> None:
        self.low, self.high = low, high
        self.peak = max(peak, abs(low), abs(high))

    def __repr__(self) -> str:
        return f"Bounds({self.low}, {self.high})"

    def __add__(self, other: Any) -> Bounds:
        return _corners(add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Bounds:
        return _corners(sub, self, other)

    def __rsub__(self, other: Any) -> Bounds:
        return _corners(sub, other, self)

    def __mul__(self, other: Any) -> Bounds:
        return _corners(mul, self, other)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Bounds:
        return _corners(floordiv, self, _positive(other))

    def __rfloordiv__(self, other: Any) -> Bounds:
        return _corners(floordiv, other, _positive(self))

    def __mod__(self, other: Any) -> Bounds:
        divisor = _positive(other)
        return Bounds(0, divisor.high - 1, max(self.peak, divisor.peak))

    def __rmod__(self, other: Any) -> Bounds:
        return _bounds(other) % self

    def __neg__(self) -> Bounds:
        return Bounds(-self.high, -self.low, self.peak)

    def __eq__(self, other: object) -> Bounds:  # type: ignore[override]
        right = _bounds(other)
        never = self.high < right.low or right.high < self.low
        return _truth(self, right, never, self.low == self.high == right.low == right.high)

    def __ne__(self, other: object) -> Bounds:  # type: ignore[override]
        return _denied(_bounds(self.__eq__(other)))

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Bounds:
        right = _bounds(other)
        return _truth(self, right, self.low >= right.high, self.high < right.low)

    def __gt__(self, other: Any) -> Bounds:
        right = _bounds(other)
        return _truth(self, right, self.high <= right.low, self.low > right.high)

    def __le__(self, other: Any) -> Bounds:
        return _denied(self.__gt__(other))

    def __ge__(self, other: Any) -> Bounds:
        return _denied(self.__lt__(other))

    def __and__(self, other: Any) -> Bounds:
        return _corners(mul, self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Bounds:
        return _denied(_denied(self) * _denied(_bounds(other)))

    __ror__ = __or__

    def all(self) -> bool:
        """Of a truth: whether it always holds."""
        return self.low >= 1

    def any(self) -> bool:
        """Of a truth: whether it may hold."""
        return self.high >= 1


def either(truth: Bounds, then: Any, otherwise: Any) -> Bounds:
    """One of two numbers, whichever the truth says.

    >>> either(Bounds(0, 1), Bounds(3, 5), 1)
    Bounds(1, 5)
    """
    one, other = _bounds(then), _bounds(otherwise)
    return Bounds(min(one.low, other.low), max(one.high, other.high), max(truth.peak, one.peak, other.peak))


def _bounds(number: Any) -> Bounds:
    return number if isinstance(number, Bounds) else Bounds(int(number), int(number))


def _positive(number: Any) -> Bounds:
    """A divisor, which is 1 at least wherever an answer counts."""
    bounds = _bounds(number)
    return Bounds(max(bounds.low, 1), max(bounds.high, 1), bounds.peak)


def _corners(operation: Callable[[int, int], int], one: Any, other: Any) -> Bounds:
    left, right = _bounds(one), _bounds(other)
    results = [operation(*ends) for ends in product((left.low, left.high), (right.low, right.high))]
    return Bounds(min(results), max(results), max(left.peak, right.peak))


def _denied(truth: Bounds) -> Bounds:
    return Bounds(1 - truth.high, 1 - truth.low, truth.peak)


def _truth(left: Bounds, right: Bounds, never: bool, always: bool) -> Bounds:
    return Bounds(int(always), int(not never), max(left.peak, right.peak))
