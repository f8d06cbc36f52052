"""What PyTorch's and ONNX's operators do to tensors, said once for both: each becomes a node, or a mere view.

A function takes the `Assembly`, a `Tensor` and plain numbers, and gives the `Tensor` that comes out. It raises
`UnsupportedError` where no layer kind says what the operator does.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly, Constant, Tensor, UnsupportedError
from cnncalc.importers.axes import BATCH, CHANNELS, STRETCHED, Axis, Layout, LayoutError, Piece, holds, whole
from cnncalc.language import _
from cnncalc.layers.adaptivepool import AdaptivePool
from cnncalc.layers.attend import Attend
from cnncalc.layers.base import Layer, Sizes, abreast
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.channelshuffle import ChannelShuffle
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.instancenorm import InstanceNorm
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.offset import Offset
from cnncalc.layers.pad import Pad
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.pool import Pool
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.scale import Scale
from cnncalc.layers.slice import Slice
from cnncalc.layers.sliding import Padding
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.tokens import Tokens
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.unflatten import Unflatten
from cnncalc.layers.upsample import Upsample
from cnncalc.shapes import Shape


class Window(NamedTuple):
    """The options that a convolution and a pool have in common."""

    stride: Sizes = (1,)
    padding: Padding = ((0, 0),)
    dilation: Sizes = (1,)


# Views: no number changes, only where it is looked for.


def view(x: Tensor, layout: Layout, name: str = "") -> Tensor:
    return Tensor(x.node, layout, name or x.name)


def reshape(net: Assembly, x: Tensor, target: tuple[int, ...]) -> Tensor:
    """A view with other sizes, of which one may be −1: what remains."""
    total = prod(x.sizes)
    known = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or known < 0 or (-1 in target and (not known or total % known)):
        raise _misfit(x.sizes, target)
    filled = tuple(total // known if size == -1 else size for size in target)
    if prod(filled) != total:
        raise _misfit(x.sizes, target)
    try:
        return view(x, axes.reshape(x.layout, filled), net.name)
    except LayoutError:
        raise UnsupportedError from None


def _misfit(sizes: tuple[int, ...], target: tuple[int, ...]) -> ModelFileError:
    return ModelFileError(
        _("a view of the sizes {sizes} can't have the sizes {target}").format(sizes=list(sizes), target=list(target))
    )


def permute(net: Assembly, x: Tensor, order: tuple[int, ...]) -> Tensor:
    order = tuple(axis + len(order) if axis < 0 else axis for axis in order)
    if sorted(order) != list(range(len(x.layout))):
        raise _misfit(x.sizes, order)
    return view(x, tuple(x.layout[axis] for axis in order), net.name)


def flatten(net: Assembly, x: Tensor, first: int, last: int) -> Tensor:
    """Axes ``first`` … ``last`` as one."""
    first, last = place(x, first), place(x, last)
    middle = tuple(piece for axis in x.layout[first : last + 1] for piece in axis)
    return view(x, (*x.layout[:first], axes.merged(middle), *x.layout[last + 1 :]), net.name)


def unflatten(net: Assembly, x: Tensor, axis: int, sizes: tuple[int, ...]) -> Tensor:
    axis = place(x, axis)
    return reshape(net, x, (*x.sizes[:axis], *_filled(x.sizes[axis], sizes), *x.sizes[axis + 1 :]))


def _filled(total: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    known = prod(size for size in sizes if size != -1)
    return tuple(total // max(known, 1) if size == -1 else size for size in sizes)


def unsqueeze(net: Assembly, x: Tensor, where: tuple[int, ...]) -> Tensor:
    rank = len(x.layout) + len(where)
    new = {axis % rank for axis in where}
    if len(new) < len(where):
        raise ModelFileError(_("the axes {axes} name one twice").format(axes=list(where)))
    old = iter(x.layout)
    return view(x, tuple(() if axis in new else next(old) for axis in range(rank)), net.name)


def squeeze(net: Assembly, x: Tensor, where: tuple[int, ...] | None = None) -> Tensor:
    gone = {axis for axis in range(len(x.layout)) if not x.layout[axis]}
    if where is not None:
        gone &= {place(x, axis) for axis in where}
    return view(x, tuple(axis for index, axis in enumerate(x.layout) if index not in gone), net.name)


def expand(x: Tensor, target: tuple[int, ...]) -> Tensor:
    """Repeat what has size 1 until it has the sizes ``target``; a merge does the same by itself."""
    layout: Layout = (*((),) * (len(target) - len(x.layout)), *x.layout)
    return view(
        x,
        tuple(
            (Piece(STRETCHED, size),) if not axis and size > 1 else axis
            for axis, size in zip(layout, target, strict=True)
        ),
    )


def place(x: Tensor, axis: int) -> int:
    """An axis counted from the start; `ModelFileError` if there is none."""
    rank = len(x.layout)
    if not -rank <= axis < rank:
        raise ModelFileError(_("axis {axis} of a tensor with {rank}").format(axis=axis, rank=rank))
    return axis % rank


# Settling: what a chain of views amounts to.


def settle(net: Assembly, x: Tensor) -> Tensor:
    """``x`` as batch, channels, space; the views it went through become the one layer they amount to."""
    shape = net.shape(x.node)
    if x.layout == axes.standard(shape, net.batch):
        return x
    key = (x.node, x.layout)
    if key not in net.settled:
        node = x.node
        for layer in _amounts_to(net, shape, x.layout):
            node = net.add(layer, (node,), x.name or layer.keyword)
        settled = Tensor(node, axes.standard(net.shape(node), net.batch))
        if settled.sizes != x.sizes:
            raise UnsupportedError
        net.settled[key] = settled
    return net.settled[key]


def settle_if(net: Assembly, x: Tensor) -> Tensor:
    """Settled where that can be; otherwise ``x`` as it is, for what does not care."""
    try:
        return settle(net, x)
    except UnsupportedError:
        return x


def _amounts_to(net: Assembly, shape: Shape, layout: Layout) -> tuple[Layer, ...]:
    if len(layout) < 2 or not holds(layout[0], BATCH, net.batch):
        raise UnsupportedError
    rest = tuple(piece for axis in layout[1:] for piece in axis)
    if any(piece.role in (BATCH, STRETCHED) for piece in rest):
        raise UnsupportedError
    if len(layout) == 2:
        return (Flatten(),) if shape.space else ()
    sizes = axes.sizes(layout)
    if shape.positions == 1 and holds(rest, CHANNELS, shape.channels):
        return (*((Flatten(),) if shape.space else ()), Unflatten(sizes[2:]))
    if len(layout) != len(shape.space) + 2:
        raise UnsupportedError
    return (_shuffle(shape, layout[1], layout[2:]),)


def _shuffle(shape: Shape, channels: Axis, space: Layout) -> Layer:
    """Channel shuffle, pixel shuffle and its inverse, by where the pieces of the channels and of space have gone."""
    if all(holds(axis, str(i), shape.space[i]) for i, axis in enumerate(space)):
        if len(channels) == 2 and axes.roles(channels) == {CHANNELS} and channels[0].place == 1:
            return ChannelShuffle(channels[1].size)
        raise UnsupportedError
    factor = axes.sizes(space)[0] // shape.space[0]
    if factor > 1 and all(
        len(axis) >= 1 + (shape.space[i] > 1) - 1
        and axis[: len(whole(str(i), shape.space[i]))] == whole(str(i), shape.space[i])
        and axes.roles(axis[len(whole(str(i), shape.space[i])) :]) == {CHANNELS}
        and axes.sizes((axis,))[0] == factor * shape.space[i]
        for i, axis in enumerate(space)
    ):
        return PixelShuffle(factor)
    factor = shape.space[0] // max(axes.sizes(space)[0], 1)
    if factor > 1 and all(
        axis == (Piece(str(i), shape.space[i] // factor, factor),) or (not axis and shape.space[i] == factor)
        for i, axis in enumerate(space)
    ):
        return PixelShuffle(factor, inverse=True)
    raise UnsupportedError


# Layers with weights.


def conv(net: Assembly, x: Tensor, weight: Constant, bias: Constant | None, window: Window, groups: int = 1) -> Tensor:
    x = _sliding(net, x, weight)
    channels = net.shape(x.node).channels
    filters, per_group, *kernel = weight.sizes
    if per_group * groups != channels:
        raise ModelFileError(
            _("weights for {given} channels meet a map of {channels}").format(
                given=per_group * groups, channels=channels
            )
        )
    options: dict[str, Any] = {**window._asdict(), "bias": bias is not None}
    layer: Layer
    if groups == channels > 1 and filters % channels == 0:
        layer = Depthwise(tuple(kernel), filters // channels, **options)
    else:
        layer = Conv(tuple(kernel), filters, groups=groups, **options)
    return net.map(layer, x, (weight, bias))


def transposed(
    net: Assembly,
    x: Tensor,
    weight: Constant,
    bias: Constant | None,
    window: Window,
    groups: int = 1,
    output_padding: Sizes = (0,),
) -> Tensor:
    x = _sliding(net, x, weight)
    channels, per_group, *kernel = weight.sizes
    if channels != net.shape(x.node).channels:
        raise ModelFileError(
            _("weights for {given} channels meet a map of {channels}").format(
                given=channels, channels=net.shape(x.node).channels
            )
        )
    layer = Transposed(
        tuple(kernel),
        per_group * groups,
        output_padding=output_padding,
        groups=groups,
        bias=bias is not None,
        **window._asdict(),
    )
    return net.map(layer, x, (weight, bias))


def check_output_padding(added: Sizes, stride: Sizes) -> None:
    """`ModelFileError` for what ONNX Runtime and Keras refuse; PyTorch takes more where the dilation is larger."""
    for extra, step in abreast(added, stride):
        if extra >= step:
            raise ModelFileError(
                _("output padding {extra} is not less than the stride {stride}").format(extra=extra, stride=step)
            )


def _sliding(net: Assembly, x: Tensor, weight: Constant) -> Tensor:
    x = settle(net, x)
    if len(weight.sizes) != len(x.layout):
        raise UnsupportedError
    return x


def linear(net: Assembly, x: Tensor, weight: Constant, bias: Constant | None = None) -> Tensor:
    """Weights of the sizes (units, inputs) on the last axis: dense, or the same for every position."""
    if len(weight.sizes) != 2:
        raise UnsupportedError
    units, inputs = weight.sizes
    if not x.layout or x.sizes[-1] != inputs:
        raise ModelFileError(
            _("weights for {given} inputs meet {inputs}").format(given=inputs, inputs=x.sizes[-1] if x.layout else 0)
        )
    shape = net.shape(x.node)
    if not holds(x.layout[-1], CHANNELS, shape.channels):
        x = settle(net, x)
        shape = net.shape(x.node)
        if shape.space:
            raise UnsupportedError
    layer: Layer = Dense(units, bias is not None)
    if shape.positions > 1:
        layer = Conv(1, units, bias=bias is not None)
    node = net.add(layer, (x.node,), weights=(weight, bias))
    return Tensor(node, (*x.layout[:-1], whole(CHANNELS, units)))


def add_bias(net: Assembly, x: Tensor) -> bool:
    """Give the layer that made ``x`` a bias, if it is one that can have it and has none."""
    layer = net.layer(x.node)
    if not isinstance(layer, (Conv, Dense, Depthwise, Transposed)) or layer.bias:
        return False
    net.replace(x.node, replace(layer, bias=True))
    return True


def batch_norm(net: Assembly, x: Tensor, scale: Constant | None, shift: Constant | None, *, statistics: bool) -> Tensor:
    x = _channels_second(net, x)
    layer = BatchNorm(_learnt(scale), _learnt(shift), statistics)
    return _kept(net, layer, x, (scale, shift))


def group_norm(net: Assembly, x: Tensor, groups: int, scale: Constant | None, shift: Constant | None) -> Tensor:
    return _kept(net, GroupNorm(groups, _learnt(scale), _learnt(shift)), _channels_second(net, x), (scale, shift))


def instance_norm(net: Assembly, x: Tensor, scale: Constant | None, shift: Constant | None) -> Tensor:
    return _kept(net, InstanceNorm(_learnt(scale), _learnt(shift)), _channels_second(net, x), (scale, shift))


def layer_norm(net: Assembly, x: Tensor, last: int, scale: Constant | None, shift: Constant | None) -> Tensor:
    """Over the ``last`` axes: the channels of each position, or the whole map."""
    shape = net.shape(x.node)
    normalised = axes.merged(tuple(piece for axis in x.layout[-last:] for piece in axis))
    if holds(normalised, CHANNELS, shape.channels):
        space = False
    elif prod(piece.size for piece in normalised) == shape.numbers:
        space = True
    else:
        raise UnsupportedError
    return _kept(net, LayerNorm(space, _learnt(scale), _learnt(shift)), x, (scale, shift))


def _learnt(constant: Constant | None) -> bool:
    return constant is not None and constant.learnt


def _kept(net: Assembly, layer: Layer, x: Tensor, weights: tuple[Constant | None, ...]) -> Tensor:
    """A layer that leaves every number in its place, whatever the layout."""
    return Tensor(net.add(layer, (x.node,), weights=weights), x.layout)


def _channels_second(net: Assembly, x: Tensor) -> Tensor:
    shape = net.shape(x.node)
    if len(x.layout) > 1 and holds(x.layout[1], CHANNELS, shape.channels):
        return x
    return settle(net, x)


def prelu(net: Assembly, x: Tensor, slope: Constant) -> Tensor:
    shared = slope.number == 1 and net.shape(x.node).channels != 1
    if not shared and slope.number != net.shape(x.node).channels:
        raise UnsupportedError
    return _kept(net, PReLU(shared), x, (slope,))


# Layers without weights.


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
    wanted = tuple(size if given is None else given for given, size in zip(outputs, space, strict=True))
    return net.map(GlobalPool(op) if set(wanted) == {1} else AdaptivePool(wanted, op), x)


def reduce(net: Assembly, x: Tensor, op: str, where: tuple[int, ...], *, keep: bool) -> Tensor:
    """The mean or the largest over some axes: a global pool if they hold all positions, else a window along one."""
    gone = {place(x, axis) for axis in where}
    pieces = tuple(piece for axis in sorted(gone) for piece in x.layout[axis])
    shape = net.shape(x.node)
    held = {piece.role for piece in pieces}
    if held & {BATCH, CHANNELS, STRETCHED}:
        raise UnsupportedError
    node = x.node
    if pieces:
        for role in held:
            if prod(piece.size for piece in pieces if piece.role == role) != shape.space[int(role)]:
                raise UnsupportedError
        open_axes = {str(i) for i, size in enumerate(shape.space) if size > 1}
        if held == open_axes:
            node = net.add(GlobalPool(op), (node,))
        else:
            window = tuple(size if str(i) in held else 1 for i, size in enumerate(shape.space))
            node = net.add(Pool(window, op), (node,))
    layout = tuple(() if i in gone else axis for i, axis in enumerate(x.layout) if keep or i not in gone)
    return Tensor(node, layout, net.name)


def softmax(net: Assembly, x: Tensor, axis: int) -> Tensor:
    x = settle_if(net, x)
    pieces = x.layout[place(x, axis)]
    shape = net.shape(x.node)
    if holds(pieces, CHANNELS, shape.channels):
        return Tensor(net.add(Softmax(), (x.node,)), x.layout)
    if CHANNELS not in axes.roles(pieces) and prod(piece.size for piece in pieces) == shape.positions:
        return Tensor(net.add(Softmax(space=True), (x.node,)), x.layout)
    raise UnsupportedError


def upsample(net: Assembly, x: Tensor, mode: str, *, align: bool, to: tuple[int, ...], scale: Sizes = ()) -> Tensor:
    """To the sizes ``to``; as a factor where one was given, or where it is a whole one without aligned corners."""
    x = settle(net, x)
    space = net.shape(x.node).space
    if mode == "nearest":
        align = False
    if not scale and not align and all(new % old == 0 for new, old in zip(to, space, strict=True)):
        scale = tuple(new // old for new, old in zip(to, space, strict=True))
    layer = Upsample(scale, mode, align) if scale else Upsample(None, mode, align, to)
    return net.map(layer, x)


def pad(net: Assembly, x: Tensor, added: dict[int, tuple[int, int]], mode: str) -> Tensor:
    """``added`` before and after each axis; negative numbers cut."""
    x = settle(net, x)
    rank = len(net.shape(x.node).space)
    if any(pair != (0, 0) and not 2 <= axis < rank + 2 for axis, pair in added.items()):
        raise UnsupportedError
    pairs = [added.get(axis + 2, (0, 0)) for axis in range(rank)]
    grown = tuple((max(before, 0), max(after, 0)) for before, after in pairs)
    cut = tuple((max(-before, 0), max(-after, 0)) for before, after in pairs)
    if any(map(any, grown)):
        x = net.map(Pad(grown, mode), x)
    if any(map(any, cut)):
        x = net.map(Crop(cut), x)
    return x


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
    return _cut_piece(net, x, axis, start, stop, step)


def _cut_piece(net: Assembly, x: Tensor, axis: int, start: int, stop: int, step: int) -> Tensor:
    shape = net.shape(x.node)
    pieces = x.layout[axis]
    if len(pieces) != 1:
        raise UnsupportedError
    role, size, place_ = pieces[0]
    if role == CHANNELS and step == 1 and size * place_ == shape.channels:
        node = net.add(Slice(start * place_, stop * place_), (x.node,))
        new: Axis = (Piece(role, stop - start, place_),) if stop - start > 1 else ()
        return Tensor(node, _with(x.layout, axis, new))
    if role in (BATCH, CHANNELS, STRETCHED) or size != shape.space[int(role)]:
        raise UnsupportedError
    node = x.node
    rank, this = len(shape.space), int(role)
    if (start, stop) != (0, size) and not (start == 0 and size - stop < step):
        border = tuple((start, size - stop) if i == this else (0, 0) for i in range(rank))
        node = net.add(Crop(border), (node,))
    if step > 1:
        node = net.add(Slice(stride=tuple(step if i == this else 1 for i in range(rank))), (node,))
    return Tensor(node, _with(x.layout, axis, whole(role, net.shape(node).space[this])))


def _with(layout: Layout, axis: int, pieces: Axis) -> Layout:
    return (*layout[:axis], pieces, *layout[axis + 1 :])


def select(net: Assembly, x: Tensor, axis: int, index: int) -> Tensor:
    """One index of an axis, which then is gone."""
    axis = place(x, axis)
    index = index % max(x.sizes[axis], 1)
    chosen = cut(net, x, axis, index, index + 1)
    return view(chosen, (*chosen.layout[:axis], *chosen.layout[axis + 1 :]))


def split(net: Assembly, x: Tensor, axis: int, parts: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Consecutive ``parts`` of one axis."""
    starts = [sum(parts[:i]) for i in range(len(parts))]
    return tuple(cut(net, x, axis, start, start + part) for start, part in zip(starts, parts, strict=True))


