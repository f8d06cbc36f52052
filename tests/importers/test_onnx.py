"""ONNX models: parameters, shapes and fields equal those of PyTorch and of ONNX Runtime."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import CnncalcError, LayerError, ModelFileError, UnknownLayerError
from cnncalc.importers.onnx import from_onnx, load
from cnncalc.layers.attend import Attend
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from tests.importers.frameworks import architecture, assert_reads_match, output, parameters

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
helper, FLOAT = onnx.helper, 1

if sys.platform != "linux":
    pytest.skip("memory is measured as Linux counts it", allow_module_level=True)


def model(
    nodes: list[Any], weights: dict[str, tuple[int, ...]] | None = None, input: Any = ("N", 1, 12, 12), **options: Any
) -> Any:
    """A model from nodes and the sizes of its weights, which are all positive; it reads ``x`` and gives ``y``."""
    import numpy as np

    numbers = np.random.default_rng(0)
    stored = [
        onnx.numpy_helper.from_array(numbers.uniform(0.5, 1.5, sizes).astype(np.float32), name)
        for name, sizes in (weights or {}).items()
    ]
    for name, value in options.pop("small", {}).items():
        array = np.array(value)
        stored.append(onnx.numpy_helper.from_array(array.astype("f4") if array.dtype.kind == "f" else array, name))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, input)],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        stored,
    )
    opset = options.pop("opset", 18)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def node(kind: str, inputs: str = "x", outputs: str = "y", **attributes: Any) -> Any:
    """A node; ``-`` is an input that is left out."""
    return helper.make_node(kind, [name.strip("-") for name in inputs.split()], outputs.split(), **attributes)


def reached(made: Any, input: Shape) -> Any:
    """Which outputs an impulse at each pixel changes, by ONNX Runtime."""
    import numpy as np

    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    run = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run
    positions = input.positions
    batch = np.zeros((positions + 1, input.channels, positions), dtype=np.float32)
    batch[np.arange(positions), :, np.arange(positions)] = 1
    (made,) = run(None, {"x": batch.reshape(positions + 1, input.channels, *input.space)})
    changed = (made[:-1] != made[-1]).any(axis=1)
    return changed.reshape(*input.space, *changed.shape[1:])


CONV = {"w": (2, 1, 3, 3)}
CONV_BACK = {"w": (1, 2, 3, 3)}
CASES: dict[str, Any] = {
    "conv": model([node("Conv", "x w", strides=[2, 1], pads=[1, 0, 2, 1])], CONV),
    "conv dilated": model([node("Conv", "x w", dilations=[2, 3], pads=[2, 3, 2, 3])], CONV),
    "conv upper": model([node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 2])], {"w": (2, 1, 4, 3)}),
    "conv lower": model([node("Conv", "x w", auto_pad="SAME_LOWER", strides=[3, 2])], {"w": (2, 1, 4, 4)}),
    "conv valid": model([node("Conv", "x w", auto_pad="VALID")], CONV),
    "conv bias": model([node("Conv", "x w b")], {**CONV, "b": (2,)}),
    "transposed": model([node("ConvTranspose", "x w", strides=[2, 3], pads=[1, 0, 0, 1])], {"w": (1, 2, 3, 4)}),
    "transposed more": model(
        [node("ConvTranspose", "x w", strides=[3, 2], output_padding=[2, 1], dilations=[2, 1])], {"w": (1, 2, 3, 3)}
    ),
    "transposed shape": model(
        [node("ConvTranspose", "x w", strides=[2, 2], output_shape=[24, 25])], {"w": (1, 2, 4, 4)}
    ),
    "transposed upper": model(
        [node("ConvTranspose", "x w", strides=[2, 2], auto_pad="SAME_UPPER")], {"w": (1, 2, 3, 5)}
    ),
    "transposed lower": model(
        [node("ConvTranspose", "x w", strides=[2, 2], auto_pad="SAME_LOWER")], {"w": (1, 2, 3, 5)}
    ),
    "max ceil": model([node("MaxPool", kernel_shape=[3, 2], strides=[2, 3], ceil_mode=1)], input=("N", 1, 10, 11)),
    "max padded ceil": model(
        [node("MaxPool", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)], input=("N", 1, 7, 9)
    ),
    "max wider than the map": model(
        [node("MaxPool", kernel_shape=[4, 5], strides=[2, 3], ceil_mode=1)], input=("N", 1, 3, 3)
    ),
    "max wide padding": model([node("MaxPool", kernel_shape=[3, 4], pads=[2, 0, 0, 3], strides=[2, 1])]),
    "average wide padding": model(
        [node("AveragePool", kernel_shape=[3, 3], pads=[2, 2, 2, 2], strides=[2, 2], ceil_mode=1)]
    ),
    "max dilated": model([node("MaxPool", kernel_shape=[3, 3], dilations=[2, 2], strides=[2, 2])]),
    "max upper": model([node("MaxPool", kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2])]),
    "max lower": model([node("MaxPool", kernel_shape=[4, 2], auto_pad="SAME_LOWER", strides=[1, 2])]),
    "average": model([node("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])]),
    "average ceil": model([node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)]),
    "lp": model([node("LpPool", kernel_shape=[2, 3], strides=[2, 2])]),
    "global": model([node("GlobalAveragePool")]),
    "mean of channels": model(
        [node("Conv", "x w", "c"), node("ReduceMean", "c axes", "y", keepdims=1)], CONV, small={"axes": [1]}
    ),
    "largest of channels": model(
        [node("Conv", "x w", "c"), node("ReduceMax", "c axes", "y", keepdims=1)], CONV, small={"axes": [-3]}
    ),
    "resize nearest": model(
        [node("Resize", "x - s", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
        small={"s": [1.0, 1.0, 2.0, 3.0]},
    ),
    "resize default": model([node("Resize", "x - s", mode="nearest")], small={"s": [1.0, 1.0, 2.0, 3.0]}),
    "resize linear": model([node("Resize", "x - s", mode="linear")], small={"s": [1.0, 1.0, 2.0, 1.5]}),
    "resize aligned": model(
        [node("Resize", "x - - t", mode="linear", coordinate_transformation_mode="align_corners", axes=[2, 3])],
        small={"t": [23, 17]},
    ),
    "resize smaller": model([node("Resize", "x - s", mode="linear")], small={"s": [1.0, 1.0, 0.5, 0.75]}),
    "sum": model([node("Conv", "x w", "c"), node("Conv", "x w", "d"), node("Sum", "c d c")], CONV),
    "largest of two": model(
        [node("Conv", "x w", "c"), node("Relu", "c", "d"), node("Max", "c one d")], CONV, small={"one": 1.0}
    ),
    "where": model(
        [node("Conv", "x w", "c"), node("Greater", "c half", "d"), node("Where", "d c half")],
        CONV,
        small={"half": -1.0},
    ),
    "least": model([node("Neg", "x", "n"), node("ReduceMin", "n a")], small={"a": [2, 3]}),
    "pad": model([node("Pad", "x p")], small={"p": [0, 0, 1, 2, 0, 0, 3, 0]}),
    "pad reflect": model([node("Pad", "x p", mode="reflect")], small={"p": [0, 0, 1, 2, 0, 0, 3, 0]}),
    "slice": model(
        [node("Slice", "x from to axes step")], small={"from": [1, 2], "to": [11, 12], "axes": [2, 3], "step": [2, 3]}
    ),
    "depth": model([node("SpaceToDepth", blocksize=2)]),
    "folded shapes": model(
        [
            node("Conv", "x w", "c"),
            node("Shape", "c", "shape"),
            node("Gather", "shape two", "h"),
            node("Slice", "shape zero one", "n"),
            node("Mul", "h two", "h2"),
            node("Unsqueeze", "h2 zero", "u"),
            node("Concat", "n one2 u u", "size", axis=0),
            node("Cast", "size", "sizes", to=7),
            node("Resize", "c - - sizes", mode="nearest"),
        ],
        CONV,
        small={"two": 2, "zero": [0], "one": [1], "one2": [2]},
    ),
}


CASES |= {
    f"resize {mode} {rule} {rounding} {to}": model(
        [
            node(
                *("Resize", "x - - t"),
                mode=mode,
                coordinate_transformation_mode=rule,
                nearest_mode=rounding,
                axes=[2, 3],
            )
        ],
        small={"t": list(to)},
        input=("N", 1, 6, 5),
    )
    for rule in ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners")
    for mode, rounding in (
        *(("nearest", r) for r in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")),
        ("linear", "floor"),
    )
    for to in ((9, 4), (1, 7))
}


@pytest.mark.parametrize("name", CASES)
def test_operators_have_the_shapes_and_fields_of_onnx_runtime(name: str) -> None:
    """Output sizes are those of the runtime's own run; units read exactly the pixels whose impulse changes them."""
    made = CASES[name]
    sizes = [dim.dim_value for dim in made.graph.input[0].type.tensor_type.shape.dim]
    shape = Shape(tuple(sizes[2:]), sizes[1])
    seen = reached(made, shape)
    network = from_onnx(made)
    assert output(network).space == seen.shape[2:]
    assert_reads_match(network, seen)
    assert parameters(network) == sum(prod(t.dims) for t in made.graph.initializer if t.name in "wb" and len(t.dims))


