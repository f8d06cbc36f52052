"""What a report of receptive fields says of each layer, beside its field."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.report.requirements import required
from cnncalc.shapes import Shape

NETWORK = "conv1x7-8/1x2,p0x3 relu pool: ( conv3,p1 maxpool2 ) globalavgpool"


@pytest.mark.parametrize(
    ("layer", "kernel", "stride", "output"),
    [
        ("conv1", [1, 7], [1, 2], [8, 8, 8]),
        ("relu1", None, None, [8, 8, 8]),
        ("pool.conv1", 3, 1, [8, 8, 8]),
        ("pool.maxpool1", 2, 2, [4, 4, 8]),
        ("globalavgpool1", None, None, [1, 1, 8]),
    ],
)
def test_sizes_are_one_number_where_axes_agree(layer: str, kernel: Any, stride: Any, output: list[int]) -> None:
    """Kernel and stride are a number for all axes or one for each, and nothing where a layer has none; outputs are whole."""
    layers = receptive_fields(parse(NETWORK), Shape((8, 16), 3)).data["layers"]
    (row,) = [row for row in layers if row["name"] == layer]
    assert (row["kernel"], row["stride"], row["output"]) == (kernel, stride, output)


def test_without_an_input_no_size_is_made_up() -> None:
    """Outputs and shares of the input stand open where nobody said how large that is."""
    for row in receptive_fields(parse(NETWORK)).data["layers"]:
        assert (row["output"], row["share"]) == (None, None)


def test_shares_are_of_all_axes_and_at_most_one() -> None:
    """A field of 1×7 on 8×16 inputs covers 7/128 of them; one that is larger than the input covers all."""
    rows = receptive_fields(parse("conv1x7,p0x3 conv9x9,p4"), Shape((8, 16), 3)).data["layers"]
    # 9 of 8 rows, and 7 + 8 = 15 of 16 columns
    assert [row["share"] for row in rows] == [7 / 128, 15 / 16]


def test_a_block_is_told_by_its_last_layer() -> None:
    """Folded, a block is one row with the number of its layers, no sizes of its own, and the field of its end."""
    network, input = parse("a: ( conv3 conv3 ) conv3"), Shape((9, 9), 1)
    folded, whole = (receptive_fields(network, input, depth=depth).tables[0].rows for depth in (1, 0))
    assert folded == (
        ("a", None, 2, None, None, "5x5x1", 5, 1, 0, 2, 5, 25 / 81),
        (*whole[2][:2], 1, *whole[2][2:]),
    )
    assert [row[:2] for row in whole] == [("a.conv1", "conv3"), ("a.conv2", "conv3"), ("conv1", "conv3")]


def test_a_share_that_nobody_knows_is_not_made_up() -> None:
    """Behind an unknown operator no share is told, and where the whole map is read it is all of it."""
    rows = receptive_fields(parse("conv3 globalavgpool"), Shape((8, 8), 1)).data["layers"]
    assert [row["share"] for row in rows] == [9 / 64, 1]
    rows = receptive_fields(parse("conv3 unknown conv3"), Shape((8, 8), 1)).data["layers"]
    assert [row["share"] for row in rows] == [9 / 64, None, None]


@pytest.mark.parametrize(
    ("network", "line"),
    [
        ("conv3 unknown", "the field is unknown from unknown1 on, whose operator is not known"),
        ("conv3 adaptiveavgpool5", "the field of adaptiveavgpool1 depends on the size of the input: give --input"),
        ("conv3 adaptiveavgpool5x1", "the field of adaptiveavgpool1 depends on the size of the input: give --input"),
        ("conv3 adaptiveavgpool1x5", "the field of adaptiveavgpool1 depends on the size of the input: give --input"),
        ("conv3 tokens", "what slides is not followed from tokens1 on, whose units leave the axes of the input"),
    ],
)
def test_why_a_field_is_not_known_is_said(network: str, line: str) -> None:
    """An operator that nobody knows, a size that is not given, on any of the axes, or units that are no places any more."""
    assert receptive_fields(parse(network)).notes[0] == line


@pytest.mark.parametrize(("requirement", "met"), [("rf>=1", True), ("rf>=2", False), ("rf<=3", True), ("rf<=2", False)])
@pytest.mark.parametrize(("network", "through"), [("conv3x1", ""), ("conv3x1 in", " through windows")])
def test_a_field_is_required_on_every_axis(network: str, through: str, requirement: str, met: bool) -> None:
    """A field of 3×1 is at least 1 and at most 3, with the whole map read beside it or not."""
    report = required(receptive_fields(parse(network), Shape((8, 8), 1)), [requirement])
    verdict = "met" if met else "not met"
    assert report.verdict is met
    assert report.notes[-1] == f"required {requirement}: {verdict}, it is 3x1{through}"


def test_one_axis_that_is_read_whole_makes_the_field_whole() -> None:
    """A pool to one row reads every row and a third of the columns: whole, for the layer asked and for each output."""
    report = receptive_fields(
        parse("a: conv1 adaptiveavgpool1x3 @a conv1"), Shape((6, 6), 2), Asked(at="adaptiveavgpool1")
    )
    assert report.get("whole") is True
    assert [entry["whole"] for entry in report.data["outputs"]] == [True, False]


def test_several_outputs_have_a_line_each() -> None:
    """Each output has its field in a table and in the data, whatever layer is asked about; a note names them."""
    network = parse("conv3-4,p1 side: conv3-2,p1 @conv1 conv3/2,p1 globalavgpool fc10")
    report = receptive_fields(network, Shape((16, 16), 3))
    assert "the network has 2 outputs: side, fc1" in report.notes
    named = [(entry["name"], entry["rf"], entry["jump"], entry["whole"]) for entry in report.data["outputs"]]
    assert named == [("side", 5, 1, False), ("fc1", None, 0, True)]
    assert report.get("outputs.side.rf") == receptive_fields(network, Shape((16, 16), 3), Asked(at="side")).get("rf")
    table = next(table for table in report.tables if table.title == "outputs")
    assert [row[0] for row in table.rows] == ["side", "fc1"]


def test_a_single_output_is_no_news() -> None:
    """It stands in the data, and nothing more is said or drawn of it."""
    report = receptive_fields(parse("conv3 conv3"))
    assert [entry["name"] for entry in report.data["outputs"]] == ["conv2"]
    assert len(report.tables) == 1
    assert not any("outputs" in note for note in report.notes)


def test_requirements_on_outputs_say_on_what_they_were_judged() -> None:
    """Of an output that reads everything, too, what slides is held against the number, and else the whole input."""
    network = parse("conv3,p1 in side: conv1-2 @in1 conv3 globalavgpool fc10")
    asked = ["outputs.side.rf>=4", "outputs.side.rf>=3", "outputs.fc1.rf>=400"]
    answer = required(receptive_fields(network, Shape((9, 9), 3)), asked)
    assert [entry["met"] for entry in answer.data["requirements"]] == [False, True, True]
    assert answer.failures == ("required outputs.side.rf>=4: not met, it is 3 through windows",)
