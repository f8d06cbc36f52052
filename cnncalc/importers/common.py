"""Translators that ONNX and PyTorch have in common: they ask an operator no more than what every `Operator` answers.

What a framework calls otherwise, such as the axes of a squeeze, it says when it puts the translator into its table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.operator import Operator
from cnncalc.importers.tensors import attention, joins, learnt, maps, rows, views, windows
from cnncalc.importers.tensors.einsum import einsum as products_by_letters
from cnncalc.importers.tensors.einsum import equation
from cnncalc.importers.values import Constant, Result, Scores, Tensor, UnsupportedError, Windows
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.identity import Identity

Translator = Callable[[Assembly, Operator], Result]


def unary(layer: Layer) -> Translator:
    """One number in, one number out."""
    return lambda net, operator: maps.unary(net, operator.tensor(), layer)


def activation(function: str) -> Translator:
    return unary(Activation(function))


one_to_one = unary(Identity())
dropout = unary(Dropout())


def same(net: Assembly, operator: Operator) -> Result:
    """What changes no number."""
    value: Result | None = operator.get("input")
    if value is None:
        raise UnsupportedError
    return value


def clip(net: Assembly, operator: Operator) -> Result:
    """Cut off what is outside of two bounds; the usual ones have a name."""
    bounds = _bound(operator, "min"), _bound(operator, "max")
    return activation(CLIPS.get(bounds, "hardtanh"))(net, operator)


CLIPS: dict[tuple[float | None, float | None], str] = {(0, 6): "relu6", (0, None): "relu"}
"""Bounds that have a name of their own."""


def _bound(operator: Operator, name: str) -> float | None:
    bound = operator.get(name)
    if isinstance(bound, Constant):
        bound = bound.values[0] if bound.values else None
    if not (bound is None or isinstance(bound, (int, float))):
        raise UnsupportedError
    return bound


def prelu(net: Assembly, operator: Operator) -> Result:
    return learnt.prelu(net, operator.tensor(), operator.weight("weight"))


def matmul(net: Assembly, operator: Operator) -> Result:
    """A linear layer, or one of the two products of attention."""
    left, right = operator.arguments["input"], operator.arguments["other"]
    if isinstance(left, Tensor) and isinstance(right, Constant) and len(right.sizes) == 2:
        return linear(net, left, right._replace(sizes=right.sizes[::-1]))
    if isinstance(left, Constant) or isinstance(right, Constant):
        return windows.matmul(net, left, right)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return attention.scores(left, right)
    if isinstance(left, Scores) and isinstance(right, Tensor):
        return attention.weighed(net, left, right)
    if isinstance(left, Tensor) and isinstance(right, Scores):
        return attention.weighed_from_the_left(net, left, right)
    raise UnsupportedError


def linear(net: Assembly, x: Tensor | Windows, weight: Constant, bias: Constant | None = None) -> Tensor:
    """Weights of the sizes (units, inputs) on the last axis, which may hold windows."""
    if isinstance(x, Tensor):
        try:
            return learnt.linear(net, x, weight, bias)
        except UnsupportedError:
            x = windows.windows(net, x)
    return windows.linear(net, x, weight, bias)


def reduced(net: Assembly, x: Tensor | Windows, op: str, where: Sizes, *, keep: bool) -> Tensor:
    """The mean or the largest over some axes."""
    if isinstance(x, Windows):
        return windows.reduced(net, x, op, where, keep=keep)
    return maps.reduce(net, x, op, where, keep=keep)


def einsum(net: Assembly, text: str, values: Sequence[Any]) -> Result:
    """What an equation makes of tensors, one of which may hold windows."""
    try:
        if not any(isinstance(value, Windows) for value in values):
            return products_by_letters(net, text, values)
    except UnsupportedError:
        if sum(isinstance(value, Constant) for value in values) != 1:
            raise
    factors, output = equation(text, [len(value.sizes) for value in values])
    parts = zip(values, factors, strict=True)
    (x, axes), *others = sorted(parts, key=lambda part: isinstance(part[0], Constant))
    if len(others) != 1 or not isinstance(x, (Tensor, Windows)) or not isinstance(others[0][0], Constant):
        raise UnsupportedError
    return windows.multiplied(net, x, axes, *others[0], output)


def softmax(net: Assembly, operator: Operator, axis: int) -> Result:
    """Of a tensor, or of scores, which are weights then."""
    scores = operator.get("input")
    if not isinstance(scores, Scores):
        return maps.softmax(net, operator.tensor(), axis)
    return attention.softened(scores, axis)


def moved(operator: Operator) -> Tensor | Windows | Scores:
    """What an operator gives another order of its axes."""
    scores = operator.get("input")
    return scores if isinstance(scores, Scores) else operator.viewed()


def permuted(net: Assembly, x: Tensor | Windows | Scores, order: Sizes) -> Tensor | Windows | Scores:
    """With the axes in another order."""
    return attention.turned(x, order) if isinstance(x, Scores) else views.permute(net, x, order)


def concat(net: Assembly, values: Sequence[object], axis: int) -> Result:
    """Tensors behind each other, and learnt tokens among them."""
    known = [value for value in values if isinstance(value, (Tensor, Constant))]
    tensors = [value for value in known if isinstance(value, Tensor)]
    if len(known) < len(values) or not tensors:
        raise UnsupportedError
    return joins.concat(net, tensors, axis) if len(tensors) == len(values) else rows.with_learnt(net, known, axis)


def squeeze(axes: str) -> Translator:
    return lambda net, operator: views.squeeze(net, operator.viewed(), operator.ints(axes) or None)


def unsqueeze(axes: str) -> Translator:
    return lambda net, operator: views.unsqueeze(net, operator.viewed(), operator.ints(axes))
