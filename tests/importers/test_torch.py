"""PyTorch models: parameters, shapes and fields equal PyTorch's own, and nothing of the model changes."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cnncalc import receptive_fields, summary_report, sweep, verify
from cnncalc.errors import ModelFileError, ShapeError, UnknownLayerError
from cnncalc.importers.torch import from_torch, load
from cnncalc.layers.attend import Attend
from cnncalc.layers.channelshuffle import ChannelShuffle
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.unknown import Unknown
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.peers import as_counted_by
from cnncalc.receptive.asked import Asked
from cnncalc.shapes import Shape
from tests.importers.frameworks import architecture, assert_reads_match, output, parameters, poisoned

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn

ARCHITECTURES = {
    "alexnet": "224x224x3",
    "convnext_tiny": "64x64x3",
    "deeplabv3_mobilenet_v3_large": "32x32x3",
    "densenet121": "32x32x3",
    "efficientnet_b0": "224x224x3",
    "fcn_resnet50": "64x64x3",
    "googlenet": "224x224x3",
    "inception_v3": "299x299x3",
    "lraspp_mobilenet_v3_large": "64x64x3",
    "mc3_18": "8x56x56x3",
    "mnasnet0_5": "64x64x3",
    "mnasnet1_3": "64x64x3",
    "mobilenet_v2": "224x224x3",
    "mobilenet_v3_small": "224x224x3",
    "r2plus1d_18": "8x56x56x3",
    "r3d_18": "8x56x56x3",
    "regnet_y_400mf": "224x224x3",
    "resnet18": "224x224x3",
    "resnext50_32x4d": "64x64x3",
    "shufflenet_v2_x1_0": "224x224x3",
    "squeezenet1_0": "224x224x3",
    "vgg11_bn": "224x224x3",
    "vit_b_16": "224x224x3",
    "wide_resnet50_2": "64x64x3",
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_torchvision_architectures_have_their_own_counts_and_shapes(name: str) -> None:
    """Parameters are PyTorch's sum of numel, the output shape is that of PyTorch's own run on fake tensors."""
    model = architecture(name)
    text = ARCHITECTURES[name]
    shape = Shape.parse(text)
    network = from_torch(model, text)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    with torch.no_grad():
        made = model.to("meta")(torch.empty((1, shape.channels, *shape.space), device="meta"))
    made = made["out"] if isinstance(made, dict) else made
    assert (1, output(network).channels, *output(network).space) == tuple(made.shape)
    assert parse(show(network)) == network


class UNet(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Two levels down, two up, with skips."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.bottom = nn.Conv2d(8, 8, 3, padding=1)
        self.up2, self.up1 = nn.ConvTranspose2d(8, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)
        self.mix2, self.mix1 = nn.Conv2d(16, 8, 3, padding=1), nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, x: Any) -> Any:
        one = torch.relu(self.down1(x))
        two = torch.relu(self.down2(nn.functional.max_pool2d(one, 2)))
        x = self.up2(self.bottom(nn.functional.max_pool2d(two, 2)))
        x = self.up1(self.mix2(torch.cat([x, two], 1)))
        return self.mix1(torch.cat([x, one], 1))


class Residual(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A strided residual block with squeeze-free branches of different reach."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(4, 4, 3, 2, 1), nn.Conv2d(4, 4, 5, 1, 2, groups=2)
        self.short = nn.Conv2d(4, 4, 1, 2)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Any) -> Any:
        return torch.relu(self.norm(self.two(torch.relu(self.one(x)))) + self.short(x))


class Squeeze(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Squeeze-and-excitation through fully connected layers and views."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.down, self.up = nn.Conv2d(1, 8, 3), nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        scale = torch.sigmoid(self.up(torch.relu(self.down(x.mean((2, 3))))))
        return x * scale.view(x.shape[0], -1, 1, 1)


class Shuffle(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Channel shuffle by views, channel split, pixel shuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1, groups=2)

    def forward(self, x: Any) -> Any:
        x = self.one(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        left, right = self.two(x).chunk(2, 1)
        return nn.functional.pixel_shuffle(torch.cat([right, left], 1), 2)


class NeXt(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """ConvNeXt's block: channels last in the middle, layer norm, linear layers, a learnt scale."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 2, 2)
        self.depthwise, self.norm = nn.Conv2d(4, 4, 7, padding=3, groups=4), nn.LayerNorm(4)
        self.wide, self.narrow = nn.Linear(4, 16), nn.Linear(16, 4)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.narrow(nn.functional.gelu(self.wide(y))).permute(0, 3, 1, 2)
        return x + self.scale * y


