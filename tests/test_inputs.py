"""Networks with several inputs: the field on each of them, weights that branches share, and who is told what is missing."""

from __future__ import annotations

import pytest

from cnncalc import memory, summary_report, verify
from cnncalc.analysis import trace
from cnncalc.errors import CnncalcError
from cnncalc.inputs import MOST_INPUTS, check_alone, fed, seen_from, shapes_of
from cnncalc.library import receptive_fields
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.units import unit_reads
from cnncalc.shapes import Shape

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402


class Masked(nn.Module):
    """An image, of which a mask says more at the place where both are as large."""

    words = "input 24x24x3 conv3-4,p1 x2 add( | mask: placeholder,to24x24x1 conv5-4,p2 ) maxpool2 conv3-2"

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.mask, self.last = nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 2, 3)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.last(torch.max_pool2d(self.two(self.one(x)) + self.mask(mask), 2))  # type: ignore[no-any-return]


class Siamese(nn.Module):
    """Two images through the same weights."""

    words = (
        "input 20x20x3 concat( a: conv3-6,p1 a2: conv3-6/2,p1 | "
        "other: placeholder,to20x20x3 conv3-6,p1,tied:a conv3-6/2,p1,tied:a2 ) conv3-5"
    )

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, stride=2, padding=1))
        self.last = nn.Conv2d(12, 5, 3)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return self.last(torch.cat([self.encoder(x), self.encoder(other)], 1))  # type: ignore[no-any-return]


class TwoEncoders(nn.Module):
    """A U-Net with an encoder for colours and one, with other windows, for depths."""

    words = (
        "input 16x16x3 concat( rgb: conv3-4,p1 down: conv3-8/2,p1 conv3-8,p1 | "
        "depth: placeholder,to16x16x1 d: conv5-4,p2 conv3-8/2,p1 ) conv3-8,p1 convT2-4/2 concat( | @rgb | @d ) conv3-2,p1"
    )

    def __init__(self) -> None:
        super().__init__()
        self.rgb, self.depth = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(1, 4, 5, padding=2)
        self.down = nn.Sequential(nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, padding=1))
        self.deeper, self.bottom = nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(16, 8, 3, padding=1)
        self.up, self.last = nn.ConvTranspose2d(8, 4, 2, 2), nn.Conv2d(12, 2, 3, padding=1)

    def forward(self, x: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        x, depth = self.rgb(x), self.depth(depth)
        y = self.bottom(torch.cat([self.down(x), self.deeper(depth)], 1))
        return self.last(torch.cat([self.up(y), x, depth], 1))  # type: ignore[no-any-return]


MODELS = [Masked, Siamese, TwoEncoders]


def positive(model: nn.Module) -> nn.Module:
    """The model in doubles with weights of which no sum vanishes."""
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return model.double()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_a_unit_reads_of_each_input_is_where_the_gradient_is(model: type[Masked]) -> None:
    """From each input, what the first and a central unit read is all that PyTorch's gradient goes back to."""
    network, module = parse(model.words), positive(model())
    shapes = shapes_of(network)
    inputs = [
        torch.rand(1, s.channels, *s.space, dtype=torch.float64, requires_grad=True) for s in shapes.values() if s
    ]
    output = module(*inputs)
    for unit in ((0, 0), (output.shape[2] // 2, output.shape[3] // 2)):
        gradients = torch.autograd.grad(output[0, :, *unit].sum(), inputs, retain_graph=True)
        for name, gradient in zip(shapes, gradients, strict=True):
            followed = trace(seen_from(network, name))
            reads = unit_reads(followed, len(network) - 1, unit)
            places = gradient[0].abs().sum(0).nonzero()
            if model is not Masked:  # the gradient of a maximum goes to one of its inputs only
                assert reads.box == tuple(zip(places.amin(0).tolist(), places.amax(0).tolist(), strict=True))
            assert reads.box is not None
            assert all(
                first <= place <= last
                for row in places.tolist()
                for place, (first, last) in zip(row, reads.box, strict=True)
            )


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        # 3 + 2 = 5 and 5 alone, then a pool (+1) and a window of 3 at jump 2 (+4)
        (Masked.words, {"input": 10, "mask": 10}),
        ("input 24x24x3 conv3-4,p1 add( | mask: placeholder,to24x24x1 conv7-4,p3 )", {"input": 3, "mask": 7}),
        (Siamese.words, {"input": 9, "other": 9}),
    ],
)
def test_the_field_is_given_for_each_input(words: str, fields: dict[str, int]) -> None:
    """The textbook's sum along the branch of each input."""
    network = parse(words)
    assert {name: receptive_fields(seen_from(network, name)).get("rf") for name in fields} == fields


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_parameters_are_those_of_the_model_from_whatever_input(model: type[Masked]) -> None:
    """Shared weights count once; which input is looked from changes no total."""
    network = parse(model.words)
    totals = [summary_report(seen_from(network, name)).get("total") for name in shapes_of(network)]
    assert totals[0] == totals[1]
    assert totals[0]["parameters"] == sum(p.numel() for p in model().parameters())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_several_inputs_can_be_written_down(model: type[Masked]) -> None:
    """The notation of a network with several inputs reads back, from whatever input."""
    network = parse(model.words)
    for name in shapes_of(network):
        seen = seen_from(network, name)
        assert parse(show(seen)) == seen
    assert seen_from(seen_from(network, list(shapes_of(network))[1]), "input").input == network.input


def test_what_only_another_input_feeds_reads_nothing() -> None:
    """A layer behind the mask alone has no field on the image, with or without sizes, whatever is there."""
    layers = "mask: placeholder{size} conv3-4,p1 in globalavgpool fc-8"
    for size, start in (("", ""), (",to9x9x2", "input 8x8x3 ")):
        followed = trace(parse(start + "conv3 " + layers.format(size=size)))
        assert all(part.phases == (None,) for node in range(2, 6) for part in followed.field(0, node))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"msk": "8x8x1"}, r"there is no input msk: did you mean mask\?"),
        ({"zzzzzz": "8x8x1"}, r"there is no input zzzzzz: the network has input, mask"),
        ({"mask": "8x8x1"}, r"the size of the input input is not known: add input=224x224x3"),
        ("8x8x3", r"the network has 2 inputs \(input, mask\): say which, as in input=224x224x3"),
        ({"input": "8x8x3", "mask": "8x8x2"}, r"the input mask is \?x\?x1 in the model: 8x8x2 is not"),
        ({"input": "8x8x3", "mask": "8x8"}, r"8x8 has no channels"),
    ],
)
def test_a_wrong_input_is_named(given: dict[str, str] | str, message: str) -> None:
    """The user's own name, and those that there are."""
    with pytest.raises(CnncalcError, match=message):
        fed(parse("add( | mask: placeholder,to0x0x1 )"), given)


