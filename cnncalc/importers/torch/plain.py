"""Results without numbers of operators that PyTorch, where it has none, takes apart in Python, step by step.

What sizes and layout they have is plain: batch norms were half of the time of ResNet-50, and two layers of an LSTM
in both directions took ten seconds for 1,000 places. What does not fit together is left to PyTorch, which says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def plain(torch: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """The result of one of `RULES` for tensors that fit together; `None` for all else, which is PyTorch's to do."""
    rule = RULES.get(func.name().removeprefix("aten::").removesuffix("_"))
    if kwargs or rule is None or not args[0].is_floating_point():
        return None
    return args[0] if func._schema.is_mutable else rule(torch, *args)


def _as_input(torch: Any, x: Any, *_options: Any) -> Any:
    return torch.empty_like(x)


def _batch_norm(torch: Any, x: Any, *rest: Any) -> Any:
    """``rest``: weight, bias, mean and variance of each channel, and options."""
    fits = x.ndim > 1 and _fit(rest[:4], x.shape[1:2])
    return torch.empty_like(x, memory_format=torch._prims_common.suggest_memory_format(x)) if fits else None


def _layer_norm(torch: Any, x: Any, sizes: Any, *rest: Any) -> Any:
    """``rest``: weight and bias of the last axes, and options."""
    fits = tuple(sizes) == x.shape[x.ndim - len(sizes) :] and _fit(rest[:2], tuple(sizes))
    return torch.empty_like(x, memory_format=torch.contiguous_format) if fits else None


def _recurrent(torch: Any, x: Any, state: Any, weights: Any, _biases: Any, layers: int, *rest: Any) -> Any:
    """What comes out of the last layer at every place, and the last states; ``rest`` ends in the directions and the order."""
    *_options, both, batch_first = rest
    states, directions = state if isinstance(state, (list, tuple)) else [state], 1 + both
    steps, batch, *features = x.transpose(0, 1).shape if batch_first else x.shape
    if any(one.shape[:-1] != (layers * directions, batch) for one in states) or weights[0].shape[1:] != (*features,):
        return None
    out = x.new_empty((steps, batch, directions * states[0].shape[-1]))
    last = (torch.empty_like(one, memory_format=torch.contiguous_format) for one in states)
    return out.transpose(0, 1) if batch_first else out, *last


def _fit(learnt: Iterable[Any], sizes: Any) -> bool:
    return all(one is None or one.shape == sizes for one in learnt)


RULES: dict[str, Callable[..., Any]] = {
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    **dict.fromkeys(("relu", "gelu", "hardswish", "hardsigmoid"), _as_input),
    **dict.fromkeys(("lstm.input", "gru.input", "rnn_tanh.input", "rnn_relu.input"), _recurrent),
}
"""The result by an operator's name, that of one which writes into its input included."""
