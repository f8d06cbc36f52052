"""The layer kinds that Keras has, as Keras writes them: channels last, on symbolic tensors; by hand as in `by_torch`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from cnncalc.analysis import shapes
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Network
from cnncalc.shapes import Shape
from tests.oracle.by_torch import per_axis, sides

layers = keras.layers

Space = tuple[int, ...]


class UnlikeError(Exception):
    """Keras has no layer that does so."""


def _only(*alike: bool) -> None:
    if not all(alike):
        raise UnlikeError


def _spatial(name: str, rank: int, ranks: tuple[int, ...] = (1, 2, 3)) -> Any:
    """The class for so many axes."""
    _only(rank in ranks)
    return getattr(layers, name.format(rank))


def _zeros(pairs: list[tuple[int, int]]) -> Any:
    """Padding of one axis is no list of pairs."""
    return _spatial("ZeroPadding{}D", len(pairs))(pairs[0] if len(pairs) == 1 else tuple(pairs))


def _steps(layer: Any, rank: int) -> dict[str, Any]:
    """Strides or dilation, never both."""
    strides, dilation = (tuple(per_axis(getattr(layer, name), rank)) for name in ("stride", "dilation"))
    _only(max(strides) == 1 or max(dilation) == 1)
    return {"kernel_size": tuple(per_axis(layer.kernel, rank)), "strides": strides, "dilation_rate": dilation}


def _square(options: dict[str, Any]) -> dict[str, Any]:
    """Layers that slide over each channel alone step alike on all axes."""
    _only(len(set(options["strides"])) == 1, len(set(options["dilation_rate"])) == 1)
    return options


def _padded(layer: Any, x: Any, space: Space, make: Callable[[str], Any]) -> Any:
    """A layer by Keras' own rule of padding, or behind a layer of zeros."""
    if isinstance(layer.padding, str):
        _only(layer.padding == "same" or (layer.padding == "causal" and make.__name__ == "conv" and len(space) == 1))
        return make(layer.padding)(x)
    pairs = sides(layer, space)
    return make("valid")(_zeros(pairs)(x) if any(map(any, pairs)) else x)


def conv(layer: Any, x: Any, space: Space) -> Any:
    steps, filters = _steps(layer, len(space)), layer.filters or x.shape[-1]

    def conv(padding: str) -> Any:
        name = _spatial("Conv{}D", len(space))
        return name(filters, padding=padding, groups=layer.groups, use_bias=layer.bias, **steps)

    return _padded(layer, x, space, conv)


def depthwise(layer: Any, x: Any, space: Space) -> Any:
    steps, name = _square(_steps(layer, len(space))), _spatial("DepthwiseConv{}D", len(space), (1, 2))
    own = {"depth_multiplier": layer.multiplier, "use_bias": layer.bias, **steps}
    return _padded(layer, x, space, lambda padding: name(padding=padding, **own))


def separable(layer: Any, x: Any, space: Space) -> Any:
    steps, name = _square(_steps(layer, len(space))), _spatial("SeparableConv{}D", len(space), (1, 2))
    own = {"depth_multiplier": layer.multiplier, "use_bias": layer.bias, **steps}
    return _padded(layer, x, space, lambda padding: name(layer.filters or x.shape[-1], padding=padding, **own))


def transposed(layer: Any, x: Any, space: Space) -> Any:
    """Keras stamps whole kernels only where they are no smaller than a stride."""
    rank = len(space)
    kernel, strides, dilation, more = (
        tuple(per_axis(getattr(layer, name), rank)) for name in ("kernel", "stride", "dilation", "output_padding")
    )
    _only(layer.groups == 1, not any(more), max(dilation) == 1, not any(map(any, sides(layer, space))))
    _only(all(k >= s for k, s in zip(kernel, strides, strict=True)))
    name = _spatial("Conv{}DTranspose", rank)
    return name(layer.filters or x.shape[-1], kernel, strides, use_bias=layer.bias)(x)


def dense(layer: Any, x: Any, space: Space) -> Any:
    return layers.Dense(layer.units, use_bias=layer.bias)(layers.Flatten()(x) if space else x)


def pool(layer: Any, x: Any, space: Space) -> Any:
    rank = len(space)
    size, strides, dilation = (tuple(per_axis(getattr(layer, name), rank)) for name in ("kernel", "stride", "dilation"))
    _only(layer.op in POOLS, max(dilation) == 1, not layer.ceil)
    _only(layer.padding == "same" or (not isinstance(layer.padding, str) and not any(map(any, sides(layer, space)))))
    padding = "same" if layer.padding == "same" else "valid"
    return _spatial(POOLS[layer.op] + "Pooling{}D", rank)(size, strides, padding)(x)


POOLS = {"max": "Max", "avg": "Average"}


def global_pool(layer: Any, x: Any, space: Space) -> Any:
    _only(layer.op in POOLS)
    return _spatial("Global" + POOLS[layer.op] + "Pooling{}D", len(space))(keepdims=True)(x)


def batch_norm(layer: Any, x: Any, space: Space) -> Any:
    return layers.BatchNormalization(scale=layer.scale, center=layer.shift)(x)


def layer_norm(layer: Any, x: Any, space: Space) -> Any:
    axes = list(range(1, 2 + len(space))) if layer.space else -1
    return layers.LayerNormalization(axis=axes, scale=layer.scale, center=layer.shift)(x)


