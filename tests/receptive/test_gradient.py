"""The effective field against PyTorch's gradient of a unit, all weights being 1, in one to three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import shapes, trace
from cnncalc.errors import CnncalcError, LimitError
from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.merge import Merge
from cnncalc.layers.pad import Pad
from cnncalc.layers.pool import Pool
from cnncalc.layers.tokens import Tokens
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.upsample import Upsample
from cnncalc.network import INPUT, Names, Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.receptive import joint
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.effective import Effective, effective, effective_fields
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
F = torch.nn.functional

Tensor = Any
Place = tuple[int, ...]


def spread(value: Any, rank: int) -> tuple[Any, ...]:
    """One number, or pair, per axis."""
    values = value if isinstance(value, tuple) else (value,)
    return values * rank if len(values) == 1 else values


def padded(x: Tensor, pairs: tuple[Any, ...], mode: str = "constant") -> Tensor:
    return F.pad(x, [side for pair in reversed(spread(pairs, x.ndim - 2)) for side in pair], mode)


def ones(layer: Any, rank: int) -> Tensor:
    return torch.ones(1, 1, *spread(layer.kernel, rank), dtype=torch.float64)


def window(layer: Any, x: Tensor) -> Tensor:
    """A convolution; a pool reads the same, and is a sum where all weights are 1."""
    rank = x.ndim - 2
    options = {"stride": spread(layer.stride, rank), "dilation": spread(layer.dilation, rank)}
    run = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    return run(padded(x, layer.padding), ones(layer, rank), **options)


def transposed(layer: Any, x: Tensor) -> Tensor:
    """Padding cuts off what the stamps make, which here is done behind PyTorch's own."""
    rank = x.ndim - 2
    run = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    options = {name: spread(getattr(layer, name), rank) for name in ("stride", "dilation", "output_padding")}
    stamped = run(x, ones(layer, rank), **options)
    return padded(stamped, tuple((-before, -after) for before, after in spread(layer.padding, rank)))


PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}
RUN: dict[type[Layer], Callable[[Any, Tensor], Tensor]] = {
    Conv: window,
    Pool: window,
    Transposed: transposed,
    Upsample: lambda layer, x: F.interpolate(x, scale_factor=[float(n) for n in spread(layer.scale, x.ndim - 2)]),
    Pad: lambda layer, x: padded(x, layer.padding, PAD_MODES[layer.mode]),
    Crop: lambda layer, x: padded(x, tuple((-before, -after) for before, after in spread(layer.border, x.ndim - 2))),
    Tokens: lambda layer, x: F.pad(x.flatten(2), (layer.extra, 0)),
    GlobalPool: lambda layer, x: x.sum(dim=tuple(range(2, x.ndim)), keepdim=True),
}


def gradient(network: Network, space: Place, unit: Place) -> Tensor:
    """What PyTorch says that the unit of the last node depends on, and how much."""
    x = torch.zeros(1, 1, *space, dtype=torch.float64, requires_grad=True)
    made: list[Tensor] = []
    for node in network.nodes:
        maps = [x if source == INPUT else made[source] for source in node.inputs]
        made.append(sum(maps) if isinstance(node.layer, Merge) else RUN[type(node.layer)](node.layer, maps[0]))
    made[-1][(0, 0, *unit)].backward()
    return torch.zeros(space) if x.grad is None else x.grad[0, 0]


def assert_same(field: Effective, found: Tensor, axis: int) -> None:
    """The shares on one axis are those of the gradient, place by place."""
    others = tuple(other for other in range(found.ndim) if other != axis)
    marginal = found.sum(dim=others) if others else found
    total = float(marginal.sum())
    shares = [float(share) / total if total else 0.0 for share in marginal]
    ours = [0.0] * len(shares)
    for place, share in enumerate(field.shares, field.first):
        if share:
            ours[place] = share
    assert ours == pytest.approx(shares, abs=1e-9)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Network, Shape]:
    """Convolutions, pools, decoders, borders and sums of up to three maps, of one channel."""
    rank = draw(st.integers(1, 3))
    input = Shape(tuple(draw(st.integers(3, 9 if rank < 3 else 6)) for _axis in range(rank)), 1)
    names, nodes, made = Names(), list[Node](), list[Shape]()
    for _node in range(draw(st.integers(1, 7))):
        sources = list(range(INPUT, len(nodes)))
        source = draw(st.sampled_from([*sources, *[len(nodes) - 1] * 2]))
        space = (input if source == INPUT else made[source]).space
        alike = [i for i in sources if (input if i == INPUT else made[i]).space in (space, (1,) * rank)]
        others = draw(st.lists(st.sampled_from(alike), max_size=2))
        layer = Merge("add") if others else draw(layers(rank))
        node = Node(layer, (source, *others), names.take(layer.keyword))
        try:
            shape = shapes(Network((*nodes, node)), input)[-1]
        except CnncalcError:
            continue
        if shape.numbers < 3000:
            nodes.append(node)
            made.append(shape)
    if not nodes:
        nodes = [Node(Conv(1), (INPUT,), "conv1")]
    return Network(tuple(nodes)), input


