"""What PyTorch's operators do. `TRANSLATORS` is the one table: ATen operator → the function that says it."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.importers import common
from cnncalc.importers.assembly import Assembly, spread
from cnncalc.importers.common import Translator, activation
from cnncalc.importers.operator import Operator
from cnncalc.importers.tensors import attention, joins, learnt, maps, sequences, views, windows
from cnncalc.importers.tensors.learnt import Window
from cnncalc.importers.tensors.sequences import Stack
from cnncalc.importers.tensors.settling import settle
from cnncalc.importers.values import MOST_VALUES, Constant, Result, Scores, Slide, Tensor, UnsupportedError, Windows
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.channelshuffle import ChannelShuffle
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.pool import Pool

MOST_PARTS = 1000
"""A tensor is not taken apart into more pieces than this."""

# Products and norms.


def _window(call: Operator) -> Window:
    rule = call.get("padding", 0)
    padding = rule if isinstance(rule, str) else call.ints("padding", (0,))
    return Window(call.ints("stride", (1,)), padding, call.ints("dilation", (1,)))


def _conv(net: Assembly, call: Operator) -> Result:
    weight, bias, groups = call.weight("weight"), call.constant("bias"), call.get("groups", 1)
    x = call.viewed()
    window = _window(call)
    if isinstance(x, Windows):
        return windows.grouped(net, x, weight, bias, window, groups)
    return learnt.conv(net, x, weight, bias, window, groups)


def _conv_transpose(net: Assembly, call: Operator) -> Result:
    weight, bias, more = call.weight("weight"), call.constant("bias"), call.ints("output_padding", (0,))
    return learnt.transposed(net, call.tensor(), weight, bias, _window(call), call.get("groups", 1), more)


def _convolution(net: Assembly, call: Operator) -> Result:
    return _conv_transpose(net, call) if call.get("transposed") else _conv(net, call)


def _linear(net: Assembly, call: Operator) -> Result:
    return common.linear(net, call.viewed(), call.weight("weight"), call.constant("bias"))


def _addmm(net: Assembly, call: Operator) -> Result:
    weight = call.weight("other")
    return common.linear(net, call.viewed("mat1"), weight._replace(sizes=weight.sizes[::-1]), call.constant("input"))


def _attention(net: Assembly, call: Operator) -> Result:
    mask = call.get("attn_mask")
    if not (mask is None or isinstance(mask, Constant)) or call.get("is_causal"):
        raise UnsupportedError
    scores = Scores(call.tensor("query"), call.tensor("key"))
    weights = (attention.met(scores, mask, adds=True) if mask else scores)._replace(weighed=True)
    return attention.weighed(net, weights, call.tensor("value"))


def _batch_norm(net: Assembly, call: Operator) -> Result:
    statistics = call.get("running_mean") is not None
    return learnt.batch_norm(net, call.tensor(), call.constant("weight"), call.constant("bias"), statistics=statistics)


def _layer_norm(net: Assembly, call: Operator) -> Result:
    last = len(call.ints("normalized_shape"))
    return learnt.layer_norm(net, call.tensor(), last, call.constant("weight"), call.constant("bias"))


def _group_norm(net: Assembly, call: Operator) -> Result:
    groups = call.get("num_groups")
    return learnt.group_norm(net, call.tensor(), groups, call.constant("weight"), call.constant("bias"))


def _instance_norm(net: Assembly, call: Operator) -> Result:
    return learnt.instance_norm(net, call.tensor(), call.constant("weight"), call.constant("bias"))


# Sequences.

CELLS = {"lstm": "lstm", "gru": "gru", "rnn_tanh": "rnn", "rnn_relu": "rnn"}
"""PyTorch's operator: our word."""


