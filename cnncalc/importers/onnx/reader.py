"""An ONNX model as a `Network`: the file is read without its weights, and its graph walked from node to node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import InputTypeError, ModelFileError
from cnncalc.extras import extra
from cnncalc.importers.assembly import Assembly, check_number, plain, spread
from cnncalc.importers.axes import channels_last
from cnncalc.importers.inputs import for_any_size, only
from cnncalc.importers.onnx.folding import ASKED, folded, is_fixed
from cnncalc.importers.onnx.names import Names
from cnncalc.importers.onnx.node import GraphNode, named
from cnncalc.importers.onnx.stored import attributes, bring, constant, read_inside
from cnncalc.importers.onnx.translators import TRANSLATORS
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import Constant, Result, Tensor
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in an ``.onnx`` file.

    Raises `ModelFileError` for a file that can't be read, `UnknownLayerError` for operators that no kind describes.
    """
    import mmap

    from cnncalc.importers.protobuf import without_weights

    onnx = _onnx()
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            text = without_weights(data)
        model = onnx.ModelProto.FromString(text)
    except (OSError, ValueError) as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None
    except onnx.DecodeError:
        raise ModelFileError(_("{path} is not an ONNX file, or it is damaged").format(path=path)) from None
    return _from_model(model, allow_unknown=allow_unknown, folder=Path(path).parent)


def from_onnx(model: Any, *, allow_unknown: bool = False) -> Network:
    """The network of an ``onnx.ModelProto``, or of the file at a path."""
    if isinstance(model, (str, Path)):
        return load(model, allow_unknown=allow_unknown)
    if not isinstance(model, _onnx().ModelProto):
        raise InputTypeError(
            _("{type} is not an ONNX model: give an onnx.ModelProto, or the path of a file").format(
                type=type(model).__name__
            )
        )
    return _from_model(model, allow_unknown=allow_unknown)


class _Onnx(NamedTuple):
    ModelProto: Any
    DecodeError: Any


def _onnx() -> _Onnx:
    onnx, protobuf = (
        extra(module, _("reading {path}").format(path="ONNX"), "onnx") for module in ("onnx", "google.protobuf.message")
    )
    return _Onnx(onnx.ModelProto, protobuf.DecodeError)


def _from_model(model: Any, *, allow_unknown: bool = False, folder: Path | None = None) -> Network:
    """The network of a parsed model; weights may be missing from it. ``folder`` is where its external data lie."""
    graph = model.graph
    check_number(len(graph.node))
    _check_text(graph)
    for tensor in graph.initializer:
        bring(tensor, folder)
    stored = {tensor.name for tensor in graph.initializer}
    inputs = {value.name: value for value in graph.input if value.name not in stored}
    input = only([value.name for value in graph.input if value.name not in stored])
    dims = inputs[input].type.tensor_type.shape.dim
    if not dims:
        raise ModelFileError(_("the input {name} has no shape").format(name=shorten(input)))
    sizes = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in dims]
    opset = max((entry.version for entry in model.opset_import if entry.domain in OWN_DOMAINS), default=1)

    def build(known: Sizes) -> Network:
        return _Reader(graph, input, known, opset, allow_unknown=allow_unknown).network()

    return for_any_size(build, (sizes[0] or 1, *sizes[1:]))


OWN_DOMAINS = ("", "ai.onnx")
"""The domains whose operators are ONNX's own."""


def _check_text(graph: Any) -> None:
    """The parser gives a text that is not UTF-8 as bytes; no exporter writes such a file."""
    for node in graph.node:
        if not all(isinstance(t, str) for t in (*node.input, *node.output, node.name, node.op_type, node.domain)):
            raise ModelFileError(_("the file is damaged: a node has a name that is not text"))
    for part in (*graph.initializer, *graph.input, *graph.output):
        if not isinstance(part.name, str):
            raise ModelFileError(_("the file is damaged: a tensor has a name that is not text"))


class _Reader:
    """One walk over a graph for one size of its input."""

    def __init__(self, graph: Any, input: str, sizes: Sizes, opset: int, *, allow_unknown: bool) -> None:
        self.graph = graph
        self.opset = opset
        self.names = Names(graph)
        self.uses = Counter(name for node in graph.node for name in node.input)
        self.uses.update(value.name for value in graph.output)
        last = _channels_last(graph, input)
        space = sizes[1:-1] if last else sizes[2:]
        channels = sizes[-1] if last else sizes[1] if len(sizes) > 1 else 1
        constants = {tensor.name: constant(tensor) for tensor in graph.initializer}
        self.net = Assembly(
            Shape(space, channels),
            sizes[0],
            allow_unknown=allow_unknown,
            said=self._said,
            stored=constants.values(),
        )
        self.net.read(name for node in graph.node for name in read_inside(node))
        start = self.net.start()
        if last:
            start = Tensor(start.node, channels_last(start.layout))
        if len(sizes) == 1:
            start = Tensor(start.node, start.layout[:1])
        self.values: dict[str, Result | None] = {input: start, "": None, **constants}

    def network(self) -> Network:
        for number, node in enumerate(self.graph.node):
            operator = self._operator(node, number)
            result = self.net.translated(operator, _rule(operator))
            for name, value in zip(node.output, spread(result), strict=False):
                if name in self.names.stored and isinstance(value, Constant):
                    value = value._replace(weight=name)
                if name:
                    self.values[name] = value
        return finished(self.net, (self.values.get(value.name) for value in self.graph.output))

    def _operator(self, node: Any, number: int) -> GraphNode:
        for name in node.input:
            if name not in self.values:
                raise ModelFileError(self._missing(node, name))
        inputs = tuple(self.values[name] for name in node.input)
        return GraphNode(
            kind=node.op_type if node.domain in OWN_DOMAINS else f"{node.domain}.{node.op_type}",
            name=self.names.of(node, number),
            arguments=named(node.op_type, inputs, attributes(node), self.opset),
            outputs=tuple(node.output),
            inputs=inputs,
            alone=tuple(self.uses[name] == 1 for name in node.input),
            opset=self.opset,
        )

    def _missing(self, node: Any, name: str) -> str:
        kind = plain(shorten(node.op_type))
        if any(name in other.output for other in self.graph.node):
            return _("{kind} reads {name} before it is made: the graph has a cycle, or is out of order").format(
                kind=kind, name=shorten(name)
            )
        return _("{kind} reads {name}, which is neither an input nor stored nor made by a node").format(
            kind=kind, name=shorten(name)
        )

    def _said(self, output: str) -> Shape | None:
        """The shape the file itself gives for a value, where it is a map or a vector of known size."""
        return self._shapes.get(output)

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {}
        for value in (*self.graph.value_info, *self.graph.output):
            sizes = [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
            if 1 <= len(sizes) <= 4 and all(size > 0 for size in sizes):
                shapes.setdefault(value.name, Shape(tuple(sizes[1:]), sizes[0]))
        return shapes


def _rule(node: GraphNode) -> Callable[[Assembly, GraphNode], Result] | None:
    """What says what a node gives; `None` where nothing does."""
    if node.kind in ASKED:
        return ASKED[node.kind]
    return folded if is_fixed(node) else TRANSLATORS.get(node.kind)


def _channels_last(graph: Any, input: str) -> bool:
    """Whether everything that reads the input first brings its last axis to the second place (TensorFlow's exports)."""
    readers = [node for node in graph.node if input in node.input]
    return bool(readers) and all(
        node.op_type == "Transpose"
        and (perm := attributes(node).get("perm"))
        and list(perm) == [0, len(perm) - 1, *range(1, len(perm) - 1)]
        for node in readers
    )
