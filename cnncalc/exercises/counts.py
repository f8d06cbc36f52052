"""Is an answer right, and if not, what went wrong: the slips that people make when they count parameters.

`SLIPS` is the list of them. Each changes the exercise (the layer, its input, the map it is thought to give, its
biases), and the layer's own formula then gives the wrong number and the wrong worked line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.comparison.rows import ROWS, Comparison, Spec, compared
from cnncalc.counting import bias_additions, worked_positions
from cnncalc.errors import near
from cnncalc.exercises.answers import AnswerError, Value, answer_report, judged, read
from cnncalc.exercises.slips import Slip
from cnncalc.language import N_, _
from cnncalc.layers.base import FilterBank, at
from cnncalc.layers.conv import Conv
from cnncalc.layers.dense import Dense
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.local import Local
from cnncalc.layers.separable import Separable
from cnncalc.layers.sliding import NONE, Sliding
from cnncalc.layers.tiled import Tiled
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten
from cnncalc.symbols import Term, product

Counted = Conv | Dense | Depthwise | Local | Separable | Tiled
"""The kinds of the rows."""


class Exercise(NamedTuple):
    """A layer with `Term` sizes, what goes in, what is thought to come out, and which number is asked for.

    ``window`` slides to give the map, `None` where nothing slides. The sizes of ``output`` remember how they were
    computed. ``more`` gives biases that are counted although the layer's own formula has none.
    """

    quantity: str
    layer: Counted
    window: Conv | None
    shape: Shape
    output: Shape
    more: Callable[[Shape], int] | None = None

    @property
    def banks(self) -> tuple[FilterBank, ...]:
        return self.layer.banks(self.shape, _sized(self.output))


def exercise(spec: Spec, of: str) -> Exercise:
    """What ``conv.macs`` asks about: a row of `ROWS` and one of `QUANTITIES`, parameters where none is named.

    >>> print(*solve(exercise(Spec(Shape((224, 224), 3), 3, 64), "conv")))
    64·(3·3·3 + 1)

    Raises `AnswerError` for an unknown row or quantity.
    """
    comparison, quantity = asked(spec, of)
    (row,) = comparison.rows
    layer, window = row.layer.symbolic(), None if row.name == "dense" else comparison.window
    if not isinstance(layer, Counted):
        raise TypeError(layer)
    output = row.output.symbolic("'", "C_out")
    if window is not None:
        output = replace(output, space=worked_positions(window, spec.shape))
    return Exercise(quantity, layer, window, spec.shape.symbolic(), output)


def asked(spec: Spec, of: str) -> tuple[Comparison, str]:
    """The row that ``conv.macs`` names, as a comparison of that one alone, and the quantity.

    Raises `AnswerError` for an unknown row or quantity.
    """
    name, dot, quantity = of.partition(".")
    quantity = quantity if dot else "parameters"
    if name not in ROWS or quantity not in QUANTITIES:
        row, field = near(name, ROWS), near(quantity, QUANTITIES)
        message = (
            _("there is no {of}: did you mean {near}?")
            if row and field
            else _("there is no {of}: take a row ({rows}), and after a dot one of {quantities}")
        )
        rows, quantities = ", ".join(ROWS), ", ".join(QUANTITIES)
        raise AnswerError(
            message.format(of=shorten(of), near=f"{row}.{field}" if dot else row, rows=rows, quantities=quantities)
        )
    return compared(replace(spec, names=(name,), tile=spec.tile if name == "tiled" else None)), quantity


def _sized(output: Shape) -> Shape:
    """The sizes alone, to be written as 222 and not as (224 + 0 − 3)/1 + 1."""
    return Shape(tuple(Term(int(size)) for size in output.space), output.channels)


def solve(exercise: Exercise) -> Value:
    """The exercise's number, or its shape."""
    return COUNTED[exercise.quantity].solve(exercise)


def _parameters(exercise: Exercise) -> Value:
    learnt = (formulas.parameters(bank.filters, bank.fan_in, bank.bias) for bank in exercise.banks if bank.filters)
    return _total(*learnt, _more(exercise))


def _weights(exercise: Exercise) -> Value:
    return _total(*(formulas.weights(bank.filters, bank.fan_in) for bank in exercise.banks if bank.fan_in))


def _biases(exercise: Exercise) -> Value:
    return _total(*(bank.filters for bank in exercise.banks if bank.bias), _more(exercise))


def _connections(exercise: Exercise) -> Value:
    *summing, last = (bank for bank in exercise.banks if bank.outputs)
    bias = int(exercise.layer.bias)
    return _total(
        *(formulas.macs(bank.outputs, bank.fan_in) for bank in summing),
        formulas.parameters(last.outputs, last.fan_in, bias),
    )


