"""The verdict: claims agree with what is observed, on networks of every form, and a wrong claim does not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import cnncalc
from cnncalc import formulas
from cnncalc.errors import CnncalcError, LimitError, ShapeError
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.layers.sliding import Sliding
from cnncalc.network import INPUT, Network, Node, chain
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.verify.budget import Limits
from cnncalc.verify.compare import Claim, Verdict, _Clock, verify, verify_each
from tests.networks import graphs
from tests.test_mutations import MUTANTS, SOURCE

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@given(graphs())
@QUICK
def test_random_networks_agree(drawn: tuple[Network, Shape]) -> None:
    """On random networks of every kind and form, every claim agrees with the experiment."""
    network, shape = drawn
    assert verify(network, shape, max_time=30.0).disagreements == ()


FOUND = (
    # what lies in a mirrored border reads inside the map, and was taken for a unit that no border cuts
    ("maxpool1/3,d1x3,same,ceil pad,p1x0,reflect sepconv1,same,nobias @pad1 dwconv1/3,d1x3,same", "5x4x4"),
    (
        "up,bilinear,align,to1 convT2-4/3x2,d2,same @up1 add( add( @input | ) convT1x3/3,p1 | | @convT2 ) "
        "@convT2 attention",
        "6x3x4",
    ),
)
"""Networks that random search found, on which the experiment, or a claim, was once wrong."""


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("notation", "input"), FOUND)
def test_networks_that_were_found_agree(notation: str, input: str, seed: int) -> None:
    """They are kept, each with its reason."""
    assert verify(parse(notation), Shape.parse(input), seed=seed).disagreements == ()


SMALL = (
    # no two sizes, strides or paddings are alike, so that one taken for another shows
    ("conv3-4/2,p1,d2 conv2-6,g2 maxpool3/2,p1,ceil dwconv2/3,m2,same", "29x31x3"),
    ("conv3-4/2,same avgpool3/2,ceil,p1/0 convT3-3/2,p1,op1 sepconv3-5,m2,nobias bn", "18x23x2"),
    ("local2-3/2 tiled3-2,t2,nobias fc7", "13x12x2"),
    ("conv2x3-4/1x2,causal convT4-2/3,d2 conv1-2", "17x19x2"),
    ("conv3,p1 x2 local3-2,sharedbias,p2 prelu scale fc5,nobias", "11x9x3"),
    ("maxpool2,ceil maxpool3/2,ceil,p1 maxpool2/2,p1,ceil", "23x22x1"),
    ("convT2-3/3 convT3-2/2,same convT5-2/2,p2,d2", "5x7x2"),
    ("conv3-2/2,same-lower conv5-2/3,same,d2 maxpool2/2,same", "31x26x2"),
)
"""Networks that between them use every formula."""


def verdicts() -> list[Verdict]:
    return [verify(parse(notation), shape, max_time=30.0) for notation, shape in SMALL]


def caught() -> bool:
    """Whether any of the small networks shows a disagreement; claims that can't be made at all are none too."""
    try:
        return any(not verdict.agrees for verdict in verdicts())
    except (CnncalcError, ArithmeticError, LookupError, ValueError):
        return True


def test_the_formulas_as_they_stand_are_agreed_with() -> None:
    """Nothing is found wrong with the real formulas, so that a disagreement below is the mutant's."""
    assert [claim for verdict in verdicts() for claim in verdict.disagreements] == []


# FLOPs are twice the MACs by definition, and nothing that a proof observes
OBSERVED = [mutant for mutant in MUTANTS if mutant[0] != "return 2 * macs"]