EXPORTED = ("mobilenet_v3_small", "shufflenet_v2_x1_0", "convnext_tiny")
FURTHER = ("resnet18", "vit_b_16", "googlenet", "efficientnet_b0", "squeezenet1_0", "regnet_y_400mf")


def exported(name: str, path: Path, *, dynamo: bool, **options: Any) -> Any:
    """A torchvision model and its export at ``path``."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript, which PyTorch exports with, is not installed")
    made = architecture(name)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.onnx.export(made, (torch.zeros(1, 3, 224, 224),), path, dynamo=dynamo, **options)
    return made


@pytest.mark.parametrize("name", [*EXPORTED, *FURTHER])
def test_traced_torchvision_models_have_pytorchs_count(name: str, tmp_path: Path) -> None:
    """Exported without folding batch norms, with a dynamic batch, a file has as many parameters as the model."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    options = {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}, "training": torch.onnx.TrainingMode.PRESERVE}
    made = exported(name, tmp_path / "m.onnx", dynamo=False, **options)
    network = load(tmp_path / "m.onnx")
    assert parameters(network) == sum(weight.numel() for weight in made.parameters())
    assert str(output(network)) == "1000"
    assert parse(show(network)) == network


@pytest.mark.parametrize("name", EXPORTED)
def test_exported_torchvision_models_have_the_files_count(name: str, tmp_path: Path) -> None:
    """Exported by torch.export with batch norms folded, all stored numbers are counted, once, and nothing else."""
    exported(name, tmp_path / "m.onnx", dynamo=True)
    graph = onnx.load(tmp_path / "m.onnx", load_external_data=False).graph
    statistics = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
    used = {name for node in graph.node for name in node.input} - statistics
    stored = sum(
        prod(t.dims) for t in graph.initializer if t.data_type == FLOAT and t.name in used and prod(t.dims) > 1
    )
    network = load(tmp_path / "m.onnx")
    assert parameters(network) == stored
    assert str(output(network)) == "1000"


