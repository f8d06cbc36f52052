"""Sight: how the units of an operator read that no kind describes, as far as its sums alone tell it.

A sum over all places of a map reads the whole of it, whatever becomes of the sum: tokens that are mixed (Tolstikhin et al.
2021), products of channels with channels (El-Nouby et al. 2021), linear attention (Katharopoulos et al. 2020). What works
number by number, or sums over channels only, reads its own place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, Protocol

from cnncalc.fields import WHOLE
from cnncalc.importers.axes import (
    CHANNELS,
    NOT_SPACE,
    STRETCHED,
    Axis,
    Layout,
    Piece,
    channels_last,
    reshape,
    roles,
    standard,
)
from cnncalc.importers.operator import Summed
from cnncalc.importers.values import Tensor
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.unknown import RULES, Unknown
from cnncalc.shapes import Shape


class Graph(Protocol):
    """The nodes so far, as `Assembly` has them; ``everywhere`` is what was found out about the first of them."""

    batch: int
    everywhere: list[bool]

    def shape(self, node: int, /) -> Shape: ...
    def layer(self, node: int, /) -> Layer | None: ...
    def sources(self, node: int, /) -> tuple[int, ...]: ...


def rule_of(net: Graph, read: Sequence[Any], summed: Summed | None, shape: Shape, layout: Layout) -> str:
    """One of `RULES` for an operator that reads these tensors and gives ``shape`` laid out so, or none.

    ``summed`` is `None` where nothing is known of it: then it says something only if nothing that it reads has a place.
    Beside a map whose units all read the whole input, that is what comes in with it, as through a norm's statistics.
    """
    placed = [x for x in read if not everywhere(net, x.node)]
    if not placed:  # of several maps an operator that is not known may put the units side by side
        return "whole" if summed is not None or len({x.node for x in read}) == 1 else ""
    if summed is None or not all(isinstance(x, Tensor) for x in placed):
        return ""
    over = {id(x): axes for x, axes in summed}
    if all(_sums_places(net, x, over.get(id(x), ())) for x in placed):
        return "whole"
    if all(_keeps_places(net, x, over.get(id(x), ()), shape, layout) for x in placed):
        return "pointwise" if len(placed) == len(read) else "statistics"
    return ""


def everywhere(net: Graph, node: int) -> bool:
    """Whether all units of a node read the same, as behind a global pool, and nothing that slides.

    A layer on one such map keeps that, unless it adds places, which may read nothing; one on several may join them.
    """
    known = net.everywhere
    for index in range(len(known), node + 1):
        layer, sources = net.layer(index), net.sources(index)
        reach = RULES.get(layer.sees) if isinstance(layer, Unknown) else layer and layer.reads
        alike = len(sources) == 1 and sources[0] >= 0 and known[sources[0]]
        known.append(reach is WHOLE or (alike and not _adds_places(net.shape(sources[0]), net.shape(index))))
    return node >= 0 and known[node]


def _adds_places(before: Shape, after: Shape) -> bool:
    return after.positions > before.positions and after.numbers != before.numbers


def _sums_places(net: Graph, x: Tensor, axes: tuple[int, ...]) -> bool:
    """Whether a sum over these axes takes all places of the map together."""
    summed = [piece for axis in axes for piece in x.layout[axis]]
    space = net.shape(x.node).space
    lengths = [prod(piece.size for piece in summed if piece.role == str(axis)) for axis in range(len(space))]
    return prod(space) > 1 and lengths == list(space)


def _keeps_places(net: Graph, x: Tensor, axes: tuple[int, ...], shape: Shape, layout: Layout) -> bool:
    """Whether each number comes of those of the map at its own place."""
    if net.shape(x.node).space != shape.space or len(x.layout) != len(layout):
        return False
    summed = any(_places(x.layout[axis]) for axis in axes)
    return not summed and list(map(_places, x.layout)) == list(map(_places, layout))


def _places(axis: Axis) -> tuple[Piece, ...]:
    return tuple(piece for piece in axis if piece.role not in NOT_SPACE)


def placed(net: Graph, sizes: Sizes, alike: Iterable[Any]) -> tuple[Shape, Layout]:
    """The map that a tensor of these sizes is taken for: as one that it is made of, or as the framework lays maps out.

    What is neither is a row of numbers, seen as these sizes.
    """
    tensors = [x for x in alike if isinstance(x, Tensor) and not any(STRETCHED in roles(axis) for axis in x.layout)]
    for x in tensors:
        if x.sizes == sizes and net.shape(x.node).numbers * net.batch == prod(sizes):
            return net.shape(x.node), x.layout
    if 2 <= len(sizes) <= 5 and sizes[0] == net.batch and all(sizes):
        if any(len(x.layout) > 2 and CHANNELS in roles(x.layout[-1]) for x in tensors):
            shape = Shape(sizes[1:-1], sizes[-1])
            return shape, channels_last(standard(shape, net.batch))
        shape = Shape(sizes[2:], sizes[1])
        return shape, standard(shape, net.batch)
    shape = Shape((), max(prod(sizes), 1))
    return shape, reshape(standard(shape), tuple(max(size, 1) for size in sizes))
