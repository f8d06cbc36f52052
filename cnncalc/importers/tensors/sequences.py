"""Sequences: recurrent layers over the steps of a map, and tables that are looked up."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, Axis, Piece, holds, whole
from cnncalc.importers.tensors import maps
from cnncalc.importers.values import Constant, Tensor, UnsupportedError
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.embedding import Embedding
from cnncalc.layers.merge import Merge
from cnncalc.layers.recurrent import Recurrent
from cnncalc.layers.unflatten import Unflatten


class Stack(NamedTuple):
    """How recurrent layers stand on each other: so many, with ``biases`` a gate, and dropout between them."""

    op: str
    layers: int
    biases: int
    bidirectional: bool = False
    dropout: bool = False
    batch_first: bool = True


def recurrent(net: Assembly, x: Tensor, weights: list[Constant], stack: Stack) -> tuple[Tensor, Tensor]:
    """What the last layer gives at every step, and what all of them give at the end, as PyTorch lays it out.

    ``weights`` are those of each layer and each of its directions: for what comes in, for what came out, and biases.
    """
    x = _sequence(net, x, batch_first=stack.batch_first)
    per_layer = (2 + stack.biases) * (2 if stack.bidirectional else 1)
    if len(weights) != per_layer * stack.layers:
        raise UnsupportedError
    made: list[Tensor] = []
    for first in range(0, len(weights), per_layer):
        own = weights[first : first + per_layer]
        if made and stack.dropout:
            x = maps.unary(net, x, Dropout())
        layer = Recurrent(stack.op, _units(own), stack.bidirectional, stack.biases)
        x = Tensor(net.add(layer, (x.node,), weights=own), (*x.layout[:2], whole(CHANNELS, per_step(layer))))
        made.append(x)
    last = _at_the_end(net, made, layer)
    return _ordered(x, batch_first=stack.batch_first), last


def per_step(layer: Recurrent) -> int:
    return layer.units * layer.directions


def _units(weights: list[Constant]) -> int:
    """By the square block of what came out; units that are projected to fewer have none."""
    gates, units = weights[1].sizes
    if gates % units:
        raise UnsupportedError
    return units


def _sequence(net: Assembly, x: Tensor, *, batch_first: bool) -> Tensor:
    """With its batch, its steps and its channels on one axis each, in this order."""
    x = _ordered(x, batch_first=batch_first)
    shape = net.shape(x.node)
    if len(x.layout) != 3 or not shape.space:
        raise UnsupportedError
    longest = max(range(len(shape.space)), key=lambda axis: shape.space[axis])
    batch, steps, features = x.layout
    if not holds(batch, BATCH, net.batch) or not holds(features, CHANNELS, shape.channels):
        raise UnsupportedError
    if shape.positions != shape.space[longest] or not holds(steps, str(longest), shape.space[longest]):
        raise UnsupportedError
    return x


def _ordered(x: Tensor, *, batch_first: bool) -> Tensor:
    """Batch and steps exchanged, where the steps come first; the same way back."""
    if batch_first or len(x.layout) != 3:
        return x
    steps, batch, features = x.layout
    return x._replace(layout=(batch, steps, features))


def _at_the_end(net: Assembly, made: list[Tensor], layer: Recurrent) -> Tensor:
    """Of each layer the last step, and of the other direction the first: layers, batch, units."""
    ends: list[int] = []
    for x in made:
        steps = x.sizes[1]
        for direction in range(layer.directions):
            place = 0 if direction else steps - 1
            step = maps.cut(net, x, 1, place, place + 1)
            ends.append(maps.cut(net, step, 2, direction * layer.units, (direction + 1) * layer.units).node)
    node = net.add(Merge("concat"), tuple(ends)) if len(ends) > 1 else ends[0]
    return Tensor(node, (_pieces(len(ends), layer.units), made[0].layout[0], _pieces(layer.units, 1)))


def _pieces(size: int, place: int) -> Axis:
    return (Piece(CHANNELS, size, place),) if size > 1 else ()


def embedding(net: Assembly, x: Tensor, table: Constant) -> Tensor:
    """Every number as a row of the table: a map of one channel, or a vector whose numbers are steps then."""
    if len(table.sizes) != 2:
        raise UnsupportedError
    shape = net.shape(x.node)
    if not shape.space and holds(x.layout[-1], CHANNELS, shape.channels):
        layer = Unflatten((shape.channels,))
        x = Tensor(net.add(layer, (x.node,), layer.keyword), (*x.layout[:-1], whole("0", shape.channels)))
    if net.shape(x.node).channels != 1:
        raise UnsupportedError
    rows, features = table.sizes
    node = net.add(Embedding(rows, features), (x.node,), weights=(table,))
    return Tensor(node, (*x.layout, whole(CHANNELS, features)))
