"""Keras itself, on networks written twice: its total of parameters is what our rule says."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import prod
from typing import Any

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.peers import as_counted_by
from cnncalc.peers.tools import KERAS
from cnncalc.shapes import Shape

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")

BRANCHES = "conv3-4,p1 add(| conv1-4) mul(| relu) concat(| bn) attention,h2"

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
    "activations": (
        "conv3-8 sigmoid tanh relu6 leakyrelu elu silu gelu identity pad,p1 crop,p1 globalmaxpool",
        Shape((8, 8), 3),
        lambda layers: [
            layers.Conv2D(8, 3),
            *(layers.Activation(name) for name in ("sigmoid", "tanh", "relu6", "leaky_relu", "elu", "silu", "gelu")),
            layers.Identity(),
            layers.ZeroPadding2D(1),
            layers.Cropping2D(1),
            layers.GlobalMaxPooling2D(),
        ],
    ),
    "upsampling": (
        "conv3-8 up2 conv3-4",
        Shape((8, 8), 3),
        lambda layers: [layers.Conv2D(8, 3), layers.UpSampling2D(), layers.Conv2D(4, 3)],
    ),
}


def test_branches() -> None:
    """Where branches meet nothing is learnt, and attention learns the same."""
    layers = keras.layers
    image = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 3, padding="same")(image)
    met = layers.Add()([first, layers.Conv2D(4, 1)(first)])
    met = layers.Multiply()([met, layers.ReLU()(met)])
    met = layers.Concatenate()([met, layers.BatchNormalization()(met)])
    met = layers.MultiHeadAttention(2, 4)(met, met)
    network = parse(BRANCHES)
    (number,) = as_counted_by("keras", network, Shape((8, 8), 3))
    assert keras.Model(image, met).count_params() == number.total == number.ours + 8


def test_every_layer_was_measured() -> None:
    """Each keyword that the table has for Keras stands in one of the networks here."""
    networks = [parse(notation) for notation in (BRANCHES, *(pair[0] for pair in PAIRS.values()))]
    assert {node.layer.keyword for network in networks for node in network.nodes} == set(KERAS)


@pytest.mark.parametrize("name", PAIRS)
def test_keras_counts_what_its_rule_says(name: str) -> None:
    """``count_params`` of the model is our parameters and the running statistics; what it can train is our parameters."""
    notation, shape, build = PAIRS[name]
    model = keras.Sequential([keras.Input((*shape.space, shape.channels)), *build(keras.layers)])
    (number,) = as_counted_by("keras", parse(notation), shape)
    assert model.count_params() == number.total
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == number.ours
