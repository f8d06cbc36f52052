"""Convolutions and pools of ONNX: how they are padded, explicitly or by a rule for the size that comes out."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.onnx.node import GraphNode
from cnncalc.importers.tensors import learnt, maps
from cnncalc.importers.tensors.learnt import Window
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.tensors.windows import picked
from cnncalc.importers.values import Constant, Result, Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.layers.pool import Pool
from cnncalc.layers.sliding import Padding

SAME = {"SAME_UPPER": "same", "SAME_LOWER": "same-lower"}


def _padding(node: GraphNode, rank: int) -> Padding:
    rule = node.text("auto_pad", "NOTSET")
    if rule in SAME:
        return SAME[rule]
    if node.get("pads") is None or rule == "VALID":
        return ((0, 0),)
    pads = node.ints("pads")
    if len(pads) != 2 * rank:
        raise ModelFileError(_("{count} paddings for {rank} axes").format(count=len(pads), rank=rank))
    return tuple(zip(pads[:rank], pads[rank:], strict=True))


def _window(node: GraphNode, rank: int) -> Window:
    return Window(node.ints("strides") or (1,), _padding(node, rank), node.ints("dilations") or (1,))


def gathered(net: Assembly, x: Tensor | Windows, axis: int, index: Constant) -> Result:
    """A table of places of an axis: how exporters write `F.unfold` and `Tensor.unfold`."""
    if len(index.sizes) != 2 or not index.values:
        raise UnsupportedError
    rows, columns = index.sizes
    numbers = list(map(int, index.values))
    return picked(net, x, axis, [numbers[row * columns : (row + 1) * columns] for row in range(rows)])


def conv(net: Assembly, node: GraphNode) -> Result:
    weight = node.weight("weight")
    window = _window(node, len(weight.sizes) - 2)
    return learnt.conv(net, node.tensor(), weight, node.constant("bias"), window, node.get("group", 1))


def conv_transpose(net: Assembly, node: GraphNode) -> Result:
    weight = node.weight("weight")
    x = settle(net, node.tensor())
    kernel = weight.sizes[2:]
    rank = len(kernel)
    window = _window(node, rank)
    more = node.ints("output_padding") or (0,) * rank
    if node.ints("output_shape") or isinstance(window.padding, str):
        window, more = _fitted(node, window, kernel, net.shape(x.node).space, more)
    learnt.check_output_padding(more, window.stride)
    return learnt.transposed(net, x, weight, node.constant("bias"), window, node.get("group", 1), more)


def _fitted(node: GraphNode, window: Window, kernel: Sizes, space: Sizes, more: Sizes) -> tuple[Window, Sizes]:
    """Explicit paddings for a transposed convolution that names its output size, or the rule for it."""
    rank = len(kernel)
    stride = window.stride if len(window.stride) == rank else window.stride * rank
    dilation = window.dilation if len(window.dilation) == rank else window.dilation * rank
    same = tuple(size * step for size, step in zip(space, stride, strict=True))
    outputs = node.ints("output_shape")[-rank:] or same
    pairs, extra = [], []
    for size, step, k, d, added, output in zip(space, stride, kernel, dilation, more, outputs, strict=True):
        total = step * (size - 1) + added + (k - 1) * d + 1 - output
        small, large = max(total, 0) // 2, max(total, 0) - max(total, 0) // 2
        pairs.append((small, large) if node.text("auto_pad", "NOTSET") == "SAME_UPPER" else (large, small))
        extra.append(added + max(-total, 0))
    return window._replace(padding=tuple(pairs)), tuple(extra)


def pool(op: str) -> Callable[[Assembly, GraphNode], Result]:
    """A second output, where the largest stands, is read off the same windows."""

    def translate(net: Assembly, node: GraphNode) -> Result:
        kernel = node.ints("kernel_shape")
        if not kernel:
            raise UnsupportedError
        window = _window(node, len(kernel))
        excluded = op == "avg" and not node.get("count_include_pad", 0) and _pads(window.padding)
        ceil = bool(node.get("ceil_mode", 0))
        layer = Pool(kernel, op, *window, ceil, excluded, wide_padding=True)
        pooled = maps.pool(net, node.tensor(), layer)
        return (pooled, pooled)[: len(node.outputs)] if len(node.outputs) > 1 else pooled

    return translate


def _pads(padding: Padding) -> bool:
    return isinstance(padding, str) or any(map(any, padding))  # type: ignore[arg-type]
