"""Small rules of the heart that a random change slipped past, each worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnncalc import summary_report, zoo
from cnncalc.analysis import Trace, counts, shapes, trace, trace_through
from cnncalc.errors import LayerError, NotationError, ShapeError
from cnncalc.fields import IDENTITY, POINT, STATISTICS, Part, Reach, Taps, through
from cnncalc.fields.readback import read_back
from cnncalc.layers.base import Layer
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.glu import GLU
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.placeholder import Placeholder
from cnncalc.layers.slice import Slice
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.unflatten import Unflatten
from cnncalc.layers.unknown import Unknown
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import describe
from cnncalc.receptive.cells import field_cells, field_text
from cnncalc.receptive.effective import Effective, effective, effective_fields
from cnncalc.receptive.maps import maps
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.rows import positions
from cnncalc.receptive.ruler import marks_to, ruler
from cnncalc.receptive.scene import scene
from cnncalc.receptive.units import unit_reads
from cnncalc.report.scene import ALONE, UNKNOWN, WITH_BEFORE
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from cnncalc.symbols import where


def layer(word: str) -> Layer:
    return parse(word).nodes[0].layer


def followed(words: str, *size: int, channels: int = 1) -> Trace:
    return trace(parse(words), Shape(size, channels))


def test_the_narrowest_part_may_begin_at_the_edge() -> None:
    """Half of the paths end at the first input, so one input holds half of them."""
    assert Effective(0, (0.5, 0.25, 0.25)).width(0.5) == 1


def test_a_gate_is_half_of_the_channels_away() -> None:
    """Channel c of 4 reads channels c and c + 4 of 8."""
    mixing = GLU().mixing(8, 4)
    assert mixing is not None
    assert mixing.phases == (Taps(0, 2, 4),)
    assert GLU().mixing(None, None) is None


def test_sums_read_the_same_channels_of_every_branch() -> None:
    """A branch of a single channel is read whole, for it is spread over the others."""
    assert list(Merge("add").parted(Inputs(1, 2), (4, 4))) == [(0, Inputs(1, 2)), (1, Inputs(1, 2))]
    assert list(Merge("mul").parted(Inputs(1, 2), (4, 1))) == [(0, Inputs(1, 2)), (1, None)]


def test_softmax_over_places_keeps_channels_apart() -> None:
    """Each channel is divided by its own sum; over channels every one reads all."""
    over_places = Softmax(space=True).mixing(4, 4)
    over_channels = Softmax().mixing(4, 4)
    assert over_places == IDENTITY
    assert over_channels is not None
    assert over_channels.whole


@pytest.mark.parametrize(
    ("norm", "cycle"),
    [
        (LayerNorm(), 1),
        (LayerNorm(space=True), None),
        (LayerNorm(space=True, scale=False, shift=False), 1),
        (LayerNorm(space=True, scale=False), None),
    ],
)
def test_a_layer_norm_differs_from_place_to_place_only_by_its_weights(norm: LayerNorm, cycle: int | None) -> None:
    """Weights of each place tell units apart; one set per channel, or none at all, does not."""
    assert norm.cycle(0) == cycle


def test_a_choice_is_made_for_every_number_of_an_array() -> None:
    """As `np.where` does, here for an array of conditions and two numbers."""
    conditions = np.array([True, False, True])
    assert np.array_equal(where(conditions, 3, 5), np.where(conditions, 3, 5))  # type: ignore[arg-type]


def test_only_a_vector_is_flattened_channel_by_channel() -> None:
    """What is a vector stays one; of a map, or where the channels are not known, channels are mixed up."""
    assert Flatten().mixing(4, 4) == IDENTITY
    assert Flatten().mixing(4, 100) is None
    assert Flatten().mixing(None, None) is None


@pytest.mark.parametrize(("word", "sides"), [("convT3-4,same", (1, 1)), ("convT5-4/2,same", (1, 2))])
def test_a_transposed_same_crops_the_odd_one_at_the_end(word: str, sides: tuple[int, int]) -> None:
    """What a window is wider than the stride is cropped, half before and, as in TensorFlow, the larger half behind."""
    assert layer(word).sides(0, 8) == sides  # type: ignore[attr-defined]


def test_a_depthwise_layer_on_unknown_channels_says_so() -> None:
    """Which channel reads which can't be said without their number."""
    assert layer("dwconv3").mixing(None, None) is None


