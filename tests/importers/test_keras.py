"""Keras models: counts, shapes and fields are Keras's own, read from the configuration alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.errors import LayerError, ModelFileError, UnknownLayerError
from cnncalc.importers.keras import from_keras, load
from cnncalc.layers.attend import Attend
from cnncalc.layers.attention import Attention
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report
from tests.importers.frameworks import assert_reads_match, output, parameters, poisoned

os.environ.setdefault("KERAS_BACKEND", "torch")
WHY = "Keras and a backend are not installed"


@pytest.fixture
def keras() -> Any:
    """Keras, on PyTorch; it is only needed to say what is right."""
    pytest.importorskip("torch", reason=WHY)
    return pytest.importorskip("keras", reason=WHY)


APPLICATIONS = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "ResNet50",
    "ResNet50V2",
    "Xception",
)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications_have_keras_own_counts_and_shapes(name: str, keras: Any, tmp_path: Path) -> None:
    """Learnt numbers and all numbers of a batch norm are those of count_params; the .json gives the same network."""
    model = getattr(keras.applications, name)(weights=None)
    network = from_keras(model)
    shape = network.input or Shape((224, 224), 3)
    assert parameters(network, shape) == sum(weight.value.numel() for weight in model.trainable_weights)
    made = shapes(network, shape)
    fixed = sum(w.value.numel() for layer in _all(model, "BatchNormalization") for w in layer.non_trainable_weights)
    assert sum(count.buffers for count in counts(network, shape, made)) == fixed
    assert str(made[-1]) == str(model.output_shape[-1])
    assert parse(show(network)) == network
    path = tmp_path / "model.json"
    path.write_text(model.to_json())
    assert load(path) == network


def _all(model: Any, kind: str) -> list[Any]:
    return [layer for layer in model._flatten_layers() if type(layer).__name__ == kind]


def branches(keras: Any) -> Any:
    layers = keras.layers
    x = inputs = keras.Input((12, 12, 2))
    one = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    two = layers.SeparableConv2D(4, 5, padding="same", strides=1)(x)
    x = layers.Concatenate()([layers.Add()([one, two]), layers.Cropping2D(1)(layers.ZeroPadding2D(1)(one))])
    x = layers.LayerNormalization()(x)
    x = layers.Dense(6)(x)
    return keras.Model(inputs, layers.UpSampling2D(2)(layers.MaxPooling2D(2, padding="same")(x)))


def squeeze(keras: Any) -> Any:
    layers = keras.layers
    x = inputs = keras.Input((12, 12, 2))
    x = layers.DepthwiseConv2D(3, 2, depth_multiplier=2, padding="same")(x)
    scale = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    other = layers.Reshape((1, 1, 4))(layers.Dense(4)(layers.GlobalMaxPooling2D()(x)))
    return keras.Model(inputs, layers.Multiply()([x, scale, other]))


SMALL: dict[str, Any] = {
    "branches": branches,
    "squeeze": squeeze,
    "transposed": lambda keras: keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            keras.layers.Conv2DTranspose(3, 3, strides=2, padding="valid", use_bias=False),
            keras.layers.Conv2DTranspose(3, 2, strides=3, padding="valid"),
        ]
    ),
    "output padding": lambda keras: keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same", output_padding=0),
            keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same"),
        ]
    ),
    "strided same": lambda keras: keras.Sequential(
        [
            keras.Input((11, 10, 2)),
            keras.layers.Conv2D(3, 4, strides=3, padding="same"),
            keras.layers.AveragePooling2D(2, strides=1, padding="same"),
            keras.layers.BatchNormalization(scale=False),
        ]
    ),
    "dilated": lambda keras: keras.Sequential(
        [
            keras.Input((12, 12, 2)),
            keras.layers.Conv2D(4, 3, dilation_rate=2, groups=2),
            keras.layers.PReLU(shared_axes=[1, 2]),
            keras.layers.Resizing(16, 8, interpolation="nearest"),
        ]
    ),
    "causal": lambda keras: keras.Sequential(
        [
            keras.Input((20, 2)),
            keras.layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
            keras.layers.Conv1D(4, 3, padding="causal", dilation_rate=4),
            keras.layers.UpSampling1D(2),
        ]
    ),
    "cube": lambda keras: keras.Sequential(
        [
            keras.Input((6, 6, 6, 1)),
            keras.layers.Conv3D(2, 3),
            keras.layers.MaxPooling3D((1, 2, 2)),
            keras.layers.ZeroPadding3D(((0, 1), (1, 0), (1, 1))),
        ]
    ),
    "attention": lambda keras: _attended(keras, 2, 4),
    "wide attention": lambda keras: _attended(keras, 3, 5),
}


def _attended(keras: Any, heads: int, width: int) -> Any:
    x = inputs = keras.Input((6, 6, 8))
    return keras.Model(inputs, keras.layers.MultiHeadAttention(heads, width)(x, x))


@pytest.mark.parametrize("name", SMALL)
def test_shapes_counts_and_fields_are_keras_own(name: str, keras: Any) -> None:
    """The output shape, count_params and what a poisoned pixel reaches, by Keras on PyTorch."""
    import numpy as np

    model = SMALL[name](keras)
    network = from_keras(model)
    assert network.input is not None
    assert (*output(network).space, output(network).channels) == model.output_shape[1:]
    learnt = sum(weight.value.numel() for weight in model.trainable_weights)
    assert parameters(network) == learnt

    def run(batch: Any) -> Any:
        made = model(np.moveaxis(batch, 1, -1), training=False)
        return np.moveaxis(made.detach().cpu().numpy(), -1, 1)

    assert_reads_match(network, poisoned(run, network.input))


def test_attention_is_one_layer_where_it_keeps_the_channels(keras: Any) -> None:
    """With heads × key_dim = C it is our attention; otherwise its three steps."""
    assert Attention(2) in [node.layer for node in from_keras(_attended(keras, 2, 4)).nodes]
    assert Attend(3) in [node.layer for node in from_keras(_attended(keras, 3, 5)).nodes]


def test_shared_layers_and_nested_models_count_once(keras: Any) -> None:
    """A layer and a whole model called twice have their parameters once; names carry the model they stand in."""
    inner = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(4, 3, padding="same", name="own")], name="in")
    shared = keras.layers.Conv2D(4, 1, name="shared")
    x = inputs = keras.Input((8, 8, 4))
    x = shared(inner(shared(inner(x))))
    model = keras.Model(inputs, x)
    network = from_keras(model)
    assert parameters(network) == model.count_params()
    assert [node.name for node in network.nodes] == ["in.own", "shared", "in.own_1", "shared_1"]


def test_outputs_and_layers_nobody_uses_are_known(keras: Any) -> None:
    """Outputs are the model's own; of a model inside, what no output needs is noted with its number."""
    layers = keras.layers
    one = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 3, name="first")(one)
    inner = keras.Model(one, [first, layers.Conv2D(5, 3, name="second")(first)], name="inner")
    inputs = keras.Input((8, 8, 3))
    x, _unused = inner(inputs)
    model = keras.Model(inputs, [layers.ReLU(name="map")(x), layers.Dense(2, name="logits")(layers.Flatten()(x))])
    network = from_keras(model)
    assert [network.nodes[index].name for index in network.outputs] == ["map", "logits"]
    assert network.unused == {"inner.second": 5 * (9 * 4 + 1)}
    assert parameters(network) + sum(network.unused.values()) == model.count_params()


