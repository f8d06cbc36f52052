"""Small rules of what units read that a random change slipped past, each worked out by hand."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from cnncalc.analysis import Trace, channels, trace
from cnncalc.errors import LimitError
from cnncalc.fields import IDENTITY, LOST, WHOLE, Part, Reach, Taps, through
from cnncalc.layers.attend import Attend
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.recurrent import Recurrent
from cnncalc.layers.upsample import Upsample
from cnncalc.layers.windowattend import WindowAttend
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive import effective, joint, units
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import describe, slides
from cnncalc.receptive.effective import Edge, effective_fields
from cnncalc.receptive.figure import figure
from cnncalc.receptive.growth import growth
from cnncalc.receptive.inputs import inputs_note, of_each_input
from cnncalc.receptive.joint import Axis
from cnncalc.receptive.maps import maps
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.rows import positions
from cnncalc.receptive.scene import scene
from cnncalc.receptive.units import MOST_BOXES, unit_reads
from cnncalc.report.scene import ALONE, WITH_BEHIND
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape


def followed(words: str, *size: int, channels: int = 1) -> Trace:
    return trace(parse(words), Shape(size, channels))


def test_units_that_read_nothing_are_no_size_of_a_sum() -> None:
    """Input i is stamped at 4i, 4i + 2 and 4i + 4: every other unit reads none, the others 2 or 1."""
    notes = " ".join(map(str, receptive_fields(parse("convT3-1/4,p0,d2"), Shape((8, 8), 1)).notes))
    assert "field 1 or 2, with period 4" in notes


def test_an_unknown_operator_reads_each_of_its_maps_whole() -> None:
    """Maps of 6 and of 4 places, of 8 inputs both: all 8 are read, and no more are there."""
    (part,) = followed("unknown2x2x3,as:whole( conv3 | maxpool2 )", 8, 8).field(0, 2)
    assert (part.phases, part.advance) == ((Inputs(0, 7),), 0)


def test_without_a_size_one_place_is_one_only_where_it_was_pooled() -> None:
    """A global pool leaves one place, whatever came in; enlarged, it is not known how many there are."""
    assert trace(parse("globalavgpool up2")).extents == ((1, None),)


def test_a_map_read_by_a_place_and_as_a_whole_is_read_as_a_whole() -> None:
    """Attention over a map's own keys: queries lie in their place, keys anywhere."""
    assert followed("crossattend( | | )", 4, 4, channels=3).reach(0, -1, 0) is WHOLE


def test_neighbouring_rows_are_one_box() -> None:
    """Three rows of four that are read whole are one box, and two apart from the last are another."""
    assert positions(Inputs(0, 11), (3, 4)) == [(Inputs(0, 2), Inputs(0, 3))]
    first_two_and_last = Inputs(0, 15, 1, 0xF0FF)
    assert positions(first_two_and_last, (4, 4)) == [(Inputs(0, 1), Inputs(0, 3)), (Inputs(3, 3), Inputs(0, 3))]


def test_enlarging_by_a_fraction_of_endless_period_is_refused() -> None:
    """1,000,003 units on 1,000,000 inputs: no two read alike until the last."""
    with pytest.raises(LimitError, match="1,?000,?003"):
        Upsample(to=(1_000_003,), mode="bilinear").reach(0, 1_000_000)


def test_what_stands_on_a_figure_without_a_title() -> None:
    """Nothing stands before the number of inputs that are read."""
    assert maps(followed("conv3", 8, 8), "", Asked(unit="1,1")).about.startswith("9 of 64 inputs (14.1%)")


def test_windows_of_each_input_are_asked_for() -> None:
    """What is normalised also reads the whole of its own input, and of no other."""
    network = followed("conv3-4,p1 in add( | mask: placeholder,to9x9x1 conv5-4,p2 )", 9, 9, channels=3)
    assert [entry["whole"] for entry in of_each_input(network, 4)] == [True, False]
    assert [entry["whole"] for entry in of_each_input(network.through_windows(), 4)] == [False, False]


