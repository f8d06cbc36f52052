"""Operators without a kind whose sums tell what they read: token mixing, products of channels, linear attention."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc import receptive_fields, summary_report
from cnncalc.importers.torch import from_torch
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from tests.importers.frameworks import assert_reads_match, parameters
from tests.importers.test_torch_windows import Between, gradient

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


def heads(x: Any) -> tuple[Any, ...]:
    """Queries, keys and values of 2 heads from 24 channels: batch, head, channel of 4, place."""
    return torch.unbind(x.flatten(2).unflatten(1, (3, 2, 4)), 1)  # type: ignore[no-any-return]


class Tokens(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """MLP-Mixer's: every channel by itself, a linear layer over all 36 places and one back, beside what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.back = nn.Linear(36, 10), nn.Linear(10, 36)

    def forward(self, x: Any) -> Any:
        tokens = x.flatten(2)
        return (tokens + self.back(torch.tanh(self.into(tokens)))).unflatten(2, (6, 6))


class Channels(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """XCiT's: products of channels with channels over all places weigh the channels of each."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.temperature = nn.Conv2d(8, 24, 1), nn.Parameter(torch.ones(2, 1, 1))

    def forward(self, x: Any) -> Any:
        query, key, value = heads(self.qkv(x))
        query, key = functional.normalize(query, dim=-1), functional.normalize(key, dim=-1)
        weights = ((query @ key.transpose(-2, -1)) * self.temperature).softmax(-1)
        return (weights @ value).flatten(1, 2).unflatten(2, (6, 6))


class Linear(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Keys times values first, over all places; each query reads of that."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(8, 24, 1)

    def forward(self, x: Any) -> Any:
        query, key, value = (torch.relu(part) for part in heads(self.qkv(x)))
        made = torch.einsum("bhcn,bhdn->bhcd", key, value)
        return torch.matmul(query.transpose(-2, -1), made).transpose(-2, -1).flatten(1, 2).unflatten(2, (6, 6))


class Context(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """GCNet's: one mean of all places, weighed by a softmax, is added to each."""

    def __init__(self) -> None:
        super().__init__()
        self.mask, self.transform = nn.Conv2d(8, 1, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x: Any) -> Any:
        weights = self.mask(x).flatten(2).softmax(-1)  # batch, 1, place
        context = torch.matmul(x.flatten(2).unsqueeze(1), weights.unsqueeze(-1))
        return x + self.transform(context.view(1, 8, 1, 1))


class Rows(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A linear layer over the places of a row: nothing is said of one that leaves places out."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Linear(6, 6)

    def forward(self, x: Any) -> Any:
        return self.mix(x)


@pytest.mark.parametrize("part", [Tokens, Channels, Linear, Context])
def test_sums_over_all_places_read_the_whole(part: Any) -> None:
    """Every unit of 6×6 has a gradient from every pixel; parameters are the module's, and the notation has it."""
    model = Between(part()).double().eval()
    network = from_torch(model, "6x6x1")
    assert parameters(network) == sum(p.numel() for p in model.parameters())
    told = receptive_fields(network).data
    assert (told["whole"], told["unknown_from"], told["exact"], told["assumed"]) == (True, None, True, {})
    assert_reads_match(network, gradient(model, 6))
    assert parse(show(network)) == network


def test_what_slides_beside_a_sum_is_kept() -> None:
    """Behind a window of 3 each token keeps it, beside what all of them are mixed to."""
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), Tokens()).eval()
    told = receptive_fields(from_torch(model, "6x6x1")).data
    assert (told["rf"], told["whole"]) == (3, True)


def test_a_sum_over_a_row_is_none_over_the_map() -> None:
    """Which of the two axes is summed is not told: the field is not known from there on, and the products are."""
    network = from_torch(Between(Rows()).eval(), "6x6x1")
    assert receptive_fields(network).get("unknown_from") == "part.mix"
    assert summary_report(network).get("part.mix.macs") == 8 * 6 * 6 * 6


class Halves(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """The mean of the left half beside that of the right."""

    def forward(self, x: Any) -> Any:
        means = [half.mean((2, 3), keepdim=True) for half in (x[..., :3], x[..., 3:])]
        return torch.special.bessel_j0(torch.cat(means, 3))


class Padded(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A mean of all, between zeros."""

    def forward(self, x: Any) -> Any:
        return torch.special.bessel_j0(functional.pad(x.mean((2, 3), keepdim=True), (1, 1, 0, 0)))


@pytest.mark.parametrize("part", [Halves, Padded])
def test_what_reads_the_same_only_here_and_there_is_not_read_everywhere(part: Any) -> None:
    """An operator without a kind behind units that read halves, or nothing: no unit is said to read the whole."""
    network = from_torch(Between(part()).eval(), "6x6x1")
    assert [layer.sees for layer in network.operators()] == [""]
