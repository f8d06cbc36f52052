"""What an operator multiplies that no layer kind describes, by the sizes of what it reads and gives.

These are all that contract anything: whatever is not in `CONTRACTIONS` has no MACs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from cnncalc.importers.operator import Operator, Summed
from cnncalc.importers.tensors.einsum import equation
from cnncalc.importers.values import Constant
from cnncalc.layers.base import Sizes
from cnncalc.symbols import product

Contraction = Callable[[Operator, Sizes], int]
"""An operator and the sizes of its first output: its MACs."""


def _sizes(value: Any) -> Sizes:
    sizes: Sizes = getattr(value, "sizes", ())
    return sizes


def _per_output(operator: Operator, output: Sizes) -> int:
    """Every output sums over a filter: all axes of the weights but the first."""
    return product(output) * product(_sizes(operator.get("weight"))[1:])


def _per_input(operator: Operator, output: Sizes) -> int:
    """Every input is multiplied by a filter."""
    return product(_sizes(operator.get("input"))) * product(_sizes(operator.get("weight"))[1:])


def _convolution(operator: Operator, output: Sizes) -> int:
    return (_per_input if operator.get("transposed") else _per_output)(operator, output)


def _matrices(left: str) -> Contraction:
    """Every output sums over the last axis of the left factor."""
    return lambda operator, output: product(output) * product(_sizes(operator.get(left))[-1:])


def _attention(operator: Operator, output: Sizes) -> int:
    """Queries times keys, and their weights times values."""
    query, key, value = (_sizes(operator.get(name)) for name in ("query", "key", "value"))
    return product(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _einsum(operator: Operator, output: Sizes) -> int:
    """Factor by factor from the left, each step over all letters of both; those that nothing needs later are summed.

    >>> from cnncalc.importers.operator import Operator
    >>> factors = [Constant((2, 3)), Constant((3, 4)), Constant((4, 5))]
    >>> _einsum(Operator("einsum", "", {"equation": "ij,jk,kl->il", "tensors": factors}), (2, 5))
    64
    """
    sizes = [_sizes(value) for value in operator.get("tensors")]
    factors, out = equation(operator.get("equation"), list(map(len, sizes)))
    length: dict[str, int] = {}
    for letters, own in zip(factors, sizes, strict=True):
        for letter, size in zip(letters, own, strict=True):
            length[letter] = max(size, length.get(letter, 1))  # axes of one are stretched
    later = Counter("".join((*factors, out)))
    later.subtract(factors[0])
    total, left = 0, set(factors[0])
    for letters in factors[1:]:
        left |= set(letters)
        total += product(tuple(length[letter] for letter in left))
        later.subtract(letters)
        left = {letter for letter in left if later[letter]}
    return total


def _recurrent(operator: Operator, output: Sizes) -> int:
    """Every matrix once for each step: that of the output, whose axes before the features are batch and steps."""
    weights = (value for value in operator.get("params") if isinstance(value, Constant) and len(value.sizes) == 2)
    return product(output[:-1]) * sum(product(value.sizes) for value in weights)


def _cell(operator: Operator, output: Sizes) -> int:
    weights = [_sizes(operator.get(name)) for name in ("w_ih", "w_hh")]
    return product(output[:-1]) * sum(map(product, weights))


CONTRACTIONS: dict[str, Contraction] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "torchvision.deform_conv2d", "bilinear"), _per_output),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _per_input),
    "convolution": _convolution,
    **dict.fromkeys(("linear", "matmul", "mm", "bmm", "mv", "dot", "inner"), _matrices("input")),
    "addmm": _matrices("mat1"),
    "addmv": _matrices("mat"),
    "baddbmm": _matrices("batch1"),
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), _cell),
}
"""ATen operator, without its overload: its products."""


def _last(left: str, right: str = "") -> Callable[[Operator], Summed]:
    """The last axis of the left factor, and the one before it of the right, or the only one."""

    def summed(operator: Operator) -> Summed:
        other = operator.get(right) if right else None
        return [(operator.get(left), (-1,)), (other, (max(-2, -len(_sizes(other))),))]

    return summed


def _letters(operator: Operator) -> Summed:
    """The axes of each factor whose letters are gone."""
    tensors = operator.get("tensors")
    factors, out = equation(operator.get("equation"), [len(_sizes(value)) for value in tensors])
    return [
        (value, tuple(axis for axis, letter in enumerate(letters) if letter not in out))
        for value, letters in zip(tensors, factors, strict=True)
    ]


def _reduced(operator: Operator) -> Summed:
    """The axes that a norm, a sum or a mean is taken over: all, unless it says which."""
    value = operator.get("input")
    dims = operator.get("dim")
    return [(value, tuple(dims) if dims else tuple(range(len(_sizes(value)))))]


def _nothing(operator: Operator) -> Summed:
    return []


SUMMED: dict[str, Callable[[Operator], Summed]] = {
    "linear": _last("input"),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), _last("input", "other")),
    "addmm": _last("mat1", "other"),
    "baddbmm": _last("batch1", "batch2"),
    "einsum": _letters,
    **dict.fromkeys(("linalg_vector_norm", "sum", "mean"), _reduced),
    **dict.fromkeys(("add", "sub", "rsub", "mul", "div", "addcmul", "addcdiv", "pow", "sqrt", "rsqrt"), _nothing),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max", "maximum", "minimum", "exp", "neg", "abs"), _nothing),
    **dict.fromkeys(("relu", "gelu", "silu", "sigmoid", "tanh", "elu", "dropout", "clone", "contiguous"), _nothing),
}
"""ATen operator, without its overload: what it sums over, if it works number by number otherwise."""
