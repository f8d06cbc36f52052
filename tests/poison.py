"""A second way to know what a unit reads: every number carries the set of input pixels it was made from."""

from __future__ import annotations

from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network
from tests.definitions import Map, Place, input_map, merged
from tests.every_kind import EVERY_KIND


def run(network: Network, space: Place, *, statistics: bool = True) -> list[Map]:
    """The map after every node; without ``statistics`` nothing is read but what slides."""
    made: list[Map] = []
    for node in network.nodes:
        maps = [input_map(space) if source == INPUT else made[source] for source in node.inputs]
        made.append(
            merged(maps, stretched=statistics) if len(maps) > 1 else _read(node.layer, maps[0], statistics=statistics)
        )
    return made


def _read(layer: Layer, map: Map, *, statistics: bool) -> Map:
    row = EVERY_KIND[type(layer).__name__]
    reads = row.reads if statistics else row.sliding or row.reads
    assert reads is not None, f"{layer} has no places to follow"
    return reads(layer, map)
