"""The learning lesson: what it claims holds for any seed, and its least squares is least squares."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.lessons import present
from cnncalc.lessons.learning import (
    ANYWHERE,
    CORNER,
    OTHER,
    PATTERN,
    Learning,
    make_images,
    run,
    train,
)
from cnncalc.lessons.window import patches


@pytest.fixture(scope="module", params=[0, 1, 5])
def lesson(request: pytest.FixtureRequest) -> Learning:
    """The lesson for some seeds."""
    return run(request.param)


def test_shared_finds_the_pattern_in_both_corners(lesson: Learning) -> None:
    """What was learnt top-left holds bottom-right: nearly all answers are right in both."""
    assert lesson.shared.top_left > 0.98
    assert lesson.shared.bottom_right > 0.98


def test_unshared_is_at_chance_with_weights_exactly_zero(lesson: Learning) -> None:
    """Bottom-right it always says no: half right, nothing found, every weight 0.0, the bias −1."""
    assert lesson.unshared.top_left > 0.98
    assert lesson.unshared.bottom_right == 0.5
    assert lesson.unshared.found_bottom_right == 0
    assert lesson.unshared.largest_weight_bottom_right == 0
    assert lesson.unshared.bias_bottom_right == pytest.approx(-1, abs=1e-3)


def test_unshared_needs_many_more_images_and_then_knows_it_too(lesson: Learning) -> None:
    """With 10 images shared is good and unshared near chance; with 10,000 both are good: it is not incapable."""
    assert [needed.images for needed in lesson.needed] == [10, 100, 1_000, 10_000]
    first, *_between, last = lesson.needed
    assert first.shared > 0.9 > 0.75 > first.unshared
    assert last.shared > 0.98
    assert last.unshared > 0.98
    assert [needed.unshared for needed in lesson.needed[:3]] == sorted(needed.unshared for needed in lesson.needed[:3])


def test_images_are_as_told() -> None:
    """Half have the pattern, exactly at their place; outside the corner every pixel is exactly 0."""
    images = make_images(np.random.default_rng(3), 100, OTHER)
    assert images.there.sum() == 50
    assert (images.pixels[:, :4] == 0).all()
    assert (images.pixels[:, :, :4] == 0).all()
    seen = patches(images.pixels, 3)
    likeness = seen[np.arange(100), images.place] @ np.array(PATTERN).ravel()
    assert likeness[images.there].min() > 4.5 > likeness[~images.there].max()


def test_training_and_test_corner_share_no_pixel() -> None:
    """No window of the bottom-right places holds a pixel of the top-left images."""
    top_left = make_images(np.random.default_rng(3), 50, CORNER)
    far = [y * 6 + x for y in OTHER for x in OTHER]
    assert (patches(top_left.pixels, 3)[:, far] == 0).all()


@pytest.mark.parametrize("share", [True, False])
def test_it_is_least_squares(share: bool) -> None:
    """NumPy's own solver, given the same weighted equations, finds the same detectors."""
    images = make_images(np.random.default_rng(8), 2000, ANYWHERE)
    seen = patches(images.pixels, 3)
    wanted = np.zeros(seen.shape[:2], bool)
    wanted[np.arange(2000), images.place] = images.there
    learnt = train(images, share=share)
    for place in (0, 17, 35):
        inputs = seen.reshape(-1, 9) if share else seen[:, place]
        yes = wanted.reshape(-1) if share else wanted[:, place]
        root = np.sqrt(np.where(yes, 1 / yes.sum(), 1 / (~yes).sum()))
        rows = np.column_stack((inputs, np.ones(len(inputs)))) * root[:, None]
        best = np.linalg.lstsq(rows, np.where(yes, 1.0, -1.0) * root, rcond=None)[0]
        assert np.abs(learnt[place] - best).max() < 1e-4


def test_same_seed_same_lesson() -> None:
    """The seed decides everything."""
    assert run(4) == run(4)
    assert run(4) != run(5)


def test_the_story_says_what_it_does_not_show(lesson: Learning) -> None:
    """The caveat is there: it learned to say no always, it is not incapable."""
    text = " ".join(present("learning", lesson).notes)
    assert "incapable" in text
    assert "It learned to say no always" in text
    assert "The largest weight there is 0, exactly" in text
