"""A ``.prototxt`` file as a `Network`: the layers that Caffe tests with, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.archive import read_text
from cnncalc.importers.assembly import Assembly, check_number, plain, spread
from cnncalc.importers.axes import shape_of
from cnncalc.importers.caffe.layer import CaffeLayer, message, text, texts, wholes
from cnncalc.importers.caffe.prototxt import Message
from cnncalc.importers.caffe.prototxt import parse as read
from cnncalc.importers.caffe.translators import TRANSLATORS
from cnncalc.importers.inputs import in_order
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import LOST, Tensor
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.network import Network
from cnncalc.shapes import shorten

MOST_BYTES = 4 << 20
"""A file with more bytes than this is refused."""

FIRST_VERSION = {
    **{name.upper(): name for name in ("Convolution", "Deconvolution", "Pooling", "Concat", "Dropout", "Flatten")},
    **{name.upper(): name for name in ("Eltwise", "Slice", "Split", "Softmax", "Sigmoid", "Power", "Exp", "Silence")},
    **{name.upper(): name for name in ("Data", "Accuracy", "Threshold", "ReLU", "TanH", "AbsVal")},
    "INNER_PRODUCT": "InnerProduct",
    "IMAGE_DATA": "ImageData",
    "HDF5_DATA": "HDF5Data",
    "DUMMY_DATA": "DummyData",
    "MEMORY_DATA": "MemoryData",
    "WINDOW_DATA": "WindowData",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "EUCLIDEAN_LOSS": "EuclideanLoss",
    "HINGE_LOSS": "HingeLoss",
    "CONTRASTIVE_LOSS": "ContrastiveLoss",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
    "INFOGAIN_LOSS": "InfogainLoss",
    "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
}
"""Type of a layer in the first form of these files (``layers { type: POOLING }``): its name since."""

DATA = frozenset({"Data", "ImageData", "HDF5Data", "MemoryData", "WindowData", "DummyData", "AnnotatedData"})
"""Layers that bring data, of a size that the file does not say."""

ENDS = frozenset(
    {"SoftmaxWithLoss", "EuclideanLoss", "HingeLoss", "ContrastiveLoss", "SigmoidCrossEntropyLoss", "InfogainLoss"}
    | {"MultinomialLogisticLoss", "Accuracy"}
)
"""Layers that only judge what a network gives, which stays an output."""

SINKS = frozenset({"Silence", "HDF5Output"})
"""Layers that swallow what they read."""


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in a ``.prototxt`` file.

    Raises `ModelFileError` for what can't be read, `UnknownLayerError` for layers that no kind describes.
    """
    return parse(read_text(path, MOST_BYTES), allow_unknown=allow_unknown)


def parse(content: str, *, allow_unknown: bool = False) -> Network:
    """The network that the text of a ``.prototxt`` file describes.

    >>> parse('input: "x" input_dim: [1, 3, 8, 8] layer { name: "f" type: "InnerProduct" bottom: "x" top: "y" '
    ...       'inner_product_param { num_output: 2 } }').nodes[-1].layer
    Dense(units=2, bias=True)
    """
    file = read(content)
    layers = _layers(file)
    inputs = dict(_inputs(file, layers))
    if not inputs:
        raise ModelFileError(
            _(
                "the file does not say how large its input is: give its deploy.prototxt, or one with a layer of type Input"
            )
        )
    known = {name: _checked(sizes) for name, sizes in inputs.items()}
    entry = next(iter(in_order(known)))
    net = Assembly(shape_of(known[entry]), known[entry][0], allow_unknown=allow_unknown, entry=entry)
    starts = {name: net.enter(name, sizes) for name, sizes in known.items()}
    blobs: dict[str, Any] = {**starts}
    unread = {**blobs}
    for layer in layers:
        _walk(net, layer, blobs, unread)
    return finished(net, [x for x in unread.values() if isinstance(x, Tensor) and x not in starts.values()])


def _layers(file: Message) -> list[Message]:
    """The layers that Caffe tests with."""
    layers = [*file.get("layer", []), *file.get("layers", [])]
    check_number(len(layers))
    if not all(isinstance(layer, dict) for layer in layers):
        raise ModelFileError(_("{name} is not a block of options").format(name="layer"))
    return [layer for layer in layers if _is_tested(layer)]