class Transformer(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Tokens are positions still, and attention reads all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 4, 4)
        self.place = nn.Parameter(torch.zeros(1, 16, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Any) -> Any:
        x = self.patch(x)
        tokens = self.norm(x.flatten(2).transpose(1, 2) + self.place)
        tokens = tokens + self.attention(tokens, tokens, tokens, need_weights=False)[0]
        return tokens.transpose(1, 2).reshape(x.shape)


class Gated(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Gated linear units over channels and over the features of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.wide, self.narrow = nn.Conv2d(1, 8, 3, padding=1), nn.Linear(4, 12), nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        x = nn.functional.glu(self.conv(x), 1)
        return self.narrow(nn.functional.glu(self.wide(x.permute(0, 2, 3, 1)))).permute(0, 3, 1, 2)


class Scalars(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Learnt numbers that hold for all of a map: ReZero's gate, one behind a sigmoid, StarReLU's, GeM's power."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.gate, self.soft = nn.Parameter(torch.ones(())), nn.Parameter(torch.ones(1))
        self.scale, self.shift, self.power = (nn.Parameter(torch.ones(1)) for _ in range(3))

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        x = x + self.gate * nn.functional.max_pool2d(x, 3, 1, 1)
        x = self.scale * torch.sigmoid(self.soft) * torch.relu(x) ** 2 + self.shift
        return nn.functional.avg_pool2d(x.pow(self.power), 2).pow(1 / self.power)


PLAIN = {
    "dilated": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, dilation=3), nn.ReLU6(), nn.AvgPool2d(3, 2, 1)),
    "ceil": lambda: nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(1, 1, (1, 3), (2, 1), (1, 0))),
    "same": lambda: nn.Sequential(nn.Conv2d(1, 2, 4, padding="same"), nn.Hardswish(), nn.Dropout(0.5)),
    "transposed": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, 2), nn.ConvTranspose2d(2, 2, 5, 3, 1, 2, dilation=2)),
    "bilinear": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, 2), nn.Upsample(scale_factor=2, mode="bilinear")),
    "aligned": lambda: nn.Sequential(nn.AvgPool2d(4), nn.Upsample(size=(7, 9), mode="bilinear", align_corners=True)),
    "bicubic": lambda: nn.Sequential(nn.AvgPool2d(2), nn.Upsample(scale_factor=2, mode="bicubic")),
    "nearest": lambda: nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=3), nn.Conv2d(1, 1, 3)),
    "adaptive": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d((3, 5)), nn.SiLU()),
    "reflected": lambda: nn.Sequential(nn.ReflectionPad2d(2), nn.ReplicationPad2d(1), nn.Conv2d(1, 1, 3)),
    "unshuffle": lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4, 4, 3, groups=4), nn.PReLU(4)),
    "norms": lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 1)),
    "instance": lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.InstanceNorm2d(4, affine=True)),
    "gated along": lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.GLU(-1), nn.Conv2d(4, 2, 3)),
}
OWN = {
    "unet": UNet,
    "residual": Residual,
    "squeeze": Squeeze,
    "shuffle": Shuffle,
    "next": NeXt,
    "vit": Transformer,
    "gated": Gated,
    "scalars": Scalars,
}
SMALL = {**PLAIN, **OWN}


def small(name: str) -> Any:
    torch.manual_seed(0)
    return SMALL[name]().eval()


def channels(model: Any) -> int:
    first = next((layer for layer in model.modules() if isinstance(layer, nn.Conv2d)), None)
    return first.in_channels if isinstance(model, Residual) else 1


INTERPOLATING = ("bilinear", "aligned", "bicubic")
"""PyTorch multiplies pixels by a weight of 0 at the border, which poison passes and a gradient does not."""


