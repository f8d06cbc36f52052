"""Networks varied by edits: ``layer3.*.dilation=D`` leaves the dilation of those layers open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.errors import CnncalcError, NetworkError, near
from cnncalc.inputs import check_alone
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import Network, Node
from cnncalc.notation.templates import Open, Slot, sizes, slot_of
from cnncalc.notation.writing import show
from cnncalc.shapes import shorten
from cnncalc.sweeps.family import Family
from cnncalc.sweeps.variables import values_of

VARIED = ("kernel", "stride", "dilation", "padding", "filters", "groups", "multiplier", "units")
"""The fields that edits may vary."""


class EditError(CnncalcError, ValueError):
    """An edit that can't be read, or that no layer can have."""


class Edit(NamedTuple):
    """The layers whose names match a pattern, the field that is left open, and what stands there."""

    pattern: str
    field: str
    slot: Slot


def read_edits(texts: Iterable[str]) -> tuple[list[Edit], dict[str, tuple[int, ...]]]:
    """The edits of a command line, and the variables that they bring: those whose values are written behind them.

    >>> read_edits(["layer3.*.dilation=1,2"])[1], read_edits(["conv1.kernel=K"])[0][0].slot.name
    ({'layer3.*.dilation': (1, 2)}, 'K')

    Raises `EditError` for what is no edit.
    """
    edits, variables = [], {}
    for text in texts:
        path, equals, value = text.partition("=")
        pattern, _dot, name = path.strip().rpartition(".")
        if not (equals and pattern and value.strip()):
            raise EditError(
                _("--vary {text} is no edit: write one such as layer3.*.dilation=1,2,4").format(
                    text=repr(shorten(text))
                )
            )
        if name not in VARIED:
            match = near(name, VARIED)
            message = (
                _("--vary {text}: there is no {name}: did you mean {near}?")
                if match
                else _("--vary {text}: there is no {name}: take one of {known}")
            )
            raise EditError(message.format(text=shorten(text), name=shorten(name), near=match, known=", ".join(VARIED)))
        slot = slot_of(value.strip())
        if slot is None:
            variables[path.strip()] = values_of(value)
            slot = Slot(1, path.strip())
        edits.append(Edit(pattern, name, slot))
    return edits, variables


def network_family(network: Network, edits: Sequence[Edit], input: str | None = None) -> Family:
    """The networks that edits make of one; ``input`` is the shape of its input, which may hold variables too.

    Where a layer's padding just makes up for its window, it follows: ``conv3,p1`` with dilation 2 gets ``p2``.

    >>> from cnncalc.notation.parsing import parse
    >>> edits, variables = read_edits(["conv1.dilation=1,2"])
    >>> family = network_family(parse("conv3-8,p1"), edits, "16x16x3")
    >>> family.write({"conv1.dilation": 2})
    'conv3-8,p2,d2'

    Raises `EditError` where no layer matches.
    """
    check_alone(network, "sweep")
    nodes = list(network.nodes)
    for edit in edits:
        places = [place for place, node in enumerate(nodes) if _is_called(network, node.name, edit.pattern)]
        fitting = [place for place in places if edit.field in _fields_of(nodes[place].layer)]
        if not fitting:
            raise EditError(_no_layer(edit, network, matching=bool(places)))
        for place in fitting:
            nodes[place] = replace(nodes[place], layer=opened(nodes[place].layer, edit.field, edit.slot))
    if input is not None:
        shape = sizes(input)
    elif network.input is not None:
        shape = (*network.input.space, network.input.channels)
    else:
        raise NetworkError(_("a sweep needs the shape of the input: give --input 224x224x3, or IxIx3"))
    family = replace(network, nodes=tuple(nodes))
    names = (*(size.name for size in shape if isinstance(size, Slot)), *(edit.slot.name for edit in edits))

    def write(values: Mapping[str, int]) -> str:
        return show(Network(tuple(_put(node, values) for node in family.nodes)))

    return Family(tuple(dict.fromkeys(names)), frozenset(), shape, lambda _values: family, write)


def _is_called(network: Network, name: str, pattern: str) -> bool:
    """Whether a pattern is for a layer, by its name or by one that publications give it."""
    published = (alias for alias, own in network.aliases.items() if own == name)
    return any(fnmatchcase(called, pattern) for called in (name, *published))


def _put(node: Node, values: Mapping[str, int]) -> Node:
    return replace(node, layer=node.layer.at(values)) if isinstance(node.layer, Open) else node


def _no_layer(edit: Edit, network: Network, *, matching: bool) -> str:
    if matching:
        return _("no layer {pattern} has a {field}: vary another, such as {others}").format(
            pattern=shorten(edit.pattern), field=edit.field, others=", ".join(VARIED[:3])
        )
    names = [node.name for node in network.nodes]
    match = near(edit.pattern, names)
    message = (
        _("there is no layer {pattern}: did you mean {near}?")
        if match
        else _("there is no layer {pattern}: take another, such as {first}")
    )
    return message.format(pattern=shorten(edit.pattern), near=match, first=names[0])


def _fields_of(layer: Layer) -> Mapping[str, Any]:
    if isinstance(layer, Open):
        return dict(layer.fields)
    return {field.name: getattr(layer, field.name) for field in fields(layer)}  # type: ignore[arg-type]


def opened(layer: Layer, name: str, slot: Slot) -> Open:
    """A layer with one of its fields left open."""
    values = dict(_fields_of(layer))
    rank = len(values[name]) if isinstance(values[name], tuple) else 0
    if name == "padding":
        values[name] = ((slot, slot),)
    else:
        values |= _padding(layer, name, slot)
        values[name] = (slot,) * rank if rank else slot
    made = layer.made if isinstance(layer, Open) else type(layer)
    return Open(made, layer.keyword, tuple(values.items()))


def _padding(layer: Layer, name: str, slot: Slot) -> dict[str, Any]:
    """The padding that keeps making up for the window, where it did and is one for all axes."""
    values = _fields_of(layer)
    window = [values.get(field, ()) for field in ("kernel", "dilation", "padding")]
    if name not in ("kernel", "dilation") or isinstance(layer, Open) or any(len(one) != 1 for one in window):
        return {}
    if isinstance(values["padding"], str):
        return {}
    ((kernel,), (dilation,), (pair,)) = window
    if sum(pair) != formulas.window(kernel, dilation) - 1 or abs(pair[0] - pair[1]) > 1:
        return {}
    factor, plus = (kernel - 1, 0) if name == "dilation" else (dilation, -dilation)
    small, large = (Slot(factor * slot.factor, slot.name, plus + more, over=2) for more in (0, 1))
    return {"padding": ((small, large) if pair[0] <= pair[1] else (large, small),)}
