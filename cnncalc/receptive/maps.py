"""What one unit of an image network reads in every map before it, layer by layer or block by block, to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.scene import scene
from cnncalc.receptive.units import Box, lattice_reads, taken_together, ways_back
from cnncalc.report.figures import Area, Maps, Runs, Station
from cnncalc.report.scene import ALONE, WITH_BEFORE, WITH_BEHIND, Scene
from cnncalc.sets import ALL, Inputs

FEW_STATIONS, MOST_STATIONS = 14, 26
"""Blocks are folded until there are so few maps; those that don't fold further may be more, before runs of them are."""

MOST_CELLS = 1 << 22
"""Inputs in several boxes are counted one by one up to so many."""


class _Reads(NamedTuple):
    """A unit's way back: the boxes of units read of every node, all of them and through windows."""

    scene: Scene
    full: dict[int, list[Box]]
    windows: dict[int, list[Box]]


def maps(trace: Trace, title: str, asked: Asked) -> Maps:
    """The maps on the way to the unit asked about, or to one in the middle.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> made = maps(trace(parse("conv3 maxpool2"), Shape((8, 8), 1)), "two", Asked(unit="corner"))
    >>> made.title, [station.number for station in made.stations]
    ('maxpool1 unit 0,0 reads 0…3 × 0…3', ['4×4', '2×2', '1×1'])

    Raises `NetworkError` for an input that is no image.
    """
    drawn = scene(trace, title, asked)
    if len(drawn.input) != 3:
        raise NetworkError(_("maps are drawn of images: take --figure growth, or an input such as 224x224x3"))
    ways = [
        {node: boxes for node, boxes, _few in ways_back(one, drawn.start, drawn.unit)}
        for one in (trace, trace.through_windows())
    ]
    reads = _Reads(drawn, *ways)
    groups = _folded(drawn)
    stations = tuple(_station(reads, number, groups) for number in range(len(groups)))
    chosen = next(number for number, group in enumerate(groups) if drawn.start in group)
    return Maps(
        _finding(reads),
        _about(reads, title, trace),
        stations,
        chosen,
        drawn.unit,
        _theory(trace, drawn),
        "; ".join(f"{station.name}: {station.number}" for station in stations if station.number),
    )