def test_directions_stand_side_by_side() -> None:
    """Of 2 · 3 channels the first read what was so far, the last what is to come, and all together both."""
    back, on = Reach(1, (Taps(-4, 5),)), Reach(1, (Taps(0, 5),))
    both = Recurrent("lstm", 3, bidirectional=True)
    shapes = Shape((5,), 2), Shape((5,), 6)
    reaches = [
        [way.reaches for way in both.ways(channels, *shapes)] for channels in (Inputs(0, 2), Inputs(3, 5), Inputs(2, 3))
    ]
    assert reaches == [[(back,)], [(on,)], [(back,), (on,)]]
    assert [way.channels for way in both.ways(None, *shapes)] == [
        way.channels for way in Recurrent("gru", 3).ways(None, *shapes)
    ]


def test_a_field_that_does_not_slide_on_one_axis_has_no_theory() -> None:
    """A single row enlarged to itself is read by all units alike."""
    unit = receptive_fields(parse("up2,bilinear,corners"), Shape((1, 8), 1), Asked(unit="0,3")).data["unit"]
    assert (unit["box"], unit["theoretical"], unit["full_units"]) == ([[0, 0], [1, 2]], None, 32)


def test_no_more_choices_among_channels_are_followed_than_is_said() -> None:
    """Of 80 channels, each picked by itself, 64 choices are followed; then the answer says at most."""
    picked = " | ".join(f"slice,from{place},to{place + 1}" for place in range(80))
    some = followed(f"concat( conv3-40,p1 | pad,p0 ) concat( {picked} )", 8, 8, channels=40)
    assert len([channels for channels in some.choices(2) if channels is not None]) == 64
    assert some.at_most(len(some.network) - 1)


def test_anchors_that_stand_apart_are_of_the_same_place() -> None:
    """3 answers for each of 4 places, place by place or answer by answer: each has the paths of its place."""
    by_place, apart = (followed(f"conv2-6/2 tokens,x0,a3{order}", 4, 4) for order in ("", ",apart"))
    for place in range(4):
        halves = [(0.5, 0.5, 0.0, 0.0) if side == 0 else (0.0, 0.0, 0.5, 0.5) for side in divmod(place, 2)]
        for answer in range(3):
            for paths in (
                effective_fields(by_place, 1, (3 * place + answer,)),
                effective_fields(apart, 1, (4 * answer + place,)),
            ):
                assert [tuple(axis.shares) for axis in paths] == halves


def test_a_vector_of_branches_reads_whole_what_was_flattened() -> None:
    """Each number of a flattened map is of one place, and which number is which nobody says."""
    assert receptive_fields(parse("concat( flatten | conv3 flatten )"), Shape((8, 8), 2)).data["rf"] is None
    (part,) = followed("concat( flatten | conv3 flatten )", 8, 8).field(0, 3)
    assert (part.advance, part.phases) == (0, (Inputs(0, 7),))


def test_the_shortest_period_is_one_where_neighbours_differ_by_the_jump() -> None:
    """Two phases that are two steps of one."""
    by_two, by_one = Part(2, (Inputs(0, 2), Inputs(1, 3))), Part(1, (Inputs(0, 2),))
    assert describe((by_two,), 8) == describe((by_one,), 8)


def test_what_adds_nothing_is_on_the_way_too() -> None:
    """Four layers, of which the norm and the activation add nothing."""
    steps = growth(followed("conv3 bn relu conv3", 12, 12), 0, 3)
    assert [(step.node, step.adds, step.jump) for step in steps] == [(0, 2, 1), (1, 0, 1), (2, 0, 1), (3, 2, 1)]


def test_a_pad_is_told_with_the_very_next_layer_or_alone() -> None:
    """The sum that reads it stands behind another branch."""
    drawn = [scene(followed(words, 9, 9), "", Asked()) for words in ("add( pad,p1 | conv3,p2 )", "pad,p1 conv3")]
    assert [one.layers[0].joins for one in drawn] == [ALONE, WITH_BEHIND]


def test_all_that_reads_a_choice_of_channels_is_followed_to_the_end() -> None:
    """The second half of the channels are the pixels themselves, three layers on as well."""
    words = "concat( conv3-4,p1 | ) slice,from4 conv1-4 conv1-4 conv1-4"
    assert receptive_fields(parse(words), Shape((8, 8), 4)).data["rf"] == 1