def group_norm(layer: Any, x: Any, space: Space) -> Any:
    return layers.GroupNormalization(layer.groups, scale=layer.scale, center=layer.shift)(x)


FUNCTIONS = {
    **{name: name for name in ("relu", "relu6", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh")},
    **{name: name for name in ("softplus", "softsign")},
    "leakyrelu": "leaky_relu",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_silu",
    "hardtanh": "hard_tanh",
    "exp": "exponential",
}
"""Our activations by Keras' names for them."""


def activation(layer: Any, x: Any, space: Space) -> Any:
    _only(layer.function in FUNCTIONS)
    return layers.Activation(FUNCTIONS[layer.function])(x)


def prelu(layer: Any, x: Any, space: Space) -> Any:
    return layers.PReLU(shared_axes=list(range(1, (2 if layer.shared else 1) + len(space))) or None)(x)


def dropout(layer: Any, x: Any, space: Space) -> Any:
    return layers.Dropout(0.5)(x)


def identity(layer: Any, x: Any, space: Space) -> Any:
    return layers.Identity()(x)


def softmax(layer: Any, x: Any, space: Space) -> Any:
    _only(not layer.space)
    return layers.Softmax()(x)


def flatten(layer: Any, x: Any, space: Space) -> Any:
    return layers.Flatten()(x)


def pad(layer: Any, x: Any, space: Space) -> Any:
    _only(layer.mode == "zeros", bool(space))
    return _zeros(sides(layer, space))(x)


def crop(layer: Any, x: Any, space: Space) -> Any:
    pairs = [side if isinstance(side, tuple) else (side, side) for side in per_axis(layer.border, len(space))]
    return _spatial("Cropping{}D", len(space))(pairs[0] if len(pairs) == 1 else tuple(pairs))(x)


def upsample(layer: Any, x: Any, space: Space) -> Any:
    """Sizes are for pictures; in between Keras takes corners of pixels, and never of the map."""
    rank = len(space)
    _only(not layer.align_corners, layer.mode == "nearest" or rank == 2)
    if layer.scale is not None:
        scale = per_axis(layer.scale, rank)
        more = {"interpolation": layer.mode} if rank == 2 else {}
        return _spatial("UpSampling{}D", rank)(scale[0] if rank == 1 else tuple(scale), **more)(x)
    to = per_axis(layer.to, rank)
    _only(rank == 2, layer.mode != "nearest" or not any(new % old for new, old in zip(to, space, strict=True)))
    return layers.Resizing(*to, interpolation=layer.mode)(x)


def picked(layer: Any, x: Any, space: Space) -> Any:
    _only(layer.of is None)
    steps = tuple(slice(None, None, step) for step in per_axis(layer.stride, len(space)))
    return x[(slice(None), *steps, slice(layer.first, layer.stop))]


def recurrent(layer: Any, x: Any, space: Space) -> Any:
    """Keras' gates have one bias each, and those of its GRU two."""
    _only(len(space) == 1, layer.biases in (0, 2 if layer.op == "gru" else 1))
    name = {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}[layer.op]
    one = getattr(layers, name)(layer.units, return_sequences=True, use_bias=layer.biases > 0)
    return (layers.Bidirectional(one) if layer.bidirectional else one)(x)


KINDS: dict[str, Callable[[Any, Any, Space], Any]] = {
    "Conv": conv,
    "Depthwise": depthwise,
    "Separable": separable,
    "Transposed": transposed,
    "Dense": dense,
    "Pool": pool,
    "GlobalPool": global_pool,
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "GroupNorm": group_norm,
    "Activation": activation,
    "PReLU": prelu,
    "Dropout": dropout,
    "Identity": identity,
    "Softmax": softmax,
    "Flatten": flatten,
    "Pad": pad,
    "Crop": crop,
    "Upsample": upsample,
    "Slice": picked,
    "Recurrent": recurrent,
}
"""Class name of the kind: Keras' layer on a tensor, whose map has so many places; `UnlikeError` where it has none."""


def has(layer: Layer, shape: Shape) -> bool:
    """Whether Keras has a layer that does so."""
    try:
        KINDS.get(type(layer).__name__, identity)(layer, keras.Input((*shape.space, shape.channels)), shape.space)
    except UnlikeError:
        return False
    return True


def merged(layer: Any, maps: list[Any], spaces: list[Space]) -> Any:
    _only(isinstance(layer, Merge), len({len(space) for space in spaces}) == 1)
    return {"add": layers.Add, "mul": layers.Multiply, "concat": layers.Concatenate}[layer.op]()(maps)


def model(network: Network, input: Shape) -> Any:
    """The network as a Keras model; `UnlikeError` where it has a layer that Keras has not."""
    made = {INPUT: input, **dict(enumerate(shapes(network, input)))}
    inputs = [keras.Input((*input.space, input.channels))]
    maps = {INPUT: inputs[0]}
    for index, node in enumerate(network.nodes):
        spaces = [made[source].space for source in node.inputs]
        if node.layer.stands_in:
            inputs.append(keras.Input((*made[index].space, made[index].channels)))
            maps[index] = inputs[-1]
        elif len(spaces) > 1:
            maps[index] = merged(node.layer, [maps[source] for source in node.inputs], spaces)
        else:
            maps[index] = KINDS[type(node.layer).__name__](node.layer, maps[node.inputs[0]], spaces[0])
    return keras.Model(inputs, maps[len(network) - 1])
