"""What a model calls as plain data, whether it was recorded or comes from the JSON of a ``.pt2``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    region: Region | None = None
    """What it calls, with all its arguments, if that is a graph of its own."""


class Region(NamedTuple):
    """A graph inside a graph: what is done without gradients, in another precision, or to be done again."""

    inputs: tuple[str, ...]
    calls: tuple[Call, ...]
    outputs: tuple[Any, ...]


class Program(NamedTuple):
    """An exported graph: what goes in, in order of the calls, and what comes out.

    ``stored`` are the constants that it registers, where it is known which of them are one and the same.
    """

    constants: Mapping[str, Constant]
    inputs: Mapping[str, tuple[int | None, ...]]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    stored: tuple[Constant, ...] = ()


REGIONS = ("wrap_with_set_grad_enabled", "wrap_with_autocast", "tag_activation_checkpoint")
"""Operators that only call a graph: with other gradients, another precision, or to be done again."""

DEEPEST = 20
"""Graphs are not nested deeper than this."""


def inlined(program: Program) -> Program:
    """The program with the calls of its regions in their place."""
    refs: dict[str, Any] = {}
    calls = tuple(_inlined(program.calls, "", refs))
    outputs = tuple(_renamed(Ref(name), "", refs) for name in program.outputs)
    return program._replace(calls=calls, outputs=tuple(ref.name for ref in outputs if isinstance(ref, Ref)))


def _inlined(calls: tuple[Call, ...], prefix: str, refs: dict[str, Any]) -> Iterator[Call]:
    for call in calls:
        arguments = {name: _renamed(value, prefix, refs) for name, value in call.arguments.items()}
        region, results = call.region, tuple(prefix + name for name in call.results)
        if region is None or call.target.split(".")[1] not in REGIONS:
            yield call._replace(arguments=arguments, results=results)
            continue
        inside = f"{results[0]}/" if results else f"{prefix}/"
        refs.update(zip((inside + name for name in region.inputs), arguments.values(), strict=False))
        yield from _inlined(region.calls, inside, refs)
        refs.update(zip(results, (_renamed(value, inside, refs) for value in region.outputs), strict=False))


def _renamed(value: Any, prefix: str, refs: Mapping[str, Any]) -> Any:
    """A value as it is called where regions are in their place."""
    if isinstance(value, Ref):
        return refs.get(prefix + value.name, Ref(prefix + value.name))
    if isinstance(value, (list, tuple)):
        return [_renamed(inner, prefix, refs) for inner in value]
    return value


# The JSON in a ``.pt2`` file: its schema is that of ``torch/_export/serde/schema.py``.


def from_json(text: Any, owners: Mapping[str, str]) -> Program:
    """A program from JSON; whatever it holds that is not one raises what Python raises.

    ``owners`` says the first name of every stored tensor, by all its names; it is empty for a file that does not tell.
    """
    module = text["graph_module"]
    graph, signature = module["graph"], module["signature"]
    values = graph["tensor_values"]
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
    calls = _calls_from_json(graph)
    outputs = [_value(spec["user_output"]["arg"]) for spec in signature["output_specs"] if "user_output" in spec]
    names = tuple(out.name for out in outputs if isinstance(out, Ref))
    return inlined(Program(constants, inputs, calls, names, tuple(constants.values()) if owners else ()))


STORED = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}
"""Kind of a stored tensor in the signature: where its name stands."""


def _calls_from_json(graph: Any, depth: int = 0) -> tuple[Call, ...]:
    check_number(len(graph["nodes"]))
    if depth > DEEPEST:
        raise ModelFileError(_("graphs are nested more than {most} deep").format(most=DEEPEST))
    return tuple(_call_from_json(graph["tensor_values"], node, depth) for node in graph["nodes"])


def _call_from_json(values: Any, node: Any, depth: int) -> Call:
    inputs = node["inputs"]
    place = next((place for place, argument in enumerate(inputs) if "as_graph" in argument["arg"]), None)
    region = None
    if place is not None:
        region, inputs = _region_from_json(inputs[place]["arg"]["as_graph"]["graph"], depth), inputs[place + 1 :]
    names = tuple(_result_names(node["outputs"]))
    return Call(
        str(node["target"]).removeprefix("torch.ops."),
        {argument["name"] or str(i): _value(argument["arg"]) for i, argument in enumerate(inputs)},
        names,
        _scope(node["metadata"].get("nn_module_stack", "")),
        tuple(_fixed(values, name) for name in names),
        region,
    )


def _region_from_json(graph: Any, depth: int) -> Region:
    inputs, outputs = (tuple(_result_names(graph[ends])) for ends in ("inputs", "outputs"))
    return Region(inputs, _calls_from_json(graph, depth + 1), tuple(map(Ref, outputs)))


def _sizes(meta: Any) -> tuple[int | None, ...]:
    sizes = tuple(size.get("as_int") for size in meta["sizes"])
    if not all(size is None or (isinstance(size, int) and size >= 0) for size in sizes):
        raise ModelFileError(_("a tensor has the sizes {sizes}").format(sizes=list(sizes)))
    return sizes


def _fixed(values: Any, name: str) -> Sizes | None:
    """The sizes of a value where they are numbers; of a value that nobody asks for, whatever they are."""
    sizes = _sizes(values[name]) if name in values else None if name else ()
    return None if sizes is None or None in sizes else tuple(size for size in sizes if size is not None)


def _result_names(outputs: Any) -> Iterator[str]:
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
