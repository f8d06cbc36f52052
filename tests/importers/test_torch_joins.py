"""Positions of several maps behind each other: heads of detectors, class tokens and registers, and where gradients come from."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.importers.torch import from_torch
from cnncalc.layers.join import Join
from cnncalc.layers.learnt import Learnt
from cnncalc.layers.roll import Roll
from cnncalc.layers.tokens import Tokens
from tests.importers.frameworks import assert_reads_match, parameters, torchvision_models
from tests.importers.test_torch_windows import NEXT_TO_NOTHING

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402

SIZE = 20
"""Rows and columns of the image, which no stride of the pyramid divides twice."""


class Pyramid(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Maps of 10×10, 5×5 and 1×1 of 8 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, 2, 1)
        self.second, self.third = nn.Conv2d(8, 8, 3, 2, 1), nn.Conv2d(8, 8, 5)

    def forward(self, x: Any) -> list[Any]:
        first = self.first(x)
        second = self.second(torch.sigmoid(first))
        return [first, second, self.third(torch.sigmoid(second))]


class Detector(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """A head of torchvision on the pyramid; what it says of the classes, or of the boxes."""

    def __init__(self, head: Any, chosen: str) -> None:
        super().__init__()
        self.pyramid, self.head, self.chosen = Pyramid(), head, chosen

    def forward(self, x: Any) -> Any:
        return self.head(self.pyramid(x))[self.chosen].transpose(1, 2)


def ssd(chosen: str) -> Any:
    torchvision_models()
    from torchvision.models.detection.ssd import SSDHead

    return Detector(SSDHead([8, 8, 8], [4, 6, 4], 3), chosen)


def retina(chosen: str) -> Any:
    torchvision_models()
    from torchvision.models.detection.retinanet import RetinaNetHead

    return Detector(RetinaNetHead(8, 9, 2), chosen)


class Yolo(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """YOLO's head: boxes and classes side by side in the channels of each map, all maps in one row, then apart again.

    With ``anchors`` the maps have several of them, one after the other as YOLOv5 writes them.
    """

    def __init__(self, anchors: int = 1) -> None:
        super().__init__()
        self.pyramid, self.anchors = Pyramid(), anchors
        self.boxes = nn.ModuleList(nn.Conv2d(8, 4 * anchors, 3, padding=1) for _map in range(3))
        self.classes = nn.ModuleList(nn.Conv2d(8, 2 * anchors, 1) for _map in range(3))

    def forward(self, x: Any) -> Any:
        maps = self.pyramid(x)
        if self.anchors > 1:
            made = [box(one) for one, box in zip(maps, self.boxes, strict=True)]
            apart = [one.view(1, self.anchors, 4, *one.shape[2:]).permute(0, 1, 3, 4, 2) for one in made]
            return torch.cat([one.reshape(1, -1, 4) for one in apart], 1).transpose(1, 2)
        made = [
            torch.cat([box(one), own(one)], 1) for one, box, own in zip(maps, self.boxes, self.classes, strict=True)
        ]
        row = torch.cat([one.view(1, 6, -1) for one in made], 2)
        return row.split((4, 2), 1)[0]


class Registers(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """Patches behind a class token, registers put between them, as in DINOv2; then a layer that mixes neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.mix = nn.Conv2d(1, 6, 5, 5), nn.Conv1d(6, 6, 3, padding=1)
        self.token, self.registers = nn.Parameter(torch.ones(1, 1, 6)), nn.Parameter(torch.ones(1, 2, 6))
        self.position = nn.Parameter(torch.ones(1, 17, 6))

    def forward(self, x: Any) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.position
        x = torch.cat([x[:, :1], self.registers.expand(len(x), -1, -1), x[:, 1:]], 1)
        return self.mix(x.transpose(1, 2))


class Halves(nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """The lower half of a map behind its upper one convolved, side by side with the map, and ends that change places."""

    def __init__(self) -> None:
        super().__init__()
        self.convolve, self.wide, self.mix = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3)

    def forward(self, x: Any) -> Any:
        x = self.convolve(x)
        x = torch.cat([x[:, :, 10:], self.wide(x[:, :, :10])], 2)
        x = torch.cat([x[..., 3:], x[..., :3]], -1)
        return self.mix(x)


def gradient(model: Any) -> Any:
    """``reached[pixel][unit]``: from which pixels a gradient comes to which units of a row, or of a map."""
    torch.manual_seed(1)
    x = torch.rand(1, 1, SIZE, SIZE, dtype=torch.float64)
    table = torch.autograd.functional.jacobian(lambda x: model(x).abs().sum((0, 1)), x)
    return (table[..., 0, 0, :, :].abs() > NEXT_TO_NOTHING).movedim((-2, -1), (0, 1)).numpy()


@pytest.mark.parametrize(
    ("make", "chosen", "tokens"),
    [
        (ssd, "cls_logits", [Tokens(0, 4), Tokens(0, 6), Tokens(0, 4)]),
        (ssd, "bbox_regression", [Tokens(0, 4), Tokens(0, 6), Tokens(0, 4)]),
        (retina, "bbox_regression", [Tokens(0, 9)] * 3),
    ],
)
def test_heads_of_torchvision(make: Any, chosen: str, tokens: list[Tokens]) -> None:
    """Every anchor of every place reads what PyTorch's gradient says, in the order that the head writes them."""
    model = make(chosen).double().eval()
    network = from_torch(model, f"{SIZE}x{SIZE}x1")
    assert all(node.layer.known for node in network.nodes)
    assert [node.layer for node in network.nodes if isinstance(node.layer, Tokens)] == tokens
    assert parameters(network) + sum(network.unused.values()) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model))


@pytest.mark.parametrize(("anchors", "tokens"), [(1, Tokens(0)), (3, Tokens(0, 3, apart=True))])
def test_heads_of_yolo(anchors: int, tokens: Tokens) -> None:
    """Channels of boxes and classes are parted again behind the row, and anchors stand one after the other."""
    model = Yolo(anchors).double().eval()
    network = from_torch(model, f"{SIZE}x{SIZE}x1")
    assert all(node.layer.known for node in network.nodes)
    assert [node.layer for node in network.nodes if isinstance(node.layer, Tokens)] == [
        *(tokens, tokens),
        Tokens(0, anchors),  # of a single place
    ]
    assert_reads_match(network, gradient(model))


@pytest.mark.parametrize(("model", "kinds"), [(Registers(), {Join, Learnt, Tokens}), (Halves(), {Join, Roll})])
def test_joined_positions_are_where_a_gradient_comes_from(model: Any, kinds: set[type]) -> None:
    """Learnt tokens read nothing; halves of a map read theirs, and what changed places at both ends is a roll."""
    model = model.double().eval()
    network = from_torch(model, f"{SIZE}x{SIZE}x1")
    assert all(node.layer.known for node in network.nodes)
    assert kinds <= {type(node.layer) for node in network.nodes}
    assert parameters(network) == sum(weight.numel() for weight in model.parameters())
    assert_reads_match(network, gradient(model))
