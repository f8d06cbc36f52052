"""An ONNX file without its weights: the protobuf message is walked, and what is large and not needed is left out.

So a model of any size, beyond protobuf's own limit of 2 GiB too, is read in the memory its structure needs; the
weights' bytes are never touched. What comes out has the names of ``onnx``'s own classes, without that package: where it
can't be installed, as in a browser, and for a file alone, as on the command line, nobody waits for it.

Source: the wire format at https://protobuf.dev/programming-guides/encoding/, the field numbers of ``onnx.proto``.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.language import _

LARGE = 1 << 15
"""Bytes of a tensor's data beyond which they are left out."""

MOST_FIELDS = 1_000_000
"""Nobody trained a model of more fields than this."""

MOST_STRUCTURE = 1 << 26
"""Bytes of structure, without weights, beyond which a file is refused."""

DEEPEST = 100
"""Messages may lie in each other this deep, as protobuf itself allows."""

Data = bytes | mmap.mmap

ENTRY = {1: "text key", 2: "text value"}
NODE = {1: "text* input", 2: "text* output", 3: "text name", 4: "text op_type", 5: "attribute* attribute"}
SCHEMA: dict[str, dict[int, str]] = {
    "model": {7: "graph graph", 8: "opset* opset_import", 25: "function* functions"},
    "opset": {1: "text domain", 2: "int version"},
    "graph": {
        1: "node* node",
        5: "tensor* initializer",
        11: "value* input",
        12: "value* output",
        13: "value* value_info",
    },
    "node": {**NODE, 7: "text domain", 8: "text overload", 9: "entry* metadata_props"},
    "attribute": {
        1: "text name",
        2: "float f",
        3: "int i",
        4: "bytes s",
        5: "tensor t",
        6: "graph g",
        7: "float* floats",
        8: "int* ints",
        9: "bytes* strings",
        11: "graph* graphs",
        20: "int type",
        21: "text ref_attr_name",
    },
    "tensor": {
        1: "int* dims",
        2: "int data_type",
        4: "float* float_data",
        5: "int* int32_data",
        7: "int* int64_data",
        8: "text name",
        9: "bytes raw_data",
        10: "double* double_data",
        13: "entry* external_data",
        14: "int data_location",
    },
    "entry": ENTRY,
    "value": {1: "text name", 2: "type type"},
    "type": {1: "sizes tensor_type"},
    "sizes": {2: "shape shape"},
    "shape": {1: "dim* dim"},
    "dim": {1: "int dim_value"},
    "function": {
        1: "text name",
        4: "text* input",
        5: "text* output",
        7: "node* node",
        9: "opset* opset_import",
        10: "text domain",
        11: "attribute* attribute_proto",
        13: "text overload",
    },
}
"""Of each message the fields that are read, by their numbers: what each is, many where a star says so, and its name."""

DATA = frozenset({4, 5, 7, 9, 10})
"""The fields of a tensor that hold its numbers; left out where they are large."""

LEAVES = {"int": 0, "float": 0.0, "double": 0.0, "text": "", "bytes": b""}
"""What a field without a message of its own says where it is left out."""

FIXED = {"float": ("f", 5), "double": ("d", 1)}
"""Numbers of a fixed length: their sign in `struct`, and the type on the wire of one alone."""

VARINT, BYTES, WIRES = 0, 2, {1: 8, 5: 4}