# Where tensors meet.


def concat(net: Assembly, tensors: list[Tensor], axis: int) -> Tensor:
    if len(tensors) == 1:
        return tensors[0]
    tensors = [settle_if(net, x) for x in tensors]
    axis = place(tensors[0], axis)
    rests = {(*x.layout[:axis], *x.layout[axis + 1 :]) for x in tensors}
    pure = all(holds(x.layout[axis], CHANNELS, net.shape(x.node).channels) for x in tensors)
    if len(rests) > 1 or not pure or len({len(net.shape(x.node).space) for x in tensors}) > 1:
        raise UnsupportedError
    node = net.add(Merge("concat"), tuple(x.node for x in tensors))
    return Tensor(node, _with(tensors[0].layout, axis, whole(CHANNELS, net.shape(node).channels)))


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


def _alike(left: Tensor, right: Tensor) -> bool:
    """Whether every axis of one holds what that of the other does, or a single number."""
    if len(left.layout) != len(right.layout):
        return False
    return all(axes.same(one, other) for one, other in zip(left.layout, right.layout, strict=True))


def _same_axes(net: Assembly, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    if not _alike(left, right):
        left, right = settle_if(net, left), settle_if(net, right)
    rank = max(len(left.layout), len(right.layout))
    ready = []
    space = max(len(net.shape(x.node).space) for x in (left, right))
    for x in (left, right):
        x = view(x, (*((),) * (rank - len(x.layout)), *x.layout))
        if len(net.shape(x.node).space) != space:
            if net.shape(x.node).space:
                raise UnsupportedError
            x = Tensor(net.add(Unflatten((1,) * space), (x.node,), x.name or Unflatten.__name__.lower()), x.layout)
        ready.append(x)
    return ready[0], ready[1]


def with_constant(net: Assembly, op: str, x: Tensor, constant: Constant) -> Tensor:
    """A tensor and a constant: nothing for fixed numbers, a learnt scale or offset for parameters."""
    if not constant.learnt:
        return _broadcast(x, constant.sizes)
    rank = max(len(x.layout), len(constant.sizes))
    layout: Layout = (*((),) * (rank - len(x.layout)), *x.layout)
    sizes = (1,) * (rank - len(constant.sizes)) + constant.sizes
    shape = net.shape(x.node)
    held = tuple(axis for axis, size in zip(layout, sizes, strict=True) if size > 1)
    if tuple(axes.sizes(held)) != tuple(size for size in sizes if size > 1):
        raise UnsupportedError
    pieces = tuple(piece for axis in held for piece in axis)
    if holds(pieces, CHANNELS, shape.channels):
        layer: Layer = Scale() if op == "mul" else Offset()
    elif op == "add" and prod(piece.size for piece in pieces) == shape.numbers and BATCH not in axes.roles(pieces):
        layer = Offset(space=True)
    else:
        raise UnsupportedError
    return Tensor(net.add(layer, (x.node,), weights=(constant,)), layout)


def _broadcast(x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    rank = max(len(x.layout), len(sizes))
    sizes = (1,) * (rank - len(sizes)) + sizes
    layout: Layout = (*((),) * (rank - len(x.layout)), *x.layout)
    if any(size not in (1, old) for size, old in zip(sizes, axes.sizes(layout), strict=True)):
        raise UnsupportedError
    return view(x, layout)


def tokens(net: Assembly, learnt: Constant, x: Tensor, axis: int) -> Tensor:
    """Learnt tokens before the positions of a map that stands in a row: batch, tokens, channels."""
    shape = net.shape(x.node)
    if place(x, axis) != 1 or len(x.layout) != 3 or not holds(x.layout[2], CHANNELS, shape.channels):
        raise UnsupportedError
    if prod(x.layout[1][i].size for i in range(len(x.layout[1]))) != shape.positions or not shape.space:
        raise UnsupportedError
    if not learnt.learnt or len(learnt.sizes) != 3 or learnt.sizes[2] != shape.channels:
        raise UnsupportedError
    node = net.add(Tokens(learnt.sizes[1]), (x.node,), weights=(learnt,))
    return Tensor(node, (x.layout[0], whole("0", net.shape(node).space[0]), x.layout[2]))


# Attention.


class Scores(NamedTuple):
    """Queries times keys, on the way to be weights of values; ``weighed`` once they went through a softmax."""

    query: Tensor
    key: Tensor
    weighed: bool = False


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
