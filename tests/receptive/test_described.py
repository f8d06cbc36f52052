"""A field in plain numbers: everything that is told about it, counted by hand from what a layer is."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.analysis import trace
from cnncalc.fields import Part
from cnncalc.notation.parsing import parse
from cnncalc.receptive.axisfield import axis_field, describe, last_sliding, layer_fields
from cnncalc.receptive.growth import Disagreement, disagreements, growth
from cnncalc.receptive.report import receptive_fields
from cnncalc.sets import UNFOLLOWED, Inputs
from cnncalc.shapes import Shape


def told(size: Any, jump: Any, start: Any, centre: Any, read: Any, **more: Any) -> dict[str, Any]:
    return {"size": size, "jump": jump, "start": start, "centre": centre, "read": read, "whole": False} | more


def phase(size: int, start: int | None, centre: float | None) -> dict[str, Any]:
    return {"size": size, "start": start, "centre": centre, "read": size}


DESCRIBED = {
    # unit 2i + t is stamped by input i with tap t < 3: even units read two inputs, odd ones one
    "convT3/2": told(
        {"min": 1, "max": 2}, 0.5, -1, -0.5, {"min": 1, "max": 2}, phases=(phase(2, -1, -0.5), phase(1, 0, 0))
    ),
    # unit 3i + t with t < 2: one of three is stamped by nobody
    "convT2/3": told(1, 1 / 3, 0, 0, 1, dead=1, phases=(phase(1, 0, 0), phase(1, 0, 0), phase(0, None, None))),
    # the same from the empty one on: unit 0 has no place
    "convT2/3 crop,p2/0": told(
        1, 1 / 3, None, None, 1, dead=1, phases=(phase(0, None, None), phase(1, 1, 1), phase(1, 1, 1))
    ),
    # every third of these, beginning with the empty one
    "convT2/3 crop,p2/0 conv1/3": told(0, 1, None, None, 0, dead=1),
    "conv3,p1": told(3, 1, -1, 0, 3),
    "conv2/3": told(2, 3, 0, 0.5, 2),
    "globalavgpool": told(None, 0, None, None, None, whole=True),
    "conv3 unknown": told(None, None, None, None, None),
}


@pytest.mark.parametrize("network", DESCRIBED)
def test_all_that_is_told_of_a_field(network: str) -> None:
    """Size, jump, start, centre and inputs read, the units of a period and those that read nothing."""
    parsed = parse(network)
    assert axis_field(trace(parsed), 0, len(parsed) - 1).to_dict() == DESCRIBED[network]


def test_the_field_of_a_layer_that_sees_everything_is_the_map() -> None:
    """Behind a global pool every unit reads the same, all eight inputs: nothing slides, so there is no size to tell."""
    followed = trace(parse("globalavgpool"), Shape((8,), 1))
    assert axis_field(followed, 0, 0).to_dict() == told(None, 0, None, None, None, whole=True)


def test_a_shortest_period_is_told() -> None:
    """Two nearest enlargements repeat every four units; with a stride of 2 behind them, every two."""
    four, two = (parse(f"up2 up2{more}") for more in ("", " conv1/2"))
    assert len(axis_field(trace(four), 0, 1).phases) == 4
    assert axis_field(trace(two), 0, 2).to_dict() == told(1, 0.5, 0, 0, 1, phases=(phase(1, 0, 0), phase(1, 0, 0)))


def test_a_phase_whose_holes_are_not_followed_makes_the_number_unknown() -> None:
    """Of two units that take turns one reads five inputs and one nobody knows how many: sizes are told, the number is not."""
    far = Inputs(0, 10**8, 1, UNFOLLOWED)
    field = describe((Part(1, (Inputs(0, 4), far)),), None)
    assert (field.size, field.read) == ({"min": 5, "max": 10**8 + 1}, None)


def test_an_axis_beyond_the_last_is_the_last() -> None:
    """Where all axes are alike one stands for them all, and an axis that was not followed is told like the last."""
    followed = trace(parse("conv3x5"))
    assert [axis_field(followed, axis, 0).size for axis in (0, 1, 2, 5)] == [3, 5, 5, 5]
    assert [[axis.size for axis in fields] for fields in layer_fields(trace(parse("conv3"), Shape((9, 8), 1)))] == [
        [3, 3]
    ]


def test_units_of_branches_that_move_apart_are_looked_at_one_by_one() -> None:
    """A window of 3 in steps of 2 beside every input: unit i reads 2i−1 … 2i+1 and i+2, of which unit 1 joins 3, 4 others 4."""
    followed = trace(parse("add( conv3/2,p1 | crop,p2 )"), Shape((8,), 1))
    last = len(followed.network) - 1
    field = axis_field(followed, 0, last)
    # −1, 0, 1 and 2; 1, 2, 3 and 3; 3, 4, 5 and 4; 5, 6, 7 and 5
    assert (field.size, field.read) == ({"min": 3, "max": 4}, {"min": 3, "max": 4})
    assert (field.jump, field.start, field.centre) == (None, -1, 0.5)
    assert [branch["jump"] for branch in field.branches] == [1, 2]


def test_the_last_layer_that_slides_does_so_on_every_axis() -> None:
    """A pool that leaves one row reads all rows, though columns still slide: the map before it, on the way, is the last."""
    followed = trace(parse("conv3x1 adaptiveavgpool1x5"), Shape((8, 10), 1))
    assert last_sliding(followed, 1) == 0
    assert last_sliding(trace(parse("conv3 globalavgpool fc4"), Shape((8, 8), 1)), 2) == 0
    assert last_sliding(trace(parse("globalavgpool"), Shape((8, 8), 1)), 0) is None
    assert last_sliding(trace(parse("conv3 in conv3"), Shape((8, 8), 1)), 1) == 1
    beside = trace(parse("stem: conv3 conv3 @stem globalavgpool"), Shape((8, 8), 1))
    assert last_sliding(beside, 2) == 0


@pytest.mark.parametrize("branches", ["conv3,p1 | conv5,p2", "conv5,p2 | conv3,p1"])
def test_the_largest_branch_sets_the_field_wherever_it_is_written(branches: str) -> None:
    """Of a window of 3 and one of 5 the latter is on the path, first or second, and adds 4."""
    network = parse(f"add( {branches} )")
    steps = growth(trace(network), 0, len(network) - 1)
    assert [(str(network.nodes[step.node].layer.kernel), step.adds, step.jump) for step in steps[:-1]] == [
        ("(5,)", 4, 1)
    ]
    assert (steps[-1].node, steps[-1].adds) == (len(network) - 1, 0)


def apart(network: str) -> list[float]:
    return [found.apart for found in disagreements(trace(parse(network)))]


@pytest.mark.parametrize(
    ("network", "pixels"),
    [
        # a window of 3 that ends at its unit is centred 1 before it, one of 5 is centred 2 before it
        ("add( | conv3,p2/0 )", [1]),
        ("add( conv3,p2/0 | conv5,p4/0 )", [1]),
        ("add( conv3,p0/2 | conv5,p4/0 )", [3]),
        ("add( conv5,p4/0 | conv3,p0/2 )", [3]),
        ("add( conv2,p1/0 | conv3,p1 )", [0.5]),
        # at a distance of two inputs from unit to unit, one unit off is 2 pixels
        ("conv1/2 add( | pad,p1/0 crop,p0/1 )", [2]),
        # two units for each input: alike, and one unit off, which is half a pixel
        ("add( convT2/2 | up2 )", []),
        ("add( convT2/2 | up2 pad,p1/0 crop,p0/1 )", [0.5]),
        ("add( convT2/2 pad,p1/0 crop,p0/1 | up2 )", [0.5]),
        ("add( conv3,p1 | conv5,p2 )", []),
        # nothing to compare: another jump, units that read nothing, the whole map
        ("add( conv1/2 | crop,p0/1 )", []),
        ("add( convT1/2 | convT3/2,p0/2 )", []),
        ("add( conv3,p2/0 | globalavgpool )", []),
        # of three branches the second that is off is not told again
        ("add( conv3,p1 | conv3,p2/0 | conv3,p0/2 )", [1]),
        ("add( conv3,p1 | conv5,p2 | conv3,p0/2 )", [1]),
    ],
)
def test_how_far_apart_branches_look(network: str, pixels: list[float]) -> None:
    """The distance between the places that branches are centred on, in pixels of the input."""
    assert apart(network) == pixels


def test_branches_off_centre_are_told_with_their_layers_and_axis() -> None:
    """The merge, the two that differ and the axis on which they do."""
    (found,) = disagreements(trace(parse("add( conv3,p1x2/0 | conv3,p1 )"), Shape((9, 9), 1)))
    assert found == Disagreement(node=2, axis=1, branches=(0, 1), apart=1)


def test_a_transposed_convolution_waits_for_no_size() -> None:
    """Its padding by the rule of same does not depend on the size, so there is one start without an input too."""
    followed = trace(parse("convT3/2,same"))
    assert followed.latest is followed.fields
    for network in ("conv3/2,same", "conv3 conv3/2,same"):
        assert trace(parse(network)).latest != trace(parse(network)).fields


def test_where_one_axis_is_whole_the_map_before_is_told() -> None:
    """Five places on one axis, one on the other: what slid on both is the window before."""
    notes = receptive_fields(parse("conv3x1 adaptiveavgpool1x5"), Shape((8, 10), 1)).notes
    assert any("through windows the field is 3x1 at conv1" in note for note in notes)


def test_units_that_read_nothing_through_any_branch_have_no_size() -> None:
    """Of two enlargements by single taps, of 2 and of 3, most units read nothing, and unit 0 one input through both."""
    field = axis_field(trace(parse("add( convT1/2 | convT1/3 )")), 0, 2)
    assert (field.size, field.start, field.read) == ({"min": 1, "max": None}, 0, None)
