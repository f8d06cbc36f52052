"""Keras models as a `Network`, from their configuration alone: ``.keras`` files, ``.json`` and models in memory.

Keras is not needed to read a file, no weight is looked at and no code in it is run. `TRANSLATORS` is the one table:
class of a layer → the function that says what it does. Configurations of Keras 2 and Keras 3 are both understood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError, ModelFileError
from cnncalc.importers import operators as do
from cnncalc.importers.archive import read_json, read_member
from cnncalc.importers.assembly import LOST, Assembly, Constant, Lost, Tensor, UnsupportedError, for_any_size, plain
from cnncalc.importers.axes import CHANNELS, holds, whole
from cnncalc.importers.operators import Window
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.attend import Attend
from cnncalc.layers.attention import Attention
from cnncalc.layers.base import Layer, Sizes
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.identity import Identity
from cnncalc.layers.local import Local
from cnncalc.layers.pad import Pad
from cnncalc.layers.pool import Pool
from cnncalc.layers.prelu import PReLU
from cnncalc.layers.separable import Separable
from cnncalc.layers.sliding import Padding
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten

MOST_LAYERS = 100_000
"""A model with more layers than this is refused."""
DEEPEST = 20
"""Models may be nested this deep."""

Config = Mapping[str, Any]


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
    return _from_config(text, str(path), allow_unknown=allow_unknown)


def from_keras(model: Any, *, allow_unknown: bool = False) -> Network:
    """The network of a Keras model in memory; its weights and its mode are not touched.

    Raises `ModelFileError` for a subclassed model, whose layers only exist as code.
    """
    try:
        text = json.loads(model.to_json())
    except NotImplementedError:
        raise _subclassed(type(model).__name__) from None
    return _from_config(text, type(model).__name__, allow_unknown=allow_unknown)


def _subclassed(name: str) -> ModelFileError:
    return ModelFileError(
        _(
            "{name} is a subclassed model: its configuration does not say what it computes. "
            "Build it as a functional or sequential model, or export it to ONNX"
        ).format(name=shorten(plain(name)))
    )


def _from_config(text: Any, name: str, *, allow_unknown: bool) -> Network:
    if not isinstance(text, dict) or not isinstance(text.get("config"), (dict, list)):
        raise ModelFileError(_("{name} holds no configuration of a Keras model").format(name=name))
    kind = str(text.get("class_name", ""))
    if kind not in MODELS:
        raise _subclassed(kind or name)
    try:
        first = _formats(text) == {"channels_first"}
        sizes = _input_sizes(text)

        def build(size: int) -> Network:
            return _Reader(sizes, size, first, allow_unknown=allow_unknown).network(text)

        return for_any_size(build, None in sizes)
    except RecursionError:
        raise ModelFileError(_("{name} is nested too deeply").format(name=name)) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as problem:
        if isinstance(problem, CnncalcError):
            raise
        raise ModelFileError(_("the configuration in {name} is not one that Keras writes").format(name=name)) from None


MODELS = ("Functional", "Model", "Sequential")


def _formats(text: Any) -> set[str]:
    """Every data format that a layer names."""
    found: set[str] = set()
    left = [text]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if isinstance(value.get("data_format"), str):
                found.add(value["data_format"])
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    if len(found) > 1:
        raise ModelFileError(_("layers with channels first and with channels last can't be read in one model"))
    return found


def _layers(model: Config) -> list[Config]:
    config = model["config"]
    layers = config if isinstance(config, list) else config["layers"]
    if len(layers) > MOST_LAYERS:
        raise ModelFileError(
            _("{count} layers are more than the {most} that are allowed").format(count=len(layers), most=MOST_LAYERS)
        )
    return list(layers)


def _input_sizes(model: Config) -> tuple[int | None, ...]:
    """The sizes of the one input, without the batch."""
    layers = _layers(model)
    inputs = [layer for layer in layers if layer["class_name"] == "InputLayer"]
    if len(inputs) > 1:
        raise ModelFileError(
            _("the model takes {count} inputs ({names}): only models with one are read").format(
                count=len(inputs), names=shorten(", ".join(str(layer["config"]["name"]) for layer in inputs))
            )
        )
    first = inputs[0] if inputs else layers[0]
    config = first["config"]
    own = config.get("batch_shape") or config.get("batch_input_shape")
    if own is None and isinstance(model["config"], dict):
        own = model["config"].get("build_input_shape")
    if own is None and first["class_name"] in MODELS:
        return _input_sizes(first)
    if own is None:
        raise ModelFileError(_("the model says no input shape: build it with an Input layer before it is saved"))
    sizes = tuple(own)[1:]
    if not sizes or not all(size is None or isinstance(size, int) for size in sizes):
        raise ModelFileError(_("the input has the sizes {sizes}").format(sizes=shorten(str(list(sizes)))))
    return sizes


class Place(NamedTuple):
    """A layer at its place: its class and configuration, what it reads, its full name and the key of its weights."""

    kind: str
    config: Config
    inputs: tuple[Tensor, ...]
    name: str
    weights: str
    first: bool
    """Whether the channels come first."""

    @property
    def x(self) -> Tensor:
        return self.inputs[0]

    def get(self, name: str, default: Any = None) -> Any:
        value = self.config.get(name)
        return default if value is None else value

    def sizes(self, name: str, rank: int, default: int = 1) -> Sizes:
        """One number per axis."""
        value = self.get(name, default)
        numbers = tuple(value) if isinstance(value, list) else (value,) * rank
        if len(numbers) != rank or not all(isinstance(number, int) for number in numbers):
            raise ModelFileError(_("{name} {value} is not for {rank} axes").format(name=name, value=value, rank=rank))
        return numbers

    def stored(self, *sizes: int) -> Constant:
        """A weight of the layer; used at two places, it is counted once."""
        return Constant(sizes, None, self.weights, True)

    @property
    def bias(self) -> bool:
        return bool(self.get("use_bias", True))


Translator = Callable[[Assembly, Place], Tensor]


class _Reader:
    """One walk over a model for one size of its input."""

    def __init__(self, sizes: tuple[int | None, ...], size: int, first: bool, *, allow_unknown: bool) -> None:
        known = tuple(size if given is None else given for given in sizes)
        space, channels = (known[1:], known[0]) if first else (known[:-1], known[-1])
        self.first = first
        self.net = Assembly(Shape(space, channels), 1, allow_unknown=allow_unknown)
        start = self.net.start()
        self.start = start if first else last(start)

    def network(self, model: Config) -> Network:
        outputs = self.model(model, (self.start,), "", "", 0)
        self.net.check_unknown()
        self.net.name = ""
        nodes = [_settled(self.net, x, self.first).node for x in outputs if isinstance(x, Tensor)]
        return self.net.finish(nodes, self.net.input)

    def model(
        self, model: Config, inputs: tuple[Tensor | Lost, ...], block: str, key: str, depth: int
    ) -> list[Tensor | Lost]:
        if depth > DEEPEST:
            raise ModelFileError(_("models are nested more than {most} deep").format(most=DEEPEST))
        if model["class_name"] == "Sequential":
            x = inputs[0]
            for layer in _layers(model):
                x = self.layer(layer, (x,), block, key, depth)[0]
            return [x]
        return self.graph(model, inputs, block, key, depth)

    def graph(
        self, model: Config, inputs: tuple[Tensor | Lost, ...], block: str, key: str, depth: int
    ) -> list[Tensor | Lost]:
        """A functional model, in the order in which what a layer reads becomes known."""
        layers = _layers(model)
        made: dict[tuple[str, int], list[Tensor | Lost]] = {}
        for reference, x in zip(_references(model["config"]["input_layers"]), inputs, strict=False):
            made[reference[:2]] = [x]
        waiting = {
            (str(layer["name"]), number): (layer, list(_references(node)))
            for layer in layers
            for number, node in enumerate(layer["inbound_nodes"])
            if (str(layer["name"]), number) not in made
        }
        for name, number in _ordered(waiting, made):
            layer, references = waiting[name, number]
            given = tuple(made[reference[:2]][reference[2]] for reference in references)
            made[name, number] = self.layer(layer, given, block, key, depth)
        return [made[reference[:2]][reference[2]] for reference in _references(model["config"]["output_layers"])]

    def layer(
        self, layer: Config, inputs: tuple[Tensor | Lost, ...], block: str, key: str, depth: int
    ) -> list[Tensor | Lost]:
        kind, config = str(layer["class_name"]), layer["config"]
        own = str(layer.get("name") or (config.get("name") if isinstance(config, dict) else "") or kind.lower())
        name, weights = f"{block}{plain(own)}", f"{key}{own}"
        if kind in MODELS:
            return self.model(layer, inputs, f"{name}.", f"{weights}/", depth + 1)
        if self.net.lost(inputs):
            if kind not in TRANSLATORS:
                self.net.unknown[kind] += 1
            return [LOST]
        known = tuple(x for x in inputs if isinstance(x, Tensor))
        return [self._translate(Place(kind, config, known, name, weights, self.first))]

    def _translate(self, place: Place) -> Tensor | Lost:
        self.net.name = place.name
        try:
            x = TRANSLATORS.get(place.kind, _unknown)(self.net, place)
            return _activated(self.net, place, x) if place.kind in ACTIVATED else x
        except UnsupportedError as problem:
            kind = str(problem) or place.kind
            if not self.net.allow_unknown:
                self.net.unknown[kind] += 1
                return LOST
            nodes = tuple(x.node for x in place.inputs)
            made = self.net.stand_in(kind, nodes, None, 0)
            return made if self.first else last(made)
        except CnncalcError as problem:
            raise type(problem)(f"{place.name}: {problem}") from None


def _ordered(
    waiting: Mapping[tuple[str, int], tuple[Config, list[tuple[str, int, int]]]],
    made: Mapping[tuple[str, int], object],
) -> Iterator[tuple[str, int]]:
    """The waiting calls, each after what it reads; `ModelFileError` where that never is made."""
    readers: dict[tuple[str, int], list[tuple[str, int]]] = {}
    missing: dict[tuple[str, int], int] = {}
    for call, (_layer, references) in waiting.items():
        sources = {reference[:2] for reference in references} - set(made)
        missing[call] = len(sources)
        for source in sources:
            readers.setdefault(source, []).append(call)
    ready = [call for call, count in missing.items() if not count][::-1]
    done = 0
    while ready:
        call = ready.pop()
        done += 1
        yield call
        for reader in reversed(readers.get(call, ())):
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)
    if done < len(waiting):
        stuck = next(name for (name, _number), count in missing.items() if count)
        raise ModelFileError(
            _("{name} reads a layer that is never made: the graph has a cycle, or a layer is missing").format(
                name=shorten(plain(stuck))
            )
        )


def _references(node: Any) -> Iterator[tuple[str, int, int]]:
    """Every ``[layer, node, tensor]`` in a node of Keras 2 or 3, in order."""
    left = [node]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            history = value.get("config", {}).get("keras_history") if "config" in value else None
            if history:
                yield str(history[0]), int(history[1]), int(history[2])
            else:
                left.extend(list(value.values())[::-1])
        elif isinstance(value, list):
            if (
                len(value) >= 3
                and isinstance(value[0], str)
                and isinstance(value[1], int)
                and isinstance(value[2], int)
            ):
                yield value[0], value[1], value[2]
            else:
                left.extend(value[::-1])


# Layouts: Keras's channels are last unless a model says otherwise.


def last(x: Tensor) -> Tensor:
    """Batch, channels, space → batch, space, channels."""
    return x._replace(layout=(x.layout[0], *x.layout[2:], x.layout[1])) if len(x.layout) > 1 else x


def _settled(net: Assembly, x: Tensor, first: bool) -> Tensor:
    """Settled, with the channels in the second place, whatever the model's format."""
    if not first and len(x.layout) > 1:
        x = x._replace(layout=(x.layout[0], x.layout[-1], *x.layout[1:-1]))
    return do.settle(net, x)


