"""Layers that do the same job side by side: how many parameters each takes, and which idea saves how much.

`ROWS` is the table of what can be compared. What a row costs follows from the filter banks of its layer kind, and so
does what lies between two rows. `compared` derives all of it once; whatever is shown is read from its `Comparison`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cnncalc import counting
from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.errors import LayerError, ShapeError
from cnncalc.language import N_, NN_, _, counted
from cnncalc.layers import kind
from cnncalc.layers.base import FilterBank, Layer, Size, at, spread, whole
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
        object.__setattr__(self, "shape", Shape.of(self.shape))
        for name in ("kernel", "stride", "padding", "dilation", "tile"):
            _check_axes(name, getattr(self, name), self.shape)
        whole("fc", "units", self.units)
        bytes_of(0, self.dtype)
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
        """Whether a window reads something that is not input."""
        if self.kernel is None:
            return False
        window = sliding_layer(self)
        return any(any(window.sides(axis, size)) for axis, size in enumerate(self.shape.space))


class RowKind(NamedTuple):
    """A row that can be compared: its label, how its layer is made, and the rows it is measured against.

    ``family`` is what it has in common with others: ``dense`` looks at everything, ``local`` at a window with weights
    of each place's own, ``conv`` at a window with weights that are shared. Of ``beside`` the first counts that is shown
    and gives the same output.
    """

    label: str | tuple[str, str]
    layer: Callable[[Spec, Shape], Layer]
    family: str
    beside: tuple[str, ...] = ()


class Row(NamedTuple):
    """One layer and what it costs; the sizes in ``banks`` are `Term`, and ``memory`` is in bytes.

    ``sizes`` are those that its label speaks of.
    """

    name: str
    sizes: Mapping[str, str]
    layer: Layer
    output: Shape
    counts: Count
    worked: Term
    banks: tuple[FilterBank, ...]
    memory: int

    @property
    def label(self) -> str:
        """What it is called in the language of the moment."""
        return counted(ROWS[self.name].label, int(self.output.numbers)).format(**self.sizes)

    @property
    def weighing(self) -> list[FilterBank]:
        """The banks that have weights; a bias shared by all positions is a bank without."""
        return [bank for bank in self.banks if bank.fan_in]


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


class Comparison(NamedTuple):
    """Everything that follows from a `Spec`; ``output`` is the shape that all rows with a window give.

    ``window`` is the convolution that all such rows slide like, `None` where there is no kernel; ``output`` is then
    that of the fully connected row.
    """

    spec: Spec
    window: Conv | None
    output: Shape
    rows: tuple[Row, ...]
    factors: tuple[Factor, ...]
    roundings: tuple[Rounding, ...]

    def row(self, name: str) -> Row | None:
        """The row of that name, if it is compared."""
        return next((row for row in self.rows if row.name == name), None)


def compared(spec: Spec) -> Comparison:
    """The rows that ``spec`` asks for, what lies between them, and where the window does not come out even.

    >>> comparison = compared(Spec(Shape((224, 224), 3), 3, 64))
    >>> str(comparison.output), [factor.name for factor in comparison.factors], comparison.roundings
    ('222x222x64', ['locality', 'sharing'], ())
    """
    window = None if spec.kernel is None else sliding_layer(spec)
    output = (window or _dense(spec, spec.shape)).output(spec.shape)
    shown = tuple(_row(spec, name, output) for name in spec.chosen)
    return Comparison(spec, window, output, shown, factors(shown), _roundings(window, spec.shape))


def _dense(spec: Spec, _output: Shape) -> Layer:
    return _layer("Dense", units=spec.units, bias=spec.bias)


def _dense_same(spec: Spec, output: Shape) -> Layer:
    named = output.symbolic("'", "C_out")
    return _layer("Dense", units=product((*named.space, named.channels)), bias=spec.bias)


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
    return _layer(name, **shared, **own)


def _layer(name: str, **options: Any) -> Layer:
    build: Callable[..., Layer] = kind(name)
    return build(**options)


ROWS: Mapping[str, RowKind] = {
    "dense": RowKind(NN_("fully connected, {units} unit", "fully connected, {units} units"), _dense, "dense"),
    "dense_same": RowKind(N_("fully connected, same output"), _dense_same, "dense"),
    "local": RowKind(N_("locally connected, no sharing"), _local, "local", ("dense_same",)),
    "tiled": RowKind(N_("tiled, {tile} sets of filters in turn"), _tiled, "local", ("local", "dense_same")),
    "conv": RowKind(N_("convolution"), _conv, "conv", ("tiled", "local", "dense_same")),
    "depthwise": RowKind(N_("depthwise convolution"), _depthwise, "conv", ("conv", "tiled", "local", "dense_same")),
    "separable": RowKind(
        N_("depthwise separable convolution"), _separable, "conv", ("conv", "tiled", "local", "dense_same")
    ),
}
"""Every row that can be compared, from the most expensive to the cheapest."""

USUAL = ("dense", "dense_same", "local", "conv")
"""The rows when none are chosen."""


def rows(spec: Spec) -> tuple[Row, ...]:
    """The rows that ``spec`` asks for, each counted.

    >>> [(row.name, row.counts.parameters) for row in rows(Spec(Shape((5, 5), 1), 3, names=("local", "conv")))]
    [('local', 90), ('conv', 10)]
    """
    return compared(spec).rows


def _row(spec: Spec, name: str, output: Shape) -> Row:
    """One row; ``output`` is the shape that all rows with a window give."""
    layer = ROWS[name].layer(spec, output)
    shape = output if name == "dense_same" else layer.output(spec.shape)
    tile = "·".join(map(str, spread("tiled", "tile", spec.tiles, spec.shape)))
    sizes = {"units": f"{spec.units:,}", "tile": tile}
    banks = counting.symbolic_banks(layer, spec.shape, shape)
    counts = Count(*map(int, counting.tally(banks, shape.numbers, layer.buffers(spec.shape))))
    bytes_held = bytes_of(counts.parameters, spec.dtype)
    return Row(name, sizes, layer, shape, counts, counting.worked_tally(banks), banks, bytes_held)


def sliding_layer(spec: Spec) -> Conv:
    """The layer whose window gives all rows their output: the convolution."""
    if spec.kernel is None:
        raise LayerError(_("a window is needed: add a kernel such as 3"))
    return Conv(spec.kernel, spec.filters, spec.stride, spec.padding, spec.dilation, spec.groups, spec.bias)


def factors(shown: tuple[Row, ...]) -> tuple[Factor, ...]:
    """What lies between the rows that give the same output.

    >>> [(factor.name, str(factor.parameters)) for factor in factors(rows(Spec(Shape((224, 224), 3), 3, 64)))]
    [('locality', '150529/28'), ('sharing', '49284')]
    """
    named = {row.name: row for row in shown}
    between = []
    for after in shown:
        others = (named[name] for name in ROWS[after.name].beside if name in named)
        before = next((other for other in others if other.output == after.output), None)
        if before is not None:
            between.append(_factor(before, after))
    return tuple(factor for factor in between if factor.causes)


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
    (old, *_rest), (new, *more) = before.weighing, after.weighing
    if more:
        return (("separation", ratio(before.counts.weights, after.counts.weights)),)
    nearer = "locality" if before.name == "dense_same" else "grouping"
    shares = ((nearer, ratio(old.fan_in, new.fan_in)), ("sharing", ratio(old.filters, new.filters)))
    return tuple((cause, share) for cause, share in shares if share.value != 1)


def _roundings(window: Conv | None, shape: Shape) -> tuple[Rounding, ...]:
    """The axes on which the window does not come out even (Dumoulin & Visin 2016, relation 6, is a floor).

    >>> [(str(rounding.exact), rounding.leftover) for rounding in _roundings(Conv(3, stride=2), Shape((10, 10), 1))]
    [('9/2', 1), ('9/2', 1)]
    """
    if window is None or isinstance(window.padding, str):
        return ()
    axes = (_rounding(window, axis, letter, shape.space[axis]) for axis, letter in enumerate(shape.axes))
    return tuple(rounding for rounding in axes if rounding.leftover)


def _rounding(window: Conv, axis: int, letter: str, size: int) -> Rounding:
    before, after = window.sides(axis, size)
    stride, leftover, places = at(window.stride, axis), window.leftover(axis, size), window.positions(axis, size)
    exact = ratio(places * stride + leftover, stride)
    return Rounding(letter, exact, places, before + size + after, leftover, max(leftover - after, 0))


def _check_axes(name: str, value: Any, shape: Shape) -> None:
    """`ShapeError` for one number to each of two axes on an input that has one."""
    count, rank = len(value) if isinstance(value, tuple) else 1, len(shape.space)
    if count not in (1, rank):
        sides = (dict.fromkeys(part) if isinstance(part, tuple) else (part,) for part in value)  # 1/1 is written 1
        text = "x".join("/".join(map(str, part)) for part in sides)
        if name == "kernel" and count == rank + 1 and value[-1] not in value[:-1]:  # 3x3x64, and not 3x3 for a sequence
            sides_alone, _x, filters = text.rpartition("x")
            raise ShapeError(
                _(
                    "kernel {value} is for {count} axes, but the input {shape} has {rank}: did you mean a kernel of "
                    "{sides} and {filters} filters?"
                ).format(value=text, count=count, shape=shape, rank=rank, sides=sides_alone, filters=filters)
            )
        raise ShapeError(
            _(
                "{name} {value} is for {count} axes, but the input {shape} has {rank}: give one number for all of them"
            ).format(name=name, value=text, count=count, shape=shape, rank=rank)
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
