"""Units that read their whole field, and where following a unit ends: sets with holes, vectors, limits."""

from __future__ import annotations

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import LimitError, NetworkError, ShapeError
from cnncalc.fields import Reach, Taps, readback
from cnncalc.notation.parsing import parse
from cnncalc.receptive import units
from cnncalc.receptive.units import UnitReads, full_units, lattice_reads, unit_reads
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from tests.definitions import pixels
from tests.poison import run

NETWORKS = (
    *("conv3,p1 x2", "conv3,p1 conv3/2,p1 conv3,p1", "conv2,d3,p2 conv3", "conv5/3,p2 conv1/2", "maxpool2 conv3,same"),
    *("convT3/2,p1 conv3,p1", "convT2/3 conv2", "convT4/2,p1 conv3,d2,p2", "up2 conv3,p1", "up2,bilinear conv3"),
    *("add( conv3,p1 | conv5,p2 )", "conv3/2,p1 add( | conv3,p1 )", "conv3,p1 maxpool2 convT2/2 conv3,p1"),
    *("conv3,p1 globalavgpool", "conv3 globalavgpool", "globalavgpool up4", "conv2 adaptiveavgpool2"),
    *("convT2/2 globalavgpool", "add( convT1/2 | convT3/2,p0/2 )", "convT2/3 crop,p2/0 conv3,p1"),
)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", [7, 8, 12])
def test_the_full_units_are_those_that_read_all_of_their_field(network: str, size: int) -> None:
    """A unit is full if, and only if, the pixels that reach it are those of its theoretical field, all of them."""
    parsed = parse(network)
    followed = trace(parsed, Shape((size,), 1))
    assert followed.shapes is not None
    for node, reached in enumerate(run(parsed, (size,))):
        (full,) = full_units(followed, node)
        for (unit,), bits in reached.items():
            (theory,) = lattice_reads(followed, node, (unit,))
            read = {pixel for (pixel,) in pixels(bits, (size,))}
            assert (unit in full) == (theory is not None and set(theory.indices()) == read)


def test_full_units_are_counted_on_each_axis() -> None:
    """Two padded windows of 3 leave out two units on each side, whatever the other axis does; none of a short axis."""
    followed = trace(parse("conv3,p1 x2"), Shape((9, 4), 1))
    assert full_units(followed, 1) == (range(2, 7), range(2, 2))


@pytest.mark.parametrize(
    "network",
    ["convT2/2 conv2,d3", "up2 conv3,d2", "convT4/3,p1 conv3,d3", "convT3/2 conv2,d2 convT2/3 conv2,d4", "up3 conv1/2"],
)
@pytest.mark.parametrize("size", [5, 8])
def test_sets_with_holes_are_taken_apart_by_phase(network: str, size: int) -> None:
    """Behind layers that enlarge, taps that stand apart meet some phases only: box and number are the experiment's."""
    parsed = parse(network)
    followed = trace(parsed, Shape((size,), 1))
    for node, reached in enumerate(run(parsed, (size,))):
        for unit, bits in reached.items():
            line = [pixel for (pixel,) in pixels(bits, (size,))]
            expected = (((line[0], line[-1]),), (len(line),)) if line else (None, ())
            reads = unit_reads(followed, node, unit)
            assert (reads.box, reads.number, reads.exact) == (*expected, True)


def test_a_number_of_a_vector_reads_what_the_vector_does() -> None:
    """A dense layer reads the whole map, of which it sees the inputs that any unit of the map reads."""
    followed = trace(parse("conv3/2 fc4 relu fc2"), Shape((10, 9), 1))
    # windows of 3 in steps of 2: the last begins at 6 of ten rows, and at 6 of nine columns
    for node in (1, 2, 3):
        assert unit_reads(followed, node, ()) == UnitReads((), ((0, 8), (0, 8)), (9, 9))
    with pytest.raises(NetworkError, match="there is no unit 0 among a vector's numbers: count from 0"):
        unit_reads(followed, 1, (0,))


def test_a_vector_laid_out_again_still_reads_everything() -> None:
    """Pooled, flattened, and enlarged again from a single place: every unit reads the six inputs."""
    followed = trace(parse("globalavgpool flatten fc4 unflatten1x1 up8"), Shape((6, 6), 1))
    for unit in ((0, 0), (3, 7)):
        assert unit_reads(followed, 4, unit) == UnitReads(unit, ((0, 5), (0, 5)), (6, 6))
    assert [set(full) for full in full_units(followed, 4)] == [set(range(8))] * 2


