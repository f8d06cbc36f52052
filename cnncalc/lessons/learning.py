"""Learning: detectors with shared and with own weights, trained on one corner and asked about the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.language import N_, _
from cnncalc.lessons.telling import Grid, Part
from cnncalc.lessons.window import patches
from cnncalc.report import Column, Table
from cnncalc.report.picture import HeatMap, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncalc.lessons.telling import Array

TITLE = N_("Learning: what is learnt in one corner, and who knows it in the other")
SIDE, KERNEL = 8, 3
PLACES = SIDE - KERNEL + 1
PATTERN = ((-1, 1, -1), (1, 1, 1), (-1, 1, -1))
NOISE = 0.4
RIDGE = 1e-6
"""Keeps the normal equations solvable; so small that it is least squares with the smallest weights."""
TRAIN, TEST = 200, 1000
COUNTS = (10, 100, 1_000, 10_000)
CORNER = range(2)
"""Rows and columns where training images have their pattern; the other corner is as large."""
OTHER = range(PLACES - 2, PLACES)
ANYWHERE = range(PLACES)


class Images(NamedTuple):
    """Images, whether each has the pattern, and at which place it has it or would."""

    pixels: Array
    there: NDArray[np.bool_]
    place: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Detectors:
    """One way to learn, after training on the top-left corner: shares of right answers, and weights bottom-right."""

    shared: bool
    parameters: int
    top_left: float
    bottom_right: float
    found_bottom_right: float
    weights_top_left: Grid
    weights_bottom_right: Grid
    bias_bottom_right: float
    largest_weight_bottom_right: float


@dataclass(frozen=True, slots=True)
class Needed:
    """Right answers about a pattern anywhere, after so many training images with the pattern anywhere."""

    images: int
    shared: float
    unshared: float


@dataclass(frozen=True, slots=True)
class Learning:
    """Everything the lesson found."""

    pattern: Grid
    example: Grid
    shared: Detectors
    unshared: Detectors
    needed: tuple[Needed, ...]


def run(seed: int = 0) -> Learning:
    """Train both on the top-left corner and ask both about both corners; then count the images they need.

    >>> lesson = run()
    >>> lesson.unshared.bottom_right, lesson.unshared.largest_weight_bottom_right, lesson.shared.bottom_right > 0.95
    (0.5, 0.0, True)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    training = make_images(rng, TRAIN, CORNER)
    corners = make_images(rng, TEST, CORNER), make_images(rng, TEST, OTHER)
    shared, unshared = (_detectors(training, *corners, share=share) for share in (True, False))
    return Learning(
        PATTERN,
        _rounded(training.pixels[0]),
        shared,
        unshared,
        tuple(_needed(rng, count) for count in COUNTS),
    )


def make_images(rng: np.random.Generator, count: int, corner: range) -> Images:
    """Noise in a corner and nothing elsewhere; in every second image the pattern, at a random place of the corner."""
    import numpy as np

    low, high = corner.start, corner.stop + KERNEL - 1
    pixels = np.zeros((count, SIDE, SIDE))
    pixels[:, low:high, low:high] = rng.normal(0, NOISE, (count, high - low, high - low))
    there = np.arange(count) % 2 == 0
    rows, columns = rng.integers(corner.start, corner.stop, (2, count))
    for image in np.flatnonzero(there):
        y, x = rows[image], columns[image]
        pixels[image, y : y + KERNEL, x : x + KERNEL] += PATTERN
    return Images(pixels, there, rows * PLACES + columns)


def train(images: Images, *, share: bool) -> Array:
    """Weights and bias of the detector at each place, ``(places, 10)``, by least squares.

    A detector shall answer 1 where its window holds the pattern and −1 elsewhere, both cases weighing the same.
    """
    import numpy as np

    seen = patches(images.pixels, KERNEL)
    wanted = np.zeros(seen.shape[:2], dtype=bool)
    wanted[np.arange(len(wanted)), images.place] = images.there
    if share:
        one = _least_squares(seen.reshape(-1, seen.shape[2]), wanted.reshape(-1))
        return np.tile(one, (seen.shape[1], 1))
    return np.stack([_least_squares(seen[:, place], wanted[:, place]) for place in range(seen.shape[1])])


def _least_squares(seen: Array, wanted: NDArray[np.bool_]) -> Array:
    """Solved by elimination, so that an input that was always 0 gets the weight 0 exactly."""
    import numpy as np

    inputs = np.column_stack((seen, np.ones(len(seen))))
    weight = np.where(wanted, 1 / max(wanted.sum(), 1), 1 / max((~wanted).sum(), 1))
    weighted = (inputs * weight[:, None]).T
    matrix = weighted @ inputs + RIDGE * np.eye(inputs.shape[1])
    return np.asarray(np.linalg.solve(matrix, weighted @ np.where(wanted, 1.0, -1.0)))


