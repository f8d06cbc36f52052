"""Hypothesis strategies for layers, stacks and graphs of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnncalc.analysis import shapes
from cnncalc.errors import CnncalcError
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Names, Network, Node
from cnncalc.shapes import Shape

small = st.integers(1, 3)
pairs = st.tuples(st.integers(0, 2), st.integers(0, 2))


def sizes(rank: int, numbers: st.SearchStrategy[int] = small) -> st.SearchStrategy[int | tuple[int, ...]]:
    """One number, or one per axis."""
    return numbers | st.tuples(*[numbers] * rank)


def paddings(rank: int, *rules: str) -> st.SearchStrategy[object]:
    rule = st.sampled_from(rules) if rules else st.nothing()
    return st.integers(0, 2) | st.tuples(*[pairs] * rank) | rule


@st.composite
def layers(draw: st.DrawFn, rank: int, *, flat: bool = False) -> Layer:
    """A layer of any kind that keeps or makes places; with ``flat`` also flatten and dense."""
    window = {"kernel": draw(sizes(rank)), "stride": draw(sizes(rank)), "dilation": draw(sizes(rank))}
    sliding = window | {"padding": draw(paddings(rank, "same", "same-lower", "causal"))}
    filters = {"filters": draw(st.sampled_from([None, 2, 4]))}
    makers = {
        "Conv": sliding | filters,
        "Depthwise": sliding,
        "Separable": sliding | filters,
        "Local": sliding | filters,
        "Tiled": sliding | filters | {"tile": draw(sizes(rank))},
        "Transposed": window
        | filters
        | {"padding": draw(paddings(rank, "same")), "output_padding": draw(st.integers(0, 2))},
        "Pool": sliding
        | {
            "op": draw(st.sampled_from(["max", "avg", "lp"])),
            "ceil": draw(st.booleans()),
            "wide_padding": draw(st.booleans()),
        },
        "GlobalPool": {},
        "AdaptivePool": {"outputs": draw(sizes(rank))},
        "BatchNorm": {"statistics": draw(st.booleans())},
        "LayerNorm": {"space": draw(st.booleans())},
        "GroupNorm": {},
        "InstanceNorm": {},
        "LocalResponseNorm": {},
        "Activation": {"function": draw(st.sampled_from(["relu", "tanh"]))},
        "PReLU": {},
        "Scale": {},
        "Dropout": {},
        "Identity": {},
        "Softmax": {"space": draw(st.booleans())},
        "Upsample": draw(upsamples(rank)),
        "PixelShuffle": {"factor": draw(st.integers(1, 2)), "inverse": draw(st.booleans())},
        "ChannelShuffle": {"groups": 1},
        "Pad": {
            "padding": draw(paddings(rank)),
            "mode": draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        },
        "Crop": {"border": draw(paddings(rank))},
        "Slice": {"stride": draw(sizes(rank))},
        "Attention": {},
    }
    if flat:
        makers |= {"Dense": {"units": 3}, "Flatten": {}}
    likely = ["Conv", "Pool", "Transposed", "Upsample"] * 4
    name = draw(st.sampled_from([*makers, *likely]))
    return kind(name)(**within_limits(name, makers[name]))


def within_limits(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options, with no more padding than a pool may have, nor output padding than a transposed convolution."""
    if name == "Pool" and not isinstance(options.get("padding", ""), str):
        smallest = min(_each(options["kernel"]))
        most = smallest - 1 if options.get("wide_padding") else smallest // 2
        return options | {"padding": _limited(options["padding"], most)}
    if name == "Transposed" and "output_padding" in options:
        most = max(min(_each(options.get("stride", 1))), min(_each(options.get("dilation", 1)))) - 1
        return options | {"output_padding": _limited(options["output_padding"], most)}
    return options


def _each(sizes: int | tuple[int, ...]) -> tuple[int, ...]:
    return sizes if isinstance(sizes, tuple) else (sizes,)


def _limited(value: Any, most: int) -> Any:
    """A number, or every number in nested tuples, cut down to ``most``."""
    return tuple(_limited(one, most) for one in value) if isinstance(value, tuple) else min(value, most)


@st.composite
def upsamples(draw: st.DrawFn, rank: int) -> dict[str, object]:
    mode = draw(st.sampled_from(["nearest", "bilinear", "bicubic"]))
    options: dict[str, object] = {"mode": mode, "align_corners": mode != "nearest" and draw(st.booleans())}
    return options | draw(
        st.fixed_dictionaries({"scale": sizes(rank)}) | st.fixed_dictionaries({"to": sizes(rank, st.integers(1, 9))})
    )


@st.composite
def graphs(draw: st.DrawFn, *, most: int = 6, rank: int | None = None, flat: bool = False) -> tuple[Network, Shape]:
    """A network of up to ``most`` nodes and an input it takes: stacks, branches and merges of every kind."""
    rank = rank or draw(st.integers(1, 2))
    space = tuple(draw(st.integers(3, 9)) for _axis in range(rank))
    input = Shape(space, 4)
    names, nodes = Names(), list[Node]()
    made: list[Shape] = []
    for _node in range(draw(st.integers(1, most))):
        node = draw(_nodes(nodes, made, input, names, rank, flat=flat))
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
def _nodes(
    draw: st.DrawFn, nodes: list[Node], made: list[Shape], input: Shape, names: Names, rank: int, *, flat: bool
) -> Node:
    sources = list(range(-1, len(nodes)))
    source = draw(st.sampled_from([*sources, *[len(nodes) - 1] * 3]))
    shape = input if source == INPUT else made[source]
    alike = [i for i in sources if (input if i == INPUT else made[i]).space in (shape.space, (1,) * len(shape.space))]
    if len(alike) > 1 and draw(st.booleans()):
        merge = Merge(draw(st.sampled_from(["add", "mul", "concat"])))
        others = draw(st.lists(st.sampled_from(alike), min_size=1, max_size=2))
        return Node(merge, (source, *others), names.take(merge.keyword))
    layer = draw(layers(rank, flat=flat))
    return Node(layer, (source,), names.take(layer.keyword))
