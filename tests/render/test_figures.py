"""Figures that stand still, read back as XML: their lengths, numbers and words are those of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc import zoo
from cnncalc.analysis import shapes
from cnncalc.comparison.report import compare
from cnncalc.comparison.rows import Spec
from cnncalc.language import speak
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.render import render
from cnncalc.render.pictures.logscale import GROUPS, short
from cnncalc.render.pictures.style import ROLES
from cnncalc.report import Report
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report
from tests.masks import reads

SVG = "{http://www.w3.org/2000/svg}"
PIXEL = 0.1001
"""A place is written to a tenth of a pixel."""

NOTES = Spec(Shape((224, 224), 3), 3, 64)
SPECS = [
    NOTES,
    Spec(Shape((5, 5), 1), 3),
    Spec(Shape((32, 32), 3), 5, 8, padding="same", names=("dense_same", "local", "tiled", "conv", "depthwise")),
    Spec(Shape((2000, 2000, 2000), 64), 5, 512),
    Spec(Shape((9,), 1), 9, bias=False),
]


def drawing(report: Report) -> Element:
    return ElementTree.fromstring(render(report, "svg"))


def bars(svg: Element, *roles: str) -> list[tuple[float, float, float]]:
    """Where rectangles of these roles begin and end, and their upper side; without a role those that are hatched."""
    fills = {ROLES[role].light for role in roles}
    shown = (
        _all(svg, "rect", fills) if roles else (rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "gone")
    )
    places = ([float(rect.get(key, 0)) for key in ("x", "width", "y")] for rect in shown)
    return [(x, x + width, y) for x, width, y in places]


def _all(svg: Element, name: str, fills: set[str]) -> Iterator[Element]:
    return (element for element in svg.iter(f"{SVG}{name}") if element.get("fill") in fills)


def texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


@pytest.fixture(params=["en", "zh"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    speak(request.param)
    yield request.param
    speak("en")


# ---- the waterfall


@pytest.mark.parametrize("spec", SPECS)
def test_lengths_are_logarithms(spec: Spec, spoken: str) -> None:
    """Every bar is as long as the logarithm of its count, to a tenth of a pixel, on the scale that the ticks show."""
    report = compare(spec)
    svg = drawing(report)
    shown = bars(svg, "dense", "local", "conv")
    counts = [row["parameters"] for row in report.data["rows"] if spec.names or row["name"] != "dense"]
    assert len(shown) == len(counts)
    digits, names = GROUPS[spoken]
    ticks = {text.text: float(text.get("x", 0)) for text in svg.iter(f"{SVG}text") if text.get("text-anchor")}
    decade = max((ticks[name] - ticks["1"]) / digits / place for place, name in enumerate(names, 1) if name in ticks)
    for (start, end, _top), count in zip(shown, counts, strict=True):
        assert start == pytest.approx(ticks["1"], abs=PIXEL)
        assert end - start == pytest.approx(decade * log10(count), abs=3 * PIXEL)


@pytest.mark.parametrize("spec", SPECS[:-1])  # in the last nothing is saved
def test_what_an_idea_saves_ends_where_the_bar_above_ended(spec: Spec) -> None:
    """The hatched rest begins at the end of its bar, and ends at the end of the bar it is measured against."""
    report = compare(spec)
    svg = drawing(report)
    shown = bars(svg, "dense", "local", "conv")
    names = [row["name"] for row in report.data["rows"] if spec.names or row["name"] != "dense"]
    ends = {name: end for name, (_start, end, _top) in zip(names, shown, strict=True)}
    tops = {name: top for name, (_start, _end, top) in zip(names, shown, strict=True)}
    factors = report.data["factors"]
    assert factors
    assert len(bars(svg)) == len(factors)
    for factor, (start, end, top) in zip(factors, bars(svg), strict=True):
        assert top == tops[factor["after"]]
        assert start == pytest.approx(ends[factor["after"]], abs=PIXEL)
        assert end == pytest.approx(ends[factor["before"]], abs=2 * PIXEL)


@given(
    st.lists(st.integers(3, 400), min_size=1, max_size=3),
    st.integers(1, 64),
    st.integers(1, 3),
    st.integers(1, 512),
    st.sampled_from(["en", "zh"]),
)
def test_every_count_stands_once_and_in_full(
    space: list[int], channels: int, kernel: int, filters: int, language: str
) -> None:
    """Whatever is compared, each row's parameters are one text of the drawing, and no text begins or ends outside it."""
    speak(language)
    try:
        report = compare(Spec(Shape(tuple(space), channels), kernel, filters))
        svg = drawing(report)
    finally:
        speak("en")
    counts = [f"{row['parameters']:,}" for row in report.data["rows"] if row["name"] != "dense"]
    shown = [text for text in texts(svg) if text in counts]
    assert shown == counts
    assert all(0 < float(text.get("x", 0)) < 960 for text in svg.iter(f"{SVG}text"))


