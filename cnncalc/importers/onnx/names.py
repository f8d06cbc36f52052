"""What nodes of an ONNX graph are called: by their weight, the module they were exported from, or their own name."""

from __future__ import annotations

import ast
from typing import Any


class Names:
    """A node's name: that of its weight, of the module it was exported from, or its own, with dots between blocks."""

    def __init__(self, graph: Any) -> None:
        self.stored = {tensor.name for tensor in graph.initializer}
        self.stored |= {node.output[0] for node in graph.node if _copies(node, self.stored)}
        self.scopes = {number: _scope(node) for number, node in enumerate(graph.node)}
        self.containers = {scope[:length] for scope in set(self.scopes.values()) for length in range(1, len(scope))}

    def of(self, node: Any, number: int) -> str:
        for name in node.input[1:2]:
            if name in self.stored and name.endswith(".weight") and node.op_type in WEIGHTED:
                return str(name).removesuffix(".weight")
        scope = self.scopes[number]
        leaf = scope and scope not in self.containers
        return ".".join(scope if leaf else (*scope, _own(node)))


WEIGHTED = frozenset(
    {"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LayerNormalization", "PRelu"}
    | {"GroupNormalization", "InstanceNormalization", "ConvInteger", "QLinearConv"}
)
"""Operators whose second input names the module they come from."""


def _copies(node: Any, stored: set[str]) -> bool:
    """Exporters store tensors that happen to be equal once, and give each of the others its name by an Identity."""
    return node.op_type == "Identity" and len(node.input) == len(node.output) == 1 and node.input[0] in stored


def _own(node: Any) -> str:
    last = str(node.name).rstrip("/").split("/")[-1]
    return last.removeprefix("node_") or str(node.op_type).lower()


def _scope(node: Any) -> tuple[str, ...]:
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes" and len(entry.value) < 4096:
            try:
                scopes = ast.literal_eval(str(entry.value))
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                return ()
            inner = [scope for scope in scopes[:-1] if isinstance(scope, str)] if isinstance(scopes, list) else []
            return tuple(inner[-1].split(".")) if inner and inner[-1] else ()
    return _path(node.name.strip("/").split("/")[:-1])


def _path(parts: list[str]) -> tuple[str, ...]:
    """A path of modules where each part may repeat the one before it: ``layer1/layer1.0`` is ``layer1.0``."""
    path: tuple[str, ...] = ()
    for part in parts:
        own = tuple(part.split("."))
        overlap = next((n for n in range(min(len(own), len(path)), 0, -1) if path[-n:] == own[:n]), 0)
        path += own[overlap:]
    return path
