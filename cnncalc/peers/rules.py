"""The rules in which tools differ: each a function of one layer at its place that tells how many more it counts there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.counting import Count
from cnncalc.layers.activation import Activation
from cnncalc.layers.adaptivepool import AdaptivePool
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer, at
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.instancenorm import InstanceNorm
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.pool import Pool
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.upsample import Upsample
from cnncalc.shapes import Shape

Kinds = tuple[type[Layer], ...]
Norm = BatchNorm | GroupNorm | InstanceNorm | LayerNorm
NORMS: Kinds = (BatchNorm, GroupNorm, InstanceNorm, LayerNorm)
POOLS: Kinds = (Pool, AdaptivePool, GlobalPool)


class Use(NamedTuple):
    """A layer at its place: what goes in and comes out, how many ``branches`` it reads, and its counts.

    ``counted`` is all that its kind has, ``owned`` what it has itself: no weights that another layer has too.
    """

    layer: Layer
    input: Shape
    output: Shape
    counted: Count
    owned: Count
    branches: int = 1


Delta = Callable[[Use], int]
"""How many more a tool counts at a layer than stands here; below 0 where it counts fewer."""


def bias_additions(use: Use) -> int:
    """One for every output with a bias."""
    return use.counted.bias_additions


def bias_additions_but(kinds: Kinds) -> Delta:
    """The same, some kinds left out."""
    return lambda use: 0 if isinstance(use.layer, kinds) else use.counted.bias_additions


def transposed_over_outputs(use: Use) -> int:
    """A transposed convolution counted as if every *output* position took all the weights: about stride² too many."""
    if not isinstance(use.layer, Transposed):
        return 0
    return use.counted.macs // use.input.positions * use.output.positions - use.counted.macs


def transposed_outputs_by_outputs(use: Use) -> int:
    """A transposed convolution counted as outputs × kernel × *output* channels of a group."""
    if not isinstance(use.layer, Transposed):
        return 0
    kernel = prod(use.layer.kernel_of(use.input))
    return use.output.numbers * kernel * (use.output.channels // use.layer.groups) - use.counted.macs


def transposed_groups_twice(use: Use) -> int:
    """A grouped transposed convolution whose filters are divided by the groups twice, rounded down each time."""
    if not isinstance(use.layer, Transposed):
        return 0
    filters = use.output.channels // use.layer.groups // use.layer.groups
    return use.input.numbers * prod(use.layer.kernel_of(use.input)) * filters - use.counted.macs


def transposed_groups_twice_in_flops(use: Use) -> int:
    """The same in FLOPs."""
    return formulas.flops(transposed_groups_twice(use))


def transposed_bias_of_a_convolution(use: Use) -> int:
    """The biases of a transposed convolution, on one group's channels and the map that a *convolution* would give."""
    layer = use.layer
    if not isinstance(layer, Transposed) or not layer.bias:
        return 0
    places = 1
    for axis, size in enumerate(use.input.space):
        padding, kernel = sum(layer.sides(axis, size)), at(layer.kernel, axis)
        places *= formulas.positions(size, padding, kernel, at(layer.stride, axis), at(layer.dilation, axis))
    return use.output.channels // layer.groups * places - use.counted.bias_additions


def learnt(kinds: Kinds, times: int = 1) -> Delta:
    """The parameters of some kinds, so many times."""
    return lambda use: times * use.counted.parameters if isinstance(use.layer, kinds) else 0


def unseen(kinds: Kinds) -> Delta:
    """The parameters of kinds that a tool does not see; those that two layers use are missing once."""
    return lambda use: -use.owned.parameters if isinstance(use.layer, kinds) else 0


def statistics(use: Use) -> int:
    """The running statistics of batch normalisation."""
    return use.owned.buffers


def per_norm(affine: int, plain: int, kinds: Kinds = NORMS) -> Delta:
    """So many operations for every number that is normalised, with or without learnt scales and shifts."""

    def delta(use: Use) -> int:
        layer = use.layer
        if not isinstance(layer, kinds) or not isinstance(layer, Norm):
            return 0
        return use.input.numbers * (affine if layer.scale or layer.shift else plain)

    return delta


def per_norm_of_own(affine: int, plain: int, kinds: Kinds) -> Delta:
    """The same where the statistics are taken from the map itself: batch normalisation only where it keeps none."""
    each = per_norm(affine, plain, kinds)
    return lambda use: 0 if isinstance(use.layer, BatchNorm) and use.layer.statistics else each(use)


def per_norm_of_training(affine: int, plain: int) -> Delta:
    """The same for batch normalisation with running statistics."""
    each = per_norm(affine, plain, (BatchNorm,))
    return lambda use: each(use) if isinstance(use.layer, BatchNorm) and use.layer.statistics else 0


def per_activation(times: Mapping[str, int], slopes: int = 0) -> Delta:
    """So many operations for every number, by the function; ``slopes`` is for PReLU."""

    def delta(use: Use) -> int:
        if isinstance(use.layer, PReLU):
            return slopes * use.input.numbers
        return times.get(use.layer.function, 0) * use.input.numbers if isinstance(use.layer, Activation) else 0

    return delta


