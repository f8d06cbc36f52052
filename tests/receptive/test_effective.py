"""The effective field against counting every path, and against the law of Luo et al. 2016."""

from collections import Counter
from itertools import product
from math import isclose, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import trace
from cnncalc.errors import NetworkError, ShapeError
from cnncalc.layers.conv import Conv
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.merge import Merge
from cnncalc.network import INPUT, Names, Network, Node, chain
from cnncalc.notation.parsing import parse
from cnncalc.receptive.effective import effective, effective_fields
from cnncalc.shapes import Shape

Place = tuple[int, ...]


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Convolutions of all geometries in two dimensions, and sums of any two nodes with the same stride."""
    names, nodes, strides = Names(), list[Node](), list[Place]()
    number = st.integers(1, 3)
    for index in range(draw(st.integers(1, 5))):
        source = draw(st.integers(-1, index - 1))
        alike = [i for i in range(index) if strides[i] == (strides[source] if source >= 0 else (1, 1))]
        if source >= 0 and alike and draw(st.booleans()):
            merge = Merge("add")
            nodes.append(Node(merge, (source, draw(st.sampled_from(alike))), names.take(merge.keyword)))
            strides.append(strides[source])
            continue
        stride = draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (2, 2)]))
        layer = Conv(draw(st.tuples(number, number)), stride=stride, dilation=draw(st.tuples(number, number)))
        nodes.append(Node(layer, (source,), names.take(layer.keyword)))
        before = strides[source] if source >= 0 else (1, 1)
        strides.append((before[0] * stride[0], before[1] * stride[1]))
    return Network(tuple(nodes))


def count_paths(network: Network) -> Counter[Place]:
    """Every path from unit (0, 0) of the last node to the input, walked one by one, layer by layer."""
    arrived = [Counter[Place]() for _node in network.nodes]
    arrived[-1][0, 0] = 1
    ends = Counter[Place]()
    for index in reversed(range(len(network.nodes))):
        node = network.nodes[index]
        for source in node.inputs:
            there = ends if source == INPUT else arrived[source]
            for (y, x), number in arrived[index].items():
                for place in taps(node, y, x):
                    there[place] += number
    return ends


def taps(node: Node, y: int, x: int) -> list[Place]:
    if not isinstance(node.layer, Conv):
        return [(y, x)]

    def both(sizes: object) -> Place:
        assert isinstance(sizes, tuple)
        return sizes if len(sizes) == 2 else (*sizes, *sizes)

    kernel, stride, dilation = both(node.layer.kernel), both(node.layer.stride), both(node.layer.dilation)
    return [
        (y * stride[0] + i * dilation[0], x * stride[1] + j * dilation[1])
        for i, j in product(range(kernel[0]), range(kernel[1]))
    ]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_shares_are_the_shares_of_all_paths(network: Network) -> None:
    """On both axes of a random graph, the share of every input is the number of paths that end there."""
    ends = count_paths(network)
    total = sum(ends.values())
    followed = trace(network)
    for axis in (0, 1):
        found = effective(followed, len(network) - 1, axis)
        for index, share in enumerate(found.shares, found.first):
            counted = sum(number for place, number in ends.items() if place[axis] == index)
            assert isclose(share, counted / total, abs_tol=1e-12)


@pytest.mark.parametrize(("layers", "kernel"), [(1, 3), (10, 3), (50, 7), (1000, 3)])
def test_the_deviation_grows_with_the_square_root(layers: int, kernel: int) -> None:
    """n layers of width k spread as √(n(k² − 1)/12) (Luo et al. 2016), at 1,000 layers too, and shares add up to 1."""
    found = effective(trace(chain([Conv(kernel)] * layers)), layers - 1, 0)
    assert isclose(found.deviation, sqrt(layers * (kernel**2 - 1) / 12), rel_tol=1e-9)
    assert isclose(sum(found.shares), 1, rel_tol=1e-9)
    assert len(found.shares) == layers * (kernel - 1) + 1


def test_widths_hold_their_share() -> None:
    """No narrower run of neighbours holds half of the paths than the width that is told."""
    found = effective(trace(chain([Conv(3)] * 6)), 5, 0)
    width = found.width(0.5)
    runs = [sum(found.shares[i : i + width]) for i in range(len(found.shares))]
    narrower = [sum(found.shares[i : i + width - 1]) for i in range(len(found.shares))]
    assert max(runs) >= 0.5 > max(narrower)


def test_a_global_pool_spreads_over_the_whole_map() -> None:
    """After a global pool all inputs of the map hold the same share; without its size that can't be told."""
    network = chain([GlobalPool()])
    assert effective(trace(network, Shape((4, 8), 1)), 0, 1).shares == (0.125,) * 8
    with pytest.raises(NetworkError, match="globalavgpool1 reads a map whose size is not known: give --input"):
        effective(trace(network), 0, 0)


def test_paths_of_a_map_made_of_a_vector_spread_over_everything_before() -> None:
    """A decoder behind dense layers: what is spread evenly before the vector is spread evenly behind it."""
    followed = trace(parse("globalavgpool flatten fc4 unflatten1x1 up8"), Shape((8, 8), 1))
    assert effective(followed, 4, 0, unit=3).shares == (0.125,) * 8


def test_what_nobody_knows_is_not_a_missing_size() -> None:
    """Where the input is given, asking for it would not help."""
    with pytest.raises(ShapeError, match="unflatten1: which inputs its units read is not known"):
        effective(trace(parse("conv4/4 flatten unflatten4x4"), Shape((16, 16), 3)), 2, 0)


