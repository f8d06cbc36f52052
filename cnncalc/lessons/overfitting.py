"""Overfitting: dense, local and convolutional layers of the same output learn the same map from few noisy pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.language import N_, _
from cnncalc.lessons.kernels import KERNELS
from cnncalc.lessons.telling import Part
from cnncalc.lessons.window import patches
from cnncalc.report import Column, Table

if TYPE_CHECKING:
    import numpy as np

    from cnncalc.lessons.telling import Array

TITLE = N_("Overfitting: three layers with the same output, and few pictures to learn from")
SIDE, KERNEL = 8, 3
PIXELS = SIDE * SIDE
PLACES = (SIDE - KERNEL + 1) ** 2
TAPS = KERNEL * KERNEL
NOISE = 0.5
"""How far the answers to learn from are off; a layer that knows the truth still has the square of this as its error."""
COUNTS = (5, 10, 30, 65, 100, 1_000)
TEST = 500
EXACT = 9
"""Decimals to which an error of 0 is 0."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """One layer after training: its weights and biases, those behind a single output, and its two mean squared errors."""

    parameters: int
    per_output: int
    train: float
    test: float


@dataclass(frozen=True, slots=True)
class Learnt:
    """The three layers after so many training pictures."""

    images: int
    dense: Fitted
    local: Fitted
    conv: Fitted


@dataclass(frozen=True, slots=True)
class Overfitting:
    """Everything the lesson found; the errors are of new pictures whose answers are as noisy.

    ``one_kernel`` where the answers come of one kernel at all places, ``own_kernels`` where each place has another.
    """

    noise: float
    one_kernel: tuple[Learnt, ...]
    own_kernels: tuple[Learnt, ...]


def run(seed: int = 0) -> Overfitting:
    """Fit all three by least squares, with more and more pictures.

    >>> first = run().one_kernel[0]
    >>> first.dense.train, first.local.train, first.conv.train > 0.1, first.dense.test > 10 * first.conv.test
    (0.0, 0.0, True, True)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    same = np.tile(np.array(KERNELS["vertical"], dtype=np.float64).reshape(-1), (PLACES, 1))
    own = rng.normal(0, 2, (PLACES, TAPS))
    return Overfitting(NOISE**2, _learnt(rng, same), _learnt(rng, own))


def _learnt(rng: np.random.Generator, kernels: Array) -> tuple[Learnt, ...]:
    test = _pictures(rng, TEST, kernels)
    return tuple(_fitted(_pictures(rng, count, kernels), test) for count in COUNTS)


Pictures = tuple["Array", "Array"]
"""Pixels, and the noisy map that is to be learnt: ``(pictures, 8, 8)`` and ``(pictures, places)``."""


def _pictures(rng: np.random.Generator, count: int, kernels: Array) -> Pictures:
    import numpy as np

    pixels = rng.normal(0, 1, (count, SIDE, SIDE))
    answers = np.einsum("ipk,pk->ip", patches(pixels, KERNEL), kernels)
    return pixels, answers + rng.normal(0, NOISE, answers.shape)


def _fitted(training: Pictures, test: Pictures) -> Learnt:
    return Learnt(len(training[0]), _dense(training, test), _local(training, test), _conv(training, test))


def _dense(training: Pictures, test: Pictures) -> Fitted:
    """Every output has a weight for every pixel."""
    flat, flat_test = (pixels.reshape(len(pixels), PIXELS) for pixels, _answers in (training, test))
    weights = _least_squares(flat, training[1])
    return _errors(
        PLACES * (PIXELS + 1), PIXELS + 1, training, test, (_times(flat, weights), _times(flat_test, weights))
    )


def _local(training: Pictures, test: Pictures) -> Fitted:
    """Every output has weights of its own for its window."""
    import numpy as np

    seen, seen_test = patches(training[0], KERNEL), patches(test[0], KERNEL)
    weights = [_least_squares(seen[:, place], training[1][:, place]) for place in range(PLACES)]
    said, said_test = (
        np.stack([_times(windows[:, place], weights[place]) for place in range(PLACES)], 1)
        for windows in (seen, seen_test)
    )
    return _errors(PLACES * (TAPS + 1), TAPS + 1, training, test, (said, said_test))


