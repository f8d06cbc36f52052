"""Networks written by hand for the survey: each has what some real one has and no library of architectures shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

Made = tuple[nn.Module, tuple[int, ...]]
"""A model and the sizes of its input, without the batch."""


class Written(nn.Module):
    """A module whose forward pass is a function of itself and its input; plain tensors become buffers."""

    def __init__(self, run: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.run = run
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x: Any) -> Any:
        return self.run(self, x)


def learnt(*sizes: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(sizes))


def in_region(region: Callable[[], Any]) -> Made:
    """A convolution inside a context, and one behind it."""

    def run(self: Any, x: Any) -> Any:
        with region():
            y = self.back(x)
        return self.head(y.float())

    return Written(run, back=nn.Conv2d(3, 8, 3), head=nn.Conv2d(8, 8, 3)), (3, 16, 16)


def shared_by_two() -> Made:
    conv, back = nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 3, 3)
    back.weight = conv.weight
    return nn.Sequential(conv, back), (3, 16, 16)


def frozen_half() -> Made:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
    model[0].requires_grad_(False)
    return model, (3, 16, 16)


def used_twice() -> Made:
    conv = nn.Conv2d(4, 4, 3, padding=1)
    return nn.Sequential(conv, nn.ReLU(), conv), (4, 9, 9)


def sorted_rows(self: Any, x: Any) -> Any:
    return self.conv(torch.sort(x, -1)[0]).cumsum(2)


def warped(self: Any, x: Any) -> Any:
    grid = functional.affine_grid(self.place(x.mean((2, 3))).view(-1, 2, 3), (1, 4, 8, 8), align_corners=False)
    return functional.grid_sample(self.conv(x), grid, align_corners=False)


def read_by_recurrence(self: Any, x: Any) -> Any:
    return self.head(self.recurrent(self.conv(x).permute(0, 3, 1, 2).flatten(2))[0])


def recurrent(kind: Callable[..., nn.Module], **options: Any) -> Made:
    parts = {"conv": nn.Conv2d(1, 4, 3, padding=1), "recurrent": kind(32, 16, batch_first=True, **options)}
    head = nn.Linear(options.get("proj_size", 16) * (2 if options.get("bidirectional") else 1), 7)
    return Written(read_by_recurrence, head=head, **parts), (1, 8, 20)


def local_by_einsum(self: Any, x: Any) -> Any:
    return (torch.einsum("bkl,lok->bol", functional.unfold(x, 3), self.weight) + self.bias).view(-1, 8, 30, 30)


def local_by_windows(self: Any, x: Any) -> Any:
    x = x.unfold(2, 3, 1).unfold(3, 3, 1).flatten(-2)
    return (x.unsqueeze(1) * self.weight).sum([2, -1]) + self.bias


def gate(self: Any, x: Any) -> Any:
    x = self.conv(x)
    return x * torch.sigmoid(self.of(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)))


def norm_over_channels(self: Any, x: Any) -> Any:
    x = self.conv(x)
    mean = x.mean(1, keepdim=True)
    deviation = torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
    return self.scale[:, None, None] * ((x - mean) / deviation) + self.shift[:, None, None]


def detector(self: Any, x: Any) -> Any:
    one = self.one(x)
    two = self.two(one)
    return torch.cat([y.permute(0, 2, 3, 1).reshape(1, -1, 4) for y in (self.box(one), self.boxes(two))], 1)


def standardised(self: Any, x: Any) -> Any:
    mean = self.weight.mean((1, 2, 3), keepdim=True)
    deviation = self.weight.std((1, 2, 3), keepdim=True)
    return functional.conv2d(x, (self.weight - mean) / (deviation + 1e-5), self.bias)


def windows(self: Any, x: Any) -> Any:
    """Attention in shifted windows of 4 × 4 with a learnt bias, as Swin has it."""
    x = torch.roll(self.embed(x).permute(0, 2, 3, 1), (-2, -2), (1, 2))
    parts = x.view(1, 4, 4, 4, 4, 16).permute(0, 1, 3, 2, 4, 5).reshape(16, 16, 16)
    query, key, value = self.project(parts).reshape(16, 16, 3, 2, 8).permute(2, 0, 3, 1, 4)
    weights = (query @ key.transpose(-2, -1) + self.bias[self.places].permute(2, 0, 1)).softmax(-1)
    parts = self.out((weights @ value).transpose(1, 2).reshape(16, 16, 16))
    return torch.roll(parts.view(1, 4, 4, 4, 4, 16).permute(0, 1, 3, 2, 4, 5).reshape(1, 16, 16, 16), (2, 2), (1, 2))


def by_learnt_queries(self: Any, x: Any) -> Any:
    tokens = self.embed(x).flatten(2).transpose(1, 2)
    return self.head(torch.softmax(self.queries @ self.key(tokens).transpose(1, 2), -1) @ self.value(tokens))


def kernels_by_input(self: Any, x: Any) -> Any:
    """A convolution whose weights are a mixture that the input chooses."""
    mixture = torch.softmax(self.choose(x.mean((2, 3))), -1)
    weight = (mixture[0, :, None, None, None, None] * self.weights).sum(0)
    return functional.conv2d(x, weight, padding=1)


def by_frequency(self: Any, x: Any) -> Any:
    return torch.fft.irfft2(torch.fft.rfft2(self.conv(x)) * self.weight, s=(8, 8))


def boxes(self: Any, x: Any) -> Any:
    return {"features": self.conv(x), "all": [self.conv(x).relu(), x]}


WRITTEN: dict[str, Callable[[], Made]] = {
    "roll": lambda: (
        Written(lambda s, x: s.after(torch.roll(s.conv(x), 1, 2)), conv=nn.Conv2d(1, 2, 3), after=nn.Conv2d(2, 4, 3)),
        (1, 8, 8),
    ),
    "sort-cumsum": lambda: (Written(sorted_rows, conv=nn.Conv2d(3, 4, 3)), (3, 9, 9)),
    "grid-sample": lambda: (Written(warped, conv=nn.Conv2d(3, 4, 3), place=nn.Linear(3, 6)), (3, 9, 9)),
    "index": lambda: (Written(lambda s, x: s.conv(x[:, [2, 0, 1]]), conv=nn.Conv2d(3, 4, 3)), (3, 9, 9)),
    "topk": lambda: (Written(lambda s, x: s.conv(x).flatten(1).topk(5)[0], conv=nn.Conv2d(3, 4, 3)), (3, 9, 9)),
    "einsum": lambda: (
        Written(lambda s, x: torch.einsum("bchw,cd,de->behw", x, s.one, s.two), one=learnt(3, 5), two=learnt(5, 7)),
        (3, 8, 8),
    ),
    "lstm": lambda: recurrent(nn.LSTM),
    "bilstm": lambda: recurrent(nn.LSTM, bidirectional=True),
    "lstm-projected": lambda: recurrent(nn.LSTM, proj_size=8, num_layers=2),
    "gru-deep": lambda: recurrent(nn.GRU, num_layers=2),
    "rnn": lambda: recurrent(nn.RNN),
    "local-einsum": lambda: (Written(local_by_einsum, weight=learnt(900, 8, 27), bias=learnt(8, 900)), (3, 32, 32)),
    "local-windows": lambda: (
        Written(local_by_windows, weight=learnt(1, 8, 3, 30, 30, 9), bias=learnt(1, 8, 30, 30)),
        (3, 32, 32),
    ),
    "spatial-gate": lambda: (
        Written(gate, conv=nn.Conv2d(3, 8, 3, padding=1), of=nn.Conv2d(2, 1, 7, padding=3, bias=False)),
        (3, 32, 32),
    ),
    "norm-over-channels": lambda: (
        Written(norm_over_channels, conv=nn.Conv2d(3, 8, 4, 4), scale=learnt(8), shift=learnt(8)),
        (3, 32, 32),
    ),
    "glu": lambda: (nn.Sequential(nn.Conv1d(1, 16, 8, 4), nn.GLU(1), nn.Conv1d(8, 8, 3)), (1, 400)),
    "detector": lambda: (
        Written(
            detector,
            one=nn.Conv2d(3, 8, 3, 2, 1),
            two=nn.Conv2d(8, 8, 3, 2, 1),
            box=nn.Conv2d(8, 12, 3, padding=1),
            boxes=nn.Conv2d(8, 12, 3, padding=1),
        ),
        (3, 32, 32),
    ),
    "blur": lambda: (
        Written(
            lambda s, x: s.conv(functional.conv2d(x, s.k, groups=3)), k=torch.ones(3, 1, 3, 3), conv=nn.Conv2d(3, 4, 3)
        ),
        (3, 32, 32),
    ),
    "no-grad": lambda: in_region(torch.no_grad),
    "autocast": lambda: in_region(lambda: torch.autocast("cpu", dtype=torch.bfloat16)),
    "checkpoint": lambda: (
        Written(
            lambda s, x: s.head(checkpoint(s.back, x, use_reentrant=False)),
            back=nn.Conv2d(3, 8, 3),
            head=nn.Conv2d(8, 8, 3),
        ),
        (3, 16, 16),
    ),
    "weight-norm": lambda: (nn.Sequential(parametrizations.weight_norm(nn.Conv2d(3, 8, 3)), nn.ReLU()), (3, 16, 16)),
    "weight-norm-old": lambda: (nn.Sequential(nn.utils.weight_norm(nn.Conv2d(3, 8, 3)), nn.ReLU()), (3, 16, 16)),
    "spectral-norm": lambda: (nn.Sequential(parametrizations.spectral_norm(nn.Conv2d(3, 8, 3))), (3, 16, 16)),
    "weights-standardised": lambda: (Written(standardised, weight=learnt(8, 3, 3, 3), bias=learnt(8)), (3, 16, 16)),
    "shared-weight": shared_by_two,
    "frozen": frozen_half,
    "used-twice": used_twice,
    "in-place": lambda: (
        Written(lambda s, x: functional.relu_(s.conv(x).add_(1).mul_(2)), conv=nn.Conv2d(3, 4, 3)),
        (3, 9, 9),
    ),
    "nested-outputs": lambda: (Written(boxes, conv=nn.Conv2d(3, 4, 3)), (3, 9, 9)),
    "embedding": lambda: (
        Written(lambda s, x: s.head(s.table(x.argmax(1))), table=nn.Embedding(3, 8), head=nn.Linear(8, 4)),
        (3, 20),
    ),
    "transformer": lambda: (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), (9, 16)),
    "attention": lambda: (
        Written(lambda s, x: s.attention(x, x, x)[0], attention=nn.MultiheadAttention(16, 4, batch_first=True)),
        (9, 16),
    ),
    "shifted-windows": lambda: (
        Written(
            windows,
            embed=nn.Conv2d(3, 16, 4, 4),
            project=nn.Linear(16, 48),
            out=nn.Linear(16, 16),
            bias=learnt(49, 2),
            places=torch.zeros(16, 16, dtype=torch.int64),
        ),
        (3, 64, 64),
    ),
    "learnt-queries": lambda: (
        Written(
            by_learnt_queries,
            embed=nn.Conv2d(3, 16, 4, 4),
            key=nn.Linear(16, 16),
            value=nn.Linear(16, 16),
            queries=learnt(1, 5, 16),
            head=nn.Linear(16, 4),
        ),
        (3, 16, 16),
    ),
    "kernels-by-input": lambda: (
        Written(kernels_by_input, choose=nn.Linear(3, 4), weights=learnt(4, 8, 3, 3, 3)),
        (3, 9, 9),
    ),
    "fourier": lambda: (
        Written(by_frequency, conv=nn.Conv2d(3, 4, 3, padding=1), weight=learnt(4, 8, 5)),
        (3, 8, 8),
    ),
    "bilinear": lambda: (Written(lambda s, x: s.both(x, x), both=nn.Bilinear(6, 6, 4)), (6,)),
    "upside-down": lambda: (Written(lambda s, x: s.conv(x.flip(3)), conv=nn.Conv2d(3, 4, 3)), (3, 9, 9)),
}
"""Name in the list: what makes the model."""
