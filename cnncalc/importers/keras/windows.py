"""Layers of Keras that slide a window: convolutions of every sort, locally connected layers, pools."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.keras.layer import KerasLayer
from cnncalc.importers.tensors import learnt, maps
from cnncalc.importers.tensors.learnt import Window
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Tensor
from cnncalc.language import _
from cnncalc.layers.base import Layer, Sizes, whole
from cnncalc.layers.depthwise import Depthwise
from cnncalc.layers.local import Local
from cnncalc.layers.pool import Pool
from cnncalc.layers.separable import Separable
from cnncalc.layers.sliding import Padding

Translator = Callable[[Assembly, KerasLayer], Tensor]

PADDINGS = ("valid", "same", "causal")


def _padding(layer: KerasLayer) -> str:
    padding = layer.get("padding", "valid")
    if padding not in PADDINGS:
        raise ModelFileError(_("padding {padding} is not one of valid, same, causal").format(padding=repr(padding)))
    return str(padding)


def _window(layer: KerasLayer, rank: int) -> Window:
    return Window(layer.sizes("strides", rank), _padding(layer), layer.sizes("dilation_rate", rank))


def _slid(net: Assembly, layer: KerasLayer, kind: Layer) -> Tensor:
    return net.map(kind, settle(net, layer.x), (layer.stored(),))


def conv(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        x = settle(net, layer.x)
        groups = whole("conv", "groups", layer.get("groups", 1))
        per_group = net.shape(x.node).channels // groups
        weight = layer.stored(layer.option("filters"), per_group, *layer.sizes("kernel_size", rank))
        return learnt.conv(net, x, weight, layer.stored() if layer.bias else None, _window(layer, rank), groups)

    return translate


def depthwise(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        kernel, multiplier = layer.sizes("kernel_size", rank), layer.get("depth_multiplier", 1)
        return _slid(net, layer, Depthwise(kernel, multiplier, bias=layer.bias, **_window(layer, rank)._asdict()))

    return translate


def separable(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        kernel, filters = layer.sizes("kernel_size", rank), layer.option("filters")
        window, multiplier = _window(layer, rank), layer.get("depth_multiplier", 1)
        return _slid(net, layer, Separable(kernel, filters, multiplier, bias=layer.bias, **window._asdict()))

    return translate


def local(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        kernel, stride = layer.sizes("kernel_size", rank), layer.sizes("strides", rank)
        return _slid(net, layer, Local(kernel, layer.option("filters"), stride, _padding(layer), bias=layer.bias))

    return translate


def transposed(rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        x = settle(net, layer.x)
        kernel = layer.sizes("kernel_size", rank)
        window, more = _fitted(layer, rank, kernel)
        weight = layer.stored(net.shape(x.node).channels, layer.option("filters"), *kernel)
        return learnt.transposed(net, x, weight, layer.stored() if layer.bias else None, window, 1, more)

    return translate


def _fitted(layer: KerasLayer, rank: int, kernel: Sizes) -> tuple[Window, Sizes]:
    """Keras's sizes: n·s for ``same``, (n − 1)·s + max(w, s) for ``valid``, explicit with an output padding.

    The odd one of ``same`` stands as in TensorFlow and JAX; Keras on PyTorch can't place it there and warns.
    """
    window = _window(layer, rank)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, window.dilation, strict=True)]
    added = layer.sizes("output_padding", rank) if layer.get("output_padding") is not None else None
    learnt.check_output_padding(added or (0,) * rank, window.stride)
    if window.padding == "valid":
        return window, added or tuple(max(step - span, 0) for step, span in zip(window.stride, spans, strict=True))
    if added is None:
        return window, (0,) * rank
    sides = [_same_sides(span, extra) for span, extra in zip(spans, added, strict=True)]
    padding: Padding = tuple((before, max(after, 0)) for before, after in sides)
    return window._replace(padding=padding), tuple(max(-after, 0) for _before, after in sides)


def _same_sides(span: int, added: int) -> tuple[int, int]:
    """What ``same`` with an output padding cuts off at both ends, so that (n − 1)·s + w mod 2 + added remain."""
    total = span + span % 2 - 2 + added
    before = min(-(-total // 2), span - 1)
    return span - 1 - before, span - 1 - (total - before)


def pool(op: str, rank: int) -> Translator:
    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        kernel = layer.sizes("pool_size", rank, 2)
        stride = kernel if layer.get("strides") is None else layer.sizes("strides", rank)
        padding = _padding(layer)
        excluded = op == "avg" and padding == "same"
        return maps.pool(net, layer.x, Pool(kernel, op, stride, padding, exclude_padding=excluded))

    return translate
