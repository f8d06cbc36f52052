"""bench/survey.py: the part of its list that runs here is counted right, and it notices what is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.importers.frameworks import torchvision_models
from tests.programs import load_program

SURVEY = Path(__file__).resolve().parents[2] / "bench" / "survey.py"

pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.parametrize("source", ["written", "torchvision", "timm"])
def test_the_quick_part_is_counted_right(source: str, tmp_path: Path) -> None:
    """Parameters equal those that the model registers, MACs those that PyTorch's FLOP counter sees, of every model."""
    if source != "written":
        torchvision_models()
        pytest.importorskip(source, reason=f"{source} is not installed")
    told = tmp_path / "told.json"
    command = [sys.executable, str(SURVEY), "--part", "quick", "--only", source, "--json", str(told)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    outcomes = json.loads(told.read_text())
    assert len(outcomes) >= 8
    assert {outcome["verdict"] for outcome in outcomes} == {"right"}


def test_a_wrong_count_is_noticed() -> None:
    """A network that is held against other MACs than it has, and one that PyTorch can't make."""
    command = [sys.executable, str(SURVEY), "--work", "written bilinear 145", "written nothing"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    outcomes = [json.loads(line) for line in lines if line.startswith('{"source"')]
    assert [outcome["verdict"] for outcome in outcomes] == ["wrong", "not run"]
    assert outcomes[0]["macs"] == [145, 144]


def test_the_list_is_long_and_names_nothing_twice() -> None:
    """At least as many architectures as there were, and each once."""
    module = load_program("bench/survey.py")
    entries = list(module.entries(module.LIST.read_text("utf-8")))
    assert len(entries) >= 220
    assert not [name for name, number in Counter(entry[:2] for entry in entries).items() if number > 1]
    assert {entry.source for entry in entries} == set(module.SOURCES)
