"""A network run whole and in tiles: how much they differ in what is kept, and in what lies one step beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer
from cnncalc.layers.pool import Pool
from cnncalc.network import Network, part
from cnncalc.shapes import Shape
from cnncalc.verify.forward import random_input, steps
from cnncalc.verify.ledger import Array

ROUNDING = 2.0**-40
"""Of the largest number: sums of the same products in another order differ by less (numbers of 53 bits)."""

SEED = 0
"""Of the image and the weights, the same for the whole and for every tile."""

Slices = tuple[slice, ...]


class Part(NamedTuple):
    """Some units of an output: where they stand in that of the tile, and in that of the whole."""

    output: int
    tile: Slices
    whole: Slices


class Cut(NamedTuple):
    """A tile: the inputs it takes, what is kept of it, and what would be kept with one step less of overlap."""

    inputs: Slices
    kept: tuple[Part, ...]
    beside: tuple[Part, ...] = ()


class Difference(NamedTuple):
    """The largest differences, as shares of the largest number: of what is kept, and of each part beside it."""

    kept: float
    beside: tuple[float, ...]


def differences(network: Network, image: Shape, cuts: Sequence[Cut]) -> Iterator[Difference]:
    """How much each tile of a random image differs from the whole, with random weights.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> valid, beside = slice(0, 7), slice(7, 8)
    >>> cut = Cut((slice(0, 8),), (Part(0, (valid,), (valid,)),), (Part(0, (beside,), (beside,)),))
    >>> [(one.kept, one.beside[0] > ROUNDING) for one in differences(chain([Conv(3, padding=1)]), Shape((16,), 1), [cut])]
    [(0.0, True)]
    """
    x = random_input((image.channels, *image.space), SEED, np.float64)
    outputs = sorted({some.output for cut in cuts for some in cut.kept})
    whole = _outputs(network, x, outputs)
    largest = {output: max(float(np.abs(made).max()), np.finfo(float).tiny) for output, made in whole.items()}

    def apart(tile: dict[int, Array], some: Part) -> float:
        difference = tile[some.output][(slice(None), *some.tile)] - whole[some.output][(slice(None), *some.whole)]
        return float(np.abs(difference).max(initial=0)) / largest[some.output]

    for cut in cuts:
        tile = _outputs(network, x[(slice(None), *cut.inputs)], outputs)
        yield Difference(max(apart(tile, some) for some in cut.kept), tuple(apart(tile, some) for some in cut.beside))


def reached(network: Network, image: Shape, cut: Cut) -> tuple[bool, ...]:
    """Whether units beside what is kept read inputs outside of the tile: those are not a number here, which spreads.

    However faint their share is, which rounding may swallow in a deep network.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> parts = (Part(0, (cut,), (cut,)) for cut in (slice(6, 7), slice(7, 8)))
    >>> reached(chain([Conv(3, padding=1)]), Shape((16,), 1), Cut((slice(0, 8),), (), tuple(parts)))
    (False, True)
    """
    x = random_input((image.channels, *image.space), SEED, np.float64)
    poison = np.full_like(x, np.nan)
    poison[(slice(None), *cut.inputs)] = x[(slice(None), *cut.inputs)]
    with np.errstate(invalid="ignore"):
        made = _outputs(network, poison, [some.output for some in cut.beside])
    return tuple(bool(np.isnan(made[some.output][(slice(None), *some.whole)]).any()) for some in cut.beside)


def _outputs(network: Network, x: Array, outputs: list[int]) -> dict[int, Array]:
    made = enumerate(steps(network, x, seed=SEED))
    return {index: output for index, (_seen, output) in made if index in outputs}


def smooth(network: Network, outputs: Sequence[int]) -> tuple[Network, tuple[int, ...]]:
    """The part of a network that some outputs need, and those in it; nothing in it hides a difference.

    A zero of a ReLU, or a maximum, is the same for many inputs; ELUs and averages are not.

    >>> from cnncalc.network import chain
    >>> smooth(chain([Pool(2), Activation(), Activation("silu")]), [1])[0].nodes[0].layer
    Pool(kernel=(2,), op='avg', stride=(2,), padding=((0, 0),), dilation=(1,), ceil=False, exclude_padding=False, \
wide_padding=False)
    """
    needed = part(network, outputs)
    nodes = tuple(replace(node, layer=_smooth(node.layer), tied="") for node in needed.nodes)
    return replace(needed, nodes=nodes), needed.outputs


def _smooth(layer: Layer) -> Layer:
    if isinstance(layer, Activation):
        return Activation("elu")
    return replace(layer, op="avg") if isinstance(layer, Pool) else layer
