"""Attention: queries times keys, a softmax, times values is one layer."""

from __future__ import annotations

from math import prod

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, holds
from cnncalc.importers.tensors.views import view
from cnncalc.importers.values import Scores, Tensor, UnsupportedError
from cnncalc.layers.attend import Attend
from cnncalc.layers.merge import Merge
from cnncalc.layers.slice import Slice


def scores(query: Tensor, key: Tensor) -> Scores:
    """A product of two tensors that sums over the channels of a head: ``key`` with its last axes swapped."""
    swapped = (*key.layout[:-2], key.layout[-1], key.layout[-2])
    if query.layout != swapped:
        raise UnsupportedError
    return Scores(query, view(key, swapped))


def attend(net: Assembly, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention over all positions, queries, keys and values laid out alike."""
    heads = _heads(net, query)
    shapes = {net.shape(x.node) for x in (query, key, value)}
    if len(shapes) > 1 or not query.layout == key.layout == value.layout:
        raise UnsupportedError
    together = _projected_together(net, (query.node, key.node, value.node))
    if together is None:
        together = net.add(Merge("concat"), (query.node, key.node, value.node))
    return Tensor(net.add(Attend(heads), (together,)), query.layout)


def _heads(net: Assembly, x: Tensor) -> int:
    """How many heads the channels are split into; `UnsupportedError` unless the last axes are all positions and a head."""
    shape = net.shape(x.node)
    if len(x.layout) < 3 or len(shape.space) == 0:
        raise UnsupportedError
    *outer, space, inner = x.layout
    before = tuple(piece for axis in outer for piece in axis if piece.role != BATCH)
    if axes.roles(before) - {CHANNELS} or axes.roles(inner) - {CHANNELS}:
        raise UnsupportedError
    if not holds((*before, *inner), CHANNELS, shape.channels):
        raise UnsupportedError
    if CHANNELS in axes.roles(space) or prod(piece.size for piece in space) != shape.positions:
        raise UnsupportedError
    return prod(piece.size for piece in before)


def _projected_together(net: Assembly, nodes: tuple[int, ...]) -> int | None:
    """The node whose channels the three are thirds of, in this order."""
    layers = [net.layer(node) for node in nodes]
    if not all(isinstance(layer, Slice) for layer in layers):
        return None
    sources = {net.source(node) for node in nodes}
    if len(sources) > 1:
        return None
    source = sources.pop()
    third = net.shape(source).channels // 3
    thirds = [Slice(i * third, (i + 1) * third) for i in range(3)]
    return source if layers == thirds and net.shape(source).channels == 3 * third else None
