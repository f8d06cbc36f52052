"""Which axis of an input holds its channels, as the first layers that look at it show."""

from __future__ import annotations

from cnncalc.importers.torch.program import Call, Program, Ref

SECOND = frozenset(
    {f"{kind}{rank}d" for kind in ("conv", "conv_transpose", "max_pool", "avg_pool") for rank in (1, 2, 3)}
    | {f"adaptive_{kind}_pool{rank}d" for kind in ("avg", "max") for rank in (1, 2, 3)}
    | {"convolution", "batch_norm", "_native_batch_norm_legit_no_training", "instance_norm", "group_norm"}
)
"""Operators that take the second axis for channels."""

RECURRENT = frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu"})
"""Operators that go along a sequence, whose batch stands in front of the steps or behind them."""

LAST = frozenset({"linear", "layer_norm", "native_layer_norm", "rms_norm"}) | RECURRENT
"""Operators that take the last axis for channels."""

KEPT = frozenset(
    {"contiguous", "clone", "alias", "to", "_to_copy", "dropout", "relu", "gelu", "silu", "tanh", "sigmoid"}
)
"""Operators that leave every number in its place."""


def is_last(program: Program, name: str) -> bool:
    """Whether all that looks at an input, through whatever transpositions, takes its last axis for channels.

    Where something else looks at it, such as a view, nothing is seen, and the second axis holds them as usual.
    """
    rank = len(program.inputs[name])
    if rank < 3:
        return False
    axes: dict[str, tuple[int, ...]] = {name: tuple(range(rank))}
    seen: set[int] = set()
    for call in program.calls:
        read = next(
            (value.name for value in call.arguments.values() if isinstance(value, Ref) and value.name in axes), ""
        )
        if not read:
            continue
        kind = call.target.split(".")[1]
        order = axes[read]
        if kind in RECURRENT and order[0 if call.arguments.get("batch_first") else 1] != 0:
            return False
        if len(order) == rank and kind in SECOND | LAST:
            seen.add(order[1 if kind in SECOND else -1])
        elif moved := _moved(kind, call, order):
            axes[call.results[0]] = moved
        else:
            return False
    return seen == {rank - 1}


def _moved(kind: str, call: Call, order: tuple[int, ...]) -> tuple[int, ...]:
    """Which axis of the input each axis is behind a call that only moves them; nothing for another call."""
    numbers = [value for value in call.arguments.values() if not isinstance(value, Ref)]
    if kind in KEPT:
        return order
    if kind == "permute":
        return tuple(order[axis] for axis in numbers[0])
    if kind in ("transpose", "swapaxes", "swapdims"):
        one, other = (number % len(order) for number in numbers[:2])
        swap = {one: other, other: one}
        return tuple(order[swap.get(axis, axis)] for axis in range(len(order)))
    return ()