@st.composite
def layers(draw: st.DrawFn, rank: int) -> Layer:
    few, side = st.integers(1, 3), st.integers(0, 1)

    def each(numbers: st.SearchStrategy[Any]) -> Any:
        return draw(st.tuples(*[numbers] * rank))

    sizes = {"kernel": each(few), "stride": each(few), "dilation": each(st.integers(1, 2))}
    pairs = each(st.tuples(side, side))
    stride, dilation = sizes["stride"], sizes["dilation"]
    extra = tuple(draw(st.integers(0, max(pair) - 1)) for pair in zip(stride, dilation, strict=True))
    chosen: Layer = draw(
        st.sampled_from(
            [
                Conv(**sizes, padding=pairs),
                Pool(**{**sizes, "kernel": each(st.integers(2, 4))}, padding=pairs),
                *[Transposed(**sizes, padding=pairs, output_padding=extra)] * 3,
                Upsample(each(few)),
                Pad(pairs, draw(st.sampled_from(list(PAD_MODES)))),
                Crop(pairs),
                GlobalPool(),
            ]
        )
    )
    return chosen


@settings(max_examples=150, deadline=None)
@given(graphs(), st.data())
def test_a_units_field_is_its_gradient(drawn: tuple[Network, Shape], data: st.DataObject) -> None:
    """Of any unit of any graph, clipped to every map on the way."""
    network, input = drawn
    followed = trace(network, input)
    last = followed.shape(len(network) - 1).space
    unit = tuple(data.draw(st.integers(0, size - 1)) for size in last)
    found = gradient(network, input.space, unit)
    fields = effective_fields(followed, len(network) - 1, unit)
    assert len(fields) == len(input.space)
    for axis, field in enumerate(fields):
        assert_same(field, found, axis)


DECODERS: dict[str, tuple[str, Place, int]] = {
    "the case that was reported": ("a: conv3,p1 add( @a conv5,p2 convT1/2,op1 | @a up2 )", (17, 17), 16),
    "unlike axes": ("a: conv3x1,p1x0 add( @a conv5,p2 convT3x1/2,p1x0,op1 | @a up2 )", (17, 16), 16),
    "a decoder whose stamps overlap": (
        "e: ( conv3,p1 ) conv3/2,p1 m: conv3,p1 convT3/2,p1,op1 add( | @e ) conv3,p1 add( | @m convT1/2,op1 )",
        (48, 48),
        24,
    ),
    "a volume": ("a: conv3,p1 add( @a conv3,p1 convT1/2,op1 | @a up2 ) conv3,p1", (14, 13, 15), 12),
    "thirds": ("a: conv3,p1 add( @a conv3,p1 convT2/3,op1 | @a up3 )", (11, 11), 18),
    "a sequence": ("a: conv3,p1 add( @a conv5,p2 convT1/2,op1 | @a up2 )", (17,), 16),
}


@pytest.mark.parametrize("name", DECODERS)
def test_any_unit_is_one_that_no_border_cuts(name: str) -> None:
    """Unit 0 of the endless lattice is distributed as a unit of the same phase in the middle of a large map."""
    notation, space, middle = DECODERS[name]
    network, rank = parse(notation), len(space)
    followed, node = trace(network, Shape(space, 1)), len(network) - 1
    found = gradient(network, space, (middle,) * rank)
    inside = effective_fields(followed, node, (middle,) * rank)
    for axis in range(rank):
        assert_same(inside[axis], found, axis)
        anywhere = effective(followed, node, axis)
        assert anywhere.shares == pytest.approx(inside[axis].shares, abs=1e-12)
        assert effective(trace(network), node, axis, axes=rank).shares == pytest.approx(anywhere.shares, abs=1e-12)


