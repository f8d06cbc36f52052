"""Receptive fields of whole networks against published numbers, and what is said where there is no single number."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import CnncalcError
from cnncalc.network import assume
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import axis_field
from cnncalc.receptive.growth import growth
from cnncalc.receptive.report import receptive_fields
from cnncalc.report import Report
from cnncalc.report.requirements import required
from cnncalc.shapes import Shape

VGG = "conv3,p1 x2 maxpool2 conv3,p1 x2 maxpool2 conv3,p1 x3 maxpool2 conv3,p1 x3 maxpool2 conv3,p1 x3 maxpool2"


def asked(text: str, input: str = "", **questions: Any) -> Report:
    return receptive_fields(parse(text), Shape.parse(input) if input else None, Asked(**questions))


@pytest.mark.parametrize(
    ("text", "size", "jump"),
    [
        pytest.param("conv3 x2", 5, 1, id="CS231n, two 3x3"),
        pytest.param("conv3-64 x3", 7, 1, id="CS231n, three 3x3"),
        pytest.param("conv3,p1 maxpool2 conv3,p1 maxpool2 conv3,p1 x2 maxpool2", 30, 8, id="VGG-A to pool3"),
        pytest.param("conv3 conv3,d2 conv3,d4 conv3,d8", 31, 1, id="Yu & Koltun 2016, 2^(i+2) - 1"),
        pytest.param("conv4/2,p1 x3 conv4,p1 x2", 70, 8, id="PatchGAN, Isola et al. 2017"),
        pytest.param(VGG, 212, 32, id="VGG-16, Araujo et al. 2019"),
        pytest.param("conv7-64/2,p3,nobias maxpool3/2,p1", 11, 4, id="ResNet stem"),
        pytest.param("conv3 conv3,d2 conv3,d4 conv3,d8 conv3,d16 conv3,d32", 127, 1, id="dilated, six layers"),
        pytest.param("conv10/5 conv3/2 x4 conv2/2 x2", 400, 320, id="wav2vec 2.0, Baevski et al. 2020"),
    ],
)
def test_published_sizes(text: str, size: int, jump: int) -> None:
    """Stacks have the size and the jump that are printed for them."""
    report = asked(text)
    assert (report.get("rf"), report.get("jump")) == (size, jump)


def test_sizes_layer_by_layer() -> None:
    """A worked table (VGG-A to pool3): 3, 4, 8, 10, 18, 26, 30 after each layer."""
    layers = asked("conv3,p1 maxpool2 conv3,p1 maxpool2 conv3,p1 x2 maxpool2").data["layers"]
    assert [layer["field"][0]["size"] for layer in layers] == [3, 4, 8, 10, 18, 26, 30]


def test_vgg16_starts_ninety_pixels_outside() -> None:
    """Effective padding 90 at pool5, and 196 at conv5_3 (Araujo et al. 2019)."""
    report = asked(VGG, "400x400x1")
    assert report.get("start") == -90
    assert report.get("conv13.field.0.size") == 196


@pytest.mark.parametrize(
    ("up", "sizes"),
    [("convT2/2", {44}), ("convT4/2,p1", {48, 52}), ("up2,bilinear", {48, 52}), ("up2", {44})],
)
def test_two_level_unet(up: str, sizes: set[int]) -> None:
    """A U-Net's field depends on how it enlarges: 44 with 2×2/2, and 48 or 52 with period 4 where windows overlap."""
    text = (
        f"e1: ( conv3,p1 x2 ) maxpool2 e2: ( conv3,p1 x2 ) maxpool2 conv3,p1 x2 u2: {up} concat( @e2 | @u2 ) "
        f"conv3,p1 x2 u1: {up} concat( @e1 | @u1 ) conv3,p1 x2"
    )
    network = parse(text)
    field = axis_field(trace(network), 0, len(network) - 1)
    found = {phase["size"] for phase in field.phases} or {field.size}
    assert found == sizes
    assert field.jump == 1
    if len(sizes) > 1:
        assert len(field.phases) == 4
        assert any("48 or 52, with period 4" in note for note in receptive_fields(network).notes)


