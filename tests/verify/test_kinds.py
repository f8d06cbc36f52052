"""Every kind's experiment, against loops that follow the definition, against its own transpose, and against PyTorch."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cnncalc.counting import count
from cnncalc.errors import LimitError, ShapeError
from cnncalc.layers import KINDS, kind
from cnncalc.layers.base import Layer
from cnncalc.network import chain
from cnncalc.shapes import Shape
from cnncalc.verify.experiments import EXPERIMENTS
from cnncalc.verify.forward import run
from cnncalc.verify.ledger import Ledger
from tests.kinds import counted
from tests.verify.kept import Kept

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


def test_every_kind_has_an_experiment() -> None:
    """Only the kind that nobody knows has no experiment."""
    assert set(KINDS) - set(EXPERIMENTS) == {"Unknown"}
    assert set(EXPERIMENTS) <= set(KINDS)


def starts(layer: Any, shape: Shape, axis: int) -> list[int]:
    """Where windows begin, from the layer's own padding and output size, which other tests hold."""
    stride = layer.stride[axis] if len(layer.stride) > 1 else layer.stride[0]
    before, _after = layer.sides(axis, shape.space[axis])
    return [unit * stride - before for unit in range(layer.output(shape).space[axis])]


def windows(layer: Any, shape: Shape, x: Any) -> dict[tuple[int, ...], Any]:
    """What each position's window holds, ``(C, taps)``, zeros in the padding: one number at a time."""
    rank = len(shape.space)
    kernel, dilation = (value if len(value) == rank else value * rank for value in (layer.kernel, layer.dilation))
    begins = [starts(layer, shape, axis) for axis in range(rank)]
    found = {}
    for unit in product(*(range(len(begin)) for begin in begins)):
        taps = []
        for tap in product(*map(range, kernel)):
            place = tuple(begins[a][unit[a]] + tap[a] * dilation[a] for a in range(rank))
            inside = all(0 <= place[a] < shape.space[a] for a in range(rank))
            taps.append(x[(slice(None), *place)] if inside else np.zeros(shape.channels))
        found[unit] = np.stack(taps, axis=1)
    return found


def by_loops(layer: Any, shape: Shape, x: Any, arrays: dict[str, Any]) -> Any:
    """The definition of each kind with a window, position by position."""
    name, output = type(layer).__name__, layer.output(shape)
    out = np.zeros((output.channels, *output.space))
    for unit, window in windows(layer, shape, x).items():
        if name == "Conv":
            groups, size = layer.groups, shape.channels // layer.groups
            weight = arrays["weight"].reshape(groups, output.channels // groups, -1)
            parts = [weight[g] @ window[g * size : (g + 1) * size].ravel() for g in range(groups)]
            out[(slice(None), *unit)] = np.concatenate(parts)
        elif name == "Local":
            out[(slice(None), *unit)] = arrays["weight"][unit].reshape(output.channels, -1) @ window.ravel()
        elif name == "Tiled":
            tile = layer.tiles(output)
            turn = tuple(index % size for index, size in zip(unit, tile, strict=True))
            out[(slice(None), *unit)] = arrays["weight"][turn].reshape(output.channels, -1) @ window.ravel()
            if layer.bias:
                out[(slice(None), *unit)] += arrays["bias"][turn]
        else:
            deep = arrays["weight" if name == "Depthwise" else "depthwise"].reshape(
                shape.channels, layer.multiplier, -1
            )
            middle = np.einsum("cmk,ck->cm", deep, window).ravel()
            out[(slice(None), *unit)] = middle if name == "Depthwise" else arrays["pointwise"] @ middle
    if layer.bias and name != "Tiled":
        bias = arrays["bias"]
        out += bias if bias.ndim > 1 else bias.reshape(-1, *(1,) * len(output.space))
    return out


@given(counted())
@QUICK
def test_windows_follow_the_definition(drawn: tuple[Layer, Shape]) -> None:
    """On random layers, one to three axes, the blocked product gives what loops over every position and tap give."""
    layer, shape = drawn
    x = np.random.default_rng(1).standard_normal((shape.channels, *shape.space))
    if type(layer).__name__ == "Dense":
        return
    kept = Kept()
    made = EXPERIMENTS[type(layer).__name__].forward(layer, kept, x)
    np.testing.assert_allclose(made, by_loops(layer, shape, x, kept.arrays), rtol=1e-12, atol=1e-12)


CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Conv", {"kernel": 3, "filters": 8, "padding": 1, "stride": 2, "groups": 2}),
    ("Conv", {"kernel": (1, 3), "filters": 8, "dilation": 2, "padding": "same"}),
    ("Depthwise", {"kernel": 3, "multiplier": 2, "padding": "causal"}),
    ("Separable", {"kernel": 3, "filters": 6, "multiplier": 2}),
    ("Transposed", {"kernel": 3, "filters": 8, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2}),
    ("Transposed", {"kernel": 2, "filters": 8, "stride": 3, "padding": "same"}),
    ("Local", {"kernel": 3, "filters": 5, "padding": 1}),
    ("Local", {"kernel": 3, "filters": 5, "shared_bias": True}),
    ("Tiled", {"kernel": 3, "filters": 5, "tile": (9, 2)}),
    ("Dense", {"units": 7}),
    ("Pool", {"kernel": 3, "op": "avg", "stride": 2, "ceil": True, "padding": 1}),
    ("GlobalPool", {}),
    ("AdaptivePool", {"outputs": (3, 5)}),
    ("Flatten", {}),
    ("Upsample", {"scale": 3, "mode": "bilinear"}),
    ("Upsample", {"to": (5, 11), "mode": "bicubic"}),
    ("Upsample", {"scale": 2, "mode": "bilinear", "align_corners": True}),
    ("PixelShuffle", {"factor": 2}),
    ("PixelShuffle", {"factor": 2, "inverse": True}),
    ("ChannelShuffle", {"groups": 2}),
    ("Pad", {"padding": 2, "mode": "reflect"}),
    ("Pad", {"padding": ((1, 2), (0, 3)), "mode": "circular"}),
    ("Pad", {"padding": 1, "mode": "replicate"}),
    ("Crop", {"border": 2}),
    ("Slice", {"first": 1, "stop": 3, "stride": 2}),
    ("Unflatten", {"space": (4, 4)}),
    ("Tokens", {"extra": 2}),
)
"""Linear layers, up to their biases."""

