"""Layers that do the same job side by side: how many parameters each takes, and which idea saves how much.

`ROWS` is the table of what can be compared. What a row costs comes from its layer kind, and what lies between two
rows from their filter banks; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cnncalc import counting
from cnncalc.counting import Count
from cnncalc.dtypes import memory
from cnncalc.errors import LayerError, ShapeError
from cnncalc.language import N_, _
from cnncalc.layers import kind
from cnncalc.layers.base import FilterBank, Layer, Size, spread, whole
from cnncalc.layers.conv import Conv
from cnncalc.layers.sliding import NONE, Padding
from cnncalc.ratios import Ratio, ratio
from cnncalc.shapes import Shape, shorten
from cnncalc.symbols import Term, product


@dataclass(frozen=True, slots=True)
class Spec:
    """What is compared: an input, a window over it, and the rows, by their names in `ROWS` (none: the usual ones).

    Without a ``kernel`` there is only the fully connected row.

    >>> [row.counts.parameters for row in rows(Spec(Shape((224, 224), 3), 3, 64))]
    [616566784, 474794959104, 88316928, 1792]

    Raises `LayerError` and `ShapeError` for options that are out of range or do not fit the input.
    """

    shape: Shape
    kernel: Size | None = None
    filters: int = 1
    stride: Size = (1,)
    padding: Padding = NONE
    dilation: Size = (1,)
    groups: int = 1
    bias: bool = True
    shared_bias: bool = False
    units: int = 4096
    tile: Size | None = None
    names: tuple[str, ...] = ()
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "padding", "dilation", "tile"):
            _check_axes(name, getattr(self, name), self.shape)
        whole("fc", "units", self.units)
        memory(0, self.dtype)
        _check_rows(self)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the rows, in the order of `ROWS`."""
        if self.names:
            return tuple(name for name in ROWS if name in self.names)
        if self.kernel is None:
            return ("dense",)
        return tuple(name for name in ROWS if name in USUAL or (name == "tiled" and self.tile is not None))

    @property
    def tiles(self) -> Size:
        """The tile of the tiled row: 2 unless told."""
        return (2,) if self.tile is None else self.tile

    @property
    def padded(self) -> bool:
        """Whether a window may read something that is not input."""
        return self.padding not in (0, NONE)


class Kind(NamedTuple):
    """A row that can be compared: its label, how its layer is made, and the rows it is measured against.

    Of ``beside`` the first counts that is shown and gives the same output.
    """

    label: str
    layer: Callable[[Spec, Shape], Layer]
    beside: tuple[str, ...] = ()


class Row(NamedTuple):
    """One layer and what it costs."""

    name: str
    label: str
    layer: Layer
    output: Shape
    counts: Count
    worked: Term
    banks: tuple[FilterBank, ...]


class Factor(NamedTuple):
    """Why ``after`` is smaller than ``before``: the causes, each with its share of the weights, and the ratios."""

    before: Row
    after: Row
    causes: tuple[tuple[str, Ratio], ...]
    parameters: Ratio
    weights: Ratio
    macs: Ratio

    @property
    def name(self) -> str:
        return "+".join(cause for cause, _share in self.causes)


def _dense(spec: Spec, _output: Shape) -> Layer:
    return _made("Dense", units=spec.units, bias=spec.bias)


def _dense_same(spec: Spec, output: Shape) -> Layer:
    named = output.symbolic("'", "C_out")
    return _made("Dense", units=product((*named.space, named.channels)), bias=spec.bias)


def _local(spec: Spec, _output: Shape) -> Layer:
    return _sliding("Local", spec, filters=spec.filters, shared_bias=spec.shared_bias)


def _tiled(spec: Spec, _output: Shape) -> Layer:
    return _sliding("Tiled", spec, filters=spec.filters, tile=spec.tiles)


def _conv(spec: Spec, _output: Shape) -> Layer:
    return sliding_layer(spec)


def _depthwise(spec: Spec, _output: Shape) -> Layer:
    multiplier, rest = divmod(spec.filters, spec.shape.channels)
    return _sliding("Depthwise", spec, multiplier=1 if rest else multiplier)


def _separable(spec: Spec, _output: Shape) -> Layer:
    return _sliding("Separable", spec, filters=spec.filters)


def _sliding(name: str, spec: Spec, **own: Any) -> Layer:
    shared = {option: getattr(spec, option) for option in ("kernel", "stride", "padding", "dilation", "bias")}
    return _made(name, **shared, **own)


def _made(name: str, **options: Any) -> Layer:
    build: Callable[..., Layer] = kind(name)
    return build(**options)


ROWS: Mapping[str, Kind] = {
    "dense": Kind(N_("fully connected, {units} units"), _dense),
    "dense_same": Kind(N_("fully connected, same output"), _dense_same),
    "local": Kind(N_("locally connected, no sharing"), _local, ("dense_same",)),
    "tiled": Kind(N_("tiled, {tile} sets of filters in turn"), _tiled, ("local", "dense_same")),
    "conv": Kind(N_("convolution"), _conv, ("tiled", "local", "dense_same")),
    "depthwise": Kind(N_("depthwise convolution"), _depthwise, ("conv", "tiled", "local", "dense_same")),
    "separable": Kind(N_("depthwise separable convolution"), _separable, ("conv", "tiled", "local", "dense_same")),
}
"""Every row that can be compared, from the dearest to the cheapest."""

USUAL = ("dense", "dense_same", "local", "conv")
"""The rows when none are chosen."""


