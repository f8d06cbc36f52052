"""What the functions of ``keras.ops`` do, and slices: ``preprocess_input``, and arithmetic between layers.

`OPS` is the one table: class of an operation → the function that says it. Its arguments stand in ``args``, as they were
written: tensors, numbers, slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.axes import CHANNELS, holds
from cnncalc.importers.keras.layer import KerasLayer
from cnncalc.importers.tensors import joins, learnt, maps, views
from cnncalc.importers.values import Constant, Result, Tensor, UnsupportedError
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer
from cnncalc.layers.identity import Identity
from cnncalc.layers.layernorm import LayerNorm

Translator = Callable[[Assembly, KerasLayer], Result]

MODULES = ("keras.src.ops.", "keras.ops")
"""Where the operations of Keras are defined, as a configuration names it."""


def arguments(value: Any, known: Iterator[Any]) -> Any:
    """Arguments as they were written, with what is ``known`` of each tensor in its place."""
    if isinstance(value, list):
        return [arguments(part, known) for part in value]
    if not isinstance(value, dict):
        return value
    config = value.get("config", {})
    if config.get("keras_history"):
        return next(known)
    kind = value.get("class_name")
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__tensor__", "__numpy__"):
        return Constant(tuple(_sizes(config["value"])))
    return {name: arguments(part, known) for name, part in value.items()}


def _sizes(numbers: Any) -> Iterator[int]:
    while isinstance(numbers, list):
        yield len(numbers)
        numbers = numbers[0] if numbers else 0


def _argument(layer: KerasLayer, place: int, name: str) -> Any:
    """An argument by its place or by its name, or an option of that name."""
    args = layer.arguments["args"]
    return args[place] if len(args) > place else layer.option(name)


# Number by number.


def _unary(kind: Layer) -> Translator:
    return lambda net, layer: learnt.kept(net, kind, layer.x)


def _binary(op: str) -> Translator:
    """Tensors met in one; fixed numbers change no place."""

    def translate(net: Assembly, layer: KerasLayer) -> Result:
        x = layer.x
        for other in layer.inputs[1:]:
            x = joins.merge(net, op, x, other)
        for constant in layer.arguments["args"]:
            if isinstance(constant, Constant):
                x = joins.with_constant(net, op, x, constant)
        return x

    return translate


def _softmax(net: Assembly, layer: KerasLayer) -> Result:
    return maps.softmax(net, layer.x, layer.get("axis", -1))


def _glu(net: Assembly, layer: KerasLayer) -> Result:
    return joins.glu(net, layer.x, layer.get("axis", -1))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Result:
        axis = layer.get("axis")
        where = tuple(range(len(layer.x.layout))) if axis is None else axis
        where = (where,) if isinstance(where, int) else tuple(where)
        return maps.reduce(net, layer.x, op, where, keep=bool(layer.get("keepdims", False)))

    return translate


# Views and cuts.


def _reshape(net: Assembly, layer: KerasLayer) -> Result:
    shape = [layer.x.sizes[0] if size is None else size for size in _argument(layer, 1, "newshape")]
    return views.reshape(net, layer.x, tuple(shape))


def _transpose(net: Assembly, layer: KerasLayer) -> Result:
    return views.permute(net, layer.x, tuple(layer.get("axes") or range(len(layer.x.layout))[::-1]))


def _swapped(net: Assembly, layer: KerasLayer) -> Result:
    one, other = (views.place(layer.x, layer.option(name)) for name in ("axis1", "axis2"))
    order = list(range(len(layer.x.layout)))
    order[one], order[other] = other, one
    return views.permute(net, layer.x, tuple(order))


def _axes(axis: Any) -> tuple[int, ...]:
    return tuple(axis) if isinstance(axis, list) else (axis,)


def _expanded(net: Assembly, layer: KerasLayer) -> Result:
    return views.unsqueeze(net, layer.x, _axes(_argument(layer, 1, "axis")))


def _squeezed(net: Assembly, layer: KerasLayer) -> Result:
    axis = layer.get("axis")
    return views.squeeze(net, layer.x, None if axis is None else _axes(axis))


def _concatenated(net: Assembly, layer: KerasLayer) -> Result:
    return joins.concat(net, list(layer.inputs), layer.get("axis", 0))


def _stacked(net: Assembly, layer: KerasLayer) -> Result:
    axis = layer.get("axis", 0)
    return joins.concat(net, [views.unsqueeze(net, x, (axis,)) for x in layer.inputs], axis)


def _split(net: Assembly, layer: KerasLayer) -> Result:
    x, parts = layer.x, _argument(layer, 1, "indices_or_sections")
    axis = views.place(x, layer.get("axis", 0))
    size = x.sizes[axis]
    if isinstance(parts, int):
        return maps.split(net, x, axis, (size // parts,) * parts)
    stops = (*parts, size)
    return maps.split(net, x, axis, tuple(stop - start for start, stop in zip((0, *parts), stops, strict=True)))


def _item(net: Assembly, layer: KerasLayer) -> Result:
    """Slices as Python writes them; an axis that is turned around is one of a few channels, as colours are."""
    x, index = layer.x, layer.arguments["args"][1]
    parts = index if isinstance(index, list) else [index]
    if Ellipsis not in parts:
        parts = [*parts, Ellipsis]
    place = parts.index(Ellipsis)
    missing = len(x.layout) - sum(part is not None and part is not Ellipsis for part in parts)
    axis = 0
    for part in (*parts[:place], *[slice(None)] * missing, *parts[place + 1 :]):
        x, gone = _taken(net, x, axis, part)
        axis += not gone
    return x


def _taken(net: Assembly, x: Tensor, axis: int, part: Any) -> tuple[Tensor, bool]:
    """What one part of an index leaves of an axis, and whether that is gone then."""
    if part is None:
        return views.unsqueeze(net, x, (axis,)), False
    if isinstance(part, int):
        return maps.select(net, x, axis, part), True
    if not isinstance(part, slice):
        raise UnsupportedError
    start, stop, step = part.indices(x.sizes[axis])
    if step < 0:
        return joins.picked(net, x, axis, range(start, stop, step)), False
    return maps.cut(net, x, axis, start, stop, step), False


def _padded(net: Assembly, layer: KerasLayer) -> Result:
    """``pad_width`` for every axis; numbers that are filled in change no place."""
    mode = {"constant": "zeros", "reflect": "reflect", "edge": "replicate"}.get(layer.get("mode", "constant"))
    pairs = [tuple(pair) for pair in _argument(layer, 1, "pad_width")]
    if mode is None or any(map(any, (pairs[0], pairs[-1] if net.last else pairs[1]))):
        raise UnsupportedError
    return maps.pad(net, layer.x, dict(enumerate(pairs)), mode)


def _broadcast(net: Assembly, layer: KerasLayer) -> Result:
    return views.expand(layer.x, tuple(layer.x.sizes[0] if s is None else s for s in _argument(layer, 1, "shape")))


def _normalised(net: Assembly, layer: KerasLayer) -> Result:
    """A vector per place, brought to length one."""
    x = layer.x
    axis = _axes(layer.get("axis", -1))
    if len(axis) > 1 or not holds(x.layout[views.place(x, axis[0])], CHANNELS, net.shape(x.node).channels):
        raise UnsupportedError
    return learnt.kept(net, LayerNorm(scale=False, shift=False), x)


FUNCTIONS = {
    **{
        name: name.lower()
        for name in ("Relu", "Relu6", "Elu", "Celu", "Selu", "Gelu", "Silu", "Mish", "Sigmoid", "Tanh")
    },
    **{name: name.lower() for name in ("Softplus", "Softsign", "Exp", "Square")},
    "LeakyRelu": "leakyrelu",
    "HardSigmoid": "hardsigmoid",
    "HardSilu": "hardswish",
    "HardTanh": "hardtanh",
    "Absolute": "abs",
    "Abs": "abs",
    "Clip": "hardtanh",
}
"""Class of an operation: our activation."""

OPS: dict[str, Translator] = {
    **{name: _unary(Activation(function)) for name, function in FUNCTIONS.items()},
    **dict.fromkeys(("Negative", "Log", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos", "Sign"), _unary(Identity())),
    **dict.fromkeys(("Round", "Floor", "Ceil", "LogSigmoid", "Expm1", "Log1p"), _unary(Identity())),
    **dict.fromkeys(("Cast", "StopGradient", "Copy"), lambda net, layer: layer.x),
    **dict.fromkeys(("Add", "Subtract", "Maximum", "Minimum"), _binary("add")),
    **dict.fromkeys(("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "Where"), _binary("add")),
    **dict.fromkeys(("Multiply", "Divide", "TrueDivide", "Power"), _binary("mul")),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    "Glu": _glu,
    "Mean": _reduce("avg"),
    **dict.fromkeys(("Max", "Min", "Amax", "Amin"), _reduce("max")),
    "Normalize": _normalised,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Swapaxes": _swapped,
    "ExpandDims": _expanded,
    "Squeeze": _squeezed,
    "Concatenate": _concatenated,
    "Stack": _stacked,
    "Split": _split,
    "GetItem": _item,
    "Pad": _padded,
    "BroadcastTo": _broadcast,
}
"""Class of an operation: what it does."""