@pytest.mark.parametrize("name", INTERPOLATING)
def test_fields_of_interpolations_are_where_autograd_finds_a_gradient(name: str) -> None:
    """Every output unit reads exactly the rows and columns with a gradient that is not 0."""
    model = small(name).double()
    shape = Shape((16, 16), 1)
    gradient = torch.autograd.functional.jacobian(
        lambda x: model(x).sum((0, 1)), torch.rand(1, 1, 16, 16, dtype=torch.float64)
    )
    reached = (gradient[:, :, 0, 0] != 0).permute(2, 3, 0, 1).numpy()
    assert_reads_match(from_torch(model, shape), reached)


@pytest.mark.parametrize("name", [name for name in SMALL if name not in INTERPOLATING])
def test_fields_are_what_a_poisoned_pixel_reaches_in_pytorch(name: str) -> None:
    """Every output unit reads exactly the rows and columns whose pixels, made NaN, make it NaN in PyTorch."""
    model = small(name)
    shape = Shape((16, 16), channels(model))
    network = from_torch(model, shape)
    with torch.no_grad():
        reached = poisoned(lambda batch: model(torch.from_numpy(batch)).numpy(), shape)
    assert_reads_match(network, reached)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())


def test_the_comparison_of_fields_can_fail() -> None:
    """A network that reads one column more than PyTorch does is noticed."""
    model = nn.Conv2d(1, 1, 3).eval()
    with torch.no_grad():
        reached = poisoned(lambda batch: model(torch.from_numpy(batch)).numpy(), Shape((6, 6), 1))
    with pytest.raises(AssertionError):
        assert_reads_match(parse("input 6x6x1 conv3x4-1,p0/0x0/1"), reached)


@pytest.mark.parametrize("name", [*SMALL, "resnet18"])
def test_a_saved_export_is_the_same_network(name: str, tmp_path: Path) -> None:
    """Read from the JSON in its .pt2 without torch, a model is what it is from memory."""
    model = architecture(name) if name == "resnet18" else small(name)
    shape = Shape((64, 64), 3) if name == "resnet18" else Shape((16, 16), channels(model))
    path = tmp_path / "model.pt2"
    torch.export.save(torch.export.export(model, (torch.zeros(1, shape.channels, *shape.space),)), path)
    saved, direct = load(path), from_torch(model, shape)
    assert (saved, saved.outputs, saved.unused) == (direct, direct.outputs, direct.unused)


def test_a_symbolic_batch_and_size_are_left_open(tmp_path: Path) -> None:
    """An export with dynamic batch and size gives a network without an input shape, good for every size."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    dims = {0: torch.export.Dim("n"), 2: torch.export.Dim("h", min=8), 3: torch.export.Dim("w", min=8)}
    program = torch.export.export(model, (torch.zeros(2, 3, 16, 16),), dynamic_shapes=(dims,))
    torch.export.save(program, tmp_path / "open.pt2")
    network = load(tmp_path / "open.pt2")
    assert network.input is None
    assert parameters(network, Shape((50, 70), 3)) == sum(weight.numel() for weight in model.parameters())
    with pytest.raises(ShapeError, match="the weights are for 3 channels, 3x50x70 has 70: give 50x70x3"):
        parameters(network, Shape((3, 50), 70))


def test_names_are_those_of_the_modules() -> None:
    """A layer is called as its module, a function by the block it stands in."""
    names = [node.name for node in from_torch(small("residual"), "16x16x4").nodes]
    assert names == ["one", "relu", "two", "norm", "short", "add", "relu_1"]


def test_a_module_used_twice_counts_its_parameters_once() -> None:
    """The second use is tied to the first: parameters once, MACs twice."""
    conv = nn.Conv2d(4, 4, 3, padding=1)
    network = from_torch(nn.Sequential(conv, nn.ReLU(), conv), "8x8x4")
    assert parameters(network) == 4 * (9 * 4 + 1)
    assert network.nodes[2].tied == network.nodes[0].name


def test_two_modules_with_one_parameter_count_it_once() -> None:
    """Weights that two modules share are counted once too."""
    one, two = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.Conv2d(4, 4, 3, padding=1, bias=False)
    two.weight = one.weight
    assert parameters(from_torch(nn.Sequential(one, two), "8x8x4")) == 9 * 16


class Heads(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Two outputs, the first of which the second reads; a module nobody calls, one called for nothing, tied weights."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
        self.aside, self.spare = nn.Conv2d(4, 5, 1), nn.Linear(10, 10)
        self.twin = nn.Conv2d(3, 4, 3)
        self.twin.weight, self.twin.bias = self.body.weight, self.body.bias
        self.register_buffer("fixed", torch.ones(9))

    def forward(self, x: Any) -> Any:
        body = self.body(x)
        self.aside(body)
        return {"body": body, "head": self.head(body)}


def test_outputs_and_parameters_nobody_uses_are_known(tmp_path: Path) -> None:
    """Outputs are those the model returns; what is counted and what is unused is all that it registers."""
    model = Heads().eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 16, 16),)), tmp_path / "heads.pt2")
    for network in (from_torch(model, "16x16x3"), load(tmp_path / "heads.pt2")):
        assert [network.nodes[index].name for index in network.outputs] == ["body", "head"]
        assert network.unused == {"aside": 25, "spare.weight": 100, "spare.bias": 10}
        assert parameters(network) + sum(network.unused.values()) == sum(w.numel() for w in model.parameters())


def test_auxiliary_classifiers_are_noted() -> None:
    """In evaluation mode GoogLeNet calls neither of them; torchvision's sum of numel has them."""
    model = architecture("googlenet", aux_logits=True)
    network = from_torch(model, "64x64x3")
    assert {name.split(".")[0] for name in network.unused} == {"aux1", "aux2"}
    assert parameters(network) + sum(network.unused.values()) == sum(weight.numel() for weight in model.parameters())


