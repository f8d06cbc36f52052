"""Settling: a chain of views becomes the one layer that it amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from operator import mul

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, STRETCHED, Axis, Layout, Piece, holds, whole
from cnncalc.importers.values import Scores, Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.layers.channelshuffle import ChannelShuffle
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.roll import Roll
from cnncalc.layers.unflatten import Unflatten
from cnncalc.network import Network
from cnncalc.shapes import Shape


def settle(net: Assembly, x: Tensor) -> Tensor:
    """``x`` as the framework lays out a map; the views it went through become the one layer they amount to."""
    x = straight(net, x)
    shape = net.shape(x.node)
    if x.layout == net.layout(shape):
        return x
    key = (x.node, x.layout)
    if key not in net.settled:
        node = x.node
        for layer in _amounts_to(net, shape, net.standard(x.layout)):
            node = net.add(layer, (node,), x.name or layer.keyword)
        settled = net.tensor(node)
        if settled.sizes != x.sizes:
            raise UnsupportedError
        net.settled[key] = settled
    return net.settled[key]


def straight(net: Assembly, x: Tensor) -> Tensor:
    """``x`` with every roll on its way as a layer of its own, so that none of its axes is turned."""
    turned = {piece.role: piece.turned for axis in x.layout for piece in axis if piece.turned}
    if not turned:
        return x
    space = net.shape(x.node).space
    turns = tuple(turned.get(str(axis), 0) for axis in range(len(space)))
    key = (x.node, tuple((Piece(str(axis), space[axis], 1, turn),) for axis, turn in enumerate(turns)))
    if key not in net.settled:
        node = x.node
        # the shorter way round on each axis
        ahead = tuple(size - turn if 2 * turn > size else 0 for size, turn in zip(space, turns, strict=True))
        behind = tuple(0 if step else turn for step, turn in zip(ahead, turns, strict=True))
        for shifts, back in ((ahead, False), (behind, True)):
            if any(shifts):
                node = net.add(Roll(shifts, back), (node,), x.name or "roll")
        net.settled[key] = net.tensor(node)
    layout = tuple(tuple(piece._replace(turned=0) for piece in axis) for axis in x.layout)
    return Tensor(net.settled[key].node, tuple(map(axes.merged, layout)), x.name)


def settle_if(net: Assembly, x: Tensor) -> Tensor:
    """Settled where that can be; otherwise ``x`` as it is, for what does not care. A roll may still be undone."""
    if any(piece.turned for axis in x.layout for piece in axis):
        return x
    try:
        return settle(net, x)
    except UnsupportedError:
        return x


def as_channels(net: Assembly, x: Tensor) -> Tensor:
    """All numbers of a map as channels of a single place, where they stand in the order of a row: a gate of channels."""
    shape = net.shape(x.node)
    own = [() if STRETCHED in axes.roles(axis) else axis for axis in x.layout[1:]]
    rows = [tuple(piece for axis in row for piece in axis) for row in (own, net.layout(shape)[1:])]
    if net.last or not shape.space or axes.merged(rows[0]) != axes.merged(rows[1]):
        raise UnsupportedError
    node = net.add(Flatten(), (x.node,), x.name or "flatten")
    later = list(accumulate([*axes.sizes(tuple(own[1:])), 1][::-1], mul))[::-1]
    made = (axes.parts(size, place) for size, place in zip(axes.sizes(tuple(own)), later, strict=True))
    layout = (kept or axis for kept, axis in zip(made, x.layout[1:], strict=True))
    return Tensor(node, (x.layout[0], *layout), x.name)


def finished(net: Assembly, outputs: Iterable[object]) -> Network:
    """The network that gives the ``outputs`` of a file; `UnknownLayerError` for what no kind describes."""
    values = tuple(outputs)
    net.check_unknown()
    net.name = ""
    nodes = [settle_if(net, straight(net, x)).node for x in values if isinstance(x, Tensor)]
    if not nodes and (net.capture or net.allow_unknown):
        nodes = [net.given(x) for x in values if isinstance(x, (Scores, Windows))]
    if not nodes:
        raise ModelFileError(_("no output of the model depends on its input"))
    return net.finish(nodes)


def _amounts_to(net: Assembly, shape: Shape, layout: Layout) -> tuple[Layer, ...]:
    if len(layout) < 2 or not holds(layout[0], BATCH, net.batch):
        raise UnsupportedError
    rest = tuple(piece for axis in layout[1:] for piece in axis)
    if any(piece.role in (BATCH, STRETCHED) for piece in rest):
        raise UnsupportedError
    if len(layout) == 2:
        return (Flatten(),) if shape.space else ()
    if shape.positions == 1 and holds(rest, CHANNELS, shape.channels):
        return (*((Flatten(),) if shape.space else ()), Unflatten(axes.sizes(layout)[2:]))
    if len(layout) != len(shape.space) + 2:
        raise UnsupportedError
    return (_shuffle(shape, layout[1], layout[2:]),)


def _shuffle(shape: Shape, channels: Axis, space: Layout) -> Layer:
    """Channel shuffle, pixel shuffle and its inverse, by where the pieces of the channels and of space have gone."""
    own = tuple(whole(str(i), size) for i, size in enumerate(shape.space))
    larger = axes.sizes(space)[0] // shape.space[0]
    smaller = shape.space[0] // max(axes.sizes(space)[0], 1)
    if all(axes.merged(axis) == mine for axis, mine in zip(space, own, strict=True)):
        if len(channels) == 2 and axes.roles(channels) == {CHANNELS} and channels[0].place == 1:
            return ChannelShuffle(channels[1].size)
    elif larger > 1 and all(_grown(axis, mine, larger) for axis, mine in zip(space, own, strict=True)):
        return PixelShuffle(larger)
    elif smaller > 1 and all(
        axis == (Piece(str(i), shape.space[i] // smaller, smaller),) or (not axis and shape.space[i] == smaller)
        for i, axis in enumerate(space)
    ):
        return PixelShuffle(smaller, inverse=True)
    raise UnsupportedError


def _grown(axis: Axis, own: Axis, factor: int) -> bool:
    """Whether an axis holds a spatial one, and at each of its positions ``factor`` pieces of the channels."""
    inner = axis[len(own) :]
    return (
        axis[: len(own)] == own
        and axes.roles(inner) == {CHANNELS}
        and axes.sizes((axis,))[0] == factor * axes.sizes((own,))[0]
    )
