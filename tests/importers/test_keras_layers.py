"""Every layer of `keras.layers`: counted as Keras counts it, or refused by its name; and functions between layers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest

from cnncalc.errors import ModelFileError, UnknownLayerError
from cnncalc.importers.keras import from_keras, load
from cnncalc.importers.keras.ops import OPS
from cnncalc.importers.keras.reader import from_config
from cnncalc.importers.keras.translators import RANDOM, TRANSLATORS
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from tests.importers.frameworks import output, parameters

os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.fixture
def keras() -> Any:
    """Keras, on PyTorch; it is only needed to say what is right."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    return pytest.importorskip("keras", reason="Keras is not installed")


STEPS, IMAGE, VOLUME, VECTOR = (6, 4), (8, 8, 4), (6, 6, 6, 4), (5,)
BY_RANK = {1: (9, 4), 2: (9, 9, 4), 3: (7, 7, 7, 4)}

Case = tuple[tuple[int, ...], Callable[[Any], Any]]


def ranked(name: str, ranks: tuple[int, ...], *args: Any, **options: Any) -> dict[str, Case]:
    """A layer for each number of axes."""

    def case(rank: int) -> Case:
        return BY_RANK[rank], lambda layers: getattr(layers, name.format(rank))(*args, **options)

    return {name.format(rank): case(rank) for rank in ranks}


def plain(shape: tuple[int, ...], *names: str, **options: Any) -> dict[str, Case]:
    """Layers that take the same options."""
    return {name: (shape, lambda layers, name=name: getattr(layers, name)(**options)) for name in names}


COUNTED: dict[str, Case] = {
    **ranked("Conv{}D", (1, 2, 3), 5, 3, strides=2, padding="same", activation="relu"),
    **ranked("Conv{}DTranspose", (1, 2, 3), 5, 3, strides=2),
    **ranked("DepthwiseConv{}D", (1, 2), 3, depth_multiplier=2),
    **ranked("SeparableConv{}D", (1, 2), 5, 3),
    **ranked("MaxPooling{}D", (1, 2, 3), 2),
    **ranked("AveragePooling{}D", (1, 2, 3), 3, padding="same"),
    **ranked("GlobalMaxPooling{}D", (1, 2, 3)),
    **ranked("GlobalAveragePooling{}D", (1, 2, 3), keepdims=True),
    **ranked("AdaptiveAveragePooling{}D", (1, 2, 3), 3),
    **ranked("AdaptiveMaxPooling{}D", (1, 2, 3), 2),
    **ranked("ZeroPadding{}D", (1, 2, 3), 1),
    **ranked("Cropping{}D", (1, 2, 3), 1),
    **ranked("UpSampling{}D", (1, 2, 3), 2),
    **ranked("SpatialDropout{}D", (1, 2, 3), 0.5),
    **plain(IMAGE, "BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"),
    **plain(IMAGE, "GroupNormalization", groups=2),
    **plain(IMAGE, "Dense", units=7),
    **plain(IMAGE, "Flatten", "Identity", "ReLU", "LeakyReLU", "ELU", "Softmax", "ActivityRegularization"),
    **plain(IMAGE, "PReLU", shared_axes=[1, 2]),
    **plain(IMAGE, "Dropout", "GaussianDropout", "AlphaDropout", rate=0.5),
    **plain(IMAGE, "GaussianNoise", stddev=0.5),
    **plain(IMAGE, "Activation", activation="gelu"),
    **plain(IMAGE, "Rescaling", scale=2.0),
    **plain(IMAGE, "Normalization", mean=0.5, variance=2.0),
    **plain(IMAGE, "Reshape", target_shape=(4, 16, 4)),
    **plain(STEPS, "Permute", dims=(2, 1)),
    **plain(IMAGE, "Resizing", "CenterCrop", height=4, width=4),
    **plain(STEPS, "SimpleRNN", "GRU", "LSTM", units=3, return_sequences=True),
    **plain(STEPS, "Masking"),
    **plain(VECTOR, "RepeatVector", n=3),
    **plain(VECTOR, "Embedding", input_dim=10, output_dim=3),
    "EinsumDense": (STEPS, lambda layers: layers.EinsumDense("abc,cd->abd", output_shape=(6, 7), bias_axes="d")),
    "Bidirectional": (STEPS, lambda layers: layers.Bidirectional(layers.GRU(3))),
    "TimeDistributed": ((3, 8, 8, 4), lambda layers: layers.TimeDistributed(layers.Conv2D(5, 3, padding="same"))),
    "SpectralNormalization": (IMAGE, lambda layers: layers.SpectralNormalization(layers.Conv2D(5, 3))),
}
"""Layer of one tensor: what it reads, and one of it."""

MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
ATTENTION = ("Attention", "MultiHeadAttention")
ONLY_LEARNING = RANDOM

REFUSED = frozenset(
    {"AdditiveAttention", "AutoContrast", "CategoryEncoding", "ContrastLimitedAdaptiveHistogramEqualization"}
    | {"ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Discretization", "Dot", "Equalization", "FlaxLayer", "GRUCell"}
    | {"GroupedQueryAttention", "HashedCrossing", "Hashing", "IntegerLookup", "JaxLayer", "LSTMCell", "Lambda", "Layer"}
    | {"MaxNumBoundingBoxes", "MelSpectrogram", "Pipeline", "RNN", "RandomCrop", "ReversibleEmbedding"}
    | {"STFTSpectrogram", "SimpleRNNCell", "Solarization", "StackedRNNCells", "StringLookup", "TFSMLayer"}
    | {"TextVectorization", "TorchModuleWrapper", "Wrapper"}
)
"""Layers that no kind describes."""


def test_every_layer_of_keras_is_counted_or_refused(keras: Any) -> None:
    """No class of `keras.layers` is in neither list, and none in both."""
    layers = keras.layers
    classes = {getattr(layers, name) for name in dir(layers) if isinstance(getattr(layers, name), type)}
    names = {one.__name__ for one in classes if issubclass(one, layers.Layer)}
    counted = {*COUNTED, *MERGES, *ATTENTION, *ONLY_LEARNING, "InputLayer"}
    assert names - counted - REFUSED == set()
    assert counted & REFUSED == set()
    assert counted <= set(TRANSLATORS)


@pytest.mark.parametrize("name", COUNTED)
def test_layers_have_the_parameters_and_the_shape_of_keras(name: str, keras: Any) -> None:
    """Learnt numbers and the sizes that come out are those of Keras' own layer."""
    shape, make = COUNTED[name]
    model = keras.Sequential([keras.Input(shape), make(keras.layers), keras.layers.ReLU()])
    network = from_keras(model)
    assert parameters(network) == sum(weight.value.numel() for weight in model.trainable_weights)
    made = output(network)
    sizes = (*made.space, made.channels)
    assert sizes[-len(model.output_shape[1:]) :] == model.output_shape[1:] or name in ("Permute", "Reshape")
    assert made.numbers == prod(model.output_shape[1:])
    assert parse(show(network)) == network


@pytest.mark.parametrize("name", [*MERGES, "Attention"])
def test_layers_of_several_tensors_have_the_shape_of_keras(name: str, keras: Any) -> None:
    """Where two maps meet nothing is learnt."""
    layers = keras.layers
    x = keras.Input(STEPS)
    pair = [layers.Conv1D(4, 1)(x), layers.Conv1D(4, 1)(x)]
    model = keras.Model(x, getattr(layers, name)()(pair))
    network = from_keras(model)
    assert parameters(network) == 40
    assert (*output(network).space, output(network).channels) == model.output_shape[1:]


