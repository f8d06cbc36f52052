"""What an operator of a model file reads and gives: tensors, constants, attention on its way, and what got lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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


class Root(NamedTuple):
    """A stored tensor that a constant is made of, or ``macs`` products that were done to make it."""

    weight: str
    number: int = 0
    learnt: bool = False
    frozen: bool = False
    macs: int = 0


class Constant(NamedTuple):
    """Numbers that no input changes: a stored weight (``weight`` is its name), or a few known ``values`` in a row.

    ``learnt`` tells parameters from buffers, where the file does, and ``frozen`` those that are not to be learnt now.
    What is computed from stored tensors is ``made_of`` them.
    """

    sizes: tuple[int, ...] = ()
    values: tuple[int | float, ...] | None = None
    weight: str = ""
    learnt: bool = False
    frozen: bool = False
    made_of: tuple[Root, ...] = ()
    data: Callable[[], Any] | None = None
    """All its numbers as an array, where they are fixed and known."""

    @property
    def roots(self) -> tuple[Root, ...]:
        """The stored tensors that it is, or is made of."""
        own = (Root(self.weight, self.number, self.learnt, self.frozen),) if self.weight else ()
        return self.made_of or own

    @property
    def number(self) -> int:
        return product(self.sizes)


class Scores(NamedTuple):
    """Queries times keys, on the way to be weights of values; ``weighed`` once they went through a softmax."""

    query: Tensor
    key: Tensor
    weighed: bool = False
    beside: tuple[Constant, ...] = ()
    """What is learnt and added to them, or multiplied with them."""
    mask: Constant | None = None
    turned: bool = False
    """Whether keys stand before queries."""

    @property
    def sizes(self) -> tuple[int, ...]:
        (*outer, queries, _inner), keys = self.query.sizes, self.key.sizes[-2]
        return (*outer, keys, queries) if self.turned else (*outer, queries, keys)


class Slide(NamedTuple):
    """How windows slide along one axis, with as much padding at both ends."""

    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def positions(self, size: int) -> int:
        return (size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1) // self.stride + 1


class Windows(NamedTuple):
    """Windows that were cut out of a map and are not summed yet; times weights, the ``factor``, once they met some.

    Beside batch, channels and positions its layout has the steps in a window, ``"k0"`` for those along the first axis,
    and the filters, ``"f0"`` for those of the first axis that only the weights have. The weights have an axis for each
    of the roles that are ``held``.
    """

    node: int
    layout: Layout
    name: str = ""
    slides: tuple[Slide, ...] = ()
    factor: Constant | None = None
    filters: tuple[int, ...] = ()
    held: frozenset[str] = frozenset()

    @property
    def sizes(self) -> tuple[int, ...]:
        return sizes(self.layout)


class Lost:
    """What an operator gives that is not known, where unknown operators are an error: its readers are not translated."""


LOST = Lost()

Pending = Scores | Windows
"""What becomes a layer with what reads it."""
Value = Tensor | Constant | Pending | Lost | int | float
"""What one operator gives and another reads; numbers are sizes that a graph computes with."""
Result = Value | tuple[Value | None, ...]
"""What an operator gives: one value, or several in a plain tuple."""
