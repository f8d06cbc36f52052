"""The walk over an exported program: each call in its turn, its arguments known, its name that of its module."""

from __future__ import annotations

import operator as arithmetic
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes
from cnncalc.importers.assembly import Assembly, plain, spread
from cnncalc.importers.axes import shape_of
from cnncalc.importers.common import Translator
from cnncalc.importers.inputs import Inputs, for_any_size, in_order, lasts
from cnncalc.importers.operator import Capture, Operator, Summed
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.tensors.views import unsqueezed
from cnncalc.importers.torch.contractions import CONTRACTIONS, SUMMED
from cnncalc.importers.torch.layouts import is_last
from cnncalc.importers.torch.program import Call, Program, Ref
from cnncalc.importers.torch.translators import SAME, TRANSLATORS, swapped
from cnncalc.importers.values import LOST, Constant, Result, Scores, Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.network import Network
from cnncalc.shapes import shorten


def network(program: Program, *, allow_unknown: bool, layout: str = "") -> Network:
    """The network that a program computes; ``layout`` says where the channels stand, if the program does not show it."""
    inputs = in_order({name: (sizes[0] or 1, *sizes[1:]) if sizes else () for name, sizes in program.inputs.items()})
    entry, sizes = next(iter(inputs.items()))
    if len(sizes) < 2:
        raise ModelFileError(
            _("the input {name} has {rank} axes: give batch × channels × …").format(
                name=shorten(entry), rank=len(sizes)
            )
        )

    last = {name: is_last(program, name) for name in inputs} | lasts(layout, inputs)

    def build(known: Inputs) -> Network:
        return _Walk(program, known, last, allow_unknown=allow_unknown).network()

    return for_any_size(build, inputs)


class _Walk:
    """One walk over a program for one size of its input."""

    def __init__(self, program: Program, inputs: Inputs, last: Mapping[str, bool], *, allow_unknown: bool) -> None:
        entry, sizes = next(iter(inputs.items()))
        own = (call for call in program.calls if call.target.split(".")[0] in OWN)
        self.sizes = {name: size for call in own for name, size in zip(call.results, call.sizes, strict=False)}
        self.net = Assembly(
            shape_of(sizes, last=last[entry]),
            sizes[0],
            allow_unknown=allow_unknown,
            entry=entry,
            stored=program.stored,
            capture=Capture(self.sizes.get, self._macs, _summed),
        )
        self.program = program
        starts = {name: self.net.enter(name, sizes, last=last[name]) for name, sizes in inputs.items()}
        self.values: dict[str, Any] = {**program.constants, **starts}
        scopes = [tuple(call.scope.split(".")) for call in program.calls]
        self.containers = {scope[:length] for scope in scopes for length in range(len(scope))} | {("",)}

    def network(self) -> Network:
        for call in self.program.calls:
            kind = _kind(call.target)
            if kind in IGNORED:
                continue
            operator = self._operator(call, kind)
            result = self.net.translated(operator, _rule(operator))
            self.values.update(zip(call.results or ("",), spread(result), strict=False))
        outputs = [self.values.get(name) for name in self.program.outputs]
        return finished(self.net, (spread(value)[0] if spread(value) else None for value in outputs))

    def _operator(self, call: Call, kind: str) -> Operator:
        return Operator(
            kind=kind,
            name=self._name(call, kind),
            arguments={NAMES.get(key, key): self._known(value) for key, value in call.arguments.items()},
            outputs=call.results or ("",),
            title=call.target.removesuffix(".default"),
        )

    def _macs(self, operator: Operator) -> int:
        rule = CONTRACTIONS.get(operator.kind)
        return rule(operator, self.sizes.get(operator.outputs[0]) or ()) if rule else 0

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

    def _name(self, call: Call, kind: str) -> str:
        for key in ("weight", "slope"):
            weight = call.arguments.get(key)
            if isinstance(weight, Ref) and weight.name in self.program.constants:
                name, dot, last = self.program.constants[weight.name].weight.rpartition(".")
                if dot and last == "weight":
                    return name
        scope = tuple(call.scope.split("@")[0].split("."))
        if scope not in self.containers:
            return ".".join(scope)
        return ".".join((*(part for part in scope if part), kind.strip("_")))


def _summed(operator: Operator) -> Summed | None:
    rule = SUMMED.get(operator.kind)
    return rule(operator) if rule else None


def _kind(target: str) -> str:
    """An operator without its overload; PyTorch's own without its namespace and the mark of working in place.

    >>> _kind("aten.relu_.default"), _kind("aten._softmax.default"), _kind("torchvision.nms.default")
    ('relu', '_softmax', 'torchvision.nms')
    """
    namespace, name, *_overload = target.split(".")
    if namespace != ATEN:
        return f"{namespace}.{name}"
    return name if name.startswith("_") else name.rstrip("_")


