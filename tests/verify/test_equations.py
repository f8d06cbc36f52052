"""The equation of every kind that has one, run by NumPy's einsum, against the proof's forward pass and the counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st

from cnncalc.counting import count
from cnncalc.errors import ShapeError
from cnncalc.layers import KINDS, kind
from cnncalc.layers.base import Layer, at
from cnncalc.network import chain
from cnncalc.shapes import Shape
from cnncalc.verify.experiments import experiment
from cnncalc.verify.forward import run
from tests.every_kind import EVERY_KIND, fitting_layer
from tests.verify.kept import Arrays, Kept


def windows(layer: Any, shape: Shape, x: Any) -> Any:
    """What every window holds, ``c S K``: the padded map sliced once for each tap."""
    sides = [layer.sides(axis, size) for axis, size in enumerate(shape.space)]
    padded = np.pad(x, [(0, 0), *sides])
    axes = range(len(shape.space))
    kernel, stride, dilation = (
        [at(size, axis) for axis in axes] for size in (layer.kernel, layer.stride, layer.dilation)
    )
    taps = []
    for tap in product(*map(range, kernel)):
        cuts = [
            slice(tap[a] * dilation[a], tap[a] * dilation[a] + (n - 1) * stride[a] + 1, stride[a])
            for a, n in enumerate(layer.output(shape).space)
        ]
        taps.append(padded[(slice(None), *cuts)].reshape(len(x), -1))
    return np.stack(taps, axis=2)


def stamped(layer: Any, shape: Shape, stamps: Any) -> Any:
    """Stamps ``o S K`` added up where they fall, and the padding cut off."""
    axes = range(len(shape.space))
    kernel, stride, dilation = (
        [at(size, axis) for axis in axes] for size in (layer.kernel, layer.stride, layer.dilation)
    )
    output = layer.output(shape).space
    before = [layer.sides(axis, size)[0] for axis, size in enumerate(shape.space)]
    room = np.zeros(
        (len(stamps), *(before[a] + output[a] + shape.space[a] * stride[a] + kernel[a] * dilation[a] for a in axes))
    )
    for number, tap in enumerate(product(*map(range, kernel))):
        cuts = [
            slice(tap[a] * dilation[a], tap[a] * dilation[a] + (shape.space[a] - 1) * stride[a] + 1, stride[a])
            for a in axes
        ]
        room[(slice(None), *cuts)] += stamps[:, :, number].reshape(len(stamps), *shape.space)
    return room[(slice(None), *(slice(before[a], before[a] + output[a]) for a in axes))]


Operands = Callable[[Any, Shape, Any, Arrays], tuple[Any, ...]]


def grouped(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    held, weight = windows(layer, shape, x), arrays["weight"]
    g, c = layer.groups, shape.channels // layer.groups
    return held.reshape(g, c, *held.shape[1:]), weight.reshape(g, len(weight) // g, c, -1)


def unshared(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    """The proof keeps the weights of a position together, ``S o c K``."""
    held = windows(layer, shape, x)[None]
    weight = arrays["weight"].reshape(held.shape[2], 1, -1, shape.channels, held.shape[3])
    return held, weight.transpose(1, 2, 3, 0, 4)


def depthwise(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    return windows(layer, shape, x), arrays["weight"].reshape(shape.channels, layer.multiplier, -1)


def separable(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    deep = arrays["depthwise"].reshape(shape.channels, layer.multiplier, -1)
    return windows(layer, shape, x), deep, arrays["pointwise"].reshape(-1, *deep.shape[:2])


def stamps(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    g, c = layer.groups, shape.channels // layer.groups
    return x.reshape(g, c, -1), arrays["weight"].reshape(g, c, -1, prod(arrays["weight"].shape[2:]))


def flat(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    numbers = x.reshape(len(x), -1)
    return numbers, arrays["weight"].reshape(-1, *numbers.shape)


def scaled(layer: Any, shape: Shape, x: Any, arrays: Arrays) -> tuple[Any, ...]:
    return x.reshape(len(x), -1), arrays["scale"]


OPERANDS: dict[str, Operands] = {
    "Conv": grouped,
    "Local": unshared,
    "Depthwise": depthwise,
    "Separable": separable,
    "Transposed": stamps,
    "Dense": flat,
    "Scale": scaled,
}
"""The arrays that an equation speaks of, made from the map and the weights as the proof keeps them."""

SHIFTS = ("bias", "shift")


def test_every_kind_that_multiplies_has_an_equation() -> None:
    """A kind whose filters form products says so in one equation; only tiles and attention take more than one."""
    assert {name for name in KINDS if kind(name).equation} == set(OPERANDS)
    shape, multiply = Shape((6, 6), 6), set()
    for name, row in EVERY_KIND.items():
        if row.fitting:
            layer = find(fitting_layer(name, 2), lambda layer: takes(layer, shape), settings=settings(database=None))
            if any(bank.filters and bank.outputs for bank in layer.banks(shape, layer.output(shape))):
                multiply.add(name)
    assert multiply - set(OPERANDS) == {"Tiled", "Attention"}


def takes(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output(shape)
    except ShapeError:
        return False
    return True


@pytest.mark.parametrize("name", OPERANDS)
@given(data=st.data(), space=st.tuples(st.integers(3, 7)) | st.tuples(st.integers(3, 6), st.integers(3, 6)))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_equation_is_what_the_proof_does(name: str, data: st.DataObject, space: tuple[int, ...]) -> None:
    """`numpy.einsum` of the equation gives the forward pass of random layers, up to the bias; and it counts: the
    letters of the weights multiply to the weights, all letters, if any is summed over, to the MACs."""
    shape = Shape(space, 4)
    layer: Any = data.draw(fitting_layer(name, len(space)))
    assume(takes(layer, shape))
    x = np.random.default_rng(1).standard_normal((shape.channels, *space))
    kept = Kept()
    experiment(layer).forward(layer, kept, x)
    arrays = {key: value if key not in SHIFTS else np.zeros_like(value) for key, value in kept.arrays.items()}
    expected = run(chain([layer]), x, {chain([layer]).nodes[0].name: arrays})
    operands = OPERANDS[name](layer, shape, x, arrays)
    made = np.einsum(layer.equation, *operands)
    if name == "Transposed":
        made = stamped(layer, shape, made.reshape(-1, *made.shape[2:]))
    np.testing.assert_allclose(made.reshape(expected.shape), expected, rtol=1e-10, atol=1e-10)

    terms, result = layer.equation.replace(" ", "").split("->")
    lengths = {
        letter: size
        for term, operand in zip(terms.split(","), operands, strict=True)
        for letter, size in zip(term, operand.shape, strict=True)
    }
    counted = count(layer, shape)
    assert counted.weights == sum(operand.size for operand in operands[1:])
    if len(operands) == 2:
        summed = set(terms) - set(result) - {","} or name == "Transposed"
        assert counted.macs == (prod(lengths.values()) if summed else 0)


def test_not_sharing_is_one_letter() -> None:
    """The equation of a locally connected layer is the convolution's with the positions among the weights' letters."""
    conv, local = kind("Conv").equation, kind("Local").equation
    assert local == conv.replace("o c K", "o c S K")
    assert local.count("S") == conv.count("S") + 1