def _map(net: Assembly, place: Place, layer: Layer, weights: tuple[Constant, ...] = ()) -> Tensor:
    """A layer that takes a map and gives one."""
    x = net.map(layer, _settled(net, place.x, place.first), weights)
    return x if place.first else last(x)


def _back(place: Place, x: Tensor) -> Tensor:
    return x if place.first else last(x)


def _kept(net: Assembly, place: Place, layer: Layer, weights: tuple[Constant, ...] = ()) -> Tensor:
    """A layer that leaves every number in its place."""
    return Tensor(net.add(layer, (place.x.node,), weights=weights), place.x.layout)


# Translators.


def _unknown(net: Assembly, place: Place) -> Tensor:
    raise UnsupportedError


ACTIVATIONS = {
    "relu6": "relu6",
    "leaky_relu": "leakyrelu",
    "swish": "silu",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "hard_tanh": "hardtanh",
    "exponential": "exp",
    **{name: name for name in ("relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh")},
    **{name: name for name in ("softplus", "softsign", "square", "exp")},
}
"""Keras's name of an activation: ours."""

ACTIVATED = frozenset(
    {"Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Dense"}
    | {"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "LocallyConnected1D", "LocallyConnected2D"}
)
"""Layers with an activation of their own."""


def _activated(net: Assembly, place: Place, x: Tensor) -> Tensor:
    """The activation that a layer brings with it, as a layer after it."""
    function = _function(place.get("activation", "linear"))
    if function == "linear":
        return x
    net.name = f"{place.name}_{function}"
    return _function_layer(net, function, x, -1, place.first)


def _function(activation: Any) -> str:
    if isinstance(activation, dict):
        activation = (
            activation.get("config") if activation.get("class_name") == "function" else activation["class_name"]
        )
        activation = activation if isinstance(activation, str) else "custom"
    return str(activation)


def _function_layer(net: Assembly, function: str, x: Tensor, axis: int, first: bool) -> Tensor:
    if function in ("softmax", "log_softmax"):
        return do.softmax(net, x, axis)
    ours = ACTIVATIONS.get(function.lower())
    if ours is None:
        raise UnsupportedError(f"activation {plain(shorten(function))}")
    return Tensor(net.add(Activation(ours), (x.node,)), x.layout)


def _activation(net: Assembly, place: Place) -> Tensor:
    function = _function(place.get("activation", "linear"))
    return place.x if function == "linear" else _function_layer(net, function, place.x, -1, place.first)


def _named(function: str) -> Translator:
    return lambda net, place: _kept(net, place, Activation(function))


def _relu(net: Assembly, place: Place) -> Tensor:
    return _kept(net, place, Activation("relu6" if place.get("max_value") == 6 else "relu"))


def _softmax(net: Assembly, place: Place) -> Tensor:
    return do.softmax(net, place.x, place.get("axis", -1))


def _prelu(net: Assembly, place: Place) -> Tensor:
    rank = len(place.x.layout) - 1
    shared = {axis % (rank + 1) for axis in place.get("shared_axes", [])}
    channels = 1 if place.first else rank
    if shared == set(range(1, rank + 1)) - {channels}:
        return _kept(net, place, PReLU(), (place.stored(),))
    if shared == set(range(1, rank + 1)):
        return _kept(net, place, PReLU(shared=True), (place.stored(),))
    raise UnsupportedError


def _padding(place: Place) -> Padding:
    padding = place.get("padding", "valid")
    if padding not in ("valid", "same", "causal"):
        raise ModelFileError(_("padding {padding} is none of valid, same, causal").format(padding=repr(padding)))
    return str(padding)


def _window(place: Place, rank: int) -> Window:
    return Window(place.sizes("strides", rank), _padding(place), place.sizes("dilation_rate", rank))


def _channels(net: Assembly, place: Place) -> int:
    return net.shape(place.x.node).channels


def _conv(rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        x = _settled(net, place.x, place.first)
        groups = place.get("groups", 1)
        per_group = net.shape(x.node).channels // groups
        weight = place.stored(place.config["filters"], per_group, *place.sizes("kernel_size", rank))
        bias = place.stored() if place.bias else None
        return _back(place, do.conv(net, x, weight, bias, _window(place, rank), groups))

    return translate


def _depthwise(rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        from cnncalc.layers.depthwise import Depthwise

        layer = Depthwise(
            place.sizes("kernel_size", rank),
            place.get("depth_multiplier", 1),
            bias=place.bias,
            **_window(place, rank)._asdict(),
        )
        return _map(net, place, layer, (place.stored(),))

    return translate


def _separable(rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        layer = Separable(
            place.sizes("kernel_size", rank),
            place.config["filters"],
            place.get("depth_multiplier", 1),
            bias=place.bias,
            **_window(place, rank)._asdict(),
        )
        return _map(net, place, layer, (place.stored(),))

    return translate


def _transposed(rank: int) -> Translator:
    """Keras's sizes: n·s for ``same``, (n − 1)·s + max(w, s) for ``valid``, explicit with an output padding.

    The odd one of ``same`` stands as in TensorFlow and JAX; Keras on PyTorch can't place it there and warns.
    """

    def translate(net: Assembly, place: Place) -> Tensor:
        x = _settled(net, place.x, place.first)
        kernel, stride = place.sizes("kernel_size", rank), place.sizes("strides", rank)
        dilation = place.sizes("dilation_rate", rank)
        padding: Padding = _padding(place)
        spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        more: Sizes = (0,) * rank
        given = None if place.get("output_padding") is None else place.sizes("output_padding", rank)
        do.check_output_padding(given or more, stride)
        if padding == "valid":
            more = given or tuple(max(step - span, 0) for step, span in zip(stride, spans, strict=True))
        elif given:
            sides = [_same_sides(span, extra) for span, extra in zip(spans, given, strict=True)]
            padding = tuple((before, max(after, 0)) for before, after in sides)
            more = tuple(max(-after, 0) for _before, after in sides)
        weight = place.stored(net.shape(x.node).channels, place.config["filters"], *kernel)
        bias = place.stored() if place.bias else None
        return _back(place, do.transposed(net, x, weight, bias, Window(stride, padding, dilation), 1, more))

    return translate


def _same_sides(span: int, added: int) -> tuple[int, int]:
    """What ``same`` with an output padding cuts off at both ends, so that (n − 1)·s + w mod 2 + added remain."""
    total = span + span % 2 - 2 + added
    before = min(-(-total // 2), span - 1)
    return span - 1 - before, span - 1 - (total - before)


def _local(rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        layer = Local(
            place.sizes("kernel_size", rank),
            place.config["filters"],
            place.sizes("strides", rank),
            _padding(place),
            bias=place.bias,
        )
        return _map(net, place, layer, (place.stored(),))

    return translate


def _dense(net: Assembly, place: Place) -> Tensor:
    if not place.x.layout:
        raise UnsupportedError
    weight = place.stored(place.config["units"], place.x.sizes[-1])
    return do.linear(net, place.x, weight, place.stored() if place.bias else None)


def _pool(op: str, rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        kernel = place.sizes("pool_size", rank, 2)
        stride = kernel if place.get("strides") is None else place.sizes("strides", rank)
        padding = _padding(place)
        return _map(net, place, Pool(kernel, op, stride, padding, exclude_padding=op == "avg" and padding == "same"))

    return translate


def _global_pool(op: str) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        x = net.map(GlobalPool(op), _settled(net, place.x, place.first))
        if place.get("keepdims", False):
            return _back(place, x)
        return Tensor(x.node, x.layout[:2], place.name)

    return translate


def _batch_norm(net: Assembly, place: Place) -> Tensor:
    from cnncalc.layers.batchnorm import BatchNorm

    _check_axis(net, place, place.get("axis", -1))
    layer = BatchNorm(bool(place.get("scale", True)), bool(place.get("center", True)))
    return _kept(net, place, layer, (place.stored(),))


def _layer_norm(net: Assembly, place: Place) -> Tensor:
    from cnncalc.layers.layernorm import LayerNorm

    axis = place.get("axis", -1)
    over = {do.place(place.x, a) for a in (axis if isinstance(axis, list) else [axis])}
    scale, shift = bool(place.get("scale", True)), bool(place.get("center", True))
    space = over == set(range(1, len(place.x.layout)))
    if not space or len(place.x.layout) == 2:
        if len(over) > 1:
            raise UnsupportedError
        _check_axis(net, place, over.pop())
        space = False
    return _kept(net, place, LayerNorm(space, scale, shift), (place.stored(),))


def _group_norm(net: Assembly, place: Place) -> Tensor:
    from cnncalc.layers.groupnorm import GroupNorm

    _check_axis(net, place, place.get("axis", -1))
    groups = place.get("groups", 32)
    groups = _channels(net, place) if groups == -1 else groups
    layer = GroupNorm(groups, bool(place.get("scale", True)), bool(place.get("center", True)))
    return _kept(net, place, layer, (place.stored(),))


def _check_axis(net: Assembly, place: Place, axis: Any) -> None:
    """Norms are known over the channels."""
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    x = place.x
    if not isinstance(axis, int) or not holds(x.layout[do.place(x, axis)], CHANNELS, _channels(net, place)):
        raise UnsupportedError


def _dropout(net: Assembly, place: Place) -> Tensor:
    return _kept(net, place, Dropout())


def _identity(net: Assembly, place: Place) -> Tensor:
    return _kept(net, place, Identity())


def _same(net: Assembly, place: Place) -> Tensor:
    return place.x


def _flatten(net: Assembly, place: Place) -> Tensor:
    return do.settle(net, do.flatten(net, place.x, 1, -1)) if len(place.x.layout) > 2 else place.x


def _reshape(net: Assembly, place: Place) -> Tensor:
    target = tuple(place.config["target_shape"])
    rest = prod(place.x.sizes[1:])
    known = prod(size for size in target if size != -1)
    filled = tuple(rest // max(known, 1) if size == -1 else size for size in target)
    return do.reshape(net, place.x, (place.x.sizes[0], *filled))


def _permute(net: Assembly, place: Place) -> Tensor:
    return do.permute(net, place.x, (0, *place.config["dims"]))


def _pairs(place: Place, name: str, rank: int) -> tuple[tuple[int, int], ...]:
    """``1``, ``[1, 2]`` or ``[[1, 1], [2, 2]]`` as one pair for each axis."""
    value = place.config[name]
    if rank == 1 and isinstance(value, list) and len(value) == 2:
        return ((int(value[0]), int(value[1])),)
    sides = value if isinstance(value, list) else [value] * rank
    if len(sides) != rank:
        raise ModelFileError(_("{name} {value} is not for {rank} axes").format(name=name, value=value, rank=rank))
    return tuple((side, side) if isinstance(side, int) else (int(side[0]), int(side[1])) for side in sides)


def _zero_padding(rank: int) -> Translator:
    return lambda net, place: _map(net, place, Pad(_pairs(place, "padding", rank)))


def _cropping(rank: int) -> Translator:
    return lambda net, place: _map(net, place, Crop(_pairs(place, "cropping", rank)))


MODES = {"nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic"}


def _up_sampling(rank: int) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        x = _settled(net, place.x, place.first)
        factors = place.sizes("size", rank, 2)
        mode = MODES.get(str(place.get("interpolation", "nearest")))
        if mode is None:
            raise UnsupportedError
        return _back(place, do.upsample(net, x, mode, align=False, to=(), scale=factors))

    return translate


def _resizing(net: Assembly, place: Place) -> Tensor:
    mode = MODES.get(str(place.get("interpolation", "bilinear")))
    cropped = place.get("crop_to_aspect_ratio", False) or place.get("pad_to_aspect_ratio", False)
    if mode is None or cropped or place.get("antialias", False):
        raise UnsupportedError
    x = _settled(net, place.x, place.first)
    to = (place.config["height"], place.config["width"])
    if mode == "nearest" and any(new % old for new, old in zip(to, net.shape(x.node).space, strict=True)):
        raise UnsupportedError  # from the middle of a pixel, which is another one where sizes don't divide
    return _back(place, do.upsample(net, x, mode, align=False, to=to))


def _merge(op: str) -> Translator:
    def translate(net: Assembly, place: Place) -> Tensor:
        x, *others = place.inputs  # one alone: the other is a fixed number
        for other in others:
            x = do.merge(net, op, x, other)
        return x

    return translate


def _layer_scale(net: Assembly, place: Place) -> Tensor:
    """The layer that `keras.applications` brings for ConvNeXt: a learnt number per channel."""
    from cnncalc.layers.scale import Scale

    return _kept(net, place, Scale(), (place.stored(),))


def _concatenate(net: Assembly, place: Place) -> Tensor:
    return do.concat(net, list(place.inputs), place.get("axis", -1))


def _attention(net: Assembly, place: Place) -> Tensor:
    """Self-attention: as one layer where all projections keep the channels, else as its three steps."""
    x = place.x
    channels = _channels(net, place)
    if any(other != x for other in place.inputs) or not holds(x.layout[-1], CHANNELS, channels):
        raise UnsupportedError
    heads, width = place.config["num_heads"], place.config["key_dim"]
    output = place.get("output_shape", channels)
    if place.get("value_dim", width) != width or place.get("attention_axes") not in (None, list(_axes(x))):
        raise UnsupportedError
    output = output[0] if isinstance(output, list) and len(output) == 1 else output
    if heads * width == channels == output:
        return _kept(net, place, Attention(heads, place.bias), (place.stored(),))
    project = net.add(Conv(1, 3 * heads * width, bias=place.bias), (x.node,), weights=(place.stored(),))
    mixed = net.add(Attend(heads), (project,), f"{place.name}_attend")
    end = Conv(1, output, bias=place.bias)
    node = net.add(end, (mixed,), f"{place.name}_output", (place.stored()._replace(weight=f"{place.weights}/output"),))
    return Tensor(node, (*x.layout[:-1], whole(CHANNELS, output)))


def _axes(x: Tensor) -> range:
    return range(1, len(x.layout) - 1)


def _ranks(name: str, make: Callable[[int], Translator], ranks: tuple[int, ...] = (1, 2, 3)) -> dict[str, Translator]:
    return {f"{name.format(rank)}": make(rank) for rank in ranks}


TRANSLATORS: dict[str, Translator] = {
    "InputLayer": _same,
    **_ranks("Conv{}D", _conv),
    **_ranks("Conv{}DTranspose", _transposed),
    **_ranks("DepthwiseConv{}D", _depthwise, (1, 2)),
    **_ranks("SeparableConv{}D", _separable, (1, 2)),
    **_ranks("LocallyConnected{}D", _local, (1, 2)),
    "Dense": _dense,
    **_ranks("MaxPooling{}D", lambda rank: _pool("max", rank)),
    **_ranks("AveragePooling{}D", lambda rank: _pool("avg", rank)),
    **_ranks("GlobalMaxPooling{}D", lambda rank: _global_pool("max")),
    **_ranks("GlobalAveragePooling{}D", lambda rank: _global_pool("avg")),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _named("leakyrelu"),
    "ELU": _named("elu"),
    "ThresholdedReLU": _named("relu"),
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(("Dropout", "GaussianDropout", "AlphaDropout", "GaussianNoise"), _dropout),
    **_ranks("SpatialDropout{}D", lambda rank: _dropout),
    **dict.fromkeys(("ActivityRegularization", "Rescaling", "Normalization", "Identity"), _identity),
    **dict.fromkeys(("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"), _identity),
    "RandomBrightness": _identity,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    **_ranks("ZeroPadding{}D", _zero_padding),
    **_ranks("Cropping{}D", _cropping),
    **_ranks("UpSampling{}D", _up_sampling),
    "Resizing": _resizing,
    **dict.fromkeys(("Add", "Subtract", "Average", "Maximum", "Minimum", "CustomScaleLayer"), _merge("add")),
    **dict.fromkeys(("Multiply", "Divide"), _merge("mul")),
    "Concatenate": _concatenate,
    "LayerScale": _layer_scale,
    "MultiHeadAttention": _attention,
}
"""Class of a layer: what it does."""
