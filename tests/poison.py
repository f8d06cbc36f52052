"""A second way to know what a unit reads: every number carries the set of input pixels it was made from."""

from __future__ import annotations

from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network
from tests.definitions import Map, Place, input_map, merged
from tests.every_kind import EVERY_KIND


def run(network: Network, space: Place) -> list[Map]:
    """The map after every node."""
    made: list[Map] = []
    for node in network.nodes:
        maps = [input_map(space) if source == INPUT else made[source] for source in node.inputs]
        made.append(merged(maps) if len(maps) > 1 else _read(node.layer, maps[0]))
    return made


def _read(layer: Layer, map: Map) -> Map:
    reads = EVERY_KIND[type(layer).__name__].reads
    assert reads is not None, f"{layer} has no places to follow"
    return reads(layer, map)