def test_a_saved_model_is_read_without_keras(keras: Any, tmp_path: Path) -> None:
    """A .keras file gives the same network in a process that has loaded neither Keras nor NumPy."""
    model = branches(keras)
    path = tmp_path / "model.keras"
    model.save(path)
    assert load(path) == from_keras(model)
    code = (
        "import sys; from cnncalc.importers.keras import load; "
        f"print(len(load({str(path)!r})), sorted({{'keras', 'numpy', 'torch'}} & set(sys.modules)))"
    )
    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == f"{len(from_keras(model))} []\n"


def test_channels_first_models_are_the_same_network() -> None:
    """The data format changes where the channels stand, not what the layers are."""
    last = sequential({"class_name": "Conv2D", "config": {"filters": 4, "kernel_size": [3, 3], "name": "c"}})
    first = sequential(
        {
            "class_name": "Conv2D",
            "config": {"filters": 4, "kernel_size": [3, 3], "name": "c", "data_format": "channels_first"},
        },
        shape=[None, 3, 8, 9],
    )
    assert read(last) == read(first)


def test_open_sizes_are_left_open() -> None:
    """A model for any image size has no input shape of its own; one that depends on the size is refused."""
    conv = {"class_name": "Conv2D", "config": {"filters": 4, "kernel_size": [3, 3], "name": "c"}}
    resize = {"class_name": "Reshape", "config": {"target_shape": [-1, 1, 3], "name": "r"}}
    assert read(sequential(conv, shape=[None, None, None, 3])).input is None
    with pytest.raises((ModelFileError, UnknownLayerError)):
        read(sequential(resize, conv, shape=[None, None, None, 3]))


