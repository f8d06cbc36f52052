"""Where tensors meet: concatenation, sums and products, with each other and with stored numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, STRETCHED, holds, whole
from cnncalc.importers.tensors import learnt
from cnncalc.importers.tensors.maps import cut, select, unary
from cnncalc.importers.tensors.rows import axis_along, positions
from cnncalc.importers.tensors.settling import as_channels, settle_if, straight
from cnncalc.importers.tensors.views import place, raised, roll, view
from cnncalc.importers.values import Constant, Tensor, UnsupportedError
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.glu import GLU
from cnncalc.layers.merge import Merge
from cnncalc.layers.offset import Offset
from cnncalc.layers.scale import Scale
from cnncalc.layers.unflatten import Unflatten


def concat(net: Assembly, tensors: list[Tensor], axis: int) -> Tensor:
    if len(tensors) == 1:
        return tensors[0]
    as_they_are = tensors
    tensors = [settle_if(net, x) for x in tensors]
    axis = place(tensors[0], axis)
    rests = {(*x.layout[:axis], *x.layout[axis + 1 :]) for x in tensors}
    if len(rests) > 1:
        tensors = [straight(net, x) for x in tensors]
        rests = {(*x.layout[:axis], *x.layout[axis + 1 :]) for x in tensors}
    pure = all(holds(x.layout[axis], CHANNELS, net.shape(x.node).channels) for x in tensors)
    single = not any(x.layout[axis] for x in tensors) and axis_along(net, tensors, axis) is not None
    if single or not pure:  # of one channel an axis of one position holds as little as that of the channels
        return positions(net, as_they_are, axis)
    if len(rests) > 1 or len({len(net.shape(x.node).space) for x in tensors}) > 1:
        raise UnsupportedError
    node = net.add(Merge("concat"), tuple(x.node for x in tensors))
    return Tensor(node, axes.replaced(tensors[0].layout, axis, whole(CHANNELS, net.shape(node).channels)))


def stack(net: Assembly, tensors: Sequence[object], axis: int) -> Tensor:
    """Maps behind each other on a new axis, on which their channels then stand in parts."""
    maps = [settle_if(net, x) for x in tensors if isinstance(x, Tensor)]
    if not maps or len(maps) < len(tensors) or len({(x.layout, net.shape(x.node)) for x in maps}) > 1:
        raise UnsupportedError
    layout, channels = maps[0].layout, net.shape(maps[0].node).channels
    node = net.add(Merge("concat"), tuple(x.node for x in maps)) if len(maps) > 1 else maps[0].node
    where = axis % (len(layout) + 1)
    return Tensor(node, (*layout[:where], axes.parts(len(maps), channels), *layout[where:]))


MOST_SUMMED = 64
"""A sum over more parts than this is not written as one of its parts."""


def summed(net: Assembly, x: Tensor, where: Sizes, *, keep: bool) -> Tensor:
    """The sum over a short axis, part by part."""
    (axis,) = (place(x, axis) for axis in where) if len(where) == 1 else (-1,)
    if not axis >= 0 or not 1 < x.sizes[axis] <= MOST_SUMMED:
        raise UnsupportedError
    total, *others = (select(net, x, axis, index) for index in range(x.sizes[axis]))
    for other in others:
        total = merge(net, "add", total, other)
    return view(total, (*total.layout[:axis], (), *total.layout[axis:])) if keep else total


MOST_RUNS = 64
"""Places of an axis that are put in another order stand in so many rows of neighbours at most."""


def picked(net: Assembly, x: Tensor, axis: int, places: Sequence[int]) -> Tensor:
    """Some places of an axis in any order: rows of neighbours, cut out and put behind each other."""
    starts = [i for i, at in enumerate(places) if i == 0 or at != places[i - 1] + 1]
    if not places or len(starts) > MOST_RUNS:
        raise UnsupportedError
    stops = [*starts[1:], len(places)]
    runs = [(places[start], places[stop - 1] + 1) for start, stop in zip(starts, stops, strict=True)]
    return concat(net, [cut(net, x, axis, first, stop) for first, stop in runs], axis)


def rolled(net: Assembly, x: Tensor, shifts: Sizes, where: Sizes) -> Tensor:
    """Moved along whole axes, what leaves at one end entering at the other; channels change their order."""
    if len(shifts) != len(where) or not shifts:
        raise UnsupportedError
    for shift, axis in zip(shifts, (place(x, axis) for axis in where), strict=True):
        size = x.sizes[axis]
        if axes.roles(x.layout[axis]) == {CHANNELS} and shift % size:
            x = picked(net, x, axis, [(step - shift) % size for step in range(size)])
        elif size > 1:
            x = roll(net, x, (shift,), (axis,))
    return x


def merge(net: Assembly, op: str, left: Tensor, right: Tensor) -> Tensor:
    """``add`` or ``mul`` number by number, with the frameworks' rule for sizes of 1."""
    left, right = _same_axes(net, left, right)
    layout = []
    for one, other in zip(left.layout, right.layout, strict=True):
        if not axes.same(one, other):
            raise UnsupportedError
        layout.append(one if one and STRETCHED not in axes.roles(one) else other or one)
    node = net.add(Merge(op), (left.node, right.node))
    return Tensor(node, tuple(layout))


