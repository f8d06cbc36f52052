"""The grid of all configurations: which values the one of an index has, and in which blocks it is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from cnncalc.shapes import LARGEST


class Block(NamedTuple):
    """Configurations that follow each other from ``start`` on: of every variable, the places of its values."""

    start: int
    places: tuple[range, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(map(len, self.places))


@dataclass(frozen=True)
class Grid:
    """Variables and their values; the last variable runs fastest.

    >>> grid = Grid({"K": (3, 5), "C": (16, 32, 64)})
    >>> grid.size, grid.at(4)
    (6, {'K': 5, 'C': 32})
    """

    variables: Mapping[str, tuple[int, ...]]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(map(len, self.variables.values()))

    @property
    def size(self) -> int:
        return prod(self.sizes)

    @property
    def is_countable(self) -> bool:
        """Whether every configuration has an index that a column can hold."""
        return self.size <= LARGEST

    def at(self, index: int) -> dict[str, int]:
        """The values of one configuration, which nothing but its index decides."""
        values = {}
        for name, numbers in reversed([*self.variables.items()]):
            index, place = divmod(index, len(numbers))
            values[name] = numbers[place]
        return {name: values[name] for name in self.variables}

    def blocks(self, start: int, stop: int, most: int) -> Iterator[Block]:
        """The configurations from ``start`` to before ``stop``, in blocks of at most so many.

        >>> [block.sizes for block in Grid({"K": (1, 2, 3), "C": (4, 5, 6)}).blocks(1, 9, 6)]
        [(1, 2), (2, 3)]
        """
        while start < stop:
            axis, below = self._slice(start, min(stop - start, most))
            sizes = self.sizes
            if axis < 0:
                yield Block(start, tuple(range(size) for size in sizes))
                return
            first = start // below % sizes[axis]
            count = min(sizes[axis] - first, (stop - start) // below, max(most // below, 1))
            before, rest = [], start // (below * sizes[axis])
            for size in reversed(sizes[:axis]):
                rest, place = divmod(rest, size)
                before.append(range(place, place + 1))
            yield Block(start, (*reversed(before), range(first, first + count), *map(range, sizes[axis + 1 :])))
            start += count * below

    def _slice(self, start: int, most: int) -> tuple[int, int]:
        """The first variable that a block may run over, and how many configurations each of its values has."""
        below = 1
        for axis in range(len(self.sizes) - 1, -1, -1):
            size = self.sizes[axis]
            if start % (below * size) or below * size > most:
                return axis, below
            below *= size
        return -1, below
