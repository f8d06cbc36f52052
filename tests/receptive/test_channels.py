"""Where channels are picked: what units read against NaN that spread through whole maps with all their channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import trace
from cnncalc.errors import CnncalcError
from cnncalc.fields import IDENTITY
from cnncalc.network import INPUT, Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive.units import unit_reads, ways_back, windows_read
from cnncalc.shapes import Shape
from cnncalc.verify.maps import spread
from tests.every_kind import any_layer

PICKERS = (
    "Slice",
    "PixelShuffle",
    "ChannelShuffle",
    "ChannelPool",
    "GLU",
    "Merge",
    "Conv",
    "Depthwise",
    "LocalResponseNorm",
)


def poisoned(network: Network, input: Shape) -> list[np.ndarray]:
    """For each layer: ``reached[unit…, place]``, whether any channel of a unit is not a number when that place is not."""
    places = list(np.ndindex(*input.space))
    tables: list[list[np.ndarray]] = [[] for _node in network.nodes]
    for place in places:
        marks = np.zeros((input.channels, *input.space), bool)
        marks[(slice(None), *place)] = True
        for index, marked in spread(network, marks):
            tables[index].append(marked.any(axis=0))
    return [np.stack(table, axis=-1).reshape(*table[0].shape, *input.space) for table in tables]


def check(network: Network, input: Shape) -> int:
    """Hold every unit of every layer against the poison; how many units were exact."""
    followed, exact = trace(network, input), 0
    for node, reached in enumerate(poisoned(network, input)):
        assert followed.shapes is not None
        for unit in np.ndindex(*followed.shapes[node].space):
            try:
                ways = list(ways_back(followed, node, unit))
                reads = unit_reads(followed, node, unit)
            except CnncalcError:
                continue  # units that left the axes of the input
            seen, claimed = reached[unit], np.zeros(input.space, bool)
            for box in ways[-1][1] if ways[-1][0] == INPUT else []:
                claimed[np.ix_(*(list(axis.indices()) for axis in box))] = True
            assert not (seen & ~claimed).any(), f"{network.nodes[node].name} {unit} reads more than is said"
            if reads.exact:
                exact += 1
                assert (seen == claimed).all(), f"{network.nodes[node].name} {unit} reads less than is said"
    return exact


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("concat( conv3-4,p1 | ) slice,from4", (8, 8)),
        ("pixelunshuffle2 pixelshuffle2", (8, 8)),
        ("pixelunshuffle2 slice,from3,to11 pixelshuffle2 conv3,p1", (8, 8)),
        ("concat( conv3-4,p1 | ) conv3-8,p1,g2 slice,to4", (8, 8)),
        ("concat( conv3-4,p1 | ) conv3-8,p1,g2 channelshuffle,g2 slice,from4", (8, 8)),
        ("concat( conv3-4,p1 | ) channelshuffle,g4 dwconv3,p1,m2 slice,to2", (8, 8)),
        ("concat( conv3-4,p1 | maxpool5/1,p2 ) glu slice,to2", (6, 6)),
        ("concat( conv3-4,p1 | ) in slice,to4 conv3,p1", (6, 6)),
        ("concat( conv3-4,p1 | ) gn,g4 slice,to4 conv3,p1", (6, 6)),
        ("concat( crop,p2 pad,p2 | ) slice,to4 conv3,p1", (7, 7)),
        ("a: conv1-8 concat( slice,to2 @a | slice,from2,to4 conv3,p1 @a ) slice,to2", (6, 6)),
        ("concat( conv3-4,p1 | ) lrn-3 slice,from6", (6, 6)),
        ("pixelshuffle2 pixelunshuffle2 slice,from3,to4", (6, 6)),
        ("concat( conv3-4,p1 | ) slice,from4 globalavgpool", (6, 6)),
        ("concat( conv3-4,p1 | ) add( slice,to4 | slice,from4 )", (6, 6)),
        ("pixelunshuffle2 slice,from1,to2 flatten fc3", (6, 6)),
        ("concat( conv3-4,p1 | ) slice,to6 conv3,p1", (9,)),
        ("pixelunshuffle2 slice,from3,to11 pixelshuffle2", (4, 4, 4)),
    ],
)
def test_picked_channels_read_what_they_read(text: str, space: tuple[int, ...]) -> None:
    """Every unit of every layer reads exactly what the poison says, and nothing else."""
    network, input = parse(text), Shape(space, 4)
    assert check(network, input) > 10
    assert unit_reads(trace(network, input), len(network) - 1, (0,) * len(trace(network, input).shapes[-1].space)).exact  # type: ignore[index]


MIXERS = (
    *("channelavgpool", "channelmaxpool", "glu", "channelshuffle,g2", "slice,from1,to3"),
    *("conv1-8,g2", "conv1-3", "dwconv3,p1,m2", "lrn-3"),
)


def mixed(network: Network, channels: int) -> set[tuple[int, int]]:
    """Which channel that comes out reads which that went in, by marks that spread through whole maps."""
    pairs = set()
    for channel in range(channels):
        marks = np.zeros((channels, 3, 3), bool)
        marks[channel] = True
        *_others, (_index, marked) = spread(network, marks)
        pairs |= {(int(after), channel) for after in np.flatnonzero(marked.any(axis=(1, 2)))}
    return pairs


def said_to_mix(network: Network, channels: int) -> set[tuple[int, int]]:
    """The same as the last layer says it, all inputs of a unit clipped to the channels there are."""
    after = trace(network, Shape((3, 3), channels)).shapes[-1].channels  # type: ignore[index]
    mixing = network.nodes[-1].layer.mixing(channels, after)
    assert mixing is not None
    everything = range(channels)
    return {
        (unit, channel)
        for unit in range(after)
        for channel in (mixing.taps(unit).indices if mixing.phases else everything)
        if channel in everything
    }


@pytest.mark.parametrize("text", MIXERS)
def test_channels_mix_as_a_kind_says(text: str) -> None:
    """What a kind says of its channels is what becomes of marks that are put into one channel after the other."""
    network = parse(text)
    assert said_to_mix(network, 4) == mixed(network, 4) != set()


def test_a_pool_over_channels_that_mixes_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail where a single channel comes out, which nothing picks from: one that reads the first only."""
    network = parse("channelavgpool")
    monkeypatch.setattr("cnncalc.layers.channelpool.ChannelPool.mixes", IDENTITY)
    assert said_to_mix(network, 4) == {(0, 0)} != mixed(network, 4)


