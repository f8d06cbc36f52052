"""Heat maps: colours, numbers or signs, on one scale, within the page."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.render import RENDERERS, Page, render
from cnncalc.render.cells import columns
from cnncalc.render.heatmap import MOST_NUMBERS, lay_maps, scale_of
from cnncalc.render.layout import STYLES
from cnncalc.report import Column, Report, Table
from cnncalc.report.picture import HeatMap, Picture

LINE = HeatMap(((-3, 6, -3),) * 2, "map")


def texts(maps: list[HeatMap], width: int | None = None, colour: bool = False) -> list[str]:
    """The lines without their marks."""
    return ["".join(words for words, _mark in line) for line in lay_maps(maps, width, colour)]


def test_small_maps_show_signed_numbers_without_colour() -> None:
    """Readable as text alone, and no legend is needed."""
    assert texts([LINE]) == ["map", " -3  6 -3", " -3  6 -3"]


def test_colours_diverge_around_0() -> None:
    """Warm above, cold below, nothing at 0; the legend shows all shades between the extremes."""
    lines = list(lay_maps([HeatMap(((-6, -1, 0, 1, 6),))], 80, colour=True))
    assert [mark for _words, mark in lines[0]] == ["cold4", "cold1", "", "warm1", "warm4"]
    assert [mark for _words, mark in lines[1]][1:-1] == [
        *("cold4", "cold3", "cold2", "cold1"),
        "",
        *("warm1", "warm2", "warm3", "warm4"),
    ]
    assert "".join(words for words, _mark in lines[1]).split() == ["-6", "0", "6"]
    assert all(mark in STYLES for line in lines for _words, mark in line if mark.startswith(("warm", "cold")))


def test_one_scale_for_maps_side_by_side() -> None:
    """A 1 beside a 100 is pale; alone it would be the deepest shade."""
    small, large = HeatMap(((1,),)), HeatMap(((100,),))
    (first,), *_legend = list(lay_maps([small], colour=True))
    assert first[1] == "warm4"
    both = next(iter(lay_maps([small, large], colour=True)))
    assert [mark for words, mark in both if words.strip()] == ["warm1", "warm4"]
    assert scale_of([small, large]).largest == 100


def test_large_maps_become_two_columns_a_cell() -> None:
    """With colour two spaces a cell; without, signs, and a legend that tells them."""
    rows = tuple(tuple((x - 15) / 5 for x in range(31)) for _y in range(20))
    assert len(rows) * 31 > MOST_NUMBERS
    coloured = list(lay_maps([HeatMap(rows)], 80, colour=True))
    assert {words for words, _mark in coloured[0]} == {"  "}
    plain = texts([HeatMap(rows)], 80)
    assert plain[0] == "--" * 8 + " -" * 7 + " ." + " +" * 7 + "++" * 8
    assert " ".join(plain[20:]) == ("-- below -1.5, - below 0, . for 0, + above 0, ++ above 1.5; the strongest is 3.00")


def test_maps_wider_than_the_page_keep_their_thin_lines() -> None:
    """Every cell shown is the strongest of its block: one bright pixel in 100 columns is still there."""
    rows = [[0.0] * 100 for _y in range(4)]
    rows[1][57] = 5.0
    lines = texts([HeatMap(tuple(map(tuple, rows)))], 80)
    assert lines[0].count("++") == 1
    assert lines[0].index("++") == 57 // 3 * 2
    assert "each cell is the strongest of 3x3" in lines


def test_marked_cells_are_marked_in_every_form() -> None:
    """A star in front of the number, and in a cell without numbers too."""
    marked = frozenset({(0, 1)})
    assert texts([HeatMap(((0, 300), (0, 0)), "", marked)]) == ["    0 *300", "    0    0"]
    wide = HeatMap(tuple((0.0, 3.0) + (0.0,) * 30 for _y in range(20)), "", marked)
    assert texts([wide], 80)[0].startswith(" .+*")
    assert texts([wide], 80, colour=True)[0].startswith("  **")


def test_nothing_and_zero_look_different() -> None:
    """`None` is blank, 0 is 0; and -0.0 and what rounds to 0 have no sign."""
    assert texts([HeatMap(((None, 0, -0.0, 2),))]) == ["   0 0 2"]
    assert texts([HeatMap(((-0.001, 2.5),))]) == [" 0.00 2.50"]


def test_titles_end_on_one_level() -> None:
    """A long title takes two lines, and the maps still begin on the same."""
    lines = texts([HeatMap(((1,),), "a title of so many words"), HeatMap(((2,),), "short")], 40)
    assert lines == ["a title of so many", "words                short", " 1                    2"]


def test_a_narrow_page_stacks_the_maps() -> None:
    """What has no room beside goes below, after an empty line."""
    assert texts([LINE, LINE], 12) == ["map", " -3  6 -3", " -3  6 -3", "", "map", " -3  6 -3", " -3  6 -3"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 70), min_size=1, max_size=3), st.integers(0, 999), st.integers(40, 120), st.booleans())
def test_no_line_is_wider_than_the_page(sizes: list[int], seed: int, width: int, colour: bool) -> None:
    """Whatever the numbers, with colour or without."""
    dice = random.Random(seed)
    most = 10 ** dice.randrange(7)
    maps = [
        HeatMap(tuple(tuple(dice.uniform(-most, most) for _x in range(size)) for _y in range(3)), "标题")
        for size in sizes
    ]
    assert all(columns(line) <= width for line in texts(maps, width, colour))


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_maps_need_no_special_characters(encoding: str) -> None:
    """Numbers, signs and marks are letters that every terminal has."""
    wide = HeatMap(tuple(tuple(float(x - 20) for x in range(41)) for _y in range(20)), "", frozenset({(0, 0)}))
    for maps in ([LINE], [wide]):
        for line in texts(maps, 80):
            assert line.encode(encoding)


STORY = Report(
    "lesson",
    {"numbers": [1]},
    (Table((Column("n", "n"),), ((1,),)),),
    ("first", "last"),
    title="A story",
    story=("first", Picture(caption="seen", maps=(LINE,)), Table((Column("n", "n"),), ((1,),)), "last"),
)


@pytest.mark.parametrize("format", ["plain", "table", "markdown"])
def test_a_story_is_told_in_its_order(format: str) -> None:
    """Text, picture, table and text stand as they were put, each once."""
    shown = render(STORY, format, Page(80))
    places = [shown.index(word) for word in ("A story", "first", "-3  6 -3", "seen", "last")]
    assert places == sorted(places)
    assert [len(re.findall(word, shown)) for word in ("first", "seen", "last")] == [1, 1, 1]


def test_every_renderer_takes_a_story() -> None:
    """Those that print no pictures leave them out."""
    for format in RENDERERS:
        assert render(STORY, format)


def test_coloured_maps_use_backgrounds() -> None:
    """On a terminal with colour a cell has a background; without, no escape sequence at all."""
    assert "\x1b[97;48;5;88m  6\x1b[0m" in render(STORY, "table", Page(80, colour=True))
    assert "\x1b" not in render(STORY, "table", Page(80))


def test_framed_cells_stand_in_brackets() -> None:
    """A window on a picture, with numbers and without; all cells are as wide, framed or not."""
    framed = frozenset({(0, 1)})
    assert texts([HeatMap(((0, 3), (5, 0)), "", framed=framed)]) == ["  0  [3]", "  5   0 "]
    wide = HeatMap(tuple((0.0, 3.0) + (0.0,) * 30 for _y in range(20)), "", framed=framed)
    assert texts([wide], 80)[0].startswith(" .[+")
    assert texts([wide], 80, colour=True)[0].startswith("  []")


def photograph(width: int, height: int) -> HeatMap:
    """Black on the left, white on the right."""
    return HeatMap(tuple(tuple(255 * (x >= width // 2) for x in range(width)) for _y in range(height)), grey=True)


def test_photographs_are_grey_and_two_pixels_high_a_line() -> None:
    """A sign for each column, half a line for each row, the upper pixel in front of the lower one."""
    lines = list(lay_maps([photograph(40, 5)], 40, colour=True))
    assert [len(line) for line in lines] == [40, 40, 40]
    assert lines[0][0] == ("▀", "grey0 on grey0")
    assert lines[0][-1] == ("▀", "grey23 on grey23")
    assert lines[2][-1] == ("▀", "grey23")
    assert texts([photograph(40, 4)], 40) == [" " * 20 + "@" * 20] * 2


def test_a_photograph_wider_than_the_page_is_averaged() -> None:
    """Every pixel shown is the average of its block, and that is said."""
    lines = list(lay_maps([photograph(6, 6)], 2, colour=True))
    assert lines[0] == (("▀", "grey0 on grey0"), ("▀", "grey23 on grey23"))
    assert "".join(texts([photograph(90, 90)], 80)[-1:]) == "each pixel is the average of 2x2"
    middle = list(lay_maps([HeatMap(((0, 255), (255, 0)), grey=True)], 1, colour=True))
    assert middle[0] == (("▀", "grey12"),)


def test_photographs_have_their_greys_on_a_terminal() -> None:
    """White over black is the last grey of the 256-colour table on the first."""
    report = Report("", {}, story=(Picture(maps=(HeatMap(((255,), (0,)), grey=True),)),))
    assert "38;5;255;48;5;232m▀" in render(report, "table", Page(80, colour=True))


def test_a_window_on_a_photograph_is_seen() -> None:
    """The pixels in the frame have its colour, or a sign of their own; also where a pixel stands for a block."""
    framed = frozenset({(2, 3)})
    lines = list(lay_maps([photograph(8, 4)._replace(framed=framed)], 8, colour=True))
    assert lines[1][3] == ("▀", "frame on grey0")
    assert texts([photograph(8, 4)._replace(framed=framed)], 8)[1] == "   O@@@@"
    assert next(iter(lay_maps([photograph(8, 4)._replace(framed=framed)], 4, colour=True)))[1] == (
        "▀",
        "grey0 on frame",
    )