def test_fields_of_exports_are_those_of_the_module(tmp_path: Path) -> None:
    """ResNet-18 has the same field at every layer, read from PyTorch and from ONNX."""
    from cnncalc.importers.torch import from_torch

    made = exported("resnet18", tmp_path / "m.onnx", dynamo=False)
    one, other = trace(load(tmp_path / "m.onnx")), trace(from_torch(made, "224x224x3"))
    places = {node.name: index for index, node in enumerate(other.network.nodes)}
    shared = [(i, places[node.name]) for i, node in enumerate(one.network.nodes) if node.name in places]
    assert len(shared) > 20
    assert all(one.field(0, left) == other.field(0, right) for left, right in shared)


def test_weights_that_two_nodes_share_are_counted_once() -> None:
    """The second convolution is tied to the first."""
    made = model([node("Conv", "x w", "c"), node("Conv", "c w")], {"w": (1, 1, 3, 3)})
    assert parameters(from_onnx(made)) == 9


def test_outputs_and_stored_numbers_nobody_uses_are_known() -> None:
    """Outputs are the graph's own; a node for nothing and a tensor nobody reads are unused, one read in a branch is not."""
    branch = helper.make_graph([node("Identity", "v", "z")], "b", [], [helper.make_tensor_value_info("z", FLOAT, None)])
    chosen = node("If", "c", "chosen", then_branch=branch, else_branch=branch)
    nodes = [node("Conv", "x w", "a"), node("Conv", "a u", "y"), node("Conv", "a s", "aside")]
    weights = {"w": (2, 1, 3, 3), "u": (3, 2, 1, 1), "s": (5, 2, 1, 1), "spare": (7, 3), "v": (4, 4)}
    made = model([*nodes, chosen], weights, small={"c": True, "one": 1.0, "places": [1, 2, 3]})
    made.graph.output.append(helper.make_tensor_value_info("a", FLOAT, None))
    del made.graph.node[-1]
    network = from_onnx(made)
    assert network.outputs == (1, 0)
    assert network.unused == {"conv_2": 10, "spare": 21, "v": 16}
    made.graph.node.append(chosen)
    assert from_onnx(made, allow_unknown=True).unused == {"spare": 21}