def test_an_unknown_operator_is_called_by_its_name() -> None:
    """What is assumed of it and does not fit is told with the operator's own name."""
    with pytest.raises(ShapeError, match="^roll makes 7x7x2 of 14x14x2"):
        Unknown("roll", (7, 7, 2), rule="pointwise").output(Shape((14, 14), 2))


def test_pixels_put_into_channels_are_all_read_where_all_are_asked_for() -> None:
    """Of all channels behind a pixel unshuffle there is one way back, and it is exact."""
    ways = list(PixelShuffle(2, inverse=True).ways(None, Shape((8, 8), 4), Shape((4, 4), 16)))
    assert [(way.channels, way.exact) for way in ways] == [(None, True)]


def test_nothing_is_in_training_unless_it_is_said() -> None:
    """A batch norm in use reads its own place only; in training the whole map."""
    network, input = parse("conv3 bn"), Shape((8, 8), 2)
    outputs = shapes(network, input)
    for followed in (trace(network, input), trace_through(network, input, outputs)):
        assert followed.reach(1, 0, 0) == IDENTITY
    statistics = trace_through(network, input, outputs, training=True).reach(1, 0, 0)
    assert statistics is not None
    assert statistics.whole


def test_a_field_that_slides_on_one_axis_says_so() -> None:
    """Whole on one axis and sliding on the other is not the whole input."""
    sliding = {"whole": False, "size": 3, "jump": 1, "start": 0, "centre": 1, "read": 3}
    cells = field_cells([{**sliding, "whole": True}, sliding])
    assert cells[0] == "whole, 3 sliding"
    assert field_cells([sliding, sliding])[0] != cells[0]


def test_statistics_leave_every_unit_in_its_place() -> None:
    """What is normalised by its map still stands one input from the next."""
    assert sorted(part.advance for part in through(POINT, STATISTICS, 8)) == [0, 1]


def test_paths_through_statistics_are_those_of_the_windows() -> None:
    """A mean over the map adds no path to one unit more than to another, so the shares are the window's thirds."""
    shares = [effective(followed(words, 9), 1, 0).shares for words in ("conv3 in", "conv3 relu")]
    assert shares[0] == shares[1]


def test_a_pool_that_keeps_the_size_is_told_with_the_layer_before() -> None:
    """From 4 units to 4 every unit of an adaptive pool reads its own, though the map before was of 8."""
    assert [one.joins for one in scene(followed("conv2-4/2 adaptiveavgpool4", 8, 8)).layers] == [ALONE, WITH_BEFORE]


def test_a_layer_that_reads_neighbours_on_one_axis_stands_alone() -> None:
    """It costs nothing, but is not unit by unit."""
    assert [one.joins for one in scene(followed("conv3-4 maxpool1x3/1,same", 8, 8)).layers] == [ALONE, ALONE]


def test_nobody_stands_at_the_last_input_unless_inputs_before_the_first_are_read() -> None:
    """Unit 0 reads input 0, unit 1 inputs 0 and 1: their middles are 0 and half an input before their own place."""
    network = followed("conv3", 8)
    slow = (Part(2, (Inputs(0, 0), Inputs(0, 1))),)
    assert scene(network._replace(fields=((slow,),), latest=((slow,),))).layers[0].field.centres == (-0.25,)


def test_what_an_unknown_layer_reads_is_drawn_as_unknown() -> None:
    """Its edge says so on both axes, and the page is made."""
    edges = scene(followed("conv3 unknown", 8, 8)).layers[1].edges
    assert [edge.reaches for edge in edges] == [(UNKNOWN, UNKNOWN)]