def test_all_channels_of_attention_are_exact_and_some_are_not() -> None:
    """Which values a choice of its channels reads is not followed."""
    words = "concat( conv3-4,p1 | ) slice,from4 crossattend( | | ) slice,to2"
    some = followed(words, 8, 8, channels=4)
    assert [some.at_most(node) for node in range(3, 5)] == [False, True]


@pytest.mark.parametrize("kind", [Attend(), WindowAttend(2)])
def test_a_unit_reads_its_query_and_other_keys_and_values(kind: Attend | WindowAttend) -> None:
    """Of 12 channels the first 4 are queries."""
    own, others = kind.ways(None, Shape((4, 4), 12), Shape((4, 4), 4))
    assert (own.channels, others.channels) == (Inputs(0, 3), Inputs(4, 11))
    assert own.reaches == (IDENTITY, IDENTITY)


def test_a_unit_of_padding_alone_has_no_paths() -> None:
    """The corner of a map that is padded by 5 reads none of it."""
    down, across = effective_fields(followed("conv3,p5", 8, 8), 0, (0, 6))
    assert (tuple(down.shares), tuple(across.shares)) == ((), ())


def test_a_sound_has_one_axis_to_be_alike() -> None:
    """What is pooled over 8 places has the same paths from each of the middle ones; there is no other axis to look at."""
    (paths,) = effective_fields(followed("conv3 globalavgpool", 8), 1)
    assert np.allclose(paths.shares, [1 / 18, 2 / 18, *[3 / 18] * 4, 2 / 18, 1 / 18])


@pytest.mark.parametrize("words", ["conv3/1100000 conv3", "conv3 conv3,d600000"])
def test_paths_over_more_inputs_than_a_million_are_refused(words: str) -> None:
    """Two strides of 1,100,000, or a window as wide; the limit is 1,048,576 places."""
    with pytest.raises(LimitError, match="1048576|1,048,576"):
        effective_fields(trace(parse(words)), 1)


def test_fields_of_inputs_are_said_axis_by_axis() -> None:
    """3 on both axes, and 3 down by 5 across."""
    network = trace(parse("input 9x9x3 conv3,p1 add( | mask: placeholder,to9x9x1 conv3x5,p1x2 )"))
    (note,) = inputs_note(of_each_input(network, len(network.network) - 1))
    assert "input 3" in note
    assert "mask 3x5" in note


def test_the_largest_window_counts_against_the_limit_of_cells() -> None:
    """Stamps of 3 at stride 2: even units read 2 inputs, odd ones 1."""
    reach = parse("convT3-1/2,p0").nodes[0].layer.reach(0, 8)
    assert reach is not None
    assert Axis(0).most(Edge((0, None), (-1, None), (reach,), (8,))) == 2


def test_a_page_follows_as_many_boxes_as_the_library() -> None:
    """Two copies of one limit: what a figure shows is what ``--unit`` says."""
    engine = files("cnncalc.render.pictures").joinpath("engine.js").read_text(encoding="utf-8")
    assert f"const MOST_BOXES = {MOST_BOXES};" in engine


def test_nothing_is_told_but_what_is_asked_for() -> None:
    """Of a unit, and no ruler with it."""
    told = receptive_fields(parse("conv3"), Shape((8, 8), 1), Asked(unit="1,1"))
    assert {"unit", "effective"} & set(told.data) == {"unit"}
    assert len(told.pictures) == 0


def test_all_channels_together_are_one_choice() -> None:
    """All, and the half that a slice picks, of which all is taken."""
    some = followed("concat( conv3-4,p1 | ) slice,from4 conv1-4", 8, 8, channels=4)
    assert (some.choices(1), some.choices(2)) == ((None, Inputs(4, 7)), (None,))


def test_an_unknown_operator_said_to_be_pointwise_reads_what_all_its_maps_do() -> None:
    """Windows of 3 and of 5 around the same place."""
    (part,) = followed("unknown8x8x1,as:pointwise( conv3,p1 | conv5,p2 )", 8, 8).field(0, 2)
    assert part.phases == (Inputs(-2, 2),)


def test_the_nearest_of_five_for_each_of_three() -> None:
    """They stand at 0, 5/3 and 10/3."""
    reach = Upsample(to=(3,), origin="edge", rounding="halfdown").reach(0, 5)
    assert reach is not None
    assert [reach.taps(unit).first for unit in range(3)] == [0, 2, 3]


