"""Random networks: layers of every kind with every option, branches that meet, side outputs, channels that are picked."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cnncalc.analysis import shapes
from cnncalc.errors import CnncalcError
from cnncalc.layers import kind
from cnncalc.layers.activation import FUNCTIONS
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Names, Network, Node
from cnncalc.shapes import Shape

MOST_NUMBERS = 4096
"""No map is larger, so that a network takes milliseconds."""

MOST_LAYERS = 9

Options = dict[str, Any]
Draw = Callable[[random.Random, Shape], Options]


def _sizes(dice: random.Random, rank: int, numbers: tuple[int, ...]) -> Any:
    """One number, or one per axis."""
    if dice.random() < 0.7:
        return dice.choice(numbers)
    return tuple(dice.choice(numbers) for _axis in range(rank))


def _padding(dice: random.Random, rank: int, most: int, *rules: str) -> Any:
    if rules and dice.random() < 0.2:
        return dice.choice(rules)
    if dice.random() < 0.6:
        return dice.randint(0, most)
    return tuple((dice.randint(0, most), dice.randint(0, most)) for _axis in range(rank))


def _window(dice: random.Random, shape: Shape) -> Options:
    rank = len(shape.space)
    return {
        "kernel": _sizes(dice, rank, (1, 2, 3, 3, 5)),
        "stride": _sizes(dice, rank, (1, 1, 2, 3)),
        "dilation": _sizes(dice, rank, (1, 1, 1, 2)),
        "padding": _padding(dice, rank, 2, "same", "same-lower", "causal"),
    }


def _filters(dice: random.Random, shape: Shape) -> Options:
    return {"filters": dice.choice((None, 2, 4, 6, 8)), "bias": dice.random() < 0.5}


def _grouped(dice: random.Random, shape: Shape) -> Options:
    return _filters(dice, shape) | {"groups": dice.choice((1, 1, 2, 4, shape.channels))}


def _transposed(dice: random.Random, shape: Shape) -> Options:
    rank = len(shape.space)
    window = _window(dice, shape) | {"padding": _padding(dice, rank, 1)}
    return window | _grouped(dice, shape) | {"output_padding": dice.choice((0, 0, 1))}


def _pool(dice: random.Random, shape: Shape) -> Options:
    window = _window(dice, shape) | {"padding": _padding(dice, len(shape.space), 1, "same", "same-lower")}
    return window | {"op": dice.choice(("max", "avg", "lp")), "ceil": dice.random() < 0.3}


def _affine(dice: random.Random, shape: Shape) -> Options:
    return {"scale": dice.random() < 0.7, "shift": dice.random() < 0.7}


def _slice(dice: random.Random, shape: Shape) -> Options:
    block = dice.choice([size for size in range(1, shape.channels + 1) if shape.channels % size == 0])
    block = dice.choice((block, shape.channels))
    first = dice.randrange(block)
    stop = dice.choice((None, dice.randint(first + 1, block)))
    of = None if block == shape.channels else block
    return {"first": dice.choice((0, first)), "stop": stop, "stride": dice.choice((1, 1, 1, 2)), "of": of}


def _pad(dice: random.Random, shape: Shape) -> Options:
    mode = dice.choice(("zeros", "reflect", "replicate", "circular"))
    return {"padding": _padding(dice, len(shape.space), 2), "mode": mode}


def enlarged(dice: random.Random, shape: Shape) -> Options:
    if dice.random() < 0.5:
        return {"scale": _sizes(dice, len(shape.space), (1, 2, 3))}
    return {"to": _sizes(dice, len(shape.space), (1, 2, 3, 5, 7))}


def smooth(dice: random.Random, shape: Shape) -> Options:
    """The same, interpolated."""
    return enlarged(dice, shape) | {"mode": dice.choice(("bilinear", "bicubic")), "align_corners": dice.random() < 0.4}


def _windows(dice: random.Random, shape: Shape) -> Options:
    """Mostly windows that divide the map; shifted ones and grids."""
    window = tuple(
        dice.choice([w for w in (1, 2, 3, 4) if size % w == 0 or dice.random() < 0.1]) for size in shape.space
    )
    own = {"window": window or 1, "heads": dice.choice((1, 2)), "relative": dice.random() < 0.5}
    if dice.random() < 0.4:
        return own | {"grid": True}
    return own | {"shift": tuple(dice.randrange(w) for w in window) or 0}


DRAWS: dict[str, Draw] = {
    "Conv": lambda dice, shape: _window(dice, shape) | _grouped(dice, shape),
    "Depthwise": lambda dice, shape: (
        _window(dice, shape) | {"multiplier": dice.choice((1, 2)), "bias": dice.random() < 0.5}
    ),
    "Separable": lambda dice, shape: _window(dice, shape) | _filters(dice, shape) | {"multiplier": dice.choice((1, 2))},
    "Transposed": _transposed,
    "Local": lambda dice, shape: _window(dice, shape) | _filters(dice, shape) | {"shared_bias": dice.random() < 0.3},
    "Tiled": lambda dice, shape: _window(dice, shape) | _filters(dice, shape) | {"tile": dice.choice((1, 2, 3))},
    "Dense": lambda dice, _shape: {"units": dice.choice((3, 8)), "bias": dice.random() < 0.5},
    "Pool": _pool,
    "GlobalPool": lambda dice, _shape: {"op": dice.choice(("avg", "max", "lp"))},
    "AdaptivePool": lambda dice, shape: {
        "outputs": _sizes(dice, len(shape.space), (1, 2, 3)),
        "op": dice.choice(("avg", "max")),
    },
    "ChannelPool": lambda dice, _shape: {"op": dice.choice(("avg", "max"))},
    "BatchNorm": _affine,
    "LayerNorm": lambda dice, shape: _affine(dice, shape) | {"space": dice.random() < 0.5},
    "GroupNorm": lambda dice, shape: _affine(dice, shape) | {"groups": dice.choice((1, 2, 4))},
    "InstanceNorm": _affine,
    "LocalResponseNorm": lambda dice, _shape: {"channels": dice.randint(1, 5)},
    "Activation": lambda dice, _shape: {"function": dice.choice(sorted(FUNCTIONS))},
    "GLU": lambda _dice, _shape: {},
    "PReLU": lambda dice, _shape: {"shared": dice.random() < 0.5},
    "Scale": lambda dice, _shape: {"shift": dice.random() < 0.5, "shared": dice.random() < 0.3},
    "Dropout": lambda _dice, _shape: {},
    "Identity": lambda _dice, _shape: {},
    "Softmax": lambda dice, _shape: {"space": dice.random() < 0.5},
    "Flatten": lambda _dice, _shape: {},
    "Upsample": enlarged,
    "PixelShuffle": lambda dice, _shape: {"factor": dice.choice((1, 2, 2)), "inverse": dice.random() < 0.5},
    "ChannelShuffle": lambda dice, _shape: {"groups": dice.choice((1, 2, 4))},
    "Pad": _pad,
    "Crop": lambda dice, shape: {"border": _padding(dice, len(shape.space), 1)},
    "Slice": _slice,
    "Roll": lambda dice, shape: {
        "shift": tuple(dice.randrange(size) for size in shape.space) or 0,
        "back": dice.random() < 0.5,
    },
    "Attention": lambda dice, _shape: {"heads": dice.choice((1, 2)), "bias": dice.random() < 0.5},
    "Attend": lambda dice, _shape: {"heads": dice.choice((1, 2))},
    "WindowAttend": _windows,
    "Recurrent": lambda dice, _shape: {
        "op": dice.choice(("rnn", "gru", "lstm")),
        "units": dice.choice((1, 2, 3)),
        "bidirectional": dice.random() < 0.4,
        "biases": dice.choice((0, 2)),
    },
    "Embedding": lambda dice, _shape: {"rows": dice.choice((5, 12)), "features": dice.choice((2, 4))},
    "Tokens": lambda dice, _shape: {
        "extra": dice.choice((0, 1, 2)),
        "anchors": dice.choice((1, 1, 2, 3)),
        "apart": dice.random() < 0.5,
    },
    "Learnt": lambda dice, _shape: {"count": dice.choice((1, 2))},
    "Offset": lambda dice, _shape: dice.choice(({}, {"space": True}, {"shared": True})),
    "Placeholder": lambda dice, shape: {"to": (*shape.space, dice.choice((1, shape.channels)))},
    "Unflatten": lambda dice, _shape: {"space": tuple(dice.choice((1, 2, 3)) for _axis in range(dice.choice((1, 2))))},
}
"""What is drawn for each kind; ``Merge`` is drawn with its branches, and ``Unknown`` is nothing that could be done."""

OFTEN = ("Conv", "Conv", "Conv", "Pool", "Slice", "Activation", "Transposed")
"""Beside all kinds alike, so that networks have something to slide and to pick."""

ENDS = ("Dense", "Flatten", "Tokens", "Learnt", "Attention", "Unflatten", "GlobalPool", "Placeholder")
"""Kinds that end what slides are drawn again, most of the time."""


def draw(
    dice: random.Random,
    kinds: tuple[str, ...] = (*DRAWS, *OFTEN * 2),
    axes: tuple[int, ...] = (1, 2, 2, 2, 3),
    others: Mapping[str, Draw] = MappingProxyType({}),
    fits: Callable[[Layer, Shape], bool] = lambda _layer, _shape: True,
) -> tuple[Network, Shape]:
    """A network of one to nine layers of these kinds, and merges, and the input that it takes.

    ``others`` draw what they are named for in place of `DRAWS`; layers of one map are left out where they don't fit.
    """
    rank = dice.choice(axes)
    side = {1: (5, 12), 2: (3, 8), 3: (2, 4)}[rank]
    input = Shape(tuple(dice.randint(*side) for _axis in range(rank)), dice.choice((1, 2, 4, 4, 6, 8)))
    names, nodes, made = Names(), list[Node](), list[Shape]()
    for _layer in range(dice.randint(1, MOST_LAYERS) * 2):
        if len(nodes) == MOST_LAYERS:
            break
        try:
            layer, sources = _drawn(dice, kinds, input, made, {**DRAWS, **others})
            shape = shapes(Network((*nodes, Node(layer, sources, "new"))), input)[-1]
        except CnncalcError:
            continue
        before = input if sources[0] == INPUT else made[sources[0]]
        if shape.numbers <= MOST_NUMBERS and (len(sources) > 1 or fits(layer, before)):
            nodes.append(Node(layer, sources, names.take(layer.keyword)))
            made.append(shape)
    return Network(tuple(nodes or [Node(kind("Identity")(), (INPUT,), "identity1")])), input


def _attending(dice: random.Random, maps: list[Shape], source: int) -> tuple[Layer, tuple[int, ...]]:
    """Attention with keys of as many channels, and values at the places of those; ``maps`` are the input and all made."""
    query = maps[source + 1]
    keys = [index - 1 for index, shape in enumerate(maps) if shape.channels == query.channels]
    key = dice.choice(keys)
    values = [index - 1 for index, shape in enumerate(maps) if shape.space == maps[key + 1].space]
    return kind("CrossAttend")(heads=dice.choice((1, 2))), (source, key, dice.choice(values))


def _joined(dice: random.Random, maps: list[Shape], source: int) -> tuple[Layer, tuple[int, ...]]:
    """Maps that differ in their size on one axis at most, behind each other."""
    space, channels = maps[source + 1].space, maps[source + 1].channels
    axis = dice.randrange(len(space) or 1)

    def fits(shape: Shape) -> bool:
        rest = [size for place, size in enumerate(shape.space) if place != axis]
        return (shape.channels, rest) == (channels, [size for place, size in enumerate(space) if place != axis])

    others = [index - 1 for index, shape in enumerate(maps) if len(shape.space) == len(space) and fits(shape)]
    return kind("Join")(axis=axis), (source, *(dice.choice(others) for _branch in range(dice.choice((1, 2)))))


def _drawn(
    dice: random.Random, kinds: tuple[str, ...], input: Shape, made: list[Shape], draws: Mapping[str, Draw]
) -> tuple[Layer, tuple[int, ...]]:
    """A layer and what it reads, which may not fit."""
    source = dice.choice([len(made) - 1] * 3 + list(range(-1, len(made))))
    shape = input if source == INPUT else made[source]
    if made and dice.random() < 0.25:
        alike = [
            index for index in range(-1, len(made)) if (input if index == INPUT else made[index]).space == shape.space
        ]
        if dice.random() < 0.35:
            # what is exported is read back where PyTorch has it as one operator
            return dice.choice((_joined, _attending) if "Attend" in kinds else (_joined,))(dice, [input, *made], source)
        others = tuple(dice.choice([*alike, *range(-1, len(made))]) for _branch in range(dice.choice((1, 1, 2))))
        return kind("Merge")(op=dice.choice(("add", "mul", "concat", "concat"))), (source, *others)
    name = dice.choice(kinds)
    if name in ENDS and dice.random() < 0.7:
        name = "Conv"
    return kind(name)(**draws[name](dice, shape)), (source,)
