"""Locally connected layers as PyTorch users write them: windows, times a weight for every position, summed.

The ways are those of public code: https://discuss.pytorch.org/t/locally-connected-layers/26979, `F.unfold` with einsum,
matrix products of every position, and a grouped convolution of columns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncalc import from_onnx, receptive_fields, show, summary_report, verify
from cnncalc.importers.torch import from_torch, load
from cnncalc.network import Network
from tests.importers.frameworks import assert_reads_match, output, parameters

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812


class Written(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A layer as a function of its input and its weights, all random."""

    def __init__(self, forward: Callable[..., Any], *sizes: tuple[int, ...]) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.weights = nn.ParameterList(
            torch.rand(size, dtype=torch.float64, generator=generator) + 0.5 for size in sizes
        )
        self.written = forward

    def forward(self, x: Any) -> Any:
        return self.written(x, *self.weights)


def gradient(model: Any, sizes: tuple[int, ...]) -> Any:
    """``reached[input][unit]``: from which inputs a gradient comes to which units, each summed over its channels."""
    torch.manual_seed(2)
    x = torch.rand(1, *sizes, dtype=torch.float64)
    table = torch.autograd.functional.jacobian(lambda x: model(x).sum((0, 1)), x)
    rank = len(sizes) - 1
    reached = (table.abs().sum((rank, rank + 1)) > 0).numpy()
    return np.moveaxis(reached, range(rank), range(-rank, 0))


def by_unfold(x: Any, w: Any, b: Any) -> Any:
    return (torch.einsum("bkl,lok->bol", F.unfold(x, 3), w) + b).view(-1, 4, 6, 7)


def by_forum(x: Any, w: Any, b: Any) -> Any:
    x = x.unfold(2, 3, 1).unfold(3, 3, 1)
    x = x.contiguous().view(*x.size()[:-2], -1)
    out = (x.unsqueeze(1) * w).sum([2, -1])
    out += b
    return out


def by_six_letters(x: Any, w: Any) -> Any:
    return torch.einsum("bchwij,ochwij->bohw", x.unfold(2, 3, 2).unfold(3, 2, 1), w)


def by_matmul(x: Any, w: Any, b: Any) -> Any:
    columns = F.unfold(x, (3, 2), padding=1, stride=(2, 1)).transpose(1, 2)
    return (torch.matmul(columns.unsqueeze(2), w).squeeze(2) + b).transpose(1, 2).reshape(1, 4, 4, 10)


def by_stacked_matmul(x: Any, w: Any) -> Any:
    columns = F.unfold(x, 3, dilation=2).permute(2, 1, 0)
    return torch.bmm(w, columns).permute(2, 1, 0).reshape(1, 4, 4, 5)


def by_sums_in_turn(x: Any, w: Any, b: Any) -> Any:
    windows = x.unfold(2, 3, 1).unfold(3, 3, 1).permute(0, 2, 3, 1, 4, 5)
    products = windows[:, None] * w
    return products.sum(-1).sum(-1).sum(-1) + b.view(1, -1, 1, 1)


def by_columns_before(x: Any, w: Any) -> Any:
    columns = F.unfold(x, 3).permute(0, 2, 1).reshape(1, 42 * 27, 1)
    return F.conv1d(columns, w, groups=42).view(1, 6, 7, 4).permute(0, 3, 1, 2)


def side_by_side(x: Any, w: Any) -> Any:
    return torch.einsum("bchwij,hwcijo->bohw", x.unfold(2, 2, 2).unfold(3, 3, 3), w)


def of_a_sequence(x: Any, w: Any, b: Any) -> Any:
    return (x.unfold(-1, 3, 2).unsqueeze(1) * w).sum([2, -1]) + b


def of_every_pixel(x: Any, w: Any) -> Any:
    return (x.unsqueeze(1) * w).sum(2)


def of_patches(x: Any, w: Any) -> Any:
    return torch.einsum("bchiwj,ochiwj->bohw", x.view(1, 3, 4, 2, 3, 3), w)


