"""Shapes and counts of networks against published tables and plain sums, and the errors that name their layer."""

from __future__ import annotations

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from cnncalc import zoo
from cnncalc.analysis import counts, rank, shapes, trace, walk
from cnncalc.counting import count
from cnncalc.errors import NetworkError, ShapeError
from cnncalc.fields import IDENTITY, POINT, WHOLE
from cnncalc.network import INPUT, Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from tests.networks import graphs

VGG = "conv3-64,p1 x2 maxpool2 conv3-128,p1 x2 maxpool2 conv3-256,p1 x3 maxpool2 conv3-512,p1 x3 maxpool2"
PUBLISHED = {
    "CS231n, VGG-16": (
        f"{VGG} conv3-512,p1 x3 maxpool2 fc4096 x2 fc1000",
        "224x224x3",
        {"parameters": 138357544, "weights": 138344128, "biases": 13416, "macs": 15470264320},
    ),
    "d2l, LeNet": (
        "conv5-6,p2 avgpool2 conv5-16 avgpool2 flatten fc120 fc84 fc10",
        "28x28x1",
        {"parameters": 61706, "macs": 416520},
    ),
    "CS231n, three 3x3 of 64 channels": ("conv3-64,nobias x3", "32x32x64", {"parameters": 27 * 64**2}),
    "CS231n, one 7x7 of 64 channels": ("conv7-64,nobias", "32x32x64", {"parameters": 49 * 64**2}),
    "ResNet stem": ("conv7-64/2,p3,nobias maxpool3/2,p1", "224x224x3", {"parameters": 9408}),
    "Filo, batch norm": (
        "conv3-32,p1 bn maxpool2 conv3-64 bn maxpool2 flatten fc512 fc256 fc128 fc10",
        "64x64x3",
        {"parameters": 7558410, "buffers": 192},
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals(name: str) -> None:
    """Whole networks have the totals that are printed for them."""
    text, input, expected = PUBLISHED[name]
    network, shape = parse(text), Shape.parse(input)
    counted = counts(network, shape, shapes(network, shape))
    for key, total in expected.items():
        assert sum(getattr(layer, key) for layer in counted) == total


def test_sizes_of_the_resnet_stem() -> None:
    """112×112 after the convolution, 56×56 after the pool."""
    made = shapes(parse("conv7-64/2,p3,nobias maxpool3/2,p1"), Shape((224, 224), 3))
    assert [shape.space for shape in made] == [(112, 112), (56, 56)]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_networks_count_what_their_layers_count(drawn: tuple[Network, Shape]) -> None:
    """Counts of a graph are those of its layers asked one by one, whatever is remembered on the way."""
    network, input = drawn
    made = shapes(network, input)
    for node, counted in zip(network.nodes, counts(network, input, made), strict=True):
        if len(node.inputs) == 1:
            before = input if node.inputs[0] == INPUT else made[node.inputs[0]]
            assert counted == count(node.layer, before)


def test_shared_weights_count_once_and_multiply_twice() -> None:
    """A node that uses another's weights has MACs and no parameters of its own."""
    first = parse("conv3-8,p1").nodes[0]
    twice = Network((first, Node(first.layer, (INPUT,), "again", first.name)))
    input = Shape((8, 8), 8)
    own, again = counts(twice, input, shapes(twice, input))
    assert (again.parameters, again.macs) == (0, own.macs)


@pytest.mark.parametrize(
    ("text", "input", "line"),
    [
        (
            "conv3 x5",
            "8x8x1",
            "layer 4, conv4, got 2x2x1: kernel 3 does not fit into 2 (+0 padding): "
            "add padding ≥ 1 or take a kernel ≤ 2",
        ),
        (
            "a: conv3-8 b: conv1-8 add(@a | )",
            "8x8x3",
            "",
        ),
        (
            "add(left: conv3-8 | right: conv3-8,p1)",
            "8x8x3",
            "layer 3, add1, of left and right: add: 6x6x8 and 8x8x8 don't fit together: "
            "make the branches end in the same shape",
        ),
        (
            "concat(left: conv3-8 | right: conv3-4,p1)",
            "8x8x3",
            "layer 3, concat1, of left and right: concat: 6x6x8 and 8x8x4 don't fit together: "
            "make the branches end in the same spatial size",
        ),
        (
            "conv3-6,g4",
            "8x8x8",
            "layer 1, conv1, got 8x8x8: conv: 4 groups do not divide 6 filters: take one of 1, 2, 3, 6",
        ),
    ],
)
def test_what_does_not_fit_names_its_layer(text: str, input: str, line: str) -> None:
    """A layer that can't take its input is named, with the size it got; a merge names its branches."""
    if not line:
        assert shapes(parse(text), Shape.parse(input))[-1] == Shape((6, 6), 8)
        return
    with pytest.raises(ShapeError) as caught:
        shapes(parse(text), Shape.parse(input))
    assert str(caught.value) == line


def test_a_vector_has_no_receptive_field() -> None:
    """Fields need an axis; a vector has none."""
    with pytest.raises(NetworkError, match="100 is a vector: receptive fields need at least one axis"):
        trace(parse("fc10"), Shape((), 100))


def test_what_a_node_reads_of_a_source() -> None:
    """A merge reads its branches place by place, but a single place from everywhere; where an axis ends, all of it is
    read, and a vector reads a vector number by number."""
    followed = trace(parse("mul( conv3,p1 | globalavgpool ) flatten relu"), Shape((4, 6), 1))
    assert [followed.reach(2, source, axis=1) for source in (0, 1)] == [IDENTITY, WHOLE]
    assert [followed.reach(node, node - 1, axis=1) for node in (3, 4)] == [WHOLE, IDENTITY]
    assert [followed.extent(node, 1) for node in (INPUT, 0, 1)] == [6, 6, 1]
    assert followed.shape(INPUT) == Shape((4, 6), 1)
    assert followed.shape(3) == Shape((), 24)
    assert followed.field(1, INPUT) is POINT


def test_shapes_are_asked_for_where_an_input_is_missing() -> None:
    """Without an input shape there is none of any node either."""
    followed = trace(parse("conv3 globalavgpool"))
    assert followed.extent(INPUT, 0) is None
    assert followed.extent(1, 0) == 1
    with pytest.raises(NetworkError, match="give --input"):
        followed.shape(0)


@pytest.mark.parametrize("text", ["conv1x2 conv1x2x3", "conv1x2/1x1x2", "up2x3 maxpool2 conv1x2x3"])
def test_axes_that_only_an_input_can_tell_are_asked_for(text: str) -> None:
    """Layers that speak of two numbers of axes are refused where no input tells which it is."""
    with pytest.raises(NetworkError, match=r"\w+1 has sizes for 2 axes, \w+ for 3: give --input"):
        trace(parse(text))


def test_a_map_may_become_one_of_other_axes() -> None:
    """With an input, a map of two axes may be unflattened to one of three, whose layers speak of three."""
    network = parse("conv1x2 flatten unflatten2x3x2 conv1x2x2")
    assert shapes(network, Shape((4, 4), 1))[-1] == Shape((2, 2, 1), 1)
    assert len(trace(network, Shape((4, 4), 1)).fields) == 2


def test_networks_speak_of_one_axis_unless_a_size_is_for_more() -> None:
    """One number holds for any number of axes; a size for two of them says that there are two."""
    assert [rank(parse(text)) for text in ("conv3", "relu", "conv3x1", "conv3 conv1x3x3 conv3")] == [1, 1, 2, 3]


def test_a_layer_for_fewer_axes_leaves_the_others_alone() -> None:
    """Behind what leaves two of three axes a window has two sizes: along the third each place reads its own."""
    followed = trace(parse("unflatten1x3 conv2-2/2x3,p2/0x1/0"), Shape((3, 2, 4), 1))
    assert followed.shapes is not None
    assert followed.shapes[-1].space == (1, 1)
    assert followed.field(2, 1) == followed.field(2, 0)


def assert_axes_alike(network: Network, image: Shape) -> None:
    """Of a square image one axis stands for both where no layer differs between them: followed one by one they agree."""
    if not any(node.layer.uneven for node in network.nodes):
        outputs = shapes(network, image)
        first, *others = (
            walk(network, outputs, axis, size, training=False)[0] for axis, size in enumerate(image.space)
        )
        assert others == [first] * len(others)


@settings(max_examples=60)
@given(graphs(most=6, sizes=st.integers(8, 16)))
def test_the_axes_of_a_square_are_alike(drawn: tuple[Network, Shape]) -> None:
    """On random graphs of every kind of layer."""
    network, image = drawn
    try:
        assert_axes_alike(network, Shape(image.space[:1] * len(image.space), image.channels))
    except ShapeError:
        reject()


@pytest.mark.parametrize(
    "words",
    [
        "conv3-4 tokens conv1-4 add( | ln attention ) add( | ln conv1-8 gelu conv1-4 ) conv1-2",
        "tokens in conv3-4 attention",
        "tokens crossattend( conv1-4 | conv1-4 | conv1-4 ) globalavgpool fc3",
        "tokens concat( conv1-4 | attention ) maxpool2",
        "tokens lstm4 conv3 mul( globalavgpool sigmoid | )",
        "vit-b16",
    ],
)
def test_the_axes_of_a_square_are_alike_behind_a_row(words: str) -> None:
    """Where patches stand in a row, an axis ended, and its places are in the other's."""
    network = zoo.load(words) if words in zoo.names() else parse(words)
    assert_axes_alike(network, network.input or Shape((8, 8), 4))
