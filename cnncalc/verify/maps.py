"""Receptive fields by experiment on whole maps, with all their channels: slabs of inputs that are not a number spread.

What is looked at one axis at a time takes the channels of a map to be alike. Here they are what they are, so that a
network that picks some of them is seen to read what those read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnncalc.network import INPUT, Network
from cnncalc.verify.experiments import experiment
from cnncalc.verify.ledger import Array, Ledger

Marks = Array
"""Yes or no for every number of a map, channels first."""


def carry(layer: object, *maps: Marks) -> Marks:
    """Run the layer on ones that are not a number where marked: marked is what is not a number then.

    >>> from cnncalc.layers.slice import Slice
    >>> carry(Slice(first=1), np.array([[True, False], [False, True]])).astype(int)
    array([[0, 1]])
    """
    arrays = [np.where(marks, np.float32(np.nan), np.float32(1)) for marks in maps]
    with np.errstate(all="ignore"):
        made = experiment(layer).forward(layer, Ledger((0,), positive=True), *arrays)
    return np.asarray(np.isnan(made))


def spread(network: Network, marks: Marks) -> Iterator[tuple[int, Marks]]:
    """The marks of every layer, given those of the input; maps are dropped when nobody reads them any more."""
    last_use = {source: index for index, node in enumerate(network.nodes) for source in node.inputs}
    maps = {INPUT: marks}
    for index, node in enumerate(network.nodes):
        maps[index] = carry(node.layer, *(maps[source] for source in node.inputs))
        yield index, maps[index]
        for source in {*node.inputs, index}:
            if last_use.get(source, -1) <= index:
                maps.pop(source)


def central_and_corner(space: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The two units of a map that are looked at.

    >>> central_and_corner((5, 4)), central_and_corner(())
    ([(0, 0), (2, 2)], [()])
    """
    return list(dict.fromkeys(((0,) * len(space), tuple(size // 2 for size in space))))


Reads = dict[tuple[int, tuple[int, ...]], list[Array]]
"""For a layer and a unit: marks of the inputs it reads, projected on each axis."""


def slabs(network: Network, shape: tuple[int, ...]) -> Reads:
    """What the central and the corner unit of every layer read of an input of ``shape``, channels first.

    One pass for each place of each axis: all that lies there is not a number, and whoever reads any of it is not either.

    >>> from cnncalc.notation.parsing import parse
    >>> seen = slabs(parse("concat( conv3-1,p1 | ) slice,from1"), (1, 5))
    >>> [seen[node, (2,)][0].astype(int).tolist() for node in (0, 1, 2)]
    [[0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]]
    """
    reads: Reads = {}
    for axis, size in enumerate(shape[1:], start=1):
        for place in range(size):
            marks = np.zeros(shape, bool)
            marks[(slice(None),) * axis + (place,)] = True
            for index, marked in spread(network, marks):
                reached = np.asarray(marked.any(axis=0))
                for unit in central_and_corner(reached.shape):
                    rows = reads.setdefault((index, unit), [np.zeros(length, bool) for length in shape[1:]])
                    rows[axis - 1][place] = reached[unit]
    return reads
