"""What an operator of a model file reads and gives: tensors, constants, attention on its way, and what got lost."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.importers.axes import Layout, sizes
from cnncalc.symbols import product

MOST_VALUES = 4096
"""A constant with more numbers than this is a weight: its numbers are not looked at."""


class UnsupportedError(Exception):
    """An operator, or a way to use it, that no layer kind describes; a message says what it is called instead."""


class Tensor(NamedTuple):
    """What a node gives, as the framework sees it; ``name`` is that of the latest view of it."""

    node: int
    layout: Layout
    name: str = ""

    @property
    def sizes(self) -> tuple[int, ...]:
        return sizes(self.layout)


class Constant(NamedTuple):
    """Numbers that no input changes: a stored weight (``weight`` is its name), or a few known ``values`` in a row.

    ``learnt`` tells parameters from buffers, where the file does.
    """

    sizes: tuple[int, ...] = ()
    values: tuple[int | float, ...] | None = None
    weight: str = ""
    learnt: bool = False

    @property
    def number(self) -> int:
        return product(self.sizes)


class Scores(NamedTuple):
    """Queries times keys, on the way to be weights of values; ``weighed`` once they went through a softmax."""

    query: Tensor
    key: Tensor
    weighed: bool = False


class Lost:
    """What an operator gives that is not known, where unknown operators are an error: its readers are not translated."""


LOST = Lost()

Value = Tensor | Constant | Scores | Lost | int | float
"""What one operator gives and another reads; numbers are sizes that a graph computes with."""
Result = Value | tuple[Value | None, ...]
"""What an operator gives: one value, or several in a plain tuple."""