def test_no_path_has_a_way_out() -> None:
    """Where only what reads everything is left out, the layer that does is named, and the last one that slides."""
    followed = trace(parse("conv3 relu globalavgpool fc4"), Shape((8, 8), 3)).through_windows()
    line = "no window of fc1 leads to the input, for globalavgpool1 reads all of it: leave out --windows-only, or add --at relu1"
    with pytest.raises(NetworkError, match=line):
        effective_fields(followed, 3)


def test_branches_that_enlarge_weigh_as_many_paths_as_they_have() -> None:
    """Beside a stretched copy, which has one path, a transposed convolution has two for each unit: counted by hand.

    Units 0 and 1 read −1 and 0, and 0 and 1, through its kernel of 4, and 0 each through the copy: of six paths four
    end at 0.
    """
    network = parse("add( convT4/2,p1 | up2 ) conv2")
    found = effective(trace(network, Shape((8,), 1)), len(network) - 1, 0)
    assert found.first == -1
    assert all(isclose(share, paths / 6) for share, paths in zip(found.shares, (1, 4, 1), strict=True))


@pytest.mark.parametrize(("place", "layers"), [(None, 100), ((2, 3), 200)])
def test_more_paths_than_a_float_can_count(place: tuple[int, int] | None, layers: int) -> None:
    """Beside a branch of e^780 paths, 51² or 8² ways through each layer, a copy weighs nothing, first or last."""
    deep = " ".join(["conv51,p25"] * layers)
    alone, beside, behind = (
        effective_fields(trace(parse(words), Shape((8, 8), 1)), parse(words).outputs[-1], place)
        for words in (f"relu {deep}", f"relu add( {deep} | )", f"relu add( | {deep} )")
    )
    for one, two, three in zip(alone, beside, behind, strict=True):
        assert two.deviation == three.deviation
        assert isclose(one.deviation, two.deviation, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("words", "input", "unit", "first", "paths"),
    [
        # rows of the copy: 1 path; of the window of 3 rows, 3 each, for each of them has 3 columns
        ("relu add( conv1x3,p0x1 conv3x1,p1x0 | )", (), 0, -1, (3, 4, 3)),
        # each row of the pool has the 8 columns of the map, each of the window 3
        ("relu add( conv3,p1 | globalavgpool )", (8, 8), 0, -1, (3, 11, 11, 8, 8, 8, 8, 8, 8)),
        # unit 2 of the enlargement is made of inputs 0 and 1 on either axis, and copies input 1
        ("add( convT3/2,p0/1 | up2 )", (), 2, 0, (2, 3)),
        # unit 0 has two taps on each axis and a copy, at rows −1, −1, 0, 0 and 0: each also reads 5 of every row
        ("mul( | globalavgpool ) add( convT3/2,p0/1 | up2 )", (5, 5), 0, -1, (2, 3 + 25, 25, 25, 25, 25)),
    ],
)
def test_paths_on_an_axis_are_counted_with_those_on_the_other(
    words: str, input: tuple[int, ...], unit: int, first: int, paths: tuple[int, ...]
) -> None:
    """Where branches meet, each weighs as many paths as it has on all axes of the image: counted by hand."""
    network = parse(words)
    field = effective(trace(network, Shape(input, 1) if input else None), len(network) - 1, 0, unit)
    assert field.first == first
    assert [share * sum(paths) for share in field.shares] == pytest.approx(paths)


def test_no_path_stays_none_however_much_is_read_before() -> None:
    """A unit between the stamps of an enlargement reads nothing, though the map before reads all there is."""
    followed = trace(parse("conv3,p1 globalavgpool up4 convT1/2"), Shape((8,), 1))
    (nothing,), (all,) = (effective_fields(followed, 3, (unit,)) for unit in (1, 2))
    assert nothing.shares == ()
    assert sum(all.shares) == pytest.approx(1)
    both = trace(parse("add( convT1/2 | convT1/2 )"), Shape((6, 6), 1))
    assert [field.shares for field in effective_fields(both, 2, (1, 2))] == [(), ()]
    assert len(all.shares) == 8


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("concat( conv3-4,p1 | ) slice,from4", "identity"),
        ("concat( conv3-4,p1 | ) slice,to4", "conv3-4,p1"),
        ("concat( conv3-4,p1 | conv5-4,p2 ) slice,from4 conv3,p1", "conv5-4,p2 conv3,p1"),
        ("pixelunshuffle2 pixelshuffle2", "identity"),
        ("conv3-8,p1 pixelunshuffle2 pixelshuffle2", "conv3-8,p1"),
    ],
)
def test_only_the_channels_that_are_picked_have_paths(text: str, alone: str) -> None:
    """A slice of one branch spreads as that branch does alone, and what is folded and unfolded as it was before."""
    followed, other = (trace(parse(words), Shape((8, 8), 4)) for words in (text, alone))
    for unit in (None, (3, 4), (0, 7)):
        fields = effective_fields(followed, len(followed.network) - 1, unit)
        expected = effective_fields(other, len(other.network) - 1, unit)
        for one, same in zip(fields, expected * 2, strict=False):
            assert one.shares == pytest.approx(same.shares)
            assert unit is None or one.first == same.first


def test_units_that_stand_on_one_place_add_their_paths() -> None:
    """A map of one place that is enlarged with its corners kept: whatever reads three of its units has thrice its paths."""
    followed = trace(parse("conv5 up,to7,bilinear,align conv3"), Shape((5,), 1))
    (field,) = effective_fields(followed, 2, (2,))
    assert (field.first, field.shares) == (0, pytest.approx((0.2,) * 5))
