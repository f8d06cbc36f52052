"""The parts that make up a difference and add up to it: by kind of layer, and by what became of the layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from cnncalc.difference.layers import COUNTED, STATUSES, Row, Status
from cnncalc.difference.sides import Side
from cnncalc.language import _

PARTS = {"parameters": ("weights", "biases"), "buffers": ("buffers",), "macs": ("macs",)}
"""What a count is the sum of."""


class Part(NamedTuple):
    """So many more of a count in one kind of layer: its weights or its biases, or all of it."""

    of: str
    part: str
    kind: str
    a: int
    b: int

    @property
    def difference(self) -> int:
        return self.b - self.a


def parts(a: Side, b: Side) -> tuple[Part, ...]:
    """Every part that differs, the largest difference first; those of one count add up to its difference."""
    return tuple(part for of in PARTS for part in _parts(of, a, b))


def _parts(of: str, a: Side, b: Side) -> list[Part]:
    sums = _sums(of, a), _sums(of, b)
    every = (Part(of, part, kind, sums[0][part, kind], sums[1][part, kind]) for part, kind in {**sums[0], **sums[1]})
    return sorted((part for part in every if part.difference), key=lambda part: (-abs(part.difference), *part[1:3]))


def _sums(of: str, side: Side) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for node, counted in zip(side.network.nodes, side.counted, strict=True):
        for part in PARTS[of]:
            sums[part, node.layer.keyword] += getattr(counted, part)
    return sums


class Fate(NamedTuple):
    """What layers of one status are together: how many, and how many more of every count they bring."""

    name: Status
    layers: int
    parameters: int
    buffers: int
    macs: int


def fates(rows: Iterable[Row]) -> tuple[Fate, ...]:
    """One for every status; each count adds up to its difference."""
    by_status: dict[Status, list[Row]] = {status: [] for status in STATUSES}
    for row in rows:
        by_status[row.status].append(row)
    return tuple(
        Fate(status, len(rows), *(sum(row.difference(count) for row in rows) for count in COUNTED))
        for status, rows in by_status.items()
    )


Term = tuple[int, str]
"""So many more of something, and what of."""


def sum_line(label: str, a: int, b: int, terms: Iterable[Term]) -> str:
    """A difference as the sum of its parts.

    >>> sum_line("parameters", 1792, 1760, [(-64, "biases of conv"), (32, "weights of bn")])
    'parameters: 1,760 − 1,792 = −64 biases of conv + 32 weights of bn'
    """
    text = "".join(f" {'+' if number > 0 else '−'} {abs(number):,} {what}" for number, what in terms)
    first = text.removeprefix(" + ") if text.startswith(" + ") else text.replace(" − ", "−", 1)
    return _("{label}: {b} − {a} = {terms}").format(label=label, a=f"{a:,}", b=f"{b:,}", terms=first)
