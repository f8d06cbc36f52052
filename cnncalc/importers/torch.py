"""PyTorch models as a `Network`: a module through ``torch.export``, or an exported ``.pt2`` file.

The graph of a ``.pt2`` is read from the JSON inside it and torch is not needed for that. ``torch.export.load`` is not
used on purpose: it unpickles weights and constants that are marked so (``torch.load(…, weights_only=False)``,
``pickle.loads``), and a pickle runs whatever its author wants.

`TRANSLATORS` is the one table: name of an ATen operator → the function that says what it does.
"""

from __future__ import annotations

import operator as arithmetic
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError, MissingExtraError, ModelFileError
from cnncalc.importers import operators as do
from cnncalc.importers.archive import read_member
from cnncalc.importers.assembly import LOST, Assembly, Constant, Lost, Tensor, UnsupportedError, for_any_size, plain
from cnncalc.importers.operators import Scores, Window
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.channelshuffle import ChannelShuffle
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.identity import Identity
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.pool import Pool
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten

MOST_CALLS = 100_000
"""A graph with more calls than this is refused."""

MOST_PARTS = 1000
"""A tensor is not taken apart into more pieces than this."""

Sizes = tuple[int, ...]


class Ref(NamedTuple):
    """The name of a value that an earlier call gives."""

    name: str


class Call(NamedTuple):
    """One call of the graph; ``arguments`` by the name the operator's schema gives them, or by their place."""

    target: str
    arguments: Mapping[str, Any]
    results: tuple[str, ...]
    scope: str = ""
    sizes: tuple[int, ...] = ()
    """The sizes of its first result where the export says them."""

    @property
    def kind(self) -> str:
        """The operator without its namespace, its overload and the mark of working in place."""
        name = self.target.removeprefix("torch.ops.").removeprefix("aten.").split(".")[0]
        return name if name.startswith("_") else name.rstrip("_")

    def get(self, name: str, default: Any = None) -> Any:
        value = self.arguments.get(name)
        return default if value is None else value

    def tensor(self, name: str = "") -> Tensor:
        """A tensor argument; without a name the one that is worked on, which schemas call by two names."""
        value = self.arguments.get(name) if name else self.arguments.get("self", self.arguments.get("input"))
        if not isinstance(value, Tensor):
            raise UnsupportedError
        return value

    def constant(self, name: str) -> Constant | None:
        value = self.arguments.get(name)
        if value is not None and not isinstance(value, Constant):
            raise UnsupportedError
        return value

    def weight(self, name: str) -> Constant:
        constant = self.constant(name)
        if constant is None:
            raise UnsupportedError
        return constant

    def ints(self, name: str, default: Sizes = ()) -> Sizes:
        value = self.get(name, default)
        return (value,) if isinstance(value, int) else tuple(value)


class Program(NamedTuple):
    """An exported graph: what goes in, in order of the calls, and what comes out."""

    constants: Mapping[str, Constant]
    inputs: Mapping[str, tuple[int | None, ...]]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]


