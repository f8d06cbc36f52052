"""``cnncalc halo``: what tiles need, what is valid, plans, memory, proof, and every way to be refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

import cnncalc as package
from tests.conftest import Called
from tests.tiling.models import STARDIST, TCN, UNET


@pytest.fixture
def answer(cnncalc: Called) -> Any:
    """The JSON of one command line that is answered."""

    def asked(*words: str) -> Any:
        _code, out, err = cnncalc("halo", *words, "--json")
        assert out, err
        return json.loads(out)

    return asked


def test_published_networks(answer: Any) -> None:
    """U-Net 110 and 112, StarDist 52 for the unit that needs most, a TCN 1,020 on the left alone."""
    unet = answer(UNET, "--input", "512x512x1")
    assert (unet["left"], unet["right"], unet["left_aligned"], unet["align"]) == (110, 110, 112, 16)
    star = answer(STARDIST, "--input", "256x256x1")["axes"][0]
    assert star["any_unit"] == {"left": 52, "right": 52}
    tcn = answer(TCN, "--input", "4096x4c")
    assert (tcn["left"], tcn["right"], tcn["axes"][0]["any_unit"]) == (1020, 0, {"left": 1020, "right": 0})


def test_another_scale_is_told_in_both_units(answer: Any) -> None:
    """At a jump of 2 an overlap of 4 inputs is 2 units; enlarged by 2 it is twice as many."""
    down = answer("conv3,p1", "conv3/2,p1", "--input", "64x64x1")["axes"][0]
    assert (down["jump"], down["left_aligned"], down["left_units"]) == (2, 2, 1)
    up = answer("conv3,p1", "up2", "--input", "64x64x1")["axes"][0]
    assert (up["jump"], up["left"], up["left_units"]) == (0.5, 1, 2)


def test_the_valid_part_of_a_tile(answer: Any) -> None:
    """Of a tile inside an image all but the border is valid; of one that is too small nothing."""
    tile = answer("conv3,p1 x3", "--input", "20x9x1")["tile"]
    assert tile["valid"] == [{"output": "conv3", "size": [20, 9], "begin": [3, 3], "end": [17, 6]}]
    assert answer("conv3,p1 x3", "--input", "20x6x1")["tile"]["valid"][0]["begin"] is None


def test_without_an_input(answer: Any) -> None:
    """Where the network takes many inputs none has to be given; where nothing is known it is asked for."""
    assert answer("convT2-4/2,p1", "conv3-4,p1")["left"] == 1
    assert answer("conv3-8,g4", "conv3,p1")["input"] is None


def test_several_outputs_have_a_line_each(answer: Any, cnncalc: Called) -> None:
    """Each output has its own numbers, and all together what is enough for every one of them."""
    words = ("a: conv3-8,p1", "maxpool2", "b: conv3-8,p1", "add( @a conv9-8,p4 | @a )", "--input", "64x64x3")
    found = answer(*words)
    assert {one["name"]: one["axes"][0]["left"] for one in found["outputs"]} == {"b": 3, "add1": 5}
    assert (found["left"], found["align"]) == (5, 2)
    lines = cnncalc("halo", *words, "--format", "tsv")[1].splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == ["b", "add1"]
    planned = answer(*words[:-2], "--plan", "64x64", "--tile", "32")["plan"]["tiles"][0]
    assert [one["output"] for one in planned["valid"]] == ["b", "add1"]


def test_no_overlap_is_enough(cnncalc: Called, answer: Any) -> None:
    """The exit code is 1, the layer is named with the reason, and so is what an earlier layer or windows would need."""
    words = ("conv3,p1", "in", "conv3,p1", "--input", "64x64x1")
    code, out, err = cnncalc("halo", *words, "--format", "plain")
    assert (code, err) == (1, "cnncalc: in1: every unit reads the whole input, which no tile has\n")
    assert "--at conv1" in out
    assert "--windows-only" in out
    found = answer(*words)
    assert (found["finite"], found["because"], found["last_finite"]) == (
        False,
        [{"layer": "in1", "reason": "whole"}],
        "conv1",
    )
    assert answer(*words, "--at", "conv1")["left"] == 1
    assert answer(*words, "--windows-only")["left"] == 2


@pytest.mark.parametrize(
    ("words", "reason"), [("up2,bilinear,align", "size"), ("local3", "position"), ("fc4", "whole")]
)
def test_reasons(words: str, reason: str, answer: Any) -> None:
    """A layer that no tile repeats is named in the JSON with its kind of reason."""
    assert [one["reason"] for one in answer("conv3,p1", words, "--input", "32x32x3")["because"]] == [reason]


def test_a_plan_covers_the_output_once(answer: Any) -> None:
    """Every output unit lies in the valid part of exactly one tile, and no tile is larger than asked."""
    plan = answer("conv3,p1", "conv3/2,p1", "conv3,p1", "--plan", "100x70", "--tile", "40x32")["plan"]
    counted = [[0] * 35 for _row in range(50)]
    for tile in plan["tiles"]:
        assert all(end - begin <= most for begin, end, most in zip(tile["begin"], tile["end"], (40, 32), strict=True))
        ((top, left), (bottom, right)) = tile["valid"][0]["begin"], tile["valid"][0]["end"]
        for row in counted[top:bottom]:
            row[left:right] = [number + 1 for number in row[left:right]]
    assert counted == [[1] * 35] * 50
    assert plan["number"] == len(plan["tiles"])


def test_a_plan_as_tsv(cnncalc: Called) -> None:
    """In a pipe the plan is the answer: a line for each tile."""
    code, out, _err = cnncalc("halo", "conv3,p1", "--plan", "10x4", "--tile", "6x4")
    assert code == 0
    assert out.splitlines() == [
        "tile\tbegin\tend\toutput\tvalid_begin\tvalid_end\tat",
        "0\t0x0\t6x4\tconv1\t0x0\t5x4\t0x0",
        "1\t4x0\t10x4\tconv1\t5x0\t10x4\t1x0",
    ]


def test_fewest_tiles_are_the_smallest_of_which_so_many_are_enough(answer: Any) -> None:
    """Two tiles of 51 cover 100 with an overlap of 1, as two of 90 do, and two of 50 do not."""
    words = ("conv3,p1", "--plan", "100", "--tile")
    assert answer(*words, "90", "--tiles", "least")["plan"]["size"] == [51]
    assert answer(*words, "51")["plan"]["number"] == 2
    assert answer(*words, "50")["plan"]["number"] == 3


def test_fewest_tiles_may_be_strips(answer: Any) -> None:
    """Of 90 × 90 an image of 100 × 100 needs four; of strips of 100 × 51, which take no more memory, it needs two."""
    words = ("conv3,p1", "--input", "9x9x1", "--plan", "100x100", "--memory", f"{4 * (10 + 2 * 90 * 90)}B")
    assert answer(*words)["plan"]["size"] == [90, 90]
    assert answer(*words)["plan"]["number"] == 4
    found = answer(*words, "--tiles", "least")["plan"]
    assert (found["number"], sorted(found["size"])) == (2, [51, 100])


def test_the_largest_tile_for_a_memory(answer: Any, cnncalc: Called) -> None:
    """Counted by hand: 4 bytes for 10 parameters and, in and out, two maps of n²; one more is too many, as memory has it."""
    needed = 4 * (10 + 2 * 50 * 50)
    assert answer("conv3,p1", "--input", "9x9x1", "--memory", f"{needed}B")["plan"]["size"] == [50, 50]
    assert answer("conv3,p1", "--input", "9x9x1", "--memory", f"{needed - 1}B")["plan"]["size"] == [49, 49]
    assert cnncalc("memory", "conv3,p1", "--input", "50x50x1", "--get", "total.peak")[1] == f"{needed}\n"
    assert answer("conv3,p1", "--input", "9x9x1", "--memory", "1MiB", "--plan", "64x64")["plan"]["number"] == 1


def test_requirements(cnncalc: Called) -> None:
    """An overlap can be required to be small; one that is never enough is larger than any number."""
    assert cnncalc("halo", "conv3,p1", "--require", "left<=1")[0] == 0
    assert cnncalc("halo", "conv3,p1 x2", "--require", "left<=1")[0] == 1
    code, _out, err = cnncalc("halo", "conv3,p1 globalavgpool", "--require", "left<=1000")
    assert code == 1
    assert err.endswith("required left<=1000: not met, no overlap is enough\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("conv3 --tile 8", "--tile and --tiles say how an image is cut: add --plan 4096x4096"),
        ("conv3 --plan 64", "--plan needs the size of a tile: add --tile 512, or --memory 8GiB"),
        ("conv3 --plan 64 --tile 8 --tiles most", "--tiles most is unknown: take least"),
        (
            "conv3 --plan 64y --tile 8",
            "64y is not a size: write one such as 512, or one for each axis such as 512x768",
        ),
        ("conv3 --plan 64 --tile 0", "0 holds a size of 0: every size is 1 or more"),
        (
            "conv3 --plan 64x64 --tile 8x8x8",
            "--tile 8x8x8 is for 3 axes, but there are 2: give a size for each",
        ),
        ("conv9,p4 --plan 64 --tile 8", "tiles of 8 are too small for what they must overlap: take 9 or more"),
        (
            "conv3/2,same --plan 65 --tile 8",
            "tiles of 8 do not lie as the whole of 65 does: take 7 or 9, for sizes have to leave 1 when divided by 2",
        ),
        (
            "conv3,p1 --plan 999999999999999999 --tile 8 --tiles least",
            "more than 100,000 tiles are needed, which are not listed: take larger ones",
        ),
        (
            "conv3,p1 --plan 90000x90000 --tile 8",
            "more than 100,000 tiles are needed, which are not listed: take larger ones",
        ),
        (
            "conv3,p1 --memory 1GiB",
            "how much memory a tile needs depends on its channels: give --input, such as 256x256x3",
        ),
        (
            "conv3,p1 --input 9x9x1 --memory 100B",
            "a tile of 3x3 needs 112 B, more than the 100 B allowed: allow as much",
        ),
        ("conv3 --at conv9", "there is no layer conv9: did you mean conv1?"),
        ("adaptiveavgpool3 conv9", "how tiles lie depends on the input: give --input"),
    ],
)
def test_refusals(words: str, error: str, cnncalc: Called) -> None:
    """What can't be answered is refused in one line with the way out."""
    assert cnncalc("halo", *words.split()) == (2, "", f"cnncalc: {error}\n")


