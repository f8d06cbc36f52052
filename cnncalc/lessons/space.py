"""Space: shuffle the pixels of every picture in the same way, and see which layer notices that anything happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, fsum, log1p
from typing import TYPE_CHECKING

from cnncalc.language import N_, _
from cnncalc.lessons.learning import ANYWHERE, Images, make_images, right, train
from cnncalc.lessons.telling import Grid, Part
from cnncalc.report import Column, Table
from cnncalc.report.picture import HeatMap, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncalc.lessons.telling import Array

TITLE = N_("Space: shuffle the pixels, and see who notices")
TRAIN, TEST = 100, 1000
STEPS, RATE = 20, 0.05
"""Steps of gradient descent of the dense unit, and how far each goes."""
SHOWN = (1, 5, 10, 15, 20)
"""The steps whose losses are shown."""


@dataclass(frozen=True, slots=True)
class Dense:
    """A dense unit trained on pictures, and one on the same pictures shuffled that starts with weights shuffled along.

    ``losses`` are those after every step; the two lists are told apart by ``differ``, the number of steps at which any
    bit is different, and ``outputs_differ`` counts the outputs for new pictures that are.
    """

    losses: tuple[float, ...]
    losses_shuffled: tuple[float, ...]
    differ: int
    outputs: int
    outputs_differ: int
    right: float
    right_shuffled: float
    rounding: float


@dataclass(frozen=True, slots=True)
class Conv:
    """A shared 3×3 detector trained on pictures, and on shuffled ones: the share of right answers about new pictures."""

    right: float
    right_shuffled: float
    outputs: int
    outputs_differ: int


@dataclass(frozen=True, slots=True)
class Space:
    """Everything the lesson found."""

    example: Grid
    shuffled: Grid
    order: tuple[int, ...]
    dense: Dense
    conv: Conv


def run(seed: int = 0) -> Space:
    """Train a dense unit and a shared detector, both on pictures as they are and on shuffled ones.

    >>> lesson = run()
    >>> lesson.dense.differ, lesson.dense.outputs_differ, lesson.conv.right > lesson.conv.right_shuffled + 0.2
    (0, 0, True)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    training, test = make_images(rng, TRAIN, ANYWHERE), make_images(rng, TEST, ANYWHERE)
    order = rng.permutation(training.pixels[0].size)
    start = rng.normal(0, 0.1, order.size)
    return Space(
        _grid(training.pixels[0]),
        _grid(_shuffled(training, order).pixels[0]),
        tuple(int(place) for place in order),
        _dense(training, test, order, start),
        _conv(training, test, order),
    )


def _grid(pixels: Array) -> Grid:
    return tuple(tuple(round(value, 3) for value in row) for row in pixels.tolist())


def _shuffled(images: Images, order: NDArray[np.intp]) -> Images:
    """The same pictures, the pixels of each in the same new order."""
    return images._replace(pixels=images.pixels.reshape(len(images.pixels), -1)[:, order].reshape(images.pixels.shape))


def _dense(training: Images, test: Images, order: NDArray[np.intp], start: Array) -> Dense:
    plain, shuffled = _descend(training, start), _descend(_shuffled(training, order), start[order])
    outputs, others = _outputs(test, plain.weights), _outputs(_shuffled(test, order), shuffled.weights)
    by_matrix = _by_matrix(test, plain.weights), _by_matrix(_shuffled(test, order), shuffled.weights)
    return Dense(
        tuple(plain.losses),
        tuple(shuffled.losses),
        sum(one != other for one, other in zip(plain.losses, shuffled.losses, strict=True)),
        len(outputs),
        sum(one != other for one, other in zip(outputs, others, strict=True)),
        _right(test, outputs),
        _right(test, others),
        float(abs(by_matrix[0] - by_matrix[1]).max()),
    )


@dataclass(slots=True)
class Descent:
    """A unit on its way down: its weights, the bias last, and the loss after each step."""

    weights: list[float]
    losses: list[float]


def _descend(images: Images, start: Array) -> Descent:
    """Logistic regression by gradient descent; every sum over pixels is exact before it is rounded once, so that it
    can't depend on their order."""
    rows, signs = _rows(images), [1 if there else -1 for there in images.there]
    descent = Descent([*start.tolist(), 0.0], [])
    for _step in range(STEPS):
        pulls = [
            sign / (1 + exp(sign * said)) / len(rows)
            for sign, said in zip(signs, _said(rows, descent.weights), strict=True)
        ]
        descent.weights = [
            weight + RATE * len(rows) * fsum(map(float.__mul__, pulls, column))
            for weight, column in zip(descent.weights, zip(*rows, strict=True), strict=True)
        ]
        said = _said(rows, descent.weights)
        descent.losses.append(fsum(log1p(exp(-sign * one)) for sign, one in zip(signs, said, strict=True)) / len(rows))
    return descent


