"""Requirements: any number of any report held against another, and the reason for a no where a script sees it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError
from cnncalc.layers.conv import Conv
from cnncalc.layers.unknown import Unknown
from cnncalc.network import chain
from cnncalc.report import Range, Report
from cnncalc.report.requirements import HOLDS, required
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report
from tests.conftest import Called

PYTHONS = {sign: ("==" if sign == "=" else sign) for sign in HOLDS}


@given(st.integers(-9, 9), st.integers(0, 9), st.integers(-20, 20), st.sampled_from(sorted(HOLDS)))
def test_a_sign_holds_of_a_range_if_it_holds_of_all_in_it(least: int, more: int, number: int, sign: str) -> None:
    """Against Python's own comparison of every whole number between the ends."""
    values = range(least, least + more + 1)
    met = all(eval(f"{value} {PYTHONS[sign]} {number}") for value in values)
    report = Report("rf", {"rf": {"min": values[0], "max": values[-1]}})
    assert required(report, [f"rf{sign}{number}"]).verdict is met


@pytest.mark.parametrize("sign", sorted(HOLDS))
def test_what_is_not_known_meets_nothing(sign: str) -> None:
    """No sign holds of a number that nobody knows, and the reason says so."""
    answer = required(Report("rf", {"rf": None}), [f"rf{sign}3"])
    assert answer.verdict is False
    assert answer.failures == (f"required rf{sign}3: not met, it is not known",)


@pytest.mark.parametrize(("requirement", "met"), [("n>=5", True), ("n>=6", False), ("n<=9", False), ("n!=4", True)])
def test_a_lower_bound_meets_what_holds_of_all_above_it(requirement: str, met: bool) -> None:
    """Of a total of at least 5 is only known what is true of 5 and of everything larger."""
    report = Report("summary", {"n": 5}, ranges={"n": Range(5, None, "at least 5")})
    assert required(report, [requirement]).verdict is met


@pytest.mark.parametrize(
    ("requirement", "line"),
    [
        ("n about 3", "can't be read: write a field, a sign and a number, such as rf>=200"),
        ("name>=3", "compares name, which is not a number"),
        ("yes>=1", "compares yes, which is not a number"),
        ("rows>=1", "compares rows, which is not a number"),
        ("size_of_it>=3", "there is no field size_of_it"),
    ],
)
def test_what_is_no_requirement_is_refused(requirement: str, line: str) -> None:
    """Words that are no comparison, and fields that are no number, are one line with the way out."""
    report = Report("summary", {"n": 5, "name": "five", "yes": True, "rows": [{"name": "a", "n": 1}]})
    with pytest.raises(CnncalcError, match=line):
        required(report, [requirement])


COMMANDS = [
    (
        ("rf", "resnet50", "--at", "layer4"),
        "rf>=428",
        "it is 427",
    ),  # Araujo et al. 2019 have 427 with torchvision's stride
    (("rf", "resnet50", "--at", "layer4"), "jump<32", "it is 32"),
    (("summary", "vgg16", "--input", "224x224x3"), "total.parameters<138000000", "it is 138357544"),
    (("summary", "conv3-8", "--input", "5x5x1"), "total.macs<648", "it is 648"),  # 3·3·8 outputs, 9 products each
    (("summary", "conv3-8", "--input", "5x5x1"), "total.memory.peak<388", "it is 388"),  # (25 + 72) numbers of 4 bytes
    (("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64"), "conv.parameters<1792", "it is 1792"),
]


@pytest.mark.parametrize(("words", "requirement", "reason"), COMMANDS)
def test_the_reason_for_exit_code_1_is_one_line_on_standard_error(
    cnncalc: Called, words: tuple[str, ...], requirement: str, reason: str
) -> None:
    """In a pipe, as JSON and beside one bare value: standard output is what it would be, the reason is apart."""
    line = f"cnncalc: required {requirement}: not met, {reason}\n"
    for format in ((), ("--json",), ("--get", "conventions")):
        code, out, err = cnncalc(*words, "--require", requirement, *format)
        assert (code, err) == (1, line)
        assert bool(out) is True
    assert cnncalc(*words, "--require", requirement)[1] == cnncalc(*words)[1]


@pytest.mark.parametrize(("words", "requirement", "_reason"), COMMANDS)
def test_what_is_met_is_said_in_the_data(
    cnncalc: Called, words: tuple[str, ...], requirement: str, _reason: str
) -> None:
    """The opposite is met: exit code 0, nothing on standard error, and the JSON tells the requirement."""
    opposite = requirement.replace(">=", "<") if ">=" in requirement else requirement.replace("<", ">=")
    code, out, err = cnncalc(*words, "--require", opposite, "--json")
    assert (code, err) == (0, "")
    assert [entry["met"] for entry in json.loads(out)["requirements"]] == [True]


def test_several_reasons_are_one_line(cnncalc: Called) -> None:
    """Two requirements that are not met stand on one line, and the one that is met does not."""
    requirements = ("--require", "rf>=9", "--require", "rf>=7", "--require", "jump==2")
    code, _out, err = cnncalc("rf", "conv3", "x3", *requirements)
    assert code == 1
    assert err == "cnncalc: required rf>=9: not met, it is 7; required jump==2: not met, it is 1\n"


@pytest.mark.parametrize(
    ("words", "requirement", "line"),
    [
        ("conv3,p1 in conv3,p1", "rf>=6", "not met, it is 5 through windows"),
        ("conv3,p1 in conv3,p1", "rf>=5", "met, it is 5 through windows"),
        ("conv3 fc4", "rf>=500", "met, every unit reads the whole input, which it is judged by: nothing slides"),
        ("conv3 fc4", "rf<=500", "not met, every unit reads the whole input"),
        ("conv3 fc4 --windows-only", "rf>=1", "not met, nothing slides, and --windows-only leaves out the whole input"),
        ("conv3 unknown conv3", "rf>=1", "not met, it is unknown from unknown1 on"),
        ("conv3 unknown conv3", "jump==1", "not met, it is unknown from unknown1 on"),
    ],
)
def test_a_requirement_on_a_field_says_on_what_it_was_judged(
    cnncalc: Called, words: str, requirement: str, line: str
) -> None:
    """What slides, the whole input, or nothing, where it is unknown: that meets no requirement."""
    code, out, _err = cnncalc("rf", *words.split(), "--require", requirement, "--format", "table")
    assert code == (0 if line.startswith("met") else 1)
    assert f"required {requirement}: {line}" in out


def test_a_total_with_unknown_operators_is_a_lower_bound() -> None:
    """What may be more is not below anything: 27·8 + 8 = 224 parameters, and those of a GRU that nobody knows."""
    report = summary_report(chain([Conv(3, 8), Unknown("GRU")]), Shape((5, 5), 3))
    assert required(report, ["total.parameters>=224"]).verdict is True
    answer = required(report, ["total.parameters<=1000"])
    assert answer.failures == ("required total.parameters<=1000: not met, all that is known is ≥ 224",)


def test_an_answer_is_judged_and_nothing_else_is_asked(cnncalc: Called) -> None:
    """What ``--answer`` leaves out is refused and not dropped."""
    words = ("rf", "conv3", "--answer", "3")
    for option in (("--require", "rf>=3"), ("--ruler",), ("--unit", "corner"), ("--effective",)):
        code, _out, err = cnncalc(*words, *option)
        assert code == 2
        assert f"{option[0]} and --answer are two questions: leave one out" in err