def _macs(exercise: Exercise) -> Value:
    return _total(*(formulas.macs(bank.outputs, bank.fan_in) for bank in exercise.banks if bank.outputs))


def _work(*, flops: bool = False, bias: bool = False, products: bool = False) -> Callable[[Exercise], Value]:
    """The MACs as others count them: as two operations, with the additions of the bias, without what meets padding."""

    def solve(exercise: Exercise) -> Value:
        (macs,) = _products(exercise) if products else _macs(exercise)
        added = bias_additions(exercise.banks, _sized(exercise.output).numbers) if bias else 0
        return _total(formulas.flops(macs) if flops else macs, added)

    return solve


def _products(exercise: Exercise) -> Value:
    """The MACs without those whose input is padding."""
    if exercise.window is None:
        return _macs(exercise)
    inside = tuple(Term(_met(exercise.window, axis, int(size))) for axis, size in enumerate(exercise.shape.space))
    (bank,) = (bank for bank in exercise.banks if bank.fan_in)
    kernel = product(exercise.window.kernel_of(exercise.shape))
    filters, channels = int(bank.outputs) // exercise.output.positions, int(bank.fan_in) // int(kernel)
    return (product((*inside, Term(filters), Term(channels))),)


def _meets_padding(exercise: Exercise) -> bool:
    """Whether a window meets padding, and has few enough taps to look at each."""
    window, shape = exercise.window, exercise.shape
    if window is None or not isinstance(exercise.layer, Conv | Depthwise | Local | Tiled):
        return False
    padded = any(any(window.sides(axis, int(size))) for axis, size in enumerate(shape.space))
    return padded and max(window.kernel_of(shape)) <= MOST_TAPS


