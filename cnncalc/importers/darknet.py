"""Darknet ``.cfg`` files as a `Network`: sections of options, each a layer on the one before it.

`TRANSLATORS` is the one table: name of a section → the function that says what it does. Layers are called by their
number in the file, as Darknet counts and ``route`` and ``shortcut`` refer to them: ``36.add``.

Source: the parser and the layers of https://github.com/pjreddie/darknet (``src/parser.c``); ``groups``, ``sam`` and
``scale_channels`` as in the fork by A. Bochkovskiy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from cnncalc.counting import count
from cnncalc.errors import ModelFileError
from cnncalc.importers.archive import read_text
from cnncalc.importers.assembly import Assembly, check_number, plain
from cnncalc.importers.operator import Operator
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import Constant, Root, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.dense import Dense
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.identity import Identity
from cnncalc.layers.local import Local
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.pool import Pool
from cnncalc.layers.recurrent import GATES, Recurrent
from cnncalc.layers.scale import Scale
from cnncalc.layers.slice import Slice
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.unflatten import Unflatten
from cnncalc.layers.upsample import Upsample
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten

MOST_BYTES = 8 << 20
"""A file with more bytes than this is refused."""


@dataclass(eq=False, repr=False)
class Section(Operator):
    """One section: its arguments are its options. It works on ``x``; ``earlier`` is what the layers before it gave."""

    number: int = -1
    x: Any = None
    earlier: Sequence[Any] = ()

    @property
    def values(self) -> Iterator[Any]:
        yield self.x
        yield from self.others

    @property
    def others(self) -> Iterator[Any]:
        """What the layers gave that an option names, counted from the start or, if negative, from here."""
        if self.kind not in REFERENCES:
            return
        name = REFERENCES[self.kind]
        for part in self.arguments.get(name, "").split(","):
            number = _whole(name, part)
            place = number + self.number if number < 0 else number
            if not 0 <= place < self.number:
                raise ModelFileError(
                    _("{name}={number} is not a layer before this one: the file has {count} up to here").format(
                        name=name, number=number, count=self.number
                    )
                )
            yield self.earlier[place]

    def whole(self, name: str, default: int) -> int:
        """An option that is a whole number."""
        return _whole(name, self.arguments.get(name, str(default)))


REFERENCES = {"route": "layers", "shortcut": "from", "scale_channels": "from", "sam": "from"}
"""Section: its option that names other layers."""


def _whole(name: str, text: str) -> int:
    """The number that a text begins with, as C's ``atoi`` reads it: ``40#32`` and ``180###P6`` are 40 and 180.

    Where it begins with none, ``atoi`` gives 0, which Darknet then stops at or builds nonsense of: here it is an error,
    as is what is too long for any of its numbers.
    """
    match = _NUMBER.match(text)
    if match is None:
        raise ModelFileError(_("{name}={value} is not a whole number").format(name=name, value=shorten(text)))
    return int(match[0])


_NUMBER = re.compile(r"[+-]?[0-9]{1,19}(?![0-9])")

Translator = Callable[[Assembly, Section], Tensor]


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in a ``.cfg`` file.

    Raises `ModelFileError` for what can't be read, `UnknownLayerError` for sections that no kind describes.
    """
    return parse(read_text(path, MOST_BYTES), allow_unknown=allow_unknown)


def parse(text: str, *, allow_unknown: bool = False) -> Network:
    """The network that the text of a ``.cfg`` file describes.

    >>> network = parse("[net]\\nwidth=8\\nheight=8\\nchannels=3\\n[local]\\nsize=3\\nfilters=2\\npad=1\\nactivation=linear")
    >>> network.nodes[0].layer
    Local(kernel=(3,), filters=2, stride=(1,), padding=((1, 1),), dilation=(1,), bias=True, shared_bias=False)
    """
    head, *sections = _sections(text)
    net = Assembly(_input(head), allow_unknown=allow_unknown)
    x: Any = net.start()
    values: list[Any] = []
    for section in sections:
        x = net.translated(replace(section, x=x, earlier=values), TRANSLATORS.get(section.kind))
        x = _activated(net, section, x)
        values.append(x)
    heads = [value for section, value in zip(sections, values, strict=True) if section.kind in HEADS]
    return finished(net, [x, *heads])


