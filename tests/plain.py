"""Plain counting: weights as sets of names and products as a loop, without a single formula.

This is the other side of every comparison with `cnncalc.formulas`; nothing here divides, multiplies sizes or rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

from cnncalc.layers.base import Layer, at
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.local import Local
from cnncalc.layers.separable import Separable
from cnncalc.layers.tiled import Tiled
from cnncalc.shapes import Shape

Index = tuple[int, ...]


class Counted(NamedTuple):
    """What was found by enumerating."""

    space: Index
    channels: int
    weights: int
    biases: int
    macs: int


def starts(size: int, before: int, after: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """Where a window may begin: it is moved until its last tap leaves the padded input."""
    found = []
    start = -before
    while max(start + tap * dilation for tap in range(kernel)) < size + after:
        found.append(start)
        start += stride
    return found


def starts_on(layer: Any, shape: Shape, axis: int) -> list[int]:
    """The same for an axis of a layer, by what its padding says."""
    size = shape.space[axis]
    kernel, stride, dilation = (at(sizes, axis) for sizes in (layer.kernel, layer.stride, layer.dilation))
    if layer.padding == "causal":
        taps = [tap * dilation for tap in range(kernel)]
        return starts(size, max(taps), 0, kernel, stride, dilation)
    if isinstance(layer.padding, str):
        # a rule by its definition: one place for every started step of the stride
        return list(range(0, size, stride))
    pair = layer.padding[axis] if len(layer.padding) > 1 else layer.padding[0]
    return starts(size, *pair, kernel, stride, dilation)


def taps_of(layer: Any, shape: Shape) -> list[Index]:
    return list(product(*(range(at(layer.kernel, axis)) for axis in range(len(shape.space)))))


Names = Iterator[tuple[Any, Any]]
"""The products of a layer, each as (the number computed, the weight used)."""


def conv(layer: Conv, shape: Shape, places: list[Index]) -> tuple[int, Names, set[Any]]:
    filters = shape.channels if layer.filters is None else layer.filters
    group_in = [list(range(shape.channels))[g :: layer.groups] for g in range(layer.groups)]
    names = (
        ((place, o), (o, tap, c))
        for place in places
        for o in range(filters)
        for tap in taps_of(layer, shape)
        for c in group_in[o % layer.groups]
    )
    return filters, names, {o for o in range(filters) if layer.bias}


def local(layer: Local, shape: Shape, places: list[Index]) -> tuple[int, Names, set[Any]]:
    filters = shape.channels if layer.filters is None else layer.filters
    names = (
        ((place, o), (place, o, tap, c))
        for place in places
        for o in range(filters)
        for tap in taps_of(layer, shape)
        for c in range(shape.channels)
    )
    biases = {(o if layer.shared_bias else (place, o)) for place in places for o in range(filters) if layer.bias}
    return filters, names, biases


def tiled(layer: Tiled, shape: Shape, places: list[Index]) -> tuple[int, Names, set[Any]]:
    filters = shape.channels if layer.filters is None else layer.filters

    def turn(place: Index) -> Index:
        return tuple(index % at(layer.tile, axis) for axis, index in enumerate(place))

    names = (
        ((place, o), (turn(place), o, tap, c))
        for place in places
        for o in range(filters)
        for tap in taps_of(layer, shape)
        for c in range(shape.channels)
    )
    return filters, names, {(turn(place), o) for place in places for o in range(filters) if layer.bias}


def depthwise(layer: Depthwise, shape: Shape, places: list[Index]) -> tuple[int, Names, set[Any]]:
    filters = [(c, m) for c in range(shape.channels) for m in range(layer.multiplier)]
    names = (((place, o), (o, tap)) for place in places for o in filters for tap in taps_of(layer, shape))
    return len(filters), names, {o for o in filters if layer.bias}


def separable(layer: Separable, shape: Shape, places: list[Index]) -> tuple[int, Names, set[Any]]:
    filters = shape.channels if layer.filters is None else layer.filters
    middle = [(c, m) for c in range(shape.channels) for m in range(layer.multiplier)]

    def names() -> Names:
        for place in places:
            yield from (((place, o), (o, tap)) for o in middle for tap in taps_of(layer, shape))
            yield from (((place, "mixed", o), ("mixed", o, c)) for o in range(filters) for c in middle)

    return filters, names(), {o for o in range(filters) if layer.bias}


SLIDING: dict[type[Layer], Callable[..., tuple[int, Names, set[Any]]]] = {
    Conv: conv,
    Local: local,
    Tiled: tiled,
    Depthwise: depthwise,
    Separable: separable,
}


def count(layer: Layer, shape: Shape) -> Counted:
    """Enumerate everything a layer multiplies."""
    if isinstance(layer, Dense):
        inputs = list(product(*map(range, shape.space), range(shape.channels)))
        weights = {(unit, place) for unit in range(layer.units) for place in inputs}
        biases = set(range(layer.units)) if layer.bias else set()
        return Counted((), layer.units, len(weights), len(biases), sum(1 for _unit, _place in weights))
    on_axes = [starts_on(layer, shape, axis) for axis in range(len(shape.space))]
    places = list(product(*(range(len(found)) for found in on_axes)))
    channels, names, biases = SLIDING[type(layer)](layer, shape, places)
    weights = set()
    macs = 0
    for _output, weight in names:
        weights.add(weight)
        macs += 1
    return Counted(tuple(map(len, on_axes)), channels, len(weights), len(biases), macs)


def evaluate(line: str, letters: dict[str, int] | None = None) -> int:
    """The value of a worked line, by an evaluator that knows nothing of Terms: recursive descent over the text."""
    signs = {"·": "*", "−": "-", "⌊": "(", "⌋": ")", ",": ""}
    text = "".join(signs.get(sign, sign) for sign in line).replace(" ", "")
    value, rest = _sum(text, letters or {})
    if rest:
        raise ValueError(f"{rest!r} is left of {line!r}")
    return value


def _sum(text: str, letters: dict[str, int]) -> tuple[int, str]:
    value, text = _product(text, letters)
    while text[:1] in ("+", "-") and text:
        sign, (term, text) = text[0], _product(text[1:], letters)
        value = value + term if sign == "+" else value - term
    return value, text


def _product(text: str, letters: dict[str, int]) -> tuple[int, str]:
    value, text = _factor(text, letters)
    while text[:1] in ("*", "/") and text:
        sign, (factor, text) = text[0], _factor(text[1:], letters)
        value = value * factor if sign == "*" else value // factor
    return value, text


def _factor(text: str, letters: dict[str, int]) -> tuple[int, str]:
    if text.startswith("("):
        value, rest = _sum(text[1:], letters)
        if not rest.startswith(")"):
            raise ValueError(f"a bracket is open at {text!r}")
        return value, rest[1:]
    length = next((index for index, sign in enumerate(text) if sign in "+-*/()"), len(text))
    word = text[:length]
    return (int(word) if word.isdigit() else letters[word]), text[length:]