def test_paths_of_an_image_are_of_two_axes_unless_told() -> None:
    """Paths to the middle of a line: 1 of 3 and 1 of 5; in an image each of them 3 and 5 times, of 9 and 25."""
    branches = trace(parse("add( conv3,p1 | conv5,p2 )"))
    line, image = (effective_fields(branches, 2, axes=axes)[0].shares for axes in (1, 2))
    assert np.allclose(line, [1 / 8, 2 / 8, 2 / 8, 2 / 8, 1 / 8])
    assert np.allclose(image, [5 / 34, 8 / 34, 8 / 34, 8 / 34, 5 / 34])
    assert effective_fields(branches, 2)[0].shares == image


def test_what_is_not_followed_does_not_slide() -> None:
    """Beside a window that does, there is something of which nobody knows where it lies."""
    window, somewhere = Part(1, (Inputs(0, 2),)), Part(1, (Inputs(0, 7),), followed=False)
    assert [slides(field) for field in ((window,), (window, somewhere), (somewhere,))] == [True, False, False]


def stations(words: str, size: tuple[int, ...], **asked: str) -> tuple[int, list[tuple[str, str]]]:
    """Which station of a figure is the unit's, and the names of all with the numbers that are read there."""
    drawn = maps(trace(parse(words), Shape(size, 1)), "", Asked(**asked))  # type: ignore[arg-type]
    return drawn.chosen, [(station.name, station.number) for station in drawn.stations]


def test_a_long_stack_is_as_many_stations_as_there_may_be() -> None:
    """1000 layers without blocks in 25 runs of 40, and the input."""
    chosen, shown = stations("conv1-1 x1000", (8, 8), at="conv40")
    assert (len(shown), chosen) == (26, 1)
    assert shown[1] == ("conv1 …", "1×1")


def test_a_station_is_called_by_what_all_in_it_have_in_common() -> None:
    """Twenty blocks of one layer inside of one block fold into that one."""
    inside = " ".join(f"b{number}: ( conv3-1,p1 )" for number in range(20))
    assert [name for name, _number in stations(f"a: ( {inside} )", (8, 8))[1]] == ["input", "a"]


def test_the_unit_asked_about_is_shown_in_a_station_that_ends_in_a_vector() -> None:
    """A block of a convolution and a dense layer, folded: the unit is the convolution's, of a map."""
    blocks = " ".join(f"b{number}: ( conv3-1,p1 relu )" for number in range(20))
    chosen, shown = stations(f"{blocks} head: ( conv3-1,p1 flatten fc4 )", (8, 8), at="head.conv1", unit="4,4")
    assert shown[chosen] == ("head", "1×1")
    assert shown[chosen - 1][1] == "3×3"


def test_of_a_block_that_is_read_in_part_the_part_is_shown() -> None:
    """The last layer asked about reads the first of two of a block, and never the second."""
    front = " ".join(f"b{number}: ( conv1-1 )" for number in range(20))
    network = parse(f"{front} two: ( conv3-1,p1 conv5-1,p2 ) end: ( conv3-1,p1 )")
    nodes = list(network.nodes)
    nodes[-1] = Node(nodes[-1].layer, (len(nodes) - 3,), nodes[-1].name)
    drawn = maps(trace(Network(tuple(nodes)), Shape((16, 16), 1)), "", Asked(at="end.conv1", unit="8,8"))
    assert [(station.name, station.number) for station in drawn.stations[-2:]] == [("two", "3×3"), ("end.conv1", "1×1")]


def test_without_the_whole_a_figure_says_nothing_of_what_slides_nowhere() -> None:
    """A global pool reads the whole input; through windows alone it reads nothing that has a size."""
    pooled = followed("conv3-1 globalavgpool", 6, 6)
    for one, said in ((pooled, "whole input"), (pooled.through_windows(), "")):
        asked = Asked(at="globalavgpool1", windows_only=one.windows_only)
        assert figure(one, "", asked).rows[-1].field == said


def test_the_nearest_of_five_for_each_of_seven() -> None:
    """They stand at 0, 5/7, 10/7, …, and each takes the next one up."""
    reach = Upsample(to=(7,), rounding="ceil").reach(0, 5)
    assert reach is not None
    assert [taps.first for taps in reach.phases] == [0, 1, 2, 3, 3, 4, 5]