ROOT = Shape((8, 10), 4)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_way_back_is_the_transpose(name: str, options: dict[str, Any]) -> None:
    """⟨A·x, y⟩ = ⟨x, Aᵀ·y⟩ for random x and y; and what was counted on the way forward is what is claimed."""
    layer = kind(name)(**options)
    random = np.random.default_rng(0)
    x, zero = random.standard_normal((4, 8, 10)), np.zeros((4, 8, 10))
    ledger = Ledger(dtype=np.float64)
    forward, back, *_facts = EXPERIMENTS[name]
    linear = forward(layer, ledger, x) - forward(layer, Ledger(dtype=np.float64), zero)
    y = random.standard_normal(linear.shape)
    returned = back(layer, Ledger(dtype=np.float64), y, x.shape)
    assert np.vdot(linear, y) == pytest.approx(np.vdot(x, returned), rel=1e-10, abs=1e-10)
    claimed = count(layer, ROOT)
    observed = (ledger.weights, ledger.biases, ledger.buffers, ledger.products)
    assert observed == (claimed.weights, claimed.biases, claimed.buffers, claimed.macs)


@pytest.mark.parametrize("dtype", ["float16", "int8", "int64", "complex64", "bool"])
def test_numbers_that_are_not_computed_with_are_refused(dtype: str) -> None:
    """Half precision, whole and complex numbers are refused with a reason, not computed wrongly."""
    with pytest.raises(LimitError, match=rf'{dtype} is not computed with, .*: convert with x.astype\("float32"\)'):
        run(chain([kind("Conv")(3)]), np.ones((1, 5, 5), dtype))


def test_given_weights_are_used() -> None:
    """``run`` takes arrays by layer and name, and refuses one of another shape or one that is missing."""
    network = chain([kind("Conv")(2, 1, bias=False)])
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    x = np.arange(9.0).reshape(1, 3, 3)
    assert run(network, x, {"conv1": {"weight": weight}}).tolist() == [[[27.0, 37.0], [57.0, 67.0]]]
    with pytest.raises(ShapeError, match="layer 1, conv1: weight has the shape 3, but 1×1×2×2 is needed"):
        run(network, x, {"conv1": {"weight": np.ones(3)}})
    with pytest.raises(ShapeError, match="there is no array weight"):
        run(network, x, {})


