"""The forward pass: a network run on one array, every layer observed on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from cnncalc.errors import LimitError, ShapeError
from cnncalc.language import _
from cnncalc.network import INPUT, Network
from cnncalc.verify.experiments import experiment
from cnncalc.verify.ledger import Array, Ledger

Weights = Mapping[str, Mapping[str, Array]]
"""For the name of each layer that has any: its arrays by name, as `cnncalc.verify.kinds` describes them."""

GIBIBYTE = 2**30


Watch = Callable[[int, int], None]
"""Told which layer is at work, and how many products it has formed by now."""


class Observation(NamedTuple):
    """What happened at one layer: the shape that came out, the numbers allocated, the products formed."""

    name: str
    output: tuple[int, ...]
    weights: int
    biases: int
    buffers: int
    products: int


def run(
    network: Network, x: Array, weights: Weights | None = None, *, seed: int = 0, max_memory: int = GIBIBYTE
) -> Array:
    """What the network makes of ``x``, channels first and without a batch; random weights unless given.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> run(chain([Conv(3, 8, padding=1), Conv(3, 4)]), np.ones((3, 8, 8))).shape
    (4, 6, 6)

    Raises `ShapeError` where a layer can't take what arrives or a given array has another shape, `LimitError` for
    numbers other than float32 and float64 and for more than ``max_memory`` bytes.
    """
    made = [x]
    for _observation, output in steps(network, x, weights, seed=seed, max_memory=max_memory):
        made[0] = output
    return made[0]


def observe(network: Network, x: Array, *, seed: int = 0) -> tuple[Observation, ...]:
    """The observations of a forward pass with random weights.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> observe(chain([Conv(3, 64)]), np.ones((3, 8, 8)))
    (Observation(name='conv1', output=(64, 6, 6), weights=1728, biases=64, buffers=0, products=62208),)
    """
    return tuple(observation for observation, _output in steps(network, x, seed=seed))


def steps(
    network: Network,
    x: Array,
    weights: Weights | None = None,
    *,
    seed: int = 0,
    max_memory: int = GIBIBYTE,
    watch: Watch | None = None,
) -> Iterator[tuple[Observation, Array]]:
    """Layer by layer: what was observed, and what came out. A map is dropped after its last use."""
    check_numbers(x)
    last_use = _last_uses(network)
    places = {node.name: index for index, node in enumerate(network.nodes)}
    maps: dict[int, Array] = {INPUT: x}
    for index, node in enumerate(network.nodes):
        held = sum(array.nbytes for array in maps.values())
        ledger = Ledger(
            (seed, places.get(node.tied, index)),
            x.dtype,
            None if weights is None else weights.get(node.tied or node.name, {}),
            limit=max(max_memory - held, 0),
            tick=None if watch is None else partial(watch, index),
        )
        arrived = [maps[source] for source in node.inputs]
        try:
            made = experiment(node.layer).forward(node.layer, ledger, *arrived)
        except (ShapeError, LimitError) as problem:
            raise type(problem)(
                _("layer {number}, {name}: {problem}").format(number=index + 1, name=node.name, problem=problem)
            ) from None
        owned = (0, 0, 0) if node.tied else (ledger.weights, ledger.biases, ledger.buffers)
        maps[index] = made
        for source in {*node.inputs, index}:
            if last_use.get(source, -1) <= index:
                maps.pop(source)
        yield Observation(node.name, made.shape, *owned, ledger.products), made


def _last_uses(network: Network) -> dict[int, int]:
    """For each node, or the input, the last node that reads it."""
    return {source: index for index, node in enumerate(network.nodes) for source in node.inputs}


def check_numbers(x: Array) -> None:
    """`LimitError` unless ``x`` holds numbers that can be added up without being rounded away or cut off."""
    if x.dtype not in (np.float32, np.float64):
        reason = (
            _("sums of thousands of products lose their last digits in it")
            if np.issubdtype(x.dtype, np.floating)
            else _("weights are fractions")
        )
        raise LimitError(
            _('{dtype} is not computed with, {reason}: convert with x.astype("float32")').format(
                dtype=x.dtype, reason=reason
            )
        )
    if not 1 <= x.ndim <= 4:
        raise ShapeError(
            _(
                "an array of {count} axes is not one input: give channels and 0 to 3 spatial axes, without a batch"
            ).format(count=x.ndim)
        )


def random_input(shape: tuple[int, ...], seed: int, dtype: Any = np.float32) -> Array:
    """A random map, channels first."""
    drawn: Array = np.random.default_rng((seed,)).random(shape, dtype=dtype) - dtype(0.5)
    return drawn
