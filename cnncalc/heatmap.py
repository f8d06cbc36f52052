"""HeatMap: numbers on a grid that a renderer shows as colours, or as signed numbers where there are none."""

from __future__ import annotations

from typing import NamedTuple


class HeatMap(NamedTuple):
    """A grid of numbers: below 0, 0 and above look different. `None` is a place where there is nothing.

    ``marked`` are cells to look at, by (row, column).
    """

    values: tuple[tuple[float | None, ...], ...]
    title: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()

    @property
    def largest(self) -> float:
        """The largest absolute value.

        >>> HeatMap(((1, -3), (None, 2))).largest
        3
        """
        return max((abs(value) for row in self.values for value in row if value is not None), default=0)
