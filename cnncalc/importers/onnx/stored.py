"""What an ONNX file stores: the sizes of its tensors, their numbers where they are few, and attributes of nodes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.values import MOST_VALUES, Constant
from cnncalc.language import _
from cnncalc.shapes import shorten

FLOATS = frozenset({1, 10, 11, 16, *range(17, 21), 23})
"""TensorProto.data_type of floating-point numbers."""

FEW_FLOATS = 256
"""Floating-point numbers in greater number are weights; whole ones may still be places in a tensor."""

KNOWN = {
    1: ("f", "float_data"),
    6: ("i", "int32_data"),
    7: ("q", "int64_data"),
    9: ("?", "int32_data"),
    10: ("e", "int32_data"),
    11: ("d", "double_data"),
}
"""TensorProto.data_type of numbers that are looked at: their sign in `struct`, and the field that has them if not the raw one."""

WHOLE_NUMBERS = {6: 4, 7: 8}
"""TensorProto.data_type of int32 and int64: bytes of one."""


def constant(tensor: Any) -> Constant:
    """A stored tensor: its sizes, its numbers where they are few, and whether they can be parameters."""
    sizes = tuple(tensor.dims)
    if any(size < 0 for size in sizes):
        raise ModelFileError(_("{name} has the sizes {sizes}").format(name=shorten(tensor.name), sizes=list(sizes)))
    number = prod(sizes)
    learnt = tensor.data_type in FLOATS and number > 1
    return Constant(sizes, _few(tensor, number), tensor.name, learnt)


def _few(tensor: Any, number: int) -> tuple[int | float, ...] | None:
    most = FEW_FLOATS if tensor.data_type in FLOATS else MOST_VALUES
    if number > most or tensor.external_data or tensor.data_location or tensor.data_type not in KNOWN:
        return None
    sign, field = KNOWN[tensor.data_type]
    raw = tensor.raw_data
    if not raw and sign in "e?":  # as the whole numbers that the same bits are
        raw = b"".join(struct.pack("<i", value)[: struct.calcsize(sign)] for value in tensor.int32_data)
    if not raw:
        values = tuple(getattr(tensor, field))
        return values if len(values) == number else None
    if len(raw) != number * struct.calcsize(sign):
        return None
    return struct.unpack(f"<{number}{sign}", raw)


def bring(tensor: Any, folder: Path | None) -> None:
    """Of external data only a few whole numbers, which may be places or sizes, are read; weights never are.

    A file that points out of its folder is not trusted at all.
    """
    if not tensor.external_data:
        return
    entries = {str(entry.key): str(entry.value) for entry in tensor.external_data}
    location = Path(entries.get("location", "").replace("\\", "/"))
    if _is_outside(location, folder):
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
    tensor.external_data = ()  # a message of a file, not onnx's own
    tensor.data_location = 0


def _is_outside(location: Path, folder: Path | None) -> bool:
    if "\0" in str(location) or location.is_absolute() or ".." in location.parts or str(location)[1:2] == ":":
        return True
    return folder is not None and not (folder / location).resolve().is_relative_to(folder.resolve())


def attributes(protos: Iterable[Any], called: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Attributes as Python has them; those of kinds that no translator asks for are left out.

    One that refers to an attribute of the function it stands in is what the function was ``called`` with.
    """
    own: dict[str, Any] = {}
    for proto in protos:
        if proto.ref_attr_name:
            own |= {proto.name: called[proto.ref_attr_name]} if called and proto.ref_attr_name in called else {}
        elif proto.type in _READ:
            own[proto.name] = _READ[proto.type](proto)
    return own


def read_inside(node: Any) -> Iterator[str]:
    """What is read by the graphs inside a node: the branches of an If, the body of a Loop."""
    graphs = [graph for attribute in node.attribute for graph in (attribute.g, *attribute.graphs)]
    while graphs:
        for inner in graphs.pop().node:
            yield from inner.input
            graphs.extend(graph for attribute in inner.attribute for graph in (attribute.g, *attribute.graphs))


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
