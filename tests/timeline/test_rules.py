"""What every kind of layer keeps, asked of PyTorch one layer at a time, in place too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.layers import kind
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.timeline.plan import Asked, plan
from cnncalc.timeline.rules import rule_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from tests.timeline.watched import meta, saved, storage  # noqa: E402

SHAPE, BATCH = Shape((6, 6), 8), 2
Function = Callable[[Any], Any]

FUNCTIONS = ("relu", "relu6", "hardtanh", "elu", "celu", "selu", "silu", "mish", "hardsigmoid", "hardswish")
TENSORS = ("sigmoid", "tanh", "exp", "abs", "square")


LAYERS: dict[str, Callable[[], Any]] = {
    "conv3-4": lambda: nn.Conv2d(8, 4, 3),
    "conv3-4,g2": lambda: nn.Conv2d(8, 4, 3, groups=2),
    "convT2-4/2": lambda: nn.ConvTranspose2d(8, 4, 2, stride=2),
    "dwconv3": lambda: nn.Conv2d(8, 8, 3, groups=8),
    "sepconv3-4": lambda: nn.Sequential(nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Conv2d(8, 4, 1)),
    "bn": lambda: nn.BatchNorm2d(8),
    "gn,g4": lambda: nn.GroupNorm(4, 8),
    "in": lambda: nn.InstanceNorm2d(8, affine=True),
    "in,noaffine": lambda: nn.InstanceNorm2d(8),
    "bn,noaffine": lambda: nn.BatchNorm2d(8, affine=False),
    "ln,space": lambda: nn.LayerNorm([8, 6, 6]),
    "prelu": lambda: nn.PReLU(8),
}
"""Layers that learn."""

OTHERS: dict[str, Function] = {
    **{name: getattr(F, name) for name in FUNCTIONS},
    **{name: getattr(torch, name) for name in TENSORS},
    "leakyrelu": F.leaky_relu,
    "gelu": F.gelu,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "glu": lambda x: F.glu(x, 1),
    "softmax": lambda x: F.softmax(x, 1),
    "lrn": lambda x: F.local_response_norm(x, 5),
    "maxpool2": lambda x: F.max_pool2d(x, 2),
    "globalmaxpool": lambda x: F.adaptive_max_pool2d(x, 1),
    "adaptivemaxpool3": lambda x: F.adaptive_max_pool2d(x, 3),
    "avgpool2": lambda x: F.avg_pool2d(x, 2),
    "adaptiveavgpool3": lambda x: F.adaptive_avg_pool2d(x, 3),
    "adaptiveavgpool1": lambda x: F.adaptive_avg_pool2d(x, 1),
    "globalavgpool": lambda x: F.adaptive_avg_pool2d(x, 1),
    "lppool2": lambda x: F.lp_pool2d(x, 2, 2),
    "globallppool": lambda x: F.lp_pool2d(x, 2, 6),
    "channelavgpool": lambda x: x.mean(1, keepdim=True),
    "channelmaxpool": lambda x: x.amax(1, keepdim=True),
    "flatten": lambda x: torch.flatten(x, 1),
    "identity": nn.Identity(),
    "crop,p1": lambda x: x[:, :, 1:-1, 1:-1],
    "slice,to4": lambda x: x[:, :4],
    "up2": lambda x: F.interpolate(x, scale_factor=2),
    "up2,bilinear": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "pixelshuffle2": lambda x: F.pixel_shuffle(x, 2),
    "channelshuffle": lambda x: F.channel_shuffle(x, 2),
    "pad,p1": lambda x: F.pad(x, (1, 1, 1, 1)),
    "pad,p1,reflect": lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"),
    "pad,p1,replicate": lambda x: F.pad(x, (1, 1, 1, 1), mode="replicate"),
    "pad,p1,circular": lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"),
}


def kept(word: str, *, in_place: bool = False, shape: Shape = SHAPE) -> int:
    """What our rule keeps for a layer behind one that learns and keeps nothing but its own."""
    network = parse(f"offset {word}")
    made = shapes(network, shape)
    run = plan(network, shape, made, counts(network, shape, made), Asked(BATCH, training=True, in_place=in_place))
    return sum(run.kept().values())


def asked(function: Function, others: set[int] | None = None, shape: Shape = SHAPE) -> int:
    """What PyTorch saves for a function of a map that something before it made."""
    x = meta(BATCH, shape.channels, *shape.space, learning=True) + 1
    return saved(function, x, others or set())


@pytest.mark.parametrize("word", OTHERS)
def test_a_layer_keeps_what_pytorch_saves(word: str) -> None:
    """Of layers that learn nothing: in bytes, with the input or the output once."""
    assert kept(word) == asked(OTHERS[word])


@pytest.mark.parametrize("word", LAYERS)
def test_a_layer_that_learns_keeps_what_pytorch_saves(word: str) -> None:
    """The same for layers with weights, which are not counted again."""
    module = LAYERS[word]().to("meta")
    stored = {storage(tensor)._cdata for tensor in [*module.parameters(), *module.buffers()]}
    assert kept(word) == asked(module, stored)


def test_a_scale_and_a_dense_layer() -> None:
    """Layer scale multiplies by a parameter; a dense layer keeps the vector that it gets."""
    gamma = nn.Parameter(meta(8, 1, 1))
    assert kept("scale") == asked(lambda x: x * gamma, {storage(gamma)._cdata})
    dense = nn.Linear(8 * 6 * 6, 5, device="meta")
    stored = {storage(tensor)._cdata for tensor in dense.parameters()}
    assert kept("fc5") == asked(lambda x: dense(torch.flatten(x, 1)), stored)


def test_channels_normalised_at_every_position() -> None:
    """ConvNeXt's norm: the map is permuted, normalised over its channels, permuted back."""
    norm = nn.LayerNorm(8, device="meta")
    stored = {storage(tensor)._cdata for tensor in norm.parameters()}
    assert kept("ln") == asked(lambda x: norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), stored)


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("both", [False, True])
def test_a_recurrent_layer_keeps_its_steps(cell: str, both: bool) -> None:
    """Step by step, as PyTorch does it where nothing is fused: gates, cells and states."""
    shape = Shape((7,), 10)
    module = getattr(nn, cell)(10, 20, batch_first=True, bidirectional=both, device="meta")
    stored = {storage(tensor)._cdata for tensor in module.parameters()}
    word = f"{cell.lower()}-20{',bi' if both else ''}"
    assert kept(word, shape=shape) == asked(lambda x: module(x.transpose(1, 2))[0], stored, shape)