def test_the_exact_fraction_is_in_the_description(spoken: str) -> None:
    """5,376 is rounded; the words for those who don't see it have 150,529/28, and say both ideas."""
    svg = drawing(compare(NOTES))
    title, description = (svg.findtext(f"{SVG}{name}") or "" for name in ("title", "desc"))
    assert "÷5,376" in texts(svg)
    assert "150,529/28" in description
    assert "264,952,544" in title  # 474,794,959,104 / 1,792, rounded
    assert round(474794959104 / 1792) == 264952544


def test_areas_are_those_of_a_pitch() -> None:
    """1,792 of 474,794,959,104 parts of 7,140 m² are 0.27 cm²."""
    assert texts(drawing(compare(NOTES)))[-1].endswith("0.27 cm²")
    assert f"{105 * 68 * 1e4 * 1792 / 474794959104:.2f}" == "0.27"


@given(st.integers(1, 10**30), st.sampled_from(sorted(GROUPS)))
def test_short_words_mean_the_count(number: int, language: str) -> None:
    """Read back, number times word is the count to four digits."""
    speak(language)
    try:
        words = short(number)
    finally:
        speak("en")
    if not words:
        return
    digits, names = GROUPS[language]
    value, name = words.split(" ")
    meant = float(value.replace(",", "")) * 10 ** (digits * (names.index(name) + 1))
    assert meant == pytest.approx(number, rel=5.1e-4)
    assert meant >= 1000


# ---- growth


def dots(svg: Element, row_of: int) -> list[bool]:
    """Whether each dot of a row is filled, from the input (row 0) up; the padding's dashed dots are left out."""
    filled = {ROLES["read"].light, ROLES["focus"].light}
    circles = [circle for circle in svg.iter(f"{SVG}circle") if circle.get("stroke-dasharray") is None]
    heights = sorted({float(circle.get("cy", 0)) for circle in circles}, reverse=True)[1:]  # the lowest is the legend
    row = [circle for circle in circles if float(circle.get("cy", 0)) == heights[row_of]]
    return [circle.get("fill") in filled for circle in row]


CHAINS = [
    "conv3,p2,d2 x3",
    "conv3 x2 maxpool2 conv3",
    "conv3,p1 x3",
    "conv3 up2 conv3",
    "conv3/2,p1 convT4/2,p1 conv3,d2",
]


@pytest.mark.parametrize("words", CHAINS)
@pytest.mark.parametrize("unit", ["0", "1", "centre"])
def test_filled_dots_are_the_units_that_are_read(words: str, unit: str) -> None:
    """In the row of the input, against masks that are walked back layer by layer with other definitions."""
    network, input = parse(words), Shape((24,), 1)
    svg = drawing(receptive_fields(network, input, Asked(unit=unit), words))
    outputs = shapes(network, input)
    last = len(network) - 1
    place = outputs[last].space[0] // 2 if unit == "centre" else int(unit)
    read = reads(network, [(24,), *(shape.space for shape in outputs)], last, (place,))
    assert read is not None
    assert dots(svg, 0) == read.tolist()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("conv3,p2,d2 x3", "One unit spans 13 inputs and really reads 7"),  # 2, 2, 2: six holes
        ("conv3,d1 conv3,d2 conv3,d5", "One unit reads 17 inputs in a row"),  # Wang et al. 2018: 1, 2, 5 has none
        ("conv3,d1 conv3,d2 conv3,d3", "One unit reads 13 inputs in a row"),
    ],
)
def test_gridding_is_the_title(words: str, title: str) -> None:
    """Without an input one is taken on which the field lies whole; the title has its size and how much is read."""
    report = receptive_fields(parse(words))
    assert drawing(report).findtext(f"{SVG}title") == title
    size, number = report.get("rf"), report.get("read")
    assert str(size) in title
    assert ("holes" in render(report, "svg")) is (number < size)


