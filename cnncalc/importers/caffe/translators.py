"""What the layers of Caffe do. `TRANSLATORS` is the one table: type of a layer → the function that says it.

Source: ``caffe.proto`` and the layers of https://github.com/BVLC/caffe.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.caffe.layer import CaffeLayer, message, text, wholes
from cnncalc.importers.tensors import joins, learnt, maps, views
from cnncalc.importers.tensors.learnt import Window
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import Constant, Result, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer, Sizes, abreast
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.crop import Crop
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.identity import Identity
from cnncalc.layers.instancenorm import InstanceNorm
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.offset import Offset
from cnncalc.layers.pool import Pool
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.scale import Scale

Translator = Callable[[Assembly, CaffeLayer], Result]

# Layers that slide a window.


def _rank(net: Assembly, x: Tensor) -> int:
    return len(net.shape(x.node).space)


def _window(layer: CaffeLayer, rank: int) -> tuple[Sizes, Window]:
    padding = tuple((side, side) for side in layer.sizes("pad", rank, 0))
    stride, dilation = layer.sizes("stride", rank, 1), layer.sizes("dilation", rank, 1)
    return layer.sizes("kernel_size", rank, 0, "kernel"), Window(stride, padding, dilation)


def _conv(net: Assembly, layer: CaffeLayer) -> Result:
    x = settle(net, layer.x)
    kernel, window = _window(layer, _rank(net, x))
    filters, groups = layer.whole("num_output", 0), layer.whole("group", 1)
    weight = layer.stored(0, filters, net.shape(x.node).channels // max(groups, 1), *kernel)
    return learnt.conv(net, x, weight, _bias(layer), window, groups)


def _bias(layer: CaffeLayer, *, default: bool = True) -> Constant | None:
    return layer.stored(1) if layer.true("bias_term", default=default) else None


def _deconv(net: Assembly, layer: CaffeLayer) -> Result:
    x = settle(net, layer.x)
    kernel, window = _window(layer, _rank(net, x))
    groups = layer.whole("group", 1)
    weight = layer.stored(0, net.shape(x.node).channels, layer.whole("num_output", 0) // max(groups, 1), *kernel)
    return learnt.transposed(net, x, weight, _bias(layer), window, groups)


METHODS = {"MAX": "max", "0": "max", "AVE": "avg", "1": "avg", "STOCHASTIC": "avg", "2": "avg"}
"""How a pool takes its numbers together; a stochastic one tests with a weighted mean."""


def _pool(net: Assembly, layer: CaffeLayer) -> Result:
    """Sizes are rounded up, unless asked otherwise; with padding, the last window must begin inside the map."""
    x = settle(net, layer.x)
    method = METHODS.get(text(layer.options, "pool", "MAX"))
    if method is None:
        raise UnsupportedError
    if layer.true("global_pooling"):
        return _twice(layer, net.map(GlobalPool(method), x))
    kernel, window = _window(layer, _rank(net, x))
    ceil = text(layer.options, "round_mode", "CEIL") in ("CEIL", "0")
    pool = Pool(kernel, method, window.stride, window.padding, ceil=ceil, wide_padding=True)
    if ceil and not any(map(any, window.padding)):  # type: ignore[arg-type]
        _check_clip(net, x, kernel, window.stride)
    return _twice(layer, maps.pool(net, x, pool))


def _check_clip(net: Assembly, x: Tensor, kernel: Sizes, stride: Sizes) -> None:
    """Without padding Caffe keeps a last window that begins behind the map, and reads nothing there."""
    for size, (k, s) in zip(net.shape(x.node).space, abreast(kernel, stride), strict=True):
        if s > 0 and -(-(size - k) // s) * s >= size:
            raise UnsupportedError("Pooling behind the map")


def _twice(layer: CaffeLayer, pooled: Tensor) -> Result:
    """A second top, where the largest stands, is read off the same windows."""
    return pooled if len(layer.outputs) < 2 else (pooled, pooled)


# Layers with weights, and norms.


def _dense(net: Assembly, layer: CaffeLayer) -> Result:
    if layer.whole("axis", 1) != 1:
        raise UnsupportedError
    x = settle(net, views.flatten(net, layer.x, 1, -1)) if len(layer.x.layout) > 2 else layer.x
    return learnt.linear(net, x, layer.stored(0, layer.whole("num_output", 0), x.sizes[-1]), _bias(layer))


def _kept(kind: Layer) -> Translator:
    """A layer without weights that leaves every number in its place."""
    return lambda net, layer: learnt.kept(net, kind, layer.x)


def _batch_norm(net: Assembly, layer: CaffeLayer) -> Result:
    """Running statistics and nothing learnt: scale and shift are a layer of their own."""
    running = layer.true("use_global_stats", default=True)
    return learnt.kept(net, BatchNorm(scale=False, shift=False, statistics=running), layer.x)


def _scale(net: Assembly, layer: CaffeLayer) -> Result:
    if len(layer.inputs) == 2:
        return _raised(net, "mul", layer)
    if layer.whole("axis", 1) != 1 or layer.whole("num_axes", 1) != 1:
        raise UnsupportedError
    bias = _bias(layer, default=False)
    return learnt.kept(net, Scale(bias is not None), layer.x, (layer.stored(0), bias))


def _offset(net: Assembly, layer: CaffeLayer) -> Result:
    if len(layer.inputs) == 2:
        return _raised(net, "add", layer)
    if layer.whole("axis", 1) != 1 or layer.whole("num_axes", 1) != 1:
        raise UnsupportedError
    return learnt.kept(net, Offset(), layer.x, (layer.stored(0),))


def _raised(net: Assembly, op: str, layer: CaffeLayer) -> Tensor:
    """With another blob, whose axes are those from ``axis`` on: a number for each channel stretches over the map."""
    x, other = layer.inputs
    axis = views.place(x, layer.whole("axis", 1))
    missing = len(x.layout) - axis - len(other.layout)
    if missing < 0 or (axis > 0 and len(other.layout) and other.sizes[0] not in (1, x.sizes[axis])):
        raise UnsupportedError
    return joins.merge(net, op, x, views.view(other, (*((),) * axis, *other.layout, *((),) * missing)))


def _prelu(net: Assembly, layer: CaffeLayer) -> Result:
    return learnt.kept(net, PReLU(layer.true("channel_shared")), layer.x, (layer.stored(0),))


def _lrn(net: Assembly, layer: CaffeLayer) -> Result:
    """Over channels, or over a window of each: squares, their mean, and what is divided by it."""
    size, x = layer.whole("local_size", 5), layer.x
    if text(layer.options, "norm_region", "ACROSS_CHANNELS") in ("ACROSS_CHANNELS", "0"):
        return learnt.kept(net, LocalResponseNorm(size), x)
    x = settle(net, x)
    squares = learnt.kept(net, Activation("square"), x)
    mean = maps.pool(net, squares, Pool(size, "avg", 1, (size - 1) // 2))
    return joins.merge(net, "mul", x, mean)


def _mvn(net: Assembly, layer: CaffeLayer) -> Result:
    if layer.true("across_channels"):
        raise UnsupportedError
    return learnt.kept(net, InstanceNorm(scale=False, shift=False), layer.x)


# One number at a time.


def _relu(net: Assembly, layer: CaffeLayer) -> Result:
    leaky = text(layer.options, "negative_slope", "0").strip("0.") != ""
    return learnt.kept(net, Activation("leakyrelu" if leaky else "relu"), layer.x)


def _power(net: Assembly, layer: CaffeLayer) -> Result:
    square = text(layer.options, "power", "1").rstrip("0").rstrip(".") == "2"
    return learnt.kept(net, Activation("square") if square else Identity(), layer.x)


def _softmax(net: Assembly, layer: CaffeLayer) -> Result:
    return maps.softmax(net, layer.x, layer.whole("axis", 1))


def _same(net: Assembly, layer: CaffeLayer) -> Result:
    return layer.x if len(layer.outputs) == 1 else (layer.x,) * len(layer.outputs)


# Views, cuts, and where blobs meet.


def _flatten(net: Assembly, layer: CaffeLayer) -> Result:
    return views.flatten(net, layer.x, layer.whole("axis", 1), layer.whole("end_axis", -1))


def _reshape(net: Assembly, layer: CaffeLayer) -> Result:
    """0 keeps a size, −1 is what remains."""
    x, shape = layer.x, wholes(message(layer.options, "shape"), "dim")
    if layer.whole("axis", 0) or layer.whole("num_axes", -1) != -1:
        raise UnsupportedError
    return views.reshape(net, x, tuple(x.sizes[i] if size == 0 else size for i, size in enumerate(shape)))


def _concat(net: Assembly, layer: CaffeLayer) -> Result:
    return joins.concat(net, list(layer.inputs), layer.whole("axis", layer.whole("concat_dim", 1)))


OPERATIONS = {"PROD": "mul", "0": "mul", "SUM": "add", "1": "add", "MAX": "add", "2": "add"}
"""How blobs are taken together, number by number."""


def _eltwise(net: Assembly, layer: CaffeLayer) -> Result:
    op = OPERATIONS.get(text(layer.options, "operation", "SUM"))
    if op is None:
        raise UnsupportedError
    x = layer.x
    for other in layer.inputs[1:]:
        x = joins.merge(net, op, x, other)
    return x


def _slice(net: Assembly, layer: CaffeLayer) -> Result:
    axis = layer.whole("axis", layer.whole("slice_dim", 1))
    size = layer.x.sizes[views.place(layer.x, axis)]
    count = len(layer.outputs)
    points = wholes(layer.options, "slice_point") or tuple(size // count * i for i in range(1, count))
    return maps.split(net, layer.x, axis, tuple(stop - start for start, stop in pairwise((0, *points, size))))


def _crop(net: Assembly, layer: CaffeLayer) -> Result:
    """To the size of a second blob, from an offset on."""
    x, other = settle(net, layer.inputs[0]), settle(net, layer.inputs[1])
    if layer.whole("axis", 2) != 2:
        raise UnsupportedError
    space, wanted = net.shape(x.node).space, net.shape(other.node).space
    offsets = wholes(layer.options, "offset") or (0,)
    offsets = offsets * len(space) if len(offsets) == 1 else offsets
    rests = [size - new - offset for size, new, offset in zip(space, wanted, offsets, strict=True)]
    if min(rests, default=0) < 0 or min(offsets) < 0:
        raise ModelFileError(_("a crop of {space} can't give {wanted}").format(space=list(space), wanted=list(wanted)))
    border = tuple(zip(offsets, rests, strict=True))
    return net.map(Crop(border), x) if any(map(any, border)) else x


TRANSLATORS: dict[str, Translator] = {
    "Convolution": _conv,
    "Deconvolution": _deconv,
    "Pooling": _pool,
    "InnerProduct": _dense,
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "Bias": _offset,
    "LRN": _lrn,
    "MVN": _mvn,
    "ReLU": _relu,
    "PReLU": _prelu,
    "ELU": _kept(Activation("elu")),
    "Sigmoid": _kept(Activation("sigmoid")),
    "TanH": _kept(Activation("tanh")),
    "AbsVal": _kept(Activation("abs")),
    "BNLL": _kept(Activation("softplus")),
    "Exp": _kept(Activation("exp")),
    "Swish": _kept(Activation("silu")),
    "Clip": _kept(Activation("hardtanh")),
    "Power": _power,
    **dict.fromkeys(("Log", "Threshold"), _kept(Identity())),
    "Dropout": _kept(Dropout()),
    "Softmax": _softmax,
    "Split": _same,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Concat": _concat,
    "Eltwise": _eltwise,
    "Slice": _slice,
    "Crop": _crop,
}
"""Type of a layer: what it does."""