@pytest.mark.parametrize(("right", "wrong"), OBSERVED)
def test_every_broken_formula_is_caught(right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one expression of formulas.py changed, what is claimed is not what is observed."""
    mutant = ModuleType("mutant")
    exec(compile(SOURCE.replace(right, wrong), "mutant", "exec"), vars(mutant))
    for name in vars(mutant):
        if getattr(vars(mutant)[name], "__module__", "") == "mutant":
            monkeypatch.setattr(formulas, name, vars(mutant)[name])
    assert caught()


def off_by_one(layer: Layer, shape: Shape) -> Shape:
    return Shape(shape.space, shape.channels + 1)


BROKEN_METHODS = (
    ("Conv", "output", off_by_one),
    ("Conv", "banks", lambda layer, shape, output: ()),
    ("Dense", "banks", lambda layer, shape, output: ()),
    ("BatchNorm", "buffers", lambda layer, shape: shape.channels),
    ("BatchNorm", "banks", lambda layer, shape, output: ()),
    ("Transposed", "sides", lambda layer, axis, size: (0, 0)),
    ("Transposed", "reach", Sliding.reach),
    ("Pool", "positions", Sliding.positions),
)
"""Methods of kinds that do their own counting, and what they are replaced by."""


@pytest.mark.parametrize(("name", "method", "wrong"), BROKEN_METHODS)
def test_every_broken_kind_is_caught(name: str, method: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind that states something wrong about itself does not get through."""
    monkeypatch.setattr(kind(name), method, wrong)
    assert caught()


def test_counts_of_vgg16_are_the_published_ones() -> None:
    """VGG-16 allocates the 138,357,544 parameters of Simonyan & Zisserman's configuration D, at a small image's cost."""
    verdict = verify(
        parse("conv3-64,same x2 maxpool2 conv3-128,same x2 maxpool2 conv3-256,same x3 maxpool2"), "32x32x3"
    )
    (total,) = (claim for claim in verdict.claims if not claim.layer and claim.what == "parameters")
    assert total.observed == total.expected == 38720 + 221440 + 1475328
    assert verdict.agrees


def test_field_of_a_stack_is_the_published_one() -> None:
    """Five blocks of VGG-16 see 212 pixels, 32 apart, from −90 on (Araujo et al. 2019, table of fields)."""
    blocks = (("conv3-4,same x2", 2), ("conv3-4,same x3", 3))
    notation = " ".join(f"{convs} maxpool2" for convs, times in blocks for _time in range(times))
    claims = verify(parse(notation), "64x64x3").claims
    last = [claim for claim in claims if claim.layer == "maxpool5" and claim.what == "field"]
    assert {claim.observed for claim in last} == {(212, 32, -90, 212)}


def test_a_unit_that_reads_holes_is_counted_with_its_holes() -> None:
    """A dilated window spans 5 inputs and reads 3 of them."""
    claims = verify(parse("conv3-1,d2"), "9x1").claims
    assert [claim.observed for claim in claims if claim.what == "reads" and claim.unit == 2] == [(2, 6, 3)] * 3


def test_a_field_with_wide_holes_is_seen_whole() -> None:
    """Taps so far apart that one falls into the padding of a short line are looked at on a longer one."""
    three = verify(parse("conv1-2/2,p2 avgpool3/3,same,d3"), "3x4")
    two = verify(parse("conv1-2/3,same dwconv2,same,d3"), "3x4")
    for verdict, layer, field in ((three, "avgpool1", (13, 6, -8, 3)), (two, "dwconv1", (10, 3, -3, 2))):
        assert verdict.disagreements == ()
        found = [claim for claim in verdict.claims if claim.layer == layer and claim.what == "field"]
        assert {claim.observed for claim in found} == {field}


def test_units_that_read_nothing_are_pushed_back_to_nothing() -> None:
    """Where no mark is left behind a transposed convolution with gaps, there is nothing to push through the one before."""
    assert verify(parse("convT1 convT1/4"), "3x4").agrees


def test_a_unit_is_asked_on_one_axis_at_a_time() -> None:
    """Of two branches the one that reads on this axis reads nothing on the other: the experiment sees this axis only."""
    branches = "globalavgpool a: conv2-4/1x2,p2,d2x1 b: conv2,d1x3,same concat( @a | @b )"
    assert verify(parse(branches), "3x7x4").agrees


def test_tied_layers_are_counted_once() -> None:
    """A layer that uses another's weights allocates none of its own, and multiplies all the same."""
    conv = kind("Conv")(3, 2, padding=1)
    network = Network((Node(conv, (INPUT,), "one"), Node(conv, (0,), "two", tied="one")))
    claims = {(claim.layer, claim.what): claim.observed for claim in verify(network, "4x4x2").claims}
    assert claims["two", "parameters"] == 0
    assert claims["two", "macs"] == claims["one", "macs"] == 4 * 4 * 2 * 9 * 2
    assert claims["", "parameters"] == 2 * 9 * 2 + 2


def test_what_is_too_large_runs_smaller_and_says_so() -> None:
    """A layer that would take too long is run on a smaller map of the same geometry, in whole strides."""
    network = parse("conv3-64/4,same fc4096")
    verdict = verify(network, "1023x1023x3", max_time=0.5)
    (extent,) = verdict.extents
    assert verdict.agrees
    assert not extent.full
    assert extent.asked == Shape((1023, 1023), 3)
    assert extent.ran.space[0] < 1023
    assert extent.ran.space[0] % 4 == 1023 % 4


def test_dense_layers_are_never_held_whole() -> None:
    """A fully connected layer of 400 MB is verified in 64 MiB."""
    verdict = verify(chain([kind("Dense")(1000)]), Shape((100, 100), 10), max_memory=64 * 2**20)
    assert verdict.agrees
    assert verdict.extents[0].full


def test_memory_is_refused_before_it_is_allocated() -> None:
    """What does not fit at any size is refused, with what it would need."""
    with pytest.raises(LimitError, match=r"10000000x1 needs about .* MiB .*: raise --max-memory"):
        verify(chain([kind("GlobalPool")()]), Shape((10_000_000,), 1), max_memory=32 * 2**20, max_time=1e-9)


@pytest.mark.parametrize("memory", [0, -1, 2**60])
def test_limits_that_make_no_sense_are_refused(memory: int) -> None:
    """Memory that is not positive or beyond all measure is refused."""
    with pytest.raises(LimitError, match=f"a memory of {memory} bytes is out of range"):
        verify(parse("relu"), "2x2x1", max_memory=memory)


@pytest.mark.parametrize("time", [0.0, -1.0, float("nan"), float("inf")])
def test_times_that_make_no_sense_are_refused(time: float) -> None:
    """A time that is not a positive number is refused."""
    with pytest.raises(LimitError, match="seconds is out of range"):
        verify(parse("relu"), "2x2x1", max_time=time)


def test_an_input_too_small_is_refused() -> None:
    """A network that the input does not fit is refused, with the layer and its number."""
    with pytest.raises(ShapeError, match="layer 2, conv2, got 2x2x1: kernel 3 does not fit into 2"):
        verify(parse("conv3-1 conv3-1"), "4x4x1")


def test_an_unknown_layer_stops_the_proof() -> None:
    """What stands before a layer nobody knows is verified, what comes after is not, and the answer is no."""
    network = chain([kind("Conv")(3, 2), kind("Unknown")("Magic"), kind("Activation")()])
    verdict = verify(network, "5x5x1")
    assert {claim.layer for claim in verdict.claims} == {"conv1"}
    assert verdict.disagreements == ()
    assert not verdict.agrees
    assert verdict.extents[0].stopped == (2, "unknown1")


def test_units_in_a_row_are_looked_at_on_whole_maps() -> None:
    """Behind tokens no unit lies along an axis of the image: lines end there, and slabs of the image don't."""
    verdict = verify(parse("conv2-4/2 tokens attention,h2 ln"), "6x6x3")
    assert verdict.agrees
    seen = {claim.how: {one.layer for one in verdict.claims if one.how == claim.how} for claim in verdict.claims}
    assert seen["poison"] == seen["adjoint"] == seen["both"] == {"conv1"}
    assert seen["maps"] == {"conv1", "tokens1", "attention1", "ln1"}


def test_a_wrong_place_in_a_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that is said to be the position before its own is not proven."""
    honest = kind("Tokens").row
    monkeypatch.setattr("cnncalc.layers.tokens.Tokens.row", property(lambda self: honest.fget(self)._replace(before=2)))
    assert not verify(parse("conv2-4/2 tokens"), "6x6x3").agrees


def test_seeds_change_numbers_and_nothing_else() -> None:
    """Two seeds give the same claims and observations."""
    one, other = (verify(parse("conv3-2 fc3"), "5x5x1", seed=seed) for seed in (1, 2))
    assert one.claims == other.claims
    assert (one.seed, other.seed) == (1, 2)


def test_a_verdict_needs_every_claim() -> None:
    """One claim that does not agree makes the verdict no."""
    right, wrong = (Claim("conv1", "macs", "", 3, observed, "multiplied") for observed in (3, 4))
    assert Verdict((right,), (), 0).agrees
    assert not Verdict((right, wrong), (), 0).agrees
    assert Verdict((right, wrong), (), 0).disagreements == (wrong,)


def test_the_package_is_the_function() -> None:
    """``cnncalc.verify`` can be called, whatever was imported from it before."""
    assert cnncalc.verify(parse("conv3-2"), "5x5x1").agrees  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "concat( conv3-4,p1 | ) slice,from4",
        "concat( conv3-4,p1 | ) channelshuffle,g2 slice,from1,to2",
        "pixelunshuffle2 pixelshuffle2",
        "concat( conv3-4,p1 | ) conv1-8,g2 slice,from4",
    ],
)
def test_channels_taken_for_alike_are_caught(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole maps show what was picked, so a claim that every channel reads what all read does not agree."""
    assert verify(parse(text), "8x8x4").agrees
    monkeypatch.setattr("cnncalc.analysis.channels.routes", lambda *_all, **_options: None)
    wrong = verify(parse(text), "8x8x4").disagreements
    assert {claim.how for claim in wrong} == {"maps"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Slice", "concat( conv3-4,p1 | ) slice,from4"),
        ("ChannelShuffle", "concat( conv3-4,p1 | ) channelshuffle,g2 slice,from1,to2"),
        ("Conv", "concat( conv3-4,p1 | ) conv1-8,g2 slice,from4"),
        ("GLU", "concat( conv3-4,p1 | relu | relu | relu ) glu slice,from4"),
    ],
)
def test_a_kind_that_mixes_wrongly_is_caught(kind: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which channels a layer reads is a claim like any other."""
    from cnncalc.fields import Reach, Taps

    assert verify(parse(text), "8x8x4").agrees
    monkeypatch.setattr(f"cnncalc.layers.{kind.lower()}.{kind}.mixing", lambda *_numbers: Reach(0, (Taps(0),)))
    assert not verify(parse(text), "8x8x4").agrees


def test_all_layers_are_looked_at_while_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 layers all; without time those first that are evenly spread, and it is said how many are left."""
    network = parse("conv3-2,p1 x200")
    (extent,) = verify(network, "12x1").extents
    assert (extent.followed, extent.left_out) == (200, 0)
    monkeypatch.setattr("cnncalc.verify.compare._Clock.left", lambda _clock: False)
    hurried = verify(network, "12x1")
    (extent,) = hurried.extents
    assert (extent.followed, extent.left_out) == (64, 136)
    looked = sorted({int(claim.layer[4:]) for claim in hurried.claims if claim.how == "adjoint"})
    assert looked[-1] == 200
    assert max(later - earlier for earlier, later in pairwise(looked)) <= 4
    assert not extent.full


def test_all_layers_take_the_time_they_need() -> None:
    """The option overrules the time, and says how far it is."""
    told: list[tuple[float, float]] = []
    limits = Limits(all_layers=True)
    assert [_Clock(replace(limits, all_layers=all_layers), -1e9, None).left() for all_layers in (True, False)] == [
        True,
        False,
    ]
    network = parse("conv3-2,p1 x200")
    verdict = verify_each([("", lambda _shape: network)], Shape((12,), 1), 0, limits, lambda *now: told.append(now))
    assert [extent.left_out for extent in verdict.extents] == [0]
    assert told[-1][0] == pytest.approx(told[-1][1])


@pytest.mark.parametrize(
    "network",
    [
        "input 6x4x1 fc-3 pad",
        "input 6x4x1 fc-3 crop relu",
        "input 6x4x1 fc-3,nobias add( | | ) crop mul( slice/2 | )",
        "input 6x5x4 conv1-2,causal,g2 @input tokens,x0 conv5-8/2,p1,d2 @conv1 conv5-4/2x1,p0/1x0/2,nobias @conv2 prelu",
    ],
)
def test_what_lies_on_no_axis_is_not_run_on_one(network: str) -> None:
    """A vector has no border to pad or to cut, and units in a row have no place on the second axis of the input."""
    graph = parse(network)
    assert graph.input is not None
    verdict = verify(graph, graph.input)
    assert verdict.claims
    assert verdict.disagreements == ()
