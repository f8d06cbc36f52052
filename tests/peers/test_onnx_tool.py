"""onnx-tool itself, on networks written twice: what it counts is what our rules say, number for number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncalc.notation.parsing import parse
from cnncalc.peers import as_counted_by
from cnncalc.peers.tools import TOOLS
from cnncalc.shapes import Shape

onnx = pytest.importorskip("onnx")
onnx_tool = pytest.importorskip("onnx_tool")

Op = tuple[str, Sequence[tuple[int, ...]], dict[str, Any]]
"""An operator in a row: its type, the shapes of its weights, its attributes."""

NORM = [(8,)] * 4
PAIRS: dict[str, tuple[str, Shape, list[Op]]] = {
    "conv": ("conv3-64,p1", Shape((24, 20), 3), [("Conv", [(64, 3, 3, 3), (64,)], {"pads": [1] * 4})]),
    "no bias": ("conv5-8/2,nobias", Shape((24, 20), 3), [("Conv", [(8, 3, 5, 5)], {"strides": [2, 2]})]),
    "grouped": ("conv3-12,g3", Shape((9, 9), 6), [("Conv", [(12, 2, 3, 3), (12,)], {"group": 3})]),
    "depthwise": ("dwconv3", Shape((9, 9), 8), [("Conv", [(8, 1, 3, 3), (8,)], {"group": 8})]),
    "transposed": (
        "convT4-32/2,p1",
        Shape((14, 10), 64),
        [("ConvTranspose", [(64, 32, 4, 4), (32,)], {"strides": [2, 2], "pads": [1] * 4})],
    ),
    "grouped transposed": (
        "convT4-8/2,p1,g2,nobias",
        Shape((7, 5), 4),
        [("ConvTranspose", [(4, 4, 4, 4)], {"strides": [2, 2], "pads": [1] * 4, "group": 2})],
    ),
    "dense": (
        "flatten fc32 relu fc10,nobias softmax",
        Shape((6, 5), 3),
        [
            ("Flatten", [], {}),
            ("Gemm", [(32, 90), (32,)], {"transB": 1}),
            ("Relu", [], {}),
            ("Gemm", [(10, 32)], {"transB": 1}),
            ("Softmax", [], {}),
        ],
    ),
    "batch norm": (
        "conv3-8,nobias bn sigmoid tanh dropout",
        Shape((8, 8), 3),
        [
            ("Conv", [(8, 3, 3, 3)], {}),
            ("BatchNormalization", NORM, {}),
            ("Sigmoid", [], {}),
            ("Tanh", [], {}),
            ("Dropout", [], {}),
        ],
    ),
    "pools": (
        "conv3-8 maxpool3/2,p1 avgpool2 globalavgpool flatten fc5",
        Shape((33, 35), 3),
        [
            ("Conv", [(8, 3, 3, 3), (8,)], {}),
            ("MaxPool", [], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4}),
            ("AveragePool", [], {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("GlobalAveragePool", [], {}),
            ("Flatten", [], {}),
            ("Gemm", [(5, 8), (5,)], {"transB": 1}),
        ],
    ),
    "residual": (
        "conv3-8,p1 add(| relu) mul(| sigmoid)",
        Shape((9, 8), 3),
        [
            ("Conv", [(8, 3, 3, 3), (8,)], {"pads": [1] * 4}),
            ("Relu", [], {}),
            ("Add", [], {"over": 2}),
            ("Sigmoid", [], {}),
            ("Mul", [], {"over": 2}),
        ],
    ),
    "moved": (
        "sepconv3-8 concat(| identity)",
        Shape((9, 8), 3),
        [
            ("Conv", [(3, 1, 3, 3)], {"group": 3}),
            ("Conv", [(8, 3, 1, 1), (8,)], {}),
            ("Identity", [], {}),
            ("Concat", [], {"over": 2, "axis": 1}),
        ],
    ),
    "sound": (
        "conv5-8/2 relu maxpool2",
        Shape((64,), 1),
        [
            ("Conv", [(8, 1, 5), (8,)], {"strides": [2]}),
            ("Relu", [], {}),
            ("MaxPool", [], {"kernel_shape": [2], "strides": [2]}),
        ],
    ),
}


def model_of(shape: Shape, ops: list[Op]) -> Any:
    """Operators in a row; ``over`` names one so many values back as a second input."""
    helper, values, nodes, weights = onnx.helper, ["x"], [], []
    for index, (kind, sizes, attributes) in enumerate(ops):
        names = [f"w{index}_{place}" for place in range(len(sizes))]
        rng = np.random.default_rng(index)  # equal weights would be counted once
        weights += [
            onnx.numpy_helper.from_array(rng.random(size, np.float32) + 1, name)
            for size, name in zip(sizes, names, strict=True)
        ]
        own = {key: value for key, value in attributes.items() if key != "over"}
        more = [values[-attributes["over"]]] if "over" in attributes else []
        nodes.append(helper.make_node(kind, [values[-1], *more, *names], [f"v{index}"], name=f"n{index}", **own))
        values.append(f"v{index}")
    image = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, shape.channels, *shape.space])
    result = helper.make_tensor_value_info(values[-1], onnx.TensorProto.FLOAT, None)
    return helper.make_model(helper.make_graph(nodes, "g", [image], [result], weights))


def test_every_layer_was_measured() -> None:
    """Each keyword that the table has for onnx-tool stands in one of the networks here."""
    networks = [parse(notation) for notation, _shape, _ops in PAIRS.values()]
    assert {node.layer.keyword for network in networks for node in network.nodes} == set(TOOLS["onnx-tool"].layers)


@pytest.mark.parametrize("name", PAIRS)
def test_onnx_tool_counts_what_its_rules_say(name: str, tmp_path: Path) -> None:
    """MACs and parameters of the profile are what `as_counted_by` says for the notation."""
    notation, shape, ops = PAIRS[name]
    path = tmp_path / "model.onnx"
    onnx.save(model_of(shape, ops), path)
    model = onnx_tool.Model(str(path), {"verbose": False})
    model.graph.shape_infer({"x": np.zeros((1, shape.channels, *shape.space), np.float32)})
    model.graph.profile()
    ours = {number.tally.name: number.total for number in as_counted_by("onnx-tool", parse(notation), shape)}
    assert {"MACs": int(model.graph.macs[0]), "parameters": int(model.graph.params)} == ours
