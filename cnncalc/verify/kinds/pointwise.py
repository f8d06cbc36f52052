"""What looks at one number, or one position, at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import erf, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.layers.scale import Scale
from cnncalc.verify.kinds.base import Experiment, Line, by_one, on, whole_map_if
from cnncalc.verify.kinds.norms import over_channels, over_space
from cnncalc.verify.ledger import Array, Ledger

if TYPE_CHECKING:
    from cnncalc.layers.activation import Activation
    from cnncalc.layers.glu import GLU
    from cnncalc.layers.offset import Offset
    from cnncalc.layers.placeholder import Placeholder
    from cnncalc.layers.prelu import PReLU
    from cnncalc.layers.softmax import Softmax

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""The constants of Klambauer et al. 2017."""


def _sigmoid(x: Array) -> Array:
    # the hyperbolic tangent does not overflow
    sigmoid: Array = 0.5 * (1 + np.tanh(0.5 * x))
    return sigmoid


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _clip(x: Array, low: float, high: float) -> Array:
    """Between two bounds; what is not a number stays so."""
    return np.minimum(np.maximum(x, low), high)


def _elu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _gelu(x: Array) -> Array:
    scaled = x / sqrt(2)
    if x.dtype == np.float64:
        exact: Array = 0.5 * x * (1 + np.fromiter(map(erf, scaled.ravel()), x.dtype, x.size).reshape(x.shape))
        return exact
    # Abramowitz & Stegun 7.1.26, to 1.5e-7: NumPy has no error function
    t = 1 / (1 + 0.3275911 * np.abs(scaled))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    gelu: Array = 0.5 * x * (1 + np.sign(scaled) * (1 - series * np.exp(-(scaled**2))))
    return gelu


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: _clip(x, 0, 6),
    "leakyrelu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": _elu,
    "celu": _elu,
    "selu": lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "sigmoid": _sigmoid,
    "hardsigmoid": lambda x: _clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * _clip(x + 3, 0, 6) / 6,
    "hardtanh": lambda x: _clip(x, -1, 1),
    "tanh": np.tanh,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exp": np.exp,
    "abs": np.abs,
    "square": np.square,
}
"""Every activation, with PyTorch's default constants; none of them swallows what is not a number."""


def activation(layer: Activation, ledger: Ledger, x: Array) -> Array:
    made = FUNCTIONS[layer.function](x)
    return made.astype(x.dtype, copy=False)


def prelu(layer: PReLU, ledger: Ledger, x: Array) -> Array:
    slope = ledger.array("slope", (1 if layer.shared else x.shape[0],)).reshape(-1, *(1,) * (x.ndim - 1))
    return np.where(x > 0, x, slope * x)


def glu(layer: GLU, ledger: Ledger, x: Array) -> Array:
    """The second half of the channels are the gates."""
    if len(x) % 2:
        raise ShapeError(_("glu: {channels} channels have no two halves: take an even number").format(channels=len(x)))
    values, gates = np.split(x, 2)
    return values * _sigmoid(gates)


def glu_back(layer: GLU, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """A product reads both its factors."""
    return np.concatenate([gradient, gradient])


def _glu_line(layer: GLU, axis: int, columns: int) -> Line:
    return Line(layer, 1, channels=2)


def scale(layer: Scale, ledger: Ledger, x: Array) -> Array:
    shape, spread = (1,) if layer.shared else x.shape[:1], (-1, *(1,) * (x.ndim - 1))
    scaled: Array = x * ledger.array("scale", shape).reshape(spread)
    return scaled + ledger.array("shift", shape).reshape(spread) if layer.shift else scaled


def offset(layer: Offset, ledger: Ledger, x: Array) -> Array:
    shape = x.shape if layer.space else (1,) if layer.shared else x.shape[:1]
    shifted: Array = x + ledger.array("shift", shape).reshape(*shape, *(1,) * (x.ndim - len(shape)))
    return shifted


def same(layer: Any, ledger: Ledger, x: Array) -> Array:
    """Nothing happens, once trained."""
    return x


def same_back(layer: Any, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """One number in, one number out."""
    return gradient


def softmax(layer: Softmax, ledger: Ledger, x: Array) -> Array:
    over = tuple(range(1, x.ndim)) if layer.space else (0,)
    raised = np.exp(x - x.max(axis=over, keepdims=True))
    shares: Array = raised / raised.sum(axis=over, keepdims=True)
    return shares


def softmax_back(layer: Softmax, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    return (over_space if layer.space else over_channels)(layer, ledger, gradient, shape)


def placeholder(layer: Placeholder, ledger: Ledger, x: Array) -> Array:
    """Another input, of which ones are as good as any: nothing of ``x`` comes out."""
    *space, channels = layer.to or (*x.shape[1:], len(x))
    return np.ones((channels, *space), x.dtype)


def placeholder_back(layer: Placeholder, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """Nothing goes back."""
    return np.zeros(shape, gradient.dtype)


def _placeholder_line(layer: Placeholder, axis: int, columns: int) -> Line:
    """Its size does not follow that of the input, so an axis may not grow."""
    return Line(replace(layer, to=(on(layer.to[:-1] or (1,), axis), columns, 1)), 0)


DIVIDED = Scale()
"""A softmax whose sum is given."""

EXPERIMENTS = {
    "Placeholder": Experiment(placeholder, placeholder_back, _placeholder_line),
    "Activation": Experiment(activation, same_back, by_one()),
    "GLU": Experiment(glu, glu_back, _glu_line),
    "PReLU": Experiment(prelu, same_back, by_one()),
    "Scale": Experiment(scale, same_back, by_one()),
    "Offset": Experiment(offset, same_back, by_one()),
    "Dropout": Experiment(same, same_back, by_one()),
    "Identity": Experiment(same, same_back, by_one()),
    "Softmax": Experiment(softmax, softmax_back, whole_map_if(lambda layer: layer.space), given=DIVIDED),
}
