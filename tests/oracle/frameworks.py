"""What the importers read: a network written in PyTorch says the same as a module, as ``.pt2`` and as ONNX.

And one written in Keras says the same as a model and as a ``.keras`` file.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from cnncalc.analysis import ancestors, counts, shapes, trace
from cnncalc.errors import ModelFileError, UnknownLayerError
from cnncalc.importers.keras import from_keras
from cnncalc.importers.torch import from_torch
from cnncalc.layers.base import Layer, abreast
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.upsample import Upsample
from cnncalc.loading import load
from cnncalc.network import INPUT, Network, part
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from tests.oracle import by_keras, by_torch
from tests.oracle.answers import Span, Unit, chosen, spans
from tests.oracle.drawing import draw, enlarged, smooth

EXPORTED = (
    *("Conv", "Conv", "Conv", "Depthwise", "Transposed", "Dense", "PReLU", "Identity"),
    *("Flatten", "Pad", "Slice", "Activation", "Upsample", "Upsample", "Placeholder"),
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

        self.given = network.placeholders

    def forward(self, x: Any, *others: Any) -> Any:
        maps = {INPUT: x, **dict(zip(self.given, others, strict=True))}
        for index, (sources, layer) in enumerate(zip(self.sources, self.layers, strict=True)):
            if index not in maps:
                maps[index] = layer(*(maps[source] for source in sources))
        return maps[len(self.sources) - 1]


class Interpolated(nn.Module):
    """Enlarged by the operator of PyTorch, as everybody does."""

    def __init__(self, layer: Any, shape: Shape) -> None:
        super().__init__()
        rank = len(shape.space)
        linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
        mode = {"nearest": "nearest", "bilinear": linear, "bicubic": "bicubic"}[layer.mode]
        sizes = {"size": layer.to and tuple(by_torch.per_axis(layer.to, rank))}
        factors = {"scale_factor": layer.scale and tuple(map(float, by_torch.per_axis(layer.scale, rank)))}
        corners = {} if mode == "nearest" else {"align_corners": layer.align_corners}
        self.options = {"mode": mode, **sizes, **factors, **corners}

    def forward(self, x: Any) -> Any:
        return functional.interpolate(x, **self.options)


def _alone(layer: Any, shape: Shape) -> Any:
    if isinstance(layer, Upsample):
        return Interpolated(layer, shape)
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
    network, input = _drawn(dice, EXPORTED, axes=(2,))
    # a file that only passes its input on is refused, and one with what PyTorch allows and ONNX Runtime does not
    if not any(_adds_more_than_a_stride(node.layer) for node in network.nodes):
        yield from _said_otherwise(
            network, input, dice, lambda: _torch_ways(Module(network, input).eval(), network, input)
        )


def imported_from_keras(_network: Network, _input: Shape, dice: random.Random) -> Iterator[str]:
    """A network of kinds that Keras has says the same as a model and as a file."""
    network, input = _drawn(
        dice, (*by_keras.KINDS, "Placeholder", "Upsample", *("Conv",) * 4), axes=(1, 2, 2, 2, 3), fits=by_keras.has
    )
    with contextlib.suppress(by_keras.UnlikeError):
        model = by_keras.model(network, input)
        yield from _said_otherwise(network, input, dice, lambda: _keras_ways(model))


def _drawn(dice: random.Random, kinds: tuple[str, ...], axes: tuple[int, ...], **more: Any) -> tuple[Network, Shape]:
    """A network of these kinds, with what its last layer needs."""
    network, input = draw(dice, kinds, axes, {"Upsample": smooth if dice.random() < SMOOTH else enlarged}, **more)
    apart = (replace(node, inputs=(INPUT,)) if node.layer.stands_in else node for node in network.nodes)
    return part(replace(network, nodes=tuple(apart)), [len(network) - 1]), input


SMOOTH = 0.7
"""So often what is enlarged is interpolated."""


def _said_otherwise(
    network: Network, input: Shape, dice: random.Random, ways: Callable[[], Iterator[tuple[str, Network]]]
) -> Iterator[str]:
    if all(INPUT not in node.reads for node in network.nodes):
        return
    units = chosen(dice, shapes(network, input)[-1].space)
    expected = told(network, input, units)
    try:
        for way, read in ways():
            again = told(read, input, units)
            if not all(node.layer.known for node in read.nodes):  # counted, but nobody says what it reads
                again = again._replace(reads=expected.reads)
            if again != expected:
                yield f"{way}: {show(network)} on {input} is {expected}, read as {again}"
    except UnknownLayerError:
        return  # a refusal of what nobody describes is no difference
    except ModelFileError:
        if expected.parameters or expected.macs:  # one that does nothing is refused
            raise


def _adds_more_than_a_stride(layer: Layer) -> bool:
    return isinstance(layer, Transposed) and any(
        extra >= stride for extra, stride in abreast(layer.output_padding, layer.stride)
    )


def _torch_ways(module: Any, network: Network, input: Shape) -> Iterator[tuple[str, Network]]:
    taken = [input, *(Shape.of(network.nodes[index].layer.to) for index in network.placeholders)]
    example = tuple(torch.zeros(1, shape.channels, *shape.space) for shape in taken)
    yield "module", from_torch(module, example)
    with TemporaryDirectory() as folder, _quiet():
        path = Path(folder)
        torch.export.save(torch.export.export(module, example), path / "model.pt2")
        yield ".pt2", load([str(path / "model.pt2")])
        torch.onnx.export(module, example, path / "model.onnx", dynamo=False, opset_version=OPSET)
        yield "ONNX", load([str(path / "model.onnx")])


def _keras_ways(model: Any) -> Iterator[tuple[str, Network]]:
    yield "Keras", from_keras(model)
    with TemporaryDirectory() as folder, _quiet():
        model.save(Path(folder) / "model.keras")
        yield ".keras", load([str(Path(folder) / "model.keras")])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What frameworks print is nothing to read here."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
