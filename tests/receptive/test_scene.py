"""The scene behind a picture, as plain numbers: who reads whom and how, where units stand, what folds, where to begin."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import LimitError, NetworkError
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.scene import scene
from cnncalc.report.scene import ALONE, UNKNOWN, WHOLE, WITH_BEFORE, WITH_BEHIND, Scene, SceneReach
from cnncalc.shapes import Shape
from tests.every_kind import EVERY_KIND


def seen(words: str, *input: int, channels: int = 1, at: str = "", unit: str = "") -> Scene:
    return scene(trace(parse(words), Shape(input, channels)), "", Asked(at=at, unit=unit))


def test_every_layer_is_told_in_full() -> None:
    """Name, notation, output, counts, and edges by the number of a reach that is written once."""
    pad, conv, norm, pool = seen("pad,p1 conv3-4 bn maxpool2", 12, 10, channels=3).layers
    assert (conv.name, conv.notation, conv.output) == ("conv1", "conv3-4", (12, 10, 4))
    assert (conv.parameters, conv.macs) == (4 * (3 * 3 * 3 + 1), 12 * 10 * 4 * 3 * 3 * 3)
    assert (norm.parameters, norm.macs) == (2 * 4, 0)
    assert (pad.edges, conv.edges, norm.edges, pool.edges) == (
        ((-1, (0, 0)),),
        ((0, (1, 1)),),
        ((1, (2, 2)),),
        ((2, (3, 3)),),
    )
    again = seen("conv3 conv3 conv3x1", 12, 10)
    assert [layer.edges[0].reaches for layer in again.layers] == [(0, 0), (0, 0), (0, 1)]
    assert again.reaches == (SceneReach(1, ((0, 3, 1),), "drop"), SceneReach(1, ((0, 1, 1),), "drop"))


@pytest.mark.parametrize("words", ["conv3/2,p1", "convT3/2,p1", "pad,p2,reflect", "maxpool3/2", "convT4/3"])
def test_a_reach_is_its_layers_definition(words: str) -> None:
    """Phase by phase: the taps of every output, as the definition of the kind has them."""
    network, size = parse(words), 9
    lines = EVERY_KIND[type(network.nodes[0].layer).__name__].reads.lines(network.nodes[0].layer, 0, size)  # type: ignore[union-attr]
    drawn = seen(words, size)
    reach = drawn.reaches[drawn.layers[0].edges[0].reaches[0]]
    assert drawn.layers[0].output == (len(lines), 1)
    for unit, line in enumerate(lines):
        turn, phase = divmod(unit, len(reach.phases))
        first, number, step = reach.phases[phase]
        taps = {first + turn * reach.jump + tap * step for tap in range(number)}
        if reach.border == "drop":
            assert {tap for tap in taps if 0 <= tap < size} == {tap for tap in line if 0 <= tap < size}
        else:
            assert {abs(tap) if tap < size else 2 * (size - 1) - tap for tap in taps} == set(line)


def test_what_reads_the_whole_map_beside_windows_has_two_edges() -> None:
    """A norm over the map is an edge of windows and one of everything; where nothing slides there is one, on all axes."""
    drawn = seen("conv3-4 in globalavgpool fc5", 8, 7)
    edges = [layer.edges for layer in drawn.layers]
    assert edges[1] == ((0, (1, 1)), (0, (WHOLE, WHOLE)))
    assert edges[2:] == [((1, (WHOLE, WHOLE)),), ((2, (WHOLE, WHOLE)),)]
    assert [layer.field.whole for layer in drawn.layers] == [False, True, True, True]
    assert seen("adaptiveavgpool4x1", 8, 9).layers[0].edges == ((-1, (0, WHOLE)),)


def test_who_leaves_the_axes_is_unknown() -> None:
    """A map in a row has left its axes: which of the inputs a unit reads is not said."""
    assert seen("tokens", 9).layers[0].edges == ((-1, (UNKNOWN,)),)


def middle(lines: list[list[int]], unit: int) -> Fraction:
    return Fraction(min(lines[unit]) + max(lines[unit]), 2)


@pytest.mark.parametrize(
    "words", ["conv3", "conv4/2,p1", "maxpool3/2,p1", "convT4/2,p1", "convT3/2,p1", "convT6/3,p2", "up2"]
)
def test_units_stand_in_the_middle_of_what_they_read(words: str) -> None:
    """On the average over a period: a unit is ``rate`` inputs from the next, and unit 0 stands at the centre."""
    network = parse(words)
    lines = EVERY_KIND[type(network.nodes[0].layer).__name__].reads.lines(network.nodes[0].layer, 0, 60)  # type: ignore[union-attr]
    field = seen(words, 60).layers[0].field
    (rate,), (centre,) = field.rates, field.centres
    assert rate is not None
    assert centre is not None
    inside = range(12, 12 + 6)  # whole periods of 1, 2 and 3, far from the border
    stands = [middle(lines, unit) - Fraction(rate).limit_denominator(9) * unit for unit in inside]
    assert centre == pytest.approx(float(sum(stands) / 6))
    assert middle(lines, 18) - middle(lines, 12) == pytest.approx(6 * rate)


@pytest.mark.parametrize(
    ("words", "rate", "centre"),
    [
        ("conv3,causal", 1, 0),
        ("conv3,causal,d2 conv3/2,causal", 2, 0),
        ("conv3,causal convT2/2", 0.5, -0.25),  # units 0 and 1 both end at input 0: half a unit apart
        ("pad,p2/0 conv3", 1, 0),
        ("pad,p1", 1, -1),  # a single place before the map is no causal window
        ("pad,p3/0 conv3", 1, -1),
        ("conv1", 1, 0),
        ("pad,p1/0 conv3", 1, 0),  # reads −1 … 1: it sees one that is to come
    ],
)
def test_where_time_runs_units_stand_at_their_last_input(words: str, rate: float, centre: float) -> None:
    """What reads nothing that is to come stands at its last input, not in the middle."""
    field = seen(words, 12).layers[-1].field
    assert (field.rates, field.centres) == ((rate,), (centre,))


def test_fields_of_several_axes_are_one_text_where_they_agree() -> None:
    """Sizes and jumps that differ stand with a cross between them; nothing stands where nothing slides."""
    layers = seen("conv3 conv5x3/2x1 in globalavgpool", 16, 12).layers
    assert [(layer.field.size, layer.field.jump) for layer in layers] == [
        ("3", "1"),
        ("7×5", "2×1"),
        ("7×5", "2×1"),
        ("", ""),
    ]
    assert layers[-1].field.rates == layers[-1].field.centres == (None, None)


@pytest.mark.parametrize(
    ("words", "joins"),
    [
        ("pad,p1 conv3 relu bn conv3", [WITH_BEHIND, ALONE, WITH_BEFORE, WITH_BEFORE, ALONE]),
        ("conv3 crop,p1 conv3", [ALONE, WITH_BEHIND, ALONE]),
        ("conv3 pad,p1", [ALONE, ALONE]),  # nothing is behind it
        ("relu conv3", [ALONE, ALONE]),  # nothing is before it
        ("conv3 slice/2 slice", [ALONE, ALONE, WITH_BEFORE]),  # fewer units
        ("conv3 in relu", [ALONE, WITH_BEFORE, WITH_BEFORE]),  # a norm passes on unit by unit, beside its statistics
        ("conv3 softmax", [ALONE, WITH_BEFORE]),
        ("conv3 maxpool3/1,p1", [ALONE, ALONE]),  # as many units, but each reads three
        ("conv3 pad,p1 crop,p1 relu", [ALONE, WITH_BEHIND, WITH_BEHIND, WITH_BEFORE]),
        ("conv3 concat( conv3,p1 | ) conv1", [ALONE, ALONE, WITH_BEHIND, ALONE]),
        ("conv3 add( conv3,p1 | ) conv1", [ALONE, ALONE, ALONE, ALONE]),
        ("conv3 add( relu | relu )", [ALONE, WITH_BEFORE, ALONE, ALONE]),  # the second stands behind the first
        ("a: ( pad,p1 ) b: ( conv3 )", [ALONE, ALONE]),  # another block
        ("a: ( pad,p1 conv3 )", [WITH_BEHIND, ALONE]),
        ("pad,p1 b: ( conv3 )", [WITH_BEHIND, ALONE]),
    ],
)
def test_what_folds(words: str, joins: list[int]) -> None:
    """What costs nothing and passes units on is told with the layer before; what only selects, with the one behind."""
    assert [layer.joins for layer in seen(words, 12).layers] == joins


@pytest.mark.parametrize(
    ("words", "size", "start"),
    [
        ("conv3 x12", 25, "conv8"),  # 17 of 25 is 68 %, 19 are more than 72 %
        ("conv3,p1 x12", 25, "conv8"),
        ("conv19 conv3", 25, "conv2"),  # none is small: the last
        ("conv18 conv3", 25, "conv1"),  # 72 % of it
        ("conv3 relu conv3 relu conv18", 25, "relu2"),  # what is folded stands with its layer
        ("conv3 relu conv3", 12, "conv2"),
        ("conv3 fc4", 12, "conv1"),
        ("convT1/2 conv17", 10, "convT1"),  # unit 0 reads one input, though unit 1 reads none
        ("a: ( conv3 conv3 ) b: ( conv3 conv14 )", 25, "a.conv2"),  # the end of a block, not within the next
        ("a: ( conv3 conv3 ) b: ( conv3 conv3 ) conv14", 25, "b.conv2"),
        ("conv3 a: ( relu conv20 )", 25, "a.relu1"),  # what is folded ends nothing, though a block begins with it
        ("a: ( conv3 conv20 )", 25, "a.conv1"),  # no block ends: the last that is small
    ],
)
def test_a_picture_begins_where_borders_are_seen(words: str, size: int, start: str) -> None:
    """At the last layer whose field spans 72 % of the input at most, the end of a block where there is one."""
    drawn = seen(words, size)
    assert drawn.layers[drawn.start].name == start
    assert drawn.unit == tuple(units // 2 for units in drawn.layers[drawn.start].output[:-1])


def test_axes_may_slide_apart() -> None:
    """Where one axis slides and the other reads everything there is no size for both; which reads all is told once."""
    field = seen("conv3 adaptiveavgpool2x1", 10, 12).layers[1].field
    assert (field.size, field.jump, field.whole) == ("", "", True)
    assert (field.rates[1], field.centres[1]) == (None, None)


def test_units_that_read_nothing_can_be_drawn() -> None:
    """Every second of those units of an enlargement that read nothing: no place is theirs, and no length counted."""
    layer = seen("convT1/2 crop,p1/0 slice/2", 6).layers[2]
    assert (layer.field.size, layer.field.centres) == ("0", (None,))


def test_the_share_is_that_of_the_longest_axis() -> None:
    """17 of 25 rows would do, 17 of 20 columns are too many: there it begins at 13 of 20."""
    assert seen("conv3 x9", 25, 20).start == 5  # 13 of 20 is 65 %, 15 of 20 is 75 %


def test_what_is_asked_is_where_it_begins() -> None:
    """A layer by its name and a unit; a unit alone is one of the last layer."""
    assert (seen("conv3 x3", 9, at="conv1", unit="2").start, seen("conv3 x3", 9, at="conv1", unit="2").unit) == (
        0,
        (2,),
    )
    assert (seen("conv3 x3", 9, unit="corner").start, seen("conv3 x3", 9, unit="corner").unit) == (2, (0,))


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many layers as a picture shows, and one more; as long a map or field, and one longer."""
    monkeypatch.setattr("cnncalc.receptive.scene.MOST_LAYERS", 3)
    assert len(seen("relu x3", 4).layers) == 3
    with pytest.raises(LimitError, match="4 layers are more than the 3 that a picture shows"):
        seen("relu x4", 4)
    monkeypatch.setattr("cnncalc.receptive.scene.LONGEST_AXIS", 9)
    for words, size in [("conv1", 9), ("conv2,d8,p4", 5), ("up3", 3)]:
        assert seen(words, size)
    for words, size in [("conv1", 10), ("conv2,d9,p5", 5), ("up2", 5), ("conv2 conv9,p9", 2)]:
        with pytest.raises(LimitError, match=r"1\d units along an axis are more than the 9 that a picture shows"):
            seen(words, size)


def test_a_scene_needs_an_input() -> None:
    """Without the size of the input nothing can be drawn."""
    with pytest.raises(NetworkError, match="needs the size of the input: give --input 224x224x3"):
        scene(trace(parse("conv3")))
