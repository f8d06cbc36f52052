"""A Keras model, a ``.keras`` file or a ``.json`` configuration as a `Network`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnncalc.errors import CnncalcError, InputTypeError, ModelFileError
from cnncalc.importers.archive import read_json, read_member
from cnncalc.importers.assembly import plain
from cnncalc.importers.inputs import Inputs, for_any_size, in_order
from cnncalc.importers.keras.graph import MODELS, Config, layers_of, references
from cnncalc.importers.keras.walk import Walk
from cnncalc.language import _
from cnncalc.network import FIRST, Network
from cnncalc.shapes import shorten


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in a ``.keras`` file or a ``.json`` configuration.

    Raises `ModelFileError` for ``.h5`` files, for models whose layers only exist as code, and for what can't be read.
    """
    suffix = Path(path).suffix
    if suffix == ".h5":
        raise ModelFileError(
            _(
                "{path} is of Keras's old form, which is not read: save it anew with "
                'keras.models.load_model("{path}").save("model.keras")'
            ).format(path=path)
        )
    text = (
        read_json(path) if suffix == ".json" else read_member(path, lambda name: name == "config.json", "config.json")
    )
    return from_config(text, str(path), allow_unknown=allow_unknown)


def from_keras(model: Any, *, allow_unknown: bool = False) -> Network:
    """The network of a Keras model in memory; its weights and its mode are not touched.

    Raises `ModelFileError` for a subclassed model, whose layers only exist as code.
    """
    written = getattr(model, "to_json", None)
    if not callable(written):
        raise InputTypeError(
            _("{type} is not a Keras model: give a functional or a sequential one").format(type=type(model).__name__)
        )
    try:
        text = json.loads(written())
    except NotImplementedError:
        raise _subclassed(type(model).__name__) from None
    return from_config(text, type(model).__name__, allow_unknown=allow_unknown)


def _subclassed(name: str) -> ModelFileError:
    return ModelFileError(
        _(
            "{name} is a subclassed model: its configuration does not say what it computes. "
            "Build it as a functional or sequential model, or export it to ONNX"
        ).format(name=shorten(plain(name)))
    )


def from_config(text: Any, name: str, *, allow_unknown: bool) -> Network:
    """The network of a configuration, which messages call by the ``name`` of where it stands."""
    text = _topology(text, name)
    if not isinstance(text, dict) or not isinstance(text.get("config"), (dict, list)):
        raise ModelFileError(_("{name} holds no configuration of a Keras model").format(name=name))
    kind = str(text.get("class_name", ""))
    if kind not in MODELS:
        raise _subclassed(kind or name)
    try:
        first = _formats(text) == {"channels_first"}
        inputs = in_order({name: (1, *sizes) for name, sizes in _inputs(text).items()})

        def build(known: Inputs) -> Network:
            return Walk(known, first=first, allow_unknown=allow_unknown).network(text)

        return for_any_size(build, inputs)
    except RecursionError:
        raise ModelFileError(_("{name} is nested too deeply").format(name=name)) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as problem:
        if isinstance(problem, CnncalcError):
            raise
        raise ModelFileError(_("the configuration in {name} is not one that Keras writes").format(name=name)) from None


def _topology(text: Any, name: str) -> Any:
    """The configuration inside a ``model.json`` of TensorFlow.js; anything else as it is."""
    if not isinstance(text, dict) or "modelTopology" not in text:
        return text
    topology = text["modelTopology"]
    if text.get("format") == "graph-model" or not isinstance(topology, dict):
        raise ModelFileError(
            _(
                "{name} is a graph of TensorFlow.js, without layers: convert the Keras model itself (tfjs_layers_model)"
            ).format(name=name)
        )
    return topology.get("model_config", topology)


def _formats(text: Any) -> set[str]:
    """Every data format that a layer names."""
    formats: set[str] = set()
    left = [text]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if isinstance(value.get("data_format"), str):
                formats.add(value["data_format"])
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    if len(formats) > 1:
        raise ModelFileError(_("layers with channels first and with channels last can't be read in one model"))
    return formats


def _inputs(model: Config) -> dict[str, tuple[int | None, ...]]:
    """The sizes of every input by its name, without the batch, in the order in which the model takes them."""
    layers = layers_of(model)
    inputs = {str(layer["config"].get("name", "")): layer for layer in layers if layer["class_name"] == "InputLayer"}
    if len(inputs) < 2:
        return {next(iter(inputs), FIRST): _input_sizes(model, next(iter(inputs.values()), layers[0]))}
    if model["class_name"] == "Sequential":
        raise ModelFileError(
            _("a sequential model takes {count} inputs: only a functional one can").format(count=len(inputs))
        )
    order = (reference[0] for reference in references(model["config"]["input_layers"]))
    return {name: _input_sizes(model, inputs[name]) for name in order}


def _input_sizes(model: Config, first: Config) -> tuple[int | None, ...]:
    """The sizes that a layer which reads an input says, or the model for its only one."""
    config = first["config"]
    own = config.get("batch_shape") or config.get("batch_input_shape")
    if own is None and isinstance(model["config"], dict):
        own = model["config"].get("build_input_shape")
    if own is None and first["class_name"] in MODELS:
        return next(iter(_inputs(first).values()))
    if own is None:
        raise ModelFileError(_("the model says no input shape: build it with an Input layer before it is saved"))
    sizes = tuple(own)[1:]
    if not sizes or not all(size is None or isinstance(size, int) for size in sizes):
        raise ModelFileError(_("the input has the sizes {sizes}").format(sizes=shorten(str(list(sizes)))))
    return sizes
