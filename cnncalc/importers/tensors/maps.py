"""Layers without weights: one number at a time, windows, means, borders, and cuts."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from math import prod

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import CHANNELS, NOT_SPACE, Piece, holds, whole
from cnncalc.importers.tensors.settling import settle, settle_if, straight
from cnncalc.importers.tensors.views import place, view
from cnncalc.importers.values import Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.adaptivepool import AdaptivePool
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.channelpool import OPS, ChannelPool
from cnncalc.layers.crop import Crop
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.pad import Pad
from cnncalc.layers.pool import Pool
from cnncalc.layers.slice import Slice
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.upsample import Upsample


def unary(net: Assembly, x: Tensor, layer: Layer) -> Tensor:
    """One number in, one number out."""
    x = settle_if(net, x)
    return Tensor(net.add(layer, (x.node,)), x.layout)


def pool(net: Assembly, x: Tensor, layer: Pool) -> Tensor:
    return net.map(layer, settle(net, x))


def adaptive_pool(net: Assembly, x: Tensor, op: str, outputs: tuple[int | None, ...]) -> Tensor:
    x = settle(net, x)
    space = net.shape(x.node).space
    if len(outputs) != len(space):
        outputs = outputs * len(space) if len(outputs) == 1 else outputs
    to = tuple(size if wanted is None else wanted for wanted, size in zip(outputs, space, strict=True))
    return net.map(GlobalPool(op) if set(to) == {1} else AdaptivePool(to, op), x)


def reduce(net: Assembly, x: Tensor, op: str, where: Sizes, *, keep: bool) -> Tensor:
    """The mean or the largest over some axes: of all positions, of a window along one, of all channels."""
    gone = {place(x, axis) for axis in where}
    roles = _whole_roles(net, x, gone)
    if CHANNELS in roles and op not in OPS:
        raise UnsupportedError
    held = {int(role) for role in roles - {CHANNELS}}
    space = net.shape(x.node).space
    node = x.node
    if held and held == {i for i, size in enumerate(space) if size > 1}:
        node = net.add(GlobalPool(op), (node,))
    elif held:
        node = net.add(Pool(tuple(size if i in held else 1 for i, size in enumerate(space)), op), (node,))
    if CHANNELS in roles:
        node = net.add(ChannelPool(op), (node,))
    layout = tuple(() if i in gone else axis for i, axis in enumerate(x.layout) if keep or i not in gone)
    return Tensor(node, layout, net.name)


def _whole_roles(net: Assembly, x: Tensor, where: set[int]) -> set[str]:
    """The axes of the map that some axes of a tensor hold; `UnsupportedError` where one is held in part."""
    sizes: defaultdict[str, int] = defaultdict(lambda: 1)
    for piece in (piece for axis in where for piece in x.layout[axis]):
        sizes[piece.role] *= piece.size
    shape = net.shape(x.node)
    full = {CHANNELS: shape.channels, **{str(axis): size for axis, size in enumerate(shape.space)}}
    if any(size != full.get(role) for role, size in sizes.items()):
        raise UnsupportedError
    return set(sizes)


def softmax(net: Assembly, x: Tensor, axis: int) -> Tensor:
    x = settle_if(net, x)
    pieces = x.layout[place(x, axis)]
    shape = net.shape(x.node)
    if holds(pieces, CHANNELS, shape.channels):
        return Tensor(net.add(Softmax(), (x.node,)), x.layout)
    if CHANNELS not in axes.roles(pieces) and prod(piece.size for piece in pieces) == shape.positions:
        return Tensor(net.add(Softmax(space=True), (x.node,)), x.layout)
    raise UnsupportedError


def upsample(
    net: Assembly,
    x: Tensor,
    mode: str,
    *,
    align: bool,
    to: Sizes,
    scale: Sizes = (),
    origin: str = "",
    rounding: str = "floor",
) -> Tensor:
    """To the sizes ``to``; as a factor where one was given, or where it is a whole one without aligned corners."""
    x = settle(net, x)
    space = net.shape(x.node).space
    if mode == "nearest":
        align = False
    if (
        not scale
        and not align
        and origin != "corners"
        and all(new % old == 0 for new, old in zip(to, space, strict=True))
    ):
        scale = tuple(new // old for new, old in zip(to, space, strict=True))
    layer = Upsample(scale or None, mode, align, None if scale else to, origin, rounding)
    return net.map(layer, x)


def rescale(net: Assembly, x: Tensor, mode: str, factors: tuple[float, ...], *, align: bool, **rule: str) -> Tensor:
    """To ``factors`` times the sizes; whole ones are the layer's own, unless corners are aligned."""
    x = settle(net, x)
    to = scaled(net.shape(x.node).space, factors)
    if any(size * factor != new for size, factor, new in zip(net.shape(x.node).space, factors, to, strict=True)):
        raise UnsupportedError
    whole = not align and rule.get("origin") != "corners" and all(float(factor).is_integer() for factor in factors)
    return upsample(net, x, mode, align=align, to=to, scale=tuple(map(int, factors)) if whole else (), **rule)


def scaled(space: Sizes, factors: tuple[float, ...]) -> Sizes:
    """The sizes rounded down.

    >>> scaled((7, 9), (2.0, 0.5))
    (14, 4)
    """
    return tuple(int(size * factor) for size, factor in zip(space, factors, strict=True))