def _met(window: Conv, axis: int, size: int) -> int:
    """How often a tap meets an input on one axis, over all places."""
    (before, _after), stride, places = window.sides(axis, size), at(window.stride, axis), window.positions(axis, size)
    starts = (tap * at(window.dilation, axis) - before for tap in range(at(window.kernel, axis)))
    return sum(max(min((size - 1 - start) // stride + 1, places) - max(-(start // stride), 0), 0) for start in starts)


def _more(exercise: Exercise) -> int:
    return exercise.more(_sized(exercise.output)) if exercise.more else 0


def _total(*numbers: int) -> Value:
    return (sum(numbers),)


class Quantity(NamedTuple):
    """A number that can be asked for: how it is counted, what somebody does who gives it for another one, and where.

    ``applies`` tells which exercises it makes sense for.
    """

    solve: Callable[[Exercise], Value]
    counts: str
    applies: Callable[[Exercise], bool] = lambda _asked: True


QUANTITIES: Mapping[str, Quantity] = {
    "parameters": Quantity(_parameters, N_("counts the parameters")),
    "weights": Quantity(_weights, N_("counts the weights")),
    "biases": Quantity(_biases, N_("counts the biases")),
    "macs": Quantity(_macs, N_("counts the MACs")),
    "connections": Quantity(_connections, N_("counts the bias as a connection")),
    "positions": Quantity(lambda asked: (product(asked.output.space),), N_("counts the positions")),
    "outputs": Quantity(lambda asked: (_sized(asked.output).numbers,), N_("counts the outputs")),
    "output": Quantity(lambda asked: (*asked.output.space, asked.output.channels), N_("gives the output shape")),
    "flops": Quantity(_work(flops=True), N_("counts multiplications and additions: FLOPs")),
}
"""What can be asked about a row, by its name after the dot."""

OTHER_WAYS: Mapping[str, Quantity] = {
    "flops_with_bias": Quantity(
        _work(flops=True, bias=True), N_("counts multiplications and additions, those of the bias too: FLOPs")
    ),
    "products": Quantity(_work(products=True), N_("leaves out the products with padding"), _meets_padding),
    "flops_of_products": Quantity(
        _work(flops=True, products=True),
        N_("counts multiplications and additions (FLOPs), and leaves out the products with padding"),
        _meets_padding,
    ),
    "flops_of_products_with_bias": Quantity(
        _work(flops=True, bias=True, products=True),
        N_(
            "counts multiplications and additions, those of the bias too (FLOPs), and leaves out the products with padding"
        ),
        _meets_padding,
    ),
    "channels_first": Quantity(
        lambda asked: (asked.output.channels, *asked.output.space), N_("gives the channels first, as PyTorch does")
    ),
    "space": Quantity(
        lambda asked: asked.output.space, N_("leaves out the channels"), lambda asked: asked.quantity == "output"
    ),
}
"""Other people's conventions; nobody asks for these numbers, but an answer may be right in one of them."""

COUNTED = {**QUANTITIES, **OTHER_WAYS}


MOST_TAPS = 1024
"""Of wider kernels nobody counts the taps that meet padding one by one."""
IMAGE = 4
"""An image has at most so many channels; three are colours."""


def _one_input_channel(asked: Exercise) -> Exercise | None:
    return None if asked.shape.channels == 1 else _reading(1, asked)


def _three_input_channels(asked: Exercise) -> Exercise | None:
    return None if asked.shape.channels == 3 or asked.shape.channels > IMAGE else _reading(3, asked)


def _reading(channels: int, asked: Exercise) -> Exercise | None:
    if not asked.shape.space:
        return None
    layer = replace(asked.layer, groups=1) if isinstance(asked.layer, Conv) else asked.layer
    return asked._replace(
        shape=replace(asked.shape, channels=Term(channels) if channels > 1 else channels), layer=layer
    )


def _one_filter(asked: Exercise) -> Exercise | None:
    if asked.window is None or asked.output.channels == 1:
        return None
    return _giving(asked, replace(asked.output, channels=1))


def _instead(more: Callable[[Shape], int] | None) -> Callable[[Exercise], Exercise | None]:
    """Biases counted in a way of their own, instead of the layer's."""

    def mistake(asked: Exercise) -> Exercise | None:
        if not asked.layer.bias:
            return None
        layer = replace(asked.layer, shared_bias=False) if isinstance(asked.layer, Local) else asked.layer
        return asked._replace(layer=replace(layer, bias=False), more=more)

    return mistake


def _needless_bias(asked: Exercise) -> Exercise | None:
    return None if asked.layer.bias else asked._replace(layer=replace(asked.layer, bias=True))


def _as_shared(asked: Exercise) -> Exercise | None:
    return _as(Conv, asked) if isinstance(asked.layer, (Local, Tiled)) else None


def _as_local(asked: Exercise) -> Exercise | None:
    return _as(Local, asked) if isinstance(asked.layer, (Conv, Tiled)) else None


def _local_over_input(asked: Exercise) -> Exercise | None:
    if not isinstance(asked.layer, (Conv, Tiled)):
        return None
    return _as(Local, _giving(asked, replace(asked.output, space=asked.shape.space)))


def _all_channels(asked: Exercise) -> Exercise | None:
    if isinstance(asked.layer, Conv) and asked.layer.groups > 1:
        return asked._replace(layer=replace(asked.layer, groups=1))
    return _as(Conv, asked) if isinstance(asked.layer, (Depthwise, Separable)) else None


def _as(other: type[Conv | Local], asked: Exercise) -> Exercise:
    """The same window taken for another kind of layer."""
    if not isinstance(asked.layer, Sliding):
        raise TypeError(asked.layer)
    return asked._replace(layer=other(asked.layer.kernel, asked.output.channels, bias=asked.layer.bias))


def _giving(asked: Exercise, output: Shape) -> Exercise:
    """Another map thought to come out; a fully connected layer as large as the map changes with it."""
    layer = replace(asked.layer, units=_sized(output).numbers) if isinstance(asked.layer, Dense) else asked.layer
    return asked._replace(output=output, layer=layer)


def _grid(places: Callable[[Exercise], tuple[int, ...]]) -> Callable[[Exercise], Exercise | None]:
    """The map counted with other sizes than the window's."""

    def mistake(asked: Exercise) -> Exercise | None:
        return _giving(asked, replace(asked.output, space=places(asked))) if asked.window else None

    return mistake


def _sliding(**options: Any) -> Callable[[Exercise], Exercise | None]:
    """The map that the window would give with other options."""

    def mistake(asked: Exercise) -> Exercise | None:
        if asked.window is None:
            return None
        window = replace(asked.window, **options)
        if window == asked.window:
            return None
        window.space(asked.shape)  # a window that does not fit is not a slip
        space = worked_positions(window, asked.shape)
        return _giving(asked._replace(window=window), replace(asked.output, space=space))

    return mistake


def _without_one(asked: Exercise) -> tuple[int, ...]:
    return tuple(map(_forget_one, asked.output.space))


def _forget_one(size: int) -> int:
    """(n + p − w)/s instead of (n + p − w)/s + 1."""
    left, right = size.operands if isinstance(size, Term) and size.operator == "+" else (size, 0)
    return left if right == 1 else size - 1


def _rounded(asked: Exercise) -> tuple[int, ...]:
    """All positions as one number of two digits and zeros: 49,000 for 49,284."""
    places = asked.output.positions
    unit = 10 ** max(len(str(int(places))) - 2, 0)
    return (Term(int(places) // unit * unit),)


def _rounding_up(asked: Exercise) -> tuple[int, ...]:
    window = asked.window
    if window is None or isinstance(window.padding, str):
        return asked.output.space
    left = (window.leftover(axis, int(size)) for axis, size in enumerate(asked.shape.space))
    return tuple(size + 1 if over else size for size, over in zip(asked.output.space, left, strict=True))


def _another(quantity: str) -> Slip[Exercise]:
    """Giving another number than the one asked for."""

    def mistake(asked: Exercise) -> Exercise | None:
        unasked = asked.quantity != quantity and COUNTED[quantity].applies(asked)
        return asked._replace(quantity=quantity) if unasked else None

    return Slip(f"gives_{quantity}", "quantity", mistake, lambda _asked: _(COUNTED[quantity].counts))


def _says(sentence: str) -> Callable[[Exercise], str]:
    """``sentence`` with the numbers of the exercise."""

    def says(asked: Exercise) -> str:
        output = _sized(asked.output)
        return _(sentence).format(
            channels=f"{asked.shape.channels}",
            filters=f"{output.channels}",
            before=_across(asked.shape.space),
            positions=_across(output.space),
            number=f"{int(output.positions):,}",
            rounded=f"{int(product(_rounded(asked))):,}",
            less=_across(tuple(int(size) - 1 for size in output.space)),
            more=_across(tuple(int(size) + 1 for size in output.space)),
        )

    return says


def _across(sizes: tuple[int, ...]) -> str:
    return "·".join(f"{int(size):,}" for size in sizes) or "1"


MISCOUNTS: tuple[Slip[Exercise], ...] = (
    Slip("one_input_channel", "channels", _one_input_channel, _says(N_("forgets the {channels} input channels"))),
    Slip(
        "three_channels",
        "channels",
        _three_input_channels,
        _says(N_("takes the image for one in colour, with 3 channels and not {channels}")),
    ),
    Slip("no_bias", "bias", _instead(None), _says(N_("forgets the bias"))),
    Slip("one_bias", "bias", _instead(lambda _output: 1), _says(N_("counts one bias in all"))),
    Slip("bias_per_output", "bias", _instead(lambda output: output.numbers), _says(N_("counts one bias per output"))),
    Slip("bias_per_filter", "bias", _instead(lambda output: output.channels), _says(N_("counts one bias per filter"))),
    Slip("needless_bias", "bias", _needless_bias, _says(N_("counts a bias, and there is none"))),
    Slip(
        "input_grid",
        "grid",
        _grid(lambda asked: asked.shape.space),
        _says(N_("takes the input grid {before} for the output grid {positions}")),
    ),
    Slip("as_shared", "sharing", _as_shared, _says(N_("shares one set of weights among all positions"))),
    Slip("as_local", "sharing", _as_local, _says(N_("gives every position weights of its own"))),
    Slip(
        "local_over_input",
        "sharing",
        _local_over_input,
        _says(N_("gives every pixel of the {before} input weights of its own")),
    ),
    Slip("all_channels", "channels", _all_channels, _says(N_("lets every filter see all {channels} channels"))),
    Slip("one_filter", "filters", _one_filter, _says(N_("counts one filter and not {filters}"))),
    Slip("forgets_one", "grid", _grid(_without_one), _says(N_("counts {less} positions and not {positions}"))),
    Slip(
        "adds_one",
        "grid",
        _grid(lambda asked: tuple(size + 1 for size in asked.output.space)),
        _says(N_("counts {more} positions and not {positions}")),
    ),
    Slip("no_padding", "grid", _sliding(padding=NONE), _says(N_("forgets the padding"))),
    Slip("no_stride", "grid", _sliding(stride=(1,)), _says(N_("forgets the stride"))),
    Slip("no_dilation", "grid", _sliding(dilation=(1,)), _says(N_("forgets the dilation"))),
    Slip("rounds_up", "grid", _grid(_rounding_up), _says(N_("rounds the number of positions up"))),
)
"""What people do wrong when they count, the most common first."""

SLIPS: tuple[Slip[Exercise], ...] = (
    *MISCOUNTS,
    Slip("rounded", "grid", _grid(_rounded), _says(N_("rounds {number} positions to {rounded}"))),
    *map(_another, COUNTED),
)
"""The same, and those who round or take one question for another: of slips that give one number, the first is named."""


def judge(spec: Spec, of: str, answer: str) -> Report:
    """Whether ``answer`` is the number (or the shape) that ``of`` asks for, and if not, what went wrong.

    >>> from cnncalc.shapes import Shape
    >>> judge(Spec(Shape((224, 224), 3), 3, 64), "conv", "640").title
    '640 is not it: that forgets the 3 input channels (64·(3·3 + 1)); it is 64·(3·3·3 + 1) = 1,792'

    Raises `AnswerError` for an answer that can't be read, and an unknown question.
    """
    own = exercise(spec, of)
    return answer_report(of, own.quantity, judged(read(answer, sizes=len(solve(own))), own, SLIPS, solve))