def _recurrent(net: Assembly, call: Operator) -> Result:
    """With nothing given that the first step would read."""
    starts = call.arguments["hx"]
    if any(
        not isinstance(start, Constant) or start.learnt for start in (starts if isinstance(starts, list) else [starts])
    ):
        raise UnsupportedError
    stack = Stack(
        CELLS[call.kind],
        call.get("num_layers"),
        2 if call.get("has_biases") else 0,
        bool(call.get("bidirectional")),
        bool(call.get("dropout")),
        bool(call.get("batch_first")),
    )
    made = sequences.recurrent(net, call.tensor(), call.get("params"), stack)
    return (*made, None) if call.kind == "lstm" else made


def _embedding(net: Assembly, call: Operator) -> Result:
    return sequences.embedding(net, call.tensor("indices"), call.weight("weight"))


def _zeros(net: Assembly, call: Operator) -> Result:
    return Constant(call.ints("size"))


def _first(translate: Translator) -> Translator:
    """For operators with further results (indices, statistics) that are of no use to anybody here."""
    return lambda net, call: (*spread(translate(net, call)), None, None)


# Pools and pixels.


def _max_pool(net: Assembly, call: Operator) -> Result:
    kernel = call.ints("kernel_size")
    stride, padding = call.ints("stride") or kernel, call.ints("padding", (0,))
    ceil = bool(call.get("ceil_mode", False))
    return maps.pool(net, call.tensor(), Pool(kernel, "max", stride, padding, call.ints("dilation", (1,)), ceil))


def _avg_pool(net: Assembly, call: Operator) -> Result:
    kernel = call.ints("kernel_size")
    stride, padding = call.ints("stride") or kernel, call.ints("padding", (0,))
    ceil = bool(call.get("ceil_mode", False))
    excluded = any(padding) and not call.get("count_include_pad", True)
    return maps.pool(net, call.tensor(), Pool(kernel, "avg", stride, padding, ceil=ceil, exclude_padding=excluded))


def _adaptive(op: str) -> Translator:
    return lambda net, call: maps.adaptive_pool(net, call.tensor(), op, tuple(call.get("output_size")))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, call: Operator) -> Result:
        x = call.viewed()
        where = call.ints("dim") or tuple(range(len(x.layout)))
        return common.reduced(net, x, op, where, keep=bool(call.get("keepdim", False)))

    return translate


def _sum(net: Assembly, call: Operator) -> Result:
    """Of windows that met weights; of a map over parts of its channels, or as a mean, which reads the same."""
    x = call.viewed()
    where, keep = call.ints("dim") or tuple(range(len(x.layout))), bool(call.get("keepdim", False))
    if isinstance(x, Windows):
        return windows.summed(net, x, where, keep=keep)
    try:
        return maps.reduce(net, x, "avg", where, keep=keep)
    except UnsupportedError:
        return joins.summed(net, x, where, keep=keep)


def _columns(net: Assembly, call: Operator) -> Result:
    options = (call.ints(name) for name in ("kernel_size", "stride", "padding", "dilation"))
    return windows.columns(net, call.tensor(), tuple(map(Slide, *options)))


def _windows(net: Assembly, call: Operator) -> Result:
    return windows.slid(net, call.viewed(), call.get("dimension"), Slide(call.get("size"), call.get("step")))


def _largest(net: Assembly, call: Operator) -> Result:
    """Over one axis: without it, the larger of two tensors, or the largest number of all."""
    if call.get("dim") is None:
        raise UnsupportedError
    return _first(_reduce("max"))(net, call)


def _upsample(mode: str) -> Translator:
    def translate(net: Assembly, call: Operator) -> Result:
        align = bool(call.get("align_corners", False))
        to = call.ints("output_size")
        if to:
            return maps.upsample(net, call.tensor(), mode, align=align, to=to)
        return maps.rescale(net, call.tensor(), mode, tuple(call.get("scale_factors", ())), align=align)

    return translate


def _rearranged(layer: Callable[[Operator], Layer]) -> Translator:
    return lambda net, call: net.map(layer(call), settle(net, call.tensor()))


