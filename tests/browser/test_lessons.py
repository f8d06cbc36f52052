"""Lessons in a browser: what moves computes what NumPy computes, obeys the keyboard alone, and rests where rest is wished."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from cnncalc.language import speak
from cnncalc.lessons import LESSONS, learn
from cnncalc.lessons.equivariance import Shifting
from cnncalc.lessons.equivariance import run as run_equivariance
from cnncalc.lessons.hierarchy import Climbing, corners
from cnncalc.lessons.images import PICTURES
from cnncalc.lessons.kernels import KERNELS
from cnncalc.lessons.telling import plain
from cnncalc.lessons.window import slide
from cnncalc.render import render
from cnncalc.report.motion import Frame, Grid
from cnncalc.report.picture import Picture
from tests.browser.conftest import Opened
from tests.browser.looking import flaws, violations


@lru_cache(maxsize=16)
def told(name: str, **options: Any) -> str:
    return render(learn(name, **options), "html")


def state(page: Any, figure: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("(figure) => cnncalc.state(figure)", figure)
    return found


def moving(name: str) -> int:
    """Which of a lesson's figures moves."""
    pictures = [part for part in learn(name).story if isinstance(part, Picture) and part.maps]
    return next(place for place, picture in enumerate(pictures) if picture.motion)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_whole_in_every_size_and_language(opened: Opened, name: str) -> None:
    """From a phone to a wall, in both languages, nothing is cut, outside its box, or on a neighbour."""
    page = opened(told(name))
    for language in ("en", "zh"):
        assert page.get_attribute("html", "lang") == language
        for width in (360, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 760})
            page.wait_for_timeout(60)
            assert not flaws(page, ".map h3"), (language, width)
        page.click("#language")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["stamp", "clumsy", "hierarchy"])
def test_nothing_serious_stands_in_anybodys_way(opened: Opened, name: str, dark: bool) -> None:
    """axe-core finds no serious violation, in either theme."""
    assert not violations(opened(told(name), dark=dark, bypass_csp=True))


def test_the_page_says_what_the_command_says(opened: Opened) -> None:
    """Every paragraph of the story stands in the page, in both languages."""
    page = opened(told("clumsy"))
    for language in ("en", "zh"):
        speak(language)
        try:
            story = learn("clumsy").story
        finally:
            speak("en")
        shown = page.inner_text("#story")
        assert all(part in shown for part in story if isinstance(part, str))
        page.click("#language")


def test_sums_are_numpys(opened: Opened) -> None:
    """200 random kernels, pictures, paddings and biases: the map of the page is that of the lesson, cell by cell."""
    page, dice = opened(told("stamp")), np.random.default_rng(5)
    for _time in range(200):
        picture = np.array(PICTURES[str(dice.choice(list(PICTURES)))], dtype=np.float64)
        kernel = np.round(dice.normal(0, 3, tuple(dice.integers(1, 5, 2))), 3)
        padding, bias = int(dice.integers(0, 3)), float(np.round(dice.normal(), 2))
        changes = {"image": plain(picture), "kernels": [plain(kernel)], "padding": padding, "biases": [bias]}
        page.evaluate("(changes) => cnncalc.set(0, changes)", changes)
        answers = slide(picture, kernel, padding) + bias
        assert np.allclose(state(page)["answers"], answers.ravel(), atol=1e-11)


def test_the_comparison_with_numpy_can_fail(opened: Opened) -> None:
    """A kernel that is turned gives other sums."""
    page = opened(told("stamp"))
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]])
    page.evaluate("(changes) => cnncalc.set(0, changes)", {"kernels": [plain(kernel)]})
    picture = np.array(PICTURES["line"], dtype=np.float64)
    assert not np.allclose(state(page)["answers"], slide(picture, kernel[::-1, ::-1]).ravel())


@pytest.mark.parametrize("name", ["stamp", "glass", "clumsy", "equivariance", "hierarchy"])
def test_every_step_says_what_python_says(opened: Opened, name: str) -> None:
    """At each place the sentence below the maps is the one that drawings and GIFs have."""
    page, figure = opened(told(name)), moving(name)
    [motion] = [part.motion for part in learn(name).story if isinstance(part, Picture) and part.motion]
    assert state(page, figure)["place"] == motion.still
    for place, frame in enumerate(motion.frames):
        page.evaluate("([figure, place]) => cnncalc.go(figure, place)", [figure, place])
        assert state(page, figure)["words"] == frame.words


