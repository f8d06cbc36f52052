"""Pictures without a browser: what they weigh, what they are written in, and that their colours can be told apart."""

from __future__ import annotations

import re
from itertools import combinations, product

import pytest

from cnncalc import zoo
from cnncalc.analysis import trace
from cnncalc.language import speak
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.scene import scene
from cnncalc.render import RENDERERS, render
from cnncalc.render.pictures import PictureError, formats
from cnncalc.render.pictures.explorer import SCRIPTS, html
from cnncalc.render.pictures.page import compact, resource
from cnncalc.render.pictures.style import ROLES
from cnncalc.report import Report
from cnncalc.shapes import Shape

KILOBYTE = 1000


@pytest.mark.parametrize(("name", "most"), [("lenet5", 50), ("resnet152", 90), ("efficientnet-b7", 110)])
def test_pages_stay_small(name: str, most: int) -> None:
    """Networks of up to 1,000 layers fit into 120 kB with room to spare, in signs that every encoding has."""
    page = html(scene(trace(zoo.load(name)), name))
    assert len(page.encode()) < most * KILOBYTE
    assert page.isascii()
    assert page.endswith("</html>\n")


def test_a_thousand_layers_fit() -> None:
    """The largest network that has to: 1,000 convolutions with long names, a skip at every second one."""
    words = "input 64x64x8\n" + "stage.block.layer: ( add( conv3-8,p1 | ) ) x500"
    page = html(scene(trace(parse(words)), "deep"))
    assert len(trace(parse(words)).network) == 1000
    assert len(page.encode()) < 120 * KILOBYTE


def test_our_own_code_stays_small() -> None:
    """Scripts, style and the page around them are at most 40 kB."""
    scripts = sum(len(compact(resource(name))) for name in ("page.js", *SCRIPTS))
    others = sum(len(resource(name)) for name in ("page.css", "page.html", "explorer.css", "explorer.html"))
    assert scripts + others < 40 * KILOBYTE


def test_the_same_network_gives_the_same_bytes() -> None:
    """There is no date, chance or order of memory in a page."""
    pages = {html(scene(trace(zoo.load("unet")), "unet")) for _time in range(3)}
    assert len(pages) == 1


def test_a_page_speaks_both_languages_and_begins_in_the_one_in_use() -> None:
    """The words of all languages are in it, whatever is spoken now."""
    english = html(scene(trace(zoo.load("lenet5")), "lenet5"))
    speak("zh")
    try:
        chinese = html(scene(trace(zoo.load("lenet5")), "lenet5"))
    finally:
        speak("en")
    assert '<html lang="en">' in english
    assert '<html lang="zh">' in chinese
    for page in (english, chinese):
        assert "chosen unit" in page
        assert "\\u9009\\u4e2d\\u7684\\u5355\\u5143" in page


def test_a_page_asks_for_nothing() -> None:
    """No address but that of the SVG name space, and a policy that forbids everything but its own code."""
    page = html(scene(trace(zoo.load("lenet5")), "lenet5"))
    assert set(re.findall(r"https?://[^\"\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'; script-src 'sha256-" in page
    assert "unsafe" not in page


def test_a_report_without_a_picture_names_what_there_is() -> None:
    """A page of a report that has no drawing is refused with the formats that it has."""
    with pytest.raises(PictureError, match="params has no picture as html: take one of table, .*, latex$"):
        render(Report("params", {}), "html")
    network = parse("conv3")
    assert formats(receptive_fields(network, Shape((9, 9), 1))) == [*RENDERERS, "html", "svg", "png", "pdf"]


def test_a_layer_costs_text_alone_nothing() -> None:
    """A drawing is made when it is looked at: a report over a network without an input has one that says why not."""
    report = receptive_fields(parse("conv3"))
    assert render(report, "tsv")
    with pytest.raises(ValueError, match="needs the size of the input: give --input"):
        render(report, "html")


@pytest.mark.parametrize(
    ("network", "input", "message"),
    [
        (
            Network(tuple(Node(parse("relu").nodes[0].layer, (i - 1,), f"relu{i}") for i in range(20_001))),
            "4x4x1",
            "20001 layers",
        ),
        (parse("conv3"), "2000000x1", "2000000 units along an axis"),
        (parse("conv2/1000000 conv2/1000000"), "9000000x1", "units along an axis are more than the 1048576"),
    ],
)
def test_what_is_too_large_is_refused(network: Network, input: str, message: str) -> None:
    """A page that no browser would open is not written; the error has the number and the limit."""
    with pytest.raises(ValueError, match=message):
        scene(trace(network, Shape.parse(input)))


# ---- colours

VISION = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What people without one kind of cone see of linear red, green and blue (Machado, Oliveira, Fernandes 2009)."""

MEETING = (
    *product(("read", "focus"), ("paper",)),
    *combinations(("focus", "read"), 2),
    *combinations(("conv", "local", "dense", "paper"), 2),
    *combinations(("above", "below", "paper"), 2),
)
"""Roles that stand side by side."""


def linear(colour: str) -> list[float]:
    values = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    dark, light = sorted(
        sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: list[float]) -> list[float]:
    """CIE L*a*b* of linear sRGB under D65."""
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(w * min(max(v, 0), 1) for w, v in zip(row, rgb, strict=True)) for row in rows]
    x, y, z = (v / w for v, w in zip(xyz, (0.9505, 1, 1.089), strict=True))
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]


def difference(one: str, other: str, vision: str) -> float:
    seen = [
        lab([sum(w * v for w, v in zip(row, linear(c), strict=True)) for row in VISION[vision]]) for c in (one, other)
    ]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    """Text has a contrast of 4.5 to its paper, on selected rows too, and so has text on bars."""
    colour = {name: getattr(role, theme) for name, role in ROLES.items()}
    for text, ground in product(("ink", "quiet", "read"), ("paper", "row")):
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    for bar in ("conv", "local", "dense", "focus"):
        assert contrast(colour["onbar"], colour[bar]) >= 4.5, bar


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_colour_blind_people_tell_roles_apart(vision: str, theme: str) -> None:
    """Roles that meet are 15 apart in colour for every kind of colour vision."""
    for one, other in MEETING:
        apart = difference(getattr(ROLES[one], theme), getattr(ROLES[other], theme), vision)
        assert apart >= 15, (one, other, apart)


def test_a_red_and_a_green_would_be_noticed() -> None:
    """The check can fail: a red and a green of one lightness are far apart for most and near for some."""
    assert difference("#b06050", "#7a7a30", "all") > 30
    assert difference("#b06050", "#7a7a30", "no green") < 15