@st.composite
def picking(draw: st.DrawFn) -> Network:
    """Networks in which channels are put side by side, moved and picked again."""
    nodes: list[Node] = []
    for index in range(draw(st.integers(2, 7))):
        nearby = st.integers(max(INPUT, index - 3), index - 1)
        kind = draw(st.sampled_from(PICKERS))
        inputs = tuple(draw(st.lists(nearby, min_size=1, max_size=3 if kind == "Merge" else 1)))
        nodes.append(Node(draw(any_layer(kind)), inputs, f"{kind}{index}"))
    return Network(tuple(nodes))


@settings(max_examples=150)
@given(picking(), st.sampled_from([Shape((5, 6), 4), Shape((6, 6), 8), Shape((8,), 4)]))
def test_random_choices_read_what_they_read(network: Network, input: Shape) -> None:
    """No unit reads more than is said, and as much where it is not said to be at most that."""
    try:
        shapes = trace(network, input).shapes
    except CnncalcError:
        return
    if shapes and max(shape.numbers for shape in shapes) < 4000:
        check(network, input)


def test_what_is_not_followed_is_at_most_that() -> None:
    """A vector's numbers are places and channels at once, which is not followed: said, not guessed."""
    followed = trace(parse("flatten slice,to4"), Shape((4, 4), 2))
    reads = unit_reads(followed, 1, ())
    assert (reads.exact, reads.number) == (False, (4, 4))
    assert followed.at_most(1)
    assert not followed.at_most(0)


def test_without_an_input_a_choice_is_at_most_the_whole() -> None:
    """How many channels there are is not known, so the field is that of all, and said to be at most that."""
    followed = trace(parse("concat( conv3-4,p1 | ) slice,from4"))
    assert followed.at_most(2)
    assert not followed.at_most(1)
    assert not any(trace(parse("concat( conv3-4 | conv3-4 ) conv1-8 slice,from4")).at_most(node) for node in range(5))


def test_windows_of_picked_channels_leave_the_statistics_out() -> None:
    """Behind a norm over groups a channel reads its own window; the statistics of its group are the whole input."""
    followed = trace(parse("concat( conv3-4,p1 | ) gn slice,from4"), Shape((8, 8), 4))
    assert unit_reads(followed, 3, (4, 4)).box == ((0, 7), (0, 7))
    assert windows_read(followed, 3, (4, 4)).box == ((4, 4), (4, 4))
