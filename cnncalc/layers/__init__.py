"""The layer kinds: one file each, imported when first asked for.

`KINDS` is the one list: a new kind is a new file and a new line here.
"""

from __future__ import annotations

from importlib import import_module

from cnncalc.layers.base import Layer

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Conv": ("conv", ("conv",)),
    "Depthwise": ("depthwise", ("dwconv",)),
    "Separable": ("separable", ("sepconv",)),
    "Transposed": ("transposed", ("convT", "tconv", "deconv")),
    "Local": ("local", ("local",)),
    "Tiled": ("tiled", ("tiled",)),
    "Dense": ("dense", ("fc", "dense", "linear")),
    "Pool": ("pool", ("maxpool", "avgpool", "lppool")),
    "GlobalPool": ("globalpool", ("globalavgpool", "globalmaxpool", "globallppool")),
    "AdaptivePool": ("adaptivepool", ("adaptiveavgpool", "adaptivemaxpool")),
    "ChannelPool": ("channelpool", ("channelavgpool", "channelmaxpool")),
    "BatchNorm": ("batchnorm", ("bn", "batchnorm")),
    "LayerNorm": ("layernorm", ("ln", "layernorm")),
    "GroupNorm": ("groupnorm", ("gn", "groupnorm")),
    "InstanceNorm": ("instancenorm", ("in", "instancenorm")),
    "LocalResponseNorm": ("lrn", ("lrn",)),
    "Activation": (
        "activation",
        (
            *("relu", "relu6", "leakyrelu", "elu", "celu", "selu", "gelu", "silu", "mish"),
            *("sigmoid", "hardsigmoid", "hardswish", "hardtanh", "tanh", "softplus", "softsign"),
            *("exp", "abs", "square"),
        ),
    ),
    "GLU": ("glu", ("glu",)),
    "PReLU": ("prelu", ("prelu",)),
    "Scale": ("scale", ("scale",)),
    "Dropout": ("dropout", ("dropout",)),
    "Identity": ("identity", ("identity",)),
    "Softmax": ("softmax", ("softmax",)),
    "Flatten": ("flatten", ("flatten",)),
    "Upsample": ("upsample", ("up", "upsample")),
    "PixelShuffle": ("pixelshuffle", ("pixelshuffle", "pixelunshuffle")),
    "ChannelShuffle": ("channelshuffle", ("channelshuffle",)),
    "Pad": ("pad", ("pad",)),
    "Crop": ("crop", ("crop",)),
    "Slice": ("slice", ("slice",)),
    "Roll": ("roll", ("roll",)),
    "Attention": ("attention", ("attention",)),
    "Attend": ("attend", ("attend",)),
    "CrossAttend": ("crossattend", ("crossattend",)),
    "WindowAttend": ("windowattend", ("windowattend", "gridattend")),
    "Recurrent": ("recurrent", ("rnn", "gru", "lstm")),
    "Embedding": ("embedding", ("embed",)),
    "Tokens": ("tokens", ("tokens",)),
    "Learnt": ("learnt", ("learnt",)),
    "Offset": ("offset", ("offset",)),
    "Unflatten": ("unflatten", ("unflatten",)),
    "Placeholder": ("placeholder", ("placeholder",)),
    "Unknown": ("unknown", ("unknown",)),
    "Join": ("join", ("join",)),
    "Merge": ("merge", ("add", "mul", "concat")),
}
"""Class name: its module and its keywords (a test holds them against the classes' own, which need an import)."""

KEYWORDS: dict[str, str] = {keyword: name for name, (_module, keywords) in KINDS.items() for keyword in keywords}
"""Keyword of the notation: class name."""


def kind(name: str) -> type[Layer]:
    """The class called ``name``, imported now if it was not before.

    >>> kind("Conv").keywords
    {'conv': {}}
    """
    module, _keywords = KINDS[name]
    found: type[Layer] = getattr(import_module(f"cnncalc.layers.{module}"), name)
    return found


def __getattr__(name: str) -> type[Layer]:
    if name in KINDS:
        return kind(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
