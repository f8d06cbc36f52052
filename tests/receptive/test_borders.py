"""Borders that fold, repeat or wrap the map, against pixels followed one by one through the definitions."""

from __future__ import annotations

import pytest

from cnncalc.analysis import trace
from cnncalc.fields import CLAMP, DROP, REFLECT, WRAP, Reach, Taps
from cnncalc.fields.readback import read_back
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import unit_reads
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from tests.definitions import pixels
from tests.poison import run

WINDOWS = {
    "plain": "conv3",
    "strided": "conv3/2",
    "dilated": "conv2,d2",
    "decoder": "convT3/2",
    "branch": "add( conv3,p1 | conv5,p2 )",
}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("padding", ["1", "2", "3", "0/2", "3/1"])
@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_units_at_a_border_read_what_it_holds(mode: str, padding: str, window: str) -> None:
    """Every unit behind a padded border reads exactly the pixels that the border repeats, of lines of 4, 6 and 7."""
    network = parse(f"pad,p{padding},{mode} {WINDOWS[window]}")
    for size in (4, 6, 7):
        followed = trace(network, Shape((size,), 1))
        last = len(network) - 1
        for (unit,), bits in run(network, (size,))[last].items():
            line = [pixel for (pixel,) in pixels(bits, (size,))]
            reads = unit_reads(followed, last, (unit,))
            assert (reads.box, reads.number) == (((line[0], line[-1]),), (len(line),))


@pytest.mark.parametrize(
    ("border", "first", "read"),
    [
        (DROP, -3, {0, 1}),
        (CLAMP, -3, {0, 1}),
        (REFLECT, -3, {0, 1, 2, 3}),
        (WRAP, -3, {5, 6, 7, 0, 1}),
        (DROP, 5, {5, 6, 7}),
        (CLAMP, 5, {5, 6, 7}),
        (REFLECT, 5, {5, 6, 7}),
        (WRAP, 5, {5, 6, 7, 0, 1}),
        (CLAMP, -5, {0}),
        (CLAMP, 8, {7}),
        (REFLECT, -5, {1, 2, 3, 4, 5}),
        (REFLECT, 8, {2, 3, 4, 5, 6}),
        (WRAP, -5, {3, 4, 5, 6, 7}),
        (WRAP, 8, {0, 1, 2, 3, 4}),
        (DROP, -5, set()),
        (DROP, 8, set()),
    ],
)
def test_each_border_by_its_definition(border: str, first: int, read: set[int]) -> None:
    """Five taps that stick out of a map of eight: dropped, held at the edge, mirrored about it, or on the far side."""
    found = read_back(Inputs(0, 0), Reach(1, (Taps(first, 5),), border), 8)
    assert set(found.indices() if found else ()) == read


def test_a_mirrored_border_keeps_its_holes() -> None:
    """Taps −4, 0, 4, 8 and 12 on a map of nine read 0, 4 and 8: what is mirrored falls on the others."""
    found = read_back(Inputs(0, 0), Reach(1, (Taps(-4, 5, 4),), REFLECT), 9)
    assert found is not None
    assert set(found.indices()) == {0, 4, 8}
