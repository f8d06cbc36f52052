"""Slips on an exercise that has nothing to do with networks: the search for them is general."""

from __future__ import annotations

from cnncalc.exercises.slips import Slip, diagnose, mistakes, verdict

# the perimeter of a rectangle, given as (width, height, how often the sum is taken)
Rectangle = tuple[int, int, int]

SLIPS: list[Slip[Rectangle]] = [
    Slip("once", "twice", lambda r: (r[0], r[1], 1), lambda _r: "forgets to double"),
    Slip("square", "side", lambda r: (r[0], r[0], r[2]), lambda r: f"takes {r[0]} for both sides"),
    Slip("none", "other", lambda _r: None, lambda _r: "never happens"),
]


def perimeter(rectangle: Rectangle) -> int:
    width, height, times = rectangle
    return (width + height) * times


def test_mistakes_come_fewest_slips_first() -> None:
    """One slip each, then both; a slip that finds nothing to slip on takes no part."""
    found = [
        (mistake.value, [slip.name for slip in mistake.slips]) for mistake in mistakes((3, 4, 2), SLIPS, perimeter)
    ]
    assert found == [(7, ["once"]), (12, ["square"]), (6, ["once", "square"])]


def test_the_right_value_is_no_mistake() -> None:
    """On a square, taking one side for both changes nothing and is not offered."""
    assert [mistake.value for mistake in mistakes((3, 3, 2), SLIPS, perimeter)] == [6, 6]
    assert diagnose(12, (3, 3, 2), SLIPS, perimeter) is None


def test_the_line_tells_the_slips_of_the_exercise_that_was_asked() -> None:
    """Slips speak of the asked numbers, joined in one sentence."""
    asked = (3, 4, 2)
    found = diagnose(6, asked, SLIPS, perimeter)
    assert verdict(asked, "6", "14", found, "3 + 3", correct=False) == (
        "6 is not it: that forgets to double and takes 3 for both sides (3 + 3); it is 14"
    )
    assert verdict(asked, "14", "14", None, "", correct=True) == "14 is right: 14"
