"""What a run will cost, estimated before anything is allocated, and the largest input that fits into the limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isfinite, lcm
from typing import NamedTuple

from cnncalc.errors import LimitError, ShapeError
from cnncalc.language import _
from cnncalc.network import INPUT, Network
from cnncalc.report import in_bytes
from cnncalc.shapes import Shape
from cnncalc.verify.claims import LayerClaim, claim
from cnncalc.verify.experiments import experiment
from cnncalc.verify.ledger import BLOCK, PIECE
from cnncalc.verify.reading import COLUMNS, whole_turns

LEAST_MEMORY, MOST_MEMORY = 32 * 2**20, 2**50
MOST_TIME = 1_000_000.0

FLOAT = 4
"""Bytes of a number in a run: float32."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes and seconds a run may take; with ``all_layers`` as long as the fields of all layers take.

    >>> Limits()
    Limits(memory=1073741824, time=60.0, all_layers=False)

    Raises `LimitError` for limits that are not positive, or beyond all measure.
    """

    memory: int = 2**30
    time: float = 60.0
    all_layers: bool = False

    def __post_init__(self) -> None:
        if not LEAST_MEMORY <= self.memory <= MOST_MEMORY:
            raise LimitError(
                _("a memory of {memory} bytes is out of range: give 32MiB to 1024TiB").format(memory=self.memory)
            )
        if not (isfinite(self.time) and 0 < self.time <= MOST_TIME):
            raise LimitError(
                _("a time of {time} seconds is out of range: give more than 0, at most {most}").format(
                    time=self.time, most=int(MOST_TIME)
                )
            )


class Cost(NamedTuple):
    """Estimated seconds of every layer, and the most bytes that are held at once."""

    seconds: tuple[float, ...]
    bytes: int


PRODUCT, LONE_PRODUCT, DRAWN, MOVED = 4e-10, 1.5e-9, 4e-9, 3e-8
"""Seconds for one product in a matrix, one outside of any, one random number, one number moved.

Those of a slow machine, on every machine: what is run is then the same everywhere, however busy it is, and `verify`
twice is the same answer. Only which layers are left out, where time runs out, is a matter of the clock.
"""


def cost(network: Network, input: Shape, claims: tuple[LayerClaim, ...]) -> Cost:
    """What a forward pass will cost, from what is claimed of it; the ledger refuses what is allocated beyond."""
    last_use = {source: index for index, node in enumerate(network.nodes) for source in node.inputs}
    held = {INPUT: input.numbers}
    seconds, most = [], 0
    for index, (node, claimed) in enumerate(zip(network.nodes, claims, strict=True)):
        row = experiment(node.layer)
        product = LONE_PRODUCT if row.lone_products else PRODUCT
        seconds.append(
            claimed.counts.macs * product + claimed.counts.weights * DRAWN + claimed.output.numbers * MOVED + 1e-4
        )
        weights = min(claimed.counts.weights, PIECE // FLOAT) if row.in_pieces else claimed.counts.weights
        held[index] = claimed.output.numbers
        most = max(
            most,
            sum(held.values()) + weights + claimed.counts.biases + claimed.counts.buffers + 2 * claimed.output.numbers,
        )
        for source in (*node.inputs, index):
            if last_use.get(source, -1) <= index:
                held.pop(source, None)
    return Cost(tuple(seconds), FLOAT * most + BLOCK + 2 * PIECE)


Build = Callable[[Shape], Network]
"""The network for an input shape; most networks don't depend on it."""


SMALLER = 0.1
"""The share of the time for what can't be run at full size: a smaller run proves no more for taking longer."""


def affordable(build: Build, input: Shape, limits: Limits) -> Shape:
    """The largest input of the same geometry whose forward pass stays within the limits; ``input`` if it does.

    Raises `LimitError` where not even the smallest does.
    """

    def expected(shape: Shape) -> Cost:
        network = build(shape)
        return cost(network, shape, claim(network, shape, len(network)))

    def within(time: float, shape: Shape) -> bool:
        estimate = expected(shape)
        return estimate.bytes <= limits.memory and sum(estimate.seconds) <= time

    if within(limits.time, input):
        return input
    smaller = largest(build, input, partial(within, SMALLER * limits.time))
    found = smaller or largest(build, input, partial(within, limits.time))
    if found is None:
        estimate = expected(input)
        raise LimitError(
            _("{shape} needs about {memory} and {seconds} s, and no smaller input fits: raise {options}").format(
                shape=input,
                memory=in_bytes(estimate.bytes),
                seconds=f"{sum(estimate.seconds):,.0f}",
                options="--max-memory, --max-time",
            )
        )
    return found


CELLS_PER_SECOND = 8e6
"""Marks that are carried or pushed through a layer in a second, cautiously."""


def visible(build: Build, input: Shape, limits: Limits) -> Shape | None:
    """The largest input of the same geometry whose fields can be looked at in a quarter of the time."""

    def fits(shape: Shape) -> bool:
        network = build(shape)
        claims = claim(network, shape, len(network))
        cells = sum(
            size * before for one in claims for size, before in zip(one.output.space, shape.space, strict=False)
        )
        widest = max((max(one.output.space, default=1) for one in claims), default=1)
        return cells <= CELLS_PER_SECOND * limits.time / 4 and MARK * widest * COLUMNS <= limits.memory

    return largest(build, input, fits)


MAPPED, MAPPED_PICKS = 0.02, 0.25
"""The share of the time for whole maps, and the share where channels are picked, of which lines know nothing."""


def mapped(build: Build, input: Shape, limits: Limits) -> Shape | None:
    """The largest input of the same geometry on which whole maps are looked at: a pass for each place of each axis."""
    picks = any(node.layer.selects for node in build(input).nodes)
    time = (MAPPED_PICKS if picks else MAPPED) * limits.time

    def fits(shape: Shape) -> bool:
        network = build(shape)
        estimate = cost(network, shape, claim(network, shape, len(network)))
        return sum(estimate.seconds) * sum(shape.space) <= time and estimate.bytes <= limits.memory

    return largest(build, input, fits)


MARK = 32
"""Bytes that one mark takes on its way through a layer: as a number, in a window, in a product."""


def largest(build: Build, input: Shape, fits: Callable[[Shape], bool]) -> Shape | None:
    """The largest shape that fits: ``input``, or one smaller by whole strides on every axis; `None` if none does."""
    if fits(input):
        return input
    network = build(input)
    turns = [lcm(*(turn for turn in whole_turns(network, axis) if turn)) for axis in range(len(input.space))]
    steps = max((size // turn for size, turn in zip(input.space, turns, strict=True)), default=0)

    def at(step: int) -> Shape:
        kept = (max(size // turn * step // steps, 1) for size, turn in zip(input.space, turns, strict=True))
        sizes = zip(input.space, turns, kept, strict=True)
        return Shape(tuple(size - max(size // turn - keep, 0) * turn for size, turn, keep in sizes), input.channels)

    best, low, high = None, 0, steps
    while high - low > 1:
        middle = (low + high) // 2
        try:
            good = fits(at(middle))
        except ShapeError:  # too small for the network
            good = None
        if good is False:
            high = middle
        else:
            best, low = at(middle) if good else best, middle
    return best
