"""What must be the same of a network however it is told: each check names what differs, in words."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from cnncalc.analysis import counts, shapes
from cnncalc.inputs import seen_from, shapes_of
from cnncalc.layers.merge import Merge
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.report import receptive_fields
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report
from cnncalc.verify.compare import verify
from tests.oracle.answers import differences, done, said
from tests.oracle.frameworks import imported, imported_from_keras

Check = Callable[[Network, Shape, random.Random], Iterator[str]]


def torch_does(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """Shapes, parameters, MACs and what units read are what PyTorch does."""
    claimed = said(network, input, dice)
    observed = done(network, input, [list(answer.reads) for answer in claimed])
    yield from differences(network, claimed, observed)


def from_other_inputs(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """The same as `torch_does`, looked at from another input of the network."""
    whole = replace(network, input=input)
    for name, shape in shapes_of(whole).items():
        if name != whole.entry and shape and shape.space:
            seen = seen_from(whole, name)
            yield from (f"from {name}: {line}" for line in torch_does(seen, shape, dice))


def written_and_read(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """What is shown as notation is read as the same network."""
    for lines in (False, True):
        text = show(network, lines=lines)
        again = parse(text)
        if [(node.layer, node.inputs, node.name) for node in again.nodes] != [
            (node.layer, node.inputs, node.name) for node in network.nodes
        ]:
            yield f"read as another network: {text}"


def sums(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """Totals are the sums over the layers, and those over blocks."""
    numbers = counts(network, input, shapes(network, input))
    for depth in (0, 1):
        data = summary_report(network, input, depth=depth).data
        for key in ("parameters", "macs"):
            total = sum(getattr(count, key) for count in numbers)
            parts = sum(row[key] for row in data["layers"])
            if not total == data["total"][key] == parts:
                yield f"{key} at depth {depth}: {data['total'][key]} in all, {parts} in rows, {total} counted"


def permuted(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """Sums and products are the same in whatever order their branches stand."""
    nodes = tuple(_shuffled(node, dice) for node in network.nodes)
    seed = dice.random()
    one, other = (said(version, input, random.Random(seed)) for version in (network, replace(network, nodes=nodes)))
    if one != other:
        yield from differences(network, one, other)


def _shuffled(node: Node, dice: random.Random) -> Node:
    if not isinstance(node.layer, Merge) or node.layer.op == "concat":
        return node
    return replace(node, inputs=tuple(dice.sample(node.inputs, len(node.inputs))))


def in_blocks(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """Names of blocks change no number, and a folded block reads what its last layer does."""
    ends = sorted(dice.sample(range(len(network)), min(2, len(network))))
    nodes = tuple(
        replace(node, name=f"b{sum(index > end for end in ends)}.{node.name}")
        for index, node in enumerate(network.nodes)
    )
    blocked = replace(network, nodes=nodes)
    rows = {row["name"]: row for row in receptive_fields(blocked, input).data["layers"]}
    last = {name.split(".")[0]: row for name, row in rows.items()}
    for row in receptive_fields(blocked, input, depth=1).data["layers"]:
        if row["field"] != last[row["name"]]["field"]:
            yield f"block {row['name']} reads {row['field']}, its last layer {last[row['name']]['field']}"
    for own, row in zip(receptive_fields(network, input).data["layers"], rows.values(), strict=True):
        if own["field"] != row["field"]:
            yield f"{own['name']} reads {own['field']}, in a block {row['field']}"


def proven(network: Network, input: Shape, dice: random.Random) -> Iterator[str]:
    """`verify` agrees."""
    for claim in verify(network, input, max_time=5.0).disagreements:
        yield f"verify: {claim}"


CHECKS: dict[Check, int] = {
    torch_does: 1,
    from_other_inputs: 1,
    written_and_read: 1,
    sums: 3,
    permuted: 3,
    in_blocks: 5,
    proven: 10,
    imported: 25,
    imported_from_keras: 10,
}
"""Every check, and of how many networks one is given to it: the dear ones of fewer."""
