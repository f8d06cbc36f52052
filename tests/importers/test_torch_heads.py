"""Attention and gates as other networks write them: parts of each head, learnt biases, gates of channels, from gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnncalc import receptive_fields
from cnncalc.importers.torch import from_torch
from cnncalc.layers.attend import Attend
from cnncalc.layers.crossattend import CrossAttend
from cnncalc.layers.merge import Merge
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.slice import Slice
from cnncalc.layers.windowattend import WindowAttend
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from tests.importers.frameworks import assert_reads_match, parameters, torchvision_models
from tests.importers.test_torch_windows import Between, gradient

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


class Heads(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Queries, keys and values of each head side by side, as in LeViT and CoAtNet, with a learnt bias and temperature."""

    def __init__(self, *, last: bool = False, fused: bool = False, side: int = 6) -> None:
        super().__init__()
        self.last, self.fused = last, fused
        self.mixed = nn.Conv2d(8, 2 * (3 + 3 + 4), 1)
        self.bias, self.scale = nn.Parameter(torch.zeros(2, side**2, side**2)), nn.Parameter(torch.ones(2, 1, 1))

    def forward(self, x: Any) -> Any:
        mixed = self.mixed(x).flatten(2).unflatten(1, (2, 10))
        query, key, value = mixed.split([3, 3, 4], 2)
        if self.fused:
            scaled = query.transpose(-1, -2) * self.scale[0, 0, 0]
            bias = self.bias * self.scale
            seen = functional.scaled_dot_product_attention(
                scaled, key.transpose(-1, -2), value.transpose(-1, -2), attn_mask=bias
            )
            return seen.transpose(-1, -2).reshape(1, 8, *x.shape[2:])
        weights = (query.transpose(-1, -2) @ key * self.scale + self.bias).softmax(-1)
        seen = value @ weights.transpose(-1, -2) if self.last else (weights @ value.transpose(-1, -2)).transpose(-1, -2)
        return seen.reshape(1, 8, *x.shape[2:])


@pytest.mark.parametrize("part", [Heads(), Heads(last=True), Heads(fused=True)], ids=["first", "last", "fused"])
def test_parts_of_each_head_are_where_a_gradient_comes_from(part: Any) -> None:
    """Values of more channels than keys; biases and temperatures are stored beside what attention has."""
    model = Between(part).double().eval()
    network = from_torch(model, "6x6x1")
    assert all(node.layer.known for node in network.nodes)
    assert [node.layer for node in network.nodes if isinstance(node.layer, Slice)] == [
        *(Slice(0, 3, of=10), Slice(3, 6, of=10), Slice(6, 10, of=10))
    ]
    assert [node.layer for node in network.nodes if isinstance(node.layer, CrossAttend)] == [CrossAttend(2)]
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 6))
    again = parse(show(network))
    assert (again, parameters(again)) == (network, parameters(network))


class Weighed(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Attention with a mask of yes and no, or whose weights are multiplied with fixed numbers."""

    def __init__(self, fixed: Any) -> None:
        super().__init__()
        self.mixed = nn.Conv2d(8, 24, 1)
        self.register_buffer("fixed", fixed)

    def forward(self, x: Any) -> Any:
        query, key, value = self.mixed(x).flatten(2).transpose(1, 2).chunk(3, 2)
        if self.fixed.dtype == torch.bool:
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=self.fixed)
        else:
            seen = ((query @ key.transpose(1, 2)).softmax(-1) * self.fixed) @ value
        return seen.transpose(1, 2).reshape(x.shape)


def test_a_mask_of_nothing_is_none_and_another_is_not_guessed() -> None:
    """Where every key is allowed all is read; of a lower triangle only the field is not known."""
    free, causal = torch.ones(36, 36).bool(), torch.ones(36, 36).bool().tril()
    network = from_torch(Between(Weighed(free)).eval(), "6x6x1")
    assert all(node.layer.known for node in network.nodes)
    assert receptive_fields(network).get("whole")
    network = from_torch(Between(Weighed(causal)).eval(), "6x6x1")
    assert len(network.unknown) == 1
    assert receptive_fields(network).get("unknown_from") == network.unknown[0].name


@pytest.mark.parametrize(
    ("by", "known"), [(torch.tensor(0.5), True), (torch.full((36, 36), 2.0), True), (torch.ones(36, 36).tril(), False)]
)
def test_weights_that_are_made_nothing_are_not_taken_for_read(by: Any, known: bool) -> None:
    """Fixed numbers scale weights; a zero among them hides what nobody works out here."""
    network = from_torch(Between(Weighed(by)).eval(), "6x6x1")
    assert all(node.layer.known for node in network.nodes) is known


class ChannelGate(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """ECA (Wang et al. 2020): a convolution along the channels' means gates the channels."""

    def __init__(self, *, expands: bool) -> None:
        super().__init__()
        self.along, self.expands = nn.Conv1d(1, 1, 3, padding=1, bias=False), expands

    def forward(self, x: Any) -> Any:
        means = x.mean((2, 3)).view(1, 1, -1)
        gate = torch.sigmoid(self.along(means)).view(1, -1, 1, 1)
        return nn.functional.max_pool2d(x, 3, 1, 1) * (gate.expand_as(x) if self.expands else gate)


class Selected(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Selective kernels (Li et al. 2019): two branches on an axis of their own, summed, and weighed by a softmax over it."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 16, 1)

    def forward(self, x: Any) -> Any:
        both = torch.stack([x, nn.functional.max_pool2d(x, 3, 1, 1)], 1)
        shares = self.up(self.down(both.sum(1).mean((2, 3), keepdim=True))).view(1, 2, 8, 1, 1).softmax(1)
        return (both * shares).sum(1)


@pytest.mark.parametrize("part", [ChannelGate(expands=True), ChannelGate(expands=False), Selected()])
def test_gates_of_channels_keep_what_slides(part: Any) -> None:
    """Every unit reads the whole map through the gate, and 3 pixels through its window."""
    model = Between(part).double().eval()
    network = from_torch(model, "6x6x1")
    assert all(node.layer.known for node in network.nodes)
    fields = receptive_fields(network)
    assert (fields.get("rf"), fields.get("whole")) == (3, True)
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 6))