@pytest.mark.parametrize(
    ("word", "function"),
    [
        ("add( | pixelshuffle1 )", lambda x: x + x.clone()),
        ("concat( | pixelshuffle1 )", lambda x: torch.cat([x, x.clone()], 1)),
        ("mul( | pixelshuffle1 )", lambda x: x * x.clone()),
        ("mul( | globalavgpool )", lambda x: x * x.mean((2, 3), keepdim=True)),
    ],
)
def test_merges_keep_what_pytorch_saves(word: str, function: Function) -> None:
    """Sums and concatenations keep nothing; products keep every branch, stretched ones as they are."""
    assert kept(word) == asked(function)


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f"{name}_" for name in TENSORS), "leakyrelu"])
def test_in_place_a_layer_keeps_what_pytorch_saves(name: str) -> None:
    """The output in place of the input, or a copy of the input."""
    functions = {"leakyrelu": lambda x: F.leaky_relu(x, inplace=True)}
    functions |= {name: getattr(torch, name) for name in (f"{name}_" for name in TENSORS)}
    functions |= {name: lambda x, name=name: getattr(F, name)(x, inplace=True) for name in FUNCTIONS}  # type: ignore[misc]
    assert kept(name.removesuffix("_"), in_place=True) == asked(functions[name])


def test_a_mask_is_a_byte_a_number() -> None:
    """As PyTorch's fused dropout of GPUs makes it: booleans, and none once the network has learnt."""
    _output, mask = torch.ops.aten.native_dropout(meta(BATCH, 8, 6, 6), 0.5, True)
    assert kept("dropout") == storage(mask).nbytes() == BATCH * 8 * 6 * 6
    assert rule_of(kind("Dropout")(), training=False).view
