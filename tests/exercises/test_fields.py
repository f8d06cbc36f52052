"""Wrong answers about receptive fields, and the slips that give them."""

from __future__ import annotations

import pytest

from cnncalc.exercises.answers import AnswerError
from cnncalc.exercises.fields import SLIPS, judge
from cnncalc.notation.parsing import parse
from cnncalc.zoo import load, names, namesakes

CASES = [
    pytest.param("conv3,d2 x3", "rf", "7", ["no_dilation"], id="dilation forgotten: 7 for 13"),
    pytest.param("conv3 maxpool2 conv3 maxpool2 conv3", "rf", "9", ["no_jump"], id="strides forgotten"),
    pytest.param("conv3 x3", "rf", "9", ["kernels_as_they_are"], id="3 + 3 + 3 for 7"),
    pytest.param("conv3 conv3,d2 conv3,d4 conv3,d8 conv3,d16 conv3,d32", "rf", "13", ["no_dilation"], id="13 for 127"),
    pytest.param("conv3,p1 add( conv3,p1 x2 | conv5,p2 )", "rf", "11", ["shortcut_in_series"], id="shortcut in line"),
    pytest.param("conv7/2,p3 maxpool3/2,p1", "start", "0", ["no_padding"], id="padding forgotten"),
    pytest.param("conv3,d2 maxpool2 conv3,d2", "rf", "6", ["no_dilation", "no_jump"], id="two slips"),
    pytest.param("conv3,d2 conv3", "rf", "6", ["sum_of_kernels"], id="3 + 3 for 5 + 2"),
    pytest.param("conv3/2 conv3 x2", "rf", "13", ["own_stride"], id="1 + 2·2 + 2·2 + 2·2 for 3 + 2·2 + 2·2"),
    pytest.param("conv3/2 conv3/2 conv3", "rf", "11", ["last_stride"], id="3 + 2·2 + 2·2 for 3 + 2·2 + 2·4"),
    pytest.param("conv3/2 conv3/2 conv3", "jump", "1", ["no_jump"], id="jump forgotten"),
    pytest.param("conv7/2,p3 conv3,p1", "rf", "21", ["adds_padding"], id="13 + 4·2 for 7 + 2·2"),
    pytest.param("conv7/2,p3 conv3,p1", "rf", "16", ["adds_padding_once"], id="10 + 3·2 for 7 + 2·2"),
    pytest.param("conv7/2,p3 conv3,p1", "rf", "19", ["adds_paddings"], id="7 + 2·2 + 6 + 2"),
    pytest.param("conv7/2,p3 conv3,p1", "rf", "15", ["adds_paddings_once"], id="7 + 2·2 + 3 + 1"),
    pytest.param("conv3 x3", "rf", "49", ["area"], id="7·7 for 7"),
    pytest.param("conv3,d2 x3", "rf", "49", ["no_dilation", "area"], id="7·7 for 13"),
    pytest.param("conv3 x2", "rf", "1000", [], id="no slip gives it"),
]


@pytest.mark.parametrize(("text", "of", "answer", "slips"), CASES)
def test_slips_are_named(text: str, of: str, answer: str, slips: list[str]) -> None:
    """A wrong answer is told the fewest slips that give it, and that it is not it."""
    report = judge(parse(text), None, of, answer)
    assert report.verdict is False
    assert report.data["slips"] == slips
    assert "is not it" in report.title


@pytest.mark.parametrize(("of", "answer"), [("rf", "10"), ("jump", "2"), ("start", "0")])
def test_right_answers(of: str, answer: str) -> None:
    """conv3 x2 maxpool2 conv3: field 10, jump 2, start 0."""
    report = judge(parse("conv3 x2 maxpool2 conv3"), None, of, answer)
    assert report.verdict is True
    assert report.title.startswith(f"{answer} is right")


def test_the_sum_is_shown() -> None:
    """The right line says how the size comes about, layer by layer."""
    title = judge(parse("conv3 x2 maxpool2 conv3"), None, "rf", "8").title
    assert title.endswith("it is 3 + 2 + 1 + 2·2 = 10")


@pytest.mark.parametrize(
    ("name", "at", "answer", "other"),
    [
        ("resnet50", "layer4", "483", "resnet50-slim (ResNet-50 v1, TF-slim), another network called ResNet-50"),
        ("resnet50-slim", "block4", "427", "resnet50 (ResNet-50, torchvision), another network called ResNet-50"),
        ("resnet101", "layer4", "1,027", "resnet101-slim (ResNet-101 v1, TF-slim), another network called ResNet-101"),
    ],
)
def test_the_number_of_a_namesake_is_told(name: str, at: str, answer: str, other: str) -> None:
    """483 and 1,027 are TF-slim's (Araujo, Norris, Sim 2019); torchvision's ResNets see less."""
    report = judge(load(name), None, "rf", answer, at, name)
    assert (report.verdict, report.data["slips"]) == (False, ["namesake"])
    assert report.title.startswith(f"{answer} is not it: that belongs to {other}; it is ")


def test_a_namesake_is_judged_at_the_layer_that_was_asked_about() -> None:
    """Of an earlier layer than the last that slides nothing is said: the other network's layers have other names."""
    report = judge(load("resnet50"), None, "rf", "483", "conv1", "resnet50")
    assert report.data["slips"] == []


def test_namesakes_are_named_both_ways() -> None:
    """Each network is a namesake of its namesakes, and none of itself."""
    for name in names():
        for other in namesakes(name):
            assert other.name != name
            assert name in [entry.name for entry in namesakes(other.name)]
    assert namesakes("vgg16") == namesakes("conv3") == ()


@pytest.mark.parametrize(("text", "right"), [("4.27e2", True), ("0.427k", True), ("0.43k", True), ("0.44k", False)])
def test_fields_are_read_like_counts(text: str, right: bool) -> None:
    """As people write numbers; 0.43 thousand is 425 to 439, and the field is 427."""
    assert judge(load("resnet50"), None, "rf", text, "layer4").verdict is right


def test_every_slip_is_made_by_a_case() -> None:
    """No slip is there that nothing tests."""
    made = {slip for case in CASES for slip in case.values[3]}  # type: ignore[attr-defined, union-attr]
    assert made == {slip.name for slip in SLIPS}


@pytest.mark.parametrize(
    ("text", "of", "answer", "line"),
    [
        ("conv3", "rf", "many", "many is not an answer: give a whole number such as 427"),
        ("conv3", "rf", "9" * 5000, r"\(5,000 characters\) is not an answer"),
        ("conv3", "size", "3", "there is no size: take one of rf, jump, start"),
        ("conv1x7", "rf", "7", "rf of conv1 is not one whole number"),
    ],
)
def test_questions_without_an_answer(text: str, of: str, answer: str, line: str) -> None:
    """What can't be judged is refused in one line."""
    with pytest.raises(AnswerError, match=line):
        judge(parse(text), None, of, answer)