def test_a_map_is_called_by_all_its_axes() -> None:
    """A map of 6 by 9 is written 6×9."""
    stations = maps(followed("conv3", 8, 11), "", Asked()).stations
    assert [station.shape for station in stations] == ["8×11", "6×9"]


def test_blocks_are_folded_until_they_are_few() -> None:
    """Of a DenseNet-121 neither the layers nor the layers of its blocks fit, so its four blocks are drawn."""
    drawn = maps(trace(zoo.load("densenet121"), Shape((224, 224), 3)), "", Asked())
    assert len(drawn.stations) == 12  # the input, two before the blocks, four blocks, three between, two behind


def test_the_table_is_of_a_network_in_use_unless_it_is_said() -> None:
    """In training a batch norm reads the whole map; nobody asked for that."""
    network, input = parse("conv3 bn"), Shape((8, 8), 2)
    plain, trained = (receptive_fields(network, input, Asked(**how)) for how in ({}, {"training": True}))
    assert (plain.data["whole"], trained.data["whole"]) == (False, True)


def test_every_axis_of_a_ruler_begins_in_the_same_column() -> None:
    """Names of different lengths don't push it about."""
    stack = followed("conv3 maxpool2 conv3", 30)
    lines = ruler(stack, 2, marks_to(stack, 2)).lines
    labels = [re.match(r"[a-z0-9]+ +\d+ ", line) for line in lines[:3]]
    assert len({label and label.end() for label in labels}) == 1


def test_a_slice_of_joined_channels_reads_the_branch_they_come_from() -> None:
    """Channels 4 to 7 are the input's own, the first four a convolution's."""
    words = "input 8x8x4 concat( conv3-4,p1 | ) slice,"
    sizes = [describe(followed(words + end, 8, 8, channels=4).field(0, 2), 8).size for end in ("from4", "to3")]
    assert sizes == [1, 3]


def test_a_slice_of_one_map_reads_what_the_map_reads() -> None:
    """Two of four channels of a convolution have its field."""
    sliced = followed("input 8x8x1 conv3-4,p1 conv3-4,p1 slice,from2", 8, 8)
    assert describe(sliced.field(0, 2), 8).size == 5


def test_every_other_unit_gathered_is_a_set_without_holes() -> None:
    """Units 0, 2 and 4 of a doubled map are turns 0, 1 and 2, which together read inputs 0 to 2."""
    doubled = Reach(1, (Taps(0), Taps(0, 2)))
    assert read_back(Inputs(0, 4, 2), doubled, 8) == Inputs(0, 2)


def test_rows_apart_stay_apart() -> None:
    """The first and the third row of a plane of three are two boxes."""
    first_and_third = Inputs(0, 11, 1, 0b111100001111)
    assert positions(first_and_third, (3, 4)) == [(Inputs(0, 0), Inputs(0, 3)), (Inputs(2, 2), Inputs(0, 3))]


def test_a_period_is_one_only_if_all_of_it_repeats() -> None:
    """Of four phases the second is the first moved on by one; the third is wider."""
    field = (Part(4, (Inputs(0, 0), Inputs(1, 1), Inputs(2, 3), Inputs(3, 3))),)
    assert str(describe(field, 8).size) == str(describe((Part(4, (Inputs(0, 0), Inputs(1, 2))),), 8).size)


def test_units_that_read_all_of_an_axis_in_full_are_all_of_them() -> None:
    """A class token and 36 of an image are not followed; behind attention each reads the whole, so all 37 do."""
    network, input = parse("conv3 tokens attention"), Shape((8, 8), 2)
    units = [receptive_fields(network, input, Asked(unit="0", at=at)).data["unit"] for at in ("tokens1", "attention1")]
    assert [(unit["full_units"], unit["units"]) for unit in units] == [(None, 37), (37, 37)]


