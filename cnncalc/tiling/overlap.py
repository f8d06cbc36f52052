"""How much tiles must overlap: backwards over the units that have to be right, layer by layer, in both directions.

The field's hull alone is too little: every unit on the way has to *be* there in the tile, also where what it reads is.
"""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.analysis import Trace
from cnncalc.fields import Reach
from cnncalc.network import INPUT
from cnncalc.ratios import per
from cnncalc.tiling.lattice import Lattice, Moves, lattice
from cnncalc.tiling.sizes import Sizes, allowed, lengths


class Overlap(NamedTuple):
    """What a tile needs on one axis, in inputs.

    A tile that is kept for the inputs c … d − 1, both multiples of ``step``, has to begin at c − ``left`` or before and
    to end at d + ``right`` or behind. It begins at a multiple of ``step`` and has one of ``sizes``, so it is ``before``
    and ``behind`` that it takes. Output unit 0 lies ``offset`` units from where input 0 is, which is not 0 where
    layers without padding leave the border out; ``units`` are how many units ``step`` inputs make.
    """

    left: int
    right: int
    before: int
    behind: int
    step: int
    sizes: Sizes
    units: int
    offset: int

    @property
    def jump(self) -> int | float:
        return per(self.step, self.units)


def overlap(trace: Trace, axis: int, outputs: tuple[int, ...], followed: Lattice | None = None) -> Overlap:
    """What tiles need on an axis for some nodes together; all of them have to be sound.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> overlap(trace(parse("convT2/2,p1 conv3,p1"), Shape((64,), 4)), 0, (1,))[:4]
    (1, 1, 1, 1)
    """
    followed = followed or lattice(trace, axis, outputs)
    step, size = followed.step(), trace.shape(INPUT).space[axis]
    moves = followed.moves
    offsets = {node: _offset(moves[node], size, trace.extent(node, axis) or 1) for node in outputs}
    begins = {node: -offset for node, offset in offsets.items()}
    first, last = needed(trace, axis, followed, begins, begins)
    left = max(0, *(moves[node].inputs(-need) for node, need in first.items()))
    most = max(last[INPUT], 0)
    base = step * ((left + most) // step + 3)
    sizes = allowed(trace, axis, followed.way, step, base)
    right, behind = _right(trace, axis, followed, last, base, sizes)
    main = outputs[-1]
    units = step // moves[main].step * moves[main].units
    return Overlap(left, right, -(-left // step) * step, behind, step, sizes, units, offsets[main])


def _offset(moves: Moves, size: int, extent: int) -> int:
    """By how many units a map begins behind the place of input 0, if it lies over the middle of the input."""
    missing = size * moves.units - extent * moves.step
    return missing // (2 * moves.step) if missing >= 0 else -(-missing // (2 * moves.step))


Needs = dict[int, int]
"""Of each node, or `INPUT`, the first unit that is needed, or the one behind the last."""


def needed(trace: Trace, axis: int, followed: Lattice, begins: Needs, ends: Needs) -> tuple[Needs, Needs]:
    """The first units that are needed on every map for the outputs from ``begins`` on, and one behind the last before ``ends``."""
    first, last = dict(begins), dict(ends)
    for node in reversed(followed.way):
        if node not in first:
            continue
        for source in trace.network.nodes[node].inputs:
            reach = trace.reach(node, source, axis)
            if source in followed.moves and reach and any(taps.number for taps in reach.phases):
                low, high = _first_read(reach, first[node]), _last_read(reach, last[node]) + 1
                first[source] = min(first.get(source, low), low)
                last[source] = max(last.get(source, high), high)
    return first, last


def _first_read(reach: Reach, unit: int) -> int:
    """The first tap of a unit and all behind it."""
    return min(
        -((phase - unit) // reach.period) * reach.advance + taps.first
        for phase, taps in enumerate(reach.phases)
        if taps.number
    )


def _last_read(reach: Reach, unit: int) -> int:
    """The last tap of all units before a unit."""
    return max(
        (unit - 1 - phase) // reach.period * reach.advance + taps.last
        for phase, taps in enumerate(reach.phases)
        if taps.number
    )


def _right(trace: Trace, axis: int, followed: Lattice, last: Needs, base: int, sizes: Sizes) -> tuple[int, int]:
    """How far a tile has to go on behind what it is kept for, and how far it goes on where sizes are given.

    A layer may cut off the end of its map, so that more is needed than what is read; sizes that can't be are passed over.
    """
    right = behind = max(last[INPUT], 0)
    while True:
        behind = sizes.at_least(base + behind) - base
        known = lengths(trace, axis, (base + behind,), followed.way)
        missing = max(followed.moves[node].inputs(unit - (known[node][0] or 0)) + base for node, unit in last.items())
        if missing <= 0:
            return right, behind
        behind = right = behind + missing