def _is_tested(layer: Message) -> bool:
    """Whether a layer is there in the phase TEST, without any stage."""
    rules = [message({"rule": [rule]}, "rule") for rule in layer.get("include", [])]
    if rules:
        return any(map(_holds, rules))
    return not any(_holds(message({"rule": [rule]}, "rule")) for rule in layer.get("exclude", []))


def _holds(rule: Message) -> bool:
    levels = (*wholes(rule, "min_level"), 0)[0] <= 0 <= (*wholes(rule, "max_level"), 0)[0]
    return text(rule, "phase", "TEST") in ("TEST", "1") and levels and "stage" not in rule


def _kind(layer: Message) -> str:
    kind = text(layer, "type")
    return FIRST_VERSION.get(kind, kind)


def _inputs(file: Message, layers: list[Message]) -> Iterator[tuple[str, Sizes]]:
    """Every input with its sizes, which stand at the head of the file or in layers of their own."""
    heads = texts(file, "input")
    shapes = [wholes(message({"shape": [shape]}, "shape"), "dim") for shape in file.get("input_shape", [])]
    dims = wholes(file, "input_dim")
    shapes = shapes or [dims[start : start + 4] for start in range(0, len(dims), 4)]
    yield from zip(heads, shapes, strict=False)
    for layer in layers:
        if _kind(layer) == "Input":
            own = message(layer, "input_param").get("shape", [])
            sizes = [wholes(message({"shape": [shape]}, "shape"), "dim") for shape in own]
            yield from zip(
                texts(layer, "top"), sizes * (len(texts(layer, "top")) if len(sizes) == 1 else 1), strict=False
            )


def _checked(sizes: Sizes) -> Sizes:
    """Batch, channels, space; a batch of 0 is for the caller to say."""
    if not 2 <= len(sizes) <= 5:
        raise ModelFileError(_("the input has the sizes {sizes}").format(sizes=shorten(str(list(sizes)))))
    return (max(sizes[0], 1), *sizes[1:])


def _walk(net: Assembly, layer: Message, blobs: dict[str, Any], unread: dict[str, Any]) -> None:
    """One layer: what it reads is there, and what it gives is an output until somebody reads it."""
    kind, bottoms, tops = _kind(layer), texts(layer, "bottom"), texts(layer, "top")
    if kind == "Input" or kind in DATA or kind in ENDS:
        return
    if kind in SINKS:
        for bottom in bottoms:
            unread.pop(bottom, None)
        return
    missing = next((bottom for bottom in bottoms if bottom not in blobs), None)
    if missing is not None or not bottoms:
        raise ModelFileError(
            _("{name} reads {blob}, which no layer before it gives").format(
                name=plain(shorten(text(layer, "name") or kind)), blob=shorten(missing or '""')
            )
        )
    operator = _operator(layer, kind, tuple(blobs[bottom] for bottom in bottoms))
    results = spread(net.translated(operator, TRANSLATORS.get(kind)))
    for bottom in bottoms:
        unread.pop(bottom, None)
    for place, top in enumerate(tops):
        blobs[top] = unread[top] = results[place] if place < len(results) else LOST


def _operator(layer: Message, kind: str, inputs: tuple[Any, ...]) -> CaffeLayer:
    name = plain(text(layer, "name") or kind.lower())
    options = message(layer, OPTIONS.get(kind, f"{_snake(kind)}_param"))
    return CaffeLayer(kind, name, layer, tuple(texts(layer, "top")) or ("",), "", inputs, options)


OPTIONS = {"Deconvolution": "convolution_param", "PReLU": "prelu_param", "ReLU": "relu_param", "TanH": "tanh_param"}
"""Type of a layer: its block of options, where it is not called by the type."""


def _snake(kind: str) -> str:
    """InnerProduct: inner_product."""
    return "".join(
        f"_{sign.lower()}" if sign.isupper() and place and not kind[place - 1].isupper() else sign.lower()
        for place, sign in enumerate(kind)
    )
