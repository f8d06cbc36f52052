"""Baselines: an answer held against an earlier one, field by field, and tolerances around what a field was."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError
from cnncalc.report import Range, Report
from cnncalc.report.baseline import change, differences, read_baseline, within
from tests.conftest import Called

ANSWER = {
    "network": "a.onnx",
    "exact": True,
    "total": {"macs": 1000, "parameters": 50},
    "layers": [{"name": "conv1", "macs": 900, "output": [3, 3]}, {"name": "conv2", "macs": 100, "output": [1, 1]}],
    "rf": {"min": 4, "max": 9},
    "conventions": {"macs": "as ever"},
}


def walked(answer: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        answer = answer[step]
    return answer


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("total", "macs"), 1001, "total.macs"),
        (("layers", 1, "macs"), 101, "layers.conv2.macs"),
        (("layers", 0, "output"), [3, 4], "layers.conv1.output"),
        (("exact",), False, "exact"),
        (("rf",), {"min": 4, "max": 10}, "rf"),
        (("rf",), 9, "rf"),
    ],
)
def test_one_field_that_differs_is_the_one_that_is_named(path: tuple[Any, ...], value: Any, field: str) -> None:
    """Whatever is changed is found, by the path that --get takes, with both values; nothing else is."""
    new = deepcopy(ANSWER)
    walked(new, path[:-1])[path[-1]] = value
    assert [tuple(found) for found in differences(ANSWER, new)] == [(field, walked(ANSWER, path), value, "changed")]
    assert Report("summary", ANSWER).get(field) == walked(ANSWER, path)


def test_rows_go_by_their_names() -> None:
    """A row in another place is none the worse for it; one that came or went is told by its name."""
    new = {**ANSWER, "layers": [*reversed(ANSWER["layers"][:2]), {"name": "conv3", "macs": 1}]}  # type: ignore[index]
    assert [(found.field, found.status) for found in differences(ANSWER, new)] == [("layers.conv3", "added")]
    assert [(found.field, found.status) for found in differences(new, ANSWER)] == [("layers.conv3", "removed")]


def test_a_newer_program_may_say_more() -> None:
    """A schema grows: an entry that the earlier answer did not have yet is no difference, one that is gone is."""
    new = {**ANSWER, "total": {"macs": 1000, "parameters": 50, "flops": 2000}, "network": "b.onnx", "conventions": {}}
    assert list(differences(ANSWER, new)) == []
    assert [found.field for found in differences(new, ANSWER)] == ["total.flops"]


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(-99, 99), st.booleans())
def test_a_tolerance_holds_as_python_compares(before: int, now: int, number: int, percent: bool) -> None:
    """Against plain arithmetic in hundredths, for all four signs; a percentage is of what it was."""
    limit = 100 * before + (before * number if percent else 100 * number)
    old = Report("any", {"n": before}).to_dict()
    for sign, met in (("<=", 100 * now <= limit), ("<", 100 * now < limit), (">=", 100 * now >= limit)):
        answer = within(Report("any", {"n": now}), old, [f"n{sign}{number:+d}{'%' * percent}"])
        assert answer.verdict is met
        assert bool(answer.failures) is not met


def test_with_tolerances_only_they_are_held() -> None:
    """Who changes a network changes many fields: those that nobody named are listed, and make no verdict."""
    new = Report("summary", {**ANSWER, "total": {"macs": 1019, "parameters": 70}})
    old = Report("summary", ANSWER).to_dict()
    answer = within(new, old, ["total.macs<=+2%"], "old.json")
    assert (answer.verdict, answer.failures) == (True, ())
    assert [entry["field"] for entry in answer.data["baseline"]["differences"]] == ["total.macs", "total.parameters"]
    assert answer.tables[-1].rows[1] == ("total.parameters", "50", "70", "+20 (+40 %)")
    answer = within(new, old, ["total.macs<=+1%", "total.parameters<=+0"], "old.json")
    assert answer.failures == (
        "tolerated total.macs<=+1%: not met, it was 1000 and is 1019",
        "tolerated total.parameters<=+0: not met, it was 50 and is 70",
    )


@pytest.mark.parametrize(
    ("now", "tolerance", "met"),
    [
        ({"min": 4, "max": 9}, "rf<=+0", True),
        ({"min": 4, "max": 10}, "rf<=+0", False),
        ({"min": 3, "max": 9}, "rf>=-0", False),
        ([4, 9], "rf<=+0", False),
        (None, "rf>=-5", False),
    ],
)
def test_ranges_are_held_at_both_ends(now: Any, tolerance: str, met: bool) -> None:
    """The most may not pass the most there was, nor the least the least; what is not known passes nothing."""
    answer = within(Report("rf", {"rf": now}), Report("rf", {"rf": {"min": 4, "max": 9}}).to_dict(), [tolerance])
    assert answer.verdict is met


def test_a_lower_bound_is_no_proof_of_little() -> None:
    """Of MACs that are at least so many nothing is known to be below a limit."""
    report = Report("summary", {"macs": 5}, ranges={"macs": Range(5, None, "all that is known is ≥ 5")})
    answer = within(report, Report("summary", {"macs": 5}).to_dict(), ["macs<=+50%", "macs>=-0"])
    assert [entry["met"] for entry in answer.data["baseline"]["tolerances"]] == [False, True]


@pytest.mark.parametrize(
    ("tolerance", "line"),
    [
        ("total.macs<=2", "write a field, a sign and a change"),
        ("total.macs==+2", "write a field, a sign and a change"),
        ("macs", "write a field, a sign and a change"),
        ("network<=+2", "compares network, which is not a number"),
        ("total.mac<=+2", "did you mean total.macs"),
    ],
)
def test_what_is_no_tolerance_is_refused(tolerance: str, line: str) -> None:
    """An absolute number is what --require is for; a path that leads nowhere gets the nearest."""
    report = Report("summary", ANSWER)
    with pytest.raises(CnncalcError, match=line):
        within(report, report.to_dict(), [tolerance])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "is not an answer of cnncalc in JSON: write one with --json -o FILE"),
        (b"[" * 100_000, "is not an answer of cnncalc"),
        (b'{"total": 5}', "is not an answer of cnncalc"),
        (b"\xff\xfe", "is not an answer of cnncalc"),
        (b'{"schema": 5}', "is not an answer of cnncalc"),
        (b'{"schema": "cnncalc/rf/1"}', "is cnncalc/rf/1, not cnncalc/summary/1: give the --json of the same command"),
    ],
)
def test_files_that_are_no_earlier_answer_are_refused(
    cnncalc: Called, tmp_path: Path, content: bytes, line: str
) -> None:
    """One line and exit code 2, whatever is in the file."""
    file = tmp_path / "old.json"
    file.write_bytes(content)
    code, out, err = cnncalc("summary", "conv3", "--input", "5x5x1", "--baseline", str(file))
    assert (code, out) == (2, "")
    assert line in err


def test_a_small_file_of_many_values_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Seven megabytes of empty rows would take hundreds in memory, and those that fit are read."""
    file = tmp_path / "old.json"
    for number, many in ((1000, False), (2_500_000, True)):
        file.write_bytes(b'{"schema": "x", "rows": [' + b"{}," * number + b"{}]}")
        if many:
            with pytest.raises(CnncalcError, match="is not an answer of cnncalc in JSON"):
                read_baseline(str(file))
        else:
            assert len(read_baseline(str(file))["rows"]) == number + 1


