"""How much tiles must overlap: for published networks, and where the field's hull or half of it is too little."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import trace
from cnncalc.fields import reads_of
from cnncalc.layers.base import Layer
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.tiling.lattice import FAR_SIDE, POSITION, RATES, SIZE, UNKNOWN, WHOLE, lattice
from cnncalc.tiling.overlap import Overlap, overlap
from cnncalc.tiling.sizes import Sizes
from tests.every_kind import EVERY_KIND, fitting_layer
from tests.tiling.models import STARDIST, TCN, UNET


def needs(text: str, size: int, channels: int = 4) -> Overlap:
    network = parse(text)
    return overlap(trace(network, Shape((size,), channels)), 0, (len(network) - 1,))


def test_unet() -> None:
    """A U-Net with a bilinear decoder needs 110 on both sides, so 112 where tiles begin at multiples of 16."""
    found = needs(UNET, 512)
    assert (found.left, found.right, found.before, found.behind, found.step) == (110, 110, 112, 112, 16)
    assert found.sizes == Sizes(16, 0)


def test_stardist() -> None:
    """Some units of StarDist's default U-Net read 52 inputs to a side, where its impulse gives 47; tiles of 8 need 48."""
    network = parse(STARDIST)
    field = trace(network, Shape((256,), 1)).field(0, len(network) - 1)
    reads = [reads_of(field, unit) for unit in range(8)]
    assert max(unit - read.first for unit, read in enumerate(reads) if read) == 52
    assert (needs(STARDIST, 256).before, needs(STARDIST, 256).behind) == (48, 48)


def test_tcn() -> None:
    """Eight causal levels of two kernels of 3 need 2·2·(1 + 2 + … + 128) = 1,020 on the left, and nothing on the right."""
    found = needs(TCN, 4096)
    assert (found.left, found.right) == (1020, 0)


def test_the_hull_is_too_little() -> None:
    """The field's hull lies in the tile itself, but a unit on the way has to be there: one more on each side."""
    text = "convT2-4/2,p1 conv3-4,p1"
    found = needs(text, 64)
    assert (found.left, found.right, found.offset) == (1, 1, 1)
    field = trace(parse(text), Shape((64,), 4)).field(0, 1)
    own = [reads_of(field, unit) for unit in (-1, 0)]  # what stands for input 0: the two units at its place
    assert [(read.first, read.last) for read in own if read] == [(-1, 0), (0, 1)]


@pytest.mark.parametrize(
    ("text", "left", "right", "step", "mod"),
    [
        ("conv3,p1", 1, 1, 1, 1),
        ("conv3", 1, 1, 1, 1),  # without padding the map lies over the middle
        ("crop,p4", 4, 4, 1, 1),
        ("conv3/2,p1 conv3/2,p1", 3, 0, 4, 1),
        ("maxpool2 up2", 0, 0, 2, 1),
        ("conv3/2,same conv3,same", 2, 3, 2, 2),
        ("add( conv3-4/2,p1 up2 | conv1-4 )", 1, 0, 2, 2),
        ("tiled3-4,t3,p1", 1, 1, 3, 1),
        ("conv1 maxpool3 avgpool2", 0, 0, 6, 1),
    ],
)
def test_small_networks(text: str, left: int, right: int, step: int, mod: int) -> None:
    """Counted by hand: what the first and the last unit of a tile read, and where windows begin again alike."""
    found = needs(text, 48)
    assert (found.left, found.right, found.step, found.sizes.mod) == (left, right, step, mod)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("conv3,p1 in conv3,p1", WHOLE),
        ("conv3,p1 globalavgpool", WHOLE),
        ("conv3,p1 unknown", UNKNOWN),
        ("maxpool2 up2,bilinear,align", SIZE),
        ("adaptiveavgpool7", SIZE),
        ("up,to96", SIZE),
        ("crop,p0,to5", SIZE),
        ("local3-4", POSITION),
        ("conv3,p1 offset,space", POSITION),
        ("pad,p1,circular conv3", FAR_SIDE),
        ("concat( conv1/2 | crop,p12 )", RATES),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    """Where no overlap is enough, the first layer that is to blame is named with the reason."""
    network = parse(text)
    followed = lattice(trace(network, Shape((48,), 4)), 0, network.outputs)
    assert next(iter(followed.causes.values())) == reason
    assert len(network) - 1 not in followed.sound


WHOLE_MAPS = ("Dense", "Unflatten")
"""Layers with weights for a whole map, whose units read all of it in any case."""


@pytest.mark.parametrize("name", [name for name, row in EVERY_KIND.items() if row.fitting and name not in WHOLE_MAPS])
@settings(max_examples=10)
@given(st.data())
def test_weights_that_belong_to_a_place_are_known(name: str, data: st.DataObject) -> None:
    """A kind has more weights on a longer map exactly where it says that they never come again."""
    layer = data.draw(fitting_layer(name, 1))
    assert (weights(layer, 60) != weights(layer, 120)) == (layer.cycle(0) is None)


def weights(layer: Layer, size: int) -> int:
    shape = Shape((size,), 12)
    return sum(bank.filters * (bank.fan_in + bank.bias) for bank in layer.banks(shape, layer.output(shape)))