def test_memory_is_bounded_while_running() -> None:
    """An array that does not fit beside what is held is refused before it is allocated."""
    with pytest.raises(LimitError, match=r"layer 1, up1: an array of 1×8000×8\w* numbers needs .* bytes, more than"):
        run(chain([kind("Upsample")(1000)]), np.ones((1, 8, 8), np.float32), max_memory=2**20 // 8)


TORCH: tuple[tuple[str, dict[str, Any], str, dict[str, Any]], ...] = (
    ("Conv", {"kernel": 3, "filters": 6, "stride": 2, "padding": 2, "dilation": 2, "groups": 2}, "Conv2d",
     {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 2, "dilation": 2, "groups": 2}),
    ("Transposed", {"kernel": 3, "filters": 6, "stride": 3, "padding": 1, "output_padding": 2, "groups": 2},
     "ConvTranspose2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 3, "padding": 1,
                         "output_padding": 2, "groups": 2}),
    ("Pool", {"kernel": 3, "stride": 2, "padding": 1, "ceil": True}, "MaxPool2d",
     {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("Pool", {"kernel": 3, "op": "avg", "stride": 2, "padding": 1, "ceil": True}, "AvgPool2d",
     {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("Pool", {"kernel": 3, "op": "avg", "stride": 2, "padding": 1, "exclude_padding": True}, "AvgPool2d",
     {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    ("Pool", {"kernel": (9, 4), "stride": 2, "ceil": True}, "MaxPool2d",
     {"kernel_size": (9, 4), "stride": 2, "ceil_mode": True}),
    ("Pool", {"kernel": (9, 4), "op": "avg", "stride": 2, "ceil": True}, "AvgPool2d",
     {"kernel_size": (9, 4), "stride": 2, "ceil_mode": True}),
    ("Pool", {"kernel": 2, "op": "lp"}, "LPPool2d", {"norm_type": 2, "kernel_size": 2}),
    ("AdaptivePool", {"outputs": (3, 7)}, "AdaptiveAvgPool2d", {"output_size": (3, 7)}),
    ("AdaptivePool", {"outputs": 3, "op": "max"}, "AdaptiveMaxPool2d", {"output_size": 3}),
    ("Upsample", {"scale": 3}, "Upsample", {"scale_factor": 3}),
    ("Upsample", {"scale": 2, "mode": "bilinear"}, "Upsample", {"scale_factor": 2, "mode": "bilinear"}),
    ("Upsample", {"scale": 2, "mode": "bilinear", "align_corners": True}, "Upsample",
     {"scale_factor": 2, "mode": "bilinear", "align_corners": True}),
    ("Upsample", {"to": (5, 13), "mode": "bicubic"}, "Upsample", {"size": (5, 13), "mode": "bicubic"}),
    ("PixelShuffle", {"factor": 2}, "PixelShuffle", {"upscale_factor": 2}),
    ("PixelShuffle", {"factor": 2, "inverse": True}, "PixelUnshuffle", {"downscale_factor": 2}),
    ("ChannelShuffle", {"groups": 2}, "ChannelShuffle", {"groups": 2}),
    ("Pad", {"padding": 2, "mode": "reflect"}, "ReflectionPad2d", {"padding": 2}),
    ("GroupNorm", {"groups": 2}, "GroupNorm", {"num_groups": 2, "num_channels": 4}),
    ("InstanceNorm", {}, "InstanceNorm2d", {"num_features": 4, "affine": True}),
    ("LocalResponseNorm", {"channels": 3}, "LocalResponseNorm", {"size": 3}),
    ("Softmax", {}, "Softmax", {"dim": 1}),
    ("GLU", {}, "GLU", {"dim": 1}),
    ("PReLU", {}, "PReLU", {"num_parameters": 4}),
    *(
        ("Activation", {"function": name}, other, {})
        for name, other in (
            ("relu", "ReLU"), ("relu6", "ReLU6"), ("leakyrelu", "LeakyReLU"), ("elu", "ELU"), ("celu", "CELU"),
            ("selu", "SELU"), ("gelu", "GELU"), ("silu", "SiLU"), ("mish", "Mish"), ("sigmoid", "Sigmoid"),
            ("hardsigmoid", "Hardsigmoid"), ("hardswish", "Hardswish"), ("hardtanh", "Hardtanh"), ("tanh", "Tanh"),
            ("softplus", "Softplus"), ("softsign", "Softsign"),
        )
    ),
)  # fmt: skip
"""A layer of ours, and the PyTorch module that must give the same numbers."""

NAMES = {"GroupNorm": ("scale", "shift"), "InstanceNorm": ("scale", "shift"), "PReLU": ("slope", "")}


@pytest.mark.parametrize(("name", "options", "module", "arguments"), TORCH)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pytorch_gives_the_same(
    name: str, options: dict[str, Any], module: str, arguments: dict[str, Any], dtype: str
) -> None:
    """With PyTorch's own weights, ``run`` gives PyTorch's output to float tolerance."""
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, module)(**arguments).to(getattr(torch, dtype))
    x = 3 * np.random.default_rng(0).standard_normal((4, 8, 10)).astype(dtype)
    network = chain([kind(name)(**options)])
    weight, bias = NAMES.get(name, ("weight", "bias"))
    arrays = {{"weight": weight, "bias": bias}[key]: value.detach().numpy() for key, value in theirs.named_parameters()}
    expected = theirs(torch.from_numpy(x)[None])[0].detach().numpy()
    found = run(network, x, {network.nodes[0].name: arrays})
    tolerance = 2e-5 if dtype == "float32" else 1e-10
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert found.dtype == dtype
    assert prod(found.shape) == prod(expected.shape)
