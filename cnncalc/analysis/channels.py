"""Which channels are read: where some are picked of a map whose channels do not read alike, each choice is followed.

In most networks all channels of a map read the same places, since a convolution sums over them, and nothing is picked
of those that do not: then nothing here is done. A map in which branches stand side by side, or whose positions became
channels, is parted only as far as somebody picks: from the choice back to where its channels were made.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cnncalc.fields import SOMEWHERE, WHOLE, Reach
from cnncalc.layers.base import Channels, Layer
from cnncalc.network import INPUT, Network, Node
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape

MOST_CHOICES = 64
"""Where more choices are made among the channels of one map, further ones are taken as all of them."""

MOST_CHANNELS = 1 << 16
"""Choices among more channels than this are taken as all of them."""


class Route(NamedTuple):
    """What is read of a source: which channels, and by which reach on every axis; without any, by the layer's own.

    Where it is not ``exact``, less may be read.
    """

    source: int
    channels: Channels = None
    reaches: tuple[Reach, ...] = ()
    exact: bool = True


def plain(network: Network, node: int, maps: tuple[Shape, ...] | None) -> tuple[Route, ...]:
    """The routes of a node that reads all channels of its sources; ``maps`` are the shapes of all nodes, the input's last."""
    layer, sources = network.nodes[node].layer, network.nodes[node].inputs
    if len(sources) == 1 or maps is None or not layer.merges:
        return _alone(sources)
    shapes = tuple(maps[source] for source in sources)
    return tuple(Route(source, None, layer.placed(branch, shapes)) for branch, source in enumerate(sources))


@lru_cache(maxsize=4096)
def _alone(sources: tuple[int, ...]) -> tuple[Route, ...]:
    return tuple(map(Route, sources))


class Routes(NamedTuple):
    """For each node the routes of every choice among its channels that does not read as the layer alone would tell.

    ``behind`` are the nodes that read through such a choice, and ``at_most`` those of them of which less may be read.
    """

    ways: dict[int, dict[Channels, tuple[Route, ...]]]
    behind: frozenset[int]
    at_most: frozenset[int]


def routes(network: Network, input: Shape | None, outputs: tuple[Shape, ...] | None) -> Routes | None:
    """The routes of a network; `None` where all that is picked reads alike, which is the rule.

    >>> from cnncalc.analysis import shapes
    >>> from cnncalc.notation.parsing import parse
    >>> network, input = parse("concat( conv3-4,p1 | ) slice,from4"), Shape((8, 8), 4)
    >>> routes(network, input, shapes(network, input)).ways[2][None]
    (Route(source=1, channels=Inputs(first=4, last=7, step=1, mask=0), reaches=(), exact=True),)
    >>> routes(parse("conv3-8 slice,from4"), None, None) is None
    True
    """
    if not any(layer.selects for layer in {id(node.layer): node.layer for node in network.nodes}.values()):
        return None
    alike = _alike(network)
    picks = [
        index
        for index, node in enumerate(network.nodes)
        if node.layer.selects
        and (not alike.issuperset(node.inputs) or _leaves_axes(node.layer, _before(node, input, outputs)))
    ]
    if not picks:
        return None
    if input is None or outputs is None:
        behind = _behind(network, set(picks))
        return Routes({}, behind, behind)
    return _followed(_Maps(network, (*outputs, input), alike), picks)


def _before(node: Node, input: Shape | None, outputs: tuple[Shape, ...] | None) -> Shape | None:
    """The shape of what a node of one input reads, where it is known."""
    source = node.inputs[0]
    return input if source == INPUT else outputs[source] if outputs else None


def _leaves_axes(layer: Layer, before: Shape | None) -> bool:
    """Whether a layer writes the places of a map elsewhere, and not in a row, so that it is not followed which are read."""
    return layer.row is None and before is not None and before.positions > 1 and layer.reach(0, None) is SOMEWHERE


def _alike(network: Network) -> set[int]:
    """The maps all of whose channels read the same: the input's, those after a sum over channels, what is made of those."""
    alike = {INPUT}
    for index, node in enumerate(network.nodes):
        layer, reach = node.layer, node.layer.reach(0, None)
        if layer.spreads and not (layer.merges and len(set(node.inputs)) == 1):
            continue
        gives_back = reach is not None and reach.whole and reach.phases  # each number beside what it is normalised by
        if alike.issuperset(node.inputs) or (layer.mixing(None, None) is WHOLE and not gives_back):
            alike.add(index)
    return alike


def _behind(network: Network, nodes: set[int]) -> frozenset[int]:
    """The nodes, and all that read them."""
    for index, node in enumerate(network.nodes):
        if not nodes.isdisjoint(node.inputs):
            nodes.add(index)
    return frozenset(nodes)


class _Maps(NamedTuple):
    """A network with the shapes of its maps, the input's last, and the maps whose channels read alike."""

    network: Network
    shapes: tuple[Shape, ...]
    alike: set[int]

    def routes(self, node: int, channels: Channels) -> Iterator[Route]:
        """What some channels of a node read of its sources."""
        layer, sources = self.network.nodes[node].layer, self.network.nodes[node].reads
        if not sources:
            return
        if len(sources) > 1:
            shapes = tuple(self.shapes[source] for source in sources)
            exact = channels is None or layer.mixes is not None or not layer.known
            for branch, part in layer.parted(channels, tuple(shape.channels for shape in shapes)):
                yield Route(sources[branch], part, layer.placed(branch, shapes), exact)
            return
        before = self.shapes[sources[0]]
        if layer.row is not None:
            yield Route(sources[0], channels, exact=True) if layer.row.each == 1 else Route(sources[0], exact=False)
            return
        if before.channels > MOST_CHANNELS or _leaves_axes(layer, before):
            yield Route(sources[0], exact=False)
            return
        yield from (Route(sources[0], *way) for way in layer.ways(channels, before, self.shapes[node]))


def _followed(maps: _Maps, picks: list[int]) -> Routes:
    asked: dict[int, dict[Channels, None]] = {pick: {None: None} for pick in picks}
    ways: dict[int, dict[Channels, tuple[Route, ...]]] = {}
    for node in range(max(picks), INPUT, -1):
        for channels in asked.pop(node, ()):
            followed = tuple(_asked(maps, route, asked) for route in maps.routes(node, channels))
            ways.setdefault(node, {})[channels] = followed
    behind = _behind(maps.network, set(picks))
    return Routes(ways, behind, _at_most(maps.network, ways))


def _asked(maps: _Maps, route: Route, asked: dict[int, dict[Channels, None]]) -> Route:
    """The route, whose choice is asked of its source; all channels together where those read alike."""
    every = Inputs(0, maps.shapes[route.source].channels - 1)
    if route.channels in (None, every) or route.source in maps.alike:
        return route._replace(channels=None)
    choices = asked.setdefault(route.source, {})
    if len(choices) >= MOST_CHOICES and route.channels not in choices:
        return route._replace(channels=None, exact=False)
    choices[route.channels] = None
    return route


def _at_most(network: Network, ways: dict[int, dict[Channels, tuple[Route, ...]]]) -> frozenset[int]:
    """The nodes one of whose routes, or of those before, is not exact."""
    inexact: set[tuple[int, Channels]] = set()
    for index, node in enumerate(network.nodes):
        for channels, followed in {None: _alone(node.inputs), **ways.get(index, {})}.items():
            if any(not route.exact or (route.source, route.channels) in inexact for route in followed):
                inexact.add((index, channels))
    return frozenset(index for index, channels in inexact if channels is None)
