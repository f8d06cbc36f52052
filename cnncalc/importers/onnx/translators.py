"""What the operators of ONNX do. `TRANSLATORS` is the one table: operator name → the function that says it."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnncalc.errors import ModelFileError
from cnncalc.importers import axes, common
from cnncalc.importers.assembly import Assembly
from cnncalc.importers.common import activation
from cnncalc.importers.onnx.folding import slices, target
from cnncalc.importers.onnx.node import INPUTS, GraphNode
from cnncalc.importers.onnx.resizing import resize
from cnncalc.importers.onnx.windows import conv, conv_transpose, gathered, pool
from cnncalc.importers.tensors import joins, learnt, maps, sequences, views, windows
from cnncalc.importers.tensors.sequences import Stack
from cnncalc.importers.tensors.settling import settle, settle_if
from cnncalc.importers.tensors.views import X
from cnncalc.importers.values import Constant, Result, Scores, Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Sizes
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.groupnorm import GroupNorm
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.pixelshuffle import PixelShuffle

Translator = Callable[[Assembly, GraphNode], Result]

# Products and norms.


def _gemm(net: Assembly, node: GraphNode) -> Result:
    weight, bias = node.weight("weight"), node.constant("bias")
    if node.get("transA"):
        raise UnsupportedError
    if not node.get("transB"):
        weight = weight._replace(sizes=weight.sizes[::-1])
    return learnt.linear(net, settle_if(net, node.tensor()), weight, bias)


def _norm(constant: Constant | None) -> Constant | None:
    """ONNX has no norm without scale and shift: whatever stands there is a parameter, one number too."""
    return None if constant is None else constant._replace(learnt=True)


def _einsum(net: Assembly, node: GraphNode) -> Result:
    return common.einsum(net, node.text("equation", ""), node.inputs)


def _batch_norm(net: Assembly, node: GraphNode) -> Result:
    scale, shift = _norm(node.weight("weight")), _norm(node.weight("bias"))
    return learnt.batch_norm(net, node.tensor(), scale, shift, statistics=True)


def _layer_norm(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    last = len(x.layout) - views.place(x, node.get("axis", -1))
    return learnt.layer_norm(net, x, last, _norm(node.weight("weight")), _norm(node.constant("bias")))


def _rms_norm(net: Assembly, node: GraphNode) -> Result:
    """A layer norm that neither subtracts the mean nor shifts: units read what they read there."""
    x = node.tensor()
    last = len(x.layout) - views.place(x, node.get("axis", -1))
    return learnt.layer_norm(net, x, last, _norm(node.weight("weight")), None)


def _group_norm(net: Assembly, node: GraphNode) -> Result:
    scale, shift = _norm(node.weight("weight")), _norm(node.weight("bias"))
    return learnt.group_norm(net, node.tensor(), node.get("num_groups", 1), scale, shift)


def _instance_norm(net: Assembly, node: GraphNode) -> Result:
    """Exporters write a group norm as an instance norm of a view with the groups as channels."""
    x = node.tensor()
    scale, shift = node.weight("weight"), node.weight("bias")
    channels = net.shape(x.node).channels
    if len(x.layout) < 2 or not x.layout[1] or axes.holds(x.layout[1], axes.CHANNELS, channels):
        return learnt.instance_norm(net, x, _norm(scale), _norm(shift))
    groups = x.sizes[1]
    fixed = all(constant.values is not None and len(set(constant.values)) == 1 for constant in (scale, shift))
    if not fixed or axes.roles(x.layout[1]) != {axes.CHANNELS} or channels % groups:
        raise UnsupportedError
    return learnt.kept(net, GroupNorm(groups, scale=False, shift=False), x)


# Sequences.


def _recurrent(op: str) -> Translator:
    """Steps, batch, channels in; steps, directions, batch, units out, and the last of each direction."""

    def translate(net: Assembly, node: GraphNode) -> Result:
        direction = node.text("direction", "forward")
        if direction == "reverse" or node.get("layout") or node.get("peepholes") is not None:
            raise UnsupportedError
        for state in ("start", "cell"):
            node.constant(state)  # one that is computed is not followed
        both = direction == "bidirectional"
        own = _of_each_direction(node)
        parts = [
            constant._replace(sizes=constant.sizes[1:], weight=f"{constant.weight} {way} {place}")
            for way in range(1 + both)
            for place, constant in enumerate(own)
        ]
        stack = Stack(op, 1, len(own) - 2, both, batch_first=False)
        x, last = sequences.recurrent(net, node.tensor(), parts, stack)
        steps, batch, _units = x.layout
        units = own[1].sizes[2]
        outer, inner = (axes.whole(axes.CHANNELS, size) for size in (1 + both, units))
        outer = tuple(piece._replace(place=units) for piece in outer)
        return x._replace(layout=(steps, outer, batch, inner)), last

    return translate


def _of_each_direction(node: GraphNode) -> list[Constant]:
    """For what comes in, for what came out, and both biases, which are stored as one."""
    weights = [node.weight("weight"), node.weight("recurrence")]
    bias = node.constant("bias")
    if bias is None:
        return weights
    half = bias._replace(sizes=(bias.sizes[0], bias.sizes[1] // 2))
    return [*weights, half, half]


# Pools and pixels.


def _global_pool(op: str) -> Translator:
    return lambda net, node: net.map(GlobalPool(op), settle(net, node.tensor()))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, node: GraphNode) -> Result:
        x = node.viewed()
        return common.reduced(net, x, op, _gone(node, x), keep=bool(node.get("keepdims", 1)))

    return translate


def _sum(net: Assembly, node: GraphNode) -> Result:
    """Of windows that met weights."""
    x = node.windows()
    return windows.summed(net, x, _gone(node, x), keep=bool(node.get("keepdims", 1)))


def _gone(node: GraphNode, x: Tensor | Windows) -> Sizes:
    where = node.ints("axes")
    return where if where or node.get("noop_with_empty_axes") else tuple(range(len(x.layout)))


def _lrn(net: Assembly, node: GraphNode) -> Result:
    return net.map(LocalResponseNorm(node.get("size", 5)), settle(net, node.tensor()))


def _depth_to_space(*, inverse: bool) -> Translator:
    def translate(net: Assembly, node: GraphNode) -> Result:
        return net.map(PixelShuffle(node.get("blocksize", 1), inverse=inverse), settle(net, node.tensor()))

    return translate


# One number at a time.

AXIS_ALONE = 13
"""From this version on a softmax goes along one axis; before, along all from it on, which are one by default."""


def _softmax(net: Assembly, node: GraphNode) -> Result:
    axis = node.get("axis", -1 if node.opset >= AXIS_ALONE else 1)
    x = node.get("input")
    if not isinstance(x, Tensor) or node.opset >= AXIS_ALONE or views.place(x, axis) == len(x.layout) - 1:
        return common.softmax(net, node, axis)
    row = maps.softmax(net, _in_two(net, x, axis), -1)
    return views.reshape(net, row, x.sizes)


def _in_two(net: Assembly, x: X, axis: int) -> X:
    """The axes before one, and those from it on, as one each."""
    return views.reshape(net, x, (prod(x.sizes[:axis]), prod(x.sizes[axis:])))


GATES = {"sigmoid": "silu", "hardsigmoid": "hardswish"}
"""x·sigmoid(x) has a name of its own."""


def _arithmetic(op: str) -> Translator:
    """Number by number, of as many inputs as there are: one after the other, what is stored last."""

    def translate(net: Assembly, node: GraphNode) -> Result:
        parts = sorted(zip(node.inputs, node.alone, strict=True), key=lambda part: isinstance(part[0], Constant))
        x, *others = parts
        for other in others:
            x = (_met(net, op, x, other), True)  # nobody else reads what was made on the way
        if not isinstance(x[0], (Tensor, Scores, Windows)):
            raise UnsupportedError
        return x[0]

    return translate


Part = tuple[Result | None, bool]
"""What a node reads, and whether nobody else does."""


def _met(net: Assembly, op: str, left: Part, right: Part) -> Result:
    (x, alone), (other, _other_alone) = left, right
    if isinstance(other, Constant) and isinstance(x, (Tensor, Scores)):
        return _with_constant(net, op, x, other, alone=alone)
    if isinstance(x, Windows) and isinstance(other, Constant) and op == "mul":
        return windows.times(net, x, other)
    if isinstance(x, Tensor) and isinstance(other, Tensor):
        gated = _gated(net, left, right) if op == "mul" else None
        return gated or joins.merge(net, op, x, other)
    raise UnsupportedError


def _with_constant(net: Assembly, op: str, x: Tensor | Scores, constant: Constant, *, alone: bool) -> Result:
    """Scores are scaled by a number of no interest; a learnt vector may be the bias of the layer before it."""
    if isinstance(x, Scores):
        if constant.number != 1:
            raise UnsupportedError
        return x
    channels = net.shape(x.node).channels
    folds = op == "add" and alone and constant.learnt and len(constant.sizes) <= 1 and constant.number == channels
    if folds and axes.holds(x.layout[-1], axes.CHANNELS, channels) and learnt.add_bias(net, x):
        return x
    return joins.with_constant(net, op, x, constant)


def _gated(net: Assembly, left: Part, right: Part) -> Tensor | None:
    for (x, _alone), (gate, alone) in ((left, right), (right, left)):
        if not isinstance(x, Tensor) or not isinstance(gate, Tensor):
            continue
        layer = net.layer(gate.node)
        if not isinstance(layer, Activation) or layer.function not in GATES or not alone:
            continue
        if net.source(gate.node) == x.node and x.layout == gate.layout:
            net.replace(gate.node, Activation(GATES[layer.function]))
            return gate
    return None


def _is_nan(net: Assembly, node: GraphNode) -> Result:
    """Exporters guard a softmax against rows without any entry; only `Where` reads this."""
    scores = node.get("input")
    return scores if isinstance(scores, Scores) else common.one_to_one(net, node)


def _where(net: Assembly, node: GraphNode) -> Result:
    condition, chosen, otherwise = (node.arguments[name] for name in INPUTS["Where"])
    if isinstance(condition, Scores) and condition == otherwise and isinstance(chosen, Constant):
        return condition
    return _arithmetic("add")(net, node)


# Views and cuts.


def _concat(net: Assembly, node: GraphNode) -> Result:
    return common.concat(net, node.inputs, node.get("axis", 1))


def _reshape(net: Assembly, node: GraphNode) -> Result:
    x = node.viewed()
    return views.reshape(net, x, target(node, x.sizes))


def _flatten(net: Assembly, node: GraphNode) -> Result:
    return _in_two(net, node.viewed(), node.get("axis", 1))


def _transpose(net: Assembly, node: GraphNode) -> Result:
    x = common.moved(node)
    return common.permuted(net, x, node.ints("perm") or tuple(range(len(x.sizes)))[::-1])


def _expand(net: Assembly, node: GraphNode) -> Result:
    x, shape = node.viewed(), node.ints("shape")
    rank = max(len(shape), len(x.layout))
    old = (1,) * (rank - len(x.layout)) + x.sizes
    new = (1,) * (rank - len(shape)) + shape
    return views.expand(x, tuple(map(max, old, new)))


def _slice(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    for axis, start, stop, step in slices(node, len(x.layout)):
        x = maps.cut(net, x, axis, start, stop, step)
    return x


def _gather(net: Assembly, node: GraphNode) -> Result:
    index, x = node.weight("indices"), node.viewed()
    if isinstance(x, Windows) or len(index.sizes) == 2:
        return gathered(net, x, node.get("axis", 0), index)
    axis = views.place(x, node.get("axis", 0))
    if index.values == tuple(range(index.number)) and x.sizes == (index.number,):
        return views.reshape(net, x, index.sizes)  # all of a row, in order: how exporters write as_strided
    if index.values is None or len(index.sizes) > 1:
        raise UnsupportedError
    size = max(x.sizes[axis], 1)
    chosen = [int(value) % size for value in index.values]
    return _chosen(net, x, axis, chosen) if index.sizes else maps.select(net, x, axis, chosen[0])


def _chosen(net: Assembly, x: Tensor, axis: int, chosen: list[int]) -> Result:
    """Some places of an axis: a range of them, all in the order of a channel shuffle, or a few rows of neighbours."""
    first, step = chosen[0], chosen[1] - chosen[0] if len(chosen) > 1 else 1
    if step > 0 and chosen == list(range(first, first + step * len(chosen), step)):
        return maps.cut(net, x, axis, first, chosen[-1] + 1, step)
    size = x.sizes[axis]
    each = step if step > 0 and size % step == 0 else size
    if chosen != [place for start in range(each) for place in range(start, size, each)]:
        return joins.picked(net, x, axis, chosen)
    apart = views.reshape(net, x, (*x.sizes[:axis], size // each, each, *x.sizes[axis + 1 :]))
    order = list(range(len(apart.layout)))
    order[axis], order[axis + 1] = axis + 1, axis
    return views.reshape(net, views.permute(net, apart, tuple(order)), x.sizes)


def _tile(net: Assembly, node: GraphNode) -> Result:
    """What has size 1 is repeated as an `Expand` does it; other repetitions are not known."""
    x, repeats = node.tensor(), node.ints("repeats")
    if any(times != 1 and size != 1 for size, times in zip(x.sizes, repeats, strict=True)):
        raise UnsupportedError
    return views.expand(x, tuple(size * times for size, times in zip(x.sizes, repeats, strict=True)))


def _quantized(net: Assembly, node: GraphNode) -> Result:
    """Whole numbers, and the scale and zero they are told by."""
    return node.tensor(), Constant(), Constant()


def _arg(net: Assembly, node: GraphNode) -> Result:
    """Where the largest stands is read off what it is the largest of."""
    return maps.reduce(net, node.tensor(), "max", (node.get("axis", 0),), keep=bool(node.get("keepdims", 1)))


def _split(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    axis = node.get("axis", 0)
    return maps.split(net, x, axis, node.ints("split") or _equal_parts(node, x.sizes[views.place(x, axis)]))


def _equal_parts(node: GraphNode, size: int) -> tuple[int, ...]:
    outputs = len(node.outputs)
    count = node.get("num_outputs", outputs)
    if count != outputs:
        raise ModelFileError(_("a split into {count} has {outputs} outputs").format(count=count, outputs=outputs))
    each = -(-size // count)
    return tuple(min(each, size - i * each) for i in range(count))


PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pad(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    pads = node.ints("pads")
    where = node.ints("axes") or tuple(range(len(x.layout)))
    mode = PAD_MODES.get(node.text("mode", "constant"))
    if mode is None or len(pads) != 2 * len(where):
        raise UnsupportedError
    half = len(where)
    added = {views.place(x, axis): (pads[i], pads[i + half]) for i, axis in enumerate(where)}
    return maps.pad(net, x, added, mode)


TRANSLATORS: dict[str, Translator] = {
    **dict.fromkeys(("Conv", "ConvInteger", "QLinearConv"), conv),
    "ConvTranspose": conv_transpose,
    "Gemm": _gemm,
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul"), common.matmul),
    "Einsum": _einsum,
    "RNN": _recurrent("rnn"),
    "GRU": _recurrent("gru"),
    "LSTM": _recurrent("lstm"),
    "DynamicQuantizeLinear": _quantized,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "RMSNormalization": _rms_norm,
    "LRN": _lrn,
    "PRelu": common.prelu,
    "MaxPool": pool("max"),
    "AveragePool": pool("avg"),
    "LpPool": pool("lp"),
    "GlobalMaxPool": _global_pool("max"),
    "GlobalAveragePool": _global_pool("avg"),
    "GlobalLpPool": _global_pool("lp"),
    "ReduceMean": _reduce("avg"),
    "ReduceSum": _sum,
    **dict.fromkeys(("ReduceMax", "ReduceMin"), _reduce("max")),
    **dict.fromkeys(("ArgMax", "ArgMin"), _arg),
    "ReduceL2": _reduce("lp"),
    **{name: activation(name.lower()) for name in ("Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "Mish")},
    **{name: activation(name.lower()) for name in ("Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Abs")},
    **{name: activation(name.lower()) for name in ("Softplus", "Softsign")},
    "Erf": activation("gelu"),
    "Swish": activation("silu"),
    "ThresholdedRelu": activation("relu"),
    "Clip": common.clip,
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _softmax),
    "Dropout": common.dropout,
    **dict.fromkeys(("Add", "Sub", "Sum", "Mean", "Max", "Min"), _arithmetic("add")),
    **dict.fromkeys(("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"), _arithmetic("add")),
    **dict.fromkeys(("And", "Or", "Xor", "Mod"), _arithmetic("add")),
    **dict.fromkeys(("Mul", "Div", "Pow"), _arithmetic("mul")),
    "Concat": _concat,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Unsqueeze": common.unsqueeze("axes"),
    "Squeeze": common.squeeze("axes"),
    "Expand": _expand,
    "Slice": _slice,
    "Gather": _gather,
    "Tile": _tile,
    "Split": _split,
    "Pad": _pad,
    **dict.fromkeys(("Resize", "Upsample"), resize),
    "DepthToSpace": _depth_to_space(inverse=False),
    "SpaceToDepth": _depth_to_space(inverse=True),
    "IsNaN": _is_nan,
    "Where": _where,
    **dict.fromkeys(("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear"), common.same),
    **dict.fromkeys(("Sqrt", "Log", "Neg", "Reciprocal", "Sin", "Cos"), common.one_to_one),
    **dict.fromkeys(("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"), common.one_to_one),
    **dict.fromkeys(("Not", "IsInf", "Shrink"), common.one_to_one),
    **dict.fromkeys(("Floor", "Ceil", "Round", "Sign"), common.one_to_one),
}
"""Operator name: what it does."""
