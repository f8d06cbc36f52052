"""Number types and bytes: the memory that so many numbers of a type need, and amounts of it as people write them."""

from __future__ import annotations

import re

from cnncalc.errors import CnncalcError, LimitError
from cnncalc.language import _
from cnncalc.shapes import shorten

BITS = {
    "fp64": 64,
    "fp32": 32,
    "fp16": 16,
    "bf16": 16,
    "fp8": 8,
    "int64": 64,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "uint8": 8,
    "int4": 4,
    "int2": 2,
    "int1": 1,
}
"""Bits of one number, by the name of its type."""

UNITS = {"": 1, "b": 1, **{f"{letter}ib": 2 ** (10 * power) for power, letter in enumerate("kmgt", start=1)}}
UNITS |= {f"{letter}b": 10 ** (3 * power) for power, letter in enumerate("kmgt", start=1)}
"""Bytes of a unit, as people write it, in small letters."""


class DtypeError(CnncalcError, ValueError):
    """A number type that is not in `BITS`."""


def bytes_of(numbers: int, dtype: str = "fp32") -> int:
    """The bytes that ``numbers`` numbers take, packed; the last byte counts in full.

    >>> bytes_of(1792), bytes_of(1792, "int8"), bytes_of(3, "int4")
    (7168, 1792, 2)

    Raises `DtypeError` for a type it does not know.
    """
    if dtype not in BITS:
        raise DtypeError(
            _("{dtype} is not a number type: take one of {known}").format(dtype=shorten(dtype), known=", ".join(BITS))
        )
    return -(-numbers * BITS[dtype] // 8)


def amount(text: str) -> int:
    """Bytes, as people write them.

    >>> amount("1GiB"), amount("512 MB"), amount("1.5kib")
    (1073741824, 512000000, 1536)

    Raises `LimitError` for what is not an amount of memory.
    """
    match = re.fullmatch(r"\s*(-?\d{1,30}(?:\.\d{1,9})?)\s*([a-z]{0,3})\s*", text.lower())
    if not match or match[2] not in UNITS:
        raise LimitError(_("{text} is not an amount of memory: write 1GiB or 500MB").format(text=repr(shorten(text))))
    return int(float(match[1]) * UNITS[match[2]])
