"""Number types: how many bits one number of each takes, and so the memory that many numbers need."""

from __future__ import annotations

from cnncalc.errors import CnncalcError
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


class DtypeError(CnncalcError, ValueError):
    """A number type that is not in `BITS`."""


def memory(numbers: int, dtype: str = "fp32") -> int:
    """The bytes that ``numbers`` numbers take, packed; the last byte counts in full.

    >>> memory(1792), memory(1792, "int8"), memory(3, "int4")
    (7168, 1792, 2)

    Raises `DtypeError` for a type it does not know.
    """
    if dtype not in BITS:
        raise DtypeError(
            _("{dtype} is not a number type: take one of {known}").format(dtype=shorten(dtype), known=", ".join(BITS))
        )
    return -(-numbers * BITS[dtype] // 8)