def _rows(images: Images) -> list[list[float]]:
    """Every picture as a row of pixels, and a 1 for the bias."""
    return [[*row, 1.0] for row in images.pixels.reshape(len(images.pixels), -1).tolist()]


def _said(rows: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    return [fsum(map(float.__mul__, weights, row)) for row in rows]


def _outputs(images: Images, weights: Sequence[float]) -> list[float]:
    return _said(_rows(images), weights)


def _by_matrix(images: Images, weights: Sequence[float]) -> Array:
    """The same outputs as NumPy adds them up: in an order, rounding after every sum."""
    import numpy as np

    return np.asarray(np.array(_rows(images)) @ np.array(weights))


def _right(images: Images, outputs: Sequence[float]) -> float:
    hits: Iterator[bool] = ((said > 0) == there for said, there in zip(outputs, images.there.tolist(), strict=True))
    return sum(map(int, hits)) / len(outputs)


def _conv(training: Images, test: Images, order: NDArray[np.intp]) -> Conv:
    import numpy as np

    learnt, other = train(training, share=True), train(_shuffled(training, order), share=True)
    kernel = learnt[0, :-1].reshape(3, 3)
    maps, others = (np.stack([_map(pixels, kernel) for pixels in one.pixels]) for one in (test, _shuffled(test, order)))
    return Conv(
        right(test, learnt), right(_shuffled(test, order), other), maps.size, int((np.abs(maps - others) > 1e-9).sum())
    )


def _map(pixels: Array, kernel: Array) -> Array:
    from cnncalc.lessons.window import slide

    return slide(pixels, kernel)


def story(result: Space) -> Iterator[Part]:
    """The lesson as it is told."""
    dense, conv = result.dense, result.conv
    yield _(
        "People say that a fully connected layer loses the spatial information of a picture. Here is what that means. "
        "Take all pixels of a picture and put them in a new order, the same one for every picture. To us nothing is left of "
        "the cross."
    )
    yield Picture(maps=(HeatMap(result.example, _("a picture")), HeatMap(result.shuffled, _("the same, shuffled"))))
    yield _(
        "Does a picture contain a cross? A fully connected unit learns it from {count} pictures, once as they are and once "
        "shuffled, its first weights shuffled along. It trains to the same curve:"
    ).format(count=TRAIN)
    yield _curve(result)
    yield _(
        "The losses differ at {differ} of {steps} steps, and {outputs_differ} of {outputs} outputs for new pictures differ, "
        "to the last bit. A sum does not care in which order it is added up, so this layer can't know which pixels lie "
        "beside each other: it never did, and shuffling took nothing from it."
    ).format(differ=dense.differ, steps=STEPS, outputs_differ=dense.outputs_differ, outputs=f"{dense.outputs:,}")
    yield _exam(result)
    yield _(
        "The convolution does notice. Its window relies on neighbours being neighbours: of {outputs} cells of its maps "
        "{differ} are others, and trained on shuffled pictures it finds crosses little better than chance."
    ).format(outputs=f"{conv.outputs:,}", differ=f"{conv.outputs_differ:,}")
    yield _(
        "What this does not show: that a fully connected layer is unable to learn a shape. Given enough pictures it finds "
        "out from their statistics which pixels go together; it has to learn what a convolution is told. And the sums here "
        "are exact before they are rounded once; NumPy's own product rounds as it goes along, and then the same outputs "
        "differ by up to {rounding}, which is rounding and not knowledge."
    ).format(rounding=f"{dense.rounding:.1g}")


def _curve(result: Space) -> Table:
    columns = (
        Column("step", _("step"), "number"),
        Column("plain", _("loss, as they are"), "number"),
        Column("shuffled", _("loss, shuffled"), "number"),
    )
    dense = result.dense
    rows = tuple((step, f"{dense.losses[step - 1]!r}", f"{dense.losses_shuffled[step - 1]!r}") for step in SHOWN)
    return Table(columns, rows, title=_("A fully connected unit learns"))


def _exam(result: Space) -> Table:
    columns = (
        Column("layer", _("layer")),
        Column("plain", _("right, as they are"), "share"),
        Column("shuffled", _("right, shuffled"), "share"),
    )
    rows = (
        (_("fully connected"), result.dense.right, result.dense.right_shuffled),
        (_("convolution"), result.conv.right, result.conv.right_shuffled),
    )
    return Table(columns, rows, title=_("Asked about {count} new pictures").format(count=f"{TEST:,}"))