def test_a_shortcut_runs_beside_and_not_behind() -> None:
    """A residual block sees what its longest branch sees: 3 + 2, not 3 + 2 + 2 (counting branches in series)."""
    assert asked("conv3 add( conv3 x1 | crop,p1 )").get("rf") == 5
    assert asked("conv3,p1 add( conv3,p1 | conv3,p1 ) conv3,p1").get("rf") == 7


def test_branches_off_centre_are_named() -> None:
    """Branches padded on different sides: the hull, and by how many pixels they are off."""
    report = asked("conv3,p1 add( left: conv3,p2/0 | right: conv3,p0/2 )")
    assert report.get("rf") == 7
    assert "add1: left and right are centred 2 px apart; the field is their hull" in report.notes


def test_branches_of_different_jumps_give_a_range_and_a_rule() -> None:
    """Where a branch has stride 2 and the other not, the size differs by unit: min … max, and the rule."""
    report = asked("add( conv3/2,p1 | crop,p2 )", "8x8x1")
    assert report.get("rf") == {"min": 3, "max": 4}
    assert report.get("jump") is None
    assert any("unit i reads 1 from 2 + 1·i and 3 from -1 + 2·i" in note for note in report.notes)
    assert asked("add( conv3/2,p1 | crop,p2 )").get("rf") == {"min": 3, "max": None}


def test_same_padding_without_a_size_is_a_range() -> None:
    """``same`` with a stride starts at -1 or 0, until the size is known."""
    assert asked("conv3/2,same").get("start") == {"min": -1, "max": 0}
    assert [asked("conv3/2,same", f"{size}x1").get("start") for size in (7, 8)] == [-1, 0]
    assert asked("conv3,same").get("start") == -1


def test_holes_are_counted_and_named() -> None:
    """Three 3×3 at dilation 2 read 7 of 13 (gridding), a 1×1 with stride 4 and a 3×3 read 3 of 9."""
    report = asked("conv3,d2 x3")
    assert (report.get("rf"), report.get("read")) == (13, 7)
    assert any("gridding" in note for note in report.notes)
    assert asked("conv1/4 conv3").get("layers.1.field.0.read") == 3


def test_units_that_read_nothing_are_told() -> None:
    """A transposed 1×1 with stride 3 leaves two of three units empty; what follows stays exact."""
    report = asked("conv3 convT1/3 conv3")
    assert any("convT1: 2 of every 3 units read nothing" in note for note in report.notes)
    assert report.get("rf") == 3


@pytest.mark.parametrize("layer", ["globalavgpool", "fc10", "in", "ln,space", "softmax,space", "attention", "gn"])
def test_layers_that_see_everything_say_so(layer: str) -> None:
    """Global pools, dense layers, attention and norms over space see the whole input."""
    report = asked(f"conv3,p1 {layer}", "8x8x4")
    assert report.data["layers"][-1]["field"][0]["whole"] is True
    assert (report.get("whole"), report.get("through")) == (True, [report.data["layers"][-1]["name"]])
    assert any("the whole input" in note for note in report.notes)


@pytest.mark.parametrize(
    ("layer", "size"), [("globalavgpool", None), ("attention", None), ("in", 3), ("gn", 3), ("ln,space", 3)]
)
def test_a_norm_keeps_what_slides_and_nothing_else_does(layer: str, size: int | None) -> None:
    """A norm is a window of 1 beside its statistics; a pool over everything, or attention, is no window at all."""
    assert asked(f"conv3,p1 {layer}", "8x8x4").get("rf") == size


def test_squeeze_and_excitation_keeps_the_sliding_field_beside() -> None:
    """A gate sees the whole input; the field of the main branch is told all the same."""
    report = asked("conv3,p1 mul( | globalavgpool conv1-8 relu conv1-16 sigmoid ) conv3,p1", "32x32x16")
    assert (report.get("rf"), report.get("whole")) == (5, True)


def test_axes_that_differ_are_told_apart() -> None:
    """A 1×7 and a 3×1 make 3×7."""
    assert asked("conv1x7 conv3x1").get("rf") == [3, 7]


