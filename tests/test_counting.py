"""Counts against plain counting, and worked lines against an evaluator of their text."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given

from cnncalc import counting
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape
from cnncalc.symbols import Term
from tests import plain
from tests.kinds import counted


@given(counted())
def test_every_count_is_what_enumerating_finds(case: tuple[Layer, Shape]) -> None:
    """Output shape, weights, biases, parameters and MACs equal those of loops that share no formula with them."""
    layer, shape = case
    found = plain.count(layer, shape)
    output = layer.output(shape)
    count = counting.count(layer, shape)
    assert (output.space, output.channels) == (found.space, found.channels)
    assert (count.weights, count.biases, count.macs) == (found.weights, found.biases, found.macs)
    assert counting.parameters(layer, shape) == found.weights + found.biases
    added = len(list(product(*map(range, found.space), range(found.channels)))) if found.biases else 0
    assert (count.flops, count.bias_additions) == (found.macs + found.macs, added)


@pytest.mark.parametrize(
    ("kind_name", "options", "shape", "additions"),
    [
        ("Transposed", {"kernel": 4, "filters": 32, "stride": 2, "padding": 1}, Shape((28, 28), 64), 56 * 56 * 32),
        ("Transposed", {"kernel": 4, "filters": 32, "bias": False}, Shape((28, 28), 64), 0),
        ("Attention", {}, Shape((14, 14), 64), 4 * 196 * 64),
        ("BatchNorm", {}, Shape((8, 8), 64), 0),
        ("Offset", {}, Shape((8, 8), 64), 0),
    ],
)
def test_biases_are_added_to_what_products_make(
    kind_name: str, options: dict[str, int], shape: Shape, additions: int
) -> None:
    """A bias is added once to every number that a product makes; the shift of a norm is no bias addition."""
    assert counting.count(kind(kind_name)(**options), shape).bias_additions == additions


@given(counted())
def test_worked_lines_say_the_number_they_stand_beside(case: tuple[Layer, Shape]) -> None:
    """The text of a worked line, evaluated by itself, is the count; so are the letters, with their values put in."""
    layer, shape = case
    output = layer.output(shape)
    letters = _letters(layer, shape, output)
    for worked, number in (
        (counting.worked(layer, shape), counting.parameters(layer, shape)),
        (counting.worked_macs(layer, shape), counting.macs(layer, shape)),
    ):
        assert worked == number
        assert plain.evaluate(str(worked)) == number
        assert plain.evaluate(worked.symbols(), letters) == number


def _letters(layer: Layer, shape: Shape, output: Shape) -> dict[str, int]:
    letters = {"C_in": shape.channels, "C_out": output.channels}
    letters |= dict(zip(shape.axes, shape.space, strict=True))
    letters |= {f"{axis}'": size for axis, size in zip(output.axes, output.space, strict=True)}
    for name, letter in layer.letters.items():
        value = getattr(layer, name)
        axes = {1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}
        values = value if isinstance(value, tuple) else (value or output.channels,)
        if name == "kernel" and len(values) == 1:
            values *= len(shape.space)  # one number for every axis is written with each axis' letter
        letters |= {letter + axis: number for axis, number in zip(axes[len(values)], values, strict=True)}
    return letters


@given(counted())
def test_worked_positions_are_the_output_sizes(case: tuple[Layer, Shape]) -> None:
    """The worked line of the output size evaluates to the number of places that moving a window finds."""
    layer, shape = case
    if isinstance(layer, kind("Dense")):
        return
    worked = counting.worked_positions(layer, shape)  # type: ignore[arg-type]
    assert tuple(plain.evaluate(str(term)) for term in worked) == plain.count(layer, shape).space


def test_the_evaluator_can_tell_a_wrong_line() -> None:
    """The independent evaluator follows the rules of arithmetic, so that a wrong worked line would show."""
    assert plain.evaluate("64·(3·3·3 + 1)") == 1792
    assert plain.evaluate("64·3·3·3 + 1") == 1729
    assert plain.evaluate("⌊(7 + 2 − 3)/4⌋ + 1") == 2
    assert plain.evaluate("k·k·C_in/g", {"k": 3, "C_in": 8, "g": 2}) == 36
    with pytest.raises(ValueError, match="is left"):
        plain.evaluate("3)")


def test_a_tile_of_one_is_a_convolution_and_a_tile_of_all_is_local() -> None:
    """Goodfellow et al. 2016, §9.5: tiled convolution lies between the two, and both ends are reached."""
    shape = Shape((9, 7), 3)
    conv, local = kind("Conv")(3, 4), kind("Local")(3, 4)  # type: ignore[call-arg]
    tiled = [kind("Tiled")(3, 4, tile) for tile in (1, (7, 5), 100)]  # type: ignore[call-arg]
    counts = [counting.parameters(layer, shape) for layer in tiled]
    assert counts == [counting.parameters(layer, shape) for layer in (conv, local, local)]


def test_a_shared_slope_is_one_parameter() -> None:
    """He et al. 2015 count one slope for a channel-shared PReLU and one for each channel otherwise."""
    numbers = [counting.parameters(kind("PReLU")(shared=shared), Shape((8, 8), 64)) for shared in (True, False)]
    assert numbers == [1, 64]


def test_goodfellow_figures_9_14_and_9_16() -> None:
    """Five inputs, five outputs, a patch of two: 2 weights shared, 4 tiled by two, 25 fully connected.

    The figure's locally connected layer has nine letters, because its last unit has one real edge; a layer keeps a
    whole window at every position, so here it is ten, one of which only ever meets the padding.
    """
    shape = Shape((5,), 1)
    window = {"kernel": 2, "padding": ((0, 1),), "bias": False}
    counts = {name: counting.weights(kind(name)(**window), shape) for name in ("Conv", "Local")}
    assert counts == {"Conv": 2, "Local": 10}
    assert counting.weights(kind("Tiled")(**window, tile=2), shape) == 4  # type: ignore[call-arg]
    assert counting.weights(kind("Dense")(5, bias=False), shape) == 25  # type: ignore[call-arg]


def test_unshared_weights_are_the_macs_of_the_shared_layer() -> None:
    """Every weight of a locally connected layer is used exactly once, so its weights are the convolution's MACs."""
    shape = Shape((227, 227), 3)
    local = kind("Local")(11, 96, stride=4)  # type: ignore[call-arg]
    conv = kind("Conv")(11, 96, stride=4)  # type: ignore[call-arg]
    assert counting.weights(local, shape) == counting.macs(conv, shape) == 105_415_200


