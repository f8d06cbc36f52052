"""Layers with weights: what a framework stores becomes the kind whose weights have these sizes."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import BATCH, CHANNELS, Axis, holds, whole
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Constant, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.base import Layer, Sizes, abreast
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.instancenorm import InstanceNorm
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.local import Local
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.sliding import Padding
from cnncalc.layers.transposed import Transposed


class Window(NamedTuple):
    """The options that a convolution and a pool have in common."""

    stride: Sizes = (1,)
    padding: Padding = ((0, 0),)
    dilation: Sizes = (1,)


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
    x = _channels_at_the_end(net, x)
    shape = net.shape(x.node)
    layer: Layer = Dense(units, bias is not None)
    if shape.positions > 1:
        layer = Conv(1, units, bias=bias is not None)
    node = net.add(layer, (x.node,), weights=(weight, bias))
    return Tensor(node, (*x.layout[:-1], whole(CHANNELS, units)))


def _channels_at_the_end(net: Assembly, x: Tensor) -> Tensor:
    """With all channels on the last axis; views that brought others there become the layer that they amount to."""
    if holds(x.layout[-1], CHANNELS, net.shape(x.node).channels):
        return x
    if net.last:
        return settle(net, x)
    settled = settle(net, x._replace(layout=(x.layout[0], x.layout[-1], *x.layout[1:-1])))
    return settled._replace(layout=(settled.layout[0], *settled.layout[2:], settled.layout[1]))


def add_bias(net: Assembly, x: Tensor) -> bool:
    """Give the layer that made ``x`` a bias, if it is one that can have it and has none."""
    layer = net.layer(x.node)
    if not isinstance(layer, (Conv, Dense, Depthwise, Transposed)) or layer.bias:
        return False
    net.replace(x.node, replace(layer, bias=True))
    return True


def add_local_bias(net: Assembly, x: Tensor, pieces: Axis, bias: Constant) -> bool:
    """Give a locally connected layer that nothing else reads its biases: one a filter, or one for every number."""
    layer, shape = net.layer(x.node), net.shape(x.node)
    if not isinstance(layer, Local) or layer.bias or net.is_read(x.node):
        return False
    shared = holds(pieces, CHANNELS, shape.channels)
    if not shared and (prod(piece.size for piece in pieces) != shape.numbers or BATCH in axes.roles(pieces)):
        return False
    net.give_bias(x.node, replace(layer, bias=True, shared_bias=shared and shape.positions > 1), bias)
    return True


def batch_norm(net: Assembly, x: Tensor, scale: Constant | None, shift: Constant | None, *, statistics: bool) -> Tensor:
    x = _channels_second(net, x)
    layer = BatchNorm(_learnt(scale), _learnt(shift), statistics)
    return kept(net, layer, x, (scale, shift))


def group_norm(net: Assembly, x: Tensor, groups: int, scale: Constant | None, shift: Constant | None) -> Tensor:
    return kept(net, GroupNorm(groups, _learnt(scale), _learnt(shift)), _channels_second(net, x), (scale, shift))


def instance_norm(net: Assembly, x: Tensor, scale: Constant | None, shift: Constant | None) -> Tensor:
    return kept(net, InstanceNorm(_learnt(scale), _learnt(shift)), _channels_second(net, x), (scale, shift))


def layer_norm(net: Assembly, x: Tensor, last: int, scale: Constant | None, shift: Constant | None) -> Tensor:
    """Over the ``last`` axes: the channels of each position, or the whole map."""
    if last == 1 and len(x.layout) > 1:
        x = _channels_at_the_end(net, x)
    shape = net.shape(x.node)
    normalised = axes.merged(tuple(piece for axis in x.layout[-last:] for piece in axis))
    if holds(normalised, CHANNELS, shape.channels):
        space = False
    elif prod(piece.size for piece in normalised) == shape.numbers:
        space = True
    else:
        raise UnsupportedError
    return kept(net, LayerNorm(space, _learnt(scale), _learnt(shift)), x, (scale, shift))


def _learnt(constant: Constant | None) -> bool:
    return constant is not None and constant.learnt


def kept(net: Assembly, layer: Layer, x: Tensor, weights: tuple[Constant | None, ...] = ()) -> Tensor:
    """A layer that leaves every number in its place, whatever the layout."""
    learnt = tuple(constant if _learnt(constant) else None for constant in weights)
    return Tensor(net.add(layer, (x.node,), weights=learnt), x.layout)


def _channels_second(net: Assembly, x: Tensor) -> Tensor:
    shape = net.shape(x.node)
    if len(x.layout) > 1 and holds(x.layout[1], CHANNELS, shape.channels):
        return x
    return settle(net, x)


def prelu(net: Assembly, x: Tensor, slope: Constant) -> Tensor:
    shared = slope.number == 1 and net.shape(x.node).channels != 1
    if not shared and slope.number != net.shape(x.node).channels:
        raise UnsupportedError
    return kept(net, PReLU(shared), x, (slope,))
