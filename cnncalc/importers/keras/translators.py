"""What the layers of Keras do. `TRANSLATORS` is the one table: class of a layer → the function that says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly, plain
from cnncalc.importers.axes import CHANNELS, holds, whole
from cnncalc.importers.keras import sequences
from cnncalc.importers.keras.layer import KerasLayer
from cnncalc.importers.keras.windows import conv, depthwise, local, pool, separable, transposed
from cnncalc.importers.tensors import attention, joins, learnt, maps, views
from cnncalc.importers.tensors.products import summed
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Result, Tensor, UnsupportedError
from cnncalc.layers.activation import Activation
from cnncalc.layers.attend import Attend
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.identity import Identity
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.pad import Pad
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.scale import Scale
from cnncalc.shapes import shorten

Translator = Callable[[Assembly, KerasLayer], Result]

# Activations: layers of their own, or part of another.

ACTIVATIONS = {
    "relu6": "relu6",
    "leaky_relu": "leakyrelu",
    "swish": "silu",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "hard_tanh": "hardtanh",
    "exponential": "exp",
    **{name: name for name in ("relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh")},
    **{name: name for name in ("softplus", "softsign", "square", "exp")},
}
"""Keras's name of an activation: ours."""


def _activated(translate: Translator) -> Translator:
    """A layer that brings an activation with it, which is a layer after it: if it is not known, the layer itself is."""

    def both(net: Assembly, layer: KerasLayer) -> Result:
        x = translate(net, layer)
        function = _function(layer)
        after = KerasLayer("Activation", f"{layer.name}_{function}", {"activation": function}, inputs=(x,))
        return net.translated(after, _activation)

    return both


def _activation(net: Assembly, layer: KerasLayer) -> Tensor:
    return _applied(net, _function(layer), layer.x)


def _function(layer: KerasLayer) -> str:
    """Keras's name of a layer's activation; ``custom`` if it is code."""
    activation = layer.get("activation", "linear")
    if isinstance(activation, dict):
        is_function = activation.get("class_name") == "function"
        activation = activation.get("config") if is_function else activation["class_name"]
        return activation if isinstance(activation, str) else "custom"
    return str(activation)


def _applied(net: Assembly, function: str, x: Tensor) -> Tensor:
    if function == "linear":
        return x
    if function in ("softmax", "log_softmax"):
        return maps.softmax(net, x, -1)
    if function == "glu":
        return joins.glu(net, x, -1)
    if function.lower() not in ACTIVATIONS:
        raise UnsupportedError(f"activation {plain(shorten(function))}")
    return learnt.kept(net, Activation(ACTIVATIONS[function.lower()]), x)


def _kept(kind: Layer) -> Translator:
    """A layer without weights that leaves every number in its place."""
    return lambda net, layer: learnt.kept(net, kind, layer.x)


def _relu(net: Assembly, layer: KerasLayer) -> Tensor:
    return learnt.kept(net, Activation("relu6" if layer.get("max_value") == 6 else "relu"), layer.x)


def _softmax(net: Assembly, layer: KerasLayer) -> Tensor:
    return maps.softmax(net, layer.x, layer.get("axis", -1))


def _prelu(net: Assembly, layer: KerasLayer) -> Tensor:
    rank = len(layer.x.layout) - 1
    all_axes = set(range(1, rank + 1))
    shared = {axis % (rank + 1) for axis in layer.get("shared_axes", [])}
    if shared not in (all_axes, all_axes - {rank if net.last else 1}):
        raise UnsupportedError
    return learnt.kept(net, PReLU(shared=shared == all_axes), layer.x, (layer.stored(),))


# Products and norms.


def _dense(net: Assembly, layer: KerasLayer) -> Tensor:
    if not layer.x.layout:
        raise UnsupportedError
    weight = layer.stored(layer.option("units"), layer.x.sizes[-1])
    return learnt.linear(net, layer.x, weight, layer.stored() if layer.bias else None)


def _scale_and_shift(layer: KerasLayer) -> tuple[bool, bool]:
    return bool(layer.get("scale", True)), bool(layer.get("center", True))


def _batch_norm(net: Assembly, layer: KerasLayer) -> Tensor:
    _check_channels(net, layer, layer.get("axis", -1))
    return learnt.kept(net, BatchNorm(*_scale_and_shift(layer)), layer.x, (layer.stored(),))


def _layer_norm(net: Assembly, layer: KerasLayer) -> Tensor:
    axis = layer.get("axis", -1)
    over = {views.place(layer.x, a) for a in (axis if isinstance(axis, list) else [axis])}
    rank = len(layer.x.layout)
    space = rank > 2 and over == set(range(1, rank))
    if not space:
        _check_channels(net, layer, list(over))
    return learnt.kept(net, LayerNorm(space, *_scale_and_shift(layer)), layer.x, (layer.stored(),))


