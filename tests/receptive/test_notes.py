"""The sentences under the table: for each network all that there is to say, and nothing else; numbers by hand."""

from __future__ import annotations

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.shapes import Shape

SLIDES = "through windows the field is {size} at {last}, the last layer before {name} that slides over the input"
OFF = "add{n}: conv{one} and conv{other} are centred 1 px apart; the field is their hull"
LAGGING = "add( conv3,p2/0 | conv3,p1 )"
"""Two branches of which one looks a pixel further to the left, on both axes of an image."""


def notes(words: str, *input: int, **asked: object) -> list[str]:
    shape = Shape(input, 1) if input else None
    return list(receptive_fields(parse(words), shape, Asked(**asked)).notes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("conv3 conv5/2 conv3", ["conv3: field 11 = 1 + 6 at jump 1 + 4 at jump 2"]),
        ("conv3x5 conv3", ["conv2 on H: field 5 = 1 + 4 at jump 1", "conv2 on W: field 7 = 1 + 6 at jump 1"]),
        (
            "conv3,d2 x3",  # 7 taps, 2 apart
            [
                "conv3: field 13 = 1 + 12 at jump 1",
                "of 13 inputs along an axis 7 are read: the others lie in the holes of a grid (gridding)",
            ],
        ),
        (
            "convT2/3 conv2",  # beside a unit that reads nothing is one that reads a single input
            [
                "conv1: field 1 = 1",
                "convT1: 1 of every 3 units read nothing, because the stride exceeds the kernel",
            ],
        ),
        (
            "convT1/3 convT1/2",  # the first is the cause, whatever follows
            ["convT2: field 1 = 1", "convT1: 2 of every 3 units read nothing, because the stride exceeds the kernel"],
        ),
        (
            "conv3/2,same conv3",
            [
                "conv2: field 7 = 1 + 2 at jump 1 + 4 at jump 2",
                "where units start depends on the size of the input, because of same padding: give --input",
            ],
        ),
        (
            "add( conv3,p1 | conv5,p2 conv1 )",  # what adds nothing is not on the path
            ["add1: field 5 = 1 + 4 at jump 1", "the path with the largest field: conv2"],
        ),
        ("conv1 add( conv1 | ) conv1", ["conv3: field 1 = 1"]),
        (
            "add( conv3 | conv3/2 )",
            [
                "the path with the largest field: conv1",
                "add1: branches of different jumps meet, so the field differs by unit: "
                "unit i reads 3 from 0 + 1·i and 3 from 0 + 2·i",
            ],
        ),
        ("conv3 unknown conv3", ["the field is unknown from unknown1 on, whose operator is not known"]),
        ("adaptiveavgpool3 conv3", ["the field of conv1 depends on the size of the input: give --input"]),
    ],
)
def test_without_an_input_all_is_said(words: str, lines: list[str]) -> None:
    """Sums of what each jump adds, holes, units that read nothing, paths, and why a number is not known."""
    assert notes(words) == lines


@pytest.mark.parametrize(
    ("words", "asked", "lines"),
    [
        ("globalavgpool", {}, ["globalavgpool1 reads the whole input"]),
        (
            "conv3 globalavgpool fc3",
            {},
            [
                "fc1 reads the whole input through globalavgpool1",
                SLIDES.format(size=3, last="conv1", name="fc1"),
            ],
        ),
        (
            "conv3x5 in conv3 globalavgpool",
            {},
            [
                "globalavgpool1 reads the whole input through the statistics of in1 and globalavgpool1",
                SLIDES.format(size="5x7", last="conv2", name="globalavgpool1"),
            ],
        ),
        (
            "conv3 in conv3",
            {},
            [
                "conv2: field 5 through windows; the whole input through the statistics of in1",
                "conv2: field 5 = 1 + 4 at jump 1",
            ],
        ),
        (
            "conv3 globalavgpool",
            {"windows_only": True},
            [
                "windows only: what globalavgpool1 reads through globalavgpool1 is left out",
                SLIDES.format(size=3, last="conv1", name="globalavgpool1"),
            ],
        ),
        (
            "conv3 tokens",
            {},
            ["what slides is not followed from tokens1 on, whose units leave the axes of the input"],
        ),
        (
            "conv3 tokens",
            {"windows_only": True},
            ["what slides is not followed from tokens1 on, whose units leave the axes of the input"],
        ),
    ],
)
def test_what_reads_the_whole_input_says_through_what(words: str, asked: dict[str, object], lines: list[str]) -> None:
    """A layer itself, or those before it, norms by their statistics; and what slid until then."""
    assert notes(words, 16, 16, **asked) == lines


@pytest.mark.parametrize(
    ("norms", "names"),
    [(8, "in1, in2, in3, in4, in5, in6, in7, in8"), (9, "in1, in2, in3, in4, …, in6, in7, in8, in9")],
)
def test_many_names_are_told_by_their_ends(norms: int, names: str) -> None:
    """Eight names are all told, of nine the first four and the last four."""
    (line, _last) = notes(f"conv3 {'in ' * norms} globalavgpool", 30, 30)
    assert line == f"globalavgpool1 reads the whole input through the statistics of {names} and globalavgpool1"


@pytest.mark.parametrize("merges", [1, 3, 4])
def test_branches_off_centre_are_told_three_times(merges: int) -> None:
    """Three of them in full, of a fourth only that there is one; the way that sets the field goes further left."""
    lines = notes(" ".join([LAGGING] * merges))
    said = [OFF.format(n=merge + 1, one=2 * merge + 1, other=2 * merge + 2) for merge in range(min(merges, 3))]
    further = ["further branches are not centred alike either"] if merges > 3 else []
    assert [line for line in lines if "centred" in line] == [*said, *further]


def test_outputs_are_named_where_there_are_several() -> None:
    """Two layers that nobody reads are two outputs."""
    lines = notes("a: conv3 b: conv3 @a conv5")
    assert lines[0] == "the network has 2 outputs: b, conv1"