def per_pooled(times: int) -> Delta:
    """So many operations for every number that goes into a pooling layer."""
    return lambda use: times * use.input.numbers if isinstance(use.layer, POOLS) and not _is_power(use.layer) else 0


def adaptive_averages_in_two_dimensions(use: Use) -> int:
    """One for every number that goes into an adaptive or global average over two axes."""
    return use.input.numbers if _adaptive_average(use.layer) and len(use.input.space) == 2 else 0


def averages(use: Use) -> int:
    """One for every average; an adaptive one sums its window first, whose size may be a fraction."""
    if isinstance(use.layer, Pool):
        return use.output.numbers if use.layer.op == "avg" else 0
    if not _adaptive_average(use.layer):
        return 0
    window = prod(before / after for before, after in zip(use.input.space, use.output.space, strict=True))
    return int((window + 1) * use.output.numbers)


def windows_pooled(use: Use) -> int:
    """One for every number under a pooling window, the window's size on the third axis forgotten."""
    if isinstance(use.layer, Pool):
        return use.output.numbers * prod(use.layer.kernel_of(use.input)[:2])
    return 0


def global_averages(division: int) -> Delta:
    """One for every number that is summed, and a division for every sum."""

    def delta(use: Use) -> int:
        is_average = isinstance(use.layer, GlobalPool) and use.layer.op == "avg"
        return use.input.numbers + division * use.output.numbers if is_average else 0

    return delta


def softmaxes(use: Use) -> int:
    """An exponential and a division for every number, and the additions between: n − 1 for n that share a sum."""
    if not isinstance(use.layer, Softmax):
        return 0
    return 3 * use.input.numbers - (use.input.channels if use.layer.space else use.input.positions)


def per_softmax(times: int) -> Delta:
    """So many operations for every number of a softmax."""
    return lambda use: times * use.input.numbers if isinstance(use.layer, Softmax) else 0


def per_enlarged(times: Mapping[tuple[str, int], int]) -> Delta:
    """So many operations for every number that an upsampling puts out, by its mode and how many axes it has."""

    def delta(use: Use) -> int:
        if not isinstance(use.layer, Upsample):
            return 0
        return times.get((use.layer.mode, len(use.input.space)), 0) * use.output.numbers

    return delta


def enlarged_or_its_places(use: Use) -> int:
    """Every number that goes into an upsampling; where that names the size, every place that comes out."""
    if not isinstance(use.layer, Upsample):
        return 0
    return use.input.numbers if use.layer.to is None else use.output.positions


def attention_unseen(use: Use) -> int:
    """All products and biases of attention, missing."""
    return -use.counted.macs - use.counted.bias_additions if isinstance(use.layer, Attention) else 0


def attention_products_unseen(use: Use) -> int:
    """The products of scores and mixing, missing; those of the projections are there."""
    return -_mixed(use) if isinstance(use.layer, Attention) else 0


def attention_operations(use: Use) -> int:
    """The projections without their biases, and one operation for each weight of the softmax, and nothing else."""
    if not isinstance(use.layer, Attention):
        return 0
    return _weights(use.layer, use.input) - formulas.flops(_mixed(use)) - use.counted.bias_additions


def attention_scores_twice(use: Use) -> int:
    """The scaling of the queries; softmax, scores and mixing twice; a bias of the last projection, whether there or not."""
    if not isinstance(use.layer, Attention):
        return 0
    bias = 0 if use.layer.bias else use.input.numbers
    return use.input.numbers + bias + 2 * _weights(use.layer, use.input) + _mixed(use)


def _mixed(use: Use) -> int:
    """Products of queries with keys, and of weights with values."""
    return 2 * use.input.positions * use.input.numbers


def _weights(layer: Attention, shape: Shape) -> int:
    return layer.heads * shape.positions**2


def products_unseen(kinds: Kinds) -> Delta:
    """The MACs of kinds that a tool does not see."""
    return lambda use: -use.counted.macs if isinstance(use.layer, kinds) else 0


def operations_unseen(kinds: Kinds) -> Delta:
    """The FLOPs of kinds that a tool does not see."""
    return lambda use: -use.counted.flops if isinstance(use.layer, kinds) else 0


def neighbours_in_channels(use: Use) -> int:
    """Local response normalisation: three operations for every number, and one for each under the window's padding."""
    if not isinstance(use.layer, LocalResponseNorm):
        return 0
    return 3 * use.input.numbers + (use.input.channels + use.layer.channels - 1) * use.input.positions


def powers(use: Use) -> int:
    """Power pooling: one operation for every number that goes in, two for every one that comes out."""
    return use.input.numbers + 2 * use.output.numbers if _is_power(use.layer) else 0


def met(use: Use) -> int:
    """One addition or multiplication for every number that branches meet in."""
    is_sum = isinstance(use.layer, Merge) and use.layer.op != "concat"
    return (use.branches - 1) * use.output.numbers if is_sum else 0


def _is_power(layer: Layer) -> bool:
    return isinstance(layer, Pool) and layer.op == "lp"


def _adaptive_average(layer: Layer) -> bool:
    return isinstance(layer, AdaptivePool | GlobalPool) and layer.op == "avg"