def test_the_reported_deviation() -> None:
    """1.609268 by PyTorch's gradient, and the odd units, which only one branch reaches, have √(2/3)."""
    network = parse("a: conv3,p1 add( @a conv5,p2 convT1/2,op1 | @a up2 )")

    def deviations(unit: str) -> list[float]:
        report = receptive_fields(network, Shape((17, 17), 1), Asked(unit=unit, effective=True))
        return [row["deviation"] for row in report.data["effective"]]

    assert deviations("") == pytest.approx([1.609268], abs=1e-6)
    assert deviations("16,16") == pytest.approx([1.609268] * 2, abs=1e-6)
    assert deviations("17,16") == pytest.approx([(2 / 3) ** 0.5] * 2, abs=1e-6)
    assert deviations("corner") == pytest.approx([0.963431727] * 2, abs=1e-6)


@pytest.mark.parametrize(
    "notation", ["conv3,p1 x2 globalavgpool", "a: conv3,p1 add( conv3,p1 | @a ) globalavgpool up2"]
)
def test_a_layer_that_sees_whole_maps_has_no_lattice(notation: str) -> None:
    """Its paths end where the maps do: the border of an image is read less than its middle."""
    network = parse(notation)
    found = gradient(network, (7, 9), (0, 0))
    for axis, field in enumerate(effective_fields(trace(network, Shape((7, 9), 1)), len(network) - 1)):
        assert_same(field, found, axis)


def test_a_unit_that_nothing_reaches_has_no_field() -> None:
    """Between the stamps of a transposed 1x1 lies nothing, on both axes if it does on one."""
    followed = trace(parse("conv3,p1 convT1/2,op1"), Shape((8, 8), 1))
    assert effective_fields(followed, 1, (2, 3)) == (Effective(0, ()),) * 2
    assert [field.shares for field in effective_fields(followed, 1, (2, 4))] == [pytest.approx((1 / 3,) * 3)] * 2


def test_what_is_too_much_to_follow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither memory nor time grows without a limit, and the message says the way out."""
    followed = trace(parse("a: conv3,p1 add( @a conv5,p2 | @a ) conv3,p1"), Shape((64, 64), 1))
    monkeypatch.setattr(joint, "MOST_CELLS", 60)
    with pytest.raises(LimitError, match="spread over 63 inputs, more than 60: ask for an earlier layer"):
        effective_fields(followed, 3, (9, 9))
    monkeypatch.setattr(joint, "MOST_CELLS", 1 << 24)
    monkeypatch.setattr(joint, "MOST_PRODUCTS", 100)
    with pytest.raises(LimitError, match="take too many products: ask for an earlier layer"):
        effective_fields(followed, 3, (9, 9))


ROWS = {
    "patches": ("conv4/4 tokens", (8, 12)),
    "neighbours in the row": ("conv3/2,p1 tokens,x2 conv3,p1", (7, 5)),
    "all of the row beside each": ("conv3,p1 tokens add( globalavgpool | conv3,d2,p2 )", (5, 4)),
    "a sequence": ("conv3/2 tokens conv2", (13,)),
    "a volume": ("conv2 tokens,x0 maxpool3/2", (4, 3, 4)),
}


@pytest.mark.parametrize("name", ROWS)
def test_units_of_a_row_depend_on_what_they_read(name: str) -> None:
    """A map that stands in one row is followed back to its places: every unit's box and every share, as the gradient."""
    notation, space = ROWS[name]
    network = parse(notation)
    followed, node = trace(network, Shape(space, 1)), len(network) - 1
    for unit in range(followed.shape(node).space[0]):
        found = gradient(network, space, (unit,))
        places = found.nonzero()
        ends = zip(places.amin(0).tolist(), places.amax(0).tolist(), strict=True) if len(places) else None
        assert unit_reads(followed, node, (unit,)).box == (ends and tuple(ends))
        for axis, field in enumerate(effective_fields(followed, node, (unit,))):
            assert_same(field, found, axis)
