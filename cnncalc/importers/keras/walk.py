"""The walk over a Keras model: each layer after what it reads, models inside models under their name."""

from __future__ import annotations

from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.assembly import Assembly, plain, spread
from cnncalc.importers.axes import shape_of
from cnncalc.importers.inputs import Inputs
from cnncalc.importers.keras.graph import MODELS, Config, References, Use, layers_of, ordered, references
from cnncalc.importers.keras.layer import KerasLayer
from cnncalc.importers.keras.ops import MODULES, OPS, arguments
from cnncalc.importers.keras.translators import TRANSLATORS
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import LOST
from cnncalc.language import _
from cnncalc.network import Network

DEEPEST = 20
"""Models may be nested this deep."""


class Walk:
    """One walk over a model for one size of each input; ``first`` says that the channels come first."""

    def __init__(self, inputs: Inputs, *, first: bool, allow_unknown: bool) -> None:
        entry = next(iter(inputs))
        shape = shape_of(inputs[entry], last=not first)
        self.net = Assembly(shape, allow_unknown=allow_unknown, last=not first, entry=entry)
        self.inputs = {name: self.net.enter(name, sizes) for name, sizes in inputs.items()}

    def network(self, model: Config) -> Network:
        return finished(self.net, self._model(model, self._in_order(model), "", "", 0))

    def _in_order(self, model: Config) -> list[Any]:
        """The inputs as the model takes them."""
        if len(self.inputs) == 1:
            return list(self.inputs.values())
        return [self.inputs[name] for name, *_tensor in references(model["config"]["input_layers"])]

    def _model(self, model: Config, inputs: list[Any], block: str, key: str, depth: int) -> list[Any]:
        """What a model gives; its layers' names begin with ``block``, the keys of their weights with ``key``."""
        if depth > DEEPEST:
            raise ModelFileError(_("models are nested more than {most} deep").format(most=DEEPEST))
        if model["class_name"] != "Sequential":
            return self._graph(model, inputs, block, key, depth)
        values = inputs[:1]
        for layer in layers_of(model):
            values = self._layer(layer, values[:1], block, key, depth)
        return values[:1]

    def _graph(self, model: Config, inputs: list[Any], block: str, key: str, depth: int) -> list[Any]:
        """A functional model, in the order in which what a layer reads becomes known."""
        values: dict[Use, list[Any]] = {}
        read = References(model)
        for reference, x in zip(references(model["config"]["input_layers"]), inputs, strict=False):
            values[reference[:2]] = [x]
        waiting = {
            (str(layer["name"]), number): (layer, list(read.of(node)), node)
            for layer in layers_of(model)
            for number, node in enumerate(layer["inbound_nodes"])
            if (str(layer["name"]), number) not in values
        }
        for use in ordered(waiting, values):
            layer, sources, node = waiting[use]
            known = [_given(values, reference) for reference in sources]
            values[use] = self._layer(layer, known, block, key, depth, node)
        return [_given(values, reference) for reference in read.of(model["config"]["output_layers"])]

    def _layer(self, layer: Config, inputs: list[Any], block: str, key: str, depth: int, node: Any = None) -> list[Any]:
        kind, config = str(layer["class_name"]), layer["config"]
        own = str(layer.get("name") or (config.get("name") if isinstance(config, dict) else "") or kind.lower())
        name, weights = f"{block}{plain(own)}", f"{key}{own}"
        if kind in MODELS:
            return self._model(layer, inputs, f"{name}.", f"{weights}/", depth + 1)
        if str(layer.get("module", "")).startswith(MODULES) and isinstance(node, dict):
            written = arguments({"args": node["args"], **node["kwargs"]}, iter(inputs))
            operator = KerasLayer(kind, name, {**config, **written}, inputs=tuple(inputs), weights=weights)
            return list(spread(self.net.translated(operator, OPS.get(kind))))
        operator = KerasLayer(kind, name, config, inputs=tuple(inputs), weights=weights)
        return list(spread(self.net.translated(operator, TRANSLATORS.get(kind))))


def _given(values: dict[Use, list[Any]], reference: tuple[str, int, int]) -> Any:
    """What a layer gives; an output that its rule does not give is lost."""
    given = values[reference[:2]]
    return given[reference[2]] if reference[2] < len(given) else LOST
