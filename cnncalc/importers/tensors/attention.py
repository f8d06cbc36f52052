"""Attention: queries times keys, a softmax, times values is one layer."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, NOT_SPACE, Axis, Piece, holds
from cnncalc.importers.tensors.settling import straight
from cnncalc.importers.tensors.views import view
from cnncalc.importers.values import Constant, Scores, Tensor, UnsupportedError
from cnncalc.layers.attend import Attend
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.crossattend import CrossAttend
from cnncalc.layers.merge import Merge
from cnncalc.layers.slice import Slice
from cnncalc.layers.windowattend import WindowAttend


def scores(query: Tensor, key: Tensor) -> Scores:
    """A product of two tensors that sums over the channels of a head: ``key`` with its last axes swapped."""
    key = _swapped(key)
    if len(query.layout) < 3 or query.layout[-1] != key.layout[-1] or axes.roles(query.layout[-1]) - {CHANNELS}:
        raise UnsupportedError
    if query.sizes[:-2] != key.sizes[:-2]:
        raise UnsupportedError
    return Scores(query, key)


def met(scores: Scores, constant: Constant, *, adds: bool) -> Scores:
    """Scores with what is learnt for pairs or distances, or scales them, and with one mask before they are weights."""
    if scores.turned or any(
        size not in (1, own) for size, own in zip(constant.sizes[-2:], scores.sizes[-2:], strict=False)
    ):
        raise UnsupportedError
    if constant.learnt:
        return scores._replace(beside=(*scores.beside, constant))
    if not adds and (constant.number == 1 or (constant.data is not None and all(constant.data().flat))):
        return scores  # none is made nothing
    if adds and constant.data is not None and scores.mask is None and not scores.weighed:
        return scores._replace(mask=constant)
    raise UnsupportedError


def softened(scores: Scores, axis: int) -> Scores:
    """Scores behind a softmax over the keys, which makes them weights."""
    rank = len(scores.sizes)
    if axis % rank != rank - (2 if scores.turned else 1):
        raise UnsupportedError
    return scores._replace(weighed=True)


def turned(scores: Scores, order: Sizes) -> Scores:
    """Scores whose queries and keys have changed places, which is all that their axes may do."""
    *outer, last, rank = *range(len(order)), len(order)
    if tuple(axis % rank for axis in order) != (*outer[:-1], last, outer[-1]):
        raise UnsupportedError
    return scores._replace(turned=not scores.turned)


def weighed_from_the_left(net: Assembly, value: Tensor, weights: Scores) -> Tensor:
    """The same where values come first, with the places that their sum goes over on their last axis."""
    seen = weighed(net, weights._replace(turned=not weights.turned), _swapped(value))
    return _swapped(seen)


def _swapped(x: Tensor) -> Tensor:
    """Its last two axes have changed places."""
    return view(x, (*x.layout[:-2], x.layout[-1], x.layout[-2]))


def weighed(net: Assembly, weights: Scores, value: Tensor) -> Tensor:
    """Values, weighed by scores that went through a softmax."""
    if not weights.weighed or weights.turned:
        raise UnsupportedError
    return attend(net, weights.query, weights.key, value, weights.beside, weights.mask)


def attend(
    net: Assembly,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    beside: tuple[Constant, ...] = (),
    mask: Constant | None = None,
) -> Tensor:
    """Scaled dot-product attention over all positions or in windows, or over those of another map."""
    shapes = {net.shape(x.node) for x in (query, key, value)}
    if len(shapes) > 1 or not query.layout == key.layout == value.layout:
        if mask is not None:
            raise UnsupportedError
        return _across(net, query, key, value, beside)
    together = _projected_together(net, (query.node, key.node, value.node))
    if together is None:
        together = net.add(Merge("concat"), (query.node, key.node, value.node))
    if mask is None:  # what a roll brought together stays together
        rolled = straight(net, query._replace(node=together))
        together, query = rolled.node, query._replace(layout=rolled.layout)
    layer, table = _layer(net, query, beside, mask)
    # the table itself, of which the biases are a choice for every pair
    weights = (table._replace(sizes=(_stored(table),)),) if table else ()
    others = [constant for constant in beside if constant is not table]
    return Tensor(net.add(layer, (together,), weights=weights, beside=others), query.layout)


def _across(net: Assembly, query: Tensor, key: Tensor, value: Tensor, beside: tuple[Constant, ...]) -> Tensor:
    """Attention over all positions of keys that are not those of the queries, the channels split into the same heads."""
    split = [_heads(net, x) for x in (query, key, value)]
    heads = {number for number, _windows in split}
    if len(heads) > 1 or any(windows for _number, windows in split):
        raise UnsupportedError
    node = net.add(CrossAttend(heads.pop()), (query.node, key.node, value.node), beside=beside)
    before, inner = (prod(axes.sizes(x.layout[-1:])) for x in (query, value))
    outer = (tuple(_wider(piece, before, inner) for piece in axis) for axis in query.layout[:-2])
    return Tensor(node, (*outer, query.layout[-2], axes.whole(CHANNELS, inner)))


def _wider(piece: Piece, before: int, inner: int) -> Piece:
    """A piece of the channels that number the heads, where those have ``inner`` channels each and no longer ``before``."""
    return piece._replace(place=piece.place // before * inner) if piece.role == CHANNELS else piece


def _stored(constant: Constant) -> int:
    """How many learnt numbers it is a choice of."""
    return sum(root.number for root in constant.roots if root.learnt)


def _layer(
    net: Assembly, x: Tensor, beside: tuple[Constant, ...], mask: Constant | None
) -> tuple[Layer, Constant | None]:
    """All positions attend to each other, or those of a window: what stands on the axis that is summed over.

    Beside the kind the table of biases that it has for every distance, if one of the constants is that.
    """
    space = net.shape(x.node).space
    heads, outer = _heads(net, x)
    inner = x.layout[-2]
    free = mask is None or not _hidden(mask).any()
    if free and not outer and not _table(beside, heads, space):
        return Attend(heads), None
    own = [next((piece for piece in inner if piece.role == str(axis)), None) for axis in range(len(space))]
    window = tuple(piece.size if piece else 1 for piece in own)
    shift = tuple(piece.turned % piece.size if piece else 0 for piece in own)
    grid = any(piece.place > 1 for piece in inner)
    steps = {(piece.place, size // piece.size if grid else 1) for piece, size in zip(own, space, strict=True) if piece}
    if prod(window) != prod(piece.size for piece in inner) or any(place != wanted for place, wanted in steps):
        raise UnsupportedError
    if any(shift) and grid:
        raise UnsupportedError
    if mask is not None:
        _check_mask(mask, outer, inner, space)
    table = _table(beside, heads, window)
    return WindowAttend(window, grid, shift, heads, table is not None), table


def _table(beside: tuple[Constant, ...], heads: int, window: Sizes) -> Constant | None:
    """The constant in which each head has one number for each distance in a window, chosen for every pair."""
    numbers = heads * prod(2 * size - 1 for size in window), heads * prod(window) ** 2
    return next((one for one in beside if (_stored(one), one.number) == numbers), None)


MASKED = -99
"""What is added to scores that count as not read: Swin's masks say −100, which leaves e^−100 of a weight."""