def test_it_plays_pauses_and_ends(opened: Opened) -> None:
    """Play begins at the first place, goes on by itself, and stops at the last; a pause stays where it is."""
    page = opened(told("clumsy"))
    figure = moving("clumsy")
    page.click("button[aria-label='play']")
    page.wait_for_timeout(900)
    there = state(page, figure)
    assert 1 <= there["place"] <= 6
    assert there["playing"]
    page.click("button[aria-label='pause']")
    stopped = state(page, figure)["place"]
    page.wait_for_timeout(800)
    assert state(page, figure)["place"] == stopped
    page.click("button[aria-label='play']")
    page.wait_for_timeout(4000)
    assert (state(page, figure)["place"], state(page, figure)["playing"]) == (8, False)


def test_who_wants_no_motion_gets_steps(opened: Opened) -> None:
    """With reduced motion a press of play is one step, and nothing moves by itself."""
    page = opened(told("clumsy"), reduced_motion="reduce")
    figure = moving("clumsy")
    for place in range(3):
        page.click("button[aria-label='play']")
        page.wait_for_timeout(500)
        assert (state(page, figure)["place"], state(page, figure)["playing"]) == (place, False)
    assert page.evaluate("() => document.getAnimations().length") == 0


def test_the_map_fills_as_the_window_moves(opened: Opened) -> None:
    """The page opens finished; once it moves, only the cells that were visited have a number."""
    page = opened(told("stamp"))
    cells = ".map.cells svg text"
    assert page.locator(cells).count() == 25
    page.click("button[aria-label='one step forward']")
    assert page.locator(cells).count() == state(page)["place"] + 1


def test_keys_move_the_window(opened: Opened) -> None:
    """Arrows move by one cell, Home and End to the ends, space plays; no key needs a pointer."""
    page = opened(told("stamp"))
    page.keyboard.press("Home")
    for key, place in (("ArrowRight", 1), ("ArrowDown", 6), ("ArrowLeft", 5), ("ArrowUp", 0), ("End", 24)):
        page.keyboard.press(key)
        assert state(page)["place"] == place
    page.focus("figure")
    page.keyboard.press("Space")
    assert state(page)["playing"]
    page.keyboard.press("Space")
    assert not state(page)["playing"]
    page.wait_for_timeout(500)
    assert page.inner_text("#voice").startswith("place (")


def test_the_keyboard_alone_reaches_everything(opened: Opened) -> None:
    """Tab passes every control and every number of the kernel, each with a visible outline."""
    page = opened(told("stamp"))
    passed = []
    for _press in range(24):
        page.keyboard.press("Tab")
        passed.append(
            page.evaluate("() => document.activeElement.getAttribute('aria-label') || document.activeElement.tagName")
        )
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or passed[-1] == "BODY"
    wanted = {"play", "one step back", "one step forward", "step", "SELECT", "INPUT", "kernel, row 3, column 3"}
    assert wanted <= set(passed)


def test_a_number_of_the_kernel_can_be_typed(opened: Opened) -> None:
    """Every keystroke recomputes; keys typed into a cell are no shortcuts; what is no number is told so and ignored."""
    page = opened(told("stamp"))
    before = state(page)
    cell = page.get_by_label("kernel, row 2, column 2")
    cell.fill("-3.5")
    page.keyboard.press("ArrowLeft")
    kernel = np.array(KERNELS["vertical"], dtype=np.float64)
    kernel[1, 1] = -3.5
    answers = slide(np.array(PICTURES["line"], dtype=np.float64), kernel)
    assert np.allclose(state(page)["answers"], answers.ravel())
    assert state(page)["place"] == before["place"]
    cell.fill("x")
    assert cell.get_attribute("aria-invalid") == "true"
    assert np.allclose(state(page)["answers"], answers.ravel())


HALVES = ((-1.5, 0.0, 2.0), (0.5, -3.0, 1.0), (0.0, 4.0, -2.5))
SIGNS = ((0.0, -1.0, 0.0), (1.0, 0.0, -1.0), (0.0, 1.0, 0.0))