def rows(spec: Spec) -> tuple[Row, ...]:
    """The rows that ``spec`` asks for, each counted.

    >>> [(row.name, row.counts.parameters) for row in rows(Spec(Shape((5, 5), 1), 3, names=("local", "conv")))]
    [('local', 90), ('conv', 10)]
    """
    output = same_output(spec)
    return tuple(row(spec, name, output) for name in spec.chosen)


def row(spec: Spec, name: str, output: Shape) -> Row:
    """One row; ``output`` is the shape that all rows with a window give."""
    layer = ROWS[name].layer(spec, output)
    made = output if name == "dense_same" else layer.output(spec.shape)
    counted = Count(*map(int, counting.count(layer, spec.shape, made)))
    tile = "·".join(map(str, spread("tiled", "tile", spec.tiles, spec.shape)))
    label = _(ROWS[name].label).format(units=f"{spec.units:,}", tile=tile)
    banks = layer.banks(spec.shape, made)
    return Row(name, label, layer, made, counted, counting.worked(layer, spec.shape, made), banks)


def sliding_layer(spec: Spec) -> Conv:
    """The layer whose window gives all rows their output: the convolution."""
    if spec.kernel is None:
        raise LayerError(_("a window is needed: add a kernel such as 3"))
    return Conv(spec.kernel, spec.filters, spec.stride, spec.padding, spec.dilation, spec.groups, spec.bias)


def same_output(spec: Spec) -> Shape:
    """The shape all rows with a window give; that of the fully connected layer where there is no window."""
    name = "dense" if spec.kernel is None else "conv"
    return ROWS[name].layer(spec, spec.shape).output(spec.shape)


def factors(shown: tuple[Row, ...]) -> tuple[Factor, ...]:
    """What lies between the rows that give the same output.

    >>> [(found.name, str(found.parameters)) for found in factors(rows(Spec(Shape((224, 224), 3), 3, 64)))]
    [('locality', '150529/28'), ('sharing', '49284')]
    """
    named = {row.name: row for row in shown}
    found = []
    for after in shown:
        others = (named[name] for name in ROWS[after.name].beside if name in named)
        before = next((other for other in others if other.output == after.output), None)
        if before is not None:
            found.append(_factor(before, after))
    return tuple(factor for factor in found if factor.causes)


def _factor(before: Row, after: Row) -> Factor:
    old, new = before.counts, after.counts
    return Factor(
        before,
        after,
        _causes(before, after),
        ratio(old.parameters, new.parameters),
        ratio(old.weights, new.weights),
        ratio(old.macs, new.macs),
    )


def _causes(before: Row, after: Row) -> tuple[tuple[str, Ratio], ...]:
    """Fewer inputs to a filter, fewer filters, or both; a layer of two steps is a cause of its own."""
    (old, *_rest), (new, *more) = weighing(before), weighing(after)
    if more:
        return (("separation", ratio(before.counts.weights, after.counts.weights)),)
    nearer = "locality" if before.name == "dense_same" else "grouping"
    shares = ((nearer, ratio(old.fan_in, new.fan_in)), ("sharing", ratio(old.filters, new.filters)))
    return tuple((cause, share) for cause, share in shares if share.value != 1)


def weighing(row: Row) -> list[FilterBank]:
    """The banks that have weights; a bias shared by all positions is a bank without."""
    return [bank for bank in row.banks if bank.fan_in]


class Rounding(NamedTuple):
    """What rounding the output size down does on one axis: the exact size, and how much no window reads.

    Of the ``leftover`` places at the end, ``inputs`` are input and the others are padding.
    """

    axis: str
    exact: Ratio
    size: int
    padded: int
    leftover: int
    inputs: int


def roundings(spec: Spec) -> tuple[Rounding, ...]:
    """The axes on which the window does not come out even (Dumoulin & Visin 2016, relation 6, is a floor).

    >>> [(str(found.exact), found.leftover) for found in roundings(Spec(Shape((10, 10), 1), 3, stride=2))]
    [('9/2', 1), ('9/2', 1)]
    """
    if spec.kernel is None:
        return ()
    layer = sliding_layer(spec)
    if isinstance(layer.padding, str):
        return ()
    strides = spread("conv", "stride", layer.stride, spec.shape)
    found = []
    for axis, (letter, size, stride) in enumerate(zip(spec.shape.axes, spec.shape.space, strides, strict=True)):
        before, after = layer.sides(axis, size)
        left, made = layer.leftover(axis, size), layer.positions(axis, size)
        if left:
            exact = ratio(made * stride + left, stride)
            found.append(Rounding(letter, exact, made, before + size + after, left, max(left - after, 0)))
    return tuple(found)


def _check_axes(name: str, value: Any, shape: Shape) -> None:
    """`ShapeError` for one number to each of two axes on an input that has one."""
    given, rank = len(value) if isinstance(value, tuple) else 1, len(shape.space)
    if given not in (1, rank):
        text = "x".join("/".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
        raise ShapeError(
            _(
                "{name} {value} is for {given} axes, but the input {shape} has {rank}: give one number for all of them"
            ).format(name=name, value=text, given=given, shape=shape, rank=rank)
        )


def _check_rows(spec: Spec) -> None:
    known = ", ".join(ROWS)
    for name in spec.names:
        if name not in ROWS:
            raise LayerError(_("there is no row {name}: take some of {known}").format(name=shorten(name), known=known))
        if spec.kernel is None and name != "dense":
            raise LayerError(_("{name} needs a window: add a kernel such as 3").format(name=name))
    if spec.shared_bias and not spec.bias:
        raise LayerError(_("a shared bias and no bias contradict each other: leave one of them out"))
    if spec.tile is not None and "tiled" not in spec.chosen:
        raise LayerError(_("a tile is for the row tiled, which is not compared: add tiled or leave the tile out"))
