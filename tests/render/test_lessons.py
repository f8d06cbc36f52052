"""Lessons as drawings: every number of the lesson is in its drawing, what moves is what NumPy computes, GIFs are small."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cnncalc.language import speak
from cnncalc.lessons import LESSONS, learn
from cnncalc.lessons.images import PICTURES
from cnncalc.lessons.kernels import KERNELS
from cnncalc.lessons.telling import plain
from cnncalc.lessons.window import slide
from cnncalc.render import encode, render
from cnncalc.render.gif import PACE
from cnncalc.render.pictures import PictureError, formats
from cnncalc.render.pictures.heat import ABOVE, BELOW, BRIGHT, OWN
from cnncalc.render.pictures.lesson import MOST_FRAMES
from cnncalc.render.pictures.page import compact, resource
from cnncalc.render.pictures.style import DETECTORS, ROLES
from cnncalc.report import Report
from cnncalc.report.motion import Slide, letter
from cnncalc.report.picture import HeatMap, Picture
from tests.render.test_pictures import contrast

SVG = "{http://www.w3.org/2000/svg}"
MOVING = ("stamp", "glass", "clumsy", "equivariance", "hierarchy")


@pytest.fixture(params=["en", "zh"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    speak(request.param)
    yield request.param
    speak("en")


def texts(report: Report) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(render(report, "svg")).iter(f"{SVG}text")]


def shown(report: Report) -> list[Picture]:
    return [picture for picture in report.pictures if picture.maps]


def said(value: float) -> str:
    return f"{value:g}".replace("-", "−")


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_drawn_with_every_number_of_its_maps(name: str, spoken: str) -> None:
    """Whatever a lesson shows, without code of its own: title, the titles of its maps, and their whole numbers."""
    report = learn(name)
    written = texts(report)
    assert written[0] == report.title
    for picture in shown(report):
        if picture.motion:
            continue
        for grid in picture.maps:
            assert any(text.rstrip("…") and grid.title.startswith(text.rstrip("…")) for text in written), grid.title
            whole = [value for row in grid.values for value in row if value is not None and value == int(value)]
            if len(whole) == sum(len(row) for row in grid.values) <= 400:
                assert {said(value) for value in whole} <= {text.removesuffix(".00") for text in written}


@pytest.mark.parametrize("name", LESSONS)
def test_what_moves_is_a_gif_and_nothing_else_is(name: str) -> None:
    """A lesson with a picture that moves has a GIF; the others name what they have."""
    report = learn(name)
    assert ("gif" in formats(report)) is (name in MOVING)
    if name not in MOVING:
        with pytest.raises(PictureError, match="lesson has no picture as gif: take one of .* svg, png, pdf$"):
            encode(report, "gif")


def test_a_gif_shows_every_place_and_stays_small() -> None:
    """The nine places of the clumsy way, each for a third of a second, in less than a megabyte."""
    content = encode(learn("clumsy"), "gif")
    image: Any = Image.open(io.BytesIO(content))
    assert (image.n_frames, image.info["loop"]) == (9, 0)
    assert len(content) < 300_000
    durations = []
    for frame in range(image.n_frames):
        image.seek(frame)
        durations.append(image.info["duration"])
    assert durations[:-1] == [PACE] * 8
    assert durations[-1] > 4 * PACE


def test_a_long_way_is_shown_in_steps() -> None:
    """Of 143 places a GIF shows at most 48, the last among them."""
    report = learn("stamp", picture="cat-ear", padding=1)
    frames = _frames(report)
    assert len(frames) <= MOST_FRAMES
    assert "(10, 12)" in frames[-1]


def _frames(report: Report) -> list[str]:
    from cnncalc.render.pictures import draw

    frames: list[str] = draw(report, "gif", "light")
    return frames


def test_the_frames_of_a_motion_are_of_one_size() -> None:
    """Nothing jumps: every frame has the same view box."""
    for name in MOVING:
        assert len({frame.split('"')[3] for frame in _frames(learn(name))}) == 1, name


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(3, 7), st.integers(3, 7)), elements=st.integers(-9, 9)),
    arrays.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(-9, 9)),
    st.integers(0, 2),
    st.integers(-9, 9),
)
def test_a_slide_answers_what_numpy_does(picture: Any, kernel: Any, padding: int, bias: int) -> None:
    """At every place products and sum are those of NumPy, and the frame lies where they come from."""
    motion = Slide(plain(picture), (plain(kernel),), (bias,), padding)
    answers = slide(picture, kernel, padding) + bias
    assert motion.size == answers.shape
    assert motion.answers == tuple(answers.ravel())
    assert abs(motion.answers[motion.still]) == np.abs(answers).max()
    padded = np.pad(picture, padding)
    for place, frame in enumerate(motion.frames):
        window = sorted(frame.maps[0].framed)
        seen = np.array([padded[cell] for cell in window]).reshape(kernel.shape)
        assert np.array_equal(np.array(frame.maps[2].values), seen * kernel)
        filled = [value for row in frame.maps[-1].values for value in row]
        assert filled[: place + 1] == list(motion.answers[: place + 1])
        assert not any(value is not None for value in filled[place + 1 :])
        assert frame.words.endswith(f" {said(motion.answers[place])}")


def test_detectors_of_their_own_are_those_of_the_lesson() -> None:
    """Nine detectors, nine letters, nine colours; each answers what the lesson says."""
    report = learn("clumsy")
    [motion] = [picture.motion for picture in shown(report) if picture.motion]
    assert isinstance(motion, Slide)
    assert list(motion.answers) == [place["output"] for place in report.data["result"]["places"]]
    drawing = render(report, "svg")
    assert all(f">{letter(place)} (" in drawing for place in range(9))
    assert all(f'stroke="{role.light}"' in drawing for role in DETECTORS)
    assert len(set(DETECTORS)) == 9


def test_a_tied_weight_has_one_colour_wherever_it_stands() -> None:
    """In the matrix of the convolution every weight of the kernel stands four times, in its own colour, and shifted by
    one pixel from each output to the next: the diagonals of a Toeplitz matrix."""
    report = learn("sharing")
    kernel, matrix = next(picture.maps for picture in shown(report) if len(picture.maps) == 2)
    weights = {
        owner: value
        for owners, row in zip(kernel.owners, kernel.values, strict=True)
        for owner, value in zip(owners, row, strict=True)
    }
    places = [
        (owner, row, column)
        for row, owners in enumerate(matrix.owners)
        for column, owner in enumerate(owners)
        if owner is not None
    ]
    assert sorted(owner for owner, _row, _column in places) == sorted([*range(9)] * 4)
    assert all(matrix.values[row][column] == weights[owner] for owner, row, column in places)
    zeros = [
        value
        for owners, row in zip(matrix.owners, matrix.values, strict=True)
        for owner, value in zip(owners, row, strict=True)
        if owner is None
    ]
    assert len(zeros) == 4 * 16 - 36
    assert not any(zeros)
    assert {(owner, 0, column + 1) for owner, row, column in places if row == 0} == {
        (owner, 0, column) for owner, row, column in places if row == 1
    }


def test_the_glass_and_the_corners_move_over_their_own_numbers() -> None:
    """The last frame of the glass is its map; the frame of a corner says what fires there."""
    glass, hierarchy = learn("glass"), learn("hierarchy")
    [motion] = [picture.motion for picture in shown(glass) if picture.motion]
    assert list(motion.frames[-1].maps[-1].values[0]) == [frame["sum"] for frame in glass.data["result"]["frames"][:5]]
    [motion] = [picture.motion for picture in shown(hierarchy) if picture.motion]
    assert motion.frames[motion.still].words == "place (3, 3): 2 upright + 2 level − 3 = 1, and ReLU leaves 1"


def test_a_shift_that_moves_is_compared_as_in_the_lesson() -> None:
    """At the lesson's own shift the frame has its three maps; without a shift nothing differs."""
    report = learn("equivariance")
    [picture] = [picture for picture in shown(report) if picture.motion]
    assert picture.motion
    assert picture.motion.frames[picture.motion.still].maps[1:] == picture.maps
    assert picture.motion.frames[0].words == "shifted by 0: 0 cells differ in the interior, 0 near the border"


