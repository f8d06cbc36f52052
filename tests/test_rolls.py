"""Rolls: what is read round the end, by definition and by the proof, and what that means for tiles."""

from __future__ import annotations

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, WRAP, Reach, Taps
from cnncalc.layers.roll import Roll
from cnncalc.notation.parsing import parse
from cnncalc.receptive.axisfield import layer_fields
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from cnncalc.tiling.lattice import FAR_SIDE, lattice
from cnncalc.verify.compare import verify
from tests.definitions import input_map, pixels
from tests.every_kind import EVERY_KIND

LAYERS = (Roll(3), Roll(3, back=True), Roll((0, 5)), Roll((7, 6), back=True), Roll(0))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_unit_reads_the_place_round_the_end(layer: Roll) -> None:
    """Every unit of 7×6 against a ring that is turned one place after the other."""
    layer = layer if layer.shift != (3,) else Roll((3, 3), layer.back)
    followed = trace(parse(f"roll,s{'x'.join(map(str, layer.shift))}{',back' * layer.back}"), Shape((7, 6), 1))
    reads = EVERY_KIND["Roll"].reads
    assert reads is not None
    for unit, bits in reads(layer, input_map((7, 6))).items():
        ((row, column),) = pixels(bits, (7, 6))
        assert unit_reads(followed, 0, unit).box == ((row, row), (column, column))


def test_a_roll_between_convolutions_reads_both_ends() -> None:
    """Three in a row behind a roll by 2: unit 2 reads the last place, the first and the second of a ring of 8."""
    followed = trace(parse("roll,s2 conv3,p1"), Shape((8,), 1))
    read = unit_reads(followed, 1, (2,))
    assert (read.box, read.number, read.exact) == (((0, 7),), (3,), True)
    ((field,),) = layer_fields(followed)[1:]
    assert (field.size, field.jump, field.start) == (3, 1, -3)


@pytest.mark.parametrize(
    "words", ["roll,s3", "conv3,p1 roll,s2x1,back conv3,p1", "conv3/2,p1 roll,s1 conv3,p1 roll,s3"]
)
def test_the_proof_agrees(words: str) -> None:
    """NumPy's roll carries poison, and pushes marks back, to the same places; inside a longer map too."""
    assert verify(parse(words), "9x8x2").agrees


@pytest.mark.parametrize(
    "wrong", [IDENTITY, Reach(1, (Taps(-2),)), Reach(1, (Taps(2),), WRAP), Reach(1, (Taps(-1),), WRAP)]
)
def test_a_wrong_reach_is_noticed(wrong: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    """A roll that is said to move nothing, to lose its end, to go back, or one place too few, is not proven."""
    monkeypatch.setattr("cnncalc.layers.roll.Roll.reach", lambda *_size: wrong)
    assert not verify(parse("conv3,p1 roll,s2"), "8x8x1").agrees


def test_a_tile_lacks_the_far_side() -> None:
    """No overlap is enough where a map is rolled, but for an axis along which it is not."""
    followed = trace(parse("conv3,p1 roll,s2x0"), Shape((8, 8), 1))
    assert [lattice(followed, axis, [1]).causes for axis in (0, 1)] == [{1: FAR_SIDE}, {}]


def test_way_out() -> None:
    """A roll by more than once round is written as what is left of it."""
    with pytest.raises(ShapeError, match="roll: 11 is more than once round 8 positions: take s3"):
        Roll(11).output(Shape((8,), 1))
