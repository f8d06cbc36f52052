"""Attention in windows and grids: counts by plain counting, reads by definition and by the proof."""

from __future__ import annotations

import random

import pytest

from cnncalc.analysis import trace
from cnncalc.counting import count
from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, WHOLE
from cnncalc.layers.windowattend import WindowAttend
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify
from tests.definitions import input_map, pixels
from tests.every_kind import EVERY_KIND

WORDS = (
    *("windowattend4", "windowattend4,s2,h2", "windowattend3x4,s1x2,relative", "windowattend12"),
    *("gridattend4", "gridattend3x2,h2,relative", "gridattend12", "gridattend1"),
)


def test_counts_of_swin() -> None:
    """56×56 positions of 96 channels in windows of 49, three heads: 2·3136·49·96 MACs and 3·13·13 biases."""
    counted = count(WindowAttend(7, shift=3, heads=3, relative=True), Shape((56, 56), 288))
    assert (counted.macs, counted.parameters) == (2 * 3136 * 49 * 96, 3 * 169)


@pytest.mark.parametrize("word", WORDS)
def test_a_unit_reads_its_group(word: str) -> None:
    """Every unit against the definition: its own window, or the places as far apart as its grid."""
    followed = trace(parse(f"conv1-6 {word}"), Shape((12, 12), 1))
    reads = EVERY_KIND["WindowAttend"].reads
    assert reads is not None
    for unit, bits in reads(followed.network.nodes[1].layer, input_map((12, 12))).items():
        places = [sorted(set(axis)) for axis in zip(*pixels(bits, (12, 12)), strict=True)]
        read = unit_reads(followed, 1, unit)
        assert read.box == tuple((axis[0], axis[-1]) for axis in places)
        assert read.number == tuple(map(len, places))


@pytest.mark.parametrize("word", WORDS)
def test_the_proof_agrees(word: str) -> None:
    """NumPy attends group by group, multiplies as often as is said, and marks reach as far; between convolutions too."""
    assert verify(parse(f"conv1-6 {word}"), "12x12x1").agrees
    assert verify(parse(f"conv3-12,p1 {word} conv3-6,p1 {word}"), "12x12x1").agrees


@pytest.mark.parametrize("word", WORDS)
def test_pytorch_does_the_same(word: str) -> None:
    """Shapes, parameters, products and reads of a rolled, cut and masked map, written by hand for the oracle."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from tests.oracle.checks import torch_does

    assert list(torch_does(parse(f"conv1-12 {word}"), Shape((12, 12), 1), random.Random(1))) == []


@pytest.mark.parametrize("wrong", [IDENTITY, WHOLE])
def test_a_wrong_reach_is_noticed(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that are said to read one unit, or the whole map, are not proven."""
    monkeypatch.setattr("cnncalc.layers.windowattend.WindowAttend.reach", lambda *_size: wrong)
    assert not verify(parse("conv1-6 windowattend4"), "12x12x1").agrees


def test_two_blocks_of_swin_read_beyond_a_window() -> None:
    """Windows of 4 and then shifted by 2: the first unit reads 4, one in the middle three windows' worth of 8."""
    network = parse("conv1-3 windowattend4 conv1-3 windowattend4,s2")
    followed = trace(network, Shape((16,), 1))
    assert unit_reads(followed, 3, (0,)).box == ((0, 3),)
    assert unit_reads(followed, 3, (2,)).box == ((0, 7),)
    assert unit_reads(followed, 3, (15,)).box == ((12, 15),)


def test_ways_out() -> None:
    """Windows divide the map and are longer than their shift; a grid has none."""
    with pytest.raises(ShapeError, match="windowattend: 10 positions are no whole number of windows of 4: pad to 12"):
        WindowAttend(4).output(Shape((12, 10), 3))
    with pytest.raises(LayerError, match="windowattend: shift 4 is not less than window 4"):
        WindowAttend(4, shift=4)
    with pytest.raises(LayerError, match="gridattend: a grid has no shift: leave out s2"):
        WindowAttend(4, grid=True, shift=2)