def behind_an_image(name: str) -> dict[str, Any]:
    """A model of a layer of this class without options."""
    return {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3], "name": "x"}},
                {"class_name": name, "config": {"name": "odd"}},
            ]
        },
    }


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_no_kind_describes_is_refused_by_name(name: str) -> None:
    """One line that names the class."""
    with pytest.raises(UnknownLayerError, match=name[:28]):
        from_config(behind_an_image(name), "model", allow_unknown=False)


@pytest.mark.parametrize("name", ONLY_LEARNING)
def test_what_only_acts_while_learning_does_nothing(name: str) -> None:
    """Augmentations leave a map as it is."""
    assert [node.layer.keyword for node in from_config(behind_an_image(name), "model", allow_unknown=False).nodes] == [
        "identity"
    ]


@pytest.mark.parametrize(
    ("inner", "shape"),
    [
        (lambda layers: layers.Dense(3), (3, 5)),
        (lambda layers: layers.Conv1D(3, 3, strides=2), (3, 9, 2)),
        (lambda layers: layers.MaxPooling2D(2), (3, 8, 8, 2)),
        (lambda layers: layers.GlobalAveragePooling2D(), (3, 8, 8, 2)),
        (lambda layers: layers.ZeroPadding2D(((1, 2), (0, 1))), (3, 8, 8, 2)),
    ],
)
def test_the_same_layer_at_every_step(inner: Callable[[Any], Any], shape: tuple[int, ...], keras: Any) -> None:
    """Counts and sizes are Keras'; a window does not reach from one step into the next."""
    model = keras.Sequential([keras.Input(shape), keras.layers.TimeDistributed(inner(keras.layers))])
    network = from_keras(model)
    assert parameters(network) == sum(weight.value.numel() for weight in model.trainable_weights)
    made = output(network)
    assert (*(size for size in made.space if size > 1), made.channels) == tuple(model.output_shape[1:])


def test_models_in_models_wherever_they_stand(keras: Any) -> None:
    """A functional model that ends in one, uses one twice, or takes several outputs of one."""
    layers, image = keras.layers, (8, 8, 3)
    start = keras.Input(image)
    inner = keras.Model(start, layers.Conv2D(4, 3)(start))
    both = keras.Model(start, [layers.Conv2D(4, 3)(start), layers.Conv2D(5, 3)(start)])
    x = keras.Input(image)
    one, other = both(x)
    models = [
        keras.Model(x, inner(layers.Conv2D(3, 1)(x))),
        keras.Model(x, [inner(x), inner(layers.ReLU()(x))]),
        keras.Model(x, inner(layers.ReLU()(x))),
        keras.Model(x, layers.Concatenate()([one, other])),
        keras.Model(x, layers.Concatenate()([inner(x), inner(layers.Conv2D(3, 1)(x))])),
    ]
    for model in models:
        network = from_keras(model)
        assert parameters(network) == sum(weight.value.numel() for weight in model.trainable_weights)
        assert len(network.outputs) == len(model.outputs)


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg16", "densenet", "resnet50", "efficientnet"])
def test_preprocessing_inside_a_model_is_read(name: str, keras: Any) -> None:
    """Transfer learning as the tutorials write it: fixed numbers have no layer, colours in another order are cut out."""
    layers = keras.layers
    x = keras.Input((32, 32, 3))
    base = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    y = base(getattr(keras.applications, name).preprocess_input(x), training=False)
    network = from_keras(keras.Model(x, layers.Dense(1)(layers.GlobalAveragePooling2D()(y))))
    assert parameters(network) == 4 * 28 + 5
    assert [node.layer.keyword for node in network.nodes][-4:] == ["conv", "relu", "globalavgpool", "fc"]


