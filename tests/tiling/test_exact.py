"""Tiles put together are the whole, exactly, and no smaller overlap would do: by running networks in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from cnncalc.analysis import ancestors, trace
from cnncalc.errors import CnncalcError
from cnncalc.layers.upsample import Upsample
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape
from cnncalc.tiling.lattice import lattice
from cnncalc.tiling.tiles import Cutter
from cnncalc.verify.forward import run
from cnncalc.verify.tiles import smooth
from tests.networks import graphs
from tests.tiling.cutting import glued, random_map, texts

ROUNDING = 1e-11
"""Of the largest number: the same sums in another order differ by less."""


def assert_tiles_are_the_whole(network: Network, image: Shape, size: tuple[int, ...]) -> None:
    x = random_map(image)
    with np.errstate(all="ignore"):
        whole = run(network, x, seed=1)
        together = glued(network, x, list(Cutter(trace(network, image), (len(network) - 1,)).tiles(size)), whole)
    if not np.isfinite(whole).all():
        reject()
    np.testing.assert_allclose(together, whole, rtol=0, atol=ROUNDING * max(abs(whole).max(), 1))


def cutter(network: Network, image: Shape) -> Cutter | None:
    """The cutter, where the network takes the image and can be cut."""
    try:
        followed = trace(network, image)
    except CnncalcError:
        return None
    if not followed.shapes or not followed.shapes[-1].space or max(shape.numbers for shape in followed.shapes) > 40_000:
        return None
    for axis in range(len(image.space)):
        if len(network) - 1 not in lattice(followed, axis, [len(network) - 1]).sound:
            return None
    return Cutter(followed, (len(network) - 1,))


def tile_size(draw: st.DataObject, cutter: Cutter) -> tuple[int, ...]:
    """A size that tiles may have, small enough that there are several, if there is any."""
    chosen = []
    for axis in cutter.axes:
        options = range(cutter.least(axis), axis.size + 1, axis.needs.sizes.mod)
        chosen.append(draw.draw(st.sampled_from(options[:4]) if options else st.just(axis.size)))
    return tuple(chosen)


@settings(max_examples=30)
@given(st.data())
def test_tiles_of_random_stacks_and_branches_are_the_whole(data: st.DataObject) -> None:
    """Whatever the strides, paddings, dilations, enlargements and branches: the plan's tiles give the whole, exactly."""
    rank = data.draw(st.sampled_from([1, 1, 2]))
    text = data.draw(texts(rank))
    sizes = st.integers(30, 100) if rank == 1 else st.integers(16, 36)
    image = Shape(tuple(data.draw(sizes) for _axis in range(rank)), 4)
    network = parse(text)
    cut = cutter(network, image)
    assume(cut is not None)
    assert cut is not None
    assert_tiles_are_the_whole(network, image, tile_size(data, cut))


@settings(max_examples=30)
@given(st.data())
def test_tiles_of_random_graphs_are_the_whole(data: st.DataObject) -> None:
    """The same for graphs of every kind of layer, where one can be cut at all."""
    network, image = data.draw(graphs(most=5, sizes=st.integers(24, 30)))
    assume(len(ancestors(network, len(network) - 1)) == len(network))
    cut = cutter(network, image)
    assume(cut is not None)
    assert cut is not None
    assert_tiles_are_the_whole(network, image, tile_size(data, cut))


@pytest.mark.parametrize("size", [24, 25, 26])
def test_the_last_tile_is_no_shorter_than_its_edge_needs(size: int) -> None:
    """What is enlarged rounding up reads the last unit for one beyond: a last tile of one pixel has only padding there."""
    enlarged = Node(Upsample(2, rounding="ceil"), (1,), "up1")
    network = Network((*parse("conv1-4,p1/0 conv1-4/2").nodes, enlarged))
    cut = cutter(network, image := Shape((size,), 4))
    assert cut is not None
    for length in range(cut.least(cut.axes[0]), size):
        assert_tiles_are_the_whole(network, image, (length,))


def test_a_tile_with_fewer_places_than_filters_has_the_filters_of_the_whole() -> None:
    """The last tile has one place for two filters in turn: it is run with the first of them, as the whole is there."""
    network, image = parse("conv1/3,nobias tiled2x1/3,d2"), Shape((24, 24), 4)
    assert_tiles_are_the_whole(network, image, (24, 10))


@settings(max_examples=40)
@given(st.data())
def test_no_unit_beside_the_valid_part_is_right(data: st.DataObject) -> None:
    """Of a tile inside an image, run by itself, the valid part is right, and the next unit on either side is not.

    It may be where all that it reads is in the tile: the image can have pixels behind the tile that nothing reads, and
    enlarging by zeros makes units that read nothing.
    """
    right = right_beside(data.draw(texts(1)), data.draw(st.integers(60, 140)))
    assume(right is not None)
    assert all(right or ())


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("conv2-4/2 conv3-4/3,p1 tanh conv2-4/2 up2,bicubic", 79),  # the tile ends at 70, and so do all windows
        ("conv2-4/2 convT1-4/2 pad,p2,reflect up2,bicubic", 62),  # reflected are units that read nothing
    ],
)
def test_a_unit_beside_the_valid_part_that_reads_only_the_tile_may_be_right(text: str, size: int) -> None:
    """Two networks that random ones became once: a unit beside the valid part is right, and reads nothing else."""
    right = right_beside(text, size)
    assert right
    assert all(right)


def right_beside(text: str, size: int) -> list[bool] | None:
    """For every right unit beside the valid part of a tile whether it reads only the tile; `None` for no such tile."""
    network = parse(text)
    network, _outputs = smooth(network, network.outputs)
    cut = cutter(network, image := Shape((size,), 4))
    if cut is None:
        return None
    (axis,) = cut.axes
    length, begin = cut.least(axis), axis.needs.step
    if begin + length >= axis.size:
        return None
    x = random_map(image)
    whole = run(network, x, seed=1)[:, axis.units[0] :]
    tile = run(network, x[:, begin : begin + length], seed=1)[:, : whole.shape[1]]
    apart = abs(tile - whole[:, : tile.shape[1]]).max(axis=0)
    right = apart <= ROUNDING * max(abs(whole).max(), 1)
    ((low, high),) = cut.right(axis, length, starts=False) or ((0, 0),)
    assert right[low:high].all()
    units = [axis.units[0] + unit for unit in (low - 1, high) if 0 <= unit < len(right) and right[unit]]
    reads = [unit_reads(cut.whole, len(network) - 1, (unit,)).box for unit in units]
    return [box is None or begin <= box[0][0] <= box[0][1] < begin + length for box in reads]