def test_stages_of_timms_swin() -> None:
    """Windows of 4 on 16×16 tokens, every second block shifted; four neighbours become one by views, then a norm."""
    torchvision_models()  # which timm imports
    swin = pytest.importorskip("timm.models.swin_transformer", reason="timm is not installed")
    stage = swin.SwinTransformerStage(8, 16, (16, 16), 2, num_heads=2, window_size=4)
    model = Between(stage, last=True).double().eval()
    network = from_torch(model, "16x16x1")
    assert all(node.layer.known for node in network.nodes)
    kinds = (WindowAttend, PixelShuffle)
    assert [node.layer for node in network.nodes if isinstance(node.layer, kinds)] == [
        PixelShuffle(2, inverse=True),
        WindowAttend(4, heads=2, relative=True),
        WindowAttend(4, shift=2, heads=2, relative=True),
    ]
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model, 16))


def test_biases_of_beit_for_every_pair_beside_a_class_token() -> None:
    """A table of (2·4 − 1)² + 3 distances is stored beside attention, which has none such."""
    torchvision_models()
    beit = pytest.importorskip("timm.models.beit", reason="timm is not installed")
    options = {"use_abs_pos_emb": False, "use_rel_pos_bias": True, "num_classes": 5}
    model = beit.Beit(16, 4, embed_dim=8, depth=1, num_heads=2, **options).eval()
    network = from_torch(model, "16x16x3")
    assert all(node.layer.known for node in network.nodes)
    assert [node.stored.weights for node in network.nodes if isinstance(node.layer, Attend) and node.stored] == [2 * 52]
    counted = parameters(network) + sum(network.unused.values())
    assert counted == sum(weight.numel() for weight in model.parameters())


def test_what_nobody_describes_keeps_the_whole_that_all_units_read() -> None:
    """Behind a norm over the map every unit reads all of it, whatever comes then; what slides is not known."""

    class Strange(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.InstanceNorm2d(8)

        def forward(self, x: Any) -> Any:
            return torch.cumsum(self.norm(x), 3)

    network = from_torch(Between(Strange()).eval(), "6x6x1")
    assert [node.name for node in network.unknown] == ["part.cumsum"]
    fields = receptive_fields(network)
    assert (fields.get("rf"), fields.get("whole"), fields.get("unknown_from")) == (None, True, "part.cumsum")
    assert fields.get("exact") is False
    assert any("what slides is unknown from part.cumsum on" in note for note in fields.notes)


def test_maps_of_one_channel_are_joined_along_the_axis_that_is_said() -> None:
    """Of single positions and single channels all axes look alike, but for their place."""

    class Joined(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self, axis: int) -> None:
            super().__init__()
            self.axis = axis

        def forward(self, x: Any) -> Any:
            return torch.relu(torch.cat([x, x], self.axis))

    words = [show(from_torch(Joined(axis), "1x1x1")).split()[3] for axis in (1, 2, 3)]
    assert words == ["concat(", "join(", "join,axis1("]
    assert isinstance(from_torch(Joined(1), "1x1x1").nodes[0].layer, Merge)


class Picked(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Channels in another order by a buffer, and rows by numbers made on the way; half of the channels see further."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("order", torch.tensor([4, 5, 6, 7, 0, 1, 2, -5]))

    def forward(self, x: Any) -> Any:
        wide = torch.cat([x[:, :4], nn.functional.max_pool2d(x[:, 4:], 3, 1, 1)], 1)
        return wide[:, self.order].index_select(2, torch.tensor([0, 1, 4]))[:, 4:]


def test_places_picked_by_known_numbers_are_cut_out() -> None:
    """The channels that the order brings to the end read one pixel each, of three rows."""
    model = Between(Picked()).double().eval()
    network = from_torch(model, "6x6x1")
    assert all(node.layer.known for node in network.nodes)
    assert_reads_match(network, gradient(model, 6))


def test_places_picked_by_lists_are_cut_out() -> None:
    """The same channels by a list, as blue, green and red are turned round, and rows by an array."""

    class Listed(Picked):
        def forward(self, x: Any) -> Any:
            wide = torch.cat([x[:, :4], nn.functional.max_pool2d(x[:, 4:], 3, 1, 1)], 1)
            return wide[:, [4, 5, 6, 7, 0, 1, 2, -5]][..., np.array([0, 1, 4]), :][:, 4:]

    model = Between(Listed()).double().eval()
    network = from_torch(model, "6x6x1")
    assert all(node.layer.known for node in network.nodes)
    assert_reads_match(network, gradient(model, 6))


def test_places_picked_by_numbers_of_the_input_are_not_known() -> None:
    """The largest channel of each first pixel: counted, and no more."""

    class Largest(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def forward(self, x: Any) -> Any:
            return x[:, x[0, :, 0, 0].topk(2).indices]

    network = from_torch(Between(Largest()).eval(), "6x6x1")
    assert "aten.index.Tensor" in {layer.operator for layer in network.operators()}
