"""Random layers of every kind and random networks of every form, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cnncalc.layers import KINDS, kind
from cnncalc.layers.activation import FUNCTIONS
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import OPS
from cnncalc.layers.pad import MODES as PAD_MODES
from cnncalc.network import INPUT, Network, Node
from cnncalc.shapes import Shape
from tests.networks import within_limits

COUNTS = st.integers(1, 6)
SIZES = COUNTS | st.tuples(COUNTS, COUNTS) | st.tuples(COUNTS, COUNTS, COUNTS)
PAIRS = st.tuples(st.integers(0, 4), st.integers(0, 4))
NUMBERS = st.integers(0, 3) | st.tuples(PAIRS) | st.tuples(PAIRS, PAIRS)
RULES = st.sampled_from(("same", "same-lower", "causal"))
YES = st.booleans()

WINDOW = {"kernel": SIZES, "stride": SIZES, "dilation": SIZES, "padding": NUMBERS | RULES}
FILTERS = {**WINDOW, "filters": st.none() | COUNTS, "bias": YES}
AFFINE = {"scale": YES, "shift": YES}

FIELDS: dict[str, dict[str, SearchStrategy[object]]] = {
    "Conv": {**FILTERS, "groups": COUNTS},
    "Depthwise": {**WINDOW, "multiplier": COUNTS, "bias": YES},
    "Separable": {**FILTERS, "multiplier": COUNTS},
    "Transposed": {
        **FILTERS,
        "padding": NUMBERS | st.just("same"),
        "output_padding": st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)),
        "groups": COUNTS,
    },
    "Local": {**FILTERS, "shared_bias": YES},
    "Tiled": {**FILTERS, "tile": SIZES},
    "Dense": {"units": st.integers(1, 5000), "bias": YES},
    "Pool": {
        **WINDOW,
        "op": st.sampled_from(("max", "avg", "lp")),
        "ceil": YES,
        "exclude_padding": YES,
        "wide_padding": YES,
    },
    "GlobalPool": {"op": st.sampled_from(("max", "avg", "lp"))},
    "AdaptivePool": {"outputs": SIZES, "op": st.sampled_from(("max", "avg"))},
    "BatchNorm": {**AFFINE, "statistics": YES},
    "LayerNorm": {**AFFINE, "space": YES},
    "GroupNorm": {**AFFINE, "groups": COUNTS},
    "InstanceNorm": AFFINE,
    "LocalResponseNorm": {"channels": COUNTS},
    "Activation": {"function": st.sampled_from(FUNCTIONS)},
    "PReLU": {"shared": YES},
    "Scale": {"shift": YES},
    "Dropout": {},
    "Identity": {},
    "Softmax": {"space": YES},
    "Flatten": {},
    "PixelShuffle": {"factor": COUNTS, "inverse": YES},
    "ChannelShuffle": {"groups": COUNTS},
    "Pad": {"padding": NUMBERS, "mode": st.sampled_from(tuple(PAD_MODES))},
    "Crop": {"border": NUMBERS},
    "Slice": {"first": st.integers(0, 3), "stop": st.none() | st.integers(4, 9), "stride": SIZES},
    "Attention": {"heads": COUNTS, "bias": YES},
    "Attend": {"heads": COUNTS},
    "Tokens": {"extra": st.integers(0, 9)},
    "Offset": {"space": YES},
    "Unflatten": {"space": SIZES},
    "Unknown": {
        "operator": st.sampled_from(("", "Magic", "com.example::Magic 2")),
        "to": st.lists(COUNTS, max_size=4).map(tuple),
        "learnt": st.integers(0, 9),
    },
    "Merge": {"op": st.sampled_from(OPS)},
}
"""The values of every field of every kind; what needs more than that stands in `UPSAMPLES`."""

UPSAMPLES = st.one_of(
    st.fixed_dictionaries({"scale": SIZES}, optional={"mode": st.just("nearest")}),
    st.fixed_dictionaries({"to": SIZES, "mode": st.sampled_from(("bilinear", "bicubic")), "align_corners": YES}),
    st.fixed_dictionaries({"scale": SIZES, "mode": st.sampled_from(("bilinear", "bicubic")), "align_corners": YES}),
)


def of_kind(name: str) -> SearchStrategy[Layer]:
    """Layers of one kind, with every field anything it may be."""
    if name == "Upsample":
        return UPSAMPLES.map(lambda values: kind("Upsample")(**values))
    required = {"kernel", "units", "outputs", "factor"} | ({"space"} if name == "Unflatten" else set())
    fields = FIELDS[name]
    needed = {field: values for field, values in fields.items() if field in required}
    optional = {field: values for field, values in fields.items() if field not in required}
    return st.fixed_dictionaries(needed, optional=optional).map(
        lambda values: kind(name)(**within_limits(name, values))
    )


LAYERS = st.sampled_from([name for name in KINDS if name != "Merge"]).flatmap(of_kind)
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
        layer = draw(of_kind("Merge")) if merges else draw(st.sampled_from(few))
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
        nodes.append(Node(layer, inputs, name, tied))
    shape = draw(st.none() | st.sampled_from((Shape((8, 8), 3), Shape((5,), 5), Shape((), 7), Shape((4, 4, 4), 4))))
    return Network(tuple(nodes), shape)
