"""Hypothesis strategies for layers, stacks and graphs of every kind."""

from __future__ import annotations

from hypothesis import strategies as st

from cnncalc.analysis import shapes
from cnncalc.errors import CnncalcError
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Names, Network, Node
from cnncalc.shapes import Shape
from tests.every_kind import EVERY_KIND, fitting_layer

FOLLOWED = [name for name, row in EVERY_KIND.items() if row.reads]
LIKELY = ["Conv", "Pool", "Transposed", "Upsample"] * 4


def layers(rank: int) -> st.SearchStrategy[Layer]:
    """A layer of any kind whose places lie on the axes of its map."""
    return st.sampled_from([*FOLLOWED, *LIKELY]).flatmap(lambda name: fitting_layer(name, rank))


SMALL = st.integers(3, 9)


@st.composite
def graphs(
    draw: st.DrawFn, *, most: int = 6, rank: int | None = None, sizes: st.SearchStrategy[int] = SMALL
) -> tuple[Network, Shape]:
    """A network of up to ``most`` nodes and an input it takes: stacks, branches and merges of every kind."""
    rank = rank or draw(st.integers(1, 2))
    space = tuple(draw(sizes) for _axis in range(rank))
    input = Shape(space, 4)
    names, nodes = Names(), list[Node]()
    made: list[Shape] = []
    for _node in range(draw(st.integers(1, most))):
        node = draw(_nodes(nodes, made, input, names, rank))
        try:
            shape = shapes(Network((*nodes, node)), input)[-1]
        except CnncalcError:
            continue
        if shape.numbers > 4096:
            continue
        nodes.append(node)
        made.append(shape)
    if not nodes:
        nodes = [Node(kind("Identity")(), (INPUT,), "identity1")]
    return Network(tuple(nodes)), input


@st.composite
def _nodes(draw: st.DrawFn, nodes: list[Node], made: list[Shape], input: Shape, names: Names, rank: int) -> Node:
    sources = list(range(-1, len(nodes)))
    source = draw(st.sampled_from([*sources, *[len(nodes) - 1] * 3]))
    shape = input if source == INPUT else made[source]
    alike = [i for i in sources if (input if i == INPUT else made[i]).space in (shape.space, (1,) * len(shape.space))]
    if len(alike) > 1 and draw(st.booleans()):
        merge = Merge(draw(st.sampled_from(["add", "mul", "concat"])))
        others = draw(st.lists(st.sampled_from(alike), min_size=1, max_size=2))
        return Node(merge, (source, *others), names.take(merge.keyword))
    layer = draw(layers(rank))
    return Node(layer, (source,), names.take(layer.keyword))