@pytest.mark.parametrize(("less", "works"), [("8", False), ("9", True)])
def test_the_least_tile_that_a_refusal_names_is_the_least(less: str, works: bool, cnncalc: Called) -> None:
    """The size named goes, and one less does not."""
    assert (cnncalc("halo", "conv9,p4", "--plan", "64", "--tile", less)[0] == 0) == works


def test_the_proof_is_beside_the_answer(answer: Any) -> None:
    """NumPy runs a plan as it is, and on each axis three tiles, which are wrong with one step less."""
    words = (
        "conv3-4,p1",
        "relu",
        "maxpool2",
        "conv3-4,p1",
        "up2,bilinear",
        "--plan",
        "40x32",
        "--tile",
        "24",
        "--verify",
    )
    proof = answer(*words)["verification"]
    assert proof["agrees"]
    assert [(run["axis"], run["plan"]) for run in proof["runs"]] == [(None, True), (0, False), (1, False)]
    assert all(run["difference"] < 1e-12 for run in proof["runs"])
    assert all(run[f"{side}_step_less"] > 1e-6 for run in proof["runs"][1:] for side in ("left", "right"))


def test_the_proof_with_statistics_frozen(answer: Any) -> None:
    """With windows only, tiles agree once norms go on by numbers of their own."""
    proof = answer("conv3-4,p1", "in", "conv3-4,p1", "--input", "32x32x1", "--windows-only", "--verify")["verification"]
    assert proof["agrees"]


def test_the_library_answers_the_same(answer: Any) -> None:
    """`cnncalc.halo` gives what the command prints."""
    report = package.halo("conv3,p1 maxpool2", plan=(40, 32), tile=16)
    assert json.loads(json.dumps(report.to_dict())) == answer("conv3,p1 maxpool2", "--plan", "40x32", "--tile", "16")