# Attention.


def _dropout(net: Assembly, call: Operator) -> Result:
    """Of scores too, which are left as they are."""
    scores = call.get("input")
    return scores if isinstance(scores, Scores) else common.dropout(net, call)


def _einsum(net: Assembly, call: Operator) -> Result:
    return common.einsum(net, str(call.get("equation")), call.get("tensors"))


def _roll(net: Assembly, call: Operator) -> Result:
    return joins.rolled(net, call.tensor(), call.ints("shifts"), call.ints("dims"))


# Arithmetic.


def _glu(net: Assembly, call: Operator) -> Result:
    return joins.glu(net, call.tensor(), call.get("dim", -1))


def _softmax(net: Assembly, call: Operator) -> Result:
    return common.softmax(net, call, call.get("dim"))


def _arithmetic(op: str) -> Translator:
    def translate(net: Assembly, call: Operator) -> Result:
        left, right = call.get("input"), call.get("other")
        if isinstance(left, Constant):
            left, right = right, left
        if isinstance(left, Scores) and isinstance(right, (int, float)):
            return left
        if isinstance(left, Scores) and isinstance(right, Constant) and call.kind in ("add", "mul", "div"):
            return attention.met(left, right, adds=op == "add")
        if isinstance(left, Tensor) and isinstance(right, (int, float)):
            return left
        if isinstance(left, (Tensor, Windows)) and isinstance(right, Constant):
            return _with_constant(net, call, op, left, right)
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            return joins.merge(net, op, left, right)
        raise UnsupportedError

    return translate


def _with_constant(net: Assembly, call: Operator, op: str, x: Tensor | Windows, constant: Constant) -> Result:
    """A layer of its own, or the first half of one with filters."""
    if isinstance(x, Tensor):
        try:
            return joins.with_constant(net, op, x, constant)
        except UnsupportedError:
            pass
    if call.kind != "mul":
        raise UnsupportedError
    return windows.times(net, x, constant)


# Views and cuts.


def _concat(net: Assembly, call: Operator) -> Result:
    return common.concat(net, call.get("tensors"), call.get("dim", 0))


def _stack(net: Assembly, call: Operator) -> Result:
    return joins.stack(net, call.get("tensors"), call.get("dim", 0))


def _reshape(net: Assembly, call: Operator) -> Result:
    scores = call.get("input")
    if isinstance(scores, Scores) and _size(call)[-2:] == scores.sizes[-2:]:
        return scores
    return views.reshape(net, call.viewed(), _size(call))


def _size(call: Operator) -> Sizes:
    """The sizes to come, said in numbers or by another tensor that has them."""
    other = call.get("other")
    return other.sizes if isinstance(other, (Tensor, Windows)) else call.ints("size")


def _flatten(net: Assembly, call: Operator) -> Result:
    return views.flatten(net, call.viewed(), call.get("start_dim", 0), call.get("end_dim", -1))


def _unflatten(net: Assembly, call: Operator) -> Result:
    return views.unflatten(net, call.viewed(), call.get("dim"), call.ints("sizes"))


def _permute(net: Assembly, call: Operator) -> Result:
    return common.permuted(net, common.moved(call), call.ints("dims"))


def _transpose(net: Assembly, call: Operator) -> Result:
    x = common.moved(call)
    return common.permuted(net, x, swapped(len(x.sizes), call.get("dim0", 0), call.get("dim1", 1)))


def swapped(rank: int, one: int, other: int) -> Sizes:
    """The order of axes of which two have changed places.

    >>> swapped(4, 0, -1)
    (3, 1, 2, 0)
    """
    one, other = one % rank, other % rank
    order = {one: other, other: one}
    return tuple(order.get(axis, axis) for axis in range(rank))


def _expand(net: Assembly, call: Operator) -> Result:
    x = call.viewed()
    size = _size(call)
    old = (1,) * (len(size) - len(x.layout)) + x.sizes
    return views.expand(x, tuple(now if new == -1 else new for new, now in zip(size, old, strict=True)))


