"""The picture of a sweep: its dots are rows, and there are never a million of them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnncalc.loading import family_of
from cnncalc.render.pictures.front import svg
from cnncalc.report.figures import Front, Point
from cnncalc.sweeps.compute import Sweep
from cnncalc.sweeps.figure import MOST_DOTS, front_figure
from cnncalc.sweeps.runs import Run
from tests.conftest import Called

WORDS = ["K=1..9", "C=4..64:4", "N=1..4", "convK-C,same", "xN", "conv3-8"]


@pytest.fixture
def sweep() -> Sweep:
    """A family of 576 networks."""
    family, variables = family_of(
        WORDS[3:], {"K": tuple(range(1, 10)), "C": tuple(range(4, 65, 4)), "N": (1, 2, 3, 4)}, "64x64x3"
    )
    return Sweep(family, variables)


def test_the_front_is_that_of_the_rows(sweep: Sweep, cnncalc: Called) -> None:
    """The points are what --best and --for print."""
    facts = front_figure(Run(sweep, best="macs", gain="field"), "")
    words = ("sweep", *WORDS, "--input", "64x64x3", "--best", "macs", "--for", "field", "--json")
    rows = json.loads(cnncalc(*words)[1])["rows"]
    assert [(point.cost, point.gain) for point in facts.best] == [(row["macs"], row["field"]) for row in rows]


def test_the_sample_is_of_the_rows(sweep: Sweep) -> None:
    """No dot is anything else, and the same seed draws the same."""
    frame = sweep.rows(range(sweep.grid.size))
    rows = set(zip(frame["parameters"].tolist(), frame["field"].tolist(), strict=True))
    facts = front_figure(Run(sweep, seed=3), "")
    assert set(facts.sample) <= rows
    assert facts.sample == front_figure(Run(sweep, seed=3), "").sample != front_figure(Run(sweep), "").sample


def test_millions_are_never_drawn_one_by_one() -> None:
    """However many rows there are, so many dots are drawn."""
    family, variables = family_of(["conv3-C", "conv3-D"], {"C": range(1, 1001), "D": range(1, 1001)}, "32x32x3")
    drawing = svg(front_figure(Run(Sweep(family, variables)), ""))
    assert MOST_DOTS < drawing.count("<circle") < 2 * MOST_DOTS


def test_equal_factors_are_equal_lengths() -> None:
    """Both axes are log scales, and more is further up."""
    points = tuple(Point(10**power, 2**power, str(power)) for power in range(4))
    root = ElementTree.fromstring(svg(Front("t", "a", "c", "g", points, (), "d"), "light"))
    dots = [
        (float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    steps = [(b[0] - a[0], a[1] - b[1]) for a, b in pairwise(dots)]
    assert all(step == pytest.approx(steps[0], abs=0.2) for step in steps)
    assert min(steps[0]) > 0


@pytest.mark.parametrize("points", [(), (Point(5, 5, "one"),), (Point(0, 1, "no weights"), Point(1, 7, "one"))])
def test_few_networks_are_drawn_too(points: tuple[Point, ...]) -> None:
    """None, one, and one that costs nothing."""
    ElementTree.fromstring(svg(Front("t", "a", "c", "g", points, (), "d")))


def test_a_page_needs_no_network(cnncalc: Called, tmp_path: Path) -> None:
    """It loads nothing, and a dot of the front tells its notation."""
    path = tmp_path / "front.html"
    assert cnncalc("sweep", *WORDS, "--input", "64x64x3", "-o", str(path)) == (0, "", "")
    page = path.read_text("utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert "<title>conv9-4,same x4 conv3-8: parameters" in page
