"""What a unit reads, against numbers that carry the set of pixels they were made from."""

from itertools import product

import pytest
from hypothesis import example, given, settings

from cnncalc.analysis import trace
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import full_units, lattice_reads, unit_reads, windows_read
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from tests.definitions import pixels, size_of
from tests.networks import graphs
from tests.poison import run


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_every_unit_reads_exactly_what_the_experiment_finds(drawn: tuple[Network, Shape]) -> None:
    """For every unit of every layer of a random graph, borders included, box and number of inputs are the
    experiment's, and the output has the experiment's size."""
    network, input = drawn
    followed = trace(network, input)
    assert followed.shapes is not None
    for node, reached in enumerate(run(network, input.space)):
        assert followed.shapes[node].space == size_of(reached)
        for unit, bits in reached.items():
            found = pixels(bits, input.space)
            reads = unit_reads(followed, node, unit)
            assert reads.exact
            if not found:
                assert reads.box is None
                continue
            lines = [sorted(set(line)) for line in zip(*found, strict=True)]
            assert reads.box == tuple((line[0], line[-1]) for line in lines)
            assert reads.number == tuple(map(len, lines))


@settings(max_examples=150, deadline=None)
@given(graphs())
@example((parse("concat( | | pad,p0 ) attend"), Shape((3, 4), 4)))  # the queries come another way than keys and values
def test_through_windows_every_unit_reads_what_slides(drawn: tuple[Network, Shape]) -> None:
    """The same with the statistics off, gates shut and attention gone: what is left moves with the unit."""
    network, input = drawn
    followed = trace(network, input)
    for node, reached in enumerate(run(network, input.space, statistics=False)):
        for unit, bits in reached.items():
            found = pixels(bits, input.space)
            reads = windows_read(followed, node, unit)
            lines = [sorted(set(line)) for line in zip(*found, strict=True)]
            assert reads.box == (tuple((line[0], line[-1]) for line in lines) if found else None)
            assert reads.number == tuple(map(len, lines))


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_the_whole_is_named_and_nothing_else(drawn: tuple[Network, Shape]) -> None:
    """Layers that bring the whole input are named just where a unit reads more than what slides."""
    network, input = drawn
    followed = trace(network, input)
    everything, sliding = run(network, input.space), run(network, input.space, statistics=False)
    for node in range(len(network)):
        if everything[node] != sliding[node]:
            assert followed.sources_of_whole(node)
        if not followed.sources_of_whole(node):
            assert all(part.advance or not any(part.phases) for axis in followed.fields for part in axis[node])


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_inside_the_border_the_theoretical_field_is_what_is_read(drawn: tuple[Network, Shape]) -> None:
    """A unit counted as reading its full field reads exactly the theoretical one, and lies within every other."""
    network, input = drawn
    followed = trace(network, input)
    assert followed.shapes is not None
    for node, shape in enumerate(followed.shapes):
        full = full_units(followed, node)
        for unit in product(*map(range, shape.space)):
            reads = unit_reads(followed, node, unit)
            theory = lattice_reads(followed, node, unit)
            if reads.box is None or any(field is None for field in theory):
                continue
            box = tuple((field.first, field.last) for field in theory if field is not None)
            if all(index in units for index, units in zip(unit, full, strict=True)):
                assert reads.box == box


@pytest.mark.parametrize(
    ("text", "size", "places"),
    [
        ("up2 globalavgpool", 4, 1),  # its units are looked at one by one, for they take turns
        ("globalavgpool flatten fc16 unflatten4x4", 8, 4),
        ("globalavgpool flatten fc4 unflatten1x1 up8", 8, 8),
    ],
)
def test_a_unit_that_sees_the_whole_map_is_full(text: str, size: int, places: int) -> None:
    """Behind a pool over everything every unit reads its whole theoretical field, also back on a map."""
    followed = trace(parse(text), Shape((size, size), 1))
    last = len(followed.network) - 1
    assert [set(units) for units in full_units(followed, last)] == [set(range(places))] * 2
    assert unit_reads(followed, last, (places - 1,) * 2).box == ((0, size - 1),) * 2


def test_a_token_reads_its_patch() -> None:
    """On the lattice nothing is said of the positions in a row, but each is a patch of the image, counted row by row
    behind the learnt ones, which read nothing; what attends to all of them reads the whole input."""
    followed = trace(parse("conv4/4 tokens attend"), Shape((16, 16), 3))
    assert lattice_reads(followed, 1, (1,)) == (None, None)
    patches = [(None if unit == 0 else divmod(unit - 1, 4)) for unit in range(17)]
    boxes = [patch and tuple((4 * place, 4 * place + 3) for place in patch) for patch in patches]
    assert [unit_reads(followed, 1, (unit,)).box for unit in range(17)] == boxes
    assert lattice_reads(followed, 2, (1,)) == (Inputs(0, 15), Inputs(0, 15))
    assert unit_reads(followed, 2, (1,)).box == ((0, 15), (0, 15))
