"""What the importers read: a network written in PyTorch says the same as a module, as ``.pt2`` and as ONNX."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import nn

from cnncalc.analysis import ancestors, counts, shapes, trace
from cnncalc.errors import UnknownLayerError
from cnncalc.importers.torch import from_torch
from cnncalc.layers.base import Layer, abreast
from cnncalc.layers.transposed import Transposed
from cnncalc.loading import load
from cnncalc.network import INPUT, Network
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from tests.oracle import by_torch
from tests.oracle.answers import Span, Unit, chosen, spans
from tests.oracle.drawing import draw

EXPORTED = (
    *("Conv", "Conv", "Conv", "Depthwise", "Transposed", "Dense", "PReLU", "Identity"),
    *("Flatten", "Pad", "Slice", "Activation"),
)
"""Kinds that PyTorch and ONNX have as one operator, or two: the others are written out here as nobody exports them."""

OPSET = 18


class Module(nn.Module):
    """A network of these kinds; what its last layer puts out."""

    def __init__(self, network: Network, input: Shape) -> None:
        super().__init__()
        made = {INPUT: input, **dict(enumerate(shapes(network, input)))}
        self.sources = [node.inputs for node in network.nodes]
        self.layers = nn.ModuleList(
            by_torch.merge(node.layer) if len(node.inputs) > 1 else _alone(node.layer, made[node.inputs[0]])
            for node in network.nodes
        )

    def forward(self, x: Any) -> Any:
        maps = {INPUT: x}
        for index, (sources, layer) in enumerate(zip(self.sources, self.layers, strict=True)):
            maps[index] = layer(*(maps[source] for source in sources))
        return maps[len(self.sources) - 1]


def _alone(layer: Any, shape: Shape) -> Any:
    return by_torch.KINDS[type(layer).__name__](layer, shape.channels, shape.space)


class Told(NamedTuple):
    """A network in numbers: what comes out, what the layers before it hold and multiply, what units of it read."""

    output: Shape
    parameters: int
    macs: int
    reads: dict[Unit, tuple[Span, ...] | None]


def told(network: Network, input: Shape, units: list[Unit]) -> Told:
    last = len(network) - 1
    followed, made = trace(network, input), shapes(network, input)
    numbers = counts(network, input, made)
    needed = [numbers[index] for index in ancestors(network, last)]
    return Told(
        Shape(tuple(map(int, made[last].space)), int(made[last].channels)),
        sum(int(count.parameters) for count in needed),
        sum(int(count.macs) for count in needed),
        {unit: spans(followed, last, unit) for unit in units},
    )


def imported(_network: Network, _input: Shape, dice: random.Random) -> Iterator[str]:
    """A network of kinds that frameworks have says the same whichever way it comes in."""
    network, input = draw(dice, EXPORTED, axes=(2,))
    output = shapes(network, input)[-1]
    units = chosen(dice, output.space)
    expected = told(network, input, units)
    # a file that only passes its input on is refused, and one with what PyTorch allows and ONNX Runtime does not
    if not expected.macs or any(_adds_more_than_a_stride(node.layer) for node in network.nodes):
        return
    with contextlib.suppress(UnknownLayerError):  # a refusal of what nobody describes is no difference
        for way, read in _ways(Module(network, input).eval(), input):
            again = told(read, input, units)
            if not all(node.layer.known for node in read.nodes):  # counted, but nobody says what it reads
                again = again._replace(reads=expected.reads)
            if again != expected:
                yield f"{way}: {show(network)} on {input} is {expected}, read as {again}"


def _adds_more_than_a_stride(layer: Layer) -> bool:
    return isinstance(layer, Transposed) and any(
        extra >= stride for extra, stride in abreast(layer.output_padding, layer.stride)
    )


def _ways(module: Any, input: Shape) -> Iterator[tuple[str, Network]]:
    example = (torch.zeros(1, input.channels, *input.space),)
    yield "module", from_torch(module, input)
    with (
        TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        path = Path(folder)
        torch.export.save(torch.export.export(module, example), path / "model.pt2")
        yield ".pt2", load([str(path / "model.pt2")])
        torch.onnx.export(module, example, path / "model.onnx", dynamo=False, opset_version=OPSET)
        yield "ONNX", load([str(path / "model.onnx")])
