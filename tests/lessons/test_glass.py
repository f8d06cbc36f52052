"""The magnifying glass: every frame by hand, and what two layers depend on."""

from __future__ import annotations

from inspect import signature

import pytest

from cnncalc.lessons import LessonError, present
from cnncalc.lessons.glass import OPTIONS, STEPS, USUAL, run


def test_every_frame_is_what_lies_there() -> None:
    """The 25 frames go row by row, each patch is cut from the picture, each sum is multiplied out by hand."""
    lesson = run()
    assert [(frame.y, frame.x) for frame in lesson.frames] == [(y, x) for y in range(5) for x in range(5)]
    for frame in lesson.frames:
        cut = tuple(tuple(lesson.image[frame.y + dy][frame.x + dx] for dx in range(3)) for dy in range(3))
        assert frame.patch == cut
        assert frame.sum == sum(lesson.kernel[y][x] * cut[y][x] for y in range(3) for x in range(3))


def test_a_cell_two_layers_up_sees_five_by_five() -> None:
    """3 + 2 pixels across, around the middle: known from counting, found by changing pixels."""
    assert set(run().deeper) == {(y, x) for y in range(1, 6) for x in range(1, 6)}


def test_one_frame_or_all() -> None:
    """``step`` tells that frame alone, ``frames`` all 25, without either the first, the middle and the last."""
    [picture] = present("glass", run(step=8)).pictures
    assert picture.maps[0].framed == {(y, x) for y in range(1, 4) for x in range(2, 5)}
    assert picture.maps[3].framed == {(1, 2)}
    assert sum(value is not None for row in picture.maps[3].values for value in row) == 8
    assert "(2,3) is framed; it answers 6" in picture.caption
    assert len(present("glass", run(frames=True)).story) == STEPS
    assert run().shown == USUAL
    assert "that anything moves" in present("glass", run()).notes[-1]


@pytest.mark.parametrize("text", ["0", "26", "x", "-1", "9" * 99])
def test_there_are_25_steps(text: str) -> None:
    """Anything else is refused with the numbers that there are."""
    with pytest.raises(LessonError, match="there is no step .*: take 1 to 25"):
        OPTIONS["step"].read(text)


def test_the_lesson_states_what_it_takes() -> None:
    """Every option of the lesson is a parameter of its experiment, and the other way round."""
    assert list(signature(run).parameters) == list(OPTIONS)