def test_contributions_add_up_to_the_size() -> None:
    """1 and what every layer of the largest path adds is the size."""
    network = parse("conv7/2,p3 maxpool3/2,p1 add( conv1 conv3,p1 conv1 | conv1 ) x3")
    followed = trace(network)
    steps = growth(followed, 0, len(network) - 1)
    assert 1 + sum(step.adds for step in steps) == axis_field(followed, 0, len(network) - 1).size
    assert all(not network.nodes[step.node].name.startswith("add") or step.adds == 0 for step in steps)


def test_causal_networks_look_left_only() -> None:
    """A causal TCN of kernel 3 and dilations 1 … 32 sees 127, 126 to the left; wav2vec 25 ms every 20 ms."""
    tcn = asked(" ".join(f"conv3,causal,d{2**i}" for i in range(6)), sample_rate=16000.0)
    assert (tcn.get("rf"), tcn.get("context.left"), tcn.get("context.right")) == (127, 126, 0)
    assert tcn.get("context.causal") is True
    speech = asked("conv10/5 conv3/2 x4 conv2/2 x2", sample_rate=16000.0)
    assert (speech.get("context.size_ms"), speech.get("context.jump_ms")) == (25, 20)
    assert speech.get("context.causal") is False


@pytest.mark.parametrize(
    ("requirement", "met"),
    [("rf>=7", True), ("rf > 7", False), ("jump==1", True), ("start<=0", True), ("conv1.field.0.size!=3", False)],
)
def test_requirements_decide_the_exit_code(requirement: str, met: bool) -> None:
    """A requirement that is not met makes the verdict no."""
    report = required(asked("conv3 x3"), (requirement,))
    assert report.verdict is met
    assert report.data["requirements"][0]["met"] is met


@pytest.mark.parametrize(
    ("questions", "line"),
    [
        ({"unit": "centre"}, "give --input"),
        ({"at": "conv9"}, "there is no layer conv9: did you mean conv1?"),
    ],
)
def test_bad_questions_are_one_line(questions: dict[str, Any], line: str) -> None:
    """A question that makes no sense is refused with the user's words and the way out."""
    with pytest.raises(CnncalcError, match=line.replace("(", r"\(")):
        asked("conv3", **questions)


@pytest.mark.parametrize("unit", ["8,8", "-1,0", "1", "1,2,3", "x", ""])
def test_units_that_do_not_exist(unit: str) -> None:
    """A unit outside the map, or with another number of axes, is refused; nothing asked is no question."""
    if not unit:
        assert "unit" not in asked("conv3,p1", "8x8x1", unit=unit).data
        return
    with pytest.raises(CnncalcError, match=r"there is no unit|is not a place"):
        asked("conv3,p1", "8x8x1", unit=unit)


def test_a_corner_reads_less_than_its_field() -> None:
    """Three padded 3×3: the theoretical field of the corner is −3…3, it reads 0…3, and 33/49 are padding."""
    report = asked("conv3,p1 x3", "8x8x1", unit="corner")
    assert report.get("unit.box") == [[0, 3], [0, 3]]
    assert report.get("unit.theoretical") == [[-3, 3], [-3, 3]]
    assert report.get("unit.padding") == 33 / 49
    assert report.get("unit.full_units") == 4
    assert report.get("unit.full_share") == 4 / 64


def test_a_branch_of_one_place_does_not_slide() -> None:
    """Stretched over the map of a merge it is seen whole: it sets no size, is off no centre, and the ruler passes by."""
    report = asked("add( conv8 | conv1 ) conv3", "8x8x1", ruler=True)
    assert report.notes[:2] == (
        "conv3: field 3 through windows; the whole input through add1",
        "conv3: field 3 = 1 + 2 at jump 1",
    )
    assert report.data["path"] == ["conv2", "add1", "conv3"]
    assert not any("centred" in note for note in report.notes)
    assert report.pictures[0].lines == ("conv3  3    [###]", "input  8 |--------|")