def test_only_what_is_weighed_between_corners_aligns_them() -> None:
    """Nearest keeps the rule as its origin; bilinear has a word for it, and then the two are the same layer."""
    assert (Upsample(2, origin="corners").align_corners, Upsample(2, origin="corners").origin) == (False, "corners")
    corners = Upsample(2, mode="bilinear", origin="corners")
    assert corners == Upsample(2, mode="bilinear", align_corners=True)
    assert (corners.align_corners, corners.origin) == (True, "")


def test_what_is_lost_stays_lost_between_stamps() -> None:
    """Where an enlargement puts zeros between units, what nobody knows of the others is not nothing."""
    stamps = Reach(1, (Taps(0), Taps(0, 0)))
    assert through((LOST,), stamps, 8) == (LOST,)


def test_as_many_places_of_a_square_as_are_followed() -> None:
    """A channel is one of 64 places of 8 × 8, each a way of its own; of 9 × 9 no way is followed."""
    for factor, number, exact in ((8, 64, True), (9, 1, False)):
        shuffle, before = PixelShuffle(factor), Shape((2, 2), factor**2)
        ways = list(shuffle.ways(None, before, shuffle.output(before)))
        assert (len(ways), {way.exact for way in ways}) == (number, {exact})


def test_of_more_channels_than_are_followed_less_may_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four channels picked of eight are known to be the last, unless eight are too many."""
    for most, at_most in ((8, False), (7, True)):
        monkeypatch.setattr(channels, "MOST_CHANNELS", most)
        assert followed("concat( conv3-4,p1 | ) slice,from4", 8, 8, channels=4).at_most(2) is at_most


def test_the_places_of_all_layers_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit behind three windows of 3: 1, 3 and 5 places are looked at, 9 together."""
    stack = trace(parse("conv3 conv3 conv3"), Shape((9,), 1))
    monkeypatch.setattr(effective, "MOST_STEPS", 9)
    assert len(effective_fields(stack, 2)[0].shares) == 7
    monkeypatch.setattr(effective, "MOST_STEPS", 8)
    with pytest.raises(LimitError, match="more than 8 places of layers"):
        effective_fields(stack, 2)


def test_maps_that_wait_for_each_other_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of 3 × 3 over two branches: 9 paths wait on each of them, 18 on both."""
    branches = trace(parse("add( relu | tanh ) conv3x1 conv1x3"), Shape((8, 8), 1))
    monkeypatch.setattr(joint, "MOST_CELLS", 18)
    assert [len(field.shares) for field in effective_fields(branches, 4, (1, 1))] == [3, 3]
    monkeypatch.setattr(joint, "MOST_CELLS", 17)
    with pytest.raises(LimitError, match="spread over 18 inputs, more than 17"):
        effective_fields(branches, 4, (1, 1))


@pytest.mark.parametrize("size", [(8, 8), (8, 6), (6, 8, 4)])
def test_attention_over_a_row_reads_the_whole_of_every_axis(size: tuple[int, ...]) -> None:
    """Patches in a row leave the axes of the image, however long each is: what reads the row reads the image."""
    report = receptive_fields(parse("conv3-4 tokens conv1-4 attention"), Shape(size, 1))
    assert report.get("whole") is True
    assert all(axis["whole"] and axis["size"] is None for axis in report.data["layers"][-1]["field"])
    assert not any(axis["whole"] for axis in report.data["layers"][-2]["field"])
    row = trace(parse("conv3-4 tokens conv1-4 attention"), Shape(size, 1))
    assert [row.field(axis, 3) for axis in range(len(size))] == [(Part(0, (Inputs(0, one - 1),)),) for one in size]


def test_a_choice_of_channels_with_too_many_boxes_is_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one map four channels are read by a plus, which is two boxes, and four by one: the plus alone is too many."""
    plus = "@c slice,to4 conv3x1-4,p1x0 | @c slice,to4 conv1x3-4,p0x1"
    words = f"c: concat( conv1-4 | conv3-4,p1 ) add( {plus} | @c slice,from4 )"
    some = followed(words, 9, 9, channels=4)
    for most, exact in ((2, True), (1, False)):
        monkeypatch.setattr(units, "MOST_BOXES", most)
        assert unit_reads(some, len(some.network) - 1, (4, 4)).exact is exact