def glu(net: Assembly, x: Tensor, axis: int) -> Tensor:
    """One half of an axis, opened or closed by the other: of the channels it is a kind, of positions cuts and a product."""
    x = settle_if(net, x)
    axis = place(x, axis)
    size = x.sizes[axis]
    if size % 2:
        raise UnsupportedError
    if holds(x.layout[axis], CHANNELS, net.shape(x.node).channels):
        return Tensor(net.add(GLU(), (x.node,)), axes.replaced(x.layout, axis, whole(CHANNELS, size // 2)))
    gate = unary(net, cut(net, x, axis, size // 2, size), Activation("sigmoid"))
    return merge(net, "mul", cut(net, x, axis, 0, size // 2), gate)


def _alike(left: Tensor, right: Tensor) -> bool:
    """Whether every axis of one holds what that of the other does, or a single number."""
    if len(left.layout) != len(right.layout):
        return False
    return all(axes.same(one, other) for one, other in zip(left.layout, right.layout, strict=True))


def _same_axes(net: Assembly, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    if not _alike(left, right):
        left, right = (settle_if(net, straight(net, x)) for x in (left, right))
    left, right = _gate(net, left, right), _gate(net, right, left)
    rank = max(len(left.layout), len(right.layout))
    space = max(len(net.shape(x.node).space) for x in (left, right))
    return _as_map(net, raised(left, rank), space), _as_map(net, raised(right, rank), space)


def _gate(net: Assembly, x: Tensor, other: Tensor) -> Tensor:
    """A tensor of channels that stand on positions of their own, beside a map that has them as channels."""
    if len(x.layout) != len(other.layout) or _alike(x, other):
        return x
    try:
        gate = as_channels(net, x)
    except UnsupportedError:
        return x
    return gate if _alike(gate, other) else x


def _as_map(net: Assembly, x: Tensor, space: int) -> Tensor:
    """A vector as a map with so many spatial axes of size 1."""
    shape = net.shape(x.node)
    if len(shape.space) == space:
        return x
    if shape.space:
        raise UnsupportedError
    layer = Unflatten((1,) * space)
    return Tensor(net.add(layer, (x.node,), x.name or layer.keyword), x.layout)


def with_constant(net: Assembly, op: str, x: Tensor, constant: Constant) -> Tensor:
    """A tensor and a constant: nothing for fixed numbers, a learnt scale or offset for parameters."""
    if not constant.learnt:
        return _unchanged(x, constant.sizes)
    x, sizes = _broadcast(x, constant.sizes)
    shape = net.shape(x.node)
    held = tuple(axis for axis, size in zip(x.layout, sizes, strict=True) if size > 1)
    if axes.sizes(held) != tuple(size for size in sizes if size > 1):
        raise UnsupportedError
    pieces = tuple(piece for axis in held for piece in axis)
    if op == "add" and learnt.add_local_bias(net, x, pieces, constant):
        return x
    if holds(pieces, CHANNELS, shape.channels):
        layer: Layer = Scale() if op == "mul" else Offset()
    elif not pieces:
        layer = Scale(shared=True) if op == "mul" else Offset(shared=True)
    elif op == "add" and prod(piece.size for piece in pieces) == shape.numbers and BATCH not in axes.roles(pieces):
        layer = Offset(space=True)
    else:
        raise UnsupportedError
    return Tensor(net.add(layer, (x.node,), weights=(constant,)), x.layout)


def _unchanged(x: Tensor, sizes: Sizes) -> Tensor:
    """What fixed numbers of these sizes leave of ``x``: they may not repeat any of it."""
    x, sizes = _broadcast(x, sizes)
    if any(size not in (1, old) for size, old in zip(sizes, x.sizes, strict=True)):
        raise UnsupportedError
    return x


def _broadcast(x: Tensor, sizes: Sizes) -> tuple[Tensor, Sizes]:
    """Both with as many axes, those of size 1 in front."""
    rank = max(len(x.layout), len(sizes))
    return raised(x, rank), (1,) * (rank - len(sizes)) + sizes
