"""An exported program as plain data, whether it comes from a graph of ``torch.export`` or from the JSON of a ``.pt2``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from operator import getitem
from typing import Any, NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import check_number
from cnncalc.importers.values import Constant
from cnncalc.language import _
from cnncalc.layers.base import Sizes


class Ref(NamedTuple):
    """The name of a value that an earlier call gives."""

    name: str


class Call(NamedTuple):
    """One call of the graph; ``arguments`` by the name the operator's schema gives them, or by their place."""

    target: str
    """The operator with its namespace and overload: ``aten.conv2d.default``."""
    arguments: Mapping[str, Any]
    results: tuple[str, ...]
    scope: str = ""
    sizes: tuple[Sizes | None, ...] = ()
    """The sizes of its results, where the export says them."""


class Program(NamedTuple):
    """An exported graph: what goes in, in order of the calls, and what comes out.

    ``stored`` are the constants that it registers, where it is known which of them are one and the same.
    """

    constants: Mapping[str, Constant]
    inputs: Mapping[str, tuple[int | None, ...]]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    stored: tuple[Constant, ...] = ()


# The graph that ``torch.export.export`` gives.


def from_graph(torch: Any, exported: Any, owners: Mapping[str, str], frozen: Set[str] = frozenset()) -> Program:
    """A program from a graph; ``owners`` says the first name of a parameter that has several, ``frozen`` which to keep."""
    kinds = torch.export.graph_signature.InputKind
    specs = {spec.arg.name: spec for spec in exported.graph_signature.input_specs}
    constants: dict[str, Constant] = {}
    inputs: dict[str, tuple[int | None, ...]] = {}
    for node in exported.graph.find_nodes(op="placeholder"):
        spec, sizes = specs[node.name], tuple(getattr(node.meta.get("val"), "shape", ()))
        if spec.kind is kinds.USER_INPUT:
            inputs[node.name] = tuple(size if isinstance(size, int) else None for size in sizes)
        else:
            name = owners.get(spec.target, spec.target)
            constants[node.name] = Constant(sizes, None, name, spec.kind is kinds.PARAMETER, name in frozen)
    graph = _Graph(torch)
    graph.read(exported.graph_module, "")
    outputs = [spec.arg.name for spec in exported.graph_signature.output_specs if spec.kind.name == "USER_OUTPUT"]
    names = tuple(graph.refs[name].name if name in graph.refs else name for name in outputs)
    return Program(constants, inputs, tuple(graph.calls), names, tuple(constants.values()))


class _Graph:
    """The calls of a graph one after the other, those of the graphs inside it in their place.

    Regions without gradients, of another precision or to be recomputed are graphs of their own in an export.
    """

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.calls: list[Call] = []
        self.refs: dict[str, Any] = {}
        """What stands for a value that no call of its own gives."""

    def read(self, module: Any, prefix: str) -> Any:
        """Note the calls of a graph; what comes out are its outputs."""
        for node in module.graph.nodes:
            if node.op == "call_function":
                self._call(module, node, prefix)
            elif node.op == "output":
                return self._known(node.args[0], prefix)
        return ()

    def _call(self, module: Any, node: Any, prefix: str) -> None:
        name = prefix + node.name
        if node.target is getitem and name in self.refs:
            return
        inner = next((arg for arg in node.args if getattr(arg, "op", "") == "get_attr"), None)
        if inner is not None and (region := getattr(module, inner.target, None)) is not None:
            self._region(region, node, inner, prefix)
            return
        names = self._results(node, prefix)
        self.calls.append(_call(self.torch, node, names, lambda value: self._known(value, prefix)))

    def _region(self, region: Any, node: Any, inner: Any, prefix: str) -> None:
        """The calls of a graph that is called, whose inputs are the arguments behind it."""
        name = prefix + node.name
        given = node.args[node.args.index(inner) + 1 :]
        for argument, place in zip(given, region.graph.find_nodes(op="placeholder"), strict=True):
            self.refs[f"{name}/{place.name}"] = self._known(argument, prefix)
        outputs = self.read(region, f"{name}/")
        if not isinstance(outputs, (list, tuple)):
            self.refs[name] = outputs
            return
        for user in node.users:
            if user.target is getitem:
                self.refs[prefix + user.name] = outputs[user.args[1]]

    def _results(self, node: Any, prefix: str) -> tuple[str, ...]:
        """The names of what a call gives: of several values each, by the items that are taken."""
        value = node.meta.get("val")
        if not isinstance(value, (list, tuple)):
            return (prefix + node.name,)
        names = [f"{prefix}{node.name}:{place}" for place in range(len(value))]
        for user in node.users:
            if user.target is getitem:
                self.refs[prefix + user.name] = Ref(names[user.args[1]])
        return tuple(names)

    def _known(self, value: Any, prefix: str) -> Any:
        def known(node: Any) -> Any:
            name = prefix + node.name
            return self.refs.get(name, Ref(name))

        return self.torch.fx.node.map_arg(value, known)


