"""``cnncalc zoo`` and ``cnncalc show``: the networks there are, and any network as text."""

from __future__ import annotations

import io
import json
import sys
import types
from pathlib import Path

import pytest

from cnncalc import zoo
from cnncalc.loading import load
from cnncalc.notation.parsing import parse
from tests.conftest import Called
from tests.published import TORCHVISION


def test_the_list_has_every_network_with_its_totals(cnncalc: Called) -> None:
    """The JSON names each file, and parameters and MACs are those that torchvision publishes."""
    code, out, _err = cnncalc("zoo", "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)["networks"]}
    assert code == 0
    assert tuple(listed) == zoo.names()
    for name, (parameters, billions) in TORCHVISION.items():
        assert listed[name]["parameters"] == parameters
        assert round(listed[name]["macs"] / 1e9, 3) == billions


def test_fields_that_depend_on_the_unit_are_ranges(cnncalc: Called) -> None:
    """Where units see differently much, the list says from which to which."""
    rows = [line.split("\t") for line in cnncalc("zoo")[1].splitlines()]
    field = rows[0].index("rf")
    assert {row[0]: row[field] for row in rows}["dcgan-generator"] == "5..6"
    assert {row[0]: row[field] for row in rows}["vgg16"] == "212"


def test_a_name_prints_its_file(cnncalc: Called) -> None:
    """What is printed is the file with its comments, which reads as the network."""
    code, out, err = cnncalc("zoo", "vgg16")
    assert (code, out, err) == (0, zoo.text("vgg16"), "")
    assert parse(out) == zoo.load("vgg16")


def test_an_unknown_name_suggests(cnncalc: Called) -> None:
    """A wrong name is bad input, with the nearest name."""
    assert cnncalc("zoo", "resnet51") == (2, "", "cnncalc: there is no network resnet51: did you mean resnet50?\n")


@pytest.mark.parametrize("line", [[], ["--line"]])
def test_show_reads_back(cnncalc: Called, line: list[str]) -> None:
    """What is shown is the same network, over lines or on one."""
    code, out, _err = cnncalc("show", "densenet121", *line)
    assert code == 0
    assert parse(out) == zoo.load("densenet121")
    assert len(out.splitlines()) == 1 or not line


def test_show_writes_a_file_that_loads(cnncalc: Called, tmp_path: Path) -> None:
    """show and -o make a file that every command takes."""
    path = tmp_path / "mine.cnn"
    assert cnncalc("show", "conv3", "x3", "-o", str(path))[0] == 0
    assert load([str(path)]) == parse("conv3 x3")


def test_show_reads_standard_input(cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """- is notation from standard input."""
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"conv3 conv3\n")))
    assert cnncalc("show", "-", "--line") == (0, "conv3 x2\n", "")


def test_a_mistake_is_shown_at_its_place(cnncalc: Called) -> None:
    """Words of the shell come back as one text with a caret under the mistake."""
    assert cnncalc("show", "conv3-64,same", "x2", "covn3") == (
        2,
        "",
        "cnncalc: there is no layer 'covn3': did you mean conv3?\n  conv3-64,same x2 covn3\n                   ^^^^\n",
    )