def _group_norm(net: Assembly, layer: KerasLayer) -> Tensor:
    _check_channels(net, layer, layer.get("axis", -1))
    groups = layer.get("groups", 32)
    groups = net.shape(layer.x.node).channels if groups == -1 else groups
    return learnt.kept(net, GroupNorm(groups, *_scale_and_shift(layer)), layer.x, (layer.stored(),))


def _check_channels(net: Assembly, layer: KerasLayer, axis: Any) -> None:
    """Norms are known over the channels."""
    x = layer.x
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if not isinstance(axis, int) or not holds(x.layout[views.place(x, axis)], CHANNELS, net.shape(x.node).channels):
        raise UnsupportedError


def _layer_scale(net: Assembly, layer: KerasLayer) -> Tensor:
    """The layer that `keras.applications` brings for ConvNeXt: a learnt number per channel."""
    return learnt.kept(net, Scale(), layer.x, (layer.stored(),))


def _attention(net: Assembly, layer: KerasLayer) -> Tensor:
    """Self-attention: as one layer where all projections keep the channels, else as its three steps."""
    x = layer.x
    channels = net.shape(x.node).channels
    if any(other != x for other in layer.inputs) or not holds(x.layout[-1], CHANNELS, channels):
        raise UnsupportedError
    heads, width = layer.option("num_heads"), layer.option("key_dim")
    positions = list(range(1, len(x.layout) - 1))
    if layer.get("value_dim", width) != width or layer.get("attention_axes") not in (None, positions):
        raise UnsupportedError
    output = layer.get("output_shape", channels)
    output = output[0] if isinstance(output, list) and len(output) == 1 else output
    if heads * width == channels == output:
        return learnt.kept(net, Attention(heads, layer.bias), x, (layer.stored(),))
    project = net.add(Conv(1, 3 * heads * width, bias=layer.bias), (x.node,), weights=(layer.stored(),))
    mixed = net.add(Attend(heads), (project,), f"{layer.name}_attend")
    weight = layer.stored()._replace(weight=f"{layer.weights}/output")
    node = net.add(Conv(1, output, bias=layer.bias), (mixed,), f"{layer.name}_output", (weight,))
    return Tensor(node, (*x.layout[:-1], whole(CHANNELS, output)))


def _rms_norm(net: Assembly, layer: KerasLayer) -> Tensor:
    """A layer norm that neither subtracts the mean nor shifts: units read what they read there."""
    _check_channels(net, layer, layer.get("axis", -1))
    return learnt.kept(net, LayerNorm(shift=False), layer.x, (layer.stored(),))


def _unit_norm(net: Assembly, layer: KerasLayer) -> Tensor:
    _check_channels(net, layer, layer.get("axis", -1))
    return learnt.kept(net, LayerNorm(scale=False, shift=False), layer.x)


def _dot_attention(net: Assembly, layer: KerasLayer) -> Tensor:
    """Dot products of queries with keys, without anything learnt: the value is the key where there are two."""
    query, value, *key = layer.inputs
    if layer.get("use_scale", False) or layer.get("score_mode", "dot") != "dot":
        raise UnsupportedError
    return attention.attend(net, query, key[0] if key else value, value)


# Layers inside a layer.


def _wrapped(net: Assembly, layer: KerasLayer) -> Result:
    """A wrapper that only changes the numbers of what it holds."""
    inner = layer.inner()
    return net.translated(inner, TRANSLATORS.get(inner.kind))


LIFTED = {
    **{f"{name}{rank}D": f"{name}{rank + 1}D" for name in ("Conv", "MaxPooling", "AveragePooling") for rank in (1, 2)},
    **{f"{name}{rank}D": f"{name}{rank + 1}D" for name in ("ZeroPadding", "Cropping", "UpSampling") for rank in (1, 2)},
}
"""Layer that slides: the one with an axis more, along which it does nothing."""

WINDOWS = {"kernel_size": 1, "strides": 1, "dilation_rate": 1, "pool_size": 1, "size": 1, "padding": 0, "cropping": 0}
"""An option of a layer that slides: what leaves an axis alone."""

AT_EACH_STEP = frozenset(
    {"Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Dropout", "BatchNormalization"}
)
"""Layers that do the same at every position, and so at every step."""


