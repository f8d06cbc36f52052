"""The clumsy lesson against plain counting and the numbers of the course notes."""

from __future__ import annotations

import math

import pytest

from cnncalc.lessons import present
from cnncalc.lessons.clumsy import run
from cnncalc.report import Table
from tests.cases import cases

EXPECTED = {case["id"]: case["expected"] for case in cases("notes")}


@pytest.mark.parametrize("seed", range(5))
def test_every_place_is_what_its_own_detector_computes(seed: int) -> None:
    """Patch, weights and bias of each of the nine places give its answer, in the order of the places."""
    lesson = run(seed)
    assert [(place.y, place.x) for place in lesson.places] == [(y, x) for y in range(3) for x in range(3)]
    for place in lesson.places:
        patch = tuple(lesson.image[place.y + dy][place.x + dx] for dy in range(3) for dx in range(3))
        assert place.patch == patch
        assert place.output == sum(map(int.__mul__, map(int, place.weights), map(int, patch))) + place.bias
        assert lesson.unshared_map[place.y][place.x] == place.output


def test_the_shared_stamp_is_the_first_detector_everywhere() -> None:
    """Carried to all nine places it answers at the first as before, and elsewhere with the same weights."""
    lesson = run()
    first = lesson.places[0]
    assert tuple(weight for row in lesson.shared_kernel for weight in row) == first.weights
    for place in lesson.places:
        products = (weight * value for weight, value in zip(first.weights, place.patch, strict=True))
        assert lesson.shared_map[place.y][place.x] == sum(products) + first.bias


def test_counts_are_those_of_the_notes() -> None:
    """90 without sharing, 10 with, 234 fully connected; at real size what the published cases say."""
    lesson = run()
    assert lesson.unshared_parameters == EXPECTED["seed-lc-5x5"]["params"] == 90
    assert lesson.unshared_parameters == sum(len(place.weights) + 1 for place in lesson.places)
    assert lesson.shared_parameters == EXPECTED["seed-pos-5x5"]["params"] == 10
    assert lesson.dense_parameters == EXPECTED["seed-dense-same-map-5x5"]["params"] == 234
    assert lesson.real.local_parameters == EXPECTED["seed-lc-224x64-rgb"]["params"] == 88_316_928
    assert lesson.real.conv_parameters == EXPECTED["seed-conv64-rgb"]["params"] == 1_792
    assert lesson.real.dense_parameters == 474_794_959_104


def test_the_two_factors() -> None:
    """Locality is 5,376 to the nearest whole number, sharing 49,284 exactly."""
    real = run().real
    assert real.locality == 5_376 == round((224 * 224 * 3 + 1) / (3 * 3 * 3 + 1))
    assert real.sharing == 49_284 == 222 * 222
    assert real.conv_parameters * real.sharing == real.local_parameters


def test_the_story_shows_every_number() -> None:
    """The waterfall shows the counts of the result, the walk all nine places, and the correction both numbers."""
    report = present("clumsy", run())
    walk, waterfall = report.tables
    assert isinstance(walk, Table)
    assert len(walk.rows) == 9
    assert [row[1] for row in waterfall.rows] == [474_794_959_104, 88_316_928, 1_792]
    assert "5,376 times fewer" in report.notes[-1]
    assert "90 parameters against 234" in report.notes[-1]


def test_places_are_numbered_and_drawn_as_the_notes_do() -> None:
    """Nine windows from (1,1) to (3,3), each framed where it lies on the picture, three in a row."""
    report = present("clumsy", run())
    drawn = [grid for picture in report.pictures[:3] for grid in picture.maps]
    assert [grid.title for grid in drawn] == [f"({y},{x})" for y in (1, 2, 3) for x in (1, 2, 3)]
    assert drawn[5].framed == {(y, x) for y in (1, 2, 3) for x in (2, 3, 4)}
    assert [row[0] for row in report.tables[0].rows] == [grid.title for grid in drawn]


@pytest.mark.parametrize("seed", range(3))
def test_sigma_is_the_logistic_function(seed: int) -> None:
    """Each activation is 1/(1 + e^−answer), rounded to thousandths; an answer of 0 is a half."""
    lesson = run(seed)
    for place in lesson.places:
        assert place.activation == round(1 / (1 + math.exp(-place.output)), 3)
    for answers, activations in zip(lesson.shared_map, lesson.shared_activation, strict=True):
        assert activations == tuple(round(1 / (1 + math.exp(-answer)), 3) for answer in answers)