def answers(images: Images, detectors: Array) -> NDArray[np.bool_]:
    """For each image: does any detector say that the pattern is there?"""
    import numpy as np

    seen = patches(images.pixels, KERNEL)
    said = np.einsum("ipk,pk->ip", seen, detectors[:, :-1]) + detectors[:, -1]
    return np.asarray((said > 0).any(axis=1))


def right(images: Images, detectors: Array) -> float:
    """The share of images about which the detectors are right."""
    return float((answers(images, detectors) == images.there).mean())


def _detectors(training: Images, top_left: Images, bottom_right: Images, *, share: bool) -> Detectors:
    import numpy as np

    learnt = train(training, share=share)
    far = [y * PLACES + x for y in OTHER for x in OTHER]
    return Detectors(
        share,
        learnt[0].size if share else learnt.size,
        right(top_left, learnt),
        right(bottom_right, learnt),
        float(answers(bottom_right, learnt)[bottom_right.there].mean()),
        _rounded(learnt[0, :-1].reshape(KERNEL, KERNEL)),
        _rounded(learnt[-1, :-1].reshape(KERNEL, KERNEL)),
        round(float(learnt[-1, -1]), 4),
        float(np.abs(learnt[far, :-1]).max()),
    )


def _needed(rng: np.random.Generator, count: int) -> Needed:
    training, test = make_images(rng, count, ANYWHERE), make_images(rng, TEST, ANYWHERE)
    return Needed(count, right(test, train(training, share=True)), right(test, train(training, share=False)))


def _rounded(matrix: Array) -> Grid:
    return tuple(tuple(round(float(value), 4) + 0.0 for value in row) for row in matrix)


def story(result: Learning) -> Iterator[Part]:
    """The lesson as it is told."""
    yield from _one_corner(result)
    yield _needs(result)
    yield _(
        "Now the cross is anywhere, in training too. The shared detector learns from every cross, wherever it was; "
        "each of the {places} others only from those that fell to its own place, and so it needs about {places} times as "
        "many pictures. With enough of them the two are equally good. Sharing is no cleverer, it is thriftier, "
        "as long as a cross means the same everywhere."
    ).format(places=PLACES * PLACES)


def _one_corner(result: Learning) -> Iterator[Part]:
    shared, unshared = result.shared, result.unshared
    yield _(
        "Does this picture contain a cross? {count} noisy pictures of {side}×{side} to learn from, half of them with "
        "a cross, and the cross is always top-left; the rest of the picture is empty. Every one of the {places} "
        "places has a detector, fitted by least squares. Once all share one set of weights, once each has its own."
    ).format(count=TRAIN, side=SIDE, places=PLACES * PLACES)
    yield Picture(maps=(HeatMap(result.pattern, _("the cross")), HeatMap(result.example, _("a training picture"))))
    yield _exam(result)
    yield Picture(
        maps=(
            HeatMap(shared.weights_bottom_right, _("weights bottom-right, shared")),
            HeatMap(unshared.weights_bottom_right, _("weights bottom-right, own")),
        )
    )
    yield _(
        "The shared detector knows the cross wherever it is, although it never saw one bottom-right: right in {shared} "
        "of such pictures. With own weights it is {unshared}, which is chance, since half of them have a cross: it "
        "found {found} of the crosses. The largest weight there is {largest}, exactly."
    ).format(
        shared=_share(shared.bottom_right),
        unshared=_share(unshared.bottom_right),
        found=_share(unshared.found_bottom_right),
        largest=f"{unshared.largest_weight_bottom_right:g}",
    )
    yield _(
        "What this does not show: that detectors of their own are incapable. The one bottom-right saw only empty "
        "windows and the answer no; all that is left in it is a bias of {bias}. It learned to say no always, because "
        "that was always right. Give it crosses and it learns them like any other:"
    ).format(bias=f"{unshared.bias_bottom_right:.2f}")


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _exam(result: Learning) -> Table:
    columns = (
        Column("weights", _("weights")),
        Column("parameters", _("parameters"), "count"),
        Column("top_left", _("right top-left"), "share"),
        Column("bottom_right", _("right bottom-right"), "share"),
    )
    labels = {True: _("shared"), False: _("own")}
    rows = tuple(
        (labels[one.shared], one.parameters, one.top_left, one.bottom_right) for one in (result.shared, result.unshared)
    )
    title = _("Trained top-left, asked about {count} new pictures of each corner").format(count=f"{TEST:,}")
    return Table(columns, rows, title=title)


def _needs(result: Learning) -> Table:
    columns = (
        Column("images", _("training pictures"), "count"),
        Column("shared", _("right, shared"), "share"),
        Column("unshared", _("right, own"), "share"),
    )
    rows = tuple((needed.images, needed.shared, needed.unshared) for needed in result.needed)
    return Table(columns, rows, title=_("How many pictures does each need to find a cross anywhere?"))
