"""Which sizes a tile may have: the network has to take it, and to lay its windows in it as in the whole."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY
from cnncalc.network import INPUT, Node
from cnncalc.tiling.lattice import resized

MOST_SIZES = 512
"""Where tiles begin at multiples of more inputs than this, sizes are not tried one by one."""

Lengths = tuple[int | None, ...]
"""How long a map is on an axis for each of some sizes of the input; `None` where the network refuses that."""


class Sizes(NamedTuple):
    """Sizes that leave ``rest`` when divided by ``mod``: 1 and 0 are all sizes."""

    mod: int
    rest: int

    def at_least(self, size: int) -> int:
        """The smallest such size from ``size`` on.

        >>> Sizes(16, 12).at_least(100), Sizes(1, 0).at_least(100)
        (108, 100)
        """
        return size + (self.rest - size) % self.mod

    def at_most(self, size: int) -> int:
        """The largest such size up to ``size``.

        >>> Sizes(16, 12).at_most(100)
        92
        """
        return size - (size - self.rest) % self.mod


def lengths(trace: Trace, axis: int, sizes: Lengths, way: tuple[int, ...]) -> dict[int, Lengths]:
    """How long the maps on the way are on an axis, for several sizes of the input at once.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> followed = trace(parse("maxpool2 up2"), Shape((9,), 1))
    >>> lengths(followed, 0, (8, 9), (0, 1))[1]
    (8, 8)
    """
    known: dict[int, Lengths] = {INPUT: sizes}
    asked: dict[tuple[Hashable, ...], Lengths] = {}
    for index in way:
        node = trace.network.nodes[index]
        key = (id(node.layer), axis, *(id(known[source]) for source in node.inputs))
        if key not in asked:
            asked[key] = _longer(trace, index, node, axis, known)
        known[index] = asked[key]
    return known


def _longer(trace: Trace, index: int, node: Node, axis: int, known: dict[int, Lengths]) -> Lengths:
    before = [known[source] for source in node.inputs]
    if axis >= len(trace.shape(index).space):
        return (1,) * len(before[0])
    if len(before) > 1 and all(each is before[0] or each == before[0] for each in before):
        return before[0]  # what is equally long merges
    if len(before) == 1 and trace.reach(index, node.inputs[0], axis) is IDENTITY:  # only faster
        return before[0]
    columns = list(zip(*before, strict=True))
    lengths = {column: _length(trace, node, axis, column) for column in dict.fromkeys(columns)}
    after = tuple(lengths[column] for column in columns)
    return before[0] if after == before[0] else after  # the very same, by which it is found again


def _length(trace: Trace, node: Node, axis: int, sizes: tuple[int | None, ...]) -> int | None:
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    shapes = [trace.shape(source) for source in node.inputs]
    try:
        before = (resized(shape, axis, size) for shape, size in zip(shapes, known, strict=True))
        return node.layer.merged(tuple(before)).space[axis]
    except ShapeError:
        return None


def allowed(trace: Trace, axis: int, way: tuple[int, ...], step: int, base: int) -> Sizes:
    """The sizes in which windows lie as in the input of the trace; ``base`` is a multiple of the step that is large.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> followed = trace(parse("a: conv3/2,p1 up2 conv3,p1"), Shape((9,), 1))
    >>> allowed(followed, 0, (0, 1, 2), 2, 100)
    Sizes(mod=1, rest=0)
    >>> followed = trace(parse("conv3/2,same conv3,p1"), Shape((9,), 1))
    >>> allowed(followed, 0, (0, 1), 2, 100)
    Sizes(mod=2, rest=1)
    """
    size = trace.shape(INPUT).space[axis]
    if step > MOST_SIZES:
        return Sizes(step, size % step)
    known = lengths(trace, axis, tuple(range(base, base + step)), way)
    open_nodes = [index for index in way if trace.network.nodes[index].layer.open]
    keys = [_laid(trace, axis, known, way, open_nodes, number) for number in range(step)]
    rest = size % step
    divisors = (mod for mod in range(1, step + 1) if step % mod == 0)
    alike = (mod for mod in divisors if all(key == keys[rest] is not None for key in keys[rest % mod :: mod]))
    mod = next(alike, step)
    return Sizes(mod, rest % mod)


def _laid(
    trace: Trace, axis: int, known: dict[int, Lengths], way: tuple[int, ...], open_nodes: list[int], number: int
) -> Hashable:
    """How the windows lie that depend on the size; `None` for a size that the network refuses."""
    if any(known[index][number] is None for index in way):
        return None
    nodes = trace.network.nodes
    return tuple(nodes[index].layer.reach(axis, known[nodes[index].inputs[0]][number]) for index in open_nodes)
