"""Maps behind each other: counts by plain counting, reads by the order of a row and by the proof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.analysis import counts, shapes, trace
from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, Reach, Taps
from cnncalc.fields.readback import whole_turns
from cnncalc.layers.join import Join
from cnncalc.layers.tokens import Tokens
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.axisfield import unknown_from
from cnncalc.receptive.effective import effective_fields
from cnncalc.receptive.units import unit_reads
from cnncalc.sets import UNFOLLOWED, Inputs
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify

HEADS = "join( tokens,x0,a2 | conv2-4/2 tokens,x0,a2,apart )"


def test_rows_of_two_maps() -> None:
    """4×2 places with two anchors each side by side, then 2×1 places for one anchor after those for the other."""
    followed = trace(parse(f"conv1-4 {HEADS}"), Shape((4, 2), 1))
    assert followed.shape(4) == Shape((4 * 2 * 2 + 2 * 1 * 2,), 2)
    boxes = [unit_reads(followed, 4, (unit,)).box for unit in range(20)]
    places = [(row, column) for row in range(4) for column in range(2) for _anchor in range(2)]
    assert boxes[:16] == [((row, row), (column, column)) for row, column in places]
    assert boxes[16:] == [((0, 1), (0, 1)), ((2, 3), (0, 1))] * 2
    assert unknown_from(followed, 4) == 1


@given(st.integers(0, 40), st.integers(1, 8), st.integers(1, 6), st.integers(1, 6))
def test_turns_of_units_far_apart(first: int, number: int, step: int, cycle: int) -> None:
    """The turns that units lie in are those of each of them: steps over whole turns leave these out."""
    units = Inputs(first, first + (number - 1) * step, step)
    assert set(whole_turns(units, cycle).indices()) == {unit // cycle for unit in units.indices()}


def test_turns_of_what_was_not_followed_are_not() -> None:
    """Where the holes between units are unknown, those between their turns are, unless there is no turn between."""
    assert whole_turns(Inputs(0, 9, 1, UNFOLLOWED), 2) == Inputs(0, 4, 1, UNFOLLOWED)
    assert whole_turns(Inputs(1, 3, 1, UNFOLLOWED), 2) == Inputs(0, 1)


@pytest.mark.parametrize(("dilation", "columns"), [(2, (1, 2)), (4, (1, 3))])
def test_taps_over_tokens_of_two_anchors(dilation: int, columns: tuple[int, int]) -> None:
    """Taps two tokens apart are neighbours among the places; four apart, they leave the place between them out."""
    followed = trace(parse(f"tokens,x0,a2 conv2-4,d{dilation}"), Shape((1, 12), 2))
    reads = unit_reads(followed, 1, (3,))
    assert reads.box is not None
    assert (reads.box[1], reads.number[1]) == (columns, 2)


def test_paths_of_an_anchor() -> None:
    """The effective field of an anchor is that of its place: a third of the paths on each of three pixels."""
    followed = trace(parse("conv3-4,p1 tokens,x0,a4"), Shape((5, 5), 1))
    for unit in (48, 49, 51):  # of the place 2,2
        for field in effective_fields(followed, 1, (unit,)):
            assert field.first + len(field.shares) // 2 == 2
            assert [round(share, 9) for share in field.shares if share] == [round(1 / 3, 9)] * 3


def test_registers_are_learnt_and_read_nothing() -> None:
    """Two learnt places of 6 channels between a class token and 4 patches; only those that mix read on."""
    network, input = parse("conv2-6/2 tokens join( crop,to1 | learnt,x2 | crop,p1/0 ) conv3-6,p1"), Shape((4, 4), 1)
    followed = trace(network, input)
    counted = counts(network, input, shapes(network, input))
    own = {node.name: count.parameters for node, count in zip(network.nodes, counted, strict=True)}
    assert (own["tokens1"], own["learnt1"]) == (6, 12)
    boxes = [unit_reads(followed, 6, (unit,)).box for unit in range(7)]
    assert boxes[:2] == [None, None]
    assert boxes[2:4] == [((0, 1), (0, 1)), ((0, 1), (0, 3))]
    assert parse(show(network)) == network


@pytest.mark.parametrize(
    "words",
    [
        f"conv3-4,p1 {HEADS}",
        f"conv1-4 {HEADS} conv3-4,p1",
        "conv1-6 tokens join( crop,to1 | learnt,x2 | crop,p1/0 ) attend",
        "conv3-2,p1 join( | conv3-2,p1 ) conv3",
        "conv3-2,p1 join,axis1( conv3-2,p1/1x0 | | @conv1 ) conv3 in conv3",
        "add( join( conv3-2,p1 in | conv1-2 in ) | conv1-2 up2x1 conv3,p1 )",
        "concat( conv3-4,p1 | conv1-4 ) join( tokens,x0 | conv3-8/2 tokens,x0 ) slice,from6",
    ],
)
def test_the_proof_agrees(words: str) -> None:
    """NumPy writes rows and joins maps; whole maps tell what their units read, and lines where maps have axes."""
    verdict = verify(parse(words), "6x6x1")
    assert verdict.agrees
    last = parse(words).nodes[-1].name
    assert any(claim.what == "reads" for claim in verdict.claims if claim.layer == last)


@pytest.mark.parametrize("wrong", [IDENTITY, Reach(1, (Taps(-1),))])
def test_a_wrong_place_is_noticed(wrong: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    """Branches that are said to begin at 0, or at 1, all of them, are not proven; neither are anchors that lie apart."""
    monkeypatch.setattr(
        "cnncalc.layers.join.Join.placed", lambda _self, _branch, shapes: (wrong,) * len(shapes[0].space)
    )
    assert not verify(parse("conv3-2,p1 join( | conv3-2,p1 )"), "6x6x1").agrees
    assert not verify(parse(f"conv1-4 {HEADS}"), "6x6x1").agrees


def test_wrong_anchors_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is said to have its anchors the other way round is not proven."""
    honest = Tokens.row.fget  # type: ignore[attr-defined]
    turned = property(lambda self: honest(self)._replace(apart=not self.apart))
    monkeypatch.setattr("cnncalc.layers.tokens.Tokens.row", turned)
    assert not verify(parse("conv1-4 tokens,x0,a2"), "6x6x1").agrees


def test_ways_out() -> None:
    """Maps differ on one axis, which there is; anchors divide the channels; nothing learnt is less than one."""
    with pytest.raises(ShapeError, match="join: there is no axis 2 in 4x4x3: axes are counted from 0"):
        Join(2).merged((Shape((4, 4), 3),) * 2)
    for other in (Shape((4, 5), 3), Shape((4, 4), 2), Shape((4,), 3)):
        with pytest.raises(ShapeError, match=f"join: 4x4x3 and {other} don't fit together"):
            Join(0).merged((Shape((4, 4), 3), other))
    with pytest.raises(ShapeError, match="tokens: 3 anchors do not divide 4 channels"):
        Tokens(0, 3).output(Shape((4, 4), 4))
    with pytest.raises(LayerError, match="tokens: anchors 0 is out of range"):
        Tokens(0, 0)
