"""What exporters leave to compute about shapes: operators whose inputs are all constants, and questions about sizes.

What would grow large is a weight, of which only the sizes are known.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.arithmetic import (
    DOWN,
    NEAREST,
    UP,
    Array,
    array,
    bounded,
    common,
    cut,
    each,
    joined,
    moved,
    quotient,
    reduced,
    root,
    spread,
    steps,
    taken,
)
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
    arrays = [
        array(one.sizes, one.values) if isinstance(one, Constant) and one.values is not None else None for one in inputs
    ]
    result = FOLDED[node.kind](node, *arrays)
    bounded(result.sizes)
    first = inputs[0] if inputs and node.kind in MOVED else None
    weight, learnt = (first.weight, first.learnt) if isinstance(first, Constant) else ("", False)
    return Constant(result.sizes, result.values, weight, learnt)


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


def _cast(node: GraphNode, one: Array) -> Array:
    to = node.get("to")
    kind = float if to in FLOATS else bool if to == 9 else int
    return Array(one.sizes, tuple(map(kind, one.values)))


def slices(node: GraphNode, rank: int) -> list[tuple[int, int, int, int]]:
    """Axis, start, stop and step of each cut that a Slice makes."""
    starts, ends = node.ints("starts"), node.ints("ends")
    where = node.ints("axes") or tuple(range(len(starts)))
    steps = node.ints("steps") or (1,) * len(starts)
    if not len(starts) == len(ends) == len(where) == len(steps) or any(not -rank <= a < rank for a in where):
        raise ModelFileError(_("starts, ends, axes and steps of a slice don't fit together"))
    return list(zip((axis % rank for axis in where), starts, ends, steps, strict=True))


def _slice(node: GraphNode, one: Array, *_rest: Any) -> Array:
    return cut(one, ((axis, slice(*part)) for axis, *part in slices(node, len(one.sizes))))


def _gather(node: GraphNode, one: Array, indices: Array) -> Array:
    return taken(one, indices, node.get("axis", 0))


def _concat(node: GraphNode, *parts: Array) -> Array:
    return joined(parts, node.get("axis", 0))


def _expand(node: GraphNode, one: Array, sizes: Array) -> Array:
    return spread(one, common((one.sizes, tuple(map(int, sizes.values)))))


def _permuted(node: GraphNode, one: Array) -> Array:
    return moved(one, node.ints("perm") or tuple(range(len(one.sizes)))[::-1])


def _reduced(fold: Callable[[Iterable[Any]], Any]) -> Callable[..., Array]:
    def reduce(node: GraphNode, one: Array, *_rest: Any) -> Array:
        axes = node.ints("axes") or range(len(one.sizes))
        return reduced(one, axes, fold, bool(node.get("keepdims", 1)))

    return reduce


def _each(function: Callable[..., Any]) -> Callable[..., Array]:
    """The same function for every number."""
    applied = each(function)
    return lambda node, *arrays: applied(*arrays)


def _as(sizes: Callable[[GraphNode, Sizes], Sizes]) -> Callable[..., Array]:
    """The same numbers in other sizes."""
    return lambda node, one, *rest: array(sizes(node, one.sizes), one.values)


FOLDED: dict[str, Callable[..., Array]] = {
    **dict.fromkeys(("Identity", "CastLike", "DequantizeLinear"), lambda node, one, *rest: one),
    "Cast": _cast,
    "Add": _each(operator.add),
    "Sub": _each(operator.sub),
    "Mul": _each(operator.mul),
    "Div": _each(quotient),
    "Mod": _each(operator.mod),
    "Pow": _each(math.pow),
    "Sqrt": _each(root),
    "Neg": _each(operator.neg),
    "Floor": _each(DOWN),
    "Ceil": _each(UP),
    "Round": _each(NEAREST),
    "Sum": _each(lambda *numbers: sum(numbers)),
    "Max": _each(lambda *numbers: max(numbers)),
    "Min": _each(lambda *numbers: min(numbers)),
    "Equal": _each(operator.eq),
    "Greater": _each(operator.gt),
    "Less": _each(operator.lt),
    "Not": _each(operator.not_),
    "And": _each(operator.and_),
    "Or": _each(operator.or_),
    "Where": _each(lambda where, yes, no: yes if where else no),
    "Gather": _gather,
    "Concat": _concat,
    "Slice": _slice,
    "Range": lambda node, start, limit, step: steps(start, limit, step),
    "Expand": _expand,
    "ReduceProd": _reduced(prod),
    "ReduceSum": _reduced(sum),
    "ReduceMax": _reduced(max),
    "ReduceMin": _reduced(min),
    "Transpose": _permuted,
    "Reshape": _as(target),
    "Unsqueeze": _as(_unsqueezed),
    "Squeeze": _as(_squeezed),
}
"""Operator: its result for a few numbers."""