def test_the_model_is_left_as_it_was() -> None:
    """Training mode of every module, running statistics and weights are untouched."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5))
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    from_torch(model, "8x8x1")
    assert [module.training for module in model] == [True, True, False]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_meta_models_need_no_memory() -> None:
    """A model of 400 GB on the meta device is followed like any other."""
    with torch.device("meta"):
        model = nn.Sequential(nn.Flatten(), nn.Linear(1000 * 1000, 100_000))
    assert parameters(from_torch(model, "1000x1000x1")) == 100_000 * 1_000_001


def test_attention_and_shuffles_are_recognised() -> None:
    """Views amount to the layers they are: heads are counted, groups are found."""
    layers = [node.layer for node in from_torch(small("vit"), "16x16x1").nodes]
    assert Attend(2) in layers
    assert ChannelShuffle(2) in [node.layer for node in from_torch(small("shuffle"), "16x16x1").nodes]


class SpatialGate(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """CBAM's gate (Woo et al. 2018): the mean and the largest of all channels, and a convolution, weigh every position."""

    def __init__(self, largest: Any) -> None:
        super().__init__()
        self.convolve, self.weigh = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.largest = largest

    def forward(self, x: Any) -> Any:
        x = self.convolve(x)
        return x * torch.sigmoid(self.weigh(torch.cat([x.mean(1, keepdim=True), self.largest(x)], 1)))


@pytest.mark.parametrize(
    "largest", [lambda x: x.amax(1, keepdim=True), lambda x: x.max(1, keepdim=True)[0], lambda x: x.max(1)[0][:, None]]
)
def test_a_gate_over_channels(largest: Any) -> None:
    """8 filters of 3·9 + 1 and one of 2·49 without bias: 322; 7 positions of 3 pixels: 9, as PyTorch's gradient has it."""
    model = SpatialGate(largest).double().eval()
    network = from_torch(model, "16x16x3")
    assert parameters(network) == 8 * 28 + 98
    x = torch.randn(1, 3, 16, 16, dtype=torch.float64, requires_grad=True)
    model(x)[0, :, 8, 5].sum().backward()
    rows, columns = (x.grad[0] != 0).any(0).nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 12, 1, 9)
    assert receptive_fields(network).get("rf") == 9