def sequential(*layers: Any, shape: Any = (None, 8, 9, 3)) -> Any:
    first = {"class_name": "InputLayer", "config": {"batch_shape": list(shape), "name": "in"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first, *layers]}}


def read(text: Any) -> Any:
    """What the importer makes of a configuration."""
    from cnncalc.importers.keras.reader import from_config

    return from_config(text, "model", allow_unknown=False)


def local(**config: Any) -> Any:
    return sequential({"class_name": "LocallyConnected2D", "config": {"filters": 4, "kernel_size": [3, 3], **config}})


def test_locally_connected_layers_of_keras_2_are_read() -> None:
    """Keras 2's LocallyConnected2D has (3·3·3 + 1)·4 parameters at each of 6 × 7 places."""
    assert parameters(read(local(name="l"))) == 6 * 7 * 4 * 28
    assert parameters(read(local(name="l", strides=[2, 2], use_bias=False))) == 3 * 4 * 4 * 27


def test_configurations_of_keras_2_are_read() -> None:
    """Its inbound nodes are lists of [layer, node, tensor, {}]."""
    layers = [
        {
            "class_name": "InputLayer",
            "name": "i",
            "inbound_nodes": [],
            "config": {"batch_input_shape": [None, 8, 8, 3], "name": "i"},
        },
        {
            "class_name": "Add",
            "name": "a",
            "config": {"name": "a"},
            "inbound_nodes": [[["c", 0, 0, {}], ["i", 0, 0, {}]]],
        },
        {
            "class_name": "Conv2D",
            "name": "c",
            "inbound_nodes": [[["i", 0, 0, {}]]],
            "config": {"name": "c", "filters": 3, "kernel_size": [3, 3], "padding": "same", "activation": "swish"},
        },
    ]
    config = {"layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["a", 0, 0]]}
    network = read({"class_name": "Model", "config": config})
    assert [node.name for node in network.nodes] == ["c", "c_swish", "a"]


def test_subclassed_models_are_refused_with_the_reason(keras: Any) -> None:
    """Their configuration does not say what they compute."""

    class Own(keras.Model):  # type: ignore[misc, name-defined, unused-ignore]
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(ModelFileError, match="is a subclassed model"):
        from_keras(Own())
    with pytest.raises(ModelFileError, match="Strange is a subclassed model"):
        read({"class_name": "Strange", "config": {}})


def test_old_files_are_refused_with_the_way_out(tmp_path: Path) -> None:
    """An .h5 file has to be saved anew."""
    with pytest.raises(ModelFileError, match=r"save it anew with keras\.models\.load_model"):
        load(tmp_path / "old.h5")


def test_unknown_layers_and_activations_are_all_named() -> None:
    """Code in a configuration is never run: a Lambda is an unknown layer like any other."""
    strange = {"class_name": "Lambda", "config": {"name": "l", "function": "danger"}}
    odd = {"class_name": "Conv2D", "config": {"name": "c", "filters": 1, "kernel_size": 1, "activation": "wavy"}}
    with pytest.raises(UnknownLayerError, match=r"activation_wavy \(×1\), Lambda \(×1\)"):
        read(sequential(odd, strange))
    from cnncalc.importers.keras.reader import from_config

    network = from_config(sequential(odd, strange), "m", allow_unknown=True)
    assert [type(node.layer).__name__ for node in network.nodes] == ["Conv", "Unknown", "Unknown"]
    assert [node.inputs for node in network.nodes] == [(-1,), (0,), (1,)]


CYCLE = [
    {
        "class_name": "InputLayer",
        "name": "i",
        "inbound_nodes": [],
        "config": {"batch_shape": [None, 8, 8, 3], "name": "i"},
    },
    {"class_name": "ReLU", "name": "a", "config": {"name": "a"}, "inbound_nodes": [[["b", 0, 0, {}]]]},
    {"class_name": "ReLU", "name": "b", "config": {"name": "b"}, "inbound_nodes": [[["a", 0, 0, {}]]]},
]


def nested(depth: int) -> Any:
    text = sequential({"class_name": "ReLU", "config": {"name": "r"}})
    for _level in range(depth):
        text = sequential({"class_name": "Sequential", "config": text["config"]})
    return text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ([], "holds no configuration"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "is not one that Keras writes"),
        (sequential({"class_name": "Conv2D", "config": {"name": "c"}}), "is not one that Keras writes"),
        (sequential({"class_name": "Conv2D", "config": {"name": "c", "filters": 1, "kernel_size": [1]}}), "2 axes"),
        (sequential(shape=[None, 2**62, 2**62, 3]), "no layers|no output"),
        (
            {
                "class_name": "Functional",
                "config": {"layers": CYCLE, "input_layers": [["i", 0, 0]], "output_layers": [["b", 0, 0]]},
            },
            "has a cycle, or a layer is missing",
        ),
        (nested(30), "nested more than 20 deep"),
        (
            sequential(
                {
                    "class_name": "Conv2DTranspose",
                    "config": {
                        "name": "c",
                        "filters": 1,
                        "kernel_size": [3, 3],
                        "strides": [1, 2],
                        "output_padding": 1,
                    },
                }
            ),
            "output padding 1 is not less than the stride 1",
        ),
        (sequential({"class_name": "InputLayer", "config": {"name": "x"}}), "takes 2 inputs"),
        (
            sequential(
                {"class_name": "Conv2D", "config": {"name": "c", "filters": 1, "kernel_size": [1, 1], "groups": 0}}
            ),
            "^c: conv: groups 0 is out of range",
        ),
    ],
)
def test_configurations_that_make_no_sense_are_one_line(text: Any, message: str) -> None:
    """Whatever a configuration holds, it is an error of one line."""
    with pytest.raises((ModelFileError, LayerError), match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_view_at_the_end_is_no_layer() -> None:
    """A model may end in a permutation or a reshape that amounts to no layer: what it looks at is its output."""
    conv = {"class_name": "Conv2D", "config": {"filters": 4, "kernel_size": [3, 3], "name": "c"}}
    permute = {"class_name": "Permute", "config": {"dims": [3, 1, 2], "name": "p"}}
    reshape = {"class_name": "Reshape", "config": {"target_shape": [42, 4], "name": "r"}}
    assert read(sequential(conv, permute)) == read(sequential(conv, reshape)) == read(sequential(conv))


def test_a_layer_without_an_option_is_named() -> None:
    """The message says which layer lacks what."""
    with pytest.raises(ModelFileError, match=r"^c: Conv2D lacks filters: the configuration is not one that Keras"):
        read(sequential({"class_name": "Conv2D", "config": {"name": "c"}}))


def test_zip_bombs_are_not_unpacked(tmp_path: Path) -> None:
    """A member of 100 MB of zeros is refused when it has given more than is read."""
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"[" + b"0," * 50_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ModelFileError, match="is larger than the"):
        load(path)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000])