def test_functions_between_layers_are_followed(keras: Any) -> None:
    """Sums, gates, cuts, views and joins of `keras.ops`, as Keras itself sizes them."""
    layers, ops = keras.layers, keras.ops
    x = keras.Input((8, 8, 4))
    y = layers.Conv2D(6, 3, padding="same")(x)
    gate = ops.sigmoid(layers.Conv2D(6, 1)(ops.mean(y, axis=(1, 2), keepdims=True)))
    y = ops.relu(y * gate + 1.0)
    left, right = ops.split(y, 2, axis=-1)
    y = ops.concatenate([left, ops.maximum(right, 0.0)[..., ::-1]], axis=-1)[:, 1:7, ::2]
    y = ops.pad(y, [[0, 0], [1, 1], [0, 0], [0, 0]])
    y = ops.reshape(y, (-1, 32, 6))
    y = ops.expand_dims(ops.transpose(ops.transpose(y, (0, 2, 1)), (0, 2, 1)), 1)
    model = keras.Model(x, ops.squeeze(ops.softmax(y, axis=-1), 1))
    network = from_keras(model)
    assert parameters(network) == sum(weight.value.numel() for weight in model.trainable_weights)
    assert output(network).numbers == 32 * 6


def test_gated_linear_units_are_an_activation_and_a_function(keras: Any) -> None:
    """Half of the channels, however it is written."""
    layers, ops = keras.layers, keras.ops
    x = keras.Input((8, 8, 4))
    y = layers.Activation("glu")(ops.glu(layers.Conv2D(16, 3, activation="glu")(x)))
    network = from_keras(keras.Model(x, y))
    assert [node.layer.keyword for node in network.nodes] == ["conv", "glu", "glu", "glu"]
    assert output(network) == Shape((6, 6), 2)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda ops, x: x[..., ::-1], "GetItem"),
        (lambda ops, x: ops.sum(x, axis=1), "Sum"),
        (lambda ops, x: ops.cumsum(x, axis=1), "Cumsum"),
    ],
)
def test_functions_that_no_kind_describes_are_refused(function: Any, name: str, keras: Any) -> None:
    """A hundred channels turned around, sums: by the name of the operation."""
    x = keras.Input((8, 8, 100))
    with pytest.raises(UnknownLayerError, match=name):
        from_keras(keras.Model(x, function(keras.ops, x)))


def test_positions_turned_around_are_joined_again(keras: Any) -> None:
    """Of four columns the first is the last one of the input, and so on."""
    x = keras.Input((4, 4, 3))
    columns = show(from_keras(keras.Model(x, x[:, :, ::-1]))).partition("join,axis1(")[2]
    assert re.findall(r"crop,p0x(\d/\d)", columns) == ["3/0", "2/1", "1/2", "0/3"]


def test_the_last_step_reads_all_steps_before(keras: Any) -> None:
    """An LSTM without its sequence is a vector; its parameters are 4·N·(C + N + 1)."""
    model = keras.Sequential([keras.Input((6, 4)), keras.layers.LSTM(3), keras.layers.Dense(2)])
    network = from_keras(model)
    assert parameters(network) == 4 * 3 * (4 + 3 + 1) + 3 * 2 + 2
    assert str(output(network)) in ("2", "1x2")


def test_models_of_tensorflow_js_are_read(keras: Any, tmp_path: Path) -> None:
    """``model.json`` holds the configuration of the Keras model, in either of its two forms."""
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
    config = json.loads(model.to_json())
    path = tmp_path / "model.json"
    for topology in (config, {"keras_version": "2.15", "backend": "tensorflow", "model_config": config}):
        path.write_text(json.dumps({"format": "layers-model", "modelTopology": topology, "weightsManifest": []}))
        assert parameters(load(path)) == 112
    path.write_text(json.dumps({"format": "graph-model", "modelTopology": {"node": []}}))
    with pytest.raises(ModelFileError, match="is a graph of TensorFlow.js, without layers"):
        load(path)


def test_every_operation_has_a_translator_that_is_called() -> None:
    """The table holds functions only."""
    assert all(callable(translate) for translate in OPS.values())
