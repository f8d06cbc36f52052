"""The lesson on overfitting: its claims for several seeds, its counts, its least squares, and where it does not separate."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.lessons import overfitting, present
from cnncalc.lessons.overfitting import COUNTS, Overfitting, run


@pytest.fixture(scope="module", params=[0, 1, 2])
def lesson(request: pytest.FixtureRequest) -> Overfitting:
    """The lesson for some seeds."""
    return run(request.param)


def test_no_error_in_training_with_no_more_pictures_than_weights(lesson: Overfitting) -> None:
    """Dense has 65 weights behind an output, local 10: up to as many pictures are learnt by heart, and no more."""
    assert [one.images for one in lesson.one_kernel] == list(COUNTS)
    for one in (*lesson.one_kernel, *lesson.own_kernels):
        for layer in (one.dense, one.local):
            assert (layer.train == 0) == (one.images <= layer.per_output)
        assert one.conv.train > 0


def test_many_weights_and_few_pictures_are_wrong_about_new_ones(lesson: Overfitting) -> None:
    """After five pictures the convolution is near the noise, and the others are ten times as far and more."""
    few = lesson.one_kernel[0]
    assert few.conv.test < 1.2 * lesson.noise
    assert min(few.dense.test, few.local.test) > 10 * few.conv.test
    worst = max(lesson.one_kernel, key=lambda one: one.dense.test)
    assert worst.images == 65


def test_where_it_does_not_separate(lesson: Overfitting) -> None:
    """With 1,000 pictures all three are near the noise; and where places differ the convolution never is."""
    many = lesson.one_kernel[-1]
    assert max(many.dense.test, many.local.test, many.conv.test) < 1.2 * lesson.noise
    apart = lesson.own_kernels[-1]
    assert apart.local.test < 1.2 * lesson.noise
    assert min(apart.conv.train, apart.conv.test) > 20 * lesson.noise


def test_parameters_are_those_of_the_layers(lesson: Overfitting) -> None:
    """36 outputs of 65, 36 of 10, and 10 for all: counted on the fingers."""
    one = lesson.one_kernel[0]
    assert (one.dense.parameters, one.local.parameters, one.conv.parameters) == (36 * 65, 36 * 10, 10)


@pytest.mark.parametrize("rows", [5, 12, 60])
def test_it_is_least_squares(rows: int) -> None:
    """Whichever way it is solved, the residual is at right angles to every input, or 0."""
    rng = np.random.default_rng(rows)
    inputs, answers = rng.normal(size=(rows, 9)), rng.normal(size=(rows, 4))
    weights = overfitting._least_squares(inputs, answers)
    residual = answers - np.column_stack((inputs, np.ones(rows))) @ weights
    assert np.abs(inputs.T @ residual).max() < 1e-9
    assert np.abs(residual.sum(axis=0)).max() < 1e-9


def test_the_story_says_what_it_does_not_show(lesson: Overfitting) -> None:
    """That fewer weights are always better."""
    assert "that fewer weights are always better" in present("overfitting", lesson).notes[-1]