class Reader(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A convolution along a sequence, and cells that step through what it gives."""

    def __init__(self, cell: str, pick: Any, **options: Any) -> None:
        super().__init__()
        self.convolve = nn.Conv1d(3, 10, 3, padding=1)
        self.cells = getattr(nn, cell)(10, 5, **options)
        self.first, self.pick = options.get("batch_first", False), pick

    def forward(self, x: Any) -> Any:
        x = self.convolve(x)
        return self.pick(*self.cells(x.transpose(1, 2) if self.first else x.permute(2, 0, 1)))


def _as_map(first: bool) -> Any:
    return lambda steps, _last: steps.transpose(1, 2) if first else steps.permute(1, 2, 0)


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"bidirectional": True}, {"num_layers": 3, "dropout": 0.5}, {"bias": False}],
    ids=["one", "both ways", "three", "no bias"],
)
def test_recurrent_layers(cell: str, first: bool, options: dict[str, Any]) -> None:
    """Parameters are PyTorch's, and every step reads the steps that poison reaches in it."""
    model = Reader(cell, _as_map(first), batch_first=first, **options).eval()
    network = from_torch(model, "7x3")
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert output(network) == Shape((7,), 5 * (2 if "bidirectional" in options else 1))
    with torch.no_grad():
        reached = poisoned(lambda batch: model(torch.from_numpy(batch)).numpy(), Shape((7,), 3))
    assert_reads_match(network, reached)


@pytest.mark.parametrize("last", [lambda steps, last: steps[:, -1], lambda steps, last: last[-1]])
def test_a_classifier_at_the_last_step(last: Any) -> None:
    """By the last of the steps, or by the state that is handed out: a vector of 5 from 6 steps and one of padding."""
    network = from_torch(Reader("GRU", last, batch_first=True).eval(), "7x3")
    assert parameters(network) == 10 * 10 + 3 * 5 * (10 + 5 + 2)
    assert output(network) == Shape((), 5)


def test_what_a_recurrent_layer_can_have_besides_is_counted_and_not_followed() -> None:
    """Projected units, and a first state that is learnt: their parameters are those of PyTorch, and no field is guessed."""

    class Started(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.cells, self.start = nn.GRU(3, 5, batch_first=True), nn.Parameter(torch.zeros(1, 1, 5))

        def forward(self, x: Any) -> Any:
            return self.cells(x.transpose(1, 2), self.start)[0]

    for model in (Started(), Reader("LSTM", _as_map(True), batch_first=True, proj_size=2)):
        network = from_torch(model.eval(), "7x3")
        assert parameters(network) == sum(weight.numel() for weight in model.parameters())
        assert receptive_fields(network).get("unknown_from") == "cells"


def test_words_are_looked_up() -> None:
    """A table of 50 words, a step for each of seven, and a cell: 50·8 and 4·4·(8 + 4 + 2) parameters."""

    class Words(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.table, self.cells = nn.Embedding(50, 8), nn.LSTM(8, 4, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.cells(self.table(x))[0]

    network = from_torch(Words().eval(), torch.zeros(1, 7, dtype=torch.long))
    assert parameters(network) == 50 * 8 + 4 * 4 * (8 + 4 + 2)
    assert [node.layer.keyword for node in network.nodes] == ["unflatten", "embed", "lstm"]


def test_the_larger_of_two_maps_is_no_layer() -> None:
    """PyTorch's max of two tensors has the name of its max over an axis."""

    class Larger(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def forward(self, x: Any) -> Any:
            return torch.max(x, x * 2)

    network = from_torch(Larger(), "8x8x1")
    assert [node.layer for node in network.nodes] == [Unknown("aten.max.other", (8, 8, 1), counted=True)]


def test_a_model_that_cannot_be_exported_says_why() -> None:
    """What torch.export objects to stands in the one line."""

    class Branching(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def forward(self, x: Any) -> Any:
            return x if x.sum() > 0 else -x

    with pytest.raises(ModelFileError, match=r"torch\.export can't follow Branching: "):
        from_torch(Branching(), "8x8x1")


class Strange(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Two operators that no kind describes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.after = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 4, 3)

    def forward(self, x: Any) -> Any:
        x = torch.flip(self.conv(x), (2,))
        return self.after(torch.cumsum(torch.flip(x, (3,)), 2))


def open_width(folder: Path) -> Path:
    """A file of it whose width is left open, so that no shape behind it is known."""
    width = torch.export.Dim("width", min=8, max=64)
    program = torch.export.export(Strange().eval(), (torch.zeros(1, 1, 8, 9),), dynamic_shapes=({3: width},))
    torch.export.save(program, folder / "open.pt2")
    return folder / "open.pt2"


def test_unknown_operators_of_unknown_shape_are_all_named_with_their_number(tmp_path: Path) -> None:
    """One message lists them, most frequent first."""
    with pytest.raises(UnknownLayerError, match=r"aten\.flip \(×2\), aten\.cumsum \(×1\): --allow-unknown"):
        load(open_width(tmp_path))


def test_allowed_unknown_operators_leave_a_lower_bound(tmp_path: Path) -> None:
    """They keep their place; what comes after is counted."""
    network = load(open_width(tmp_path), allow_unknown=True)
    assert sum(isinstance(node.layer, Unknown) for node in network.nodes) == 3
    assert parameters(network, Shape((8, 9), 1)) == 2 * 10 + 4 * 19
    assert not network.counted


def test_an_operator_without_a_kind_ends_only_the_field(tmp_path: Path) -> None:
    """From a module and from a file: what comes after is counted by the shapes of the framework, and called exact."""
    model = Strange().eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 1, 8, 8),)), tmp_path / "m.pt2")
    for network in (from_torch(model, "8x8x1"), load(tmp_path / "m.pt2")):
        assert [node.layer.keyword for node in network.nodes] == ["conv", "unknown", "unknown", "unknown", "conv"]
        summary = summary_report(network)
        assert summary.get("exact")
        assert summary.get("total.parameters") == 2 * 10 + 4 * 19
        assert summary.get("total.macs") == 36 * 2 * 9 + 16 * 4 * 18
        assert "aten.flip ×2, aten.cumsum ×1" in " ".join(summary.notes)
        fields = receptive_fields(network)
        assert (fields.get("unknown_from"), fields.get("rf")) == ("flip", None)
        assert receptive_fields(network, asked=Asked(at="conv")).get("rf") == 3


class Joined(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A product of two maps that no kind describes, beside a map that nothing reads."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.spare = nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3)

    def forward(self, x: Any) -> Any:
        self.spare(x)
        return torch.einsum("bchw,bdhw->bcd", self.one(x), self.two(x))


def test_an_operator_without_a_kind_reads_all_of_its_inputs() -> None:
    """Both branches belong to the network; what nobody reads does not; 2 · 2 · 36 products, over all places of both."""
    network = from_torch(Joined().eval(), "8x8x1")
    assert [(node.name, node.inputs) for node in network.nodes] == [("one", (-1,)), ("two", (-1,)), ("einsum", (0, 1))]
    assert network.unused == {"spare": 20}
    assert summary_report(network).get("einsum.macs") == 2 * 2 * 36
    assert parse(show(network)) == network
    told = receptive_fields(network).data
    assert (told["rf"], told["whole"], told["unknown_from"]) == (None, True, None)


def test_frozen_parameters_stand_apart() -> None:
    """What ``requires_grad`` is false of is a parameter, and not trainable."""
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)).eval()
    model[0].requires_grad_(False)
    report = summary_report(from_torch(model, "16x16x3"))
    assert (report.get("total.parameters"), report.get("total.trainable")) == (224 + 584, 584)
    assert [row["trainable"] for row in report.data["layers"]] == [0, 584]
    assert "224 of the parameters are frozen, 584 are trainable" in report.notes


class Otherwise(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Layers that store something else than their kind: a norm of weights, a fixed filter, frozen and shared weights."""

    def __init__(self) -> None:
        super().__init__()
        self.normed = torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 8, 3))
        self.register_buffer("blur", torch.ones(8, 1, 3, 3))
        self.frozen, self.shared = nn.Conv2d(8, 4, 3).requires_grad_(False), nn.Conv2d(8, 4, 3)
        self.shared.weight = self.frozen.weight

    def forward(self, x: Any) -> Any:
        x = nn.functional.conv2d(self.normed(x), self.blur, groups=8)
        return self.frozen(x) + self.shared(x)


def test_what_a_model_stores_otherwise_is_written_and_counted_everywhere(tmp_path: Path) -> None:
    """From a module and from a file: what `show` writes, a sweep fills in and a peer counts has the same numbers."""
    model = Otherwise().eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 12, 12),)), tmp_path / "m.pt2")
    weights = list(model.parameters())
    numbers = [sum(weight.numel() for weight in weights if weight.requires_grad or not only) for only in (False, True)]
    for network in (from_torch(model, "12x12x3"), load(tmp_path / "m.pt2")):
        again = parse(show(network))
        assert again == network
        for one in (network, again):
            total = summary_report(one).data["total"]
            assert [total["parameters"], total["trainable"], total["buffers"]] == [*numbers, 72]
        (tmp_path / "m.cnn").write_text(show(network), "utf-8")
        swept = sweep(str(tmp_path / "m.cnn"), vary=["normed.conv2d.dilation=1..2"])
        assert swept["parameters"].tolist() == [numbers[0]] * 2
        assert numbers[0] in [number.ours for number in as_counted_by("torchinfo", network)]
        assert "conv3-8,stored:+8" in show(network)


def test_layers_that_share_a_weight_and_no_bias_count_it_once() -> None:
    """A convolution and a transposed one of the same weight: 3 · 8 · 9 weights, 8 and 3 biases."""
    conv, back = nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 3, 3)
    back.weight = conv.weight
    model = nn.Sequential(conv, back).eval()
    network = from_torch(model, "16x16x3")
    assert parameters(network) == sum(weight.numel() for weight in model.parameters()) == 227
    assert summary_report(network).get("0_1.biases") == 3
    claims = [(claim.layer, claim.what) for claim in verify(network, Shape((16, 16), 3)).claims]
    assert ("0", "parameters") in claims
    assert not {("0_1", "parameters"), ("", "parameters")} & set(claims), "only a whole layer of its kind can be run"
    assert verify(network, Shape((16, 16), 3)).agrees


def test_the_counts_of_a_weight_that_is_made_of_others_are_not_claimed() -> None:
    """Under a spectral norm a layer multiplies more than its kind, which is all that can be run."""
    model = nn.Sequential(nn.Conv1d(3, 4, 3), torch.nn.utils.parametrizations.spectral_norm(nn.Conv1d(4, 8, 3))).eval()
    verdict = verify(from_torch(model, "11x3"), Shape((11,), 3))
    assert verdict.agrees
    assert {claim.what for claim in verdict.claims if claim.layer == "0"} >= {"output", "macs", "parameters", "reads"}
    assert {claim.what for claim in verdict.claims if claim.layer == "1.conv1d"} == {"output", "reads", "field"}


def test_a_fixed_filter_is_no_parameter() -> None:
    """A convolution with a buffer: what is stored, and not learnt."""

    class Blurred(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.register_buffer("kernel", torch.ones(3, 1, 3, 3) / 9)

        def forward(self, x: Any) -> Any:
            return self.conv(nn.functional.conv2d(x, self.kernel, groups=3))

    report = summary_report(from_torch(Blurred().eval(), "32x32x3"))
    assert [report.get(f"total.{name}") for name in ("parameters", "buffers")] == [112, 27]


@pytest.mark.parametrize("kind", ["no_grad", "autocast", "checkpoint"])
def test_regions_that_an_export_takes_out_are_part_of_the_network(kind: str, tmp_path: Path) -> None:
    """Without gradients, of another precision, to be recomputed: 224 + 584 parameters, and the fields of both layers."""
    regions = {"no_grad": torch.no_grad, "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16)}

    class Region(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.back, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)

        def forward(self, x: Any) -> Any:
            if kind == "checkpoint":
                return self.head(torch.utils.checkpoint.checkpoint(self.back, x, use_reentrant=False))
            with regions[kind]():
                y = self.back(x)
            return self.head(y.float())

    model = Region().eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 16, 16),)), tmp_path / "region.pt2")
    for network in (from_torch(model, "16x16x3"), load(tmp_path / "region.pt2")):
        assert [node.name for node in network.nodes] == ["back", "head"]
        assert parameters(network) == 808
        assert receptive_fields(network).get("rf") == 5


class Choosing(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A branch that the numbers choose."""

    def forward(self, x: Any) -> Any:
        return torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,))