def test_where_stride_and_dilation_share_a_factor_every_other_unit_reads_nothing() -> None:
    """Input i is stamped at 4i, 4i + 2 and 4i + 4: unit 0 reads inputs -1 and 0, unit 2 input 0, odd ones none."""
    reach = layer("convT3-1/4,p0,d2").reach(0, 8)
    assert reach is not None
    assert [(taps.first, taps.number) for taps in reach.phases] == [(-1, 2), (0, 0), (0, 1), (0, 0)]


def test_all_units_together_read_all_where_none_is_followed() -> None:
    """Which token stands where on the new map is not known, but a mean over it reads every one of them."""
    spread = followed("conv3 tokens,x0 unflatten6x6 globalavgpool", 8, 8)
    assert unit_reads(spread, 3, (0, 0)).box == ((0, 7), (0, 7))


def test_stamps_of_a_stride_and_a_dilation_without_a_common_factor() -> None:
    """Input i is stamped at 5i, 5i + 2 and 5i + 4, so units 1 and 3 of five read nothing."""
    reach = layer("convT3-1/5,p0,d2").reach(0, 8)
    assert reach is not None
    assert [(taps.first, taps.number) for taps in reach.phases] == [(0, 1), (0, 0), (0, 1), (0, 0), (0, 1)]


def test_maps_of_a_token_have_no_area_for_the_row() -> None:
    """The image is drawn with what the token reads; a row of tokens is no plane."""
    stations = maps(followed("conv3 tokens attention", 8, 8), "", Asked(at="tokens1", unit="7")).stations
    assert [(station.name, bool(station.reads)) for station in stations[:3]] == [
        ("input", True),
        ("conv1", True),
        ("tokens1", False),
    ]


def test_no_field_at_all_is_not_the_whole_input() -> None:
    """Where a network has nothing to tell of an axis, the cells are empty."""
    assert field_text(()) == (None, None)


def test_the_unit_in_the_middle_stands_for_those_that_do_not_slide() -> None:
    """Of 36 windows, written row by row, number 18 is the first of the row of windows 3."""
    tokens = followed("conv3 tokens,x0", 8, 8)
    assert effective_fields(tokens, 1) == effective_fields(tokens, 1, (18,))
    rows, columns = (
        {field.first + place for place, share in enumerate(field.shares) if share}
        for field in effective_fields(tokens, 1)
    )
    assert (rows, columns) == ({3, 4, 5}, {0, 1, 2})


def test_a_size_that_differs_is_the_largest_in_the_sum() -> None:
    """Four units of a doubled map are of 2 or 3 inputs, and the sum says which it gives."""
    notes = " ".join(map(str, receptive_fields(parse("up2 conv4"), Shape((8, 8), 1)).notes))
    assert "; the largest = 1" in notes
    assert "; the largest" not in " ".join(map(str, receptive_fields(parse("conv3 conv3"), Shape((8, 8), 1)).notes))


def test_a_group_norm_can_be_without_shift() -> None:
    """Four scales and no shifts."""
    (bank,) = layer("gn,g2,noshift").banks(Shape((8, 8), 4), Shape((8, 8), 4))
    assert (bank.filters, bank.fan_in, bank.bias) == (4, 1, 0)


def test_a_vector_unfolded_onto_one_place_keeps_its_channels() -> None:
    """Channel by channel; any other number of them is not said one by one."""
    assert Unflatten((1, 1)).mixing(4, 4) == IDENTITY
    assert Unflatten((2, 2)).mixing(16, 4) is None


def test_what_is_stored_beside_a_kind_is_added_to_all_that_it_has() -> None:
    """216 weights and 8 more, 8 biases and 1 fewer, 3 fixed numbers, and 100 products beside 7·7·216."""
    network = parse("input 9x9x3 conv3-8,stored:+8/-1/+3/0/+100")
    assert network.input is not None
    (counted,) = counts(network, network.input, shapes(network, network.input))
    assert (counted.weights, counted.biases, counted.buffers, counted.macs) == (224, 7, 3, 49 * 216 + 100)