Translator = Callable[[Assembly, Call], Any]


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in a ``.pt2`` file that ``torch.export.save`` wrote.

    Raises `ModelFileError` for ``.pt`` and ``.pth`` files, which are pickles, and for what can't be read.
    """
    if Path(path).suffix != ".pt2":
        raise ModelFileError(
            _(
                "{path} is a pickle, which could run any code when read, so it is not: export the model instead, "
                "program = torch.export.export(model.eval(), (torch.zeros(1, 3, 224, 224),)); "
                'torch.export.save(program, "model.pt2")'
            ).format(path=path)
        )
    text = read_member(path, _holds_graph, _("graph of an exported program (models/*.json)"))
    try:
        return _network(_from_json(text), allow_unknown=allow_unknown)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        if isinstance(problem, CnncalcError):
            raise
        raise ModelFileError(
            _("{path} holds no exported program of a known form: export it with PyTorch 2.5 or later").format(path=path)
        ) from None


def _holds_graph(name: str) -> bool:
    parts = name.split("/")
    in_models = len(parts) > 1 and parts[-2] == "models" and parts[-1].endswith(".json")
    return in_models or parts[-1] == "serialized_exported_program.json"


def from_torch(module: Any, input: Any, *, allow_unknown: bool = False) -> Network:
    """The network that a module computes for an ``input``: a shape such as ``"224x224x3"``, or an example tensor.

    Nothing is run: ``torch.export`` follows fake tensors through the module, in evaluation mode. The module is left as
    it was, its mode and its running statistics too. Parameters that no call reads are not part of the network.

    Raises `ModelFileError` where ``torch.export`` can't follow the module.
    """
    torch = _torch()
    example = _example(torch, module, input)
    modes = {part: part.training for part in module.modules()}
    try:
        for part in modes:
            part.training = False
        exported = torch.export.export(module, (example,))
    except Exception as problem:  # whatever the module's own code raises comes out of torch.export
        lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
        raise ModelFileError(
            _("torch.export can't follow {module}: {problem}").format(
                module=type(module).__name__, problem=shorten(lines[0] if lines else type(problem).__name__, 200)
            )
        ) from problem
    finally:
        for part, training in modes.items():
            part.training = training
    shared: dict[int, str] = {}
    owners = {name: shared.setdefault(id(p), name) for name, p in module.named_parameters(remove_duplicate=False)}
    return _network(_from_graph(torch, exported, owners), allow_unknown=allow_unknown)


def _torch() -> Any:
    try:
        import torch
        import torch.export
    except ImportError:
        raise MissingExtraError(_("following a PyTorch module needs torch: pip install 'cnncalc[torch]'")) from None
    return torch


def _example(torch: Any, module: Any, input: Any) -> Any:
    if isinstance(input, torch.Tensor):
        return input
    shape = input if isinstance(input, Shape) else Shape.parse(str(input))
    weight = next((p for p in module.parameters() if p.is_floating_point()), torch.empty(0))
    return torch.empty((1, shape.channels, *shape.space), device=weight.device, dtype=weight.dtype)


# Both forms of an exported program, as one.


def _from_graph(torch: Any, exported: Any, owners: Mapping[str, str]) -> Program:
    """A program from the graph that ``torch.export.export`` gives."""
    kinds = torch.export.graph_signature.InputKind
    specs = {spec.arg.name: spec for spec in exported.graph_signature.input_specs if hasattr(spec.arg, "name")}
    constants: dict[str, Constant] = {}
    inputs: dict[str, tuple[int | None, ...]] = {}
    calls = []
    for node in exported.graph.nodes:
        value = node.meta.get("val")
        sizes = tuple(value.shape) if isinstance(value, torch.Tensor) else ()
        if node.op == "placeholder":
            spec = specs[node.name]
            if spec.kind is kinds.USER_INPUT:
                inputs[node.name] = tuple(size if isinstance(size, int) else None for size in sizes)
            else:
                name = owners.get(spec.target, spec.target)
                constants[node.name] = Constant(sizes, None, name, spec.kind is kinds.PARAMETER)
        elif node.op == "call_function":
            calls.append(_call(torch, node, sizes))
    outputs = [spec.arg.name for spec in exported.graph_signature.output_specs if spec.kind.name == "USER_OUTPUT"]
    return Program(constants, inputs, tuple(calls), tuple(outputs))


def _call(torch: Any, node: Any, sizes: tuple[Any, ...]) -> Call:
    schema = getattr(node.target, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema else list(map(str, range(len(node.args))))
    given = {**dict(zip(names, node.args, strict=False)), **node.kwargs}
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    target = str(node.target) if schema else f"_operator.{getattr(node.target, '__name__', '')}"
    return Call(
        target,
        {name: torch.fx.node.map_arg(value, lambda inner: Ref(inner.name)) for name, value in given.items()},
        (node.name,),
        stack[-1][0] if stack else "",
        tuple(size for size in sizes if isinstance(size, int)) if sizes else (),
    )


def _from_json(text: Any) -> Program:
    """A program from the JSON in a ``.pt2`` file (schema of ``torch/_export/serde/schema.py``)."""
    module = text["graph_module"]
    graph, signature = module["graph"], module["signature"]
    values = graph["tensor_values"]
    if len(graph["nodes"]) > MOST_CALLS:
        raise ModelFileError(
            _("{count} operators are more than the {most} that are allowed").format(
                count=len(graph["nodes"]), most=MOST_CALLS
            )
        )
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
            constants[name] = Constant(sizes, None, str(content[STORED[kind]]), kind == "parameter")
    calls = tuple(
        Call(
            str(node["target"]),
            {argument["name"] or str(i): _value(argument["arg"]) for i, argument in enumerate(node["inputs"])},
            tuple(_results(node["outputs"])),
            _scope(node["metadata"].get("nn_module_stack", "")),
            _fixed(values, node["outputs"]),
        )
        for node in graph["nodes"]
    )
    outputs = [_value(spec["user_output"]["arg"]) for spec in signature["output_specs"] if "user_output" in spec]
    return Program(constants, inputs, calls, tuple(out.name for out in outputs if isinstance(out, Ref)))


STORED = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}
"""Kind of a stored tensor in the signature: where its name stands."""


def _sizes(meta: Any) -> tuple[int | None, ...]:
    sizes = tuple(size.get("as_int") for size in meta["sizes"])
    if not all(size is None or (isinstance(size, int) and size >= 0) for size in sizes):
        raise ModelFileError(_("a tensor has the sizes {sizes}").format(sizes=list(sizes)))
    return sizes


def _fixed(values: Any, outputs: Any) -> tuple[int, ...]:
    first = next(_results(outputs), "")
    sizes = _sizes(values[first]) if first in values else ()
    return tuple(size for size in sizes if size is not None)


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


# The walk.


def _network(program: Program, *, allow_unknown: bool) -> Network:
    if len(program.inputs) != 1:
        raise ModelFileError(
            _("the model takes {count} inputs ({names}): only models with one are read").format(
                count=len(program.inputs), names=shorten(", ".join(program.inputs))
            )
        )
    ((name, sizes),) = program.inputs.items()
    if len(sizes) < 2:
        raise ModelFileError(
            _("the input {name} has {rank} axes: give batch × channels × …").format(name=shorten(name), rank=len(sizes))
        )

    def build(size: int) -> Network:
        batch, channels, *space = (sizes[0] or 1, *(size if given is None else given for given in sizes[1:]))
        net = Assembly(Shape(tuple(space), channels), batch, allow_unknown=allow_unknown)
        return _Walk(net, program, name).network()

    return for_any_size(build, None in sizes[1:])


class _Walk:
    """One walk over a program for one size of its input."""

    def __init__(self, net: Assembly, program: Program, input: str) -> None:
        self.net = net
        self.program = program
        self.values: dict[str, Any] = {**program.constants, input: net.start()}
        scopes = [tuple(call.scope.split(".")) for call in program.calls]
        self.containers = {scope[:length] for scope in scopes for length in range(len(scope))} | {("",)}

    def network(self) -> Network:
        for call in self.program.calls:
            if call.target.removeprefix("torch.ops.").split(".")[1] in IGNORED:
                continue
            self.net.name = self._name(call)
            made = self._translate(call._replace(arguments={k: self._known(v) for k, v in call.arguments.items()}))
            several = isinstance(made, tuple) and not isinstance(made, (Tensor, Constant, Scores))
            if len(call.results) > 1:
                self.values.update(zip(call.results, made if several else (made,), strict=False))
            else:
                self.values[call.results[0] if call.results else ""] = made
        self.net.check_unknown()
        outputs = [self._first(self.values.get(name)) for name in self.program.outputs]
        tensors = [value for value in outputs if isinstance(value, Tensor)]
        if not tensors:
            raise ModelFileError(_("no output of the model depends on its input"))
        self.net.name = ""
        return self.net.finish([do.settle_if(self.net, tensor).node for tensor in tensors], self.net.input)

    def _first(self, value: Any) -> Any:
        several = isinstance(value, tuple) and not isinstance(value, (Tensor, Constant, Scores))
        return value[0] if several and value else value

    def _known(self, value: Any) -> Any:
        if isinstance(value, Ref):
            if value.name not in self.values:
                raise ModelFileError(
                    _("{name} is read before it is made: the graph has a cycle, or is out of order").format(
                        name=shorten(plain(value.name))
                    )
                )
            return self.values[value.name]
        if isinstance(value, (list, tuple)):
            return [self._known(inner) for inner in value]
        return value

    def _name(self, call: Call) -> str:
        for key in ("weight", "slope"):
            weight = call.arguments.get(key)
            if isinstance(weight, Ref) and weight.name in self.program.constants:
                name, dot, last = self.program.constants[weight.name].weight.rpartition(".")
                if dot and last == "weight":
                    return name
        scope = tuple(call.scope.split("@")[0].split("."))
        if scope not in self.containers:
            return ".".join(scope)
        return ".".join((*(part for part in scope if part), call.kind.strip("_")))

    def _translate(self, call: Call) -> Any:
        if self.net.lost(_flat(call.arguments.values())):
            return self._lost(call)
        try:
            if call.target.startswith("_operator."):
                return _computed(call)
            if not call.target.removeprefix("torch.ops.").startswith("aten."):
                raise UnsupportedError
            moved = call.arguments.get("self")
            if isinstance(moved, Constant) and not isinstance(call.arguments.get("other"), Tensor):
                return _moved(call, moved)
            return TRANSLATORS.get(call.kind, _unknown)(self.net, call)
        except UnsupportedError:
            return self._stand_in(call)
        except CnncalcError as problem:
            raise type(problem)(f"{plain(self.net.name)}: {problem}") from None
        except (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError, AttributeError):
            raise ModelFileError(
                _("{name}: the inputs of this {kind} make no sense").format(
                    name=plain(self.net.name), kind=plain(shorten(call.target))
                )
            ) from None

    def _lost(self, call: Call) -> Lost:
        """What follows from an operator that is not known; new unknown ones are still noted."""
        if call.target.removeprefix("torch.ops.").startswith("aten.") and call.kind not in TRANSLATORS:
            self.net.unknown[_title(call)] += 1
        return LOST

    def _stand_in(self, call: Call) -> Any:
        if not self.net.allow_unknown:
            self.net.unknown[_title(call)] += 1
            return LOST
        flat = _flat(call.arguments.values())
        tensors = [value for value in flat if isinstance(value, Tensor)]
        tensors += [value.query for value in flat if isinstance(value, Scores)]
        learnt = sum(value.number for value in flat if isinstance(value, Constant) and value.learnt)
        to = Shape(call.sizes[2:], call.sizes[1]) if 2 <= len(call.sizes) <= 5 and all(call.sizes) else None
        nodes = tuple(tensor.node for tensor in tensors)
        name = _title(call)
        first = self.net.stand_in(name, nodes, to, learnt)
        rest = (self.net.stand_in(name, nodes, None, 0) for _more in call.results[1:])
        return (first, *rest) if len(call.results) > 1 else first


IGNORED = frozenset(
    {
        "_assert_async",
        "_assert_scalar",
        "_assert_tensor_metadata",
        "sym_constrain_range",
        "sym_constrain_range_for_size",
    }
)
"""Checks that an export leaves in a graph."""


def _title(call: Call) -> str:
    return call.target.removeprefix("torch.ops.").removesuffix(".default")


def _flat(values: Iterable[Any]) -> list[Any]:
    return [inner for value in values for inner in (value if isinstance(value, list) else [value])]


def _computed(call: Call) -> Any:
    """Arithmetic on sizes, and picking one of several results."""
    name = call.target.removeprefix("_operator.")
    left, *rest = call.arguments.values()
    if name == "getitem":
        if isinstance(left, (Tensor, Constant, Scores)):
            raise UnsupportedError
        return left[rest[0]]
    numbers = [left, *rest]
    if name not in ARITHMETIC or not all(isinstance(n, (int, float)) and abs(n) < 2**63 for n in numbers):
        raise UnsupportedError
    return ARITHMETIC[name](*numbers)


COMPARED = ("lt", "le", "gt", "ge", "eq", "ne")
ARITHMETIC: dict[str, Callable[..., Any]] = {
    name: getattr(arithmetic, name) for name in ("add", "sub", "mul", "floordiv", "truediv", "mod", "neg", *COMPARED)
}


def _moved(call: Call, constant: Constant) -> Any:
    """A weight that is only looked at in another way."""
    if call.kind == "sym_size":
        return constant.sizes[call.get("dim")]
    sizes = constant.sizes
    if call.kind in ("t", "transpose"):
        one, other = (call.get("dim0", 0) % len(sizes), call.get("dim1", 1) % len(sizes))
        order = {one: other, other: one}
        return constant._replace(sizes=tuple(sizes[order.get(axis, axis)] for axis in range(len(sizes))))
    if call.kind == "permute":
        return constant._replace(sizes=tuple(sizes[axis] for axis in call.ints("dims")))
    if call.kind == "expand":
        old = (1,) * (len(call.ints("size")) - len(sizes)) + sizes
        if any(size not in (-1, now) for size, now in zip(call.ints("size"), old, strict=True)):
            raise UnsupportedError
        return constant._replace(sizes=old)
    if call.kind in ("view", "reshape", "_unsafe_view"):
        wanted = call.ints("size") or call.ints("shape")
        known = prod(size for size in wanted if size != -1)
        wanted = tuple(constant.number // max(known, 1) if size == -1 else size for size in wanted)
        if prod(wanted) != constant.number:
            raise UnsupportedError
        return constant._replace(sizes=wanted)
    if call.kind == "unsqueeze":
        axis = call.get("dim") % (len(sizes) + 1)
        return constant._replace(sizes=(*sizes[:axis], 1, *sizes[axis:]))
    if call.kind in SAME:
        return constant
    raise UnsupportedError


# Translators.


def _unknown(net: Assembly, call: Call) -> Any:
    raise UnsupportedError


def _padding(call: Call) -> Any:
    padding = call.get("padding", 0)
    return padding if isinstance(padding, str) else call.ints("padding", (0,))


def _window(call: Call) -> Window:
    return Window(call.ints("stride", (1,)), _padding(call), call.ints("dilation", (1,)))


def _conv(net: Assembly, call: Call) -> Any:
    weight, bias = call.weight("weight"), call.constant("bias")
    return do.conv(net, call.tensor(), weight, bias, _window(call), call.get("groups", 1))


def _conv_transpose(net: Assembly, call: Call) -> Any:
    return do.transposed(
        net,
        call.tensor(),
        call.weight("weight"),
        call.constant("bias"),
        _window(call),
        call.get("groups", 1),
        call.ints("output_padding", (0,)),
    )


def _convolution(net: Assembly, call: Call) -> Any:
    return _conv_transpose(net, call) if call.get("transposed") else _conv(net, call)


def _linear(net: Assembly, call: Call) -> Any:
    return do.linear(net, call.tensor(), call.weight("weight"), call.constant("bias"))


def _addmm(net: Assembly, call: Call) -> Any:
    weight = call.weight("mat2")
    return do.linear(net, call.tensor("mat1"), weight._replace(sizes=weight.sizes[::-1]), call.constant("self"))


def _matmul(net: Assembly, call: Call) -> Any:
    left = call.get("self")
    right = call.get("other", call.get("mat2"))
    if isinstance(left, Tensor) and isinstance(right, Constant):
        return do.linear(net, left, right._replace(sizes=right.sizes[::-1]))
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return do.scores(left, right)
    if isinstance(left, Scores) and left.weighed and isinstance(right, Tensor):
        return do.attend(net, left.query, left.key, right)
    raise UnsupportedError


def _attention(net: Assembly, call: Call) -> Any:
    if call.get("attn_mask") is not None or call.get("is_causal"):
        raise UnsupportedError
    return do.attend(net, call.tensor("query"), call.tensor("key"), call.tensor("value"))


def _batch_norm(net: Assembly, call: Call) -> Any:
    statistics = call.get("running_mean") is not None
    return do.batch_norm(net, call.tensor(), call.constant("weight"), call.constant("bias"), statistics=statistics)


def _layer_norm(net: Assembly, call: Call) -> Any:
    last = len(call.ints("normalized_shape"))
    return do.layer_norm(net, call.tensor(), last, call.constant("weight"), call.constant("bias"))


def _group_norm(net: Assembly, call: Call) -> Any:
    groups = call.get("num_groups", call.get("group"))
    return do.group_norm(net, call.tensor(), groups, call.constant("weight"), call.constant("bias"))


def _instance_norm(net: Assembly, call: Call) -> Any:
    return do.instance_norm(net, call.tensor(), call.constant("weight"), call.constant("bias"))


def _first(translate: Translator) -> Translator:
    """For operators with further results (indices, statistics) that are of no use to anybody here."""
    return lambda net, call: (translate(net, call), None, None)


def _max_pool(net: Assembly, call: Call) -> Any:
    kernel = call.ints("kernel_size")
    layer = Pool(
        kernel,
        "max",
        call.ints("stride") or kernel,
        call.ints("padding", (0,)),
        call.ints("dilation", (1,)),
        bool(call.get("ceil_mode", False)),
    )
    return do.pool(net, call.tensor(), layer)


def _avg_pool(net: Assembly, call: Call) -> Any:
    kernel = call.ints("kernel_size")
    padding = call.ints("padding", (0,))
    layer = Pool(
        kernel,
        "avg",
        call.ints("stride") or kernel,
        padding,
        ceil=bool(call.get("ceil_mode", False)),
        exclude_padding=any(padding) and not call.get("count_include_pad", True),
    )
    return do.pool(net, call.tensor(), layer)


def _adaptive(op: str) -> Translator:
    return lambda net, call: do.adaptive_pool(net, call.tensor(), op, tuple(call.get("output_size")))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, call: Call) -> Any:
        x = call.tensor()
        where = call.ints("dim") or tuple(range(len(x.layout)))
        return do.reduce(net, x, op, where, keep=bool(call.get("keepdim", False)))

    return translate


def _activation(function: str) -> Translator:
    return lambda net, call: do.unary(net, call.tensor(), Activation(function))


def _clip(net: Assembly, call: Call) -> Any:
    low, high = call.get("min_val", call.get("min")), call.get("max_val", call.get("max"))
    function = {(0, 6): "relu6", (0, None): "relu"}.get((low, high), "hardtanh")
    return do.unary(net, call.tensor(), Activation(function))


def _one_to_one(net: Assembly, call: Call) -> Any:
    return do.unary(net, call.tensor(), Identity())


def _dropout(net: Assembly, call: Call) -> Any:
    return do.unary(net, call.tensor(), Dropout())


def _same(net: Assembly, call: Call) -> Any:
    return call.get("self", call.get("input"))


def _softmax(net: Assembly, call: Call) -> Any:
    value = call.get("self")
    if isinstance(value, Scores):
        if call.get("dim") not in (-1, len(value.query.layout) - 1):
            raise UnsupportedError
        return value._replace(weighed=True)
    return do.softmax(net, call.tensor(), call.get("dim"))


def _prelu(net: Assembly, call: Call) -> Any:
    return do.prelu(net, call.tensor(), call.weight("weight"))


def _arithmetic(op: str) -> Translator:
    def translate(net: Assembly, call: Call) -> Any:
        left, right = call.get("self"), call.get("other", call.get("exponent"))
        if isinstance(left, Constant):
            left, right = right, left
        if isinstance(left, Scores) and isinstance(right, (int, float)):
            return left
        if isinstance(right, (int, float)):
            if isinstance(left, (int, float)):
                raise UnsupportedError
            return call.tensor()
        if isinstance(left, Tensor) and isinstance(right, Constant):
            return do.with_constant(net, op, left, right)
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            return do.merge(net, op, left, right)
        raise UnsupportedError

    return translate


def _concat(net: Assembly, call: Call) -> Any:
    tensors = call.get("tensors")
    if len(tensors) == 2 and isinstance(tensors[0], Constant) and isinstance(tensors[1], Tensor):
        return do.tokens(net, tensors[0], tensors[1], call.get("dim", 0))
    if not all(isinstance(x, Tensor) for x in tensors):
        raise UnsupportedError
    return do.concat(net, tensors, call.get("dim", 0))


def _reshape(net: Assembly, call: Call) -> Any:
    return do.reshape(net, call.tensor(), call.ints("size") or call.ints("shape"))


def _flatten(net: Assembly, call: Call) -> Any:
    return do.flatten(net, call.tensor(), call.get("start_dim", 0), call.get("end_dim", -1))


def _unflatten(net: Assembly, call: Call) -> Any:
    return do.unflatten(net, call.tensor(), call.get("dim"), call.ints("sizes"))


def _permute(net: Assembly, call: Call) -> Any:
    return do.permute(net, call.tensor(), call.ints("dims"))


def _transpose(net: Assembly, call: Call) -> Any:
    x = call.tensor()
    one = do.place(x, call.get("dim0", call.get("axis0", 0)))
    other = do.place(x, call.get("dim1", call.get("axis1", 1)))
    order = {one: other, other: one}
    return do.permute(net, x, tuple(order.get(axis, axis) for axis in range(len(x.layout))))


def _unsqueeze(net: Assembly, call: Call) -> Any:
    return do.unsqueeze(net, call.tensor(), (call.get("dim"),))


def _squeeze(net: Assembly, call: Call) -> Any:
    return do.squeeze(net, call.tensor(), call.ints("dim") or None)


def _expand(net: Assembly, call: Call) -> Any:
    x = call.tensor()
    other = call.get("other")
    wanted = other.sizes if isinstance(other, Tensor) else call.ints("size")
    old = (1,) * (len(wanted) - len(x.layout)) + x.sizes
    return do.expand(x, tuple(now if size == -1 else size for size, now in zip(wanted, old, strict=True)))


def _slice(net: Assembly, call: Call) -> Any:
    stop = call.get("end", 2**63 - 1)
    return do.cut(net, call.tensor(), call.get("dim", 0), call.get("start", 0), stop, call.get("step", 1))


def _select(net: Assembly, call: Call) -> Any:
    return do.select(net, call.tensor(), call.get("dim"), call.get("index"))


def _narrow(net: Assembly, call: Call) -> Any:
    start = call.get("start", 0)
    return do.cut(net, call.tensor(), call.get("dim"), start, start + call.get("length"))


def _split(net: Assembly, call: Call) -> Any:
    x, axis = call.tensor(), call.get("dim", 0)
    size = x.sizes[do.place(x, axis)]
    parts = call.ints("split_sizes") or call.get("split_size")
    if call.kind == "chunk":
        parts = -(-size // call.get("chunks"))
    if isinstance(parts, int):
        _check_parts(-(-size // parts))
        parts = tuple(min(parts, size - start) for start in range(0, size, parts))
    return do.split(net, x, axis, tuple(parts))


def _check_parts(count: int) -> None:
    if count > MOST_PARTS:
        raise UnsupportedError


def _unbind(net: Assembly, call: Call) -> Any:
    x, axis = call.tensor(), call.get("dim", 0)
    _check_parts(x.sizes[do.place(x, axis)])
    return tuple(do.select(net, x, axis, index) for index in range(x.sizes[do.place(x, axis)]))


PAD_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _pad(mode: str = "") -> Translator:
    def translate(net: Assembly, call: Call) -> Any:
        x = call.tensor()
        pads = call.ints("pad") or call.ints("padding")
        pairs = zip(pads[::2], pads[1::2], strict=True)
        added = {len(x.layout) - 1 - i: pair for i, pair in enumerate(pairs)}
        return do.pad(net, x, added, mode or PAD_MODES[call.get("mode", "constant")])

    return translate


def _upsample(mode: str) -> Translator:
    def translate(net: Assembly, call: Call) -> Any:
        x = do.settle(net, call.get("self", call.get("input")))
        space = net.shape(x.node).space
        align = bool(call.get("align_corners", False))
        to = call.ints("output_size")
        factors = tuple(call.get("scale_factors", ()))
        if to:
            return do.upsample(net, x, mode, align=align, to=to)
        to = tuple(int(size * factor) for size, factor in zip(space, factors, strict=True))
        if any(size * factor != new for size, factor, new in zip(space, factors, to, strict=True)):
            raise UnsupportedError
        whole = not align and all(float(factor).is_integer() for factor in factors)
        return do.upsample(net, x, mode, align=align, to=to, scale=tuple(map(int, factors)) if whole else ())

    return translate


def _rearranged(make: Callable[[Call], Any]) -> Translator:
    return lambda net, call: net.map(make(call), do.settle(net, call.tensor()))


def _sym_size(net: Assembly, call: Call) -> Any:
    value = call.get("self")
    return value.sizes[call.get("dim")]


SAME = ("contiguous", "clone", "detach", "alias", "to", "_to_copy", "lift_fresh_copy", "view_as", "type_as", "float")
"""Operators that change no number."""

TRANSLATORS: dict[str, Translator] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _conv_transpose),
    "convolution": _convolution,
    "linear": _linear,
    "addmm": _addmm,
    **dict.fromkeys(("matmul", "mm", "bmm"), _matmul),
    "scaled_dot_product_attention": _attention,
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _first(_batch_norm),
    "layer_norm": _layer_norm,
    "native_layer_norm": _first(_layer_norm),
    "group_norm": _group_norm,
    "native_group_norm": _first(_group_norm),
    "instance_norm": _instance_norm,
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool3d_with_indices"), _first(_max_pool)),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"), _adaptive("avg")),
    **dict.fromkeys(("_adaptive_avg_pool2d", "_adaptive_avg_pool3d"), _adaptive("avg")),
    **dict.fromkeys(("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"), _first(_adaptive("max"))),
    "mean": _reduce("avg"),
    "amax": _reduce("max"),
    **{name: _activation(name) for name in ("relu", "relu6", "elu", "celu", "selu", "gelu", "silu", "mish")},
    **{name: _activation(name) for name in ("sigmoid", "hardsigmoid", "hardswish", "tanh", "softplus", "softsign")},
    **{name: _activation(name) for name in ("exp", "abs", "square")},
    "leaky_relu": _activation("leakyrelu"),
    "erf": _activation("gelu"),
    **dict.fromkeys(("hardtanh", "clamp"), _clip),
    **dict.fromkeys(("sqrt", "log", "neg", "reciprocal", "sin", "cos", "floor", "ceil", "round", "sign"), _one_to_one),
    **dict.fromkeys(("softmax", "log_softmax", "_softmax", "_log_softmax"), _softmax),
    **dict.fromkeys(("dropout", "feature_dropout", "alpha_dropout"), _dropout),
    "prelu": _prelu,
    **dict.fromkeys(("add", "sub", "rsub"), _arithmetic("add")),
    **dict.fromkeys(("mul", "div", "pow"), _arithmetic("mul")),
    "cat": _concat,
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), _reshape),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "permute": _permute,
    **dict.fromkeys(("transpose", "t", "swapaxes", "swapdims"), _transpose),
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    **dict.fromkeys(("expand", "expand_as"), _expand),
    "slice": _slice,
    "select": _select,
    "narrow": _narrow,
    **dict.fromkeys(("split", "split_with_sizes", "chunk"), _split),
    "unbind": _unbind,
    **dict.fromkeys(("pad", "constant_pad_nd"), _pad()),
    **dict.fromkeys(("reflection_pad1d", "reflection_pad2d", "reflection_pad3d"), _pad("reflect")),
    **dict.fromkeys(("replication_pad1d", "replication_pad2d", "replication_pad3d"), _pad("replicate")),
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"), _upsample("nearest")),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), _upsample("bilinear")),
    "upsample_bicubic2d": _upsample("bicubic"),
    "pixel_shuffle": _rearranged(lambda call: PixelShuffle(call.get("upscale_factor"))),
    "pixel_unshuffle": _rearranged(lambda call: PixelShuffle(call.get("downscale_factor"), inverse=True)),
    "channel_shuffle": _rearranged(lambda call: ChannelShuffle(call.get("groups"))),
    "sym_size": _sym_size,
    **dict.fromkeys(SAME, _same),
}
"""ATen operator, without its overload: what it does."""
