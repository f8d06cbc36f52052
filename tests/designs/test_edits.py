"""Edits: they keep the shapes, the answers are those of the analysis, and none that was tried is cheaper."""

from __future__ import annotations

import pytest

from cnncalc.analysis import shapes
from cnncalc.designs.design import facts
from cnncalc.designs.edits import KINDS, EditsError, tried
from cnncalc.designs.goal import GoalError, read_goal
from cnncalc.designs.report import solve_edits
from cnncalc.library import solve
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.report.requirements import RequirementError
from cnncalc.shapes import Shape
from cnncalc.zoo import load

NETWORKS = {
    "chain": ("conv3-8,p1 maxpool2 conv3-8,p1 conv3-8/2,p1 conv3-8,p1", "64x64x3"),
    "residual": ("conv3-8 a: ( add( conv3-8,same conv3-8,same | ) ) x2 conv3-4/2", "65x65x3"),
    "decoder": ("e: conv3-8,p1 maxpool2 b: ( conv3-8,p1 conv3-8,p1 ) convT2-8/2 concat( @e | ) conv3-4,p1", "32x32x1"),
    "sequence": ("conv5-8,causal conv3-8,causal,d2 conv3-8,causal,d4", "400x8"),
    "depthwise": ("conv3-8/2,p1 ( dwconv3,p1 conv1-8 ) x3", "40x60x3"),
}


def network_of(name: str) -> tuple[Network, Shape]:
    text, input = NETWORKS[name]
    return parse(text), Shape.parse(input)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_design_is_the_network_that_its_notation_says(name: str, kind: str) -> None:
    """Read back, it has the field and the counts that were told, meets what was required, and gives the same map."""
    network, input = network_of(name)
    before = facts(network, input)
    goal = read_goal([f"rf>={before.measures['rf'] + 1:.0f}"])
    try:
        answer = solve_edits(network, input, goal, [kind])
    except EditsError:
        assert kind in ("stride", "depth")
        return
    for design in answer.designs:
        again = facts(parse(design.notation), input)
        assert again.design(design.edits, design.warnings) == design
        assert goal.met(again.measures)
        assert shapes(again.network, input)[-1] == before.outputs[-1]
        assert design.edits


def test_a_u_net_sees_400() -> None:
    """The bottom has the largest jump: 16, so dilation 8 of a kernel of 3 adds 2·7·16 = 224 to 188..204, and no weight."""
    network = load("unet")
    answer = solve_edits(network, network.input or Shape((572, 572), 1), read_goal(["rf>=400"]), ["dilation"])
    first = answer.designs[0]
    assert first.edits == ("bottom.1.conv1.dilation=8",)
    assert first.field == {"min": 188 + 224, "max": 204 + 224}
    assert first.parameters == 31_030_658  # Ronneberger et al. 2015, as built
    assert answer.exhaustive


def test_no_single_edit_is_cheaper() -> None:
    """All larger kernels by hand: the least that reaches the field is the least that was found."""
    network, input = parse("conv3-8,p1 conv3-4,p1"), Shape((64, 64), 3)
    found = tried(network, input, read_goal(["rf>=9"]), ["kernel"])
    by_hand = [
        facts(parse(f"conv{first}-8,p{first // 2} conv{second}-4,p{second // 2}"), input).measures
        for first in (3, 5, 7, 9, 11)
        for second in (3, 5, 7, 9, 11)
    ]
    assert found.designs[0].parameters == min(one["parameters"] for one in by_hand if one["rf"] >= 9)
    assert found.exhaustive


def test_pairs_are_tried_where_one_edit_is_not_enough() -> None:
    """Two layers together reach what neither does."""
    network, input = parse("conv3-8,p1 conv3-8,p1"), Shape((300, 300), 8)
    answer = tried(network, input, read_goal(["rf>=200"]), ["dilation"])
    assert [len(design.edits) for design in answer.designs][:1] == [2]
    assert answer.designs[0].field >= 200  # type: ignore[operator]


def test_windows_wider_than_their_maps_and_holes_are_warned_of() -> None:
    """They meet the goal, and stand behind those without a warning."""
    network, input = parse("conv3-8/2,p1 conv3-8/2,p1 conv3-8,p1"), Shape((16, 16), 3)
    answer = tried(network, input, read_goal(["rf>=60"]), ["dilation"])
    assert any("wider than its map of 4x4" in str(warning) for design in answer.designs for warning in design.warnings)
    warned = [bool(design.warnings) for design in answer.designs]
    assert warned == sorted(warned)


def test_the_library_gives_designs() -> None:
    """Frozen, the best first."""
    designs = solve("conv3-8,p1 conv3-8,p1", "32x32x3", require=["field>=7"], edits=["dilation"])
    assert designs[0].field == 7
    with pytest.raises(AttributeError):
        designs[0].field = 8  # type: ignore[misc]
    assert solve("conv3-8,p1", "32x32x3", require=["rf>=1000000"]) == ()


@pytest.mark.parametrize(
    ("require", "options", "message"),
    [
        ([], {}, "nothing asks for a field: add --require 'rf>=400', or a budget with --most rf"),
        (["rf>=400"], {"most": "rf"}, "nothing bounds the field: add a budget, as in --require 'parameters<=1e6'"),
        (["rf>=400"], {"most": "rf", "least": "macs"}, "--least and --most are two goals: leave one out"),
        (["rf>=400"], {"most": "jump"}, "--most jump is not searched for: take rf, and bound the rest by --require"),
        (["rf>=400"], {"least": "params"}, "params is not something a design is asked for: did you mean parameters?"),
        (["depth>=400"], {}, "depth is not something a design is asked for: take one of rf, jump, parameters"),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(require: list[str], options: dict[str, str], message: str) -> None:
    """With what to write instead."""
    with pytest.raises(GoalError) as error:
        read_goal(require, **options)
    assert str(error.value).startswith(message)


def test_requirements_may_be_written_with_a_power_of_ten() -> None:
    """1e6 is a million; what has no end is refused."""
    assert read_goal(["rf>=1", "parameters<=1.5e6"]).requirements[1].number == 1_500_000
    with pytest.raises(RequirementError, match="can't be read"):
        read_goal(["rf>=1e999"])
