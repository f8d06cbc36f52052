"""The same network in our notation, in PyTorch, in Keras and in ONNX, each written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.shapes import Shape


class Pair(NamedTuple):
    """Notation, the shape of the input, and how PyTorch builds it."""

    notation: str
    input: Shape
    torch: Callable[[Any], Any]


def _sequence(*build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda nn: nn.Sequential(*(one(nn) for one in build))


def _residual(nn: Any) -> Any:
    class Residual(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.a, self.norm, self.relu = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()
            self.b = nn.Conv2d(8, 8, 3, padding=1, bias=False)
            self.gate = nn.Conv2d(8, 8, 1)

        def forward(self, x: Any) -> Any:
            x = self.relu(self.norm(self.a(x)))
            x = x + self.b(x)
            return x * self.gate(x)

    return Residual()


def _moved(nn: Any) -> Any:
    import torch

    class Moved(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.separable = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, groups=3, bias=False), nn.Conv2d(3, 8, 1))
            self.pad, self.shuffle, self.rest = nn.ZeroPad2d(1), nn.ChannelShuffle(2), nn.Identity()
            self.ends = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (8, 6, 6)), nn.AdaptiveMaxPool2d(1))

        def forward(self, x: Any) -> Any:
            x = self.shuffle(self.pad(self.separable(x))[:, :, 1:-1, 1:-1])
            return self.ends(torch.cat([x, self.rest(x)], 1)[:, :8])

    return Moved()


def _shared(nn: Any) -> Any:
    class Shared(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(8, 8, 3, padding=1), nn.GroupNorm(2, 8)

        def forward(self, x: Any) -> Any:
            return self.norm(self.conv(self.norm(self.conv(x))))

    return Shared()


def _over_positions(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Attention from every position of a map to all, called as PyTorch documents it."""

    def module(nn: Any) -> Any:
        class OverPositions(nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.attention = build(nn)

            def forward(self, x: Any) -> Any:
                y = x.flatten(2).transpose(1, 2)
                y, _weights = self.attention(y, y, y)
                return y.transpose(1, 2).reshape(x.shape)

        return OverPositions()

    return module


def _attend(nn: Any) -> Any:
    class Attend(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            heads = (part.unflatten(1, (2, -1)).flatten(3).transpose(2, 3) for part in x.chunk(3, 1))
            return nn.functional.scaled_dot_product_attention(*heads)

    return Attend()


def _learnt(sizes: tuple[int, ...], apply: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A module of one parameter, as people write them for what PyTorch has no module for."""

    def module(nn: Any) -> Any:
        import torch

        class Learnt(nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.learnt = nn.Parameter(torch.ones(sizes))

            def forward(self, x: Any) -> Any:
                return apply(x, self.learnt)

        return Learnt()

    return module


def _before(x: Any, learnt: Any) -> Any:
    """Learnt tokens before the positions."""
    import torch

    return torch.cat([learnt.expand(x.shape[0], -1, -1), x.flatten(2)], 2)


ACTIVATIONS = (
    *("relu relu6 leakyrelu elu celu selu gelu silu mish sigmoid hardsigmoid hardswish hardtanh".split()),
    *("tanh softplus softsign".split()),
)
TORCH_NAMES = dict(
    zip(
        ACTIVATIONS,
        "ReLU ReLU6 LeakyReLU ELU CELU SELU GELU SiLU Mish Sigmoid Hardsigmoid Hardswish Hardtanh Tanh Softplus "
        "Softsign".split(),
        strict=True,
    )
)

PAIRS: dict[str, Pair] = {
    "conv": Pair("conv3-64,p1", Shape((24, 20), 3), _sequence(lambda nn: nn.Conv2d(3, 64, 3, padding=1))),
    "strided and dilated": Pair(
        "conv5-8/2,p2 conv3-4,d2,nobias",
        Shape((24, 20), 3),
        _sequence(lambda nn: nn.Conv2d(3, 8, 5, 2, 2), lambda nn: nn.Conv2d(8, 4, 3, dilation=2, bias=False)),
    ),
    "grouped": Pair("conv3-12,g3", Shape((11, 9), 6), _sequence(lambda nn: nn.Conv2d(6, 12, 3, groups=3))),
    "depthwise": Pair(
        "dwconv3,p1 conv1-16 relu6",
        Shape((12, 12), 8),
        _sequence(
            lambda nn: nn.Conv2d(8, 8, 3, padding=1, groups=8), lambda nn: nn.Conv2d(8, 16, 1), lambda nn: nn.ReLU6()
        ),
    ),
    "transposed": Pair(
        "convT4-32/2,p1 relu",
        Shape((14, 10), 64),
        _sequence(lambda nn: nn.ConvTranspose2d(64, 32, 4, 2, 1), lambda nn: nn.ReLU()),
    ),
    "grouped transposed": Pair(
        "convT3-8/2,p1,op1,g4", Shape((9, 7), 16), _sequence(lambda nn: nn.ConvTranspose2d(16, 8, 3, 2, 1, 1, groups=4))
    ),
    "dense": Pair(
        "flatten fc32 relu fc10,nobias softmax",
        Shape((6, 5), 3),
        _sequence(
            lambda nn: nn.Flatten(),
            lambda nn: nn.Linear(90, 32),
            lambda nn: nn.ReLU(),
            lambda nn: nn.Linear(32, 10, bias=False),
            lambda nn: nn.Softmax(dim=1),
        ),
    ),
    "norms": Pair(
        "conv3-8 bn gn,g2 in in,noaffine bn,noaffine bn,nostats prelu",
        Shape((12, 11), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 8, 3),
            lambda nn: nn.BatchNorm2d(8),
            lambda nn: nn.GroupNorm(2, 8),
            lambda nn: nn.InstanceNorm2d(8, affine=True),
            lambda nn: nn.InstanceNorm2d(8),
            lambda nn: nn.BatchNorm2d(8, affine=False),
            lambda nn: nn.BatchNorm2d(8, track_running_stats=False),
            lambda nn: nn.PReLU(8),
        ),
    ),
    "layer norm": Pair(
        "flatten fc16 ln fc4",
        Shape((4, 4), 2),
        _sequence(
            lambda nn: nn.Flatten(),
            lambda nn: nn.Linear(32, 16),
            lambda nn: nn.LayerNorm(16),
            lambda nn: nn.Linear(16, 4),
        ),
    ),
    "pools": Pair(
        "conv3-8 maxpool3/2,p1 avgpool2 adaptiveavgpool3 adaptivemaxpool2 globalavgpool flatten fc5",
        Shape((33, 35), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 8, 3),
            lambda nn: nn.MaxPool2d(3, 2, 1),
            lambda nn: nn.AvgPool2d(2),
            lambda nn: nn.AdaptiveAvgPool2d(3),
            lambda nn: nn.AdaptiveMaxPool2d(2),
            lambda nn: nn.AdaptiveAvgPool2d(1),
            lambda nn: nn.Flatten(),
            lambda nn: nn.Linear(8, 5),
        ),
    ),
    "activations": Pair(
        f"conv1-4 {' '.join(ACTIVATIONS)} prelu,shared dropout",
        Shape((5, 7), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 4, 1),
            *(lambda nn, name=TORCH_NAMES[name]: getattr(nn, name)() for name in ACTIVATIONS),
            lambda nn: nn.PReLU(),
            lambda nn: nn.Dropout(),
        ),
    ),
    "upsampling": Pair(
        "up2 up2,bilinear up,to30x31 conv3-4,p1 up2,bicubic pixelshuffle2",
        Shape((5, 6), 2),
        _sequence(
            lambda nn: nn.Upsample(scale_factor=2),
            lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"),
            lambda nn: nn.Upsample(size=(30, 31)),
            lambda nn: nn.Conv2d(2, 4, 3, padding=1),
            lambda nn: nn.Upsample(scale_factor=2, mode="bicubic"),
            lambda nn: nn.PixelShuffle(2),
        ),
    ),
    "sound": Pair(
        "conv5-8/2 bn relu maxpool2 adaptiveavgpool1 flatten fc3",
        Shape((64,), 1),
        _sequence(
            lambda nn: nn.Conv1d(1, 8, 5, 2),
            lambda nn: nn.BatchNorm1d(8),
            lambda nn: nn.ReLU(),
            lambda nn: nn.MaxPool1d(2),
            lambda nn: nn.AdaptiveAvgPool1d(1),
            lambda nn: nn.Flatten(),
            lambda nn: nn.Linear(8, 3),
        ),
    ),
    "volume": Pair(
        "conv3-4 bn relu convT2-2/2",
        Shape((6, 7, 8), 1),
        _sequence(
            lambda nn: nn.Conv3d(1, 4, 3),
            lambda nn: nn.BatchNorm3d(4),
            lambda nn: nn.ReLU(),
            lambda nn: nn.ConvTranspose3d(4, 2, 2, 2),
        ),
    ),
    "moved": Pair(
        "sepconv3-8,p1 pad,p1 crop,p1 channelshuffle concat(| identity) slice,to8 flatten unflatten6x6 globalmaxpool",
        Shape((6, 6), 3),
        _moved,
    ),
    "residual": Pair("conv3-8,p1 bn relu add(| conv3-8,p1,nobias) mul(| conv1-8)", Shape((9, 8), 3), _residual),
}

PAIRS |= {
    "neighbours": Pair(
        "conv1-8 lrn lrn-3",
        Shape((7, 5), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 8, 1), lambda nn: nn.LocalResponseNorm(5), lambda nn: nn.LocalResponseNorm(3)
        ),
    ),
    "neighbours in sound": Pair(
        "conv5-8 lrn",
        Shape((20,), 3),
        _sequence(lambda nn: nn.Conv1d(3, 8, 5), lambda nn: nn.LocalResponseNorm(5)),
    ),
    "powers": Pair(
        "conv1-8 lppool3/2 glu",
        Shape((9, 7), 3),
        _sequence(lambda nn: nn.Conv2d(3, 8, 1), lambda nn: nn.LPPool2d(2, 3, 2), lambda nn: nn.GLU(1)),
    ),
    "attention": Pair(
        "conv1-8 attention,h2 attention,h4,nobias",
        Shape((6, 5), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 8, 1),
            _over_positions(lambda nn: nn.MultiheadAttention(8, 2, batch_first=True)),
            _over_positions(lambda nn: nn.MultiheadAttention(8, 4, batch_first=True, bias=False)),
        ),
    ),
    "attention as a function": Pair(
        "conv1-24 attend,h2", Shape((6, 5), 3), _sequence(lambda nn: nn.Conv2d(3, 24, 1), _attend)
    ),
    "learnt numbers": Pair(
        "conv1-8 scale offset offset,space tokens",
        Shape((6, 5), 3),
        _sequence(
            lambda nn: nn.Conv2d(3, 8, 1),
            _learnt((8, 1, 1), lambda x, learnt: x * learnt),
            _learnt((8, 1, 1), lambda x, learnt: x + learnt),
            _learnt((8, 6, 5), lambda x, learnt: x + learnt),
            _learnt((1, 8, 1), _before),
        ),
    ),
}

SHARED = Pair("", Shape((9, 8), 8), _shared)
"""A network whose layers are used twice, which the notation can't say."""
