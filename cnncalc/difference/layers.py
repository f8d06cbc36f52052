"""What became of every layer: the same, changed and in what, added, or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields
from typing import Any, Literal, NamedTuple

from cnncalc.difference.alignment import Pair, align, common
from cnncalc.difference.sides import Side, Unit
from cnncalc.network import INPUT
from cnncalc.summary.report import Line

Status = Literal["same", "changed", "added", "removed"]
STATUSES: tuple[Status, ...] = ("same", "changed", "added", "removed")
COUNTED = ("parameters", "buffers", "macs")
"""The counts whose difference is told of every layer."""


class Change(NamedTuple):
    """In what two layers differ that belong together: ``what`` is a field of the layer, or one of its surroundings."""

    what: str
    a: Any
    b: Any


class Row(NamedTuple):
    """A layer or block of either network, or of both; ``changes`` say in what they differ."""

    a: Line | None
    b: Line | None
    changes: tuple[Change, ...] = ()

    @property
    def status(self) -> Status:
        if self.a is None:
            return "added"
        if self.b is None:
            return "removed"
        return "changed" if self.changes else "same"

    def difference(self, count: str) -> int:
        """How many more the second network has here."""
        a, b = (getattr(line.counted, count) if line else 0 for line in (self.a, self.b))
        more: int = b - a
        return more


def layers(a: Side, b: Side) -> tuple[Row, ...]:
    """All layers of both, aligned by what they are, then by name and kind, then by kind alone."""
    old, new = ([Unit(side, line) for line in side.lines] for side in (a, b))
    pairs = align(old, new, (Unit.what, Unit.name, Unit.kind))
    both = [(pair.old, pair.new) for pair in pairs if pair.old is not None and pair.new is not None]
    twins = Twins({INPUT: INPUT, **dict(both)}, {INPUT, *(new for _old, new in both)})
    return tuple(_row(a, b, pair, twins) for pair in pairs)


class Twins(NamedTuple):
    """Which lines belong together: those of the first network with theirs, and all of the second that have one."""

    of: Mapping[int, int]
    others: Set[int]


def _row(a: Side, b: Side, pair: Pair, twins: Twins) -> Row:
    one = None if pair.old is None else a.lines[pair.old]
    other = None if pair.new is None else b.lines[pair.new]
    if one is None or other is None:
        return Row(one, other)
    return Row(one, other, tuple(_changes(a, b, one, other, twins)))


def _changes(a: Side, b: Side, one: Line, other: Line, twins: Twins) -> Iterator[Change]:
    alike = a.words[one.first : one.last + 1] == b.words[other.first : other.last + 1]
    if one.first < one.last or other.first < other.last:
        if not alike:
            yield Change("layers", one.last - one.first + 1, other.last - other.first + 1)
    else:
        yield from _fields(a, b, one.first, other.first)
    channels, others = a.source(one.first).channels, b.source(other.first).channels
    if channels != others:
        yield Change("input_channels", channels, others)
    if one.output != other.output:
        yield Change("output", str(one.output), str(other.output))
    if alike:
        yield from _reads(a, b, one, other, twins)
        yield from _tied(a, b, one, other)


def _fields(a: Side, b: Side, one: int, other: int) -> Iterator[Change]:
    """The fields of two layers of one kind that differ; of two kinds, the kind."""
    layer, changed = a.network.nodes[one].layer, b.network.nodes[other].layer
    if type(layer) is not type(changed):
        yield Change("kind", layer.keyword, changed.keyword)
        return
    for field in fields(layer):  # type: ignore[arg-type]
        values = getattr(layer, field.name), getattr(changed, field.name)
        if values[0] != values[1]:
            yield Change(field.name, *values)
    branches = len(a.network.nodes[one].inputs), len(b.network.nodes[other].inputs)
    if branches[0] != branches[1]:
        yield Change("branches", *branches)


def _reads(a: Side, b: Side, one: Line, other: Line, twins: Twins) -> Iterator[Change]:
    """The first layer of them that reads another: not what came between the two, but one that stands in both."""
    for node, twin in _abreast(one, other):
        for source, its in zip(a.network.nodes[node].inputs, b.network.nodes[twin].inputs, strict=True):
            if source >= one.first and its >= other.first:
                moved = source - one.first != its - other.first
            else:
                home, its_home = _home(a, source), _home(b, its)
                moved = home in twins.of and its_home in twins.others and twins.of[home] != its_home
            if moved:
                yield Change("reads", _name(a, source), _name(b, its))
                return


def _abreast(one: Line, other: Line) -> Iterator[tuple[int, int]]:
    """The nodes of two lines that have equally many."""
    return zip(range(one.first, one.last + 1), range(other.first, other.last + 1), strict=True)


def _home(side: Side, node: int) -> int:
    return INPUT if node == INPUT else side.home[node]


def _name(side: Side, node: int) -> str:
    return "input" if node == INPUT else side.network.nodes[node].name


def _tied(a: Side, b: Side, one: Line, other: Line) -> Iterator[Change]:
    """The first layer that has weights of its own in one network only."""
    for node, twin in _abreast(one, other):
        ties = a.network.nodes[node].tied, b.network.nodes[twin].tied
        if bool(ties[0]) != bool(ties[1]):
            yield Change("tied", *(tie or None for tie in ties))
            return


def alike(a: Side, b: Side, row: Row) -> int:
    """How many layers of two blocks are the same, in the same order."""
    if row.a is None or row.b is None:
        return 0
    stretches = a.words[row.a.first : row.a.last + 1], b.words[row.b.first : row.b.last + 1]
    return len(common(*stretches))
