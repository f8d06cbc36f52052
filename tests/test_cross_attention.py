"""Attention over the keys of another map: counts by plain counting, reads by plain sets and by the proof."""

from __future__ import annotations

import pytest

from cnncalc.analysis import counts, shapes, trace
from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, WHOLE
from cnncalc.layers.crossattend import CrossAttend
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify

REDUCED = "conv1-4 crossattend,h2( | conv2-4/2 | conv2-6/2 )"


def test_products_and_shape() -> None:
    """48 queries and 12 keys of 4 channels, values of 6: 48·12·4 and 48·12·6 products, beside those of convolutions."""
    network, input = parse(REDUCED), Shape((8, 6), 1)
    made = shapes(network, input)
    assert made[-1] == Shape((8, 6), 6)
    assert counts(network, input, made)[-1].macs == 48 * 12 * 4 + 48 * 12 * 6
    assert parse(show(network)) == network


def test_a_unit_reads_its_query_and_all_keys() -> None:
    """Keys from every third place of 8 leave two places out: those are read by their own queries only."""
    followed = trace(parse("conv1-4 crossattend( | conv3-4/3 | conv3-4/3 )"), Shape((8,), 1))
    assert [unit_reads(followed, 3, (unit,)).box for unit in (0, 6, 7)] == [((0, 5),), ((0, 6),), ((0, 7),)]
    assert [unit_reads(followed, 3, (unit,)).number for unit in (0, 6, 7)] == [(6,), (7,), (7,)]


@pytest.mark.parametrize(
    "words",
    [
        REDUCED,
        f"{REDUCED} conv3,p1 slice,to3",
        "conv3-4,p1 add( | crossattend( | | ) )",
        "conv3-4,p1 crossattend,h2( | in avgpool2 | avgpool2 ) conv3",
        "globalavgpool crossattend( | @input conv1-2 | @input conv3-3,p1 )",
    ],
)
def test_the_proof_agrees(words: str) -> None:
    """NumPy multiplies as often as is said; poison and marks reach as far, and with keys left out only queries slide."""
    assert verify(parse(words), "8x6x2").agrees


@pytest.mark.parametrize("wrong", [IDENTITY, WHOLE])
def test_a_wrong_branch_is_noticed(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that are said to be read place by place, or queries that are said to be read by all, are not proven."""
    monkeypatch.setattr("cnncalc.layers.crossattend.CrossAttend.branch", lambda *_branch: wrong)
    monkeypatch.setattr(
        "cnncalc.layers.crossattend.CrossAttend.placed",
        lambda _self, branch, shapes: (wrong,) * len(shapes[branch].space),
    )
    assert not verify(parse("conv1-4 crossattend( | conv2-4/3 | conv2-4/3 )"), "8x8x1").agrees


def test_wrong_products_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of as many keys as there are queries are not what NumPy multiplies."""
    honest = CrossAttend.merged_banks
    monkeypatch.setattr(
        "cnncalc.layers.crossattend.CrossAttend.merged_banks",
        lambda self, shapes, output: honest(self, (shapes[0], shapes[0], shapes[0]), output),
    )
    assert not verify(parse(REDUCED), "8x6x1").agrees


def test_ways_out() -> None:
    """Three maps; queries and keys of as many channels; keys and values at the same places; heads that divide."""
    layer, one = CrossAttend(2), Shape((4, 4), 4)
    for shapes_given, line in (
        ((one, one), "crossattend: it takes queries, keys and values, not 2 maps"),
        ((one, Shape((2, 2), 6), one), "queries 4x4x4, keys 2x2x6 and values 4x4x4 don't fit together"),
        ((one, Shape((2, 2), 4), one), "keys and values the same places"),
        ((one, one, Shape((4, 4), 3)), "crossattend: 2 groups do not divide 3 input channels"),
    ):
        with pytest.raises(ShapeError, match=line):
            layer.merged(shapes_given)
    with pytest.raises(LayerError, match="heads 0 is out of range"):
        CrossAttend(0)
