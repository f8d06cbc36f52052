"""All configurations of a family at once: the formulas of the calculator, and what the kinds state, run on arrays.

A variable is an array along an axis of its own, so that every quantity lives on the part of the grid that it depends on
and no more: the weights of ``convK-C`` don't know of the input's size. What arrays can't tell (phases, several rates,
holes between taps) is left open, to be asked configuration by configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.fields import IDENTITY, STATISTICS, Reach
from cnncalc.layers.base import Layer, abreast, at
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.local import Local
from cnncalc.layers.merge import Merge
from cnncalc.layers.pool import Pool
from cnncalc.layers.separable import Separable
from cnncalc.network import INPUT, Network, Node
from cnncalc.notation.templates import Open, Slot, slots_in
from cnncalc.shapes import LARGEST, Shape
from cnncalc.sweeps.bounds import Bounds, either
from cnncalc.symbols import where

Numbers = Any
"""An `int`, `Bounds`, or an array of whole numbers; comparisons of these are truths, as arrays or 0 and 1."""


class UnsupportedError(Exception):
    """Layers that arrays have no rule for, or that fit no configuration at all."""


class Seen(NamedTuple):
    """The field of every unit on one axis: its size, the jump, the first input of unit 0, and the step of its taps."""

    size: Numbers = 1
    jump: Numbers = 1
    first: Numbers = 0
    step: Numbers = 1


class Flow(NamedTuple):
    """What comes out of a node: its shape, and what its units see on each axis, `None` where nothing slides."""

    shape: Shape
    seen: tuple[Seen, ...] | None


class Swept(NamedTuple):
    """What follows from a family of networks: sums as lists of their terms, and flaws by the node that they are in.

    ``wrong`` are layers that there are not, ``misfits`` those that can't take what they get; ``open`` tells for which
    configurations the field of the node ``slides`` is not what stands there.
    """

    input: Shape
    flows: list[Flow]
    parameters: list[Numbers]
    macs: list[Numbers]
    wrong: list[tuple[int, Numbers]]
    misfits: list[tuple[int, Numbers]]
    slides: int | None
    open: Numbers


def swept(
    network: Network, input: tuple[int | Slot, ...], values: Mapping[str, Numbers], *, small: bool = False
) -> Swept:
    """Everything about a network with numbers, `Bounds` or arrays for its variables.

    ``small`` tells that no number on the way is above 2^63 − 1, so that none has to be looked at.

    >>> from cnncalc.sweeps.family import template_family
    >>> family = template_family("convK-8,same", "16x16x3")
    >>> answer = swept(family.open({}), family.input, {"K": 3})
    >>> answer.parameters, answer.flows[0].seen[0].size
    ([224], 3)

    Raises `UnsupportedError` for what has no rule here.
    """
    return _Sweep(network, input, values, small=small).run()


class _Sweep:
    """One walk over the nodes."""

    def __init__(
        self, network: Network, input: tuple[int | Slot, ...], values: Mapping[str, Numbers], *, small: bool
    ) -> None:
        self.network, self.values, self.small = network, values, small
        self.positive = {name: _larger(value, 1) for name, value in values.items()}
        self.layers: dict[int, Layer] = {}
        self.wrong: list[tuple[int, Numbers]] = []
        self.misfits: list[tuple[int, Numbers]] = []
        self.open: Numbers = False
        self.merging = any(len(node.inputs) > 1 for node in network.nodes)
        *space, channels = (self._size(size) for size in input)
        seen = (Seen(),) * len(space) or None
        self.flows = {INPUT: Flow(_shape(tuple(space), channels), seen)}
        self.parameters: list[Numbers] = []
        self.macs: list[Numbers] = []

    def run(self) -> Swept:
        for index, node in enumerate(self.network.nodes):
            if node.stored:
                raise UnsupportedError
            self.flows[index] = self._merged(index, node) if len(node.inputs) > 1 else self._passed(index, node)
        flows = [self.flows[index] for index in range(len(self.network.nodes))]
        slides = self._last_sliding(flows)
        return Swept(
            self.flows[INPUT].shape, flows, self.parameters, self.macs, self.wrong, self.misfits, slides, self.open
        )

    def _size(self, size: int | Slot) -> Numbers:
        """A size of the input; one of 0 is a flaw of it."""
        if not isinstance(size, Slot):
            return size
        self._flaw(self.wrong, INPUT, (size.at(self.values) < 1) | self._too_large(size.at(self.values)))
        return _larger(size.at(self.positive), 1)

    def _too_large(self, number: Numbers) -> Numbers:
        return False if self.small else number > LARGEST

    def _flaw(self, flaws: list[tuple[int, Numbers]], index: int, truth: Numbers) -> None:
        if _ever(truth):
            flaws.append((index, truth))

    def _passed(self, index: int, node: Node) -> Flow:
        before = self.flows[node.inputs[0]]
        layer = self._layer(index, node.layer)
        rule = OUTLINES.get(type(layer))
        if rule is None:
            if type(layer).output is not Layer.output:
                raise UnsupportedError
            rule = _same
        shape, misfit = rule(layer, before.shape)
        for size in (*shape.space, shape.channels):
            misfit = misfit | self._too_large(size)
        self._flaw(self.misfits, index, misfit)
        for bank in layer.banks(before.shape, shape):
            if not node.tied:
                self.parameters.append(formulas.parameters(bank.filters, bank.fan_in, bank.bias))
            self.macs.append(formulas.macs(bank.outputs, bank.fan_in))
        return Flow(shape, self._seen(layer, before))

    def _layer(self, index: int, layer: Layer) -> Layer:
        """The layer with arrays in it, which is made without its own checks; they are made here, on all at once."""
        if not isinstance(layer, Open):
            return layer
        if id(layer) not in self.layers:
            self.layers[id(layer)] = self._made(layer)
        for wrong in self._wrong(layer, self.layers[id(layer)]):
            self._flaw(self.wrong, index, wrong)
        return self.layers[id(layer)]

    def _made(self, layer: Open) -> Layer:
        if layer.made not in OUTLINES:
            raise UnsupportedError
        padding = layer.filled(self.values).get("padding")
        filled = layer.filled(self.positive) | ({} if padding is None else {"padding": padding})
        made = object.__new__(layer.made)
        for item in fields(layer.made):  # type: ignore[arg-type]
            value = filled.get(item.name, item.default)
            if value is MISSING:
                raise UnsupportedError
            if isinstance(value, tuple) and not value:
                value = filled["kernel"]  # a pool's stride is its kernel
            object.__setattr__(made, item.name, value)
        return made

    def _wrong(self, layer: Open, made: Layer) -> Iterable[Numbers]:
        """Where the numbers of a layer are none that it can have."""
        for name, value in layer.fields:
            if name != "padding":
                for slot in slots_in(value):
                    number = slot.at(self.values)
                    yield (number < 1) | self._too_large(number)
        if isinstance(made, Pool) and isinstance(made.padding, tuple):
            for kernel, pair in abreast(made.kernel, made.padding):  # type: ignore[arg-type]
                for side in pair:
                    yield side > made.most_padding(kernel)

    def _seen(self, layer: Layer, before: Flow) -> tuple[Seen, ...] | None:
        if before.seen is None:
            return None
        alike = all(len(getattr(layer, name)) == 1 for name in layer.sized if isinstance(getattr(layer, name), tuple))
        seen: list[Seen] = []
        for axis, one in enumerate(before.seen):
            if alike and axis and one is before.seen[axis - 1] and self._alike(layer, before.shape, axis):
                seen.append(seen[-1])
                continue
            reach = layer.reach(axis, before.shape.space[axis] if axis < len(before.shape.space) else 1)
            if reach is None or len(reach.phases) > 1:
                raise UnsupportedError
            if not reach.phases:
                return None
            seen.append(self._through(one, reach))
        return tuple(seen)

    def _alike(self, layer: Layer, shape: Shape, axis: int) -> bool:
        """Whether an axis is as the one before it: of the same size, unless that does not matter."""
        return not (self.merging and layer.sized) or shape.space[axis] is shape.space[axis - 1]

    def _through(self, seen: Seen, reach: Reach) -> Seen:
        """What a window sees of units that see something: `cnncalc.sets.Inputs.plus`, where its answer has no holes."""
        if reach is IDENTITY or reach is STATISTICS:
            return seen
        (taps,) = reach.phases
        step = taps.step * seen.jump
        alone = taps.number == 1
        single = seen.size == 1
        within = (step % seen.step == 0) & (step <= seen.size - 1 + seen.step)
        between = (seen.step % step == 0) & (seen.step <= taps.number * step)
        self.open = self.open | _never(alone | single | within | between)
        steps = _where(alone | (_never(single) & within), seen.step, _where(single, step, _where(between, step, 1)))
        return Seen(
            formulas.field_size(seen.size, seen.jump, taps.number, taps.step),
            formulas.field_jump(seen.jump, reach.advance),
            seen.first + taps.first * seen.jump if self.merging else 0,
            steps,
        )

    def _merged(self, index: int, node: Node) -> Flow:
        layer, flows = node.layer, [self.flows[source] for source in node.inputs]
        shapes = [flow.shape for flow in flows]
        if not isinstance(layer, Merge) or len({len(shape.space) for shape in shapes}) > 1:
            raise UnsupportedError
        misfit: Numbers = False
        sizes = []
        for axis in zip(*((*shape.space, shape.channels) for shape in shapes), strict=True):
            largest = axis[0]
            for size in axis[1:]:
                largest = largest if size is largest else _larger(largest, size)
            sizes.append(largest)
            channels = len(sizes) > len(shapes[0].space)
            for size in axis:
                if size is largest or (layer.op == "concat" and channels):
                    continue
                misfit = misfit | ((size != largest) if layer.op == "concat" else (size != largest) & (size != 1))
        if layer.op == "concat":
            total = shapes[0].channels
            for shape in shapes[1:]:
                total = total + shape.channels
            sizes[-1] = total
        self._flaw(self.misfits, index, misfit)
        merged = _shape(tuple(sizes[:-1]), sizes[-1])
        return Flow(merged, self._met(flows, merged))

    def _met(self, flows: list[Flow], merged: Shape) -> tuple[Seen, ...] | None:
        sliding = [flow for flow in flows if flow.seen is not None]
        if not sliding or not merged.space:
            return None
        for flow in sliding:
            for size, largest in zip(flow.shape.space, merged.space, strict=True):
                if size is not largest:
                    self.open = self.open | ((size == 1) & (largest != 1))  # a single place is stretched over all
        axes: list[Seen] = []
        for axis in range(len(merged.space)):
            branches = [flow.seen[axis] for flow in sliding if flow.seen]
            if axis and all(flow.seen and flow.seen[axis] is flow.seen[axis - 1] for flow in sliding):
                axes.append(axes[-1])
                continue
            union = branches[0]
            for branch in branches[1:]:
                union = union if branch is union else self._union(union, branch)
            axes.append(union)
        return tuple(axes)

    def _union(self, one: Seen, other: Seen) -> Seen:
        """Both together: `cnncalc.sets.Inputs.union`, where one holds the other."""
        self.open = self.open | (one.jump != other.jump)
        holds, held = _covers(one, other), _covers(other, one)
        self.open = self.open | _never(holds | held)
        size, first, step = (
            _where(holds, mine, its)
            for mine, its in ((one.size, other.size), (one.first, other.first), (one.step, other.step))
        )
        return Seen(size, one.jump, first, step)

    def _last_sliding(self, flows: list[Flow]) -> int | None:
        """The last node on the way to the output that still slides over the input."""
        needed = {len(flows) - 1}
        for index in range(len(flows) - 1, INPUT, -1):
            if index in needed:
                if flows[index].seen is not None:
                    return index
                needed.update(self.network.nodes[index].inputs)
        return None


def _covers(one: Seen, other: Seen) -> Numbers:
    apart = other.first - one.first
    inside = (apart >= 0) & (apart + other.size <= one.size) & (apart % one.step == 0)
    return inside & ((other.size == 1) | (other.step % one.step == 0))


def _where(truth: Numbers, then: Numbers, otherwise: Numbers) -> Numbers:
    """`where`, which does not make an array of what is the same everywhere."""
    if _always(truth):
        return then
    if not _ever(truth):
        return otherwise
    return either(truth, then, otherwise) if isinstance(truth, Bounds) else where(truth, then, otherwise)


def _larger(one: Numbers, other: Numbers) -> Numbers:
    return _where(one >= other, one, other)


def _always(truth: Numbers) -> bool:
    return truth if isinstance(truth, bool) else bool(truth.all())


def _ever(truth: Numbers) -> bool:
    return truth if isinstance(truth, bool) else bool(truth.any())


def _never(truth: Numbers) -> Numbers:
    return truth == 0


def _shape(space: tuple[Numbers, ...], channels: Numbers) -> Shape:
    """A shape of arrays, made without the checks that it can't answer."""
    shape = object.__new__(Shape)
    object.__setattr__(shape, "space", space)
    object.__setattr__(shape, "channels", channels)
    return shape