def _call(torch: Any, node: Any, names: tuple[str, ...], known: Callable[[Any], Any]) -> Call:
    schema = getattr(node.target, "_schema", None)
    places = [argument.name for argument in schema.arguments] if schema else list(map(str, range(len(node.args))))
    arguments = {**dict(zip(places, node.args, strict=False)), **node.kwargs}
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    value = node.meta.get("val")
    values = value if isinstance(value, (list, tuple)) else (value,)
    return Call(
        str(node.target) if schema else f"_operator.{getattr(node.target, '__name__', '')}",
        {place: known(argument) for place, argument in arguments.items()},
        names,
        stack[-1][0] if stack else "",
        tuple(_measured(torch, one) for one in values),
    )


def _measured(torch: Any, value: Any) -> Sizes | None:
    sizes = tuple(value.shape) if isinstance(value, torch.Tensor) else None
    return sizes if sizes is not None and all(isinstance(size, int) for size in sizes) else None


# The JSON in a ``.pt2`` file: its schema is that of ``torch/_export/serde/schema.py``.


def from_json(text: Any, owners: Mapping[str, str]) -> Program:
    """A program from JSON; whatever it holds that is not one raises what Python raises.

    ``owners`` says the first name of every stored tensor, by all its names; it is empty for a file that does not tell.
    """
    module = text["graph_module"]
    graph, signature = module["graph"], module["signature"]
    values = graph["tensor_values"]
    check_number(len(graph["nodes"]))
    constants: dict[str, Constant] = {}
    inputs: dict[str, tuple[int | None, ...]] = {}
    for spec in signature["input_specs"]:
        (kind, content), *_rest = spec.items()
        if kind == "user_input":
            argument = _value(content["arg"])
            if isinstance(argument, Ref) and argument.name in values:
                inputs[argument.name] = _sizes(values[argument.name])
        elif kind in STORED:
            name = content["arg"]["name"]
            sizes = tuple(size or 1 for size in _sizes(values[name]))
            weight = str(content[STORED[kind]])
            learnt = kind == "parameter"
            frozen = learnt and values[name].get("requires_grad") is False
            constants[name] = Constant(sizes, None, owners.get(weight, weight), learnt, frozen)
    calls = tuple(_call_from_json(values, node) for node in graph["nodes"])
    outputs = [_value(spec["user_output"]["arg"]) for spec in signature["output_specs"] if "user_output" in spec]
    names = tuple(out.name for out in outputs if isinstance(out, Ref))
    return Program(constants, inputs, calls, names, tuple(constants.values()) if owners else ())


STORED = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}
"""Kind of a stored tensor in the signature: where its name stands."""


def _call_from_json(values: Any, node: Any) -> Call:
    return Call(
        str(node["target"]).removeprefix("torch.ops."),
        {argument["name"] or str(i): _value(argument["arg"]) for i, argument in enumerate(node["inputs"])},
        tuple(_results(node["outputs"])),
        _scope(node["metadata"].get("nn_module_stack", "")),
        tuple(_fixed(values, name) for name in _results(node["outputs"])),
    )


def _sizes(meta: Any) -> tuple[int | None, ...]:
    sizes = tuple(size.get("as_int") for size in meta["sizes"])
    if not all(size is None or (isinstance(size, int) and size >= 0) for size in sizes):
        raise ModelFileError(_("a tensor has the sizes {sizes}").format(sizes=list(sizes)))
    return sizes


def _fixed(values: Any, name: str) -> Sizes | None:
    """The sizes of a value where they are numbers; of a value that nobody asks for, whatever they are."""
    sizes = _sizes(values[name]) if name in values else None if name else ()
    return None if sizes is None or None in sizes else tuple(size for size in sizes if size is not None)


def _results(outputs: Any) -> Iterator[str]:
    for output in outputs:
        value = _value(output)
        for inner in value if isinstance(value, list) else [value]:
            yield inner.name if isinstance(inner, Ref) else ""


def _value(argument: Any) -> Any:
    """An argument as Python has it: numbers, text, lists, and `Ref` for what other calls give."""
    if not isinstance(argument, dict) or not argument:
        return argument
    (form, content), *_rest = argument.items()
    if form == "as_none":
        return None
    if form == "as_name" or (form in ("as_tensor", "as_sym_int", "as_sym_float") and "name" in content):
        return Ref(content if isinstance(content, str) else content["name"])
    if isinstance(content, dict):
        return _value(content)
    if isinstance(content, list):
        return [
            Ref(inner["name"]) if isinstance(inner, dict) and "name" in inner else _value(inner) for inner in content
        ]
    return content


def _scope(stack: str) -> str:
    """The innermost module of ``key,path,type;key,path,type``."""
    parts = str(stack).split(";")[-1].split(",")
    return parts[1] if len(parts) > 2 and "(" not in parts[1] else ""
