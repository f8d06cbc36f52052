"""Every kind's row in the proof: how a mark passes it, and how far the axis may grow."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import ShapeError
from cnncalc.network import chain
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify
from cnncalc.verify.lines import line_of
from tests.every_kind import EVERY_KIND, fitting_layer

FITTING = [name for name, row in EVERY_KIND.items() if row.fitting]
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@st.composite
def maps(draw: st.DrawFn) -> Shape:
    """A small map of 4 channels, or of 6, which three heads and two groups divide."""
    rank = draw(st.integers(1, 2))
    return Shape(draw(st.tuples(*[st.integers(3, 9)] * rank)), draw(st.sampled_from([4, 6])))


@pytest.mark.parametrize("name", FITTING)
@given(data=st.data(), shape=maps())
@FEW
def test_every_kind_alone_agrees(name: str, data: st.DataObject, shape: Shape) -> None:
    """A network of one layer of each kind does what it claims: shape, counts, and what its units read."""
    layer = data.draw(fitting_layer(name, len(shape.space)))
    try:
        layer.output(shape)
    except ShapeError:
        assume(False)
    verdict = verify(chain([layer]), shape, max_time=30.0)
    assert verdict.disagreements == ()
    row = EVERY_KIND[name]
    assert row.reads is None or any(claim.what == "reads" for claim in verdict.claims)


@pytest.mark.parametrize("name", FITTING)
@given(data=st.data(), rank=st.integers(1, 2), size=st.integers(7, 20))
@FEW
def test_the_axis_grows_by_whole_turns(name: str, data: st.DataObject, rank: int, size: int) -> None:
    """By a turn, and by no less, the axis may grow without any unit reading otherwise; 0 where it may not at all."""
    layer = data.draw(fitting_layer(name, rank))
    for axis in range(rank):
        turn, reach = line_of(layer, axis).turn, layer.reach(axis, size)
        if turn:
            assert reach is not None
            assert layer.reach(axis, size + turn) == reach
            assert turn == (reach.advance if len(reach.phases) == 1 else 1)
        elif layer.output(Shape((size,) * rank, 12)).space and reach is not None and not reach.whole and reach.followed:
            # an enlargement to a single place reads one input, however many there are
            assert layer.reach(axis, size + 60) != reach or reach.advance in (0, len(reach.phases))
