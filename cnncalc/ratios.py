"""Ratio: the exact quotient of two counts, for a factor that must not hide a remainder."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple


class Ratio(NamedTuple):
    """``over``/``under`` in lowest terms (`fractions.Fraction` would do, and cost a start-up its import of decimal).

    >>> str(ratio(14, 6)), ratio(14, 6).value, str(ratio(88316928, 1792))
    ('7/3', 2.3333333333333335, '49284')
    """

    over: int
    under: int

    @property
    def value(self) -> int | float:
        """The quotient: an `int` where there is no remainder."""
        return self.over if self.under == 1 else self.over / self.under

    def __str__(self) -> str:
        return str(self.over) if self.under == 1 else f"{self.over}/{self.under}"

    def exact(self) -> str:
        """The same for people: ``150,529/28``."""
        return f"{self.over:,}" if self.under == 1 else f"{self.over:,}/{self.under:,}"

    def short(self) -> str:
        """Rounded to a whole number from 1,000 on, to four digits below.

        >>> ratio(150529, 28).short(), ratio(16, 9).short(), ratio(5, 2).short(), ratio(3, 1).short()
        ('5,376', '1.778', '2.5', '3')
        """
        if self.over < 1000 * self.under and self.under > 1:
            return f"{self.over / self.under:.4g}"
        return f"{(2 * self.over + self.under) // (2 * self.under):,}"


def ratio(over: int, under: int) -> Ratio:
    """``over`` by ``under``, which is not 0, in lowest terms."""
    common = gcd(over, under)
    return Ratio(int(over) // common, int(under) // common)


def per(number: int, count: int) -> int | float:
    """``number``/``count``, a whole number where it is one.

    >>> per(8, 4), per(1, 2)
    (2, 0.5)
    """
    return number // count if number % count == 0 else number / count
