"""Tiles as a figure: the parts that are kept lie side by side and cover the outputs once, each inside its tile."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from cnncalc import zoo
from cnncalc.notation.parsing import parse
from cnncalc.render import render
from cnncalc.render.pictures import formats
from cnncalc.render.pictures.style import ROLES
from cnncalc.report import Report
from cnncalc.report.figures import Tiles
from cnncalc.shapes import Shape
from cnncalc.tiling.asked import Cut, Wanted
from cnncalc.tiling.report import halo_report

SVG = "{http://www.w3.org/2000/svg}"


def planned(words: str, image: tuple[int, int], tile: int) -> Report:
    network = zoo.load(words) if words in zoo.names() else parse(words)
    return halo_report(network, None, Wanted(cut=Cut(image, (tile,))))


def facts(report: Report) -> Tiles:
    [drawing] = report.drawings
    made: Tiles = drawing.facts()
    return made


@pytest.mark.parametrize(
    ("words", "image", "tile", "ends"),
    [
        ("conv3,p1 x3", (40, 52), 16, ((0, 40), (0, 52))),
        ("unet", (1404, 1788), 572, ((92, 1312), (92, 1696))),  # 184 inputs are lost to windows without padding
        ("conv3,p1 maxpool2 conv3,p1", (64, 96), 32, ((0, 64), (0, 96))),
    ],
)
def test_kept_parts_cover_the_outputs_once(
    words: str, image: tuple[int, int], tile: int, ends: tuple[tuple[int, int], ...]
) -> None:
    """On each axis the first begins where the outputs do, each goes on where the one before ended, and all of it lies
    inside its tile, which lies inside the image."""
    made = facts(planned(words, image, tile))
    assert made.image == image
    for spans, (first, last), size in zip(made.axes, ends, image, strict=True):
        assert (spans[0].kept_begin, spans[-1].kept_end) == (first, last)
        assert all(one.kept_end == other.kept_begin for one, other in pairwise(spans))
        assert all(0 <= span.begin <= span.kept_begin < span.kept_end <= span.end <= size for span in spans)


def test_tiles_are_drawn_where_they_lie() -> None:
    """One field for every tile, together as large as the image; the chosen tile has its own outline."""
    report = planned("conv3,p1 x3", (40, 40), 16)
    svg = ElementTree.fromstring(render(report, "svg"))
    fields = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("fill") == ROLES["read"].light]
    fields = [rect for rect in fields if float(rect.get("width", 0)) > 14]  # the legend has one too
    area = sum(float(rect.get("width", 0)) * float(rect.get("height", 0)) for rect in fields)
    assert len(fields) == report.data["plan"]["number"] == 16
    assert area == pytest.approx(460**2, rel=0.01)


def test_one_tile_is_drawn_where_no_image_is_cut() -> None:
    """Three layers of 3×3 take 3 inputs on each side: of 32 stay 26."""
    report = halo_report(parse("conv3,p1 x3"), Shape((32, 32), 1))
    assert facts(report).axes[0][0][2:] == (3, 29)
    assert "26 × 26" in facts(report).title


@pytest.mark.parametrize("words", ["conv3,p1 globalavgpool", "conv3,p1 gn conv3,p1"])
def test_what_can_t_be_cut_has_no_picture(words: str) -> None:
    """Where no overlap is enough there is nothing to draw, and no format of a picture."""
    assert "svg" not in formats(halo_report(parse(words), Shape((32, 32), 8)))
