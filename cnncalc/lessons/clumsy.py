"""The clumsy way: a detector of its own for every place, then one stamp for all, then the same at real size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.language import N_, _
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.lessons.window import patches, slide, under
from cnncalc.report import Column, Table
from cnncalc.report.motion import Slide
from cnncalc.report.picture import HeatMap, Picture
from cnncalc.symbols import Term

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array

TITLE = N_("The clumsy way: nine places, nine detectors")
SIDE, KERNEL = 5, 3
REAL = (224, 224, 3)
FILTERS = 64


@dataclass(frozen=True, slots=True)
class Place:
    """One position: where its window begins, what it sees, its own weights and bias, what it answers, and σ of that."""

    y: int
    x: int
    patch: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    output: float
    activation: float


@dataclass(frozen=True, slots=True)
class RealSize:
    """The three layers on the same real input and output: weights, parameters, and the two factors between those."""

    positions: tuple[int, int]
    outputs: int
    dense_weights: int
    local_weights: int
    conv_weights: int
    dense_parameters: int
    local_parameters: int
    conv_parameters: int
    locality: int
    sharing: int


@dataclass(frozen=True, slots=True)
class Clumsy:
    """Everything the lesson found; the small counts are counted, number by number."""

    image: Grid
    places: tuple[Place, ...]
    unshared_map: Grid
    unshared_parameters: int
    shared_kernel: Grid
    shared_bias: float
    shared_map: Grid
    shared_parameters: int
    dense_parameters: int
    real: RealSize
    shared_activation: Grid


def run(seed: int = 0) -> Clumsy:
    """Nine detectors on a 5×5 picture, one by one, and then one stamp for all nine places.

    >>> lesson = run()
    >>> lesson.unshared_parameters, lesson.shared_parameters, lesson.dense_parameters, lesson.real.locality
    (90, 10, 234, 5376)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    image = rng.integers(0, 2, (SIDE, SIDE)).astype(np.float64)
    seen = patches(image, KERNEL)
    weights = rng.integers(-2, 3, seen.shape).astype(np.float64)
    biases = rng.integers(-2, 3, len(seen)).astype(np.float64)
    outputs = (seen * weights).sum(axis=1) + biases
    kernel, bias = weights[0].reshape(KERNEL, KERNEL), biases[0]
    shared = slide(image, kernel) + bias
    return Clumsy(
        plain(image),
        tuple(_place(index, *row) for index, row in enumerate(zip(seen, weights, biases, outputs, strict=True))),
        plain(outputs.reshape(shared.shape)),
        weights.size + biases.size,
        plain(kernel),
        int(bias),
        plain(shared),
        kernel.size + 1,
        outputs.size * image.size + outputs.size,
        _real_size(),
        _rounded(_sigma(shared)),
    )


def _sigma(answers: Array) -> Array:
    """σ(z) = 1/(1 + e^−z): any answer as a number between 0 and 1."""
    import numpy as np

    return np.asarray(1 / (1 + np.exp(-answers)))


def _rounded(matrix: Array) -> Grid:
    return tuple(tuple(round(value, 3) for value in row) for row in matrix.tolist())


def _place(index: int, patch: Array, weights: Array, bias: float, output: float) -> Place:
    import numpy as np

    y, x = divmod(index, SIDE - KERNEL + 1)
    activation = _rounded(_sigma(np.array([[output]])))[0][0]
    return Place(y, x, plain(patch[None])[0], plain(weights[None])[0], int(bias), int(output), activation)


def _real_size() -> RealSize:
    height, width, channels = REAL
    positions = (formulas.positions(height, 0, KERNEL, 1), formulas.positions(width, 0, KERNEL, 1))
    outputs = positions[0] * positions[1] * FILTERS
    window = formulas.fan_in((KERNEL, KERNEL), channels)
    everything = height * width * channels
    counts = ((outputs, everything), (outputs, window), (FILTERS, window))
    dense, local, conv = (formulas.parameters(filters, fan_in) for filters, fan_in in counts)
    weights = [formulas.weights(filters, fan_in) for filters, fan_in in counts]
    return RealSize(
        positions=positions,
        outputs=outputs,
        dense_weights=weights[0],
        local_weights=weights[1],
        conv_weights=weights[2],
        dense_parameters=dense,
        local_parameters=local,
        conv_parameters=conv,
        locality=round(dense / local),
        sharing=round(local / conv),
    )


def story(result: Clumsy) -> Iterator[Part]:
    """The lesson as it is told."""
    yield from _nine_detectors(result)
    yield from _one_stamp(result)
    yield _waterfall(result.real)
    yield from _two_ideas(result)


def _nine_detectors(result: Clumsy) -> Iterator[Part]:
    yield _(
        "A picture of {side}×{side} and windows of {kernel}×{kernel}: there are {count} places to look at. Without "
        "the idea of sharing you build {count} detectors, one for each place. Each flattens what it sees into "
        "{taps} numbers, multiplies them by {taps} weights of its own, and adds a bias of its own."
    ).format(side=SIDE, kernel=KERNEL, count=len(result.places), taps=KERNEL * KERNEL)
    yield from _windows(result)
    yield _walk(result)
    yield _(
        "Then σ(answer) = 1/(1 + e^−answer) squeezes any number into 0 … 1: near 1 the detector says yes, near 0 no, and "
        "the answer 0 is a half. It changes no count."
    )
    yield Picture(maps=(HeatMap(result.unshared_map, _("nine answers")),), motion=_slide(result))
    yield Picture(maps=(_activations(result),))
    yield _("{count} detectors of {each} numbers each: {total} parameters, for a picture of {pixels} pixels.").format(
        count=len(result.places), each=KERNEL * KERNEL + 1, total=result.unshared_parameters, pixels=SIDE * SIDE
    )


