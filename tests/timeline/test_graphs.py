"""Branches, gates, views, shared weights: small graphs whose every number is held against PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.timeline import plan as plans
from cnncalc.timeline.plan import FOREVER, GRADIENT, Asked, Plan, plan

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402

from tests.timeline.watched import Seen, watched  # noqa: E402

IMAGE = Shape((8, 8), 8)


class Graph(nn.Module):  # type: ignore[misc]
    """A function over two convolutions, a norm and a wide convolution."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.function = function
        self.a, self.b = (nn.Conv2d(8, 8, 3, padding=1, device="meta") for _layer in range(2))
        self.norm, self.wide = nn.BatchNorm2d(8, device="meta"), nn.Conv2d(8, 32, 1, device="meta")
        self.narrow, self.relu, self.silu = nn.Conv2d(4, 4, 1, device="meta"), nn.ReLU(), nn.SiLU()

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def _residual(of: Any, x: Any) -> Any:
    x = of.a(x)
    return of.b(of.relu(x)) + x


def _gate(of: Any, x: Any) -> Any:
    x = of.a(x)
    return x * torch.sigmoid(of.b(x.mean((2, 3), keepdim=True)))


def _halves(of: Any, x: Any) -> Any:
    x = of.a(x)
    return of.wide(torch.cat([x[:, :4], of.narrow(x[:, 4:])], 1))


def _shared(of: Any, x: Any) -> Any:
    return of.a(of.relu(of.a(x)))


def _dense(of: Any, x: Any) -> Any:
    x = of.a(x)
    return torch.cat([x, of.wide(of.norm(x))], 1)


def _pooled(of: Any, x: Any) -> Any:
    return nn.functional.max_pool2d(of.silu(of.norm(of.a(x))), 2)


GRAPHS: dict[str, Callable[[Any, Any], Any]] = {
    "a:conv3-8,p1 add( relu conv3-8,p1 | )": _residual,
    "conv3-8,p1 mul( | globalavgpool conv3-8,p1 sigmoid )": _gate,
    "conv3-8,p1 concat( slice,to4 | slice,from4 conv1-4 ) conv1-32": _halves,
    "conv3-8,p1 concat( | bn conv1-32 )": _dense,
    "conv3-8,p1 bn silu maxpool2": _pooled,
}


def seen(network: Network) -> Seen:
    """Our numbers for a batch of two."""
    made = shapes(network, IMAGE)

    def run(*, training: bool) -> Plan:
        return plan(network, IMAGE, made, counts(network, IMAGE, made), Asked(2, training=training))

    learning = run(training=True)
    starting = next(tensor for tensor in learning.tensors if tensor.what == GRADIENT)
    starting.death = FOREVER  # whoever calls backward holds on to it
    held, last = learning.held(), learning.turn - 1
    kept = sum(tensor.bytes for tensor in learning.tensors if tensor.birth <= last < tensor.death)
    return Seen(max(held[: last + 1]), kept, max(held))


@pytest.mark.parametrize("words", GRAPHS)
def test_a_graph_holds_what_pytorch_holds(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peak forward, what is left between, and the peak of all."""
    monkeypatch.setattr(plans, "SUMMED_IN_PLACE", False)
    assert watched(Graph(GRAPHS[words]), (2, 8, 8, 8), learning=True) == seen(parse(words))


def test_weights_used_twice_have_one_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made where they are used last, and the other is added to it."""
    monkeypatch.setattr(plans, "SUMMED_IN_PLACE", False)
    conv, relu = parse("conv3-8,p1").nodes[0].layer, parse("relu").nodes[0].layer
    network = Network((Node(conv, (-1,), "a"), Node(relu, (0,), "r"), Node(conv, (1,), "b", tied="a")))
    assert watched(Graph(_shared), (2, 8, 8, 8), learning=True) == seen(network)