ATEN, PYTHON = "aten", "_operator"
"""The namespaces of PyTorch's own operators, and of Python's arithmetic on sizes."""

OWN = frozenset({ATEN, PYTHON, "torchvision"})
"""The namespaces of which it is known what contracts something; of another operator shapes don't tell its products."""

NAMES = {"self": "input", "mat2": "other", "exponent": "other", "min_val": "min", "max_val": "max"}
NAMES |= {"group": "num_groups", "axis0": "dim0", "axis1": "dim1", "shape": "size"}
"""What schemas call by several names: the one that translators ask for."""

IGNORED = frozenset({"_assert_async", "_assert_scalar", "_assert_tensor_metadata"})
IGNORED |= {"sym_constrain_range", "sym_constrain_range_for_size"}
"""Checks that an export leaves in a graph."""


def _rule(operator: Operator) -> Translator | None:
    """What says what a call gives; `None` where nothing does."""
    if operator.kind in COMPUTED:
        return COMPUTED[operator.kind]
    if not any(value is LOST or _follows(value) for value in operator.values):
        return _moved
    return TRANSLATORS.get(operator.kind)


def _follows(value: object) -> bool:
    """Whether a value follows from the model's input."""
    return isinstance(value, (Tensor, Scores, Windows))


# Arithmetic on sizes, and picking one of several results.


def _item(net: Assembly, call: Operator) -> Any:
    values, index = call.arguments.values()
    if isinstance(values, (Tensor, Constant, Scores, Windows)):
        raise UnsupportedError
    return values[index]


def _number(compute: Callable[..., Any]) -> Translator:
    def translate(net: Assembly, call: Operator) -> Any:
        numbers = list(call.arguments.values())
        if not all(isinstance(number, (int, float)) and abs(number) < 2**63 for number in numbers):
            raise UnsupportedError
        return compute(*numbers)

    return translate


COMPUTED: dict[str, Translator] = {
    f"{PYTHON}.getitem": _item,
    **{f"{PYTHON}.{name}": _number(getattr(arithmetic, name)) for name in ("add", "sub", "mul", "floordiv", "truediv")},
    **{f"{PYTHON}.{name}": _number(getattr(arithmetic, name)) for name in ("mod", "neg", "lt", "le", "gt", "ge")},
    **{f"{PYTHON}.{name}": _number(getattr(arithmetic, name)) for name in ("eq", "ne")},
}
"""Function of Python's `operator`: what it does."""

# A weight that is only looked at in another way.


def _moved(net: Assembly, call: Operator) -> Result:
    constant = call.get("input")
    if not isinstance(constant, Constant):
        raise UnsupportedError
    if call.kind == "sym_size":
        (axis,) = call.ints("dim")
        return constant.sizes[axis]
    if call.kind not in MOVED:
        raise UnsupportedError
    return constant._replace(sizes=MOVED[call.kind](call, constant.sizes), data=None)


def _transposed(call: Operator, sizes: Sizes) -> Sizes:
    return tuple(sizes[axis] for axis in swapped(len(sizes), call.get("dim0", 0), call.get("dim1", 1)))


def _permuted(call: Operator, sizes: Sizes) -> Sizes:
    return tuple(sizes[axis] for axis in call.ints("dims"))


def _expanded(call: Operator, sizes: Sizes) -> Sizes:
    """Only by axes of size 1; a weight is not repeated."""
    size = call.ints("size")
    old = (1,) * (len(size) - len(sizes)) + sizes
    if any(new not in (-1, now) for new, now in zip(size, old, strict=True)):
        raise UnsupportedError
    return old


def _viewed(call: Operator, sizes: Sizes) -> Sizes:
    size = axes.filled(call.ints("size"), prod(sizes))
    if prod(size) != prod(sizes):
        raise UnsupportedError
    return size


def _unsqueezed(call: Operator, sizes: Sizes) -> Sizes:
    return unsqueezed(sizes, call.ints("dim"), 1)


MOVED: dict[str, Callable[[Operator, Sizes], Sizes]] = {
    **dict.fromkeys(("t", "transpose", "swapaxes", "swapdims"), _transposed),
    "permute": _permuted,
    "expand": _expanded,
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), _viewed),
    "unsqueeze": _unsqueezed,
    **dict.fromkeys(SAME, lambda call, sizes: sizes),
}
"""Operators that only move a weight's numbers: the sizes that come out."""
