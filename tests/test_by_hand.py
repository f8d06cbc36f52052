"""Small rules of the heart that a random change slipped past, each worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnncalc.analysis import shapes, trace, trace_through
from cnncalc.errors import ShapeError
from cnncalc.fields import IDENTITY, Taps
from cnncalc.layers.base import Layer
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.glu import GLU
from cnncalc.layers.layernorm import LayerNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.unknown import Unknown
from cnncalc.notation.parsing import parse
from cnncalc.receptive.cells import field_cells
from cnncalc.receptive.effective import Effective
from cnncalc.sets import Inputs
from cnncalc.shapes import Shape
from cnncalc.symbols import where


def layer(word: str) -> Layer:
    return parse(word).nodes[0].layer


def test_the_narrowest_part_may_begin_at_the_edge() -> None:
    """Half of the paths end at the first input, so one input holds half of them."""
    assert Effective(0, (0.5, 0.25, 0.25)).width(0.5) == 1


def test_a_gate_is_half_of_the_channels_away() -> None:
    """Channel c of 4 reads channels c and c + 4 of 8."""
    mixing = GLU().mixing(8, 4)
    assert mixing is not None
    assert mixing.phases == (Taps(0, 2, 4),)


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
