"""An ONNX model as a `Network`: the file is read without its weights, and its graph walked from node to node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cnncalc.errors import InputTypeError, ModelFileError
from cnncalc.extras import extra
from cnncalc.importers.assembly import Assembly, check_number, spread
from cnncalc.importers.axes import shape_of
from cnncalc.importers.inputs import Inputs, for_any_size, in_order, lasts
from cnncalc.importers.onnx.body import Body, Values, of_function, opset_of
from cnncalc.importers.onnx.folding import ASKED, folded, is_fixed
from cnncalc.importers.onnx.names import Names
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.onnx.stored import attributes, bring, constant, read_inside
from cnncalc.importers.onnx.translators import TRANSLATORS
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import LOST, Constant, Result
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import Shape


def load(path: str | Path, *, allow_unknown: bool = False, layout: str = "") -> Network:
    """The network in an ``.onnx`` file.

    Raises `ModelFileError` for a file that can't be read, `UnknownLayerError` for operators that no kind describes.
    """
    import mmap

    from cnncalc.importers.protobuf import without_weights

    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            model = without_weights(data)
    except (OSError, ValueError) as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None
    return _from_model(model, allow_unknown=allow_unknown, folder=Path(path).parent, layout=layout)


def from_onnx(model: Any, *, allow_unknown: bool = False, layout: str = "") -> Network:
    """The network of an ``onnx.ModelProto``, or of the file at a path."""
    if isinstance(model, (str, Path)):
        return load(model, allow_unknown=allow_unknown, layout=layout)
    if not isinstance(model, extra("onnx", _("an ONNX model in memory"), "onnx").ModelProto):
        raise InputTypeError(
            _("{type} is not an ONNX model: give an onnx.ModelProto, or the path of a file").format(
                type=type(model).__name__
            )
        )
    return _from_model(model, allow_unknown=allow_unknown, layout=layout)


def _from_model(model: Any, *, allow_unknown: bool = False, folder: Path | None = None, layout: str = "") -> Network:
    """The network of a parsed model; weights may be missing from it. ``folder`` is where its external data lie."""
    graph = model.graph
    check_number(len(graph.node))
    functions = {(one.domain, one.name, one.overload): one for one in model.functions}
    _check_text(graph, functions.values())
    for tensor in graph.initializer:
        bring(tensor, folder)
    stored = {tensor.name for tensor in graph.initializer}
    inputs = in_order({value.name: _sizes(value) for value in graph.input if value.name not in stored})
    opset = opset_of(model)

    last = {input: _channels_last(graph, input) for input in inputs} | lasts(layout, inputs)

    def build(known: Inputs) -> Network:
        return _Reader(graph, known, last, opset, functions, allow_unknown=allow_unknown).network()

    return for_any_size(build, inputs)


def _sizes(value: Any) -> tuple[int | None, ...]:
    """The sizes that a graph gives for an input; a batch that is open is 1."""
    dims = value.type.tensor_type.shape.dim
    sizes = [dim.dim_value if dim.dim_value > 0 else None for dim in dims]
    return (sizes[0] or 1, *sizes[1:]) if sizes else ()


def _check_text(graph: Any, functions: Iterable[Any]) -> None:
    """The parser gives a text that is not UTF-8 as bytes; no exporter writes such a file."""
    for node in (*graph.node, *(node for function in functions for node in function.node)):
        if not all(isinstance(t, str) for t in (*node.input, *node.output, node.name, node.op_type, node.domain)):
            raise ModelFileError(_("the file is damaged: a node has a name that is not text"))
    for part in (*graph.initializer, *graph.input, *graph.output):
        if not isinstance(part.name, str):
            raise ModelFileError(_("the file is damaged: a tensor has a name that is not text"))


Key = tuple[str, str, str]
"""Domain, name and overload of a function."""

DEEPEST = 20
"""Functions may call each other this deep."""


class _Reader:
    """One walk over a graph for one size of its input."""

    def __init__(
        self,
        graph: Any,
        inputs: Inputs,
        last: Mapping[str, bool],
        opset: int,
        functions: Mapping[Key, Any],
        *,
        allow_unknown: bool,
    ) -> None:
        self.graph = graph
        self.functions = functions
        self.walked = 0
        self.names = Names(graph)
        entry = next(iter(inputs))
        constants = {tensor.name: constant(tensor) for tensor in graph.initializer}
        self.net = Assembly(
            shape_of(inputs[entry], last=last[entry]),
            inputs[entry][0],
            allow_unknown=allow_unknown,
            entry=entry,
            said=self._said,
            stored=constants.values(),
        )
        self.net.read(name for node in graph.node for name in read_inside(node))
        starts = {name: self.net.enter(name, sizes, last=last[name]) for name, sizes in inputs.items()}
        self.values: Values = {**starts, "": None, **constants}
        self.body = Body(graph.node, [value.name for value in graph.output], opset, self.names.of)

    def network(self) -> Network:
        self._walk(self.body, self.values, 0)
        return finished(self.net, (self.values.get(value.name) for value in self.graph.output))

    def _walk(self, body: Body, values: Values, depth: int) -> None:
        """One node after the other; a function's are walked in the place of what calls it."""
        self.walked += len(body.nodes)
        check_number(self.walked)
        for number, node in enumerate(body.nodes):
            operator = body.operator(node, number, values)
            function = self.functions.get((node.domain, node.op_type, node.overload))
            if function is None:
                result = spread(self.net.translated(operator, _rule(operator)))
            else:
                result = self._called(function, operator, depth + 1)
            for place, name in enumerate(node.output):
                value = result[place] if place < len(result) else LOST
                if name in self.names.stored and isinstance(value, Constant):
                    value = value._replace(weight=name)
                if name:
                    values[name] = value

    def _called(self, function: Any, operator: GraphNode, depth: int) -> tuple[Result | None, ...]:
        """What a function of the file gives for the values and attributes that it is called with."""
        if depth > DEEPEST:
            raise ModelFileError(_("functions call each other more than {most} deep").format(most=DEEPEST))
        values: Values = {"": None, **dict.fromkeys(function.input)}
        values |= dict(zip(function.input, operator.inputs, strict=False))
        self._walk(of_function(function, operator), values, depth)
        return tuple(values.get(name) for name in function.output)

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
        and (perm := attributes(node.attribute).get("perm"))
        and list(perm) == [0, len(perm) - 1, *range(1, len(perm) - 1)]
        for node in readers
    )
