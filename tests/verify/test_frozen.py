"""Both parts of what units read are proved: all of it, and what slides once statistics are frozen and gates are shut."""

from __future__ import annotations

import pytest

from cnncalc.fields import IDENTITY, STATISTICS, WHOLE, Reach
from cnncalc.layers import kind
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.notation.parsing import parse
from cnncalc.verify.compare import verify
from cnncalc.verify.frozen import frozen

BOTH = (
    ("conv3,p1 in conv3,p1", "14x12x2", "conv2", 5),
    ("conv3/2,p1 gn,g2 relu conv3,p1", "15x15x2", "conv2", 7),
    ("conv3,p1 ln,space conv5,p2", "13x13x2", "conv2", 7),
    ("conv3,p1 bn,nostats conv3,p1", "13x13x2", "conv2", 5),
    ("conv3,p1 softmax,space conv3,p1", "13x13x2", "conv2", 5),
    ("conv3-4,p1 add( attention | ) conv3,p1", "9x9x2", "conv2", 5),
    ("conv3-4,p1 mul( | globalavgpool conv1-4 sigmoid ) conv3,p1", "12x12x2", "conv3", 5),
    ("conv3,p1 add( adaptiveavgpool1 | conv3,p1 )", "12x12x2", "add1", 5),
)
"""A network, its input, a layer that reads the whole input beside what slides, and how much of it slides, by hand."""


@pytest.mark.parametrize(("text", "input", "layer", "size"), BOTH)
def test_poison_finds_both_parts(text: str, input: str, layer: str, size: int) -> None:
    """One poisoned pixel reaches every unit through the statistics; with these frozen, those whose window it lies in."""
    verdict = verify(parse(text), input)
    assert verdict.disagreements == ()
    here = [claim for claim in verdict.claims if claim.layer == layer]
    everything = {claim.observed[:2] for claim in here if claim.what == "reads" and isinstance(claim.observed, tuple)}
    assert everything <= {(0, int(side) - 1) for side in input.split("x")[:2]}
    assert {claim.how for claim in here if claim.what == "windows"} == {"poison", "adjoint"}
    assert {claim.observed[0] for claim in here if claim.what == "field" and isinstance(claim.observed, tuple)} == {
        size
    }


@pytest.mark.parametrize(
    "wrong", [IDENTITY, WHOLE, Reach(1, STATISTICS.phases * 2, whole=True), Reach(2, STATISTICS.phases, whole=True)]
)
def test_a_norm_that_claims_another_reach_is_caught(wrong: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statistics, nothing but statistics, units that take turns, or a step of two: each is seen."""
    monkeypatch.setattr(kind("InstanceNorm"), "reads", wrong)
    assert not verify(parse("conv3,p1 in conv3,p1 add( in | )"), "12x12x2").agrees


def test_what_stands_still_is_cut_off() -> None:
    """A gate and a stretched place leave their merges, norms go on by numbers of their own, what moves stays."""
    network = parse("conv3,p1 mul( | globalavgpool conv1 ) in add( conv8 | conv1 ) globalmaxpool fc4")
    made, less = frozen(network, 0, 8)
    named = {node.name: node for node in made.nodes}
    assert [network.nodes[index].name for index in sorted(less)] == ["mul1", "in1", "conv3", "conv4", "add1"]
    assert (named["mul1"].inputs, named["add1"].inputs) == ((0,), (6,))
    assert named["in1"].layer == BatchNorm()
