"""Receptive fields by experiment: which inputs reach which units of a network, found in two ways.

*Poison*: inputs that are not a number spread, through real forward passes, to exactly the units that read them.
*Push back*: a mark on one unit goes back through the transpose of every layer to exactly the inputs it reads.
One axis at a time, on maps of one channel: how many channels there are changes no field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lcm
from typing import NamedTuple

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.network import INPUT, Network
from cnncalc.verify.experiments import experiment
from cnncalc.verify.ledger import Array
from cnncalc.verify.lines import Table, carry, fetch, line_of


class Place(NamedTuple):
    """One unit of one layer, on the axis that is looked at."""

    node: int
    unit: int


def poison(network: Network, axis: int, columns: Table, needed: set[int] | None = None) -> list[Table]:
    """For each layer, or each of those ``needed``: ``table[unit, column]`` is true where the poison of that column reached the unit.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> poison(chain([Conv(3), Conv(3)]), 0, np.eye(5, dtype=bool))[1].astype(int)
    array([[1, 1, 1, 1, 1]])
    """
    tables: list[Table] = []
    for index, node in enumerate(network.nodes[: None if needed is None else max(needed) + 1]):
        arrived = (columns if source == INPUT else tables[source] for source in node.inputs)
        skipped = needed is not None and index not in needed
        tables.append(NO_MARKS if skipped else carry(node.layer, axis, *arrived))
    return tables


NO_MARKS: Table = np.zeros((0, 0), bool)
"""The table of a layer that was left out."""


def along_axes(network: Network) -> list[int]:
    """The layers whose units still lie along the axes of the input: none behind one that writes them in a row."""
    off: set[int] = set()
    for index, node in enumerate(network.nodes):
        if experiment(node.layer).in_a_row or off.intersection(node.inputs):
            off.add(index)
    return [index for index in range(len(network.nodes)) if index not in off]


def ancestors(network: Network, nodes: Iterable[int]) -> set[int]:
    """The layers themselves, and all that they read."""
    found: set[int] = set()
    waiting = [*nodes]
    while waiting:
        node = waiting.pop()
        if node != INPUT and node not in found:
            found.add(node)
            waiting += network.nodes[node].inputs
    return found


def push_back(network: Network, axis: int, sizes: Sequence[int], size: int, places: Sequence[Place]) -> Table:
    """For each of ``places`` one column: ``table[input, column]`` is true where the unit reads the input.

    ``sizes`` are how many units each layer has on the axis, as a forward pass found them, of ``size`` inputs.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> push_back(chain([Conv(3), Conv(3)]), 0, [6, 4], 8, [Place(1, 3), Place(0, 0)]).astype(int).T
    array([[0, 0, 0, 1, 1, 1, 1, 1],
           [1, 1, 1, 0, 0, 0, 0, 0]])
    """
    made = np.zeros((size, len(places)), bool)
    by_node: dict[int, list[int]] = {}
    for column, place in enumerate(places):
        by_node.setdefault(place.node, []).append(column)
    marked: dict[int, Table] = {}
    for index in range(max(by_node, default=INPUT), INPUT, -1):
        table = marked.pop(index, None)
        if index in by_node:
            table = np.zeros((sizes[index], len(places)), bool) if table is None else table
            for column in by_node[index]:
                table[places[column].unit, column] = True
        if table is None or not table.any():  # units in gaps between stamps leave no mark
            continue
        node = network.nodes[index]
        before = [size if source == INPUT else sizes[source] for source in node.inputs]
        live = np.flatnonzero(table.any(axis=0))
        for source, part in zip(node.inputs, fetch(node.layer, axis, table[:, live], *before), strict=True):
            target = (
                made if source == INPUT else marked.setdefault(source, np.zeros((sizes[source], len(places)), bool))
            )
            target[:, live] |= part
    return made


def central_and_border(sizes: Sequence[int], nodes: Iterable[int]) -> list[Place]:
    """The two units of a layer that are looked at: the first, and the one in the middle.

    >>> central_and_border([5, 1], [0, 1])
    [Place(node=0, unit=0), Place(node=0, unit=2), Place(node=1, unit=0)]
    """
    return [Place(node, unit) for node in nodes for unit in dict.fromkeys((0, sizes[node] // 2))]


class Seen(NamedTuple):
    """Which inputs of one axis a unit reads, as marks, by poison and by pushing back."""

    place: Place
    poisoned: Array
    pushed: Array


def look(network: Network, axis: int, size: int, nodes: Sequence[int]) -> list[Seen]:
    """The central and the border unit of each of ``nodes``, every input poisoned in its turn.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> [seen.poisoned.astype(int).tolist() for seen in look(chain([Conv(3, padding=1)]), 0, 5, [0])]
    [[1, 1, 0, 0, 0], [0, 1, 1, 1, 0]]
    """
    needed = ancestors(network, nodes)
    sizes = lengths(network, axis, size, needed)
    places = central_and_border(sizes, nodes)
    reached = np.zeros((len(places), size), bool)
    for low in range(0, size, COLUMNS):
        columns = np.eye(size, min(COLUMNS, size - low), -low, dtype=bool)
        tables = poison(network, axis, columns, needed)
        reached[:, low : low + COLUMNS] = [tables[place.node][place.unit] for place in places]
    back = push_back(network, axis, sizes, size, places)
    return [Seen(place, reached[row], back[:, row]) for row, place in enumerate(places)]


COLUMNS = 512
"""So many inputs are poisoned at once, each in a column of its own."""


def lengths(network: Network, axis: int, size: int, needed: set[int] | None = None) -> list[int]:
    """How many units each layer has on the axis: a forward pass tells."""
    return [len(table) for table in poison(network, axis, np.zeros((size, 1), bool), needed)]


class Unclipped(NamedTuple):
    """A unit far from every border: ``first`` and ``last`` input it reads, and where its neighbour's begins.

    ``confirmed`` tells whether poison says the same as pushing back.
    """

    place: Place
    first: int
    last: int
    number: int
    next_first: int
    confirmed: bool


MOST_INPUTS = 1 << 13
"""A line is not made longer than this to keep a field off its ends."""


MANY = 64
"""Of so many units, the central one is no longer in the padding."""


def look_inside(network: Network, axis: int, size: int, nodes: Sequence[int]) -> list[Unclipped]:
    """Whole fields, not cut by any border: the input is made longer, by whole strides, until they fit.

    Only layers whose windows lie the same on a longer input are looked at. What is pushed back is confirmed by
    poison: everything outside leaves the unit alone, its first and its last input do not.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> look_inside(chain([Conv(3, stride=2, padding=1), Conv(3)]), 0, 9, [1])
    [Unclipped(place=Place(node=1, unit=9), first=17, last=23, number=7, next_first=19, confirmed=True)]
    """
    turn = whole_turns(network, axis)
    wanted = [node for node in nodes if turn[node]]
    found: list[Unclipped] = []
    longer = size
    while wanted and longer <= MOST_INPUTS:
        step = lcm(*(turn[node] for node in wanted))
        longer += -(-max(longer, 8) // step) * step
        try:
            seen, cut = _inside(network, axis, longer, wanted)
        except ShapeError:  # branches that fit together at the size of the input only
            break
        found += seen
        wanted = cut
    return found


def _inside(network: Network, axis: int, size: int, nodes: list[int]) -> tuple[list[Unclipped], list[int]]:
    """Those of ``nodes`` whose central unit stays far from the ends of the input, and those that need a longer one."""
    needed = ancestors(network, nodes)
    sizes = lengths(network, axis, size, needed)
    places = [Place(node, min(sizes[node] // 2 + after, sizes[node] - 1)) for node in nodes for after in (0, 1)]
    reads = push_back(network, axis, sizes, size, places)
    pairs = [(places[column], reads[:, column], reads[:, column + 1]) for column in range(0, len(places), 2)]
    wide = widths(network, axis)
    whole = [
        place.unit + 1 < sizes[place.node] and all(_lies_free(marks, wide[place.node]) for marks in (own, following))
        for place, own, following in pairs
    ]
    # a unit in a gap between stamps reads nothing on any input
    idle = [sizes[place.node] >= MANY and not (own.any() and following.any()) for place, own, following in pairs]
    cut = [pair[0].node for pair, *no_more in zip(pairs, whole, idle, strict=True) if not any(no_more)]
    free = [pair for pair, enough in zip(pairs, whole, strict=True) if enough]
    confirmed = _confirmed(network, axis, [(place, own) for place, own, _next in free], needed)
    return [
        Unclipped(place, *_ends(own), int(own.sum()), int(following.argmax()), agrees)
        for (place, own, following), agrees in zip(free, confirmed, strict=True)
    ], cut


def _lies_free(marks: Array, width: int) -> bool:
    """Whether all that a unit reads lies far from the ends of the input, even what may have been lost in the padding.

    A quarter is left free on both sides: a map inside the network may end well before the input does.
    """
    if not marks.any():
        return False
    (first, last), edge = _ends(marks), marks.size // 4
    width = max(width, last - first)
    return edge <= last - width and first + width < marks.size - edge


def _ends(marks: Array) -> tuple[int, int]:
    """The first and the last mark."""
    places = np.flatnonzero(marks)
    return int(places[0]), int(places[-1])


def _confirmed(network: Network, axis: int, reads: list[tuple[Place, Array]], needed: set[int]) -> list[bool]:
    """Whether poison outside of what a unit reads leaves it alone, and poison at the ends of it does not."""
    if not reads:
        return []
    columns = []
    for _place, own in reads:
        columns += [~own, *(np.arange(own.size) == end for end in _ends(own))]
    tables = poison(network, axis, np.stack(columns, axis=1), needed)
    reached = [
        tables[place.node][place.unit, 3 * number : 3 * number + 3] for number, (place, _own) in enumerate(reads)
    ]
    return [not outside and bool(first) and bool(last) for outside, first, last in reached]


def alike(network: Network) -> bool:
    """Whether every layer has one size for all axes, so that one axis stands for the others."""
    return not any(node.layer.uneven for node in network.nodes)


def whole_turns(network: Network, axis: int) -> list[int]:
    """For each layer, by how many inputs the axis may grow so that every window lies as before; 0 if it may not."""
    turns: list[int] = []
    for node in network.nodes:
        before = [1 if source == INPUT else turns[source] for source in node.inputs]
        turns.append(lcm(*before) * line_of(node.layer, axis).turn)
    return turns


def widths(network: Network, axis: int) -> list[int]:
    """For each layer, how far apart at most the first and the last input of the network are that a unit reads."""
    turns, made = whole_turns(network, axis), list[int]()
    for node in network.nodes:
        own = line_of(node.layer, axis).width
        made.append(max(own if source == INPUT else made[source] + own * turns[source] for source in node.inputs))
    return made