def test_a_bias_added_afterwards_is_the_layers_bias() -> None:
    """MatMul and Add, as TensorFlow's and Keras's exports write a dense layer, are one."""
    made = model(
        [node("Flatten", "x", "f"), node("MatMul", "f w", "m"), node("Add", "m b")], {"w": (144, 5), "b": (5,)}
    )
    network = from_onnx(made)
    assert show(network).endswith("fc-5")
    assert parameters(network) == 145 * 5


def test_channels_last_exports_are_read_as_what_they_are() -> None:
    """A transposition of the input to the front, as TensorFlow's exports begin, makes the last axis the channels."""
    made = model(
        [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w")], {"w": (4, 3, 3, 3)}, (1, 8, 9, 3)
    )
    assert from_onnx(made).input == Shape((8, 9), 3)


def test_attention_by_matrix_products_is_attention(tmp_path: Path) -> None:
    """The exporters' MatMul, Softmax, MatMul is one layer with its heads."""
    exported("vit_b_16", tmp_path / "m.onnx", dynamo=True)
    layers = [node.layer for node in load(tmp_path / "m.onnx").nodes]
    assert layers.count(Attend(12)) == 12
    assert layers.count(LayerNorm()) == 25


def test_unknown_operators_and_domains_are_all_named() -> None:
    """Operators of unknown domains, and If and Loop, are reported by name with their number."""
    made = model(
        [
            helper.make_node("Magic", ["x"], ["a"], domain="com.example"),
            node("NonZero", "a", "b"),
            node("NonZero", "b", "y"),
        ]
    )
    with pytest.raises(UnknownLayerError, match=r"NonZero \(×2\), com\.example\.Magic \(×1\): --allow-unknown"):
        from_onnx(made)
    assert len(from_onnx(made, allow_unknown=True)) == 3


def test_a_layer_that_is_wrong_is_named() -> None:
    """An error in an option says in which node."""
    made = model([helper.make_node("Conv", ["x", "w"], ["y"], name="stem", strides=[0, 0])], CONV)
    with pytest.raises(LayerError, match=r"^stem: conv: stride 0 is out of range"):
        from_onnx(made)


REFUSED = {
    "padding as large as the kernel": (
        model([node("MaxPool", kernel_shape=[3, 3], pads=[3, 0, 0, 0])]),
        "padding 3 is not less than kernel 3: take a padding ≤ 2",
    ),
    "output padding of a stride": (
        model([node("ConvTranspose", "x w", strides=[2, 2], output_padding=[2, 0])], CONV_BACK),
        "output padding 2 is not less than the stride 2",
    ),
    "output padding below the dilation only": (
        model([node("ConvTranspose", "x w", dilations=[2, 2], output_padding=[1, 1])], CONV_BACK),
        "output padding 1 is not less than the stride 1",
    ),
    "an output shape out of reach": (
        model([node("ConvTranspose", "x w", strides=[2, 2], output_shape=[27, 24])], CONV_BACK),
        "output padding 2 is not less than the stride 2",
    ),
    "a pool that rounding up does not save": (
        model([node("MaxPool", kernel_shape=[16, 16], strides=[2, 2], ceil_mode=1)]),
        r"kernel 16 does not fit into 12 \(\+0 padding\)",
    ),
}
"""Models, and why they are refused."""


@pytest.mark.parametrize("name", REFUSED)
def test_what_onnx_runtime_refuses_is_refused(name: str) -> None:
    """ONNX Runtime has no numbers for them either."""
    import numpy as np

    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    runtime.set_default_logger_severity(4)
    made, message = REFUSED[name]
    try:
        session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        (there,) = session.run(None, {"x": np.zeros((1, 1, 12, 12), np.float32)})
    except Exception:  # noqa: BLE001  its errors have no common class
        there = np.zeros(0)
    assert there.size == 0
    with pytest.raises(CnncalcError, match=message):
        from_onnx(made)


def test_resizes_that_sample_elsewhere_are_not_guessed() -> None:
    """A rule for coordinates that no kind follows is an unknown operator, not a near one."""
    made = model(
        [node("Resize", "x - s", mode="linear", coordinate_transformation_mode="tf_crop_and_resize")],
        small={"s": [1.0, 1.0, 2.0, 2.0]},
    )
    with pytest.raises(UnknownLayerError, match="Resize"):
        from_onnx(made)


def test_an_einsum_is_the_layer_it_amounts_to() -> None:
    """Channels summed with weights are a convolution with kernel 1; everything summed is a dense layer."""
    mixed = model([node("Einsum", "x w", equation="bchw,oc->bohw")], {"w": (5, 4)}, input=(1, 4, 3, 6))
    assert (parameters(from_onnx(mixed)), str(output(from_onnx(mixed)))) == (20, "3x6x5")
    dense = model([node("Einsum", "w x", equation="chwo,bchw")], {"w": (4, 3, 6, 7)}, input=(1, 4, 3, 6))
    assert show(from_onnx(dense)).endswith("flatten einsum_1: fc-7,nobias")


def test_attention_by_einsum_is_attention() -> None:
    """Two products around a softmax, over heads that stand where the equations put them."""
    nodes = [
        node("Relu", "x", "r"),
        node("Transpose", "r", "t", perm=[0, 2, 1]),
        node("Reshape", "t heads", "h"),
        node("Einsum", "h h", "s", equation="bihd,bjhd->bhij"),
        node("Softmax", "s", "p", axis=-1),
        node("Einsum", "p h", "o", equation="bhij,bjhd->bihd"),
        node("Reshape", "o flat", "y"),
    ]
    made = model(nodes, input=(1, 8, 10), small={"heads": [1, 10, 2, 4], "flat": [1, 10, 8]})
    assert [one.layer for one in from_onnx(made).nodes][-1] == Attend(2)


def test_a_gather_in_the_order_of_a_shuffle_is_one() -> None:
    """0 3 1 4 2 5 are two groups of three, shuffled; a range is a slice; another order is a slice for each row in it,
    and so it is with positions."""

    def gathered(places: list[int], axis: int = 1) -> Any:
        return model([node("Gather", "x i", axis=axis)], input=(1, 6, 4, 4), small={"i": places})

    assert show(from_onnx(gathered([0, 3, 1, 4, 2, 5]))).endswith("channelshuffle")
    assert show(from_onnx(gathered([2, 3, 4]))).endswith("slice,from2,to5")
    other = [one.layer.keyword for one in from_onnx(gathered([1, 2, 0, 5])).nodes]
    assert other == ["slice", "slice", "slice", "concat"]
    assert show(from_onnx(gathered([1, 0, 2, 3], axis=2))).split()[3:] == (
        "join( gather: crop,p1/2x0 | gather_1: crop,p0/3x0 | gather_2: crop,p2/0x0 )".split()
    )


def test_an_old_softmax_goes_over_all_axes_behind_its_own() -> None:
    """Before version 13 the axes from one on were one: with all of them every number depends on every pixel."""
    made = model([node("Softmax", "x")], input=(1, 3, 4, 4), opset=11)
    assert [one.layer.keyword for one in from_onnx(made).nodes] == ["flatten", "softmax", "unflatten"]
    assert str(output(from_onnx(made))) == "4x4x3"


def with_function(calls: list[Any], function: Any, **options: Any) -> Any:
    made = model(calls, **options)
    made.functions.append(function)
    made.opset_import.append(helper.make_opsetid("own", 1))
    return made


def block(*nodes: Any, **options: Any) -> Any:
    return helper.make_function(
        "own", "Block", ["a", "w"], ["b"], list(nodes), [helper.make_opsetid("", 18)], **options
    )


@pytest.mark.parametrize(("kind", "bidirectional"), [("LSTM", True), ("GRU", False), ("RNN", True)])
def test_recurrent_layers_of_exports_have_pytorchs_count(kind: str, bidirectional: bool, tmp_path: Path) -> None:
    """Columns of a map read as steps: the parameters are the module's, and every output reads all of the columns so far."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript, which PyTorch exports with, is not installed")
    nn = torch.nn

    class Net(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 4, (8, 3), padding=(0, 1))
            self.steps = getattr(nn, kind)(4, 5, bidirectional=bidirectional)
            self.end = nn.Linear(5 * (1 + bidirectional), 3)

        def forward(self, x: Any) -> Any:
            return self.end(self.steps(self.conv(x).squeeze(2).permute(2, 0, 1))[0])

    made = Net().eval()
    path = tmp_path / "m.onnx"
    torch.onnx.export(made, (torch.zeros(1, 1, 8, 12),), path, dynamo=False)
    network = load(path)
    assert parameters(network) == sum(weight.numel() for weight in made.parameters())
    assert str(output(network)).endswith("x3")


def test_functions_of_the_file_are_walked_where_they_are_called() -> None:
    """Each call has its own weights and attributes; twice the same weights count once."""
    strided = node("Conv", "a w", "c")
    strided.attribute.append(onnx.AttributeProto(name="strides", ref_attr_name="steps", type=7))
    calls = [
        helper.make_node("Block", ["x", "u"], ["m"], domain="own", name="first", steps=[2, 2]),
        helper.make_node("Block", ["m", "v"], ["n"], domain="own", name="second", steps=[1, 1]),
        helper.make_node("Block", ["n", "v"], ["y"], domain="own", name="third", steps=[1, 1]),
    ]
    function = block(strided, node("Relu", "c", "b"), attributes=["steps"])
    network = from_onnx(with_function(calls, function, weights={"u": (2, 1, 3, 3), "v": (2, 2, 3, 3)}))
    assert [one.name for one in network.nodes] == [
        f"{call}.{own}" for call in ("first", "second", "third") for own in ("conv", "relu")
    ]
    assert str(output(network)) == "1x1x2"
    assert parameters(network) == 18 + 36


@pytest.mark.parametrize(
    ("calls", "message"), [(1, "functions call each other more than 20 deep"), (2, "more than 20")]
)
def test_functions_that_call_themselves_are_refused(calls: int, message: str) -> None:
    """A function may not be recursive; one that is ends after a bounded number of nodes."""
    again = [helper.make_node("Block", ["a", "w"], [f"b{i}" if i else "b"], domain="own") for i in range(calls)]
    call = helper.make_node("Block", ["x", "u"], ["y"], domain="own")
    with pytest.raises(ModelFileError, match=message):
        from_onnx(with_function([call], block(*again), weights={"u": (2, 1, 3, 3)}))


def test_an_output_that_no_rule_gives_stops_what_reads_it() -> None:
    """The mask of a dropout is none of its outputs here; unread it stops nothing."""
    made = model([node("Dropout", "x", "y m")])
    assert len(from_onnx(made)) == 1
    made.graph.node.append(node("Cast", "m", "z", to=1))
    made.graph.output[0].name = "z"
    with pytest.raises(UnknownLayerError, match="Cast"):
        from_onnx(made)


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """100 MB of weights are never read: the process stays within 300 MB."""
    path = tmp_path / "large.onnx"
    made = model([node("Flatten", "x", "f"), node("Gemm", "f w")], {"w": (144, 10)})
    made.graph.initializer[0].dims[:] = [144, 180_000]
    made.graph.initializer[0].raw_data = bytes(4 * 144 * 180_000)
    path.write_bytes(made.SerializeToString())
    assert path.stat().st_size > 100_000_000
    code = (
        "from cnncalc.importers.onnx import load; "
        f"print(load({str(path)!r}).nodes[-1].layer, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
    )
    layer, memory = done.stdout.rsplit(maxsplit=1)
    assert layer == "Dense(units=180000, bias=False)"
    assert int(memory) < 300 * 1024


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "..\\secret", "C:\\secret", "a/../../b"])
def test_external_data_outside_the_folder_are_refused(location: str) -> None:
    """A path that climbs out of the model's folder is an error; inside, weights are not even looked for."""
    made = model([node("Conv", "x w")], CONV)
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = 1
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    with pytest.raises(ModelFileError, match="outside the model's folder"):
        from_onnx(made)
    entry.value = "weights.bin"
    assert len(from_onnx(made)) == 1


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: model([node("Conv", "x missing")]), "reads missing, which is neither"),
        (lambda: model([node("Relu", "later", "y"), node("Relu", "x", "later")]), "has a cycle, or is out of order"),
        (lambda: model([node("Conv", "x w")], {"w": (2, 5, 3, 3)}), "weights for 5 channels meet a map of 1"),
        (lambda: model([node("Reshape", "x s")], small={"s": [1, 7, -1]}), "can't have the sizes"),
        (lambda: model([], input=("N", 1, 2**62, 2**62)), "no layers|no output"),
        (lambda: model([node("Relu")], input=("N", 1, 2**62, 2**62)), r"more than 2\^63"),
    ],
)
def test_models_that_make_no_sense_are_one_line(made: Any, message: str) -> None:
    """Missing weights, cycles, misfits and absurd sizes are errors of their own."""
    with pytest.raises(ModelFileError, match=message) as caught:
        from_onnx(made())
    assert "\n" not in str(caught.value)