def test_a_merge_stores_beside_its_kind_too() -> None:
    """Attention of 9 queries to 9 keys of 4 channels multiplies 2·9·9·4 times, and has a bias for each pair."""
    network = parse("input 3x3x4 crossattend,stored:+81( | | )")
    assert network.input is not None
    (counted,) = counts(network, network.input, shapes(network, network.input))
    assert (counted.weights, counted.macs) == (81, 2 * 9 * 9 * 4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("crossattend( | )", "it takes queries, keys and values, not 2 maps"),
        ("join,axis2( | maxpool2 )", "there is no axis 2 in 5x5x4"),
        ("embed9-4", "4 channels, but one number chooses a row"),
        ("windowattend3,h2", "6 groups do not divide 4 input channels"),
        ("windowattend2x3,s2x1", "shift 2 is not less than window 2"),
        ("conv9,p1/2", r"kernel 9 does not fit into 5 \(\+3 padding\): add padding ≥ 2 or take a kernel ≤ 8"),
    ],
)
def test_what_a_kind_cannot_take_is_said_with_its_numbers(words: str, message: str) -> None:
    """On a map of 5×5 and 4 channels."""
    with pytest.raises((ShapeError, NotationError), match=message):
        shapes(parse(words), Shape((5, 5), 4))


def test_a_size_of_a_further_input_is_not_less_than_none() -> None:
    """None is one that is not known yet."""
    assert Placeholder((0, 3)).shape is None
    with pytest.raises(LayerError, match="placeholder: size -1 is out of range"):
        Placeholder((-1, 3))


def test_recurrent_layers_by_their_gates_and_directions() -> None:
    """(5 + 4 + 1)·4 weights for each gate and direction, and every step reads those before it, or all."""
    for word, gates, directions in (("rnn-4", 1, 1), ("gru-4", 3, 1), ("lstm-4", 4, 1), ("lstm-4,bi", 4, 2)):
        made = parse(f"input 7x5 {word}")
        assert shapes(made, Shape((7,), 5)) == (Shape((7,), 4 * directions),)
        assert summary_report(made).get("total.weights") == gates * directions * (5 + 4) * 4
    assert trace(parse("lstm-4"), Shape((7,), 5)).reach(0, -1, 0) == Reach(1, (Taps(-6, 7),))


@pytest.mark.parametrize(
    ("shape", "written"),
    [
        (Shape((1, 16, 16), 3), "1x16x16x3c"),
        (Shape((1, 15, 16), 3), "1x15x16x3"),
        (Shape((2,), 1000), "2x1000c"),
        (Shape((2,), 999), "2x999"),
    ],
)
def test_what_could_be_meant_otherwise_is_written_with_its_channels(shape: Shape, written: str) -> None:
    """An image with a batch before it has sides of 16 at least, a sound with its channels first 1,000 samples."""
    assert shape.written == written
    assert Shape.parse(written) == shape


def test_same_padding_settles_the_output_padding_of_each_axis() -> None:
    """One axis of output padding is one too many."""
    with pytest.raises(NotationError, match="same settles the size that comes out"):
        parse("convT3-4/2,same,op1x0")


def test_an_unknown_operator_has_sizes_and_counts_of_its_own() -> None:
    """5 stored numbers bring no products: those are told."""
    with pytest.raises(LayerError, match="unknown: size 0"):
        Unknown("roll", (0, 4))
    network = Network((Node(Unknown("roll", (4,), learnt=5, macs=7), (-1,), "roll"),))
    (counted,) = counts(network, Shape((8, 8), 1), shapes(network, Shape((8, 8), 1)))
    assert (counted.parameters, counted.macs) == (5, 7)


def test_blocks_of_channels_are_followed_up_to_the_longest_period() -> None:
    """65,536 channels of each block; one more is not followed."""
    shape = (200_000, 100_000)
    assert Slice(0, 65_536, of=100_000).mixing(*shape) is not None
    assert Slice(0, 65_537, of=100_000).mixing(*shape) is None