def _slice(net: Assembly, call: Operator) -> Result:
    stop = call.get("end", 2**63 - 1)
    return maps.cut(net, call.tensor(), call.get("dim", 0), call.get("start", 0), stop, call.get("step", 1))


def _select(net: Assembly, call: Operator) -> Result:
    return maps.select(net, call.tensor(), call.get("dim"), call.get("index"))


def _index(net: Assembly, call: Operator) -> Result:
    """Some places of one axis, by numbers that are known."""
    indices = call.get("indices")
    chosen = [(axis, index) for axis, index in enumerate(indices) if index is not None]
    if len(chosen) != 1:
        raise UnsupportedError
    return _picked(net, call.tensor(), *chosen[0])


def _index_select(net: Assembly, call: Operator) -> Result:
    return _picked(net, call.tensor(), call.get("dim"), call.constant("index"))


def _picked(net: Assembly, x: Tensor, axis: int, index: object) -> Tensor:
    if not isinstance(index, Constant) or index.data is None or len(index.sizes) != 1 or index.number > MOST_VALUES:
        raise UnsupportedError
    numbers = index.data()
    if numbers.dtype.kind != "i":
        raise UnsupportedError
    axis = views.place(x, axis)
    return joins.picked(net, x, axis, [int(number) % x.sizes[axis] for number in numbers])


def _narrow(net: Assembly, call: Operator) -> Result:
    start = call.get("start", 0)
    return maps.cut(net, call.tensor(), call.get("dim"), start, start + call.get("length"))