def test_members_in_a_row_are_a_set_without_holes() -> None:
    """Every second unit of an enlargement to twice the size is a copy of the next input: none is left out."""
    twice = Reach(1, (Taps(0), Taps(0)))
    assert units.read_back(Inputs(0, 6, 2), twice, 9) == Inputs(0, 3)
    assert units.read_back(Inputs(1, 7, 2), twice, 9) == Inputs(0, 3)
    apart = units.read_back(Inputs(0, 8, 4), twice, 9)
    assert apart is not None
    assert list(apart.indices()) == [0, 2, 4]


def test_a_vector_is_a_single_place() -> None:
    """The only unit of a dense layer is full where every unit before it is, and is not where one is cut off."""
    for network, full in (("fc4", [range(1)]), ("conv3 fc4 relu", [range(1)]), ("conv3,p1 fc4", [range(0)])):
        followed = trace(parse(network), Shape((8,), 1))
        assert list(full_units(followed, len(followed.network) - 1)) == full


def test_a_gate_of_one_place_is_read_by_every_unit() -> None:
    """Squeeze and excitation: what is stretched over the map reads all of it, whichever unit it meets."""
    followed = trace(parse("conv3,p1 mul( | globalavgpool conv1 )"), Shape((7, 7), 1))
    for unit in ((0, 0), (6, 3)):
        assert unit_reads(followed, 3, unit).box == ((0, 6), (0, 6))


def test_without_an_input_no_unit_is_followed() -> None:
    """How many inputs there are decides what is clipped, so there is no answer, and no full unit either."""
    followed = trace(parse("conv3,p1 x2"))
    with pytest.raises(NetworkError, match="which inputs a unit reads depends on their number: give --input"):
        unit_reads(followed, 1, (0, 0))
    assert full_units(followed, 1) == ()
    assert [str(reads and (reads.first, reads.last)) for reads in lattice_reads(followed, 1, (4, 0))] == [
        "(2, 6)",
        "(-2, 2)",
    ]


@pytest.mark.parametrize("unit", [(5, 0), (0, 4), (-1, 0), (0, -1), (0,), (0, 0, 0)])
def test_only_units_that_there_are_can_be_asked_for(unit: tuple[int, ...]) -> None:
    """Each index is counted from 0 up to, and without, the number of units on its axis, and there is one for each."""
    followed = trace(parse("conv3"), Shape((7, 6), 1))
    assert unit_reads(followed, 0, (4, 3)).box == ((4, 6), (3, 5))
    with pytest.raises(NetworkError, match=f"there is no unit {','.join(map(str, unit))} among 5x4: count from 0"):
        unit_reads(followed, 0, unit)


def test_as_many_boxes_as_are_followed_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 3×1 and a 1×3 window read a plus, which is two boxes; where only one is followed, it is their hull."""
    followed = trace(parse("relu add( conv3x1,p1x0 | conv1x3,p0x1 )"), Shape((7, 7), 1))
    for most, exact in ((2, True), (1, False)):
        monkeypatch.setattr(units, "MOST_BOXES", most)
        assert unit_reads(followed, 3, (3, 3)) == UnitReads((3, 3), ((2, 4), (2, 4)), (3, 3), exact)
        *_before, (_input, boxes, _few) = units.ways_back(followed, 3, (3, 3))
        assert len(boxes) == most


def test_as_many_members_as_are_taken_apart_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five taps that stand apart three meet the even units of an enlargement; and so many units a map may have."""
    holes = trace(parse("convT2/2 conv5,d3"), Shape((12,), 1))
    wide = trace(parse("add( conv3,p1 | globalavgpool up12 ) convT3/2"), Shape((12,), 1))
    monkeypatch.setattr(readback, "MOST_MEMBERS", 3)
    # taps 0, 3, 6, 9 and 12 are stamps of the inputs 0, 1, 3, 4 and 6
    assert unit_reads(holes, 1, (0,)).number == (5,)
    monkeypatch.setattr(units, "MOST_MEMBERS", 25)
    assert wide.shapes is not None
    assert wide.shapes[-1].space == (25,)
    assert full_units(wide, len(wide.network) - 1) != ()
    monkeypatch.setattr(readback, "MOST_MEMBERS", 2)
    with pytest.raises(LimitError, match="one unit reads more than 2 separate places: ask for an earlier layer"):
        unit_reads(holes, 1, (0,))
    monkeypatch.setattr(units, "MOST_MEMBERS", 24)
    with pytest.raises(LimitError, match="25 units are more than the 24 that are looked at one by one"):
        full_units(wide, len(wide.network) - 1)


@pytest.mark.parametrize("network", ["conv3-4,p1 tokens", "conv3-4 flatten unflatten4x4"])
def test_units_that_read_somewhere_are_not_called_full(network: str) -> None:
    """Where nobody says which units a layer reads, none of its units can be counted as reading all of its field."""
    followed = trace(parse(network), Shape((8, 8), 4))
    with pytest.raises(ShapeError, match="1: which inputs its units read is not known"):
        full_units(followed, len(followed.network) - 1)