def _time_distributed(net: Assembly, layer: KerasLayer) -> Result:
    """The same layer at every step of the first axis, which is one axis more to a layer that slides."""
    inner = layer.inner()
    if inner.kind in AT_EACH_STEP:
        return net.translated(inner, TRANSLATORS[inner.kind])
    if inner.kind in FLATTENED:
        return FLATTENED[inner.kind](net, inner)
    if inner.kind not in LIFTED:
        raise UnsupportedError(f"TimeDistributed {plain(shorten(inner.kind))}")
    kind = LIFTED[inner.kind]
    rank = int(inner.kind[-2])
    options = {name: _lifted(inner, name, alone, rank) for name, alone in WINDOWS.items() if name in inner.arguments}
    lifted = replace(inner, kind=kind, arguments={**inner.arguments, **options})
    return net.translated(lifted, TRANSLATORS[kind])


def _lifted(layer: KerasLayer, name: str, alone: int, rank: int) -> Any:
    """An option with one number more in front; a rule, or what follows from another option, as it is."""
    value = layer.get(name)
    if value is None or isinstance(value, str):
        return value
    if alone:
        return [alone, *layer.sizes(name, rank)]
    return [[0, 0], *map(list, layer.pairs(name, rank))]


def _flattened_steps(net: Assembly, layer: KerasLayer) -> Tensor:
    return views.flatten(net, layer.x, 2, -1)


def _means_of_steps(op: str) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        where = tuple(range(2, len(layer.x.layout) - 1))
        return maps.reduce(net, layer.x, op, where, keep=bool(layer.get("keepdims", False)))

    return translate


FLATTENED: dict[str, Translator] = {
    "Flatten": _flattened_steps,
    **{f"GlobalAveragePooling{rank}D": _means_of_steps("avg") for rank in (1, 2)},
    **{f"GlobalMaxPooling{rank}D": _means_of_steps("max") for rank in (1, 2)},
}
"""Layers that end the axes of each step."""


def _einsum_dense(net: Assembly, layer: KerasLayer) -> Tensor:
    """Axes summed with weights, whose sizes follow from the equation; biases are one for each unit."""
    inputs, _comma, rest = str(layer.option("equation")).replace("...", "").partition(",")
    weights, _arrow, output = rest.partition("->")
    sizes = dict(zip(output[1:], layer.option("output_shape"), strict=True)) | dict(
        zip(inputs, layer.x.sizes, strict=True)
    )
    stored = layer.stored(*(sizes[letter] for letter in weights))
    units = [letter for letter in weights if letter not in inputs]
    bias_axes = layer.get("bias_axes")
    if bias_axes is not None and sorted(bias_axes) != sorted(units):
        raise UnsupportedError
    bias = layer.stored() if bias_axes is not None else None
    return summed(net, (layer.x, inputs), (stored, weights), output, bias)


# Pools, borders, sizes.


def _global_pool(op: str) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        x = net.map(GlobalPool(op), settle(net, layer.x))
        return x if layer.get("keepdims", False) else Tensor(x.node, net.standard(x.layout)[:2], layer.name)

    return translate


def _zero_padding(rank: int) -> Translator:
    return lambda net, layer: net.map(Pad(layer.pairs("padding", rank)), settle(net, layer.x))


def _cropping(rank: int) -> Translator:
    return lambda net, layer: net.map(Crop(layer.pairs("cropping", rank)), settle(net, layer.x))


MODES = ("nearest", "bilinear", "bicubic")
"""Interpolations that `Upsample` knows, by the same names."""


def _mode(layer: KerasLayer, default: str) -> str:
    mode = str(layer.get("interpolation", default))
    if mode not in MODES:
        raise UnsupportedError
    return mode


def _adaptive_pool(op: str, rank: int) -> Translator:
    return lambda net, layer: maps.adaptive_pool(net, layer.x, op, layer.sizes("output_size", rank))