def _folded(drawn: Scene) -> list[list[int]]:
    """The nodes of every station, the input's alone: the finest folding that is short enough."""
    groups = list(_joined(drawn))
    depth = max(layer.name.count(".") for layer in drawn.layers)
    foldings = [groups, *(_in_blocks(drawn, groups, one) for one in range(depth, 0, -1))]
    short = next((one for one in foldings if len(one) < FEW_STATIONS), foldings[-1])
    every = -(-len(short) // (MOST_STATIONS - 1))
    runs = [[node for group in short[start : start + every] for node in group] for start in range(0, len(short), every)]
    return [[INPUT], *runs]


def _joined(drawn: Scene) -> Iterator[list[int]]:
    """Layers with those that are told together with them, as the explorer folds them."""
    group = list[int]()
    for node, layer in enumerate(drawn.layers):
        if group and layer.joins != WITH_BEFORE and drawn.layers[group[-1]].joins != WITH_BEHIND:
            yield group
            group = []
        group.append(node)
    yield group


def _in_blocks(drawn: Scene, groups: list[list[int]], depth: int) -> list[list[int]]:
    """Neighbours whose names begin with the same blocks, so many of them."""

    def block(group: list[int]) -> str:
        name = drawn.layers[group[0]].name
        return ".".join(name.split(".")[:-1][:depth]) or name

    return [[node for group in together for node in group] for _name, together in groupby(groups, block)]


def _station(reads: _Reads, number: int, groups: list[list[int]]) -> Station:
    nodes, layers = groups[number], reads.scene.layers
    if nodes == [INPUT]:
        space = reads.scene.input[:-1]
        shown = {"name": _("input"), "shape": "×".join(map(str, space)), "rates": (1.0, 1.0), "field": "", "jump": ""}
        return _read(reads, INPUT, Station(**shown, space=space, reads=(), whole=False, number="", sources=()))  # type: ignore[arg-type]
    last = layers[nodes[-1]]
    of = {node: place for place, group in enumerate(groups) for node in group}
    sources = {of[edge.source] for node in nodes for edge in layers[node].edges} - {number}
    rates = last.field.rates if len(last.output) == 3 else ()
    station = Station(
        _named(reads.scene, nodes),
        "×".join(map(str, last.output[:-1] or last.output)),
        last.output[:-1],
        (float(rates[0]), float(rates[1])) if rates and rates[0] and rates[1] else None,
        last.field.size.replace("..", "…") or (_("whole input") if last.field.whole else ""),
        last.field.jump.replace("..", "…"),
        (),
        whole=False,
        number="",
        sources=tuple(sorted(sources)),
    )
    own = reads.scene.start if reads.scene.start in nodes else None
    alike = [node for node in nodes if node in reads.full and len(layers[node].output) == len(last.output)]
    return _read(reads, own if own is not None else alike[-1] if alike else None, station)


def _named(drawn: Scene, nodes: list[int]) -> str:
    """The layer that the others are told together with, or the blocks that all have in common, or the first of several."""
    heads = [drawn.layers[node].name for node in nodes if drawn.layers[node].joins == ALONE]
    if len(heads) == 1:
        return heads[0]
    parts = [drawn.layers[node].name.split(".")[:-1] for node in nodes]
    common = [level[0] for level in zip(*parts, strict=False) if len(set(level)) == 1]
    return ".".join(common) or f"{drawn.layers[nodes[0]].name} …"


def _read(reads: _Reads, node: int | None, station: Station) -> Station:
    """The station with what is read of a node, if any, through windows where there is such a way."""
    boxes = [] if node is None else reads.windows.get(node) or reads.full.get(node) or []
    if not boxes:
        return station
    axes = range(len(boxes[0]))
    number = "×".join(f"{taken_together(boxes, axis).number or 0:,}" for axis in axes) or "1"
    areas = tuple(Area(_runs(box[0]), _runs(box[1])) for box in boxes if len(box) == 2)
    whole = node in reads.windows and reads.full.get(node) != reads.windows[node]
    return station._replace(reads=areas, whole=whole, number=number)


def _runs(units: Inputs) -> Runs:
    """A set as runs of neighbours.

    >>> _runs(Inputs(0, 6, 2)), _runs(Inputs(3, 5)), _runs(Inputs(3, 7, 1, 0b10011))
    (((0, 1), (2, 1), (4, 1), (6, 1)), ((3, 3),), ((3, 2), (7, 1)))
    """
    if units.step == 1 and not units.mask:
        return ((units.first, units.size),)
    runs = list[list[int]]()
    for index in units.indices():
        if runs and index == runs[-1][0] + runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([index, 1])
    return tuple((first, number) for first, number in runs)


def _finding(reads: _Reads) -> str:
    layer, unit = reads.scene.layers[reads.scene.start].name, ",".join(map(str, reads.scene.unit))
    boxes = reads.windows.get(INPUT) or reads.full.get(INPUT)
    if not boxes:
        return _("{layer} unit {unit} reads nothing").format(layer=layer, unit=unit)
    box = " × ".join(_ends(taken_together(boxes, axis)) for axis in range(2))
    if not unit:
        return _("{layer} reads {box}").format(layer=layer, box=box)
    return _("{layer} unit {unit} reads {box}").format(layer=layer, unit=unit, box=box)


def _ends(units: Inputs) -> str:
    ends = f"{units.first:,}…{units.last:,}"
    if units.number in (None, units.size):
        return ends
    return _("{range} ({read} of {size})").format(range=ends, read=f"{units.number:,}", size=f"{units.size:,}")


def _about(reads: _Reads, title: str, trace: Trace) -> str:
    rows, columns = reads.scene.input[:2]
    boxes = reads.windows.get(INPUT) or reads.full.get(INPUT) or []
    volume, theory = _volume(boxes, rows, columns), _theory(trace, reads.scene)
    parts = [title] if title else []
    if volume is not None:
        parts.append(
            _("{number} of {all} inputs ({share})").format(
                number=f"{volume:,}", all=f"{rows * columns:,}", share=f"{volume / (rows * columns):.1%}"
            )
        )
    if theory:
        size = " × ".join(f"{last - first + 1:,}" for first, last in theory)
        parts.append(_("theoretical field {size}").format(size=size))
    if INPUT in reads.windows and reads.full[INPUT] != reads.windows[INPUT]:
        parts.append(_("beside this it reads the whole input"))
    return " · ".join(parts)


def _volume(boxes: list[Box], rows: int, columns: int) -> int | None:
    """How many inputs are in at least one of the boxes; `None` where they are too many to be counted."""
    if len(boxes) == 1:
        return (boxes[0][0].number or 0) * (boxes[0][1].number or 0)
    if rows * columns > MOST_CELLS:
        return None
    read = dict[int, int]()
    for box in boxes:
        line = sum(1 << column for column in box[1].indices())
        read |= {row: read.get(row, 0) | line for row in box[0].indices()}
    return sum(line.bit_count() for line in read.values())


def _theory(trace: Trace, drawn: Scene) -> tuple[tuple[int, int], ...] | None:
    """The theoretical field through windows, where it has ends."""
    reads = lattice_reads(trace.through_windows(), drawn.start, drawn.unit)
    ends = tuple((one.first, one.last) for one in reads if one is not None and one is not ALL)
    return ends if len(ends) == len(reads) else None
