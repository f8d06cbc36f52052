"""ONNX models as a `Network`: from shapes alone, without their weights in memory.

`TRANSLATORS` is the one table: operator name → the function that says what it does. Shapes follow from the layer kinds,
and the arithmetic on shapes that exporters leave in a graph is done here.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError, MissingExtraError, ModelFileError
from cnncalc.importers import axes
from cnncalc.importers import operators as do
from cnncalc.importers.assembly import (
    LOST,
    MOST_VALUES,
    Assembly,
    Constant,
    Lost,
    Tensor,
    UnsupportedError,
    for_any_size,
    plain,
)
from cnncalc.importers.operators import Scores, Window
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.identity import Identity
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.pool import Pool
from cnncalc.layers.sliding import Padding
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten

MOST_OPERATORS = 100_000
"""A graph with more nodes than this is refused."""

Value = Tensor | Constant | Scores | Lost
Sizes = tuple[int, ...]


class Operator(NamedTuple):
    """One node of the graph: its inputs' values (`None`: left out), attributes, and how often each input is used."""

    kind: str
    inputs: tuple[Value | None, ...]
    attributes: Mapping[str, Any]
    outputs: int
    alone: tuple[bool, ...] = ()
    opset: int = 18

    def tensor(self, index: int = 0) -> Tensor:
        value = self.inputs[index] if index < len(self.inputs) else None
        if not isinstance(value, Tensor):
            raise UnsupportedError
        return value

    def constant(self, index: int) -> Constant | None:
        """A constant input; `None` if it is left out."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is not None and not isinstance(value, Constant):
            raise UnsupportedError
        return value

    def weight(self, index: int) -> Constant:
        constant = self.constant(index)
        if constant is None:
            raise ModelFileError(_("{kind} lacks its input {number}").format(kind=self.kind, number=index))
        return constant

    def numbers(self, index: int, attribute: str = "") -> Sizes | None:
        """Whole numbers that newer versions take as an input and older ones as an attribute."""
        constant = self.constant(index)
        if constant is not None and constant.number:
            if constant.values is None:
                raise UnsupportedError
            return tuple(int(value) for value in constant.values)
        return self.ints(attribute) if attribute else None

    def ints(self, name: str) -> Sizes | None:
        value = self.attributes.get(name)
        return None if value is None else tuple(value)

    def text(self, name: str, default: str) -> str:
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


Result = Value | tuple[Value, ...]
Translator = Callable[[Assembly, Operator], Result]


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
    return from_model(model, allow_unknown=allow_unknown, folder=Path(path).parent)


def from_onnx(model: Any, *, allow_unknown: bool = False) -> Network:
    """The network of an ``onnx.ModelProto``, or of the file at a path."""
    if isinstance(model, (str, Path)):
        return load(model, allow_unknown=allow_unknown)
    return from_model(model, allow_unknown=allow_unknown)


class _Onnx(NamedTuple):
    ModelProto: Any
    DecodeError: Any


def _onnx() -> _Onnx:
    try:
        from onnx import ModelProto

        decode_error = import_module("google.protobuf.message").DecodeError
    except ImportError:
        raise MissingExtraError(_("reading .onnx files needs onnx: pip install 'cnncalc[onnx]'")) from None
    return _Onnx(ModelProto, decode_error)


def from_model(model: Any, *, allow_unknown: bool = False, folder: Path | None = None) -> Network:
    """The network of a parsed model; weights may be missing from it. ``folder`` is where its external data lie."""
    graph = model.graph
    if len(graph.node) > MOST_OPERATORS:
        raise ModelFileError(
            _("{count} operators are more than the {most} that are allowed").format(
                count=len(graph.node), most=MOST_OPERATORS
            )
        )
    _check_text(graph)
    for tensor in graph.initializer:
        _bring(tensor, folder)
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    if len(inputs) != 1:
        raise ModelFileError(
            _("the model takes {count} inputs ({names}): only models with one are read").format(
                count=len(inputs), names=shorten(", ".join(value.name for value in inputs))
            )
        )
    dims = inputs[0].type.tensor_type.shape.dim
    if not dims:
        raise ModelFileError(_("the input {name} has no shape").format(name=shorten(inputs[0].name)))
    sizes = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in dims]
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)

    def build(size: int) -> Network:
        known = [sizes[0] or 1, *(size if given is None else given for given in sizes[1:])]
        return _Reader(graph, inputs[0].name, known, opset, allow_unknown=allow_unknown).network()

    return for_any_size(build, None in sizes[1:])


def _check_text(graph: Any) -> None:
    """The parser gives a text that is not UTF-8 as bytes; no exporter writes such a file."""
    for node in graph.node:
        if not all(isinstance(t, str) for t in (*node.input, *node.output, node.name, node.op_type, node.domain)):
            raise ModelFileError(_("the file is damaged: a node has a name that is not text"))
    for part in (*graph.initializer, *graph.input, *graph.output):
        if not isinstance(part.name, str):
            raise ModelFileError(_("the file is damaged: a tensor has a name that is not text"))


WHOLE_NUMBERS = {6: 4, 7: 8}
"""TensorProto.data_type of int32 and int64: bytes of one."""


def _bring(tensor: Any, folder: Path | None) -> None:
    """Of external data only a few whole numbers, which may be places or sizes, are read; weights never are.

    A file that points out of its folder is not trusted at all.
    """
    if not tensor.external_data:
        return
    entries = {str(entry.key): str(entry.value) for entry in tensor.external_data}
    location = Path(entries.get("location", "").replace("\\", "/"))
    outside = location.is_absolute() or ".." in location.parts or str(location)[1:2] == ":"
    if not outside and folder is not None:
        outside = not (folder / location).resolve().is_relative_to(folder.resolve())
    if outside:
        raise ModelFileError(
            _("external data at {path} is outside the model's folder").format(path=repr(shorten(str(location))))
        )
    length = prod(tensor.dims) * WHOLE_NUMBERS.get(tensor.data_type, 0)
    if folder is None or not 0 < length <= 8 * MOST_VALUES or not (folder / location).is_file():
        return
    offset = entries.get("offset", "0")
    with open(folder / location, "rb") as file:
        file.seek(int(offset) if offset.isdecimal() and len(offset) < 19 else 0)
        tensor.raw_data = file.read(length)
    del tensor.external_data[:]
    tensor.data_location = 0


class _Reader:
    """One walk over a graph for one size of its input."""

    def __init__(self, graph: Any, input: str, sizes: list[int], opset: int, *, allow_unknown: bool) -> None:
        self.graph = graph
        self.opset = opset
        self.names = _Names(graph)
        self.uses = Counter(name for node in graph.node for name in node.input)
        self.uses.update(value.name for value in graph.output)
        last = _channels_last(graph, input)
        space = tuple(sizes[1:-1] if last else sizes[2:])
        channels = sizes[-1] if last else sizes[1] if len(sizes) > 1 else 1
        self.net = Assembly(Shape(space, channels), sizes[0], allow_unknown=allow_unknown)
        start = self.net.start()
        if last:
            start = Tensor(start.node, (start.layout[0], *start.layout[2:], start.layout[1]))
        if len(sizes) == 1:
            start = Tensor(start.node, start.layout[:1])
        self.values: dict[str, Value | None] = {input: start, "": None}
        for tensor in graph.initializer:
            self.values[tensor.name] = constant(tensor)

    def network(self) -> Network:
        made_later = {name for node in self.graph.node for name in node.output}
        for number, node in enumerate(self.graph.node):
            for name in node.input:
                if name not in self.values:
                    raise ModelFileError(_missing(node, name, made_later))
            self.net.name = self.names.of(node, number)
            for name, value in zip(node.output, self._translate(node), strict=False):
                if name:
                    own = name in self.names.stored and isinstance(value, Constant)
                    self.values[name] = value._replace(weight=name) if own and isinstance(value, Constant) else value
        self.net.check_unknown()
        outputs = [self.values.get(value.name) for value in self.graph.output]
        tensors = [value for value in outputs if isinstance(value, Tensor)]
        if not tensors:
            raise ModelFileError(_("no output of the model depends on its input"))
        self.net.name = ""
        settled = [do.settle_if(self.net, tensor).node for tensor in tensors]
        return self.net.finish(settled, self.net.input)

    def _translate(self, node: Any) -> tuple[Value, ...]:
        operator = Operator(
            node.op_type,
            tuple(self.values[name] for name in node.input),
            _attributes(node),
            len(node.output),
            tuple(self.uses[name] == 1 for name in node.input),
            self.opset,
        )
        foreign = node.domain not in ("", "ai.onnx")
        if self.net.lost(operator.inputs):
            if foreign or node.op_type not in TRANSLATORS:
                self.net.unknown[_title(node)] += 1
            return (LOST,) * len(node.output)
        try:
            if foreign:
                raise UnsupportedError
            folded = _folded(operator)
            if folded is not None:
                return (folded,)
            made = TRANSLATORS.get(node.op_type, _unknown)(self.net, operator)
        except UnsupportedError:
            return self._stand_in(node, operator)
        except CnncalcError as problem:
            raise type(problem)(f"{self.net.name}: {problem}") from None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, ZeroDivisionError):
            raise ModelFileError(
                _("{name}: the inputs of this {kind} make no sense").format(
                    name=self.net.name, kind=plain(shorten(node.op_type))
                )
            ) from None
        return made if isinstance(made, tuple) and not isinstance(made, (Tensor, Constant, Scores)) else (made,)

    def _stand_in(self, node: Any, operator: Operator) -> tuple[Value, ...]:
        name = _title(node)
        if not self.net.allow_unknown:
            self.net.unknown[name] += 1
            return (LOST,) * len(node.output)
        tensors = [value for value in operator.inputs if isinstance(value, Tensor)]
        tensors += [value.query for value in operator.inputs if isinstance(value, Scores)]
        learnt = sum(value.number for value in operator.inputs if isinstance(value, Constant) and value.learnt)
        made: list[Value] = []
        for output in node.output:
            to = self._said(output)
            made.append(self.net.stand_in(name, tuple(tensor.node for tensor in tensors), to, 0 if made else learnt))
        return tuple(made)

    def _said(self, output: str) -> Shape | None:
        """The shape the file itself gives for a value, where it is a map or a vector of known size."""
        for value in (*self.graph.value_info, *self.graph.output):
            if value.name == output:
                sizes = [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
                if 1 <= len(sizes) <= 4 and all(size > 0 for size in sizes):
                    return Shape(tuple(sizes[1:]), sizes[0])
        return None


def _title(node: Any) -> str:
    return f"{node.domain}.{node.op_type}" if node.domain else str(node.op_type)


def _missing(node: Any, name: str, made_later: set[str]) -> str:
    if name in made_later:
        return _("{kind} reads {name} before it is made: the graph has a cycle, or is out of order").format(
            kind=plain(shorten(node.op_type)), name=shorten(name)
        )
    return _("{kind} reads {name}, which is neither an input nor stored nor made by a node").format(
        kind=plain(shorten(node.op_type)), name=shorten(name)
    )


def _channels_last(graph: Any, input: str) -> bool:
    """Whether everything that reads the input first brings its last axis to the second place (TensorFlow's exports)."""
    readers = [node for node in graph.node if input in node.input]
    return bool(readers) and all(
        node.op_type == "Transpose"
        and (perm := _attributes(node).get("perm"))
        and list(perm) == [0, len(perm) - 1, *range(1, len(perm) - 1)]
        for node in readers
    )


def _attributes(node: Any) -> dict[str, Any]:
    return {attribute.name: _READ[attribute.type](attribute) for attribute in node.attribute if attribute.type in _READ}


_READ: dict[int, Callable[[Any], Any]] = {
    1: lambda attribute: attribute.f,
    2: lambda attribute: attribute.i,
    3: lambda attribute: attribute.s,
    4: lambda attribute: constant(attribute.t),
    6: lambda attribute: tuple(attribute.floats),
    7: lambda attribute: tuple(attribute.ints),
    8: lambda attribute: tuple(attribute.strings),
}
"""AttributeProto.type: how its value is read."""

FLOATS = frozenset({1, 10, 11, 16, *range(17, 21), 23})
"""TensorProto.data_type of floating-point numbers."""


FEW_FLOATS = 256
"""Floating-point numbers in greater number are weights; whole ones may still be places in a tensor."""


def constant(tensor: Any) -> Constant:
    """A stored tensor: its sizes, its numbers where they are few, and whether they can be parameters."""
    sizes = tuple(tensor.dims)
    if any(size < 0 for size in sizes):
        raise ModelFileError(_("{name} has the sizes {sizes}").format(name=shorten(tensor.name), sizes=list(sizes)))
    number = prod(sizes)
    learnt = tensor.data_type in FLOATS and number > 1
    return Constant(sizes, _few(tensor, number), tensor.name, learnt)


def _few(tensor: Any, number: int) -> tuple[int | float, ...] | None:
    from onnx import numpy_helper

    most = FEW_FLOATS if tensor.data_type in FLOATS else MOST_VALUES
    if number > most or tensor.external_data or tensor.data_type not in (1, 6, 7, 9, 10, 11):
        return None
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        return None
    return tuple(array.ravel().tolist()) if array.size == number else None


def _copies(node: Any, stored: set[str]) -> bool:
    """Exporters store tensors that happen to be equal once, and give each of the others its name by an Identity."""
    return node.op_type == "Identity" and len(node.input) == len(node.output) == 1 and node.input[0] in stored


class _Names:
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


# Constants: what exporters leave to compute about shapes.


def _folded(operator: Operator) -> Constant | None:
    """The result of an operator whose inputs are all constants (or whose question is only about sizes)."""
    if operator.kind in ("Shape", "Size"):
        return _shape(operator)
    if operator.kind == "CastLike" and isinstance(operator.inputs[0], Constant):
        operator = operator._replace(kind="Identity", inputs=operator.inputs[:1])
    given = [value for value in operator.inputs if value is not None]
    if not all(isinstance(value, Constant) for value in given):
        return None
    constants = [value for value in given if isinstance(value, Constant)]
    if operator.kind == "Constant":
        return _constant(operator)
    if all(value.values is not None for value in constants) and operator.kind in FOLDED:
        return _computed(operator)
    if operator.kind in MOVED and constants:
        return constants[0]._replace(sizes=MOVED[operator.kind](operator, constants[0].sizes))
    raise UnsupportedError


def _shape(operator: Operator) -> Constant:
    value = operator.inputs[0]
    if not isinstance(value, (Tensor, Constant)):
        raise UnsupportedError
    sizes = value.sizes
    if operator.kind == "Size":
        return Constant((), (prod(sizes),))
    sizes = sizes[slice(operator.attributes.get("start", 0), operator.attributes.get("end"))]
    return Constant((len(sizes),), sizes)


def _constant(operator: Operator) -> Constant:
    for name, value in operator.attributes.items():
        if isinstance(value, Constant):
            return value._replace(weight=value.weight or f"constant {id(value)}")
        if name in ("value_int", "value_float"):
            return Constant((), (value,))
        if name in ("value_ints", "value_floats"):
            return Constant((len(value),), tuple(value))
    raise UnsupportedError


def _computed(operator: Operator) -> Constant:
    """NumPy does the arithmetic on the few numbers; what would grow large is a weight, not a shape."""
    import numpy as np

    arrays = [
        None if value is None else np.array(value.values).reshape(value.sizes)
        for value in operator.inputs
        if value is None or isinstance(value, Constant)
    ]
    with np.errstate(all="ignore"):
        made = np.asarray(FOLDED[operator.kind](np, operator, *arrays))
    if made.size > MOST_VALUES:
        raise UnsupportedError
    first = operator.inputs[0] if operator.inputs else None
    kept = isinstance(first, Constant) and first.learnt and operator.kind in MOVED
    weight = first.weight if isinstance(first, Constant) and operator.kind in MOVED else ""
    return Constant(made.shape, tuple(made.ravel().tolist()), weight, kept)


def _bounded(sizes: Iterable[Any]) -> tuple[int, ...]:
    """Sizes that may be allocated."""
    checked = tuple(int(size) for size in sizes)
    if prod(checked) > MOST_VALUES or any(size < 0 for size in checked):
        raise UnsupportedError
    return checked


def _axes(operator: Operator) -> Sizes:
    return operator.numbers(1, "axes") or ()


def _unsqueezed(operator: Operator, sizes: Sizes) -> Sizes:
    rank = len(sizes) + len(_axes(operator))
    new = {axis % rank for axis in _axes(operator)}
    if len(new) < len(_axes(operator)):
        raise ModelFileError(_("the axes {axes} name one twice").format(axes=list(_axes(operator))))
    old = iter(sizes)
    return tuple(1 if axis in new else next(old) for axis in range(rank))


def _squeezed(operator: Operator, sizes: Sizes) -> Sizes:
    gone = {axis % len(sizes) for axis in _axes(operator)} or {i for i, size in enumerate(sizes) if size == 1}
    return tuple(size for i, size in enumerate(sizes) if i not in gone)


def _transposed_sizes(operator: Operator, sizes: Sizes) -> Sizes:
    order = operator.ints("perm") or tuple(range(len(sizes)))[::-1]
    return tuple(sizes[axis] for axis in order)


def _target(operator: Operator, sizes: Sizes) -> Sizes:
    """The sizes of a Reshape: 0 keeps one, −1 is what remains."""
    wanted = operator.numbers(1, "shape") or ()
    if not operator.attributes.get("allowzero"):
        wanted = tuple(sizes[i] if size == 0 else size for i, size in enumerate(wanted))
    known = prod(size for size in wanted if size != -1)
    return tuple(prod(sizes) // max(known, 1) if size == -1 else size for size in wanted)


def _same_sizes(operator: Operator, sizes: Sizes) -> Sizes:
    return sizes


def _bounded_weight(sizes: Sizes, wanted: Sizes) -> Sizes:
    """A stored tensor is only repeated for a batch of one."""
    if prod(wanted) > prod(sizes):
        raise UnsupportedError
    return sizes


MOVED: dict[str, Callable[[Operator, Sizes], Sizes]] = {
    "Identity": _same_sizes,
    "Cast": _same_sizes,
    "DequantizeLinear": _same_sizes,
    "Transpose": _transposed_sizes,
    "Reshape": _target,
    "Expand": lambda operator, sizes: _bounded_weight(sizes, operator.numbers(1) or ()),
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
}
"""Operators that only move a weight's numbers: the sizes that come out."""


def _divide(np: Any, operator: Operator, left: Any, right: Any) -> Any:
    whole = np.issubdtype(left.dtype, np.integer) and np.issubdtype(right.dtype, np.integer)
    return np.trunc(left / right).astype(np.int64) if whole else left / right


def _cast(np: Any, operator: Operator, array: Any) -> Any:
    to = operator.attributes.get("to")
    return array.astype(np.float64) if to in FLOATS else array.astype(np.bool_) if to == 9 else array.astype(np.int64)


def _slice_array(np: Any, operator: Operator, array: Any, *_rest: Any) -> Any:
    starts, ends, where, steps = _slices(operator, array.ndim)
    cuts = [slice(None)] * array.ndim
    for axis, start, end, step in zip(where, starts, ends, steps, strict=True):
        cuts[axis] = slice(start, end, step)
    return array[tuple(cuts)]


def _range(np: Any, operator: Operator, start: Any, limit: Any, step: Any) -> Any:
    _bounded([max((limit - start) / step, 0)])
    return np.arange(start, limit, step)


def _reduced(name: str) -> Callable[..., Any]:
    def fold(np: Any, operator: Operator, array: Any, *_rest: Any) -> Any:
        where = _axes(operator) or tuple(range(array.ndim))
        return getattr(np, name)(array, axis=where, keepdims=bool(operator.attributes.get("keepdims", 1)))

    return fold


FOLDED: dict[str, Callable[..., Any]] = {
    "Identity": lambda np, op, a: a,
    "Cast": _cast,
    "DequantizeLinear": lambda np, op, a, *rest: a,
    "Add": lambda np, op, a, b: a + b,
    "Sub": lambda np, op, a, b: a - b,
    "Mul": lambda np, op, a, b: a * b,
    "Div": _divide,
    "Mod": lambda np, op, a, b: a % b,
    "Pow": lambda np, op, a, b: np.power(a.astype(np.float64), b),
    "Sqrt": lambda np, op, a: np.sqrt(a),
    "Neg": lambda np, op, a: -a,
    "Floor": lambda np, op, a: np.floor(a),
    "Ceil": lambda np, op, a: np.ceil(a),
    "Round": lambda np, op, a: np.round(a),
    "Max": lambda np, op, *a: np.maximum.reduce(a),
    "Min": lambda np, op, *a: np.minimum.reduce(a),
    "Equal": lambda np, op, a, b: a == b,
    "Greater": lambda np, op, a, b: a > b,
    "Less": lambda np, op, a, b: a < b,
    "Not": lambda np, op, a: ~a.astype(np.bool_),
    "And": lambda np, op, a, b: a & b,
    "Or": lambda np, op, a, b: a | b,
    "Where": lambda np, op, a, b, c: np.where(a, b, c),
    "Gather": lambda np, op, a, i: np.take(a, i.astype(np.int64), axis=op.attributes.get("axis", 0)),
    "Concat": lambda np, op, *a: np.concatenate(a, axis=op.attributes.get("axis", 0)),
    "Slice": _slice_array,
    "Range": _range,
    "ConstantOfShape": lambda np, op, a: np.full(
        _bounded(a), op.attributes["value"].values[0] if "value" in op.attributes else 0
    ),
    "Expand": lambda np, op, a, b: np.broadcast_to(a, _bounded(np.broadcast_shapes(a.shape, tuple(b.tolist())))),
    "ReduceProd": _reduced("prod"),
    "ReduceSum": _reduced("sum"),
    "ReduceMax": _reduced("max"),
    "ReduceMin": _reduced("min"),
    "Transpose": lambda np, op, a: np.transpose(a, op.ints("perm")),
    "Reshape": lambda np, op, a, b: a.reshape(_target(op, a.shape)),
    "Unsqueeze": lambda np, op, a, *rest: a.reshape(_unsqueezed(op, a.shape)),
    "Squeeze": lambda np, op, a, *rest: a.reshape(_squeezed(op, a.shape)),
}
"""Operator: its result for a few numbers."""


# Translators.


def _unknown(net: Assembly, operator: Operator) -> Result:
    raise UnsupportedError


def _pads(operator: Operator, rank: int) -> Padding:
    rule = operator.text("auto_pad", "NOTSET")
    if rule in ("SAME_UPPER", "SAME_LOWER"):
        return "same" if rule == "SAME_UPPER" else "same-lower"
    pads = operator.ints("pads")
    if pads is None or rule == "VALID":
        return ((0, 0),)
    if len(pads) != 2 * rank:
        raise ModelFileError(_("{count} paddings for {rank} axes").format(count=len(pads), rank=rank))
    return tuple(zip(pads[:rank], pads[rank:], strict=True))


def _window(operator: Operator, rank: int) -> Window:
    return Window(operator.ints("strides") or (1,), _pads(operator, rank), operator.ints("dilations") or (1,))


def _conv(net: Assembly, operator: Operator) -> Result:
    weight = operator.weight(1)
    window = _window(operator, len(weight.sizes) - 2)
    return do.conv(net, operator.tensor(), weight, operator.constant(2), window, operator.attributes.get("group", 1))


def _conv_transpose(net: Assembly, operator: Operator) -> Result:
    weight = operator.weight(1)
    x = do.settle(net, operator.tensor())
    kernel = weight.sizes[2:]
    rank = len(kernel)
    window = _window(operator, rank)
    more = operator.ints("output_padding") or (0,) * rank
    wanted = operator.ints("output_shape")
    if wanted or isinstance(window.padding, str):
        window, more = _fitted(operator, window, kernel, net.shape(x.node).space, more, wanted)
    do.check_output_padding(more, window.stride)
    return do.transposed(net, x, weight, operator.constant(2), window, operator.attributes.get("group", 1), more)


def _fitted(
    operator: Operator, window: Window, kernel: Sizes, space: Sizes, more: Sizes, wanted: Sizes | None
) -> tuple[Window, Sizes]:
    """Explicit paddings for a transposed convolution that names its output size, or the rule for it."""
    rank = len(kernel)
    stride = window.stride if len(window.stride) == rank else window.stride * rank
    dilation = window.dilation if len(window.dilation) == rank else window.dilation * rank
    outputs = wanted[-rank:] if wanted else tuple(size * step for size, step in zip(space, stride, strict=True))
    pairs, extra = [], []
    for size, step, k, d, added, output in zip(space, stride, kernel, dilation, more, outputs, strict=True):
        total = step * (size - 1) + added + (k - 1) * d + 1 - output
        small, large = max(total, 0) // 2, max(total, 0) - max(total, 0) // 2
        pairs.append((small, large) if operator.text("auto_pad", "NOTSET") == "SAME_UPPER" else (large, small))
        extra.append(added + max(-total, 0))
    return window._replace(padding=tuple(pairs)), tuple(extra)


def _gemm(net: Assembly, operator: Operator) -> Result:
    weight, bias = operator.weight(1), operator.constant(2)
    if operator.attributes.get("transA"):
        raise UnsupportedError
    if not operator.attributes.get("transB"):
        weight = weight._replace(sizes=weight.sizes[::-1])
    return do.linear(net, do.settle_if(net, operator.tensor()), weight, bias)


def _matmul(net: Assembly, operator: Operator) -> Result:
    left, right = operator.inputs[:2]
    if isinstance(left, Tensor) and isinstance(right, Constant):
        return do.linear(net, left, right._replace(sizes=right.sizes[::-1]))
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return do.scores(left, right)
    if isinstance(left, Scores) and left.weighed and isinstance(right, Tensor):
        return do.attend(net, left.query, left.key, right)
    raise UnsupportedError


def _norm(constant: Constant | None) -> Constant | None:
    return None if constant is None else constant._replace(learnt=True)


def _batch_norm(net: Assembly, operator: Operator) -> Result:
    scale, shift = _norm(operator.weight(1)), _norm(operator.weight(2))
    return do.batch_norm(net, operator.tensor(), scale, shift, statistics=True)


def _layer_norm(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    last = len(x.layout) - do.place(x, operator.attributes.get("axis", -1))
    return do.layer_norm(net, x, last, _norm(operator.weight(1)), _norm(operator.constant(2)))


def _group_norm(net: Assembly, operator: Operator) -> Result:
    groups = operator.attributes.get("num_groups", 1)
    return do.group_norm(net, operator.tensor(), groups, _norm(operator.weight(1)), _norm(operator.weight(2)))


def _instance_norm(net: Assembly, operator: Operator) -> Result:
    """Exporters write a group norm as an instance norm of a view with the groups as channels."""
    x = operator.tensor()
    scale, shift = operator.weight(1), operator.weight(2)
    channels = net.shape(x.node).channels
    if len(x.layout) > 1 and x.layout[1] and not axes.holds(x.layout[1], axes.CHANNELS, channels):
        groups = x.sizes[1]
        fixed = all(constant.values is not None and len(set(constant.values)) == 1 for constant in (scale, shift))
        if not fixed or axes.roles(x.layout[1]) != {axes.CHANNELS} or channels % groups:
            raise UnsupportedError
        return Tensor(net.add(_plain_group_norm(groups), (x.node,)), x.layout)
    return do.instance_norm(net, x, _norm(scale), _norm(shift))


def _plain_group_norm(groups: int) -> Any:
    from cnncalc.layers.groupnorm import GroupNorm

    return GroupNorm(groups, scale=False, shift=False)


def _pool(op: str) -> Translator:
    def translate(net: Assembly, operator: Operator) -> Result:
        kernel = operator.ints("kernel_shape")
        if not kernel or operator.outputs > 1:
            raise UnsupportedError
        window = _window(operator, len(kernel))
        excluded = op == "avg" and not operator.attributes.get("count_include_pad", 0)
        padded = isinstance(window.padding, str) or any(map(any, window.padding))  # type: ignore[arg-type]
        layer = Pool(
            kernel,
            op,
            window.stride,
            window.padding,
            window.dilation,
            bool(operator.attributes.get("ceil_mode", 0)),
            excluded and padded,
            wide_padding=True,
        )
        return do.pool(net, operator.tensor(), layer)

    return translate


def _global_pool(op: str) -> Translator:
    return lambda net, operator: net.map(GlobalPool(op), do.settle(net, operator.tensor()))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, operator: Operator) -> Result:
        x = operator.tensor()
        where = _axes(operator)
        if not where and not operator.attributes.get("noop_with_empty_axes"):
            where = tuple(range(len(x.layout)))
        return do.reduce(net, x, op, where, keep=bool(operator.attributes.get("keepdims", 1)))

    return translate


def _activation(function: str) -> Translator:
    return lambda net, operator: do.unary(net, operator.tensor(), Activation(function))


def _one_to_one(net: Assembly, operator: Operator) -> Result:
    return do.unary(net, operator.tensor(), Identity())


def _same(net: Assembly, operator: Operator) -> Result:
    value = operator.inputs[0]
    if value is None:
        raise UnsupportedError
    return value


def _dropout(net: Assembly, operator: Operator) -> Result:
    return do.unary(net, operator.tensor(), Dropout())


def _clip(net: Assembly, operator: Operator) -> Result:
    low, high = _bound(operator, 1, "min"), _bound(operator, 2, "max")
    function = {(0.0, 6.0): "relu6", (0.0, None): "relu"}.get((low, high), "hardtanh")  # type: ignore[arg-type]
    return do.unary(net, operator.tensor(), Activation(function))


def _bound(operator: Operator, index: int, attribute: str) -> float | None:
    constant = operator.constant(index)
    if constant is not None and constant.values:
        return float(constant.values[0])
    value = operator.attributes.get(attribute)
    return None if value is None else float(value)


def _softmax(net: Assembly, operator: Operator) -> Result:
    value = operator.inputs[0]
    axis = operator.attributes.get("axis", -1 if operator.opset >= 13 else 1)
    if isinstance(value, Scores):
        if axis not in (-1, len(value.query.layout) - 1):
            raise UnsupportedError
        return value._replace(weighed=True)
    x = operator.tensor()
    if operator.opset < 13 and axis == 1 and len(x.layout) > 2:
        raise UnsupportedError
    return do.softmax(net, x, axis)


def _prelu(net: Assembly, operator: Operator) -> Result:
    return do.prelu(net, operator.tensor(), operator.weight(1))


def _lrn(net: Assembly, operator: Operator) -> Result:
    layer = LocalResponseNorm(operator.attributes.get("size", 5))
    return net.map(layer, do.settle(net, operator.tensor()))


GATES = {"sigmoid": "silu", "hardsigmoid": "hardswish"}
"""x·sigmoid(x) has a name of its own."""


def _arithmetic(op: str) -> Translator:
    def translate(net: Assembly, operator: Operator) -> Result:
        left, right = operator.inputs[:2]
        if isinstance(left, Constant) and isinstance(right, (Tensor, Scores)):
            return _with_constant(net, operator, op, right, left, 1)
        if isinstance(right, Constant) and isinstance(left, (Tensor, Scores)):
            return _with_constant(net, operator, op, left, right, 0)
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            gated = _gated(net, operator, left, right) if op == "mul" else None
            return gated or do.merge(net, op, left, right)
        raise UnsupportedError

    return translate


def _with_constant(
    net: Assembly, operator: Operator, op: str, x: Tensor | Scores, constant: Constant, index: int
) -> Result:
    if isinstance(x, Scores):
        if constant.number != 1:
            raise UnsupportedError
        return x
    folds = op == "add" and constant.learnt and operator.alone[index] and len(constant.sizes) <= 1
    if folds and constant.number == net.shape(x.node).channels and _last_is_channels(net, x) and do.add_bias(net, x):
        return x
    return do.with_constant(net, op, x, constant)


def _last_is_channels(net: Assembly, x: Tensor) -> bool:
    return axes.holds(x.layout[-1], axes.CHANNELS, net.shape(x.node).channels)


def _gated(net: Assembly, operator: Operator, left: Tensor, right: Tensor) -> Tensor | None:
    for x, gate, index in ((left, right, 1), (right, left, 0)):
        layer = net.layer(gate.node)
        if not isinstance(layer, Activation) or layer.function not in GATES or not operator.alone[index]:
            continue
        if net.source(gate.node) == x.node and x.layout == gate.layout:
            net.replace(gate.node, Activation(GATES[layer.function]))
            return gate
    return None


def _concat(net: Assembly, operator: Operator) -> Result:
    axis = operator.attributes.get("axis", 1)
    if len(operator.inputs) == 2 and isinstance(operator.inputs[0], Constant):
        return do.tokens(net, operator.inputs[0], operator.tensor(1), axis)
    return do.concat(net, [operator.tensor(i) for i in range(len(operator.inputs))], axis)


def _reshape(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    return do.reshape(net, x, _target(operator, x.sizes))


def _flatten(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    axis = operator.attributes.get("axis", 1)
    return do.reshape(net, x, (prod(x.sizes[:axis]), prod(x.sizes[axis:])))


def _transpose(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    return do.permute(net, x, operator.ints("perm") or tuple(range(len(x.layout)))[::-1])


def _unsqueeze(net: Assembly, operator: Operator) -> Result:
    return do.unsqueeze(net, operator.tensor(), _axes(operator))


def _squeeze(net: Assembly, operator: Operator) -> Result:
    return do.squeeze(net, operator.tensor(), _axes(operator) or None)


def _expand(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    wanted = operator.numbers(1) or ()
    rank = max(len(wanted), len(x.layout))
    old = (1,) * (rank - len(x.layout)) + x.sizes
    new = (1,) * (rank - len(wanted)) + wanted
    return do.expand(x, tuple(map(max, old, new)))


def _slices(operator: Operator, rank: int) -> tuple[Sizes, Sizes, Sizes, Sizes]:
    starts, ends = operator.numbers(1, "starts") or (), operator.numbers(2, "ends") or ()
    where = operator.numbers(3, "axes") or tuple(range(len(starts)))
    steps = operator.numbers(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(where) == len(steps) or any(not -rank <= a < rank for a in where):
        raise ModelFileError(_("starts, ends, axes and steps of a slice don't fit together"))
    return starts, ends, tuple(axis % rank for axis in where), steps


def _slice(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    for start, end, axis, step in zip(*_slices(operator, len(x.layout)), strict=True):
        x = do.cut(net, x, axis, start, end, step)
    return x


def _gather(net: Assembly, operator: Operator) -> Result:
    index = operator.weight(1)
    x = operator.tensor()
    if index.values == tuple(range(index.number)) and x.sizes == (index.number,):
        return do.reshape(net, x, index.sizes)  # all of a row, in order: how exporters write as_strided
    if index.values is None or index.number != 1:
        raise UnsupportedError
    axis, at = operator.attributes.get("axis", 0), int(index.values[0])
    if index.sizes:
        at %= max(x.sizes[do.place(x, axis)], 1)
        return do.cut(net, x, axis, at, at + 1)
    return do.select(net, x, axis, at)


def _split(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    axis = operator.attributes.get("axis", 0)
    parts = operator.numbers(1, "split")
    if parts is None:
        size, count = x.sizes[do.place(x, axis)], operator.attributes.get("num_outputs", operator.outputs)
        if count != operator.outputs:
            raise ModelFileError(
                _("a split into {count} has {outputs} outputs").format(count=count, outputs=operator.outputs)
            )
        each = -(-size // count)
        parts = tuple(min(each, size - i * each) for i in range(count))
    return do.split(net, x, axis, parts)


PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pad(net: Assembly, operator: Operator) -> Result:
    x = operator.tensor()
    pads = operator.numbers(1, "pads") or ()
    where = operator.numbers(3) or tuple(range(len(x.layout)))
    mode = PAD_MODES.get(operator.text("mode", "constant"))
    if mode is None or len(pads) != 2 * len(where):
        raise UnsupportedError
    half = len(where)
    added = {do.place(x, axis): (pads[i], pads[i + half]) for i, axis in enumerate(where)}
    return do.pad(net, x, added, mode)


RESIZE_MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
CENTRED = ("half_pixel", "pytorch_half_pixel")


def _resize(net: Assembly, operator: Operator) -> Result:
    x = do.settle(net, operator.tensor())
    space = net.shape(x.node).space
    where = operator.ints("axes")
    if where is not None and where != tuple(range(2, len(x.layout))):
        raise UnsupportedError
    factors = _factors(operator, 1 if operator.opset < 11 else 2)
    wanted = operator.numbers(3) if operator.opset >= 11 else None
    if factors and any(factor <= 0 or factor > 2**31 for factor in factors):
        raise ModelFileError(_("a resize by {factors}").format(factors=list(factors)))
    to = (
        wanted[-len(space) :]
        if wanted
        else tuple(int(size * factor) for size, factor in zip(space, factors[-len(space) :], strict=True))
    )
    mode, align = _sampling(operator, space, to)
    if not wanted and any(
        size * factor != new for size, factor, new in zip(space, factors[-len(space) :], to, strict=True)
    ):
        raise UnsupportedError
    whole = not wanted and not align and all(float(factor).is_integer() for factor in factors)
    scale = tuple(int(factor) for factor in factors[-len(space) :]) if whole else ()
    return do.upsample(net, x, mode, align=align, to=to, scale=scale)


def _factors(operator: Operator, index: int) -> tuple[float, ...]:
    constant = operator.constant(index)
    if constant is not None and constant.values:
        return tuple(float(value) for value in constant.values)
    return tuple(operator.attributes.get("scales", ()))


def _sampling(operator: Operator, space: Sizes, to: Sizes) -> tuple[str, bool]:
    """`Upsample`'s mode and whether corners are aligned; `UnsupportedError` for a rule it does not know."""
    mode = operator.text("mode", "nearest")
    default = "half_pixel" if operator.opset >= 11 else "asymmetric"
    rule = operator.text("coordinate_transformation_mode", default)
    rounding = operator.text("nearest_mode", "round_prefer_floor" if operator.opset >= 11 else "floor")
    whole = all(new % old == 0 for new, old in zip(to, space, strict=True))
    ours = RESIZE_MODES.get(mode)
    if ours is None or operator.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnsupportedError
    if operator.attributes.get("antialias") and any(new < old for new, old in zip(to, space, strict=True)):
        raise UnsupportedError
    if tuple(to) == tuple(space) or all(size == 1 for size in space):
        return ours, False
    if ours == "nearest":
        known = (rule, rounding) == ("asymmetric", "floor") or (
            whole and rule in CENTRED and rounding == "round_prefer_floor"
        )
        return _known("nearest", False, known)
    if rule == "align_corners":
        return ours, True
    return _known(ours, False, rule in CENTRED)


def _known(mode: str, align: bool, known: bool) -> tuple[str, bool]:
    if not known:
        raise UnsupportedError
    return mode, align


def _depth_to_space(*, inverse: bool) -> Translator:
    def translate(net: Assembly, operator: Operator) -> Result:
        from cnncalc.layers.pixelshuffle import PixelShuffle

        layer = PixelShuffle(operator.attributes.get("blocksize", 1), inverse=inverse)
        return net.map(layer, do.settle(net, operator.tensor()))

    return translate


def _is_nan(net: Assembly, operator: Operator) -> Result:
    """Exporters guard a softmax against rows without any entry; only `Where` reads this."""
    value = operator.inputs[0]
    if not isinstance(value, Scores):
        raise UnsupportedError
    return value


def _where(net: Assembly, operator: Operator) -> Result:
    condition, chosen, otherwise = operator.inputs[:3]
    if isinstance(condition, Scores) and condition == otherwise and isinstance(chosen, Constant):
        return condition
    raise UnsupportedError


TRANSLATORS: dict[str, Translator] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "LRN": _lrn,
    "PRelu": _prelu,
    "MaxPool": _pool("max"),
    "AveragePool": _pool("avg"),
    "LpPool": _pool("lp"),
    "GlobalMaxPool": _global_pool("max"),
    "GlobalAveragePool": _global_pool("avg"),
    "GlobalLpPool": _global_pool("lp"),
    "ReduceMean": _reduce("avg"),
    "ReduceMax": _reduce("max"),
    "ReduceL2": _reduce("lp"),
    "Relu": _activation("relu"),
    "LeakyRelu": _activation("leakyrelu"),
    "Elu": _activation("elu"),
    "Celu": _activation("celu"),
    "Selu": _activation("selu"),
    "Gelu": _activation("gelu"),
    "Erf": _activation("gelu"),
    "Mish": _activation("mish"),
    "Swish": _activation("silu"),
    "Sigmoid": _activation("sigmoid"),
    "HardSigmoid": _activation("hardsigmoid"),
    "HardSwish": _activation("hardswish"),
    "Tanh": _activation("tanh"),
    "Softplus": _activation("softplus"),
    "Softsign": _activation("softsign"),
    "Exp": _activation("exp"),
    "Abs": _activation("abs"),
    "ThresholdedRelu": _activation("relu"),
    "Clip": _clip,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Dropout": _dropout,
    "Add": _arithmetic("add"),
    "Sub": _arithmetic("add"),
    "Mul": _arithmetic("mul"),
    "Div": _arithmetic("mul"),
    "Pow": _arithmetic("mul"),
    "Concat": _concat,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Expand": _expand,
    "Slice": _slice,
    "Gather": _gather,
    "Split": _split,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "DepthToSpace": _depth_to_space(inverse=False),
    "SpaceToDepth": _depth_to_space(inverse=True),
    "IsNaN": _is_nan,
    "Where": _where,
    **dict.fromkeys(("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear"), _same),
    **dict.fromkeys(("Sqrt", "Log", "Neg", "Reciprocal", "Sin", "Cos", "Floor", "Ceil", "Round", "Sign"), _one_to_one),
}
"""Operator name: what it does."""
