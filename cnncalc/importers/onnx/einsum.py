"""Einsum of ONNX: a linear layer, or one of the two products of attention, whatever the order of the axes."""

from __future__ import annotations

from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.tensors import attention
from cnncalc.importers.tensors.products import ordered, summed
from cnncalc.importers.values import Constant, Result, Scores, Tensor, UnsupportedError


def einsum(net: Assembly, node: GraphNode) -> Result:
    terms, output = _equation(node)
    if any(len(term) != len(set(term)) for term in (*terms, output)) or len(terms) != len(node.inputs):
        raise UnsupportedError
    parts = sorted(zip(node.inputs, terms, strict=True), key=lambda part: isinstance(part[0], Constant))
    if isinstance(parts[-1][0], Scores):
        parts = parts[::-1]
    if len(parts) == 1 and isinstance(parts[0][0], Tensor):
        return ordered(net, parts[0][0], parts[0][1], output)
    (left, axes), (right, others) = parts
    if isinstance(left, Tensor) and isinstance(right, Constant):
        return summed(net, (left, axes), (right, others), output)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return _scores(net, (left, axes), (right, others), output)
    if isinstance(left, Scores) and isinstance(right, Tensor) and left.weighed:
        return _mixed(net, (left, axes), (right, others), output)
    raise UnsupportedError


def _equation(node: GraphNode) -> tuple[list[str], str]:
    """The letters of every input, and those of the output: in alphabetical order where none are given."""
    left, arrow, output = node.text("equation", "").replace(" ", "").partition("->")
    if "." in left:
        raise UnsupportedError
    letters = left.replace(",", "")
    return left.split(","), output if arrow else "".join(sorted(a for a in letters if letters.count(a) == 1))


def _scores(net: Assembly, left: tuple[Tensor, str], right: tuple[Tensor, str], output: str) -> Scores:
    """Queries times keys: the last two axes of the output tell which are which."""
    *batch, query, key = list(output)
    if query not in left[1]:
        left, right = right, left
    (q, axes), (k, others) = left, right
    summed = "".join(letter for letter in axes if letter not in output)
    if len(summed) != 1:
        raise UnsupportedError
    outer = "".join(batch)
    return attention.scores(
        ordered(net, q, axes, outer + query + summed), ordered(net, k, others, outer + summed + key)
    )


def _mixed(net: Assembly, left: tuple[Scores, str], right: tuple[Tensor, str], output: str) -> Tensor:
    """Weights times values, summed over the keys."""
    (weights, axes), (value, others) = left, right
    *batch, query, key = list(axes)
    outer = "".join(batch)
    inner = "".join(letter for letter in others if letter not in axes)
    mixed = attention.attend(net, weights.query, weights.key, ordered(net, value, others, outer + key + inner))
    return ordered(net, mixed, outer + query + inner, output)
