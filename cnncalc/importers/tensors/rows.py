"""Positions behind each other: maps joined along an axis, written in a row first where they have several, and learnt ones."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, NOT_SPACE, Axis, holds, whole
from cnncalc.importers.tensors.settling import straight
from cnncalc.importers.tensors.views import roll
from cnncalc.importers.values import Constant, Tensor, UnsupportedError
from cnncalc.layers.crop import Crop
from cnncalc.layers.join import Join
from cnncalc.layers.learnt import Learnt
from cnncalc.layers.tokens import Tokens


def positions(net: Assembly, tensors: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors behind each other along an axis that holds positions."""
    turned = _turned(net, tensors, axis)
    if turned is not None:
        return turned
    tensors = [straight(net, x) for x in tensors]
    along = axis_along(net, tensors, axis)
    if along is None:
        tensors = [in_a_row(net, x, axis) for x in tensors]
        along = 0
    node = net.add(Join(along), tuple(x.node for x in tensors))
    layout = axes.replaced(tensors[0].layout, axis, whole(str(along), net.shape(node).space[along]))
    return Tensor(node, layout)


def axis_along(net: Assembly, tensors: Sequence[Tensor], axis: int) -> int | None:
    """The axis of the maps that an axis of all the tensors is, all else being alike; `None` where there is none."""
    spaces = [net.shape(x.node).space for x in tensors]
    rests = {(*x.layout[:axis], *x.layout[axis + 1 :]) for x in tensors}
    if len(rests) > 1 or len({len(space) for space in spaces}) > 1:
        return None
    held = {piece.role for x in tensors for piece in x.layout[axis]}
    if not held:  # single positions all of them: which axis it is shows where the framework has its own
        own = axis - (1 if net.last else 2)
        standard = all(x.layout == net.layout(net.shape(x.node)) for x in tensors)
        return own if standard and 0 <= own < len(spaces[0]) else None
    if len(held) > 1 or held & NOT_SPACE:
        return None
    along = int(held.pop())
    whole_axis = all(
        x.layout[axis] == whole(str(along), space[along]) for x, space in zip(tensors, spaces, strict=True)
    )
    return along if whole_axis else None


def in_a_row(net: Assembly, x: Tensor, axis: int) -> Tensor:
    """A map whose positions stand in a row on one axis, of which each part of the channels may have its own."""
    shape = net.shape(x.node)
    if len(x.layout) != 3 or axis == 0 or not holds(x.layout[0], BATCH, net.batch):
        raise UnsupportedError
    other = 3 - axis
    anchors, apart = _anchors(x.layout[axis], shape.space, x.layout[other], shape.channels)
    if (len(shape.space), anchors) == (1, 1):
        return x
    node = net.add(Tokens(0, anchors, apart), (x.node,))
    made = net.shape(node)
    layout = axes.replaced(x.layout, axis, whole("0", made.space[0]))
    return Tensor(node, axes.replaced(layout, other, whole(CHANNELS, made.channels)))


def _anchors(row: Axis, space: tuple[int, ...], channels: Axis, count: int) -> tuple[int, bool]:
    """How many tokens a row has for each position, and whether they stand apart; ``channels`` are those of a token."""
    places = tuple(piece for piece in row if piece.role != CHANNELS)
    parts = tuple(piece for piece in row if piece.role == CHANNELS)
    every = tuple(piece for axis, size in enumerate(space) for piece in whole(str(axis), size))
    if places != every or not holds((*parts, *channels), CHANNELS, count):
        raise UnsupportedError
    anchors = axes.sizes((parts,))[0]
    if row == (*places, *parts):
        return anchors, False
    if row == (*parts, *places):
        return anchors, True
    raise UnsupportedError


def _turned(net: Assembly, tensors: Sequence[Tensor], axis: int) -> Tensor | None:
    """Two parts of one map that have changed places, which is a roll: how exporters write it."""
    if len(tensors) != 2:
        return None
    layers = [net.layer(x.node) for x in tensors]
    if not all(isinstance(layer, Crop) and layer.to is None for layer in layers):
        return None
    sources = {net.source(x.node) for x in tensors}
    along = axis_along(net, tensors, axis)
    if len(sources) > 1 or along is None:
        return None
    source = sources.pop()
    size = net.shape(source).space[along]
    first, second = (x.sizes[axis] for x in tensors)
    rank = len(net.shape(source).space)
    cuts = [
        Crop(tuple(cut if place == along else (0, 0) for place in range(rank))) for cut in ((second, 0), (0, first))
    ]
    if layers != cuts or first + second != size:
        return None
    layout = axes.replaced(tensors[0].layout, axis, whole(str(along), size))
    return roll(net, Tensor(source, layout), (first,), (axis,))


def with_learnt(net: Assembly, values: Sequence[Tensor | Constant], axis: int) -> Tensor:
    """The same with learnt tokens among them, of sizes batch, tokens, channels: those before all others are one layer."""
    first = next(value for value in values if isinstance(value, Tensor))
    if axis % 3 != 1 or len(first.layout) != 3:
        raise UnsupportedError
    learnt = [_of_tokens(value, first) for value in values if isinstance(value, Constant)]
    ahead = values.index(first)
    shape = net.shape(first.node)
    if ahead == len(learnt) and ahead + 1 == len(values) and len(shape.space) > 1:
        return _behind(net, learnt, first)
    rows = [_row(net, value, first) for value in values]
    return positions(net, rows, 1)


def _of_tokens(constant: Constant, x: Tensor) -> Constant:
    """A constant if it is learnt tokens beside those of a tensor."""
    if not constant.learnt or len(constant.sizes) != 3 or constant.sizes[2] != x.sizes[2]:
        raise UnsupportedError
    return constant


def _behind(net: Assembly, learnt: Sequence[Constant], x: Tensor) -> Tensor:
    """The positions of a map in a row behind learnt tokens."""
    shape = net.shape(x.node)
    places = tuple(piece for axis, size in enumerate(shape.space) for piece in whole(str(axis), size))
    if x.layout[1] != places or not holds(x.layout[2], CHANNELS, shape.channels):
        raise UnsupportedError
    node = net.add(Tokens(sum(constant.sizes[1] for constant in learnt)), (x.node,), weights=learnt)
    return Tensor(node, (x.layout[0], whole("0", net.shape(node).space[0]), x.layout[2]))


def _row(net: Assembly, value: Tensor | Constant, x: Tensor) -> Tensor:
    """Tokens as the tensor of a row; learnt ones read nothing, and stand beside ``x``."""
    if isinstance(value, Tensor):
        return in_a_row(net, straight(net, value), 1)
    beside = in_a_row(net, straight(net, x), 1)
    node = net.add(Learnt(value.sizes[1]), (beside.node,), weights=(value,))
    return Tensor(node, (beside.layout[0], whole("0", value.sizes[1]), beside.layout[2]))