class Message:
    """A message of a file; a field that is left out there has its default.

    >>> Message("dim").dim_value, Message("value").type.tensor_type.shape.dim
    (0, ())
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        """Only asked for what is not there."""
        try:
            return _defaults(self._kind)[name]()
        except KeyError:
            raise AttributeError(name) from None


@cache
def _defaults(kind: str) -> dict[str, Callable[[], Any]]:
    fields = (text.split() for text in SCHEMA[kind].values())
    return {name: _default(what) for what, name in fields}


def _default(what: str) -> Callable[[], Any]:
    if what.endswith("*"):
        return tuple
    return type(LEAVES[what]) if what in LEAVES else lambda: Message(what)


@cache
def _fields_of(kind: str) -> dict[int, tuple[str, bool, str]]:
    """By the number of a field: what it is, whether there may be many, and its name."""
    split = {number: text.split() for number, text in SCHEMA[kind].items()}
    return {number: (what.rstrip("*"), what.endswith("*"), name) for number, (what, name) in split.items()}


def without_weights(data: Data) -> Message:
    """The model in a file with every large tensor empty; `ModelFileError` for what is not a protobuf message."""
    return _Walk(data).message("model", 0, len(data), 0)


class _Walk:
    """One walk over a file, with what may still be read of it."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.fields = MOST_FIELDS
        self.bytes = MOST_STRUCTURE

    def message(self, kind: str, first: int, stop: int, depth: int) -> Message:
        if depth > DEEPEST:
            raise ModelFileError(_("messages lie more than {most} deep in each other").format(most=DEEPEST))
        message, known = Message(kind), _fields_of(kind)
        for number, wire, content, end in _fields(self.data, first, stop):
            self._take(1)
            if number not in known or (kind == "tensor" and number in DATA and end - content > LARGE):
                continue
            what, many, name = known[number]
            if what in LEAVES:
                values = self._leaves(what, wire, content, end)
            else:
                values = [self.message(what, content, end, depth + 1)] if wire == BYTES else []
            if many:
                message.__dict__.setdefault(name, []).extend(values)
            elif values:
                message.__dict__[name] = values[-1]
        return message

    def _leaves(self, what: str, wire: int, content: int, end: int) -> list[Any]:
        """The values of a field: one, or many numbers packed together; none where the wire has another type."""
        self.bytes -= end - content
        if self.bytes < 0:
            raise ModelFileError(_("the file holds more than {most} bytes besides weights").format(most=MOST_STRUCTURE))
        if what in ("text", "bytes"):
            return (
                [_text(self.data[content:end]) if what == "text" else self.data[content:end]] if wire == BYTES else []
            )
        if what in FIXED:
            sign, own = FIXED[what]
            numbers = _fixed(self.data[content:end], sign) if wire in (own, BYTES) else ()
            self._take(len(numbers))
            return list(numbers)
        return list(self._integers(content, end)) if wire in (VARINT, BYTES) else []

    def _integers(self, content: int, end: int) -> Iterator[int]:
        while content < end:
            number, content = _read(self.data, content, end)
            self._take(1)
            yield (number & (1 << 64) - 1 ^ 1 << 63) - (1 << 63)  # two's complement

    def _take(self, fields: int) -> None:
        self.fields -= fields
        if self.fields < 0:
            raise ModelFileError(_("the file has more than {most} fields").format(most=MOST_FIELDS))


def _fixed(content: bytes, sign: str) -> tuple[float, ...]:
    length = len(content) // struct.calcsize(sign)
    return struct.unpack_from(f"<{length}{sign}", content)


def _text(content: bytes) -> str | bytes:
    """What is not UTF-8 stays bytes, and the reader refuses it."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _fields(data: Data, first: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, type on the wire, and where the content begins and ends, of each field of a message."""
    while first < stop:
        key, content = _read(data, first, stop)
        wire = key & 7
        if wire == VARINT:
            end = _read(data, content, stop)[1]
        elif wire == BYTES:
            length, content = _read(data, content, stop)
            end = content + length
        elif wire in WIRES:
            end = content + WIRES[wire]
        else:
            raise _broken(first)
        if end > stop or key < 8:
            raise _broken(first)
        yield key >> 3, wire, content, end
        first = end


def _read(data: Data, first: int, stop: int) -> tuple[int, int]:
    """A varint and where it ends."""
    number = 0
    for place in range(first, min(first + 10, stop)):
        byte = data[place]
        number |= (byte & 127) << 7 * (place - first)
        if byte < 128:
            return number, place + 1
    raise _broken(first)


def _broken(place: int) -> ModelFileError:
    return ModelFileError(
        _("this is not an ONNX file, or it is damaged at byte {place}: export or download it again").format(place=place)
    )
