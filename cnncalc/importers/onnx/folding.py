"""What exporters leave to compute about shapes: operators whose inputs are all constants, and questions about sizes.

NumPy does the arithmetic on the few numbers; what would grow large is a weight, of which only the sizes are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.onnx.stored import FLOATS
from cnncalc.importers.tensors.views import unsqueezed
from cnncalc.importers.values import MOST_VALUES, Constant, Result, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.base import Sizes

# Questions about sizes.


def shape(net: Assembly, node: GraphNode) -> Result:
    sizes = _sizes(node)[slice(node.get("start", 0), node.get("end"))]
    return Constant((len(sizes),), sizes)


def size(net: Assembly, node: GraphNode) -> Result:
    return Constant((), (prod(_sizes(node)),))


def _sizes(node: GraphNode) -> Sizes:
    value = node.arguments["input"]
    if not isinstance(value, (Tensor, Constant)):
        raise UnsupportedError
    return value.sizes


ASKED: dict[str, Callable[[Assembly, GraphNode], Result]] = {"Shape": shape, "Size": size}
"""Operators that ask for sizes only, whatever their input."""

# Constants.


def is_fixed(node: GraphNode) -> bool:
    """Whether no input of the model reaches the node."""
    inputs = node.inputs[:1] if node.kind in AS_FIRST else node.inputs
    return all(value is None or isinstance(value, Constant) for value in inputs)


AS_FIRST = frozenset({"CastLike"})
"""Operators whose further inputs count for nothing."""


def folded(net: Assembly, node: GraphNode) -> Result:
    """The result of a node whose inputs are all constants."""
    inputs = node.inputs[:1] if node.kind in AS_FIRST else node.inputs
    constants = [value for value in inputs if isinstance(value, Constant)]
    if node.kind in STATED:
        return STATED[node.kind](node)
    if all(value.values is not None for value in constants) and node.kind in FOLDED:
        return _computed(node, inputs)
    if node.kind in MOVED and constants:
        return constants[0]._replace(sizes=MOVED[node.kind](node, constants[0].sizes))
    raise UnsupportedError


def _constant(node: GraphNode) -> Constant:
    for name, value in node.arguments.items():
        if isinstance(value, Constant):
            return value._replace(weight=value.weight or f"constant {node.name} {node.outputs[0]}")
        if name in ("value_int", "value_float"):
            return Constant((), (value,))
        if name in ("value_ints", "value_floats"):
            return Constant((len(value),), tuple(value))
    raise UnsupportedError


def _computed(node: GraphNode, inputs: tuple[Result | None, ...]) -> Constant:
    import numpy as np

    arrays = [np.array(value.values).reshape(value.sizes) if isinstance(value, Constant) else None for value in inputs]
    with np.errstate(all="ignore"):
        result = np.asarray(FOLDED[node.kind](np, node, *arrays))
    if result.size > MOST_VALUES:
        raise UnsupportedError
    first = inputs[0] if inputs and node.kind in MOVED else None
    weight, learnt = (first.weight, first.learnt) if isinstance(first, Constant) else ("", False)
    return Constant(result.shape, tuple(result.ravel().tolist()), weight, learnt)


def _filled(node: GraphNode) -> Constant:
    """One number at every place; where they are many, only the sizes are kept."""
    sizes, value = node.ints("input"), node.get("value")
    number = prod(sizes)
    if any(size < 0 for size in sizes):
        raise UnsupportedError
    fill = value.values[0] if value is not None else 0
    return Constant(sizes, (fill,) * number if number <= MOST_VALUES else None)


STATED: dict[str, Callable[[GraphNode], Constant]] = {"Constant": _constant, "ConstantOfShape": _filled}
"""Operators that state numbers themselves."""

# A weight's numbers moved: the sizes that come out.


def _same(node: GraphNode, sizes: Sizes) -> Sizes:
    return sizes


def target(node: GraphNode, sizes: Sizes) -> Sizes:
    """The sizes of a Reshape: 0 keeps one, −1 is what remains."""
    shape = node.ints("shape")
    if not node.get("allowzero"):
        shape = tuple(sizes[i] if size == 0 else size for i, size in enumerate(shape))
    return axes.filled(shape, prod(sizes))


def _unsqueezed(node: GraphNode, sizes: Sizes) -> Sizes:
    return unsqueezed(sizes, node.ints("axes"), 1)


def _squeezed(node: GraphNode, sizes: Sizes) -> Sizes:
    gone = {axis % len(sizes) for axis in node.ints("axes")} or {i for i, size in enumerate(sizes) if size == 1}
    return tuple(size for i, size in enumerate(sizes) if i not in gone)


def _transposed(node: GraphNode, sizes: Sizes) -> Sizes:
    order = node.ints("perm") or tuple(range(len(sizes)))[::-1]
    return tuple(sizes[axis] for axis in order)


def _expanded(node: GraphNode, sizes: Sizes) -> Sizes:
    """A stored tensor is only repeated for a batch of one."""
    if prod(node.ints("shape")) > prod(sizes):
        raise UnsupportedError
    return sizes


MOVED: dict[str, Callable[[GraphNode, Sizes], Sizes]] = {
    **dict.fromkeys(("Identity", "Cast", "CastLike", "DequantizeLinear"), _same),
    "Transpose": _transposed,
    "Reshape": target,
    "Expand": _expanded,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
}
"""Operators that only move a weight's numbers: the sizes that come out."""

