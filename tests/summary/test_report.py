"""The summary's columns against their totals, and memory against walking through the graph."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from cnncalc.analysis import shapes
from cnncalc.errors import NetworkError
from cnncalc.loading import load
from cnncalc.network import INPUT, Network
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.summary.report import SUMMED, peak, summary_report
from tests.networks import graphs

BLOCKS = "stem: conv3-8,p1 a: ( conv3-8,p1 bn relu ) b: ( one: ( conv3-8,p1 bn ) two: ( conv3-8,p1 bn ) ) fc10"


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_columns_sum_to_totals(drawn: tuple[Network, Shape]) -> None:
    """Every summed column of every graph adds up to its total, in the data and in the table."""
    network, input = drawn
    report = summary_report(network, input)
    for key in SUMMED:
        assert sum(layer[key] for layer in report.data["layers"]) == report.data["total"][key]
    (table,) = report.tables
    assert table.total is not None
    keys = [column.key for column in table.columns]
    for key in SUMMED:
        assert sum(row[keys.index(key)] for row in table.rows) == table.total[keys.index(key)]  # type: ignore[misc]


@pytest.mark.parametrize(("depth", "names"), [(1, ["stem", "a", "b", "fc1"]), (2, ["stem", "a.conv1", "a.bn1"])])
def test_folding_changes_no_total(depth: int, names: list[str]) -> None:
    """Folded blocks add up to the same totals, and carry the names of their blocks."""
    network, input = parse(BLOCKS), Shape((8, 8), 3)
    folded = summary_report(network, input, depth=depth)
    assert folded.data["total"] == summary_report(network, input).data["total"]
    assert [layer["name"] for layer in folded.data["layers"]][: len(names)] == names
    for key in SUMMED:
        assert sum(layer[key] for layer in folded.data["layers"]) == folded.data["total"][key]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_peak_memory_is_what_a_walk_holds(drawn: tuple[Network, Shape]) -> None:
    """Layer by layer, keeping only what a later layer still reads, the outputs and further inputs, at most the peak is held.

    The outputs of a graph that is written down are the layers that nothing reads.
    """
    network, input = drawn
    sizes = [4 * shape.numbers for shape in shapes(network, input)]
    held = {INPUT, *network.placeholders}  # all inputs are there from the start
    most = 4 * input.numbers + sum(sizes[index] for index in network.placeholders)
    for index in range(len(network)):
        held.add(index)
        most = max(most, sum(4 * input.numbers if i == INPUT else sizes[i] for i in held))
        later = {source for node in network.nodes[index + 1 :] for source in node.reads}
        held &= later | (set(range(len(network))) - {source for node in network.nodes for source in node.reads})
    assert peak(network, 4 * input.numbers, sizes) == most


def test_training_keeps_everything() -> None:
    """For the backward pass the input and every output stay: VGG's first block, 4 bytes a number."""
    report = summary_report(parse("conv3-64,p1 conv3-64,p1 maxpool2"), Shape((224, 224), 3))
    assert report.get("total.peak_training") == 4 * 224 * 224 * (3 + 64 + 64 + 64 // 4)
    assert report.get("total.peak_inference") == 4 * 224 * 224 * (64 + 64)
    half = summary_report(parse("conv3-64,p1 conv3-64,p1 maxpool2"), Shape((224, 224), 3), dtype="fp16")
    assert half.get("total.peak_training") * 2 == report.get("total.peak_training")


def test_unknown_operators_make_lower_bounds() -> None:
    """With an operator nobody knows, totals are bounds: ≥ in the table, exact false in the data."""
    report = summary_report(parse("conv3-8 unknown conv3-8"), Shape((8, 8), 3))
    assert report.data["exact"] is False
    assert report.tables[0].total is not None
    assert str(report.tables[0].total[3]).startswith("≥ ")


def test_flops_stand_beside_macs() -> None:
    """VGG-16 multiplies and adds 15,470,264,320 times each (fvcore); the additions of biases are apart."""
    report = summary_report(load("vgg16"))
    assert report.get("total.flops") == 2 * 15_470_264_320 == 2 * report.get("total.macs")
    added = 2 * (64 * 224**2 + 128 * 112**2) + 3 * (256 * 56**2 + 512 * 28**2 + 512 * 14**2) + 4096 + 4096 + 1000
    assert report.get("total.bias_additions") == added
    assert report.get("features.conv1.flops") == 2 * 64 * 224**2 * 27


def test_a_summary_needs_an_input() -> None:
    """Without a shape there is nothing to count."""
    with pytest.raises(NetworkError, match="a summary needs the shape of the input: give --input 224x224x3"):
        summary_report(parse("conv3-8"))


def test_vectors_are_summed_without_fields() -> None:
    """A network of dense layers on a vector has parameters and no receptive field."""
    report = summary_report(parse("fc16 fc10"), Shape((), 100))
    assert report.get("total.parameters") == 16 * 101 + 10 * 17
    assert report.data["layers"][0]["field"] == []


def test_several_outputs_are_named_and_held_to_the_end() -> None:
    """What nobody reads is an output: a note names them, the data list them, and memory keeps them."""
    report = summary_report(parse("conv1-2 side: conv1-4 @conv1 conv1-1"), Shape((8, 8), 1))
    assert report.data["outputs"] == ["side", "conv2"]
    assert "the network has 2 outputs: side, conv2" in report.notes
    assert report.get("total.peak_inference") == 4 * 64 * (2 + 4 + 1)
    assert not any("outputs" in note for note in summary_report(parse("conv1-2"), Shape((8, 8), 1)).notes)


def test_what_a_model_stores_for_nothing_is_noted_with_its_number() -> None:
    """It is in no total, and said: how many parameters, and under which names."""
    network = replace(parse("conv3-4"), unused={"aux.weight": 100, "aux.bias": 10})
    report = summary_report(network, Shape((8, 8), 3))
    assert report.get("total.parameters") == 112
    assert report.data["unused"] == {"parameters": 110, "names": {"aux.weight": 100, "aux.bias": 10}}
    line = "110 parameters are stored that no output depends on, and not counted: aux.weight, aux.bias"
    assert line in report.notes
    assert summary_report(parse("conv3-4"), Shape((8, 8), 3)).data["unused"] == {"parameters": 0, "names": {}}
