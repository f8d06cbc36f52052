"""Rolls that PyTorch's models leave as they are: what is read is where a gradient comes from."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.importers.torch import from_torch
from cnncalc.layers.roll import Roll
from cnncalc.layers.windowattend import WindowAttend
from tests.importers.frameworks import assert_reads_match, parameters
from tests.importers.test_torch_windows import gradient, swin

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


class Axial(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """An axial shift (Lian et al. 2022): thirds of the channels move by −1, 0 and 1; the whole map is rolled after it."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.behind = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        parts = torch.chunk(self.before(x), 3, 1)
        x = self.behind(
            torch.cat([torch.roll(part, shift, 2) for part, shift in zip(parts, (-1, 0, 1), strict=True)], 1)
        )
        return x + torch.roll(x, (3, -2), (2, 3))


class Turned(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Rolled channels, of which only some are picked, and a roll by more than once round that ends the network."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(1, 2, 1), nn.Conv2d(1, 2, 5, padding=2)

    def forward(self, x: Any) -> Any:
        both = torch.cat([self.narrow(x), self.wide(x)], 1)
        return torch.roll(torch.roll(both, 2, 1)[:, :2], (9, -3), (-2, -1))


class Flat(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A roll of all numbers in a row, from one line of the map to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(1, 2, 1)

    def forward(self, x: Any) -> Any:
        return functional.relu(torch.roll(self.convolve(x), 1))


@pytest.mark.parametrize("model", [Axial, Turned])
def test_a_roll_is_where_a_gradient_comes_from(model: Any) -> None:
    """Every unit of 8×8, round both ends, through shifted parts of the channels and what is picked of them."""
    made = model().double().eval()
    network = from_torch(made, "8x8x1")
    assert any(isinstance(node.layer, Roll) for node in network.nodes)
    assert all(node.layer.known for node in network.nodes)
    assert_reads_match(network, gradient(made, 8))


def test_windows_that_a_roll_brings_round_the_end() -> None:
    """Swin's shifted windows without their mask: both ends of the map stand in one window."""
    model = swin(2)
    blocks = model.part
    blocks[1].attn.forward = _unmasked(blocks[1].attn)
    network = from_torch(model, "16x16x1")
    layers = [node.layer for node in network.nodes if isinstance(node.layer, (WindowAttend, Roll))]
    windows = WindowAttend(4, heads=2, relative=True)
    assert layers == [windows, Roll(2, back=True), windows, Roll(2)]
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 16))


def _unmasked(attention: Any) -> Any:
    """Windows of 4, rolled before and back after, by torchvision's own layers."""
    from torchvision.models.swin_transformer import shifted_window_attention

    def forward(x: Any) -> Any:
        x = shifted_window_attention(
            torch.roll(x, (-2, -2), (1, 2)),
            *(attention.qkv.weight, attention.proj.weight, attention.get_relative_position_bias()),
            *([4, 4], 2),
            shift_size=[0, 0],
            qkv_bias=attention.qkv.bias,
            proj_bias=attention.proj.bias,
        )
        return torch.roll(x, (2, 2), (1, 2))

    return forward


def test_a_roll_of_all_numbers_is_counted() -> None:
    """What crosses the lines of a map has no kind: the parameters are exact, and the field ends there."""
    network = from_torch(Flat().eval(), "8x8x1")
    assert [node.layer.known for node in network.nodes] == [True, False, True]
    assert network.counted
    assert parameters(network) == 4