def pad(net: Assembly, x: Tensor, added: dict[int, tuple[int, int]], mode: str) -> Tensor:
    """``added`` before and after each axis; negative numbers cut."""
    added = {axis: pair for axis, pair in added.items() if pair != (0, 0)}
    if not added:
        return x
    x = settle_if(net, straight(net, x))
    spatial = {axis: _spatial(net, x, axis) for axis in added}
    where = {spatial[axis]: pair for axis, pair in added.items()}
    pairs = [where.get(axis, (0, 0)) for axis in range(len(net.shape(x.node).space))]
    grown = tuple((max(before, 0), max(after, 0)) for before, after in pairs)
    cut = tuple((max(-before, 0), max(-after, 0)) for before, after in pairs)
    layers: list[Layer] = [Pad(grown, mode)] if any(map(any, grown)) else []
    node = x.node
    for layer in [*layers, Crop(cut)] if any(map(any, cut)) else layers:
        node = net.add(layer, (node,))
    layout = x.layout
    for axis, own in spatial.items():
        layout = axes.replaced(layout, axis, whole(str(own), net.shape(node).space[own]))
    return Tensor(node, layout)


def _spatial(net: Assembly, x: Tensor, axis: int) -> int:
    """The axis of the map that an axis of a tensor holds, which may be a single position."""
    shape = net.shape(x.node)
    if x.layout == net.layout(shape):
        place = axis - (1 if net.last else 2)
    else:
        ((role, size, *_place),) = x.layout[axis] or (("", 0),)
        place = int(role) if role and role not in NOT_SPACE and x.layout[axis] == whole(role, size) else -1
    if not 0 <= place < len(shape.space) or x.sizes[axis] != shape.space[place]:
        raise UnsupportedError
    return place


def cut(net: Assembly, x: Tensor, axis: int, start: int, stop: int, step: int = 1) -> Tensor:
    """``start`` to ``stop`` of one axis, as Python slices: channels, or a border and a stride in space."""
    axis = place(x, axis)
    size = x.sizes[axis]
    if step < 1:
        raise UnsupportedError
    start, stop, _step = slice(start, stop, step).indices(size)
    if (start, stop, step) == (0, size, 1):
        return x
    if stop <= start:
        raise ModelFileError(_("a slice from {start} to {stop} is empty").format(start=start, stop=stop))
    if len(x.layout[axis]) != 1:
        x = settle(net, x)
    if any(piece.turned for piece in x.layout[axis]):
        x = straight(net, x)
    return _cut_piece(net, x, axis, start, stop, step)


def _cut_piece(net: Assembly, x: Tensor, axis: int, start: int, stop: int, step: int) -> Tensor:
    shape = net.shape(x.node)
    if len(x.layout[axis]) != 1:
        raise UnsupportedError
    ((role, size, _apart, _turned),) = x.layout[axis]
    if role == CHANNELS and step == 1:
        return _cut_channels(net, x, axis, start, stop)
    if role in NOT_SPACE or size != shape.space[int(role)]:
        raise UnsupportedError
    node = _cut_space(net, x.node, int(role), start, stop, step)
    return Tensor(node, axes.replaced(x.layout, axis, whole(role, net.shape(node).space[int(role)])))


def _cut_channels(net: Assembly, x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    """The same of each block of channels, if there are several; what lies outside of blocks is nearer together then."""
    channels, ((_role, size, apart, _turned),) = net.shape(x.node).channels, x.layout[axis]
    block = size * apart
    node = net.add(Slice(start * apart, stop * apart, of=None if block == channels else block), (x.node,))
    taken = stop - start
    layout = tuple(tuple(_nearer(piece, block, taken * apart) for piece in pieces) for pieces in x.layout)
    return Tensor(node, axes.replaced(layout, axis, (Piece(CHANNELS, taken, apart),) if taken > 1 else ()))


def _nearer(piece: Piece, block: int, kept: int) -> Piece:
    """A piece of the channels that goes from block to block, of each of which only so many are kept."""
    outside = piece.role == CHANNELS and piece.place >= block
    return piece._replace(place=piece.place // block * kept) if outside else piece


def _cut_space(net: Assembly, node: int, axis: int, start: int, stop: int, step: int) -> int:
    """A border cut off one spatial axis, unless the steps stop short of it anyway, and a stride along it."""
    space = net.shape(node).space
    rest = space[axis] - stop
    if start or rest >= step:
        node = net.add(Crop(tuple((start, rest) if i == axis else (0, 0) for i in range(len(space)))), (node,))
    if step > 1:
        node = net.add(Slice(stride=tuple(step if i == axis else 1 for i in range(len(space)))), (node,))
    return node


def select(net: Assembly, x: Tensor, axis: int, index: int) -> Tensor:
    """One index of an axis, which then is gone."""
    axis = place(x, axis)
    index = index % max(x.sizes[axis], 1)
    chosen = cut(net, x, axis, index, index + 1)
    return view(chosen, (*chosen.layout[:axis], *chosen.layout[axis + 1 :]))


def split(net: Assembly, x: Tensor, axis: int, parts: Sizes) -> tuple[Tensor, ...]:
    """Consecutive ``parts`` of one axis."""
    stops = tuple(accumulate(parts))
    return tuple(cut(net, x, axis, stop - part, stop) for stop, part in zip(stops, parts, strict=True))