def shifting(kernel: Grid) -> tuple[Frame, ...]:
    """What Python finds of the equivariance of another kernel."""
    return Shifting(run_equivariance().picture, kernel).frames


def climbing(kernel: Grid) -> tuple[Frame, ...]:
    """What Python finds of corners if layer 1 has another kernel."""
    return Climbing(corners(kernel)).frames


@pytest.mark.parametrize("kernel", [HALVES, SIGNS])
@pytest.mark.parametrize(("name", "frames"), [("equivariance", shifting), ("hierarchy", climbing)])
def test_everything_follows_from_an_edited_kernel(
    opened: Opened, name: str, frames: Callable[[Grid], tuple[Frame, ...]], kernel: Grid
) -> None:
    """All maps and sentences of the page are those that NumPy finds for the kernel typed, and no longer the lesson's."""
    page, figure = opened(told(name)), moving(name)
    before = page.evaluate("(figure) => cnncalc.maps(figure)", figure)
    for y, row in enumerate(kernel):
        for x, weight in enumerate(row):
            page.get_by_label(f"kernel, row {y + 1}, column {x + 1}").fill(str(weight))
    wanted = frames(kernel)
    assert len(wanted) == state(page, figure)["length"]
    for place, frame in enumerate(wanted):
        page.evaluate("([figure, place]) => cnncalc.go(figure, place)", [figure, place])
        first, typed, *others = page.evaluate("(figure) => cnncalc.maps(figure)", figure)
        assert np.array_equal(typed, kernel)
        assert all(np.array_equal(one, other.values) for one, other in zip([first, *others], frame.maps, strict=True))
        assert state(page, figure)["words"] == frame.words
    assert not np.array_equal(before[-1], others[-1]) or not np.array_equal(before[2], others[0])


def test_detectors_can_be_edited_one_by_one(opened: Opened) -> None:
    """In the clumsy way a number typed changes the detector at work, and only its own answer."""
    page, figure = opened(told("clumsy")), moving("clumsy")
    page.locator(".detector").nth(4).click()
    before = state(page, figure)["answers"]
    page.get_by_label("kernel, row 2, column 2").fill("90")
    after = state(page, figure)["answers"]
    assert [place for place in range(9) if before[place] != after[place]] == [4]
    assert state(page, figure)["place"] == 4


def test_knobs_turn(opened: Opened) -> None:
    """Padding, bias, kernel and picture are chosen; a padding larger than allowed is not taken."""
    page = opened(told("stamp"))
    page.get_by_label("padding").fill("1")
    assert state(page)["length"] == 49
    page.get_by_label("padding").fill("9")
    assert state(page)["length"] == 49
    page.get_by_label("bias", exact=True).fill("-2")
    answers = (
        slide(np.array(PICTURES["line"], dtype=np.float64), np.array(KERNELS["vertical"], dtype=np.float64), 1) - 2
    )
    assert np.allclose(state(page)["answers"], answers.ravel())
    page.locator("select").nth(0).select_option(label="cat ears")
    page.locator("select").nth(1).select_option(label="cat-ear")
    assert state(page)["length"] == 11 * 11


def test_a_pointer_chooses_a_cell(opened: Opened) -> None:
    """Hovering over a cell of the map moves the window there; the whole map stays to be seen."""
    page = opened(told("stamp"))
    box = page.locator(".map.cells .cell").nth(7).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert state(page)["place"] == 7
    assert page.locator(".map.cells svg text").count() == 25


def test_an_edit_is_quick(opened: Opened) -> None:
    """A change recomputes and draws within 50 ms, three times what it may take; the median of 20."""
    page = opened(told("stamp", picture="cat-ear", padding=1))
    times = page.evaluate(
        """() => Array.from({ length: 20 }, (_none, turn) => {
          const from = performance.now();
          cnncalc.set(0, { biases: [turn] });
          return performance.now() - from;
        })"""
    )
    assert sorted(times)[10] < 50


def test_paper_has_no_controls(opened: Opened) -> None:
    """Printed from a dark screen the page is light and shows the still."""
    page = opened(told("stamp"), dark=True)
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.is_visible(".controls")
    assert page.locator(".map.cells svg text").count() == 25