WORKED = {
    # learns nothing, multiplies nothing
    "Identity": ({}, "0", "0"),
    # two numbers for each channel, and no MACs: nothing slides
    "BatchNorm": ({}, "4·2", "0"),
    # learnt once for each filter, used by every one of 5·5·4 inputs
    "Transposed": ({"kernel": 2, "filters": 3}, "3·(2·2·4 + 1)", "5·5·4·2·2·3"),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_lines_leave_out_what_is_not_there(name: str) -> None:
    """A bank that learns nothing is in no sum of parameters, one that makes nothing in no sum of MACs; no sum at all is 0."""
    options, parameters, macs = WORKED[name]
    layer, shape = kind(name)(**options), Shape((5, 5), 4)
    lines = counting.worked(layer, shape), counting.worked_macs(layer, shape)
    assert [str(line) for line in lines] == [parameters, macs]
    assert [type(line) for line in lines] == [Term, Term]


def test_the_line_of_same_is_that_of_same() -> None:
    """With TensorFlow's padding the number of places is ⌈n/s⌉, whatever the window, and the line says so."""
    for padding in ("same", "causal"):
        layer = kind("Conv")(3, stride=(2, 3), padding=padding)
        lines = [str(size) for size in counting.worked_positions(layer, Shape((7, 7), 1))]
        assert lines == ["(7 + 2 − 1)/2", "(7 + 3 − 1)/3"]
