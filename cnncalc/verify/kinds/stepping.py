"""What reads numbers one after the other, or looks them up: recurrent layers, and tables of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.verify.kinds.base import Experiment, Line, by_one
from cnncalc.verify.ledger import Array, Ledger

if TYPE_CHECKING:
    from cnncalc.layers.embedding import Embedding
    from cnncalc.layers.recurrent import Recurrent

State = tuple[Array, ...]
"""What a unit hands on to the next step: what it gives, and of an LSTM its cell."""


def recurrent(layer: Recurrent, ledger: Ledger, x: Array) -> Array:
    """One step after the other, once from each end if there are two directions; all axes in a row are the steps."""
    steps = x.reshape(len(x), prod(x.shape[1:]))
    made = [_run(layer, ledger, steps, "")]
    if layer.bidirectional:
        made.append(_run(layer, ledger, steps[:, ::-1], "reverse_")[:, ::-1])
    return np.concatenate(made).reshape(-1, *x.shape[1:])


def _run(layer: Recurrent, ledger: Ledger, steps: Array, name: str) -> Array:
    step, gates = STEPS[layer.op]
    fan_in, height = len(steps) + layer.units, gates * layer.units
    inward = ledger.matmul(ledger.array(f"{name}inward", (height, len(steps)), fan_in), steps)
    weight = ledger.array(f"{name}recurrent", (height, layer.units), fan_in)
    biases = [ledger.array(f"{name}{number}_bias", (height, 1)) for number in range(layer.biases)]
    state: State = (ledger.zeros((layer.units, 1)),) * 2
    made = ledger.empty((layer.units, steps.shape[1]))
    for place in range(steps.shape[1]):
        before = ledger.matmul(weight, state[0])
        first, second = (*biases, 0, 0)[:2]
        state = step(inward[:, place : place + 1] + first, before + second, state)
        made[:, place : place + 1] = state[0]
    return made


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _rnn(inward: Array, before: Array, state: State) -> State:
    return (np.tanh(inward + before),)


def _gru(inward: Array, before: Array, state: State) -> State:
    """Cho et al. 2014, with the second bias inside of the reset gate, as PyTorch has it."""
    (reset, update, new), (reset_before, update_before, new_before) = np.split(inward, 3), np.split(before, 3)
    kept = _sigmoid(update + update_before)
    new = np.tanh(new + _sigmoid(reset + reset_before) * new_before)
    return ((1 - kept) * new + kept * state[0],)


def _lstm(inward: Array, before: Array, state: State) -> State:
    """Gers et al. 2000: the cell is kept by the gate to forget."""
    entered, kept, new, shown = np.split(inward + before, 4)
    cell = _sigmoid(kept) * state[1] + _sigmoid(entered) * np.tanh(new)
    return _sigmoid(shown) * np.tanh(cell), cell


STEPS: dict[str, tuple[Callable[[Array, Array, State], State], int]] = {
    "rnn": (_rnn, 1),
    "gru": (_gru, 3),
    "lstm": (_lstm, 4),
}
"""One step of each kind, and how many sums it takes for each unit."""


def recurrent_back(layer: Recurrent, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """What a step gets back from itself and all that come after it; of those from the end, from all before it."""
    later = gradient.reshape(2 if layer.bidirectional else 1, -1, prod(shape[1:])).sum(axis=1)
    back = np.cumsum(later[0, ::-1])[::-1] + (np.cumsum(later[1]) if layer.bidirectional else 0)
    return np.array(np.broadcast_to(back.reshape(shape[1:]), shape))


def _steps_line(layer: Recurrent, axis: int, columns: int) -> Line:
    """A longer sequence is read from further back, so its units are others."""
    return Line(replace(layer, units=1), 0, apart=False)


def embedding(layer: Embedding, ledger: Ledger, x: Array) -> Array:
    """A number is its row, cut off to a whole one that there is; what is no number gives none."""
    if len(x) != 1:
        raise ShapeError(
            _("embed: {channels} channels, but one number chooses a row: take a map of 1 channel").format(
                channels=len(x)
            )
        )
    table = ledger.array("table", (layer.rows, layer.features))
    rows = np.clip(np.nan_to_num(x[0]), 0, layer.rows - 1).astype(int)
    looked_up: Array = np.moveaxis(table[rows], -1, 0) + 0 * x
    return looked_up


def embedding_back(layer: Embedding, ledger: Ledger, gradient: Array, shape: tuple[int, ...]) -> Array:
    """All that is looked up follows from the one number."""
    back: Array = gradient.sum(axis=0, keepdims=True)
    return back


EXPERIMENTS = {
    "Recurrent": Experiment(recurrent, recurrent_back, _steps_line, still=lambda layer, _axis: layer.bidirectional),
    "Embedding": Experiment(embedding, embedding_back, by_one(rows=1, features=1)),
}
