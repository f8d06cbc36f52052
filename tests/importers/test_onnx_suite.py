"""What the onnx package itself brings: its nine light models, and the test cases of every operator that is read."""

from __future__ import annotations

from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

import pytest

from cnncalc.analysis import shapes
from cnncalc.errors import CnncalcError, UnknownLayerError
from cnncalc.importers.onnx import from_onnx, load
from cnncalc.importers.onnx.translators import TRANSLATORS
from tests.importers.frameworks import output, parameters

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
FLOAT = 1
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

PUBLISHED = {
    "bvlc_alexnet": 60_965_224,
    "densenet121": None,
    "inception_v1": 6_998_552,
    "inception_v2": None,
    "resnet50": 25_557_032,
    "shufflenet": None,
    "squeezenet": 1_235_496,
    "vgg19": 143_667_240,
    "zfnet512": None,
}
"""Light model: the parameters of the published one, where somebody published them for this very form."""


def counted_by_hand(graph: Any) -> int:
    """What is stored and read as it is, and what convolutions, matrices and norms read of what only has a size.

    Statistics of a norm are none, nor are shapes, and numbers that are filled in and multiplied by.
    """
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    sizes = {name: array.shape for name, array in stored.items() if array.dtype.kind == "f"}
    filled = {n.output[0]: tuple(stored[n.input[0]]) for n in graph.node if n.op_type == "ConstantOfShape"}
    origin = {n.output[0]: n.input[0] for n in graph.node if n.op_type in ("Reshape", "Unsqueeze")}
    numbers = {}
    for node in graph.node:
        read = node.input[1:3] if node.op_type == "BatchNormalization" else node.input
        learns = node.op_type in ("Conv", "Gemm", "BatchNormalization")
        for name in (origin.get(name, name) for name in read):
            size = sizes.get(name) or (filled.get(name) if learns else None)
            numbers[name] = int(prod(size)) if size else 0
    return sum(number for number in numbers.values() if number > 1)


@pytest.mark.parametrize("name", PUBLISHED)
def test_light_models_have_the_parameters_of_the_published_ones(name: str) -> None:
    """Their weights are only named by their sizes (ConstantOfShape), and are never made."""
    path = LIGHT / f"light_{name}.onnx"
    network = load(path)
    assert parameters(network) == (PUBLISHED[name] or counted_by_hand(onnx.load(path).graph))
    assert parameters(network) == counted_by_hand(onnx.load(path).graph)
    assert output(network).numbers == 1000


def bound(case: Any) -> Any:
    """A test case with all but its first input stored; `None` where that is not how it could be used."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    arrays = case.data_sets[0][0] if case.data_sets else []
    if not arrays or not all(hasattr(array, "dtype") for array in arrays) or arrays[0].ndim < 2:
        return None
    for value, array in list(zip(model.graph.input, arrays, strict=False))[1:]:
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, value.name))
    del model.graph.input[1:]
    return model


def cases() -> dict[str, Any]:
    """Cases whose operators are all read, of a map of floating-point numbers."""
    from onnx.backend.test.case.node import collect_testcases

    claimed = (
        case for case in collect_testcases(None) if {n.op_type for n in case.model.graph.node} <= set(TRANSLATORS)
    )
    return {case.name: case for case in claimed if case.data_sets and len(case.data_sets[0][1])}


def test_cases_of_every_operator_that_is_read_have_their_size_or_are_refused_by_name() -> None:
    """No case has another number of outputs than the suite's own result; what is refused is one line."""
    outcomes: Counter[str] = Counter()
    wrong = []
    for name, case in cases().items():
        model = bound(case)
        if model is None:
            continue
        try:
            network = from_onnx(model)
        except CnncalcError:
            outcomes["refused"] += 1
            continue
        if network.input is None:  # a case that leaves its sizes open
            continue
        batch = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
        if shapes(network, network.input)[-1].numbers * batch != case.data_sets[0][1][0].size:
            wrong.append(name)
        outcomes["right"] += 1
    assert wrong == []
    assert outcomes["right"] >= 200


WHOLLY_READ = (
    *("averagepool", "maxpool", "conv", "convtranspose", "lppool", "basic_conv", "batchnorm", "instancenorm"),
    *("globalaveragepool", "globalmaxpool", "depthtospace", "spacetodepth", "lrn", "dropout"),
    *("constant_pad", "resize_upsample_scales", "transpose", "flatten"),
)
"""Beginnings of names of cases of which none may be refused."""


@pytest.mark.parametrize("beginning", WHOLLY_READ)
def test_what_slides_is_read_wholly(beginning: str) -> None:
    """Every case of these operators, with whatever options, is read."""
    ours = {name: case for name, case in cases().items() if name.startswith(f"test_{beginning}_")}
    ours.pop("test_resize_upsample_scales_linear_half_pixel_symmetric", None)  # by 2.3, of which no size is a multiple
    assert ours or beginning in ("lrn", "conv", "dropout")
    refused = []
    for name, case in ours.items():
        model = bound(case)
        try:
            if model is not None:
                from_onnx(model)
        except UnknownLayerError as problem:
            refused.append(f"{name}: {problem}")
        except CnncalcError as problem:
            if "no layers between" not in str(problem):  # a case that changes nothing
                refused.append(f"{name}: {problem}")
    assert refused == []