LOCAL = {
    by_unfold: ("local3-4", (3, 8, 9), (42, 4, 27), (4, 42)),
    by_forum: ("local3-4", (3, 8, 9), (1, 4, 3, 6, 7, 9), (1, 4, 6, 7)),
    by_six_letters: ("local3x2-4/2x1,nobias", (3, 8, 9), (4, 3, 3, 8, 3, 2)),
    by_matmul: ("local3x2-4/2x1,p1", (3, 8, 9), (40, 18, 4), (1, 40, 4)),
    by_stacked_matmul: ("local3-4,d2,nobias", (3, 8, 9), (20, 4, 27)),
    by_sums_in_turn: ("local3-4,sharedbias", (3, 8, 9), (4, 6, 7, 3, 3, 3), (4,)),
    by_columns_before: ("local3-4,nobias", (3, 8, 9), (168, 27, 1)),
    side_by_side: ("local2x3-4/2x3,nobias", (3, 8, 9), (4, 3, 3, 2, 3, 4)),
    of_a_sequence: ("local3-5/2", (4, 11), (1, 5, 4, 5, 3), (1, 5, 5)),
    of_every_pixel: ("local1-5,nobias", (3, 8, 9), (5, 3, 8, 9)),
    of_patches: ("local2x3-4/2x3,nobias", (3, 8, 9), (4, 3, 4, 2, 3, 3)),
}
"""The layer that it is, the input, and the weights."""


def linear_of_columns(x: Any, w: Any, b: Any) -> Any:
    return F.linear(F.unfold(x, 3).transpose(1, 2), w, b).transpose(1, 2).reshape(1, 4, 6, 7)


def matmul_of_columns(x: Any, w: Any) -> Any:
    return (w.view(4, -1) @ F.unfold(x, 3, padding=1)).view(1, 4, 8, 9)


def rows_of_windows(x: Any, w: Any) -> Any:
    return torch.einsum("bclk,ock->bol", x.unfold(2, 3, 1), w)


def depthwise(x: Any, w: Any) -> Any:
    return (x.unfold(2, 3, 1).unfold(3, 3, 1) * w).sum((-1, -2))


def grouped(x: Any, w: Any) -> Any:
    windows = x.unfold(2, 3, 1).view(1, 2, 2, 9, 3)
    return torch.einsum("bgclk,gock->bgol", windows, w).reshape(1, 6, 9)


SHARED = {
    linear_of_columns: ("conv3-4", (3, 8, 9), (4, 27), (4,)),
    matmul_of_columns: ("conv3-4,p1,nobias", (3, 8, 9), (4, 3, 3, 3)),
    rows_of_windows: ("conv3-5,nobias", (4, 11), (5, 4, 3)),
    depthwise: ("dwconv3,nobias", (3, 8, 9), (3, 1, 1, 3, 3)),
    grouped: ("conv3-6,g2,nobias", (4, 11), (2, 3, 2, 3)),
}
"""The same of windows whose weights don't tell one position from the other: convolutions."""


def read(
    written: Callable[..., Any], sizes: tuple[int, ...], weights: tuple[tuple[int, ...], ...]
) -> tuple[Any, Network]:
    model = Written(written, *weights)
    return model, from_torch(model, torch.zeros(1, *sizes, dtype=torch.float64))


def layers_of(network: Network) -> str:
    """The words of its layers, without their names."""
    return " ".join(word for word in show(network).split()[2:] if not word.endswith(":"))


@pytest.mark.parametrize("written", [*LOCAL, *SHARED], ids=lambda written: written.__name__)
def test_windows_times_weights_are_read_as_the_layer_that_they_are(written: Callable[..., Any]) -> None:
    """Kind by name, parameters as PyTorch's, what every unit reads by its gradient."""
    word, sizes, *weights = {**LOCAL, **SHARED}[written]
    model, network = read(written, sizes, tuple(weights))
    assert layers_of(network) == word
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, sizes))


