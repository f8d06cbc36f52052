"""What a unit reads, against numbers that carry the set of pixels they were made from."""

from itertools import product

from hypothesis import given, settings

from cnncalc.analysis import trace
from cnncalc.network import Network
from cnncalc.receptive.units import full_units, lattice_reads, unit_reads
from cnncalc.shapes import Shape
from tests.networks import graphs
from tests.poison import pixels, run, size_of


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
