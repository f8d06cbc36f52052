"""Random layers of every kind and random networks of every form, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from cnncalc.layers import KINDS, kind
from cnncalc.network import INPUT, Network, Node, Stored
from cnncalc.shapes import Shape
from tests.every_kind import any_layer

MERGES = [name for name in KINDS if kind(name).merges and not kind(name).alone]
LAYERS = st.sampled_from([name for name in KINDS if name not in MERGES]).flatmap(any_layer)
"""Layers of every kind that reads one input."""

PARTS = st.sampled_from(
    (
        "conv1",
        "conv2",
        "conv3",
        "add1",
        "relu1",
        "a",
        "b",
        "enc",
        "1",
        "2",
        "3",
        "",
        "input",
        "x2",
        "my layer",
        'a"b',
        "块",
    )
)
"""Parts of names, some of which collide with automatic names, numbers or the notation's own words."""


STORED = st.builds(Stored, *[st.integers(-99, 99)] * 2, *[st.integers(0, 99)] * 3)
"""What a layer of a model file may store otherwise than its kind."""


@st.composite
def networks(draw: st.DrawFn, largest: int = 14) -> Network:
    """Any graph without cycles: side outputs, inputs read twice, merges of one branch or many, odd names, ties."""
    nodes: list[Node] = []
    names: set[str] = set()
    few = draw(st.lists(LAYERS, min_size=1, max_size=3))
    counts: dict[str, int] = {}
    block: list[str] = []
    for index in range(draw(st.integers(1, largest))):
        merges = draw(st.booleans())
        nearby = st.integers(max(INPUT, index - 4), index - 1) | st.just(index - 1) | st.integers(INPUT, index - 1)
        inputs = tuple(draw(st.lists(nearby, min_size=1, max_size=4 if merges else 1)))
        layer = draw(st.sampled_from(MERGES).flatmap(any_layer)) if merges else draw(st.sampled_from(few))
        block = draw(st.just(block) | st.lists(PARTS, max_size=2) | st.just([]))
        stem = ".".join([*block, layer.keyword])
        counts[stem] = counts.get(stem, 0) + 1
        name = f"{stem}{counts[stem]}"
        if draw(st.integers(0, 3)) == 0:
            name = ".".join([*block, draw(PARTS)])
        while name in names:
            name += "x"
        names.add(name)
        twins = [node.name for node in nodes if node.layer == layer]
        tied = draw(st.sampled_from(["", "", *twins]))
        stored = None if tied else draw(st.none() | st.just(None) | STORED)
        nodes.append(Node(layer, inputs, name, tied, stored))
    shape = draw(st.none() | st.sampled_from((Shape((8, 8), 3), Shape((5,), 5), Shape((), 7), Shape((4, 4, 4), 4))))
    return Network(tuple(nodes), shape)
