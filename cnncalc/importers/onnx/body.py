"""A body of ONNX nodes, the graph's or that of a function in the file, and each of them as an operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import plain
from cnncalc.importers.onnx.node import GraphNode, named
from cnncalc.importers.onnx.stored import attributes
from cnncalc.importers.values import Result
from cnncalc.language import _
from cnncalc.shapes import shorten

Values = dict[str, Result | None]
"""What is known so far, by its name in a body."""

OWN_DOMAINS = ("", "ai.onnx")
"""The domains whose operators are ONNX's own."""


class Body:
    """``nodes`` in their order and the ``outputs`` that others read; ``name`` says what each is called.

    ``called`` are the attributes that a function is called with, which its nodes may refer to.
    """

    def __init__(
        self,
        nodes: Sequence[Any],
        outputs: Sequence[str],
        opset: int,
        name: Callable[[Any, int], str],
        called: Mapping[str, Any] | None = None,
    ) -> None:
        self.nodes = nodes
        self.outputs = outputs
        self.opset = opset
        self.name = name
        self.called = called or {}

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each value is read."""
        return Counter([*(name for node in self.nodes for name in node.input), *self.outputs])

    def operator(self, node: Any, number: int, values: Values) -> GraphNode:
        """A node with the values that it reads; `ModelFileError` where one is not there."""
        for name in node.input:
            if name not in values:
                raise ModelFileError(self._missing(node, name))
        inputs = tuple(values[name] for name in node.input)
        return GraphNode(
            kind=node.op_type if node.domain in OWN_DOMAINS else f"{node.domain}.{node.op_type}",
            name=self.name(node, number),
            arguments=named(node.op_type, inputs, attributes(node.attribute, self.called), self.opset),
            outputs=tuple(node.output),
            inputs=inputs,
            alone=tuple(self.uses[name] == 1 for name in node.input),
            opset=self.opset,
        )

    def _missing(self, node: Any, name: str) -> str:
        kind = plain(shorten(node.op_type))
        if any(name in other.output for other in self.nodes):
            return _("{kind} reads {name} before it is made: the graph has a cycle, or is out of order").format(
                kind=kind, name=shorten(name)
            )
        return _("{kind} reads {name}, which is neither an input nor stored nor made by a node").format(
            kind=kind, name=shorten(name)
        )


def of_function(function: Any, operator: GraphNode) -> Body:
    """A function's body, where ``operator`` calls it: its nodes are called by that, and by their own kind."""
    called = {**attributes(function.attribute_proto), **operator.arguments}

    def name(node: Any, number: int) -> str:
        return f"{operator.name}.{node.name or node.op_type.lower()}"

    return Body(function.node, list(function.output), opset_of(function), name, called)


def opset_of(part: Any) -> int:
    """Which version of ONNX's own operators a model or a function uses."""
    return max((entry.version for entry in part.opset_import if entry.domain in OWN_DOMAINS), default=1)