def test_padding_is_hatched_and_the_window_is_framed() -> None:
    """The padding of a picture that is stamped is hatched on four sides; window and cell have an outline each."""
    drawing = render(learn("stamp", picture="cat-ear", padding=1), "svg")
    assert drawing.count('class="hatch"') == 4
    assert drawing.count(f'fill="none" stroke="{ROLES["focus"].light}"') == 2
    assert 'class="hatch"' not in render(learn("stamp", picture="cat-ear"), "svg")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_can_be_read_on_the_strongest_colour(theme: str) -> None:
    """On each colour, as strong as it becomes, ink has a contrast of 4.5."""
    strongest = {"above": ABOVE, "below": BELOW, "quiet": BRIGHT} | {f"detector{place}": OWN for place in range(9)}
    for name, share in strongest.items():
        colour, paper, ink = (getattr(ROLES[role], theme) for role in (name, "paper", "ink"))
        assert contrast(ink, _mixed(colour, paper, share)) >= 4.5, name


def _mixed(colour: str, paper: str, share: float) -> str:
    pairs = ((int(one[place : place + 2], 16) for one in (colour, paper)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(top * share + ground * (1 - share)):02x}" for top, ground in pairs)


def test_large_maps_are_drawn_small() -> None:
    """A picture of 128×128 and its map have cells without numbers, and the drawing stays below 400 kB."""
    picture = np.add.outer(np.arange(128.0), np.arange(128.0))
    drawing = render(learn("stamp", image=picture), "svg")
    assert len(drawing) < 400_000
    assert drawing.count("<text") < 150


@pytest.mark.parametrize("name", LESSONS)
def test_pages_of_lessons_stay_small(name: str) -> None:
    """One file of at most 120 kB, in signs that every encoding has, of which at most 40 kB are our own code."""
    page = render(learn(name), "html")
    assert len(page.encode()) < 120_000
    assert page.isascii()
    code = sum(len(compact(resource(script))) for script in ("page.js", "lesson.js"))
    assert code + sum(len(resource(file)) for file in ("page.css", "page.html", "lesson.css", "lesson.html")) < 40_000


def test_a_story_of_tables_is_drawn_as_tables() -> None:
    """A lesson without maps has its tables in the drawing, every cell of them."""
    report = learn("overfitting")
    assert not shown(report)
    assert {"1,000", report.tables[0].title} <= set(texts(report))


def test_nothing_is_said_of_products_of_zero() -> None:
    """The sum is written with the products that are not 0, and the bias with its sign."""
    motion = Slide(((0, 1), (2, 0)), (((1, -1), (3, 5)),), (-2,))
    assert motion.frames[0].words == "place (0, 0): 1·(−1) + 2·3 − 2 (b) = 3"
    assert Slide(((0,),), (((1,),),), (0,)).frames[0].words == "place (0, 0): 0"


def test_the_choices_of_the_stamp_are_those_of_the_program() -> None:
    """Every built-in kernel and picture in grey can be chosen in the page."""
    [motion] = [picture.motion for picture in shown(learn("stamp")) if picture.motion]
    assert isinstance(motion, Slide)
    assert dict(motion.kernel_choices) == KERNELS
    assert [grid for _name, grid in motion.picture_choices] == list(PICTURES.values())
    assert HeatMap(motion.image).largest == 1