# A few numbers computed.


def _bounded(sizes: Iterable[Any]) -> Sizes:
    """Sizes that may be allocated."""
    checked = tuple(int(size) for size in sizes)
    if prod(checked) > MOST_VALUES or any(size < 0 for size in checked):
        raise UnsupportedError
    return checked


def _divide(np: Any, node: GraphNode, left: Any, right: Any) -> Any:
    whole = np.issubdtype(left.dtype, np.integer) and np.issubdtype(right.dtype, np.integer)
    return np.trunc(left / right).astype(np.int64) if whole else left / right


def _cast(np: Any, node: GraphNode, array: Any) -> Any:
    to = node.get("to")
    return array.astype(np.float64) if to in FLOATS else array.astype(np.bool_) if to == 9 else array.astype(np.int64)


def slices(node: GraphNode, rank: int) -> list[tuple[int, int, int, int]]:
    """Axis, start, stop and step of each cut that a Slice makes."""
    starts, ends = node.ints("starts"), node.ints("ends")
    where = node.ints("axes") or tuple(range(len(starts)))
    steps = node.ints("steps") or (1,) * len(starts)
    if not len(starts) == len(ends) == len(where) == len(steps) or any(not -rank <= a < rank for a in where):
        raise ModelFileError(_("starts, ends, axes and steps of a slice don't fit together"))
    return list(zip((axis % rank for axis in where), starts, ends, steps, strict=True))


def _slice(np: Any, node: GraphNode, array: Any, *_rest: Any) -> Any:
    cuts = [slice(None)] * array.ndim
    for axis, start, stop, step in slices(node, array.ndim):
        cuts[axis] = slice(start, stop, step)
    return array[tuple(cuts)]


def _range(np: Any, node: GraphNode, start: Any, limit: Any, step: Any) -> Any:
    _bounded([max((limit - start) / step, 0)])
    return np.arange(start, limit, step)


def _reduced(name: str) -> Callable[..., Any]:
    def fold(np: Any, node: GraphNode, array: Any, *_rest: Any) -> Any:
        where = node.ints("axes") or tuple(range(array.ndim))
        return getattr(np, name)(array, axis=where, keepdims=bool(node.get("keepdims", 1)))

    return fold


FOLDED: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("Identity", "CastLike", "DequantizeLinear"), lambda np, node, a, *rest: a),
    "Cast": _cast,
    "Add": lambda np, node, a, b: a + b,
    "Sub": lambda np, node, a, b: a - b,
    "Mul": lambda np, node, a, b: a * b,
    "Div": _divide,
    "Mod": lambda np, node, a, b: a % b,
    "Pow": lambda np, node, a, b: np.power(a.astype(np.float64), b),
    "Sqrt": lambda np, node, a: np.sqrt(a),
    "Neg": lambda np, node, a: -a,
    "Floor": lambda np, node, a: np.floor(a),
    "Ceil": lambda np, node, a: np.ceil(a),
    "Round": lambda np, node, a: np.round(a),
    "Sum": lambda np, node, *a: sum(a),
    "Max": lambda np, node, *a: np.maximum.reduce(a),
    "Min": lambda np, node, *a: np.minimum.reduce(a),
    "Equal": lambda np, node, a, b: a == b,
    "Greater": lambda np, node, a, b: a > b,
    "Less": lambda np, node, a, b: a < b,
    "Not": lambda np, node, a: ~a.astype(np.bool_),
    "And": lambda np, node, a, b: a & b,
    "Or": lambda np, node, a, b: a | b,
    "Where": lambda np, node, a, b, c: np.where(a, b, c),
    "Gather": lambda np, node, a, i: np.take(a, i.astype(np.int64), axis=node.get("axis", 0)),
    "Concat": lambda np, node, *a: np.concatenate(a, axis=node.get("axis", 0)),
    "Slice": _slice,
    "Range": _range,
    "Expand": lambda np, node, a, b: np.broadcast_to(a, _bounded(np.broadcast_shapes(a.shape, tuple(b.tolist())))),
    "ReduceProd": _reduced("prod"),
    "ReduceSum": _reduced("sum"),
    "ReduceMax": _reduced("max"),
    "ReduceMin": _reduced("min"),
    "Transpose": lambda np, node, a: np.transpose(a, node.ints("perm") or None),
    "Reshape": lambda np, node, a, b: a.reshape(target(node, a.shape)),
    "Unsqueeze": lambda np, node, a, *rest: a.reshape(_unsqueezed(node, a.shape)),
    "Squeeze": lambda np, node, a, *rest: a.reshape(_squeezed(node, a.shape)),
}
"""Operator: its result for a few numbers."""