@pytest.mark.parametrize("text", ["conv3,p1 in fc4", "conv3,p1 globalavgpool", "conv3,p1 attention conv3"])
def test_where_nothing_slides_every_question_has_an_answer(text: str) -> None:
    """No ruler to draw, a unit that reads everything, and paths spread over the whole map."""
    report = asked(text, "8x8x3", unit="centre", ruler=True, effective=True)
    assert (report.get("rf"), report.get("unit.box"), report.get("unit.windows")) == (None, [[0, 7], [0, 7]], None)
    assert report.pictures[0].lines == ()
    assert "does not slide over the input" in report.pictures[0].caption


def test_the_ruler_shows_each_field_inside_the_next() -> None:
    """Brackets of later layers enclose those before them, holes are dots, and the image's edge stands below."""
    report = asked("conv3,p1 conv3,p2,d2", "16x16x1", ruler=True)
    (picture,) = report.pictures
    assert picture.lines == (
        "conv1   3        [###]",
        "conv2   7      [#######]",
        "input  16 |----------------|",
    )
    (dotted,) = asked("conv3,d2 x2", ruler=True).pictures
    assert dotted.lines == ("conv1  5   [#.#.#]", "conv2  9 [#.#.#.#.#]")


def test_the_effective_field_stands_beside_the_theoretical_one() -> None:
    """Widths that hold 50, 95 and 99 % of the paths are narrower than the size."""
    report = asked("conv3 x50", effective=True)
    (found,) = report.data["effective"]
    assert found["size"] == 101
    assert found["width_50"] < found["width_95"] < found["width_99"] < 101


def test_unknown_from_a_stranger_on() -> None:
    """Behind an operator that nobody knows nothing is said about fields, and the report is not exact."""
    report = asked("conv3 unknown conv3")
    assert report.get("exact") is False
    assert report.get("layers.2.field.0.size") is None
    assert report.get("layers.0.field.0.size") == 3


@pytest.mark.parametrize(
    ("rule", "size", "whole", "through"),
    [("pointwise", 5, False, []), ("whole", None, True, ["unknown1"]), ("statistics", 5, True, ["unknown1"])],
)
def test_what_is_assumed_of_a_stranger_goes_on(rule: str, size: int | None, whole: bool, through: list[str]) -> None:
    """By a rule that somebody names the field is followed through an unknown operator, and the answer says so."""
    network = assume(parse("conv3 unknown,of:GRU conv3"), {"GRU": rule})
    report = receptive_fields(network)
    assert (report.get("rf"), report.get("whole"), report.get("through")) == (size, whole, through)
    assert (report.get("exact"), report.data["assumed"]) == (True, {"GRU": rule})
    assert f"assumed, not known: GRU is {rule}" in report.notes
    assert show(network) == f"conv3 unknown,as:{rule},of:GRU conv3"


@pytest.mark.parametrize(
    ("network", "rules", "line"),
    [
        ("conv3 unknown,of:GRU", {"GRO": "whole"}, "there is no unknown operator GRO here: did you mean GRU?"),
        ("conv3 unknown,of:GRU", {"Attention": "whole"}, "there is no unknown operator Attention here, but GRU"),
        ("conv3", {"GRU": "whole"}, "there is no unknown operator GRU here, so nothing has to be assumed of it"),
        ("unknown,of:GRU", {"GRU": "wide"}, "no rule wide for an unknown operator: take one of pointwise, whole"),
    ],
)
def test_assumptions_that_are_refused(network: str, rules: dict[str, str], line: str) -> None:
    """Operators that are not there, and rules that are none."""
    with pytest.raises(CnncalcError, match=line.replace("?", r"\?")):
        assume(parse(network), rules)


def test_the_largest_path_is_named() -> None:
    """Where branches meet, the layers of the way with the largest field are told; a long way by its ends."""
    report = asked("conv3,p1 add( wide: conv5,p2 | narrow: conv3,p1 )")
    assert "the path with the largest field: conv1 → wide" in report.notes
    long = asked("( add( conv3,p1 | ) ) x9")
    assert any(
        note.endswith("conv1 → conv2 → conv3 → conv4 → … → conv6 → conv7 → conv8 → conv9") for note in long.notes
    )
    assert not any("path" in note for note in asked("conv3 x3").notes)