def test_what_another_operator_multiplies_is_not_known() -> None:
    """Graphs that are chosen among have shapes, and no number of products: their totals are no exact ones."""
    with pytest.raises(UnknownLayerError, match="cond"):
        from_torch(Choosing(), "8x8x1")
    assert not from_torch(Choosing(), "8x8x1", allow_unknown=True).counted


def test_parametrised_and_recurrent_modules_are_left_as_they_were() -> None:
    """Modes, parameters and buffers are the same objects after a capture, also of parametrised and recurrent modules."""
    norm = torch.nn.utils.parametrizations.spectral_norm
    model = nn.Sequential(norm(nn.Conv1d(3, 8, 3)), nn.BatchNorm1d(8), nn.Dropout(), nn.LSTM(9, 4)).train()
    before = [(name, id(tensor), tensor.clone()) for name, tensor in model.state_dict(keep_vars=True).items()]
    from_torch(model, torch.zeros(1, 3, 11))
    after = dict(model.state_dict(keep_vars=True))
    assert [(name, id(tensor)) for name, tensor in after.items()] == [entry[:2] for entry in before]
    assert all(torch.equal(after[name], tensor) for name, _id, tensor in before)
    assert all(part.training for part in model.modules())


class Largest(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """An operator that no kind describes, with two results that are both used."""

    def forward(self, x: Any) -> Any:
        values, places = torch.topk(x, 2, -1)
        return values + places


def test_an_unknown_operator_with_two_results_is_named(tmp_path: Path) -> None:
    """What reads its second result is no cycle, and is lost too; of known shape both results are layers."""
    width = torch.export.Dim("width", min=8, max=64)
    program = torch.export.export(Largest(), (torch.zeros(1, 3, 8, 9),), dynamic_shapes=({2: width},))
    torch.export.save(program, tmp_path / "open.pt2")
    with pytest.raises(UnknownLayerError, match=r"describes aten\.topk \(×1\): --allow-unknown"):
        load(tmp_path / "open.pt2")
    torch.export.save(torch.export.export(Largest(), (torch.zeros(1, 3, 8, 8),)), tmp_path / "m.pt2")
    for network in (load(tmp_path / "m.pt2"), from_torch(Largest(), "8x8x3")):
        assert [node.layer.keyword for node in network.nodes] == ["unknown", "unknown", "add"]


def test_decomposed_exports_are_the_same_network(tmp_path: Path) -> None:
    """After ``run_decompositions`` a linear layer is a transposition and an ``addmm``, a convolution another operator."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 5)).eval()
    program = torch.export.export(model, (torch.zeros(1, 3, 8, 8),)).run_decompositions()
    torch.export.save(program, tmp_path / "m.pt2")
    layers = [node.layer for node in load(tmp_path / "m.pt2").nodes]
    assert layers == [node.layer for node in from_torch(model, "8x8x3").nodes]


class Unfolded(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A pixel shuffle written by views, the last of which takes its sizes from another tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.last = nn.Conv2d(1, 4, 2, 2), nn.Conv2d(1, 2, 3)

    def forward(self, x: Any) -> Any:
        y = self.down(x).reshape(1, 1, 2, 2, 4, 4).permute(0, 1, 4, 2, 5, 3)
        return self.last(y.flatten(1).view_as(x))


def test_a_view_like_another_tensor_has_its_sizes() -> None:
    """`view_as` is a view, not a name for the same tensor."""
    network = from_torch(Unfolded(), "8x8x1")
    assert PixelShuffle(2) in [node.layer for node in network.nodes]
    assert output(network) == Shape((6, 6), 2)


class Bomb:
    """Unpickling this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_nothing_in_an_export_is_unpickled(tmp_path: Path) -> None:
    """Members are replaced by a pickle that would leave a trace: the network is read, or refused, and there is no trace.

    What is read is JSON: the graph, and where each weight lies.
    """
    saved = io.BytesIO()
    torch.export.save(torch.export.export(small("dilated"), (torch.zeros(1, 1, 16, 16),)), saved)
    trace, path, none = tmp_path / "unpickled", tmp_path / "bomb.pt2", tmp_path / "only.pt2"
    for made, kept in ((path, ".json"), (none, "models/model.json")):
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(made, "w") as new:
            for info in old.infolist():
                text = info.filename.endswith(kept)
                new.writestr(info.filename, old.read(info) if text else pickle.dumps(Bomb(trace)))
    assert len(load(path)) == 3
    with pytest.raises(ModelFileError, match="model_weights_config.json is not JSON"):
        load(none)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["model.pt", "model.pth"])
def test_pickles_are_refused_with_the_way_out(name: str, tmp_path: Path) -> None:
    """The message says why, and how to export."""
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "unpickled")))
    with pytest.raises(ModelFileError, match=r"is a pickle, .*torch\.export\.save\(program, \"model\.pt2\"\)"):
        load(tmp_path / name)
    assert not (tmp_path / "unpickled").exists()