# what comes out of each kind, and where it does not


Outline = Callable[[Any, Shape], tuple[Shape, Numbers]]


def _same(layer: Layer, shape: Shape) -> tuple[Shape, Numbers]:
    return shape, False


def _window(layer: Any, shape: Shape, channels: Callable[[Any, Shape], Numbers]) -> tuple[Shape, Numbers]:
    """A sliding window: where it fits, and how often."""
    if not shape.space or any(len(_tuple(layer, name)) not in (1, len(shape.space)) for name in layer.sized):
        raise UnsupportedError
    alike = all(len(_tuple(layer, name)) == 1 for name in layer.sized)
    misfit: Numbers = False
    space: list[Numbers] = []
    for axis, size in enumerate(shape.space):
        if alike and axis and size is shape.space[axis - 1]:
            space.append(space[-1])
            continue
        if isinstance(layer.padding, str):  # ⌈n/s⌉ whatever the kernel, told without it so that bounds stay narrow
            space.append(formulas.positions_same(size, at(layer.stride, axis)))
            continue
        fits = layer.fits(axis, size)
        space.append(_where(fits, layer.positions(axis, size), 1))
        misfit = misfit | _never(fits)
    return _shape(tuple(space), channels(layer, shape)), misfit


def _tuple(layer: Any, name: str) -> tuple[Any, ...]:
    value = getattr(layer, name)
    return value if isinstance(value, tuple) else (value,)


def _grouped(layer: Conv, shape: Shape) -> tuple[Shape, Numbers]:
    """A convolution, whose groups have to divide the channels on both sides."""
    output, misfit = _window(layer, shape, Conv.channels_out)
    if not isinstance(layer.groups, int) or layer.groups != 1:
        misfit = misfit | (shape.channels % layer.groups != 0) | (output.channels % layer.groups != 0)
    return output, misfit


OUTLINES: dict[type[Layer], Outline] = {
    Conv: _grouped,
    Depthwise: partial(_window, channels=lambda layer, shape: shape.channels * layer.multiplier),
    Local: partial(_window, channels=Local.channels_out),
    Separable: partial(_window, channels=Separable.channels_out),
    Pool: partial(_window, channels=lambda _layer, shape: shape.channels),
    Dense: lambda layer, _shaped: (_shape((), layer.units), False),
    Flatten: lambda _layer, shape: (_shape((), shape.numbers), False),
    GlobalPool: lambda _layer, shape: (_shape((1,) * len(shape.space), shape.channels), False),
}
"""Kinds whose shapes change, and may hold variables; a kind that keeps the shape needs no line."""
