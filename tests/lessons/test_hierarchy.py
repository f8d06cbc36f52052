"""The hierarchy lesson: fields measured and known, two layers in one, and corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.lessons import present
from cnncalc.lessons.hierarchy import STACKS, Window, run, see
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields


def test_field_grows_as_2n_plus_1() -> None:
    """3, 5, 7 … 13, measured and by formula, every input read."""
    for number, seen in enumerate(run().growth, 1):
        assert (seen.measured, seen.formula, seen.read) == (2 * number + 1,) * 3


def test_stacks_with_pooling_and_dilation() -> None:
    """Worked out by hand: 7; 5, pooling 6, and 2·2 more: 10; 3, 4, 8, 10, 18; 3 + 4 + 8 = 15; and 13 of which 7."""
    found = {seen.stack: (seen.measured, seen.formula, seen.read) for seen in run().stacks}
    assert found == {
        "conv conv conv": (7, 7, 7),
        "conv conv pool conv": (10, 10, 10),
        "conv pool conv pool conv": (18, 18, 18),
        "dilation 1 2 4": (15, 15, 15),
        "dilation 2 2 2": (13, 13, 7),
    }


def test_calculator_agrees_with_the_lesson() -> None:
    """``cnncalc rf`` finds the same size and the same number of inputs for every stack."""
    for name, stack in STACKS.items():
        words = [f"maxpool{one.kernel}" if one.stride > 1 else f"conv3,d{one.dilation}" for one in stack]
        report, seen = receptive_fields(parse(" ".join(words))), see(name, stack)
        assert (report.get("rf"), report.get("read")) == (seen.measured, seen.read)


@settings(deadline=None)
@given(st.lists(st.builds(Window, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4))
def test_measured_is_the_formula_for_any_stack(stack: list[Window]) -> None:
    """Spoiling inputs one by one finds the size that the formula gives."""
    seen = see("", stack)
    assert seen.measured == seen.formula


@pytest.mark.parametrize("seed", range(4))
def test_two_linear_layers_are_one(seed: int) -> None:
    """The 5×5 kernel gives what two 3×3 give, up to rounding; with a ReLU between them it does not."""
    merged = run(seed).merged
    assert np.array(merged.kernel).shape == (5, 5)
    assert merged.linear < 1e-14
    assert merged.relu > 0.01
    assert merged.relu_differ > merged.cells / 2


def test_corner_detector_fires_at_exactly_the_four_corners() -> None:
    """The corners of the square from (3,3) to (8,8), and nothing else; without ReLU only one of them."""
    corners = run().corners
    assert corners.fires == corners.corners == ((3, 3), (3, 8), (8, 3), (8, 8))
    assert corners.fires_linear == ((3, 3),)
    square = np.array(corners.picture)
    assert square.sum() == 36
    assert [(int(y), int(x)) for y, x in np.argwhere(np.array(corners.map))] == list(corners.fires)


def test_the_story_marks_the_corners_and_says_what_is_not_shown() -> None:
    """The corners are marked in the picture, named in the text, and the weights are said to be made by hand."""
    report = present("hierarchy", run())
    assert report.pictures[-1].maps[-1].marked == {(3, 3), (3, 8), (8, 3), (8, 8)}
    assert "fires in 4 places, (3,3) (3,8) (8,3) (8,8)" in report.notes[-2]
    assert "the weights were set by hand" in report.notes[-1]
