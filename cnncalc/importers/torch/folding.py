"""Fixed numbers of a graph: what follows from no input and no parameter, such as a mask, is computed ahead."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.importers.values import Constant

MOST_NUMBERS = 2**24
"""A tensor with more numbers than this is not computed."""

FEW = 64
"""A tensor with no more numbers than this is read by translators, as sizes and factors are."""

CREATING = frozenset(f"aten::{name}" for name in ("new_zeros", "new_ones", "new_full"))
"""Operators that read of their input no more than its type."""


def folded(torch: Any, exported: Any, constants: Mapping[str, Constant]) -> dict[str, Constant]:
    """Every fixed tensor of a graph by the name of its node, and the stored ones that are fixed with their numbers."""
    known = _stored(torch, exported)
    stored = set(known)
    for node in exported.graph.nodes:
        if node.op == "call_function":
            _follow(torch, node, known)
    types = (torch.float32, torch.float64, torch.int64, torch.bool)
    return {
        name: constants[name]._replace(data=value.numpy) if name in stored else _constant(value)
        for name, value in known.items()
        if isinstance(value, torch.Tensor) and value.dtype in types
    }


def _constant(value: Any) -> Constant:
    values = tuple(value.flatten().tolist()) if value.numel() <= FEW else None
    return Constant(tuple(value.shape), values, data=value.numpy)


def _stored(torch: Any, exported: Any) -> dict[str, Any]:
    """Copies of what is stored and not learnt, by the names of the graph's placeholders."""
    kinds = torch.export.graph_signature.InputKind
    all_stored = {**exported.state_dict, **exported.constants}
    values: Iterator[tuple[str, Any]] = (
        (spec.arg.name, all_stored.get(spec.target))
        for spec in exported.graph_signature.input_specs
        if spec.kind in (kinds.BUFFER, kinds.CONSTANT_TENSOR)
    )
    return {name: value.detach().clone() for name, value in values if _is_small(torch, value)}


def _is_small(torch: Any, value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_small(torch, one) for one in value)
    return isinstance(value, torch.Tensor) and value.device.type == "cpu" and value.numel() <= MOST_NUMBERS


def _follow(torch: Any, node: Any, known: dict[str, Any]) -> None:
    """Compute what a call gives from what is known; what it writes over otherwise is known no more."""
    try:
        arguments = _arguments(torch, node, known)
    except KeyError:
        _forget(torch, node, known)
        return
    with torch.no_grad():
        value = node.target(*arguments, **node.kwargs)
    known[node.name] = value
    if isinstance(value, (list, tuple)):
        known.update((f"{node.name}:{place}", one) for place, one in enumerate(value))


def _arguments(torch: Any, node: Any, known: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call that can be computed; `KeyError` for all others."""
    schema = getattr(node.target, "_schema", None)
    if node.target is not operator.getitem and (
        schema is None
        or torch.Tag.nondeterministic_seeded in node.target.tags
        or not _is_small(torch, node.meta.get("val"))
    ):
        raise KeyError(node.name)
    arguments = node.args
    if schema is not None and schema.name in CREATING:
        arguments = (torch.empty(0, dtype=node.args[0].meta["val"].dtype), *node.args[1:])
    return tuple(torch.fx.node.map_arg(arguments, lambda inner: known[inner.name]))


def _forget(torch: Any, node: Any, known: dict[str, Any]) -> None:
    schema = getattr(node.target, "_schema", None)
    if schema is None or not schema.is_mutable:
        return
    changed = [known[inner.name] for inner in node.all_input_nodes if isinstance(known.get(inner.name), torch.Tensor)]
    places = {value.untyped_storage().data_ptr() for value in changed}
    for name, value in list(known.items()):
        if isinstance(value, torch.Tensor) and value.untyped_storage().data_ptr() in places:
            del known[name]
