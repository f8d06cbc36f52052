"""The field of one layer on each input of a network that has several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnncalc import analysis
from cnncalc.analysis import Trace
from cnncalc.inputs import seen_from, shapes_of
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.receptive.axisfield import layer_fields
from cnncalc.receptive.cells import numbers_of
from cnncalc.report import joined

NO_NUMBERS = {"rf": None, "jump": None, "start": None, "centre": None, "read": None, "whole": False}


def of_each_input(trace: Trace, node: int) -> list[dict[str, Any]]:
    """For each input its name, its shape, and the field of a node on it; ``nothing`` where it does not read it.

    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.analysis import trace
    >>> followed = trace(parse("input 9x9x3 conv3-4,p1 add( | mask: placeholder,to9x9x1 conv5-4,p2 )"))
    >>> [(one["name"], one["rf"]) for one in of_each_input(followed, 3)]
    [('input', 3), ('mask', 5)]
    """
    network = replace(trace.network, input=trace.input or trace.network.input)
    name = network.nodes[node].name
    return [_of_input(trace, seen_from(network, input), input, name) for input in shapes_of(network)]


def _of_input(trace: Trace, network: Network, input: str, name: str) -> dict[str, Any]:
    shape = network.input
    entry = {"name": input, "shape": str(shape) if shape else None}
    node = next((index for index, node in enumerate(network.nodes) if node.name == name), None)
    if node is None or (shape and not shape.space):  # the input itself, or a vector, which has no axes
        return {**entry, **NO_NUMBERS, "nothing": False}
    seen = analysis.trace(network, training=trace.training)
    seen = seen.through_windows() if trace.windows_only else seen
    nothing = all(part.phases == (None,) for axis in seen.fields for part in axis[node])
    return {**entry, **numbers_of(layer_fields(seen)[node]), "nothing": nothing}


def inputs_note(entries: list[dict[str, Any]]) -> Iterator[str]:
    """``field of x 3, of mask 5``."""
    fields = (_("of {name} {size}").format(name=entry["name"], size=_size(entry)) for entry in entries)
    yield _("field {fields}").format(fields=_(", ").join(fields))


def _size(entry: dict[str, Any]) -> str:
    if entry["nothing"]:
        return _("nothing")
    if entry["rf"] is None:
        return _("the whole") if entry["whole"] else _("unknown")
    size = joined(entry["rf"] if isinstance(entry["rf"], list) else [entry["rf"]])
    return _("{size} and the whole").format(size=size) if entry["whole"] else str(size)