def _slide(result: Clumsy) -> Slide:
    """Every place with its own detector, numbered as in the notes."""
    kernels = tuple(
        tuple(place.weights[start : start + KERNEL] for start in range(0, KERNEL * KERNEL, KERNEL))
        for place in result.places
    )
    return Slide(result.image, kernels, tuple(place.bias for place in result.places), first=1)


def _one_stamp(result: Clumsy) -> Iterator[Part]:
    yield _(
        "Now take one detector, the first, and carry it to all nine places. What makes a line a line does not "
        "depend on where it is, so what one has learnt serves all: {total} parameters."
    ).format(total=result.shared_parameters)
    yield Picture(
        maps=(
            HeatMap(result.shared_kernel, _("the one stamp")),
            HeatMap(result.shared_map, _("its nine answers")),
        )
    )
    yield Picture(maps=(HeatMap(result.shared_activation, _("σ of them")),))


def _windows(result: Clumsy) -> Iterator[Picture]:
    """The nine windows on the picture, three in a row as they lie on it."""
    side = SIDE - KERNEL + 1
    for row in (result.places[start : start + side] for start in range(0, len(result.places), side)):
        yield Picture(
            maps=tuple(HeatMap(result.image, _number(place), framed=under(place.y, place.x, KERNEL)) for place in row)
        )


def _number(place: Place) -> str:
    """As people count: from (1,1) to (3,3)."""
    return f"({place.y + 1},{place.x + 1})"


def _activations(result: Clumsy) -> HeatMap:
    side = SIDE - KERNEL + 1
    cells = [place.activation for place in result.places]
    return HeatMap(tuple(tuple(cells[start : start + side]) for start in range(0, len(cells), side)), _("σ of them"))


def _two_ideas(result: Clumsy) -> Iterator[Part]:
    real = result.real
    yield _(
        "Two ideas, one after the other. Locality: an output looks at {window} numbers and not at {all}; with its "
        "bias, {window_bias} parameters instead of {all_bias}, {locality} times fewer. Sharing: one set of them "
        "serves {positions} places, {sharing} times fewer again."
    ).format(
        window=real.local_weights // real.outputs,
        all=f"{real.dense_weights // real.outputs:,}",
        window_bias=real.local_parameters // real.outputs,
        all_bias=f"{real.dense_parameters // real.outputs:,}",
        locality=f"{real.locality:,}",
        positions=f"{real.positions[0] * real.positions[1]:,}",
        sharing=f"{real.sharing:,}",
    )
    yield _(
        "A correction. Notes sometimes say that detectors without sharing cost as much as a fully connected layer. "
        "They do not: here they have {locality} times fewer parameters, and already on the small picture it is "
        "{local} parameters against {dense}. What they have in common is that nothing is shared."
    ).format(locality=f"{real.locality:,}", local=result.unshared_parameters, dense=result.dense_parameters)


def _walk(result: Clumsy) -> Table:
    columns = (
        Column("place", _("place")),
        Column("patch", _("what it sees")),
        Column("weights", _("its own weights")),
        Column("bias", _("its bias"), "number"),
        Column("output", _("answer"), "number"),
        Column("activation", _("σ(answer)"), "number", minor=True),
    )
    rows = tuple(
        (_number(place), _vector(place.patch), _vector(place.weights), place.bias, place.output, place.activation)
        for place in result.places
    )
    return Table(columns, rows, title=_("Place by place"))


def _vector(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:2g}" for number in numbers)


def _waterfall(real: RealSize) -> Table:
    columns = (
        Column("layer", _("layer")),
        Column("parameters", _("parameters"), "count"),
        Column("worked", _("worked"), "formula", minor=True),
        Column("bar", "", "bar", minor=True),
    )
    outputs = Term(real.positions[0]) * Term(real.positions[1]) * Term(FILTERS)
    everything, window = (
        formulas.fan_in(tuple(map(Term, sizes)), Term(REAL[2])) for sizes in (REAL[:2], (KERNEL,) * 2)
    )
    worked = (
        formulas.parameters(outputs, everything),
        formulas.parameters(outputs, window),
        formulas.parameters(Term(FILTERS), window),
    )
    labels = (_("fully connected"), _("locally connected"), _("convolution"))
    rows = tuple((label, int(line), line, int(line)) for label, line in zip(labels, worked, strict=True))
    between = {
        1: _("locality: ÷{factor}").format(factor=f"{real.locality:,}"),
        2: _("sharing: ÷{factor}").format(factor=f"{real.sharing:,}"),
    }
    title = _("At real size: {height}×{width}×{channels}, {filters} detectors of {kernel}×{kernel}").format(
        height=REAL[0], width=REAL[1], channels=REAL[2], filters=FILTERS, kernel=KERNEL
    )
    return Table(columns, rows, title=title, between=between)
