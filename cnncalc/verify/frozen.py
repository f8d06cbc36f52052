"""A network with its statistics frozen: norms go on by numbers of their own, and what does not slide is cut off."""

from __future__ import annotations

from dataclasses import replace

from cnncalc.layers.identity import Identity
from cnncalc.network import INPUT, Network, Node
from cnncalc.verify.experiments import experiment
from cnncalc.verify.lines import line_of
from cnncalc.verify.reading import along_axes, lengths


def frozen(network: Network, axis: int, size: int) -> tuple[Network, set[int]]:
    """The network with frozen statistics, for ``size`` inputs on an axis, and the layers that read less for it but move.

    What follows the last layer along the axes is left out. A merge leaves out branches that stand still, and those of a single place that it stretches over its map.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.layers.globalpool import GlobalPool
    >>> from cnncalc.layers.instancenorm import InstanceNorm
    >>> from cnncalc.network import chain
    >>> one, less = frozen(chain([Conv(1), InstanceNorm(), Conv(3), GlobalPool()]), 0, 8)
    >>> one.nodes[1].layer, less
    (BatchNorm(scale=True, shift=True, statistics=True), {1, 2})
    """
    sizes, still, less = lengths(network, axis, size, set(along_axes(network))), set[int](), set[int]()
    lost: set[int] = set()
    nodes: list[Node] = []
    for index, node in enumerate(network.nodes[: len(sizes)]):
        row = experiment(node.layer)
        alone = len(node.inputs) == 1 or row.rigid
        moving = tuple(
            source
            for source in node.inputs[: row.slid]
            if source not in still and (alone or _length(sizes, source, size) == sizes[index])
        )
        if lost.intersection(node.inputs) or (row.rigid and moving != node.inputs):
            lost.add(index)
            nodes.append(node)
            continue
        kept = _kept(node, moving, axis)
        if kept is None:
            still.add(index)
        elif kept != node or less.intersection(moving):
            less.add(index)
        nodes.append(kept or node)
    return replace(network, nodes=tuple(nodes)), less


def _kept(node: Node, moving: tuple[int, ...], axis: int) -> Node | None:
    """A node with what of its inputs moves, its statistics frozen; `None` where it stands still."""
    row = experiment(node.layer)
    if not moving or row.still(node.layer, axis):
        return None
    if moving != node.inputs:
        return replace(node, inputs=moving, layer=node.layer if len(moving) > 1 else Identity())
    if row.given and not line_of(node.layer, axis).turn:
        return replace(node, layer=row.given, tied="")
    return node


def _length(sizes: list[int], source: int, size: int) -> int:
    return size if source == INPUT else sizes[source]
