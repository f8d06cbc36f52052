"""Keras itself, on networks written twice: its total of parameters is what our rule says."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import prod
from typing import Any

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.peers import as_counted_by
from cnncalc.shapes import Shape

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

Layers = Callable[[Any], list[Any]]

PAIRS: dict[str, tuple[str, Shape, Layers]] = {
    "conv": ("conv3-64", Shape((24, 20), 3), lambda layers: [layers.Conv2D(64, 3)]),
    "grouped": (
        "conv3-12,g3,nobias",
        Shape((9, 9), 6),
        lambda layers: [layers.Conv2D(12, 3, groups=3, use_bias=False)],
    ),
    "depthwise": ("dwconv3,m2", Shape((9, 9), 4), lambda layers: [layers.DepthwiseConv2D(3, depth_multiplier=2)]),
    "separable": ("sepconv3-16 relu", Shape((9, 9), 8), lambda layers: [layers.SeparableConv2D(16, 3), layers.ReLU()]),
    "transposed": ("convT4-8/2,same", Shape((9, 9), 4), lambda layers: [layers.Conv2DTranspose(8, 4, 2, "same")]),
    "dense": (
        "flatten fc32 relu dropout fc10,nobias softmax",
        Shape((6, 5), 3),
        lambda layers: [
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dropout(0.5),
            layers.Dense(10, use_bias=False),
            layers.Softmax(),
        ],
    ),
    "batch norm": (
        "conv3-8,nobias bn relu bn,noscale bn,noaffine",
        Shape((8, 8), 3),
        lambda layers: [
            layers.Conv2D(8, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.BatchNormalization(scale=False),
            layers.BatchNormalization(scale=False, center=False),
        ],
    ),
    "other norms": (
        "conv3-8 gn,g2 ln",
        Shape((8, 8), 3),
        lambda layers: [layers.Conv2D(8, 3), layers.GroupNormalization(2), layers.LayerNormalization()],
    ),
    "pools": (
        "conv3-8 maxpool2 avgpool2 globalavgpool flatten fc5",
        Shape((20, 20), 3),
        lambda layers: [
            layers.Conv2D(8, 3),
            layers.MaxPooling2D(),
            layers.AveragePooling2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5),
        ],
    ),
    "upsampling": (
        "conv3-8 up2 conv3-4",
        Shape((8, 8), 3),
        lambda layers: [layers.Conv2D(8, 3), layers.UpSampling2D(), layers.Conv2D(4, 3)],
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_keras_counts_what_its_rule_says(name: str) -> None:
    """``count_params`` of the model is our parameters and the running statistics; what it can train is our parameters."""
    notation, shape, build = PAIRS[name]
    model = keras.Sequential([keras.Input((*shape.space, shape.channels)), *build(keras.layers)])
    (number,) = as_counted_by("keras", parse(notation), shape)
    assert model.count_params() == number.total
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == number.ours
