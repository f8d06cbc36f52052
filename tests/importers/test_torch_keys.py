"""Attention with fewer keys, as PVT, CvT and Twins have it: products, and where PyTorch's gradient comes from."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.importers.torch import from_torch
from cnncalc.layers.crossattend import CrossAttend
from tests.importers.frameworks import assert_reads_match, parameters
from tests.importers.test_torch_windows import Between, gradient

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


class Reduced(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """PVT's block (Wang et al. 2021): keys and values come from a convolution with a stride; written out, or fused."""

    def __init__(self, channels: int = 8, heads: int = 2, ratio: int = 2, *, fused: bool = True) -> None:
        super().__init__()
        self.heads, self.fused = heads, fused
        self.norm, self.reduced = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.query, self.both = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.reduce = nn.Conv2d(channels, channels, ratio, ratio)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Any) -> Any:
        batch, channels, height, width = x.shape
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        query = self.query(tokens).reshape(batch, -1, self.heads, channels // self.heads).permute(0, 2, 1, 3)
        fewer = self.reduce(tokens.transpose(1, 2).reshape(batch, channels, height, width))
        fewer = self.reduced(fewer.flatten(2).transpose(1, 2))
        both = self.both(fewer).reshape(batch, -1, 2, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        key, value = both[0], both[1]
        if self.fused:
            seen = functional.scaled_dot_product_attention(query, key, value)
        else:
            seen = (query @ key.transpose(-2, -1) * 0.5).softmax(-1) @ value
        seen = self.out(seen.transpose(1, 2).reshape(batch, height * width, channels))
        return x + seen.transpose(1, 2).reshape(batch, channels, height, width)


class Wider(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Values of more channels than queries and keys, as in LeViT; without a residual, and keys from every second pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Conv2d(8, units, 1) for units in (4, 4, 12))

    def forward(self, x: Any) -> Any:
        few = x[:, :, ::2, ::2]
        query, key, value = (
            part.flatten(2).unflatten(1, (2, -1)) for part in (self.query(x), self.key(few), self.value(few))
        )
        seen = (query.transpose(-1, -2) @ key).softmax(-1) @ value.transpose(-1, -2)
        return seen.transpose(-1, -2).reshape(1, 12, *x.shape[2:])


@pytest.mark.parametrize(
    ("part", "size"), [(Reduced(), 8), (Reduced(fused=False), 8), (Reduced(ratio=3), 8), (Wider(), 6)]
)
def test_keys_that_are_fewer_are_where_a_gradient_comes_from(part: Any, size: int) -> None:
    """Every unit of a map; a stride of 3 on 8 leaves two lines out, which only their own queries read then."""
    model = Between(part).double().eval()
    network = from_torch(model, f"{size}x{size}x1")
    assert [type(node.layer) for node in network.nodes].count(CrossAttend) == 1
    assert all(node.layer.known for node in network.nodes)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, size))


def test_products_of_pvt() -> None:
    """56×56 queries of 64 channels and 7×7 keys: 2·3136·49·64 products in the attention, and what PyTorch counts in all."""
    from torch.utils.flop_counter import FlopCounterMode

    model = nn.Sequential(nn.Conv2d(3, 64, 4, 4), Reduced(64, 1, 8, fused=False)).eval()
    network = from_torch(model, "224x224x3")
    assert network.input is not None
    counted = counts(network, network.input, shapes(network, network.input))
    own = [count.macs for node, count in zip(network.nodes, counted, strict=True) if type(node.layer) is CrossAttend]
    assert own == [prod((2, 3136, 49, 64))]
    with FlopCounterMode(display=False) as flops:
        model(torch.zeros(1, 3, 224, 224))
    assert 2 * sum(count.macs for count in counted) == flops.get_total_flops()