def _center_crop(net: Assembly, layer: KerasLayer) -> Tensor:
    x = settle(net, layer.x)
    wanted = (layer.option("height"), layer.option("width"))
    cuts = [size - new for size, new in zip(net.shape(x.node).space, wanted, strict=True)]
    if min(cuts) < 0:
        raise UnsupportedError  # enlarged first, then cut
    border = tuple((cut // 2, cut - cut // 2) for cut in cuts)
    return net.map(Crop(border), x) if any(cuts) else x


def _up_sampling(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        scale = layer.sizes("size", rank, 2)
        return maps.upsample(net, layer.x, _mode(layer, "nearest"), align=False, to=(), scale=scale)

    return translate


def _resizing(net: Assembly, layer: KerasLayer) -> Tensor:
    mode = _mode(layer, "bilinear")
    if any(layer.get(name, False) for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")):
        raise UnsupportedError
    x = settle(net, layer.x)
    to = (layer.option("height"), layer.option("width"))
    if mode == "nearest" and any(new % old for new, old in zip(to, net.shape(x.node).space, strict=True)):
        raise UnsupportedError  # from the middle of a pixel, which is another one where sizes don't divide
    return maps.upsample(net, x, mode, align=False, to=to)


# Views, and where tensors meet.


def _same(net: Assembly, layer: KerasLayer) -> Tensor:
    return layer.x


def _flatten(net: Assembly, layer: KerasLayer) -> Tensor:
    return settle(net, views.flatten(net, layer.x, 1, -1)) if len(layer.x.layout) > 2 else layer.x


def _reshape(net: Assembly, layer: KerasLayer) -> Tensor:
    batch, *sizes = layer.x.sizes
    target = axes.filled(tuple(layer.option("target_shape")), prod(sizes))
    return views.reshape(net, layer.x, (batch, *target))


def _permute(net: Assembly, layer: KerasLayer) -> Tensor:
    return views.permute(net, layer.x, (0, *layer.option("dims")))


def _merge(op: str) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        x = layer.x
        for other in layer.inputs[1:]:  # one alone: the other is a fixed number
            x = joins.merge(net, op, x, other)
        return x

    return translate


def _concatenate(net: Assembly, layer: KerasLayer) -> Tensor:
    return joins.concat(net, list(layer.inputs), layer.get("axis", -1))


def _ranks(name: str, make: Callable[[int], Translator], ranks: tuple[int, ...] = (1, 2, 3)) -> dict[str, Translator]:
    """One translator for each number of spatial axes."""
    return {name.format(rank): make(rank) for rank in ranks}


RANDOM = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
    *("RandomColorDegeneration", "RandomColorJitter", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur"),
    *("RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation"),
    *("RandomSharpness", "RandomShear", "RandAugment", "AugMix", "CutMix", "MixUp"),
)
"""Layers that change pictures while a model learns, and nothing once it has."""

TRANSLATORS: dict[str, Translator] = {
    "InputLayer": _same,
    **_ranks("Conv{}D", lambda rank: _activated(conv(rank))),
    **_ranks("Conv{}DTranspose", lambda rank: _activated(transposed(rank))),
    **_ranks("DepthwiseConv{}D", lambda rank: _activated(depthwise(rank)), (1, 2)),
    **_ranks("SeparableConv{}D", lambda rank: _activated(separable(rank)), (1, 2)),
    **_ranks("LocallyConnected{}D", lambda rank: _activated(local(rank)), (1, 2)),
    "Dense": _activated(_dense),
    **_ranks("MaxPooling{}D", lambda rank: pool("max", rank)),
    **_ranks("AveragePooling{}D", lambda rank: pool("avg", rank)),
    **_ranks("GlobalMaxPooling{}D", lambda rank: _global_pool("max")),
    **_ranks("GlobalAveragePooling{}D", lambda rank: _global_pool("avg")),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _kept(Activation("leakyrelu")),
    "ELU": _kept(Activation("elu")),
    "ThresholdedReLU": _kept(Activation("relu")),
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(("Dropout", "GaussianDropout", "AlphaDropout", "GaussianNoise"), _kept(Dropout())),
    **_ranks("SpatialDropout{}D", lambda rank: _kept(Dropout())),
    **dict.fromkeys(("ActivityRegularization", "Rescaling", "Normalization", "Identity"), _kept(Identity())),
    **dict.fromkeys(RANDOM, _kept(Identity())),
    "Masking": _kept(Identity()),
    "RMSNormalization": _rms_norm,
    "UnitNormalization": _unit_norm,
    "Attention": _dot_attention,
    "SpectralNormalization": _wrapped,
    "TimeDistributed": _time_distributed,
    **sequences.TRANSLATORS,
    "EinsumDense": _activated(_einsum_dense),
    **_ranks("AdaptiveAveragePooling{}D", lambda rank: _adaptive_pool("avg", rank)),
    **_ranks("AdaptiveMaxPooling{}D", lambda rank: _adaptive_pool("max", rank)),
    "CenterCrop": _center_crop,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    **_ranks("ZeroPadding{}D", _zero_padding),
    **_ranks("Cropping{}D", _cropping),
    **_ranks("UpSampling{}D", _up_sampling),
    "Resizing": _resizing,
    **dict.fromkeys(("Add", "Subtract", "Average", "Maximum", "Minimum", "CustomScaleLayer"), _merge("add")),
    **dict.fromkeys(("Multiply", "Divide"), _merge("mul")),
    "Concatenate": _concatenate,
    "LayerScale": _layer_scale,
    "MultiHeadAttention": _attention,
}
"""Class of a layer: what it does."""
