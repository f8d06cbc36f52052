"""The notes' numbers beside the exact ones."""

from __future__ import annotations

import pytest

from cnncalc.comparison.rows import Spec
from cnncalc.exercises.taught import ITEMS, as_taught, taught
from cnncalc.shapes import Shape

COLOUR = Spec(Shape((224, 224), 3), 3, 64)

NOTES = {
    "dense": (616_562_688, 616_562_688, 616_566_784, ("no_bias",)),
    "one_filter": (10, 10, 28, ("one_input_channel",)),
    "filters": (640, 640, 1_792, ("one_input_channel",)),
    "small_positions": (9, 9, 9, ()),
    "small": (90, 90, 90, ()),
    "positions": (49_000, 49_284, 49_284, ("rounded",)),
    "local_one": (490_000, 492_840, 222 * 222 * 28, ("one_input_channel", "rounded")),
    "local": (31_360_000, 31_541_760, 88_316_928, ("one_input_channel", "rounded")),
}
"""As taught, the same without rounding, exact, and what the notes do (course notes, and by hand)."""


def test_the_whole_table_of_the_notes() -> None:
    """Every number of the notes, what it is without rounding, and what it is exactly."""
    found = {
        item.name: (int(item.taught[0]), int(item.unrounded[0]), int(item.exact[0]), item.slips)
        for item in taught(COLOUR)
    }
    assert found == NOTES
    assert set(NOTES) == set(ITEMS)


def test_every_difference_is_named_once() -> None:
    """What the notes leave out is told in a sentence each, with the numbers."""
    assert as_taught(COLOUR).notes == (
        "no bias: the notes leave out the 4,096 biases",
        "one channel: the notes count one input channel; this input has 3",
        "rounded: the notes round 49,284 positions to 49,000",
    )


def test_on_a_gray_image_only_bias_and_rounding_differ() -> None:
    """With one input channel the notes' 10 and 640 are exact."""
    items = {item.name: item for item in taught(Spec(Shape((224, 224), 1), 3, 64))}
    assert items["one_filter"].slips == items["filters"].slips == ()
    assert items["local"].slips == ("rounded",)
    assert [item.slips for item in taught(Spec(Shape((13, 13), 1), 3, 64)) if item.name == "positions"] == [
        ("rounded",)
    ]
    assert [item.slips for item in taught(Spec(Shape((9, 9), 1), 3, 64)) if item.name == "positions"] == [()]


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (Spec(Shape((300, 300), 3), units=100), {"dense"}),
        (Spec(Shape((224, 224), 3), 7, 64), set(NOTES) - {"small", "small_positions"}),
        (Spec(Shape((16, 16), 4), 3, 8, groups=2), set(NOTES)),
        (Spec(Shape((64,), 2), 3, 8, stride=2, padding="same"), set(NOTES)),
    ],
)
def test_items_that_make_no_sense_are_left_out(spec: Spec, names: set[str]) -> None:
    """Without a window only the fully connected layer; a kernel of 7 does not fit the small image."""
    assert {item.name for item in taught(spec)} == names
