"""The equivariance lesson: where shifting and convolving can be swapped, and where not."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.lessons import present
from cnncalc.lessons.equivariance import Equivariance, run


@pytest.fixture(scope="module", params=range(6))
def lesson(request: pytest.FixtureRequest) -> Equivariance:
    """The lesson for some seeds."""
    return run(request.param)


def by_hand(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A zero-padded convolution in four loops."""
    made = np.zeros(picture.shape)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            for dy in range(3):
                for dx in range(3):
                    if 0 <= y + dy - 1 < picture.shape[0] and 0 <= x + dx - 1 < picture.shape[1]:
                        made[y, x] += kernel[dy, dx] * picture[y + dy - 1, x + dx - 1]
    return made


def test_both_ways_are_computed_as_told(lesson: Equivariance) -> None:
    """f(shift x) and shift f(x), once more in plain loops."""
    picture, kernel = np.array(lesson.picture), np.array(lesson.kernel)
    shifted = np.zeros(picture.shape)
    shifted[:, 2:] = picture[:, :-2]
    again = np.zeros(picture.shape)
    again[:, 2:] = by_hand(picture, kernel)[:, :-2]
    assert by_hand(shifted, kernel).tolist() == [list(row) for row in lesson.zero.convolved_shifted]
    assert again.tolist() == [list(row) for row in lesson.zero.shifted_convolved]


def test_interior_agrees_and_two_columns_at_the_border_do_not(lesson: Equivariance) -> None:
    """No interior cell differs; those that do lie in the column before the shifted picture and in the last."""
    difference = np.array(lesson.zero.difference)
    assert lesson.zero.interior_differ == 0
    assert set(lesson.zero.columns) <= {1, 7}
    assert lesson.zero.border_differ == int((difference != 0).sum()) > 0
    assert lesson.zero.columns == tuple(np.flatnonzero(difference.any(axis=0)))


def test_circular_padding_has_no_border(lesson: Equivariance) -> None:
    """On a torus nothing differs."""
    assert lesson.circular_differ == 0


def test_stride_2_fits_even_shifts_only(lesson: Equivariance) -> None:
    """Shifted by 1, no shift of the map fits; by 2, a shift by 1 does."""
    odd, even = lesson.strided
    assert (odd.shift, odd.fits) == (1, None)
    assert odd.least_differ > 0
    assert (even.shift, even.fits, even.least_differ) == (2, 1, 0)


def test_what_is_invariant_and_what_is_not(lesson: Equivariance) -> None:
    """Global pooling ignores the shift, a 2×2 pool only within a block, a convolution not at all."""
    changed = {one.what: one.changed for one in lesson.pooled}
    assert (changed["global_max"], changed["global_mean"], changed["dot_within"]) == (0, 0, 0)
    assert changed["dot_across"] == 2
    assert changed["convolution"] > 0
    assert changed["max_pool"] > 0


def test_the_words_are_kept_apart(lesson: Equivariance) -> None:
    """The lesson says equivariant of convolution, and corrects the notes' word."""
    last = present("equivariance", lesson).notes[-1]
    assert "Convolution is equivariant." in last
    assert "Course notes like to say" in last