def _conv(training: Pictures, test: Pictures) -> Fitted:
    """All outputs have the same weights, so every picture is 36 examples for them."""
    seen, seen_test = (patches(pixels, KERNEL).reshape(-1, TAPS) for pixels, _answers in (training, test))
    weights = _least_squares(seen, training[1].reshape(-1))
    said = tuple(_times(windows, weights).reshape(-1, PLACES) for windows in (seen, seen_test))
    return _errors(TAPS + 1, TAPS + 1, training, test, (said[0], said[1]))


def _least_squares(inputs: Array, answers: Array) -> Array:
    """The weights and the bias with the smallest error; of many the smallest weights."""
    import numpy as np

    rows = _with_ones(inputs)
    if len(rows) > 2 * rows.shape[1]:  # the normal equations: as good where examples abound, and ten times as fast
        return np.asarray(np.linalg.solve(rows.T @ rows, rows.T @ answers))
    return np.asarray(np.linalg.lstsq(rows, answers, rcond=None)[0])


def _with_ones(inputs: Array) -> Array:
    import numpy as np

    return np.column_stack((inputs, np.ones(len(inputs))))


def _times(inputs: Array, weights: Array) -> Array:
    import numpy as np

    return np.asarray(_with_ones(inputs) @ weights)


def _errors(parameters: int, per_output: int, training: Pictures, test: Pictures, said: tuple[Array, Array]) -> Fitted:
    errors = (
        round(float(((answers - one) ** 2).mean()), EXACT)
        for (_pixels, answers), one in zip((training, test), said, strict=True)
    )
    return Fitted(parameters, per_output, *errors)


def story(result: Overfitting) -> Iterator[Part]:
    """The lesson as it is told."""
    first = result.one_kernel[0]
    yield _(
        "Three layers read a picture of {side}×{side} and give a map of {places} numbers. They are to learn the answers of a "
        "vertical-line kernel, which come with noise of mean square {noise}: no layer can do better on new pictures than "
        "that. A single output has {dense} weights and biases behind it if the layer is fully connected, {local} if it is "
        "local, with {parameters} in all; a convolution has {local} for all outputs together."
    ).format(
        side=SIDE,
        places=PLACES,
        noise=result.noise,
        dense=first.dense.per_output,
        local=first.local.per_output,
        parameters=first.local.parameters,
    )
    yield _table(result.one_kernel, _("One kernel for all places: mean squared error, training and new pictures"))
    yield _(
        "With no more pictures than weights behind an output, training leaves an error of 0 exactly: the layer has learnt the "
        "noise by heart, every picture of it, and is wrong about new ones. That is overfitting: not many weights as such, "
        "but many for what there is to learn from. The convolution has {places} examples in every picture, can't learn the "
        "noise by heart, and is close to the best possible after five."
    ).format(places=PLACES)
    yield _(
        "It is worst where weights and pictures are as many ({dense} for the fully connected layer): then exactly one set "
        "of weights fits the noise. With fewer pictures many do, and least squares takes the smallest."
    ).format(dense=first.dense.per_output)
    yield _table(result.own_kernels, _("Another kernel at every place"))
    yield _(
        "What this does not show: that fewer weights are always better. Where every place has a kernel of its own to learn, "
        "the convolution is wrong however many pictures it sees, in training too, and the local layer is right. And with "
        "{most} pictures the three are close to each other wherever they can learn it at all: sharing spares pictures, and "
        "is no better once there are plenty. Pictures here are noise; real ones, and weights found by descent with few "
        "steps, overfit less than this."
    ).format(most=f"{COUNTS[-1]:,}")


def _table(learnt: tuple[Learnt, ...], title: str) -> Table:
    layers = {"dense": _("dense"), "local": _("local"), "conv": _("conv")}
    columns = (
        Column("images", _("pictures"), "count"),
        *(
            Column(f"{name}_{part}", words.format(layer=label), "number")
            for name, label in layers.items()
            for part, words in (("train", _("{layer}, training")), ("test", _("{layer}, new")))
        ),
    )
    rows = tuple(
        (
            one.images,
            *(round(error, 3) for layer in (one.dense, one.local, one.conv) for error in (layer.train, layer.test)),
        )
        for one in learnt
    )
    return Table(columns, rows, title=title)
