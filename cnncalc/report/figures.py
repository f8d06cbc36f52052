"""Figures: what drawings of the kinds that stand still show, as plain numbers, with every text ready to be set.

Whoever knows the facts makes one of these; `cnncalc.render.pictures` draws it and computes nothing but places.
"""

from __future__ import annotations

from typing import NamedTuple


class Saving(NamedTuple):
    """What stands between a step and the one at index ``before``: ``factor`` as ``÷5,376``, and the ideas behind it."""

    before: int
    factor: str
    ideas: tuple[str, ...]


class Step(NamedTuple):
    """One layer of a waterfall: its count, the worked line ``note``, and the role that its bar has the colour of."""

    name: str
    note: str
    role: str
    value: int
    saving: Saving | None = None


class Waterfall(NamedTuple):
    """Counts from the largest to the smallest, and what each idea on the way saves.

    ``title`` is the finding, ``about`` the question, ``sentence`` a line below, ``description`` all of it in words.
    """

    title: str
    about: str
    steps: tuple[Step, ...]
    sentence: str
    description: str


class Row(NamedTuple):
    """One map on one axis: unit ``u`` stands at the input ``first + rate·u``.

    ``read`` are the units that the chosen one reads, and ``outside`` the places beside the map that its way leads to.
    A map of many units tells only the first and the last of those read.
    """

    name: str
    field: str
    units: int
    first: float
    rate: float
    read: tuple[int, ...]
    outside: tuple[int, ...] = ()

    def at(self, unit: float) -> float:
        """The input that a unit stands at.

        >>> Row("conv3", "", 5, 1, 2, ()).at(2)
        5
        """
        return self.first + self.rate * unit


class Link(NamedTuple):
    """Unit ``unit`` of a row reads ``tap`` of the row ``source``; ``strong`` if the chosen unit reads it that way."""

    row: int
    unit: int
    source: int
    tap: int
    strong: bool


class Growth(NamedTuple):
    """What one unit reads on one axis, row by row, the input first and the unit's own row last.

    Without ``links`` there are too many units for a dot each, and rows are drawn as bands. ``ends`` are the first and
    the last input that is read, ``span`` says so; the other texts are those of a `Waterfall`.
    """

    title: str
    about: str
    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    dots: bool
    unit: int
    ends: tuple[int, int] | None
    span: str
    description: str


class Block(NamedTuple):
    """A layer, or several together, and what they take of parameters and MACs; ``rest`` is what has no row of its own."""

    name: str
    note: str
    parameters: int
    macs: int
    rest: bool = False


class Blocks(NamedTuple):
    """Where a network's parameters and MACs are, block by block; the texts are those of a `Waterfall`."""

    title: str
    about: str
    blocks: tuple[Block, ...]
    description: str


Runs = tuple[tuple[int, int], ...]
"""Units of an axis as (first, number) of those that are neighbours."""


class Area(NamedTuple):
    """Units of a map that are in these rows and these columns."""

    rows: Runs
    columns: Runs


class Station(NamedTuple):
    """A layer of an image network, or several told together: how large its map is and which units of it are read.

    ``rates`` are the inputs between neighbouring units, down and across, `None` where there are none: in a vector.
    ``reads`` is read through windows, ``whole`` all of it beside. ``sources`` are the stations that it reads.
    """

    name: str
    shape: str
    space: tuple[int, ...]
    rates: tuple[float, float] | None
    field: str
    jump: str
    reads: tuple[Area, ...]
    whole: bool
    number: str
    sources: tuple[int, ...]


class Maps(NamedTuple):
    """What one unit reads in every map on its way, the input first: ``chosen`` is the station of the unit.

    ``theory`` is (first, last) of the theoretical field down and across; the texts are those of a `Waterfall`.
    """

    title: str
    about: str
    stations: tuple[Station, ...]
    chosen: int
    unit: tuple[int, ...]
    theory: tuple[tuple[int, int], ...] | None
    description: str


class Point(NamedTuple):
    """One network in a `Front`: what it costs, what it gains, and both in words."""

    cost: int
    gain: int
    words: str


class Front(NamedTuple):
    """Networks by what they cost and what they gain, on log scales: those that nothing beats, and a sample of the rest.

    The texts are those of a `Waterfall`; ``cost`` and ``gain`` name the axes.
    """

    title: str
    about: str
    cost: str
    gain: str
    best: tuple[Point, ...]
    sample: tuple[tuple[int, int], ...]
    description: str


class TileSpan(NamedTuple):
    """A tile on one axis, and the stretch of the input whose outputs are kept of it."""

    begin: int
    end: int
    kept_begin: float
    kept_end: float


class Tiles(NamedTuple):
    """Tiles on an image of (rows, columns): those of each axis, every one of the one with every one of the other.

    The texts are those of a `Waterfall`.
    """

    title: str
    about: str
    image: tuple[int, int]
    axes: tuple[tuple[TileSpan, ...], tuple[TileSpan, ...]]
    description: str