def test_a_size_that_is_open_is_asked_for() -> None:
    """A summary needs the size of every input."""
    with pytest.raises(CnncalcError, match="mask, got 8x8x3: the size of this input is not known"):
        summary_report(parse("input 8x8x3 add( | mask: placeholder )"))


def test_questions_for_one_input_say_so() -> None:
    """One rule for all of them."""
    with pytest.raises(
        CnncalcError, match=r"halo is answered for networks with one input, and this one has 2 \(input, m\)"
    ):
        check_alone(parse("add( | m: placeholder,to4x4x1 )"), "halo")
    check_alone(parse("conv3"), "halo")


def test_the_number_of_inputs_is_bounded() -> None:
    """Each input is a pass of its own, so there may not be any number of them."""
    words = f"concat( {' | '.join(['placeholder,to2x2x1'] * MOST_INPUTS)} )"
    with pytest.raises(CnncalcError, match="65 inputs are more than the 64 that are allowed"):
        fed(parse(words), None)


def test_all_inputs_are_held_from_the_start() -> None:
    """Memory is the same from whatever input: both are there before the first step, neither is written over."""
    network = parse("input 8x8x4 conv3-4,p1 x3 add( | other: placeholder,to8x8x4 relu )")
    peaks = [memory(seen_from(network, name), inplace=True).get("total") for name in ("input", "other")]
    assert peaks[0] == peaks[1]
    assert peaks[0]["activations"] == 3 * 8 * 8 * 4 * 4  # the other input, and what a convolution reads and writes


@pytest.mark.parametrize("words", ["conv3 flatten placeholder,to8 dense2", "conv3 placeholder,to8x8x1 conv3"])
def test_another_input_in_a_row_of_layers_reads_nothing_of_what_is_before(words: str) -> None:
    """Neither on a vector, which else reads all of a map, nor on a map; and the experiment sees the same."""
    network, input = parse(words), Shape((6, 4), 1)
    followed = trace(network, input)
    unit = (0,) * len(followed.shape(3 if "flatten" in words else 2).space)
    assert unit_reads(followed, len(network) - 1, unit).box is None
    assert verify(network, input).agrees
