"""The sharing lesson: the matrices are what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.lessons import present
from cnncalc.lessons.sharing import run


@pytest.mark.parametrize("seed", range(4))
def test_matrices_have_the_structure_that_is_told(seed: int) -> None:
    """Local is dense where it is not 0; every row of conv is the kernel, spread over the window of its output."""
    lesson = run(seed)
    dense, local, conv = (np.array(matrix) for matrix in (lesson.dense, lesson.local, lesson.conv))
    assert (dense != 0).all()
    assert (local[local != 0] == dense[local != 0]).all()
    for output, (y, x) in enumerate((y, x) for y in range(2) for x in range(2)):
        image = np.zeros((4, 4))
        image[y : y + 3, x : x + 3] = lesson.kernel
        assert conv[output].reshape(4, 4).tolist() == image.tolist()
        assert ((local[output] != 0) == (image.ravel() != 0)).all()


def test_weights_are_counted() -> None:
    """64 for 4·16 entries, 36 for four windows, 9 for one."""
    assert run().weights == {"dense": 4 * 16, "local": 4 * 9, "conv": 9}


@pytest.mark.parametrize("seed", range(4))
def test_identities_hold_exactly_and_stride_2_is_not_toeplitz(seed: int) -> None:
    """In whole numbers nothing is rounded: every difference is 0, only the strided matrix is no Toeplitz matrix."""
    found = {one.name: one for one in run(seed).identities}
    strided = found.pop("toeplitz_stride_2")
    assert {one.difference for one in found.values()} == {0.0}
    assert len(found) == 5
    assert strided.difference > 0
    assert not strided.holds


def test_the_story_tells_the_zeros() -> None:
    """81 of 225 entries are not 0, which is 64 % zeros; stride 1 yes, stride 2 no."""
    lesson = run()
    assert (lesson.larger_nonzero, lesson.larger_entries) == (81, 225)
    [text] = [note for note in present("sharing", lesson).notes if "225" in note]
    assert "64 %" in text
    assert "At stride 1 it is Toeplitz: yes. At stride 2: no" in text