def _split(net: Assembly, call: Operator) -> Result:
    x, axis = call.tensor(), call.get("dim", 0)
    size = x.sizes[views.place(x, axis)]
    parts = call.ints("split_sizes") or call.get("split_size")
    if call.kind == "chunk":
        parts = -(-size // call.get("chunks"))
    if isinstance(parts, int):
        _check_parts(-(-size // parts))
        parts = tuple(min(parts, size - start) for start in range(0, size, parts))
    return maps.split(net, x, axis, tuple(parts))


def _check_parts(count: int) -> None:
    if count > MOST_PARTS:
        raise UnsupportedError


def _unbind(net: Assembly, call: Operator) -> Result:
    x, axis = call.tensor(), call.get("dim", 0)
    count = x.sizes[views.place(x, axis)]
    _check_parts(count)
    return tuple(maps.select(net, x, axis, index) for index in range(count))


PAD_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _pad(mode: str = "") -> Translator:
    def translate(net: Assembly, call: Operator) -> Result:
        x = call.tensor()
        pads = call.ints("pad") or call.ints("padding")
        pairs = zip(pads[::2], pads[1::2], strict=True)
        added = {len(x.layout) - 1 - i: pair for i, pair in enumerate(pairs)}
        return maps.pad(net, x, added, mode or PAD_MODES[call.get("mode", "constant")])

    return translate


def _sym_size(net: Assembly, call: Operator) -> Result:
    (axis,) = call.ints("dim")
    return call.viewed().sizes[axis]


SAME = ("contiguous", "clone", "detach", "alias", "to", "_to_copy", "lift_fresh_copy", "type_as", "float")
"""Operators that change no number."""


def _ranks(name: str, translate: Translator, ranks: tuple[int, ...] = (1, 2, 3)) -> dict[str, Translator]:
    """One translator for all numbers of spatial axes."""
    return {name.format(rank): translate for rank in ranks}


TRANSLATORS: dict[str, Translator] = {
    **_ranks("conv{}d", _conv),
    **_ranks("conv_transpose{}d", _conv_transpose),
    "convolution": _convolution,
    "linear": _linear,
    "addmm": _addmm,
    **dict.fromkeys(("matmul", "mm", "bmm"), common.matmul),
    "scaled_dot_product_attention": _attention,
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _first(_batch_norm),
    "layer_norm": _layer_norm,
    "native_layer_norm": _first(_layer_norm),
    "group_norm": _group_norm,
    "native_group_norm": _first(_group_norm),
    "instance_norm": _instance_norm,
    "prelu": common.prelu,
    **dict.fromkeys(CELLS, _recurrent),
    "embedding": _embedding,
    "zeros": _zeros,
    **_ranks("max_pool{}d", _max_pool),
    **_ranks("max_pool{}d_with_indices", _first(_max_pool), (2, 3)),
    **_ranks("avg_pool{}d", _avg_pool),
    **_ranks("adaptive_avg_pool{}d", _adaptive("avg")),
    **_ranks("_adaptive_avg_pool{}d", _adaptive("avg"), (2, 3)),
    **_ranks("adaptive_max_pool{}d", _first(_adaptive("max"))),
    "mean": _reduce("avg"),
    "amax": _reduce("max"),
    "sum": _sum,
    "im2col": _columns,
    "unfold": _windows,
    "max": _largest,
    **{name: activation(name) for name in ("relu", "relu6", "elu", "celu", "selu", "gelu", "silu", "mish")},
    **{name: activation(name) for name in ("sigmoid", "hardsigmoid", "hardswish", "tanh", "softplus", "softsign")},
    **{name: activation(name) for name in ("exp", "abs", "square")},
    **dict.fromkeys(("leaky_relu", "rrelu"), activation("leakyrelu")),
    "erf": activation("gelu"),
    "glu": _glu,
    **dict.fromkeys(("hardtanh", "clamp"), common.clip),
    **dict.fromkeys(("sqrt", "log", "neg", "reciprocal", "sin", "cos"), common.one_to_one),
    **dict.fromkeys(("floor", "ceil", "round", "sign"), common.one_to_one),
    **dict.fromkeys(("hardshrink", "softshrink", "log_sigmoid", "threshold"), common.one_to_one),
    **dict.fromkeys(("softmax", "log_softmax", "_softmax", "_log_softmax"), _softmax),
    "dropout": _dropout,
    "einsum": _einsum,
    "roll": _roll,
    **dict.fromkeys(("feature_dropout", "alpha_dropout"), common.dropout),
    **dict.fromkeys(("add", "sub", "rsub"), _arithmetic("add")),
    **dict.fromkeys(("mul", "div", "pow"), _arithmetic("mul")),
    "cat": _concat,
    "stack": _stack,
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "view_as", "reshape_as"), _reshape),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "permute": _permute,
    **dict.fromkeys(("transpose", "t", "swapaxes", "swapdims"), _transpose),
    "unsqueeze": common.unsqueeze("dim"),
    "squeeze": common.squeeze("dim"),
    **dict.fromkeys(("expand", "expand_as"), _expand),
    "slice": _slice,
    "select": _select,
    "index": _index,
    "index_select": _index_select,
    "narrow": _narrow,
    **dict.fromkeys(("split", "split_with_sizes", "chunk"), _split),
    "unbind": _unbind,
    **dict.fromkeys(("pad", "constant_pad_nd"), _pad()),
    **_ranks("reflection_pad{}d", _pad("reflect")),
    **_ranks("replication_pad{}d", _pad("replicate")),
    **_ranks("upsample_nearest{}d", _upsample("nearest")),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), _upsample("bilinear")),
    "upsample_bicubic2d": _upsample("bicubic"),
    "pixel_shuffle": _rearranged(lambda call: PixelShuffle(call.get("upscale_factor"))),
    "pixel_unshuffle": _rearranged(lambda call: PixelShuffle(call.get("downscale_factor"), inverse=True)),
    "channel_shuffle": _rearranged(lambda call: ChannelShuffle(call.get("groups"))),
    "sym_size": _sym_size,
    **dict.fromkeys(SAME, common.same),
}
"""ATen operator, without its overload: what it does."""