@pytest.mark.parametrize("written", [by_unfold, by_forum, by_matmul], ids=lambda written: written.__name__)
def test_exported_files_are_read_as_the_module_is(written: Callable[..., Any], tmp_path: Path) -> None:
    """A .pt2 file has the same layer as the module that it was exported from."""
    _word, sizes, *weights = LOCAL[written]
    model, network = read(written, sizes, tuple(weights))
    program = torch.export.export(model, (torch.zeros(1, *sizes, dtype=torch.float64),))
    torch.export.save(program, tmp_path / "model.pt2")
    assert show(load(tmp_path / "model.pt2")) == show(network)


@pytest.mark.parametrize(
    ("written", "word"),
    [(by_unfold, "local3-4"), (by_forum, "local3-4"), (by_matmul, "pad local3x2-4/2x1"), (by_six_letters, None)],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_files_of_onnx_have_the_same_layer(written: Callable[..., Any], word: str | None, tmp_path: Path) -> None:
    """The exporter writes windows as tables of places; padding is a layer before."""
    pytest.importorskip("onnxscript", reason="PyTorch's exporter needs it")
    expected, sizes, *weights = LOCAL[written]
    model = Written(written, *weights).float()
    file = tmp_path / "model.onnx"
    torch.onnx.export(model, (torch.zeros(1, *sizes),), file, dynamo=True, verbose=False)
    network = from_onnx(file)
    assert layers_of(network) == (word or expected)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())


@pytest.mark.parametrize("op", ["mean", "amax"])
def test_a_mean_or_largest_of_every_window_is_a_pool(op: str) -> None:
    """Written with `Tensor.unfold`, it reads what the gradient of `F.unfold` says."""
    model, network = read(lambda x: getattr(x.unfold(2, 3, 2).unfold(3, 2, 1), op)((-1, -2)), (3, 8, 9), ())
    assert layers_of(network) == ("avgpool3x2/2x1" if op == "mean" else "maxpool3x2/2x1")
    if op == "mean":
        assert_reads_match(network, gradient(model, (3, 8, 9)))


def softmax_of_windows(x: Any, w: Any) -> Any:
    return (F.unfold(x, 3) * w).softmax(1)


def kept_channels(x: Any, w: Any) -> Any:
    return (x.unfold(2, 3, 1) * w).sum(-1)


def windows_alone(x: Any, w: Any) -> Any:
    return F.unfold(F.conv2d(x, w), 3)


@pytest.mark.parametrize(
    ("written", "sizes", "weights"),
    [
        (softmax_of_windows, (3, 8, 9), (27, 1)),
        (kept_channels, (4, 11), (4, 9, 3)),
        (windows_alone, (3, 8, 9), (5, 3, 1, 1)),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_what_else_is_done_with_windows_is_counted(
    written: Callable[..., Any], sizes: tuple[int, ...], weights: tuple[int, ...]
) -> None:
    """No kind describes it: its parameters are those of the module, its shape too, and the field is not known."""
    model, network = read(written, sizes, (weights,))
    assert parameters(network) == model.weights[0].numel()
    assert output(network).numbers == model(torch.zeros(1, *sizes, dtype=torch.float64)).numel()
    assert receptive_fields(network).get("rf") is None


def test_the_reported_layer_has_its_201600_parameters() -> None:
    """900 positions of 27·8 weights and 8 biases, 194,400 products, and the proof that it is so."""

    def reported(x: Any, w: Any, b: Any) -> Any:
        return (torch.einsum("bkl,lok->bol", F.unfold(x, 3), w) + b).view(-1, 8, 30, 30)

    _model, network = read(reported, (3, 32, 32), ((900, 8, 27), (8, 900)))
    report = summary_report(network, None)
    assert report.get("total.parameters") == 900 * (27 * 8 + 8) == 201_600
    assert report.get("total.macs") == 900 * 27 * 8
    assert verify(network, "32x32x3").agrees
