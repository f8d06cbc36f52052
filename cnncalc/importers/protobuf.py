"""An ONNX file without its weights: the protobuf message is walked, and what is large and not needed is left out.

``onnx`` parses what remains. So a model of any size, beyond protobuf's own limit of 2 GiB too, is read in the memory
its structure needs; the weights' bytes are never touched.

Source: the wire format at https://protobuf.dev/programming-guides/encoding/, the field numbers of ``onnx.proto``.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.language import _

LARGE = 1 << 15
"""Bytes of a tensor's data beyond which they are left out."""

MOST_FIELDS = 1_000_000
"""Nobody trained a model of more fields than this."""

MOST_STRUCTURE = 1 << 26
"""Bytes of structure, without weights, beyond which a file is refused."""

NESTED: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor"},
    "tensor": {},
    "function": {7: "node", 11: "attribute"},
}
"""Which fields are messages that are walked in turn."""

DROPPED: dict[str, frozenset[int]] = {
    "model": frozenset({6, 14, 20}),
    "graph": frozenset({10, 14, 15, 16}),
    "node": frozenset({6}),
    "attribute": frozenset({6, 10, 11, 13, 22, 23}),
    "tensor": frozenset({12}),
    "function": frozenset({8, 12, 14}),
}
"""Documentation, training and the subgraphs of If and Loop: operators are reported by their names."""

DATA = frozenset({4, 5, 6, 7, 9, 10, 11})
"""The fields of a tensor that hold its numbers; left out where they are large."""


class _Field(NamedTuple):
    number: int
    first: int
    """Where its key starts."""
    content: int
    """Where its content starts."""
    stop: int
    nests: bool


def without_weights(data: bytes | mmap.mmap) -> bytes:
    """The same model with every large tensor empty; `ModelFileError` for what is not a protobuf message."""
    left = [MOST_FIELDS, MOST_STRUCTURE]
    return bytes(_walk(data, 0, len(data), "model", left))


def _walk(data: bytes | mmap.mmap, first: int, stop: int, message: str, left: list[int]) -> bytearray:
    kept = bytearray()
    for field in _fields(data, first, stop):
        left[0] -= 1
        length = field.stop - field.content
        if left[0] < 0:
            raise ModelFileError(_("the file has more than {most} fields").format(most=MOST_FIELDS))
        if field.number in DROPPED[message] or (message == "tensor" and field.number in DATA and length > LARGE):
            continue
        inner = NESTED[message].get(field.number)
        if inner and field.nests:
            content = _walk(data, field.content, field.stop, inner, left)
            kept += _varint(field.number << 3 | 2) + _varint(len(content)) + content
            continue
        left[1] -= length
        if left[1] < 0:
            raise ModelFileError(_("the file holds more than {most} bytes besides weights").format(most=MOST_STRUCTURE))
        kept += data[field.first : field.stop]
    return kept


def _fields(data: bytes | mmap.mmap, first: int, stop: int) -> Iterator[_Field]:
    while first < stop:
        key, content = _read(data, first, stop)
        wire = key & 7
        if wire == 0:
            end = _read(data, content, stop)[1]
        elif wire == 2:
            length, content = _read(data, content, stop)
            end = content + length
        elif wire in (1, 5):
            end = content + (8 if wire == 1 else 4)
        else:
            raise _broken(first)
        if end > stop or key < 8:
            raise _broken(first)
        yield _Field(key >> 3, first, content, end, wire == 2)
        first = end


def _read(data: bytes | mmap.mmap, first: int, stop: int) -> tuple[int, int]:
    """A varint and where it ends."""
    number = 0
    for place in range(first, min(first + 10, stop)):
        byte = data[place]
        number |= (byte & 127) << 7 * (place - first)
        if byte < 128:
            return number, place + 1
    raise _broken(first)


def _varint(number: int) -> bytes:
    varint = bytearray()
    while number > 127:
        varint.append(number & 127 | 128)
        number >>= 7
    varint.append(number)
    return bytes(varint)


def _broken(place: int) -> ModelFileError:
    return ModelFileError(
        _("this is not an ONNX file, or it is damaged at byte {place}: export or download it again").format(place=place)
    )
