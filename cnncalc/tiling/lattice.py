"""How the maps of a network move when its input does, and which layers keep them from coming out the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd, lcm
from typing import NamedTuple

from cnncalc.analysis import Trace, ancestors
from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, WRAP, Reach
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT
from cnncalc.shapes import Shape

WHOLE, UNKNOWN, SIZE, POSITION, FAR_SIDE, RATES, STILL = "whole", "unknown", "size", "position", "far", "rates", "still"
"""Why a unit of a tile is not that of the whole, however large the tile: it reads the whole input; nobody knows what it
reads; what it reads depends on the size of the map; its weights belong to its place; it reads the far side of the map;
its branches move at different rates; nothing moves."""


class Moves(NamedTuple):
    """Where the input moves by ``step``, the units of a map move by ``units``, and are the same ones."""

    step: int
    units: int

    def inputs(self, units: int) -> int:
        """The fewest inputs that make so many units, or more.

        >>> Moves(2, 1).inputs(3), Moves(1, 2).inputs(3), Moves(1, 2).inputs(-3)
        (6, 2, -1)
        """
        return -(-units * self.step // self.units)

    def through(self, reach: Reach, cycle: int) -> Moves:
        """The same for a layer that reads the map, whose weights come again after ``cycle`` units.

        >>> from cnncalc.fields import Taps
        >>> Moves(2, 1).through(Reach(2, (Taps(0, 2),)), 1), Moves(2, 1).through(Reach(1, (Taps(0),) * 2), 1)
        (Moves(step=4, units=1), Moves(step=2, units=2))
        """
        turns = reach.advance // gcd(reach.advance, self.units)
        units = turns * self.units // reach.advance * reach.period
        again = cycle // gcd(cycle, units)
        return Moves(self.step * turns * again, units * again)


class Lattice(NamedTuple):
    """How every map on the way ``moves``, and which layers are ``causes`` of no tile being like the whole.

    ``sound`` are the nodes that come out right in a tile that is large enough.
    """

    way: tuple[int, ...]
    moves: dict[int, Moves]
    causes: dict[int, str]
    sound: frozenset[int]

    def step(self) -> int:
        """The step at which tiles may begin: by which every map moves by whole turns."""
        return lcm(*(moves.step for moves in self.moves.values()))


def lattice(trace: Trace, axis: int, outputs: Iterable[int]) -> Lattice:
    """How the maps on the way to some nodes move on an axis; the trace needs an input shape.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> network = parse("conv3/2,same up2 in conv3,same")
    >>> followed = lattice(trace(network, Shape((8,), 1)), 0, [3])
    >>> followed.moves[1], followed.causes, followed.step()
    (Moves(step=2, units=2), {2: 'whole'}, 2)
    """
    way = tuple(sorted({node for output in outputs for node in ancestors(trace.network, output)}))
    moves, causes, tainted = {INPUT: Moves(1, 1)}, dict[int, str](), set[int]()
    for node in way:
        sources = [source for source in trace.network.nodes[node].inputs if source in moves]
        reaches = [trace.reach(node, source, axis) for source in sources]
        joint = _joint(trace, node, axis, [moves[source] for source in sources], reaches)
        reasons = [_reason(trace, node, source, axis, reach) for source, reach in zip(sources, reaches, strict=True)]
        reason = next(filter(None, reasons), RATES if isinstance(joint, str) else "")
        if reason:
            causes[node] = reason
        if isinstance(joint, Moves) and reason not in (SIZE, UNKNOWN):
            moves[node] = joint
        if reason or not tainted.isdisjoint(trace.network.nodes[node].inputs):
            tainted.add(node)
    return Lattice(way, moves, causes, frozenset(node for node in way if node in moves and node not in tainted))


def _joint(trace: Trace, node: int, axis: int, moves: list[Moves], reaches: list[Reach | None]) -> Moves | str | None:
    """How a node moves with its sources: `None` if it does not, a reason where they don't move together."""
    cycle = trace.network.nodes[node].layer.cycle(axis) or 1
    slides = [
        before.through(reach, cycle)
        for before, reach in zip(moves, reaches, strict=True)
        if reach and reach.phases and reach.advance and reach.followed
    ]
    if not slides:
        return None
    step = lcm(*(one.step for one in slides))
    units = {step // one.step * one.units for one in slides}
    return Moves(step, units.pop()) if len(units) == 1 else RATES


def _reason(trace: Trace, node: int, source: int, axis: int, reach: Reach | None) -> str:
    """Why a node's units are not the same in a tile as far as that is the node's own doing, or nothing."""
    current = trace.network.nodes[node]
    if reach is None or not reach.followed:
        return UNKNOWN
    if reach.whole:
        return WHOLE
    if not reach.phases or len(current.inputs) > 1:
        return ""
    if current.layer.cycle(axis) is None:
        return POSITION
    turns = trace.extent(node, axis) != trace.extent(source, axis) or reach.phases != IDENTITY.phases
    if reach.border == WRAP and turns:
        return FAR_SIDE
    return "" if _grows(current.layer, axis, trace.shape(source)) else SIZE


@lru_cache(maxsize=4096)
def _grows(layer: Layer, axis: int, before: Shape) -> bool:
    """Whether a map that is longer by an advance gives a period more of the same units."""
    reach = layer.reach(axis, before.space[axis])
    if reach is None or not reach.advance:
        return False
    longer = resized(before, axis, before.space[axis] + reach.advance)
    try:
        grown = layer.output(longer).space[axis]
    except ShapeError:
        return False
    return grown == layer.output(before).space[axis] + reach.period and layer.reach(axis, longer.space[axis]) == reach


def resized(shape: Shape, axis: int, size: int) -> Shape:
    """The shape with another size on an axis.

    >>> resized(Shape((4, 4), 3), 1, 7)
    Shape(space=(4, 7), channels=3)
    """
    return Shape((*shape.space[:axis], size, *shape.space[axis + 1 :]), shape.channels)