def test_deep_nesting_is_refused(text: str, tmp_path: Path) -> None:
    """JSON nested without end is one line too."""
    path = tmp_path / "deep.json"
    path.write_text(text)
    with pytest.raises(ModelFileError, match="nested too deeply|is not JSON"):
        load(path)


def test_random_bytes_are_no_archive(tmp_path: Path) -> None:
    """A .keras file that is not a zip says so."""
    path = tmp_path / "bytes.keras"
    path.write_bytes(bytes(range(256)) * 9)
    with pytest.raises(ModelFileError, match="is not a zip archive, or it is damaged"):
        load(path)
    path.with_suffix(".json").write_text(json.dumps({"class_name": "Sequential"}))
    with pytest.raises(ModelFileError, match="holds no configuration"):
        load(path.with_suffix(".json"))


def test_a_dense_layer_has_all_its_biases() -> None:
    """The name that stands for both weights and biases takes none of them away."""
    first = {"class_name": "Dense", "config": {"units": 4, "name": "d"}}
    model = {
        "class_name": "Sequential",
        "config": {
            "name": "s",
            "layers": [{"class_name": "InputLayer", "config": {"batch_shape": [None, 5], "name": "in"}}, first],
        },
    }
    assert summary_report(read(model)).get("total.parameters") == (5 + 1) * 4
