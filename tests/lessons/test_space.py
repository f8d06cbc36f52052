"""The lesson on space: exact where it says so, for any seed, and able to notice a difference."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.lessons import present, space
from cnncalc.lessons.learning import ANYWHERE, make_images
from cnncalc.lessons.space import STEPS, TEST, Space, run


@pytest.fixture(scope="module", params=[0, 3])
def lesson(request: pytest.FixtureRequest) -> Space:
    """The lesson for some seeds."""
    return run(request.param)


def test_a_dense_unit_never_notices(lesson: Space) -> None:
    """Every loss and every output is the same to the last bit, and so are the answers."""
    dense = lesson.dense
    assert (dense.differ, dense.outputs_differ, dense.outputs) == (0, 0, TEST)
    assert dense.losses == dense.losses_shuffled
    assert len(dense.losses) == STEPS
    assert list(dense.losses) == sorted(dense.losses, reverse=True)
    assert dense.right == dense.right_shuffled
    assert 0 < dense.rounding < 1e-12


def test_a_convolution_does(lesson: Space) -> None:
    """Nearly all right on pictures, near chance on shuffled ones, and its maps are others."""
    assert lesson.conv.right > 0.95
    assert lesson.conv.right_shuffled < 0.65
    assert lesson.conv.outputs_differ > 0.9 * lesson.conv.outputs


def test_shuffled_pictures_hold_the_same_pixels(lesson: Space) -> None:
    """Every pixel once, in the order that is told."""
    flat, mixed = (np.ravel(grid) for grid in (lesson.example, lesson.shuffled))
    assert sorted(lesson.order) == list(range(64))
    assert (flat[list(lesson.order)] == mixed).all()
    assert (flat != mixed).any()


def test_the_comparison_can_fail() -> None:
    """Weights that are not shuffled along give another curve: equality is not built in."""
    rng = np.random.default_rng(1)
    images, order, start = make_images(rng, 50, ANYWHERE), rng.permutation(64), rng.normal(0, 0.1, 64)
    same = space._descend(space._shuffled(images, order), start[order])
    other = space._descend(space._shuffled(images, order), start)
    assert space._descend(images, start).losses == same.losses != other.losses


def test_the_unit_descends_the_logistic_loss() -> None:
    """One step is the gradient that differences of the loss give."""
    rng = np.random.default_rng(2)
    images, start = make_images(rng, 40, ANYWHERE), rng.normal(0, 0.1, 64)
    inputs = np.column_stack((images.pixels.reshape(40, -1), np.ones(40)))
    signs = np.where(images.there, 1.0, -1.0)

    def loss(weights: np.ndarray) -> float:
        return float(np.log1p(np.exp(-signs * (inputs @ weights))).sum())

    weights = np.append(start, 0.0)
    slopes = [(loss(weights + step) - loss(weights - step)) / 2e-6 for step in 1e-6 * np.eye(65)]
    moved, steps = weights - space.RATE * np.array(slopes), space.STEPS
    try:
        space.STEPS = 1
        assert np.allclose(space._descend(images, start).weights, moved, atol=1e-6)
    finally:
        space.STEPS = steps


def test_the_story_says_what_it_does_not_show(lesson: Space) -> None:
    """A dense layer is not unable to learn a shape, and rounding is not knowledge."""
    report = present("space", lesson)
    assert "unable to learn a shape" in report.notes[-1]
    assert "differ at 0 of 20 steps, and 0 of 1,000 outputs" in " ".join(report.notes)
