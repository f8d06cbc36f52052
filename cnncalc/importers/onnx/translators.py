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
from cnncalc.importers.onnx.windows import conv, conv_transpose, pool
from cnncalc.importers.tensors import joins, learnt, maps, views
from cnncalc.importers.tensors.settling import settle, settle_if
from cnncalc.importers.values import Constant, Result, Scores, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.activation import Activation
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


def _batch_norm(net: Assembly, node: GraphNode) -> Result:
    scale, shift = _norm(node.weight("weight")), _norm(node.weight("bias"))
    return learnt.batch_norm(net, node.tensor(), scale, shift, statistics=True)


def _layer_norm(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    last = len(x.layout) - views.place(x, node.get("axis", -1))
    return learnt.layer_norm(net, x, last, _norm(node.weight("weight")), _norm(node.constant("bias")))


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


# Pools and pixels.


def _global_pool(op: str) -> Translator:
    return lambda net, node: net.map(GlobalPool(op), settle(net, node.tensor()))


def _reduce(op: str) -> Translator:
    def translate(net: Assembly, node: GraphNode) -> Result:
        x = node.tensor()
        where = node.ints("axes")
        if not where and not node.get("noop_with_empty_axes"):
            where = tuple(range(len(x.layout)))
        return maps.reduce(net, x, op, where, keep=bool(node.get("keepdims", 1)))

    return translate


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
    if isinstance(x, Tensor) and node.opset < AXIS_ALONE and axis == 1 and len(x.layout) > 2:
        raise UnsupportedError
    return common.softmax(net, node, axis)


GATES = {"sigmoid": "silu", "hardsigmoid": "hardswish"}
"""x·sigmoid(x) has a name of its own."""


def _arithmetic(op: str) -> Translator:
    def translate(net: Assembly, node: GraphNode) -> Result:
        left, right = node.arguments["input"], node.arguments["other"]
        if isinstance(left, Constant) and isinstance(right, (Tensor, Scores)):
            return _with_constant(net, op, right, left, alone=node.alone[1])
        if isinstance(right, Constant) and isinstance(left, (Tensor, Scores)):
            return _with_constant(net, op, left, right, alone=node.alone[0])
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            gated = _gated(net, node, left, right) if op == "mul" else None
            return gated or joins.merge(net, op, left, right)
        raise UnsupportedError

    return translate


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


def _gated(net: Assembly, node: GraphNode, left: Tensor, right: Tensor) -> Tensor | None:
    for x, gate, alone in ((left, right, node.alone[1]), (right, left, node.alone[0])):
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
    if not isinstance(scores, Scores):
        raise UnsupportedError
    return scores


def _where(net: Assembly, node: GraphNode) -> Result:
    condition, chosen, otherwise = (node.arguments[name] for name in INPUTS["Where"])
    if isinstance(condition, Scores) and condition == otherwise and isinstance(chosen, Constant):
        return condition
    raise UnsupportedError


# Views and cuts.


def _concat(net: Assembly, node: GraphNode) -> Result:
    return common.concat(net, node.inputs, node.get("axis", 1))


def _reshape(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    return views.reshape(net, x, target(node, x.sizes))


def _flatten(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    axis = node.get("axis", 1)
    return views.reshape(net, x, (prod(x.sizes[:axis]), prod(x.sizes[axis:])))


def _transpose(net: Assembly, node: GraphNode) -> Result:
    x = node.tensor()
    return views.permute(net, x, node.ints("perm") or tuple(range(len(x.layout)))[::-1])


def _expand(net: Assembly, node: GraphNode) -> Result:
    x, shape = node.tensor(), node.ints("shape")
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
    index = node.weight("indices")
    x = node.tensor()
    if index.values == tuple(range(index.number)) and x.sizes == (index.number,):
        return views.reshape(net, x, index.sizes)  # all of a row, in order: how exporters write as_strided
    if index.values is None or index.number != 1:
        raise UnsupportedError
    axis, at = node.get("axis", 0), int(index.values[0])
    if not index.sizes:
        return maps.select(net, x, axis, at)
    at %= max(x.sizes[views.place(x, axis)], 1)
    return maps.cut(net, x, axis, at, at + 1)


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
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "Gemm": _gemm,
    "MatMul": common.matmul,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "LRN": _lrn,
    "PRelu": common.prelu,
    "MaxPool": pool("max"),
    "AveragePool": pool("avg"),
    "LpPool": pool("lp"),
    "GlobalMaxPool": _global_pool("max"),
    "GlobalAveragePool": _global_pool("avg"),
    "GlobalLpPool": _global_pool("lp"),
    "ReduceMean": _reduce("avg"),
    "ReduceMax": _reduce("max"),
    "ReduceL2": _reduce("lp"),
    **{name: activation(name.lower()) for name in ("Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "Mish")},
    **{name: activation(name.lower()) for name in ("Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Abs")},
    **{name: activation(name.lower()) for name in ("Softplus", "Softsign")},
    "Erf": activation("gelu"),
    "Swish": activation("silu"),
    "ThresholdedRelu": activation("relu"),
    "Clip": common.clip,
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    "Dropout": common.dropout,
    **dict.fromkeys(("Add", "Sub"), _arithmetic("add")),
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
    "Split": _split,
    "Pad": _pad,
    **dict.fromkeys(("Resize", "Upsample"), resize),
    "DepthToSpace": _depth_to_space(inverse=False),
    "SpaceToDepth": _depth_to_space(inverse=True),
    "IsNaN": _is_nan,
    "Where": _where,
    **dict.fromkeys(("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear"), common.same),
    **dict.fromkeys(("Sqrt", "Log", "Neg", "Reciprocal", "Sin", "Cos"), common.one_to_one),
    **dict.fromkeys(("Floor", "Ceil", "Round", "Sign"), common.one_to_one),
}
"""Operator name: what it does."""