@pytest.mark.parametrize("name", ["vgg16", "resnet152", "unet", "lenet5", "tcn", "mobilenet-v3-small"])
def test_deep_networks_are_bands(name: str, spoken: str) -> None:
    """Too many units for dots: a band a row, few rows, and a drawing that stays small."""
    text = render(receptive_fields(zoo.load(name), title=name), "svg")
    svg = ElementTree.fromstring(text)
    assert len(text) < 40_000
    assert bars(svg, "focus", "read") or dots(svg, 0)
    assert all(0 <= start <= end <= 960 for start, end, _top in bars(svg, "focus", "read"))


# ---- blocks


@pytest.mark.parametrize(("name", "depth"), [("vgg16", 0), ("resnet50", 0), ("resnet152", 3), ("lenet5", 0)])
def test_blocks_add_up_and_are_as_long_as_they_count(name: str, depth: int) -> None:
    """However a network is folded, its numbers sum to its totals; the bars of those that have one are in proportion."""
    report = summary_report(zoo.load(name), depth=depth, title=name)
    svg = drawing(report)
    for role, total in (("conv", "parameters"), ("read", "macs")):
        shown = bars(svg, role)
        numbers = {
            float(text.get("y", 0)): int((text.text or "").replace(",", ""))
            for text in svg.iter(f"{SVG}text")
            if text.get("font-size") == "13.5" and (float(text.get("x", 0)) < 500) is (role == "conv")
        }
        counts = [numbers[top + 14] for _start, _end, top in shown]
        assert len(numbers) <= 24
        assert len(numbers) - len(shown) == (name == "resnet152")  # the others, whose bar would dwarf the blocks
        assert sum(numbers.values()) == report.get(f"total.{total}")
        most = max(counts)
        longest = max(end - start for start, end, _top in shown)
        for (start, end, _top), count in zip(shown, counts, strict=True):
            assert end - start == pytest.approx(longest * count / most, abs=2 * PIXEL)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("conv3-8", "conv1 has 100.0% of the parameters and does 100.0% of the MACs"),
        ("conv3-8,p1 x40", "40 blocks, none with more than 2.5% of the parameters"),
    ],
)
def test_the_title_says_what_there_is_to_say(words: str, title: str) -> None:
    """One block has all of both; of forty equal ones none is named."""
    report = summary_report(parse(words), Shape((9, 9), 8))
    assert drawing(report).findtext(f"{SVG}title") == title


def test_vgg_has_its_parameters_in_the_first_dense_layer() -> None:
    """7·7·512 inputs to 4,096 units are 102,764,544 of 138,357,544 parameters."""
    assert 4096 * (7 * 7 * 512 + 1) == 102764544
    title = drawing(summary_report(zoo.load("vgg16"))).findtext(f"{SVG}title") or ""
    assert title.startswith(f"fc1 has {102764544 / 138357544:.1%} of the parameters")


# ---- what holds of all figures


def figures() -> dict[str, Report]:
    """One report for every kind of figure."""
    return {
        "waterfall": compare(NOTES),
        "growth": receptive_fields(parse("conv3,p2,d2 x3"), title="a < b"),
        "blocks": summary_report(zoo.load("lenet5")),
    }


@pytest.mark.parametrize("kind", figures())
def test_other_programs_can_read_figures(kind: str, spoken: str) -> None:
    """Colours are literals, and nothing is used that programs other than browsers lack; twice gives the same bytes."""
    text = render(figures()[kind], "svg")
    for lacking in (
        "var(",
        "<script",
        "foreignObject",
        "dominant-baseline",
        "<filter",
        "@font-face",
        "http://",
        "url(h",
    ):
        assert lacking not in text.replace("http://www.w3.org/2000/svg", "")
    assert text == render(figures()[kind], "svg")
    svg = ElementTree.fromstring(text)
    assert svg.get("role") == "img"
    assert len(svg.findtext(f"{SVG}desc") or "") > 20
    roles = {role.light for role in ROLES.values()} | {"none"}
    assert {element.get(key, "none") for element in svg.iter() for key in ("fill", "stroke")} <= roles
