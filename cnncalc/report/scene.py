"""Scene: a network as pictures need it, with nothing left to compute but what a unit reads.

Everything is plain numbers and text: every edge with its reach, every layer with what is told of it. A renderer reads
a scene as it reads a report's tables.
"""

from __future__ import annotations

from typing import NamedTuple

WHOLE, UNKNOWN = -1, -2
"""Instead of the number of a reach: every unit of the axis is read; nobody knows which, all of them at most."""

ALONE, WITH_BEFORE, WITH_BEHIND = 0, 1, 2
"""How a layer folds: it stands alone, or joins the layer before it or the one behind it."""


class SceneReach(NamedTuple):
    """Unit ``q·period + r`` reads ``q·jump`` + phase r, which is (first, number, step); ``border`` is what is outside."""

    jump: int
    phases: tuple[tuple[int, int, int], ...]
    border: str


class Edge(NamedTuple):
    """What a layer reads of ``source`` (−1: the input): the number of a reach, or `WHOLE` or `UNKNOWN`, for every axis of it.

    Two edges to one source are two ways to read it; an edge without a reach on some axis is no window.
    """

    source: int
    reaches: tuple[int, ...]


class SceneField(NamedTuple):
    """The field of a layer through windows, as it is told: one text for all axes. Empty where nothing slides.

    ``whole``: the whole input is read beside it. ``rates`` are the inputs between neighbouring units per axis and
    ``centres`` where unit 0 stands on the average; `None` where there is no such number.
    """

    size: str
    jump: str
    whole: bool
    rates: tuple[float | None, ...]
    centres: tuple[float | None, ...]


class SceneLayer(NamedTuple):
    """One layer: ``output`` is its sizes and channels, ``joins`` how it folds."""

    name: str
    notation: str
    edges: tuple[Edge, ...]
    output: tuple[int, ...]
    parameters: int
    macs: int
    field: SceneField
    joins: int


class Scene(NamedTuple):
    """A network with its input; ``start`` and ``unit`` are what to begin with, ``image`` a data address to lie behind.

    ``picks`` are layers that pick channels which do not read alike: who reads through them reads at most what edges say.
    """

    title: str
    input: tuple[int, ...]
    reaches: tuple[SceneReach, ...]
    layers: tuple[SceneLayer, ...]
    start: int
    unit: tuple[int, ...]
    image: str = ""
    picks: tuple[int, ...] = ()
