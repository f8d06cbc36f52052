"""Attention in windows and grids as torchvision writes it: parameters, and where its gradient comes from."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.importers.torch import from_torch
from cnncalc.importers.torch.program import Program
from cnncalc.importers.torch.recording import recorded
from cnncalc.importers.values import Constant
from cnncalc.layers.windowattend import WindowAttend
from tests.importers.frameworks import assert_reads_match, parameters, torchvision_models

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402

NEXT_TO_NOTHING = 1e-30
"""A mask of −100 leaves e^−100 of a weight, 4·10^−44."""


class Between(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A convolution of every pixel, and a part of a network; ``last`` where that one has the channels last."""

    def __init__(self, part: Any, *, last: bool = False) -> None:
        super().__init__()
        self.convolve, self.part, self.last = nn.Conv2d(1, 8, 1), part, last

    def forward(self, x: Any) -> Any:
        x = self.convolve(x)
        return self.part(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) if self.last else self.part(x)


def gradient(model: Any, size: int) -> Any:
    """``reached[pixel][unit]``: from which pixels a gradient comes to which units."""
    torch.manual_seed(1)
    x = torch.rand(1, 1, size, size, dtype=torch.float64)
    table = torch.autograd.functional.jacobian(lambda x: model(x).sum((0, 1)), x)
    return (table[:, :, 0, 0].abs() > NEXT_TO_NOTHING).permute(2, 3, 0, 1).numpy()


def swin(depth: int, window: int = 4, shift: int | None = None) -> Any:
    torchvision_models()
    from torchvision.models.swin_transformer import SwinTransformerBlock

    blocks = [
        SwinTransformerBlock(8, 2, [window, window], [(window // 2 if shift is None else shift) * (i % 2)] * 2)
        for i in range(depth)
    ]
    return Between(nn.Sequential(*blocks), last=True).double().eval()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_windows_of_swin_are_where_a_gradient_comes_from(depth: int) -> None:
    """Windows of 4 on 16×16 tokens, every second block shifted by 2."""
    model = swin(depth)
    network = from_torch(model, "16x16x1")
    layers = [node.layer for node in network.nodes if isinstance(node.layer, WindowAttend)]
    assert layers == [WindowAttend(4, shift=2 * (i % 2), heads=2, relative=True) for i in range(depth)]
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 16))


def test_windows_that_do_not_divide_the_map_are_padded() -> None:
    """14×14 tokens in windows of 4 stand in 16×16 while they attend."""
    model = swin(2)
    network = from_torch(model, "14x14x1")
    assert_reads_match(network, gradient(model, 14))


@pytest.mark.parametrize("partition", ["window", "grid"])
def test_partitions_of_maxvit_are_where_a_gradient_comes_from(partition: str) -> None:
    """Windows of 4 on 8×8, and grids of 4 places that lie two apart."""
    torchvision_models()
    from torchvision.models.maxvit import PartitionAttentionLayer

    part = PartitionAttentionLayer(
        *(8, 4, 4, partition, (8, 8), 2),
        *(nn.GELU, nn.LayerNorm, 0.0, 0.0, 0.0),
    )
    model = Between(part).double().eval()
    network = from_torch(model, "8x8x1")
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 8))


def test_another_mask_is_not_taken_for_swins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mask that keeps nothing apart: what then is read is not guessed, but counted."""
    model = swin(2)

    def unmasked(*arguments: Any) -> Program:
        program = recorded(*arguments)
        return program._replace(constants={name: _emptied(one) for name, one in program.constants.items()})

    monkeypatch.setattr("cnncalc.importers.torch.reader.recorded", unmasked)
    network = from_torch(model, "16x16x1")
    assert [node.layer for node in network.nodes if isinstance(node.layer, WindowAttend)] == [
        WindowAttend(4, heads=2, relative=True)
    ]
    assert not all(node.layer.known for node in network.nodes)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())


def _emptied(constant: Constant) -> Constant:
    """A mask of nothing, where it was one for every pair of a window."""
    data = constant.data
    return constant._replace(data=lambda: 0 * data()) if data and len(constant.sizes) > 2 else constant


@pytest.mark.parametrize(("name", "published"), [("swin_t", 28_288_354), ("maxvit_t", 30_919_624)])
def test_torchvisions_networks(name: str, published: int) -> None:
    """``num_params`` of torchvision's weights, and a network without anything unknown."""
    network = from_torch(getattr(torchvision_models(), name)().eval(), "224x224x3")
    assert parameters(network) == published
    assert all(node.layer.known for node in network.nodes)
