"""Every published number about a single layer comes out, and what a source rounds away or gets wrong is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cnncalc import counting, formulas
from cnncalc.comparison.rows import Spec, compared
from cnncalc.exercises.counts import exercise, solve
from cnncalc.layers import kind
from cnncalc.layers.base import Layer, at
from cnncalc.shapes import Shape
from tests.cases import KINDS, cases, layer_of, shape_of

SINGLE = [case for case in cases("textbook") if case["spec"]["kind"] in KINDS]
Case = dict[str, Any]


def _spec(spec: Case) -> Spec:
    options = {name: value for name, value in spec.items() if name not in ("kind", "input", "ceil_mode", "op")}
    sized = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return Spec(shape_of(spec), **sized)


def _fan_in(layer: Any, shape: Shape) -> int:
    return formulas.fan_in(layer.kernel_of(shape), shape.channels)


def _sides(layer: Any, shape: Shape) -> list[int]:
    return [side for axis, size in enumerate(shape.space) for side in layer.sides(axis, size)]


def _separable(spec: Case) -> tuple[int, int]:
    options = {name: spec[name] for name in ("kernel", "filters", "padding", "bias")}
    depthwise, pointwise = kind("Separable")(**options).banks(shape_of(spec), layer_of(spec).output(shape_of(spec)))
    return depthwise.filters * depthwise.fan_in, pointwise.filters * pointwise.fan_in


def _output(layer: Layer, shape: Shape) -> list[int]:
    made = layer.output(shape)
    return [*made.space, made.channels]


FOUND: Mapping[str, Callable[[Any, Shape, Case], Any]] = {
    "out": lambda layer, shape, _spec: _output(layer, shape),
    "out_floor": lambda _layer, shape, spec: _output(layer_of(spec | {"ceil_mode": False}), shape),
    "params": lambda layer, shape, _spec: counting.parameters(layer, shape),
    "weights": lambda layer, shape, _spec: counting.weights(layer, shape),
    "biases": lambda layer, shape, _spec: counting.biases(layer, shape),
    "macs": lambda layer, shape, _spec: counting.macs(layer, shape),
    "flops": lambda layer, shape, _spec: counting.count(layer, shape).flops,
    "positions": lambda layer, shape, _spec: layer.output(shape).positions,
    "crops": lambda layer, shape, _spec: layer.output(shape).positions,
    "neurons": lambda layer, shape, _spec: layer.output(shape).numbers,
    "leftover": lambda layer, shape, _spec: [layer.leftover(axis, size) for axis, size in enumerate(shape.space)],
    "exact_size": lambda _layer, _shape, spec: str(compared(_spec(spec)).roundings[-1].exact),
    "pad_tblr": lambda layer, shape, _spec: _sides(layer, shape),
    "effective_kernel": lambda layer, shape, _spec: [
        formulas.window(at(layer.kernel, axis), at(layer.dilation, axis)) for axis in range(len(shape.space))
    ],
    "im2col": lambda layer, shape, _spec: [_fan_in(layer, shape), layer.output(shape).positions],
    "w_row": lambda layer, shape, _spec: [layer.filters, _fan_in(layer, shape)],
    "result": lambda layer, shape, _spec: [layer.filters, layer.output(shape).positions],
    "duplication": lambda layer, shape, _spec: pytest.approx(
        _fan_in(layer, shape) * layer.output(shape).positions / shape.numbers, abs=5e-5
    ),
    "discarded_fraction": lambda layer, shape, _spec: 1 - layer.output(shape).numbers / shape.numbers,
    "connections": lambda _layer, _shape, spec: solve(exercise(_spec(spec), "conv.connections"))[0],
    "separable_weights": lambda _layer, _shape, spec: sum(_separable(spec)),
    "depthwise": lambda _layer, _shape, spec: _separable(spec)[0],
    "pointwise": lambda _layer, _shape, spec: _separable(spec)[1],
}
"""How each published quantity is found here."""


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: str(case["id"]))
def test_every_published_quantity_of_a_layer_comes_out(case: dict[str, Any]) -> None:
    """All numbers that a source gives for one layer are computed, none is left out."""
    spec = case["spec"]
    layer, shape = layer_of(spec), shape_of(spec)
    found = {name: FOUND[name](layer, shape, spec) for name in case["expected"]}
    assert found == case["expected"]


def test_no_case_of_a_single_layer_is_missing() -> None:
    """There are 29 of them, each with something to check."""
    assert len(SINGLE) == 29
    assert all(case["expected"] for case in SINGLE)


def test_a_size_that_is_not_whole_is_told_with_its_fraction() -> None:
    """CS231n calls W=5, F=3, P=1, S=3 invalid; here it is 2, and 7/3 and what no window reads are told."""
    (rounding,) = compared(Spec(Shape((5,), 1), 3, stride=3, padding=1)).roundings
    assert [(str(rounding.exact), rounding.size, rounding.leftover, rounding.inputs)] == [("7/3", 2, 1, 0)]


def test_vggs_first_layer_gray_and_colour() -> None:
    """VGG's first layer has 1,728 weights on a colour image (Simonyan & Zisserman 2014) and 576 on a gray one."""
    conv = kind("Conv")(3, 64)  # type: ignore[call-arg]
    assert [counting.weights(conv, Shape((224, 224), channels)) for channels in (3, 1)] == [1728, 576]
