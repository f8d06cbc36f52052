"""Layers of Keras over sequences: recurrent ones, in one direction or both, tables of rows, and repetitions."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.importers.assembly import Assembly, plain
from cnncalc.importers.axes import CHANNELS, holds, whole
from cnncalc.importers.keras.layer import KerasLayer
from cnncalc.importers.tensors import maps
from cnncalc.importers.tensors import sequences as steps
from cnncalc.importers.values import Tensor, UnsupportedError
from cnncalc.layers.recurrent import Recurrent
from cnncalc.layers.unflatten import Unflatten
from cnncalc.layers.upsample import Upsample
from cnncalc.shapes import shorten

Translator = Callable[[Assembly, KerasLayer], Tensor]


def _recurrent(op: str, biases: int) -> Translator:
    """One layer over the steps; its last step alone, unless all are asked for."""

    def translate(net: Assembly, layer: KerasLayer) -> Tensor:
        if layer.get("go_backwards", False):
            raise UnsupportedError(f"{layer.kind} backwards")
        return _stepped(net, layer, op, biases, bidirectional=False)

    return translate


def _stepped(net: Assembly, layer: KerasLayer, op: str, biases: int, *, bidirectional: bool) -> Tensor:
    x = layer.x
    shape = net.shape(x.node)
    if len(x.layout) != 3 or not holds(x.layout[2], CHANNELS, shape.channels) or layer.get("return_state", False):
        raise UnsupportedError
    if op == "gru" and not layer.get("reset_after", True):
        biases = 1
    made = Recurrent(op, layer.option("units"), bidirectional, biases if layer.bias else 0)
    node = net.add(made, (x.node,), weights=(layer.stored(),))
    y = Tensor(node, (*x.layout[:-1], whole(CHANNELS, net.shape(node).channels)))
    return y if layer.get("return_sequences", False) else maps.select(net, y, 1, -1)


CELLS = {"SimpleRNN": ("rnn", 1), "LSTM": ("lstm", 1), "GRU": ("gru", 2)}
"""Recurrent layer: ours, and how many biases each of its gates has."""


def _bidirectional(net: Assembly, layer: KerasLayer) -> Tensor:
    inner = layer.inner()
    if inner.kind not in CELLS or layer.get("merge_mode", "concat") != "concat":
        raise UnsupportedError(f"Bidirectional {plain(shorten(inner.kind))}")
    op, biases = CELLS[inner.kind]
    return _stepped(net, inner, op, biases, bidirectional=True)


def _embedding(net: Assembly, layer: KerasLayer) -> Tensor:
    table = layer.stored(layer.option("input_dim"), layer.option("output_dim"))
    return steps.embedding(net, layer.x, table)


def _repeated(net: Assembly, layer: KerasLayer) -> Tensor:
    """A vector at each of ``n`` steps: the one position of a map, enlarged."""
    count = layer.option("n")
    x = Tensor(net.add(Unflatten((1,)), (layer.x.node,), "unflatten"), ())
    return net.tensor(net.add(Upsample(count), (x.node,)))


TRANSLATORS: dict[str, Translator] = {
    "Bidirectional": _bidirectional,
    **{name: _recurrent(*cell) for name, cell in CELLS.items()},
    "Embedding": _embedding,
    "RepeatVector": _repeated,
}
"""Class of a layer over sequences: the function that says what it does."""
