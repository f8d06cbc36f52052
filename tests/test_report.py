"""Fields of a report by their paths, and the nearest one for a path that leads nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.report import FieldError, Report

REPORT = Report(
    "summary",
    {
        "network": "demo",
        "total": {"parameters": 10, "macs": 20, "memory": {"peak_training": 30}},
        "layers": [
            {"name": "features.conv1", "parameters": 4, "macs": 8},
            {"name": "features.conv2", "parameters": 6, "macs": 12},
        ],
        "conventions": {"macs": "one multiplication and one addition"},
    },
)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("total.params", "total.parameters"),
        ("totl.params", "total.parameters"),
        ("params", "total.parameters"),
        ("mac", "total.macs"),
        ("total.peak", "total.memory.peak_training"),
        ("features.conv1.params", "features.conv1.parameters"),
        ("features.conv9.macs", "features.conv2.macs"),
        ("layers.features.conv1.mac", "layers.features.conv1.macs"),
        ("layers.0.Macs", "layers.0.macs"),
        ("Network", "network"),
    ],
)
def test_a_field_that_is_not_there_gets_the_nearest(path: str, near: str) -> None:
    """As far as the path is known it is kept; what is offered is there."""
    with pytest.raises(FieldError, match=rf"^there is no field {path}: did you mean {near}\?$"):
        REPORT.get(path)
    REPORT.get(near)


@pytest.mark.parametrize("path", ["zebra", "total.zebra", "a.b.c", "."])
def test_what_is_like_none_is_told_a_few(path: str) -> None:
    """Those of the report itself and of its first row."""
    known = "network, total.parameters, total.macs, total.memory"
    with pytest.raises(FieldError, match=rf"take one of {known}.*, features.conv1.parameters, features.conv1.macs$"):
        REPORT.get(path)


def test_a_large_report_names_no_more_than_a_dozen() -> None:
    """Whatever the number of its fields."""
    with pytest.raises(FieldError) as caught:
        Report("demo", {f"{'abcdefghijklmnopqrst'[number]}_{number}": number for number in range(20)}).get("zebra")
    assert str(caught.value).count(",") == 11


@given(st.text("total.prmscnv1fe", max_size=30))
def test_whatever_is_asked_what_is_offered_is_there(path: str) -> None:
    """A path leads somewhere, or is answered with one that does, or with a list."""
    try:
        REPORT.get(path)
    except FieldError as problem:
        if "did you mean " in str(problem):
            REPORT.get(str(problem).rpartition("did you mean ")[2].removesuffix("?"))