def _hidden(mask: Constant) -> Any:
    """Which scores a mask hides: of numbers those that it makes next to nothing, of yes and no those that it forbids."""
    import numpy as np

    if mask.data is None:  # a file has its numbers, which are not read
        raise UnsupportedError
    numbers = np.asarray(mask.data())
    return ~numbers if numbers.dtype == bool else numbers <= MASKED


def _check_mask(mask: Constant, outer: Axis, inner: Axis, space: Sizes) -> None:
    """`UnsupportedError` unless the mask keeps apart exactly what a roll brought together from both ends of an axis."""
    import numpy as np

    pieces = (*outer, *inner)
    steps = np.indices(tuple(piece.size for piece in pieces))
    sides: Any = np.zeros(steps.shape[1:], int)
    for axis, size in enumerate(space):
        own = [(step, piece) for step, piece in zip(steps, pieces, strict=True) if piece.role == str(axis)]
        place = sum(step * piece.place for step, piece in own)
        sides = 2 * sides + (place >= size - max((piece.turned for _step, piece in own), default=0))
    sides = sides.reshape(prod(piece.size for piece in outer), -1)
    apart = sides[:, :, None] != sides[:, None, :]
    if mask.number != apart.size or (_hidden(mask).reshape(apart.shape) != apart).any():
        raise UnsupportedError


def _heads(net: Assembly, x: Tensor) -> tuple[int, Axis]:
    """How many heads the channels are split into, and the pieces of space that number the windows."""
    shape = net.shape(x.node)
    if len(x.layout) < 3 or len(shape.space) == 0:
        raise UnsupportedError
    *outer, space, inner = x.layout
    before = tuple(piece for axis in outer for piece in axis if piece.role != BATCH)
    channels = tuple(piece for piece in before if piece.role == CHANNELS)
    windows = tuple(piece for piece in before if piece.role != CHANNELS)
    if not holds((*channels, *inner), CHANNELS, shape.channels):
        raise UnsupportedError
    if axes.roles((*windows, *space)) & NOT_SPACE:
        raise UnsupportedError
    if prod(piece.size for piece in (*windows, *space)) != shape.positions:
        raise UnsupportedError
    return prod(piece.size for piece in channels), windows


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