def _sections(text: str) -> list[Section]:
    """The sections of a file, the first of which says what comes in."""
    sections: list[Section] = []
    for kind, options in _blocks(text):
        number = len(sections) - 1
        sections.append(Section(kind, f"{number}.{plain(kind)}", options, number=number))
    check_number(len(sections))
    if not sections or sections[0].kind not in ("net", "network"):
        raise ModelFileError(_("the file does not begin with a section [net]"))
    return sections


def _blocks(text: str) -> list[tuple[str, dict[str, str]]]:
    """Names and options; white space counts for nothing, ``#`` and ``;`` begin a comment line."""
    blocks: list[tuple[str, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = "".join(line.split())
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            blocks.append((line[1:-1], {}))
            continue
        name, sign, value = line.partition("=")
        if not sign or not blocks:
            raise ModelFileError(
                _("line {number}, {line}: write sections like [convolutional] and options like size=3").format(
                    number=number, line=repr(shorten(line))
                )
            )
        blocks[-1][1][name] = value
    return blocks


def _input(head: Section) -> Shape:
    height, width, channels = (head.whole(name, 0) for name in ("height", "width", "channels"))
    if height and width and channels:
        return Shape((height, width), channels)
    return Shape((), head.whole("inputs", 0))


# Translators.


ACTIVATIONS = {
    **dict.fromkeys(("leaky", "relie", "ramp"), "leakyrelu"),
    **dict.fromkeys(("logistic", "loggy", "sigmoid"), "sigmoid"),
    **dict.fromkeys(("swish", "silu"), "silu"),
    **dict.fromkeys(("hardtan", "lhtan"), "hardtanh"),
    "plse": "hardsigmoid",
    "hard_mish": "hardswish",
    **{name: name for name in ("relu", "relu6", "elu", "selu", "gelu", "mish", "tanh")},
}
"""Darknet's name of an activation: ours, or the nearest of ours where only slopes differ."""

HEADS = ("yolo", "Gaussian_yolo", "region", "detection")
"""Where a detector gives an answer, at any place in the file."""


ACTIVATED = {
    **dict.fromkeys(("convolutional", "conv", "deconvolutional", "deconv", "local", "connected", "conn"), "logistic"),
    **dict.fromkeys(("rnn", "crnn"), "logistic"),
    **dict.fromkeys(("shortcut", "scale_channels", "sam", "activation"), "linear"),
}
"""Sections with an activation of their own, and which it is unless they say otherwise."""


def _activated(net: Assembly, section: Section, x: Any) -> Any:
    """What the activation of a section makes of ``x``: an operator of its own, which may be one that is not known."""
    name = section.arguments.get("activation", ACTIVATED[section.kind]) if section.kind in ACTIVATED else "linear"
    if name == "linear":
        return x
    title = f"activation {plain(shorten(name))}"
    operator = Section(title, f"{section.number}.{plain(shorten(name))}", {}, number=section.number, x=x)
    return net.translated(operator, FUNCTIONS.get(name))


def _add(
    net: Assembly,
    section: Section,
    layer: Layer,
    *inputs: Tensor,
    weights: str = "",
    beside: Iterable[Constant] = (),
) -> Tensor:
    nodes = tuple(x.node for x in inputs or (section.x,))
    stored = (Constant(weight=weights, learnt=True),)
    return net.tensor(net.add(layer, nodes, f"{section.number}.{layer.keyword}", stored, beside))


def _normalised(
    net: Assembly, section: Section, layer: Layer, *inputs: Tensor, part: str = "", beside: Iterable[Constant] = ()
) -> Tensor:
    """The layer, and the batch norm it brings with it, whose shift is then the only bias; ``share_index`` names whose."""
    owner = section.whole("share_index", section.number)
    owner = owner + section.number if owner < 0 else owner
    x = _add(net, section, layer, *inputs, weights=f"{owner}{part}.weights", beside=beside)
    if not section.whole("batch_normalize", 0):
        return x
    return _add(net, section, BatchNorm(), x, weights=f"{owner}{part}.norm")


def _check_plain(section: Section) -> None:
    """`UnsupportedError` for an option that makes another layer of one."""
    for option in ("antialiasing", "maxpool_depth"):
        if section.whole(option, 0):
            raise UnsupportedError(f"{section.kind} with {option}")


def _convolutional(net: Assembly, section: Section) -> Tensor:
    _check_plain(section)
    return _normalised(net, section, _convolution(section, section.whole("filters", 1)), _spatial(net, section))


def _spatial(net: Assembly, section: Section) -> Tensor:
    """A map of one place for a vector, which Darknet keeps as one."""
    vector = not net.shape(section.x.node).space
    return _add(net, section, Unflatten((1, 1))) if vector else cast(Tensor, section.x)


def _convolution(section: Section, filters: int) -> Conv:
    size, dilation, stride = (section.whole(name, 1) for name in ("size", "dilation", "stride"))
    padding = size // 2 * dilation if section.whole("pad", 0) else section.whole("padding", 0)
    strides = section.whole("stride_y", stride), section.whole("stride_x", stride)
    bias = not section.whole("batch_normalize", 0)
    return Conv(size, filters, strides, padding, dilation, section.whole("groups", 1), bias)


def _deconvolutional(net: Assembly, section: Section) -> Tensor:
    size = section.whole("size", 1)
    padding = size // 2 if section.whole("pad", 0) else section.whole("padding", 0)
    bias = not section.whole("batch_normalize", 0)
    layer = Transposed(size, section.whole("filters", 1), section.whole("stride", 1), padding, bias=bias)
    return _normalised(net, section, layer)


def _local(net: Assembly, section: Section) -> Tensor:
    """With ``pad`` there are ⌊(n − 1)/s⌋ + 1 positions (``local_out_height``), whatever the size."""
    size = section.whole("size", 1)
    both = size - 1 if section.whole("pad", 0) else 0
    padding = ((both // 2, both - both // 2),)
    return _add(net, section, Local(size, section.whole("filters", 1), section.whole("stride", 1), padding))


def _connected(net: Assembly, section: Section) -> Tensor:
    return _normalised(net, section, Dense(section.whole("output", 1), not section.whole("batch_normalize", 0)))


def _recurrent(op: str) -> Translator:
    """Each gate sums what comes in, and the state, by a layer of its own (``gru_layer.c``, ``lstm_layer.c``)."""

    def translate(net: Assembly, section: Section) -> Tensor:
        return _state(net, section, Recurrent(op, section.whole("output", 1)))

    return translate


def _rnn(net: Assembly, section: Section) -> Tensor:
    """A state of ``hidden`` units, of as many as come out unless told, and a layer on it (``rnn_layer.c``)."""
    output = section.whole("output", 1)
    state = _state(net, section, Recurrent("rnn", section.whole("hidden", output)))
    layer = Dense(output, not section.whole("batch_normalize", 0))
    return _normalised(net, section, layer, state, part=".output")


def _state(net: Assembly, section: Section, layer: Recurrent) -> Tensor:
    """One step of a recurrent layer, on all that comes in as one vector."""
    x = _add(net, section, Flatten()) if net.shape(section.x.node).space else section.x
    beside = _norms(section, 2 * GATES[layer.op] * layer.units)
    return _add(net, section, layer, x, weights=f"{section.number}.weights", beside=beside)


def _crnn(net: Assembly, section: Section) -> Tensor:
    """Convolutions of a frame to a state, and of that to what comes out; one of the last frame's state is added.

    The last brings nothing of this frame, and counts with the first. The author's files say ``hidden_filters`` and
    ``output_filters``, of 3×3; those of the fork have a size, and a padding as convolutions do (``crnn_layer.c``).
    """
    given = section.arguments
    own = {"pad": "1"} if "output_filters" in given else {}
    section = replace(section, arguments={"size": "3", **own, **given})
    hidden = section.whole("hidden", section.whole("hidden_filters", 1))
    output = section.whole("output", section.whole("output_filters", 1))
    into, within, out = (_convolution(section, filters) for filters in (hidden, hidden, output))
    frame = _spatial(net, section)
    state = into.output(net.shape(frame.node))
    counted = count(within, state, within.output(state))
    root = Root(f"{section.number}.state", counted.parameters, learnt=True, macs=counted.macs)
    beside = Constant(made_of=(root,)), *_norms(section, hidden, biases=1)
    x = _normalised(net, section, into, frame, beside=beside)
    return _normalised(net, section, out, _activated(net, section, x), part=".output")


def _norms(section: Section, sums: int, biases: int = 0) -> tuple[Constant, ...]:
    """What normalising so many sums stores beside their weights, and beside their biases unless those count too."""
    if not section.whole("batch_normalize", 0):
        return ()
    learnt = Constant((1 + biases, sums), None, f"{section.number}.scales", learnt=True)
    return learnt, Constant((2, sums), None, f"{section.number}.rolling")


def _pool(op: str) -> Translator:
    """⌊(n + p − k)/s⌋ + 1 positions from −⌊p/2⌋ on, with p = k − 1 unless it is given (``maxpool_layer.c``)."""

    def translate(net: Assembly, section: Section) -> Tensor:
        _check_plain(section)
        stride = section.whole("stride", 1)
        size = section.whole("size", stride)
        padding = section.whole("padding", size - 1)
        sides = ((padding // 2, padding - padding // 2),)
        strides = (section.whole("stride_y", stride), section.whole("stride_x", stride))
        if len(net.shape(section.x.node).space) != 2:
            strides = (stride, stride)
        return _add(net, section, Pool(size, op, strides, sides, wide_padding=True, exclude_padding=op == "avg"))

    return translate


def _crop(net: Assembly, section: Section) -> Tensor:
    space = net.shape(section.x.node).space
    if len(space) != 2:
        raise UnsupportedError
    wanted = (section.whole("crop_height", 1), section.whole("crop_width", 1))
    left = [size - new for size, new in zip(space, wanted, strict=True)]
    return _add(net, section, Crop(tuple((cut // 2, cut - cut // 2) for cut in left)))


def _shortcut(net: Assembly, section: Section) -> Tensor:
    """Maps of one shape are added in one; of any other one, what both have (``shortcut_cpu``).

    With ``weights_type=per_channel`` each of the maps has a learnt number per channel, (n + 1)·C in all.
    """
    learns = section.arguments.get("weights_type", "none")
    if learns != "none":
        return _weighted(net, section, learns)
    shape = net.shape(section.x.node)
    alike = [other for other in section.others if net.shape(other.node) == shape]
    x = cast(Tensor, section.x)
    if alike:
        x = _add(net, section, Merge("add"), x, *alike)
    for other in section.others:
        if net.shape(other.node) != shape:
            x = _added(net, section, x, other)
    return x


def _weighted(net: Assembly, section: Section, learns: str) -> Tensor:
    tensors = (cast(Tensor, section.x), *section.others)
    if learns != "per_channel" or len({net.shape(x.node) for x in tensors}) > 1:
        raise UnsupportedError(f"shortcut with weights {plain(shorten(learns))}")
    return _add(net, section, Merge("add"), *(_add(net, section, Scale(), x) for x in tensors))


def _added(net: Assembly, section: Section, x: Tensor, other: Tensor) -> Tensor:
    """``other`` on the channels that both have; those that only ``x`` has stay as they are."""
    channels = net.shape(x.node).channels
    both = min(channels, net.shape(other.node).channels)
    other = _thinned(net, section, other, net.shape(x.node).space, both)
    if both == channels:
        return _add(net, section, Merge("add"), x, other)
    total = _add(net, section, Merge("add"), _add(net, section, Slice(0, both), x), other)
    return _add(net, section, Merge("concat"), total, _add(net, section, Slice(both), x))


def _thinned(net: Assembly, section: Section, x: Tensor, space: tuple[int, ...], channels: int) -> Tensor:
    """The first channels at every ⌊w₁/w₂⌋-th position, as many as there are in ``space``; the step is one for all axes."""
    sizes = net.shape(x.node).space
    if len(sizes) != len(space) or any(new > old for new, old in zip(space, sizes, strict=True)):
        raise UnsupportedError("shortcut from a smaller map")
    steps = tuple(old // new for new, old in zip(space, sizes, strict=True))
    if len(set(steps)) > 1:
        raise UnsupportedError("uneven shortcut")
    rests = [old - (new - 1) * step - 1 for new, old, step in zip(space, sizes, steps, strict=True)]
    if any(rest >= step for rest, step in zip(rests, steps, strict=True)):
        x = _add(net, section, Crop(tuple((0, rest) for rest in rests)), x)
    if set(steps) <= {1} and channels == net.shape(x.node).channels:
        return x
    return _add(net, section, Slice(0, channels, steps or (1,)), x)


def _scale_channels(net: Assembly, section: Section) -> Tensor:
    (other,) = section.others
    return _add(net, section, Merge("mul"), other, section.x)


def _sam(net: Assembly, section: Section) -> Tensor:
    (other,) = section.others
    return _add(net, section, Merge("mul"), section.x, other)


def _route(net: Assembly, section: Section) -> Tensor:
    tensors = list(section.others)
    groups, chosen = section.whole("groups", 1), section.whole("group_id", 0)
    if groups > 1:
        tensors = [_group(net, section, x, groups, chosen) for x in tensors]
    return tensors[0] if len(tensors) == 1 else _add(net, section, Merge("concat"), *tensors)


def _group(net: Assembly, section: Section, x: Tensor, groups: int, chosen: int) -> Tensor:
    each = net.shape(x.node).channels // groups
    return _add(net, section, Slice(each * chosen, each * (chosen + 1)), x)


def _upsample(net: Assembly, section: Section) -> Tensor:
    return _add(net, section, Upsample(section.whole("stride", 2)))


def _reorg(net: Assembly, section: Section) -> Tensor:
    return _add(net, section, PixelShuffle(section.whole("stride", 1), inverse=not section.whole("reverse", 0)))


def _plain(layer: Layer) -> Translator:
    return lambda net, section: _add(net, section, layer)


def _same(net: Assembly, section: Section) -> Tensor:
    return cast(Tensor, section.x)


FUNCTIONS: dict[str, Translator] = {
    **{name: _plain(Activation(function)) for name, function in ACTIVATIONS.items()},
    "stair": _plain(Identity()),  # steps, which no function of ours has; one number in, one out
}
"""Darknet's name of an activation: what it does."""


TRANSLATORS: dict[str, Translator] = {
    **dict.fromkeys(("convolutional", "conv"), _convolutional),
    **dict.fromkeys(("deconvolutional", "deconv"), _deconvolutional),
    "local": _local,
    **{op: _recurrent(op) for op in ("gru", "lstm")},
    "rnn": _rnn,
    "crnn": _crnn,
    **dict.fromkeys(("connected", "conn"), _connected),
    **dict.fromkeys(("maxpool", "max"), _pool("max")),
    **dict.fromkeys(("local_avgpool", "local_avg"), _pool("avg")),
    **dict.fromkeys(("avgpool", "avg"), _plain(GlobalPool())),
    "crop": _crop,
    "shortcut": _shortcut,
    "scale_channels": _scale_channels,
    "sam": _sam,
    "route": _route,
    "upsample": _upsample,
    **dict.fromkeys(("reorg", "reorg3d"), _reorg),
    "dropout": _plain(Dropout()),
    **dict.fromkeys(("softmax", "soft"), _plain(Softmax())),
    "batchnorm": _plain(BatchNorm()),
    **dict.fromkeys(("normalization", "lrn"), _plain(LocalResponseNorm())),
    **dict.fromkeys((*HEADS, "logistic"), _plain(Identity())),
    **dict.fromkeys(("activation", "cost", "contrastive", "empty", "silence"), _same),
}
"""Name of a section: what it does."""
