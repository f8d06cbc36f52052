"""The table of experiments: what NumPy does for each layer kind, forward and back.

A forward pass takes the layer's plain fields, a ledger and the arrays that arrive. The way back is the transpose of
the linear map; where a layer is not linear, it is that of a positive linear map which reads the same inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.errors import UnknownLayerError
from cnncalc.language import _
from cnncalc.verify.kinds import mixing, moving, norms, pointwise, pooling, sliding
from cnncalc.verify.ledger import Array


class Experiment(NamedTuple):
    """``forward(layer, ledger, *arrays)`` and ``back(layer, ledger, gradient, *shapes)`` of one kind."""

    forward: Callable[..., Array]
    back: Callable[..., Any]


EXPERIMENTS: dict[str, Experiment] = {
    "Conv": Experiment(sliding.conv, sliding.conv_back),
    "Depthwise": Experiment(sliding.depthwise, sliding.depthwise_back),
    "Separable": Experiment(sliding.separable, sliding.separable_back),
    "Transposed": Experiment(sliding.transposed, sliding.transposed_back),
    "Local": Experiment(sliding.local, sliding.local_back),
    "Tiled": Experiment(sliding.tiled, sliding.tiled_back),
    "Dense": Experiment(sliding.connect, sliding.connect_back),
    "Pool": Experiment(pooling.pool, pooling.pool_back),
    "GlobalPool": Experiment(pooling.global_pool, pooling.global_pool_back),
    "AdaptivePool": Experiment(pooling.adaptive_pool, pooling.adaptive_pool_back),
    "BatchNorm": Experiment(norms.batch_norm, norms.batch_norm_back),
    "LayerNorm": Experiment(norms.layer_norm, norms.layer_norm_back),
    "GroupNorm": Experiment(norms.group_norm, norms.everywhere),
    "InstanceNorm": Experiment(norms.instance_norm, norms.over_space),
    "LocalResponseNorm": Experiment(norms.local_response_norm, norms.over_channels),
    "Activation": Experiment(pointwise.activation, pointwise.same_back),
    "PReLU": Experiment(pointwise.prelu, pointwise.same_back),
    "Scale": Experiment(pointwise.scale, pointwise.same_back),
    "Dropout": Experiment(pointwise.same, pointwise.same_back),
    "Identity": Experiment(pointwise.same, pointwise.same_back),
    "Softmax": Experiment(pointwise.softmax, pointwise.softmax_back),
    "Flatten": Experiment(moving.flatten, moving.reshape_back),
    "Upsample": Experiment(moving.upsample, moving.upsample_back),
    "PixelShuffle": Experiment(moving.pixel_shuffle, moving.pixel_shuffle_back),
    "ChannelShuffle": Experiment(moving.channel_shuffle, moving.channel_shuffle_back),
    "Pad": Experiment(moving.pad, moving.pad_back),
    "Crop": Experiment(moving.crop, moving.crop_back),
    "Slice": Experiment(moving.take, moving.take_back),
    "Unflatten": Experiment(moving.unflatten, moving.reshape_back),
    "Tokens": Experiment(moving.tokens, moving.tokens_back),
    "Offset": Experiment(pointwise.offset, pointwise.same_back),
    "Attention": Experiment(mixing.attention, norms.everywhere),
    "Attend": Experiment(mixing.attend, norms.everywhere),
    "Merge": Experiment(mixing.merge, mixing.merge_back),
}
"""Class name of the kind: its experiment. A test holds the keys against `cnncalc.layers.KINDS`.

``Unknown`` has none: nobody knows what it does, and nothing after it is verified."""


def experiment(layer: Any) -> Experiment:
    """The experiment for a layer.

    Raises `UnknownLayerError` for a kind that has none.
    """
    found = EXPERIMENTS.get(type(layer).__name__)
    if found is None:
        raise UnknownLayerError(
            _("there is no experiment for {kind}: what comes after it can't be verified").format(
                kind=getattr(layer, "operator", "") or type(layer).__name__
            )
        )
    return found