def test_no_file_and_no_baseline_are_told_apart(cnncalc: Called, tmp_path: Path) -> None:
    """A file that is not there, and a tolerance around nothing."""
    with pytest.raises(CnncalcError, match=r"can't be read: No such file"):
        read_baseline(str(tmp_path / "none.json"))
    code, _out, err = cnncalc("summary", "conv3", "--input", "5x5x1", "--tolerance", "total.macs<=+2%")
    assert (code, err) == (
        2,
        "cnncalc: --tolerance total.macs<=+2% says how far from an earlier answer: add --baseline FILE.json\n",
    )


@pytest.mark.parametrize(
    ("words", "other"),
    [
        (("summary", "conv3-8", "--input", "9x9x1"), ("summary", "conv3-9", "--input", "9x9x1")),
        (("rf", "conv3", "x2"), ("rf", "conv3", "x3")),
        (
            ("params", "--input", "9x9x1", "--kernel", "3", "--filters", "8"),
            ("params", "--input", "9x9x1", "--kernel", "3", "--filters", "9"),
        ),
    ],
)
def test_an_answer_agrees_with_itself_and_with_no_other(
    cnncalc: Called, tmp_path: Path, words: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """Exit code 0 and a line that says so, then 1 with the reason on standard error and every difference in the JSON."""
    file = str(tmp_path / "old.json")
    assert cnncalc(*words, "--json", "-o", file) == (0, "", "")
    code, out, err = cnncalc(*words, "--baseline", file, "--format", "plain")
    assert (code, err) == (0, "")
    assert out.endswith(f"as in {file}, in every field\n")
    code, out, err = cnncalc(*other, "--baseline", file, "--json")
    assert code == 1
    assert err.startswith("cnncalc: fields that differ from the baseline: ")
    assert json.loads(out)["baseline"]["differences"]


def test_changes_are_in_numbers_and_percent() -> None:
    """Counted by hand: 3 of 4 are 75 percent; of nothing there is none."""
    assert (change(4, 7), change(0, 5), change(None, 5), change(2.0, 1.0)) == ("+3 (+75 %)", "+5", "", "-1.0 (-50 %)")
