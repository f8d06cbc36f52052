"""Darknet ``.cfg`` files as a `Network`: sections of options, each a layer on the one before it.

`TRANSLATORS` is the one table: name of a section → the function that says what it does. Layers are called by their
number in the file, as Darknet counts and ``route`` and ``shortcut`` refer to them: ``36.add``.

Source: the parser and the layers of https://github.com/pjreddie/darknet (``src/parser.c``); ``groups``, ``sam`` and
``scale_channels`` as in the fork by A. Bochkovskiy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cnncalc.errors import CnncalcError, ModelFileError
from cnncalc.importers.assembly import LOST, Assembly, Lost, UnsupportedError, plain
from cnncalc.language import _
from cnncalc.layers.activation import Activation
from cnncalc.layers.base import Layer
from cnncalc.layers.batchnorm import BatchNorm
from cnncalc.layers.conv import Conv
from cnncalc.layers.crop import Crop
from cnncalc.layers.dense import Dense
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.globalpool import GlobalPool
from cnncalc.layers.identity import Identity
from cnncalc.layers.local import Local
from cnncalc.layers.lrn import LocalResponseNorm
from cnncalc.layers.merge import Merge
from cnncalc.layers.pixelshuffle import PixelShuffle
from cnncalc.layers.pool import Pool
from cnncalc.layers.slice import Slice
from cnncalc.layers.softmax import Softmax
from cnncalc.layers.transposed import Transposed
from cnncalc.layers.upsample import Upsample
from cnncalc.network import INPUT, Network
from cnncalc.shapes import Shape, shorten

MOST_BYTES = 8 << 20
"""A file with more bytes than this is refused."""
MOST_SECTIONS = 100_000
"""So is one with more sections."""


class Section(NamedTuple):
    """One section: its name, its options, its number among the layers and the node of the layer before it."""

    kind: str
    options: Mapping[str, str]
    number: int = -1
    before: int = INPUT
    made: Sequence[int | Lost] = ()
    """The node that each layer so far ended in."""

    def whole(self, name: str, default: int) -> int:
        """An option that is a whole number."""
        return _whole(name, self.options.get(name, str(default)))

    def layers(self, name: str) -> list[int]:
        """The nodes of layers that an option names, counted from the start or, if negative, from here."""
        nodes = []
        for part in self.options.get(name, "").split(","):
            number = _whole(name, part)
            place = number + self.number if number < 0 else number
            if not 0 <= place < self.number:
                raise ModelFileError(
                    _("{name}={number} is not a layer before this one: the file has {count} up to here").format(
                        name=name, number=number, count=self.number
                    )
                )
            node = self.made[place]
            if isinstance(node, Lost):
                raise _LostError
            nodes.append(node)
        return nodes


class _LostError(Exception):
    """A layer that follows from one that is not known."""


def _whole(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise ModelFileError(_("{name}={value} is not a whole number").format(name=name, value=shorten(text)))
    return int(text)


Translator = Callable[[Assembly, Section], int]


def load(path: str | Path, *, allow_unknown: bool = False) -> Network:
    """The network in a ``.cfg`` file.

    Raises `ModelFileError` for what can't be read, `UnknownLayerError` for sections that no kind describes.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None
    if len(content) > MOST_BYTES:
        raise ModelFileError(
            _("{path} is larger than the {most} bytes that are read").format(path=path, most=MOST_BYTES)
        )
    return parse(content.decode("utf-8", "replace"), allow_unknown=allow_unknown)


def parse(text: str, *, allow_unknown: bool = False) -> Network:
    """The network that the text of a ``.cfg`` file describes.

    >>> network = parse("[net]\\nwidth=8\\nheight=8\\nchannels=3\\n[local]\\nsize=3\\nfilters=2\\npad=1\\nactivation=linear")
    >>> network.nodes[0].layer
    Local(kernel=(3,), filters=2, stride=(1,), padding=((1, 1),), dilation=(1,), bias=True, shared_bias=False)
    """
    head, *sections = _sections(text)
    net = Assembly(_input(head), allow_unknown=allow_unknown)
    made: list[int | Lost] = []
    for number, section in enumerate(sections):
        before = made[-1] if made else INPUT
        net.name = f"{number}.{plain(section.kind)}"
        made.append(_translated(net, section, number, before, made))
    net.check_unknown()
    outputs = [node for node in made[-1:] if isinstance(node, int) and node != INPUT]
    heads = [
        node for section, node in zip(sections, made, strict=True) if section.kind in HEADS and isinstance(node, int)
    ]
    if not outputs:
        raise ModelFileError(_("the file has no layers"))
    return net.finish([*outputs, *heads], net.input)


def _translated(net: Assembly, section: Section, number: int, before: int | Lost, made: list[int | Lost]) -> int | Lost:
    if isinstance(before, Lost):
        if section.kind not in TRANSLATORS:
            net.unknown[section.kind] += 1
        return LOST
    section = section._replace(number=number, before=before, made=made)
    try:
        node = TRANSLATORS.get(section.kind, _unknown)(net, section)
        return _activated(net, section, node) if section.kind in ACTIVATED else node
    except _LostError:
        return LOST
    except UnsupportedError as problem:
        kind = str(problem) or section.kind
        if not net.allow_unknown:
            net.unknown[kind] += 1
            return LOST
        return net.stand_in(kind, (before,), None, 0).node
    except CnncalcError as problem:
        raise type(problem)(f"[{plain(section.kind)}] {number}: {problem}") from None


def _sections(text: str) -> list[Section]:
    """The sections of a file; white space counts for nothing, ``#`` and ``;`` begin a comment line."""
    sections: list[Section] = []
    options: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = "".join(line.split())
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            options = {}
            sections.append(Section(line[1:-1], options))
            if len(sections) > MOST_SECTIONS:
                raise ModelFileError(_("the file has more than {most} sections").format(most=MOST_SECTIONS))
            continue
        name, sign, value = line.partition("=")
        if not sign or not sections:
            raise ModelFileError(
                _("line {number}, {line}: write sections like [convolutional] and options like size=3").format(
                    number=number, line=repr(shorten(line))
                )
            )
        options[name] = value
    if not sections or sections[0].kind not in ("net", "network"):
        raise ModelFileError(_("the file does not begin with a section [net]"))
    return sections


def _input(head: Section) -> Shape:
    height, width, channels = (head.whole(name, 0) for name in ("height", "width", "channels"))
    if height and width and channels:
        return Shape((height, width), channels)
    return Shape((), head.whole("inputs", 0))


# Translators.


def _unknown(net: Assembly, section: Section) -> int:
    raise UnsupportedError


ACTIVATIONS = {
    "leaky": "leakyrelu",
    "logistic": "sigmoid",
    "loggy": "sigmoid",
    "swish": "silu",
    "hardtan": "hardtanh",
    **{name: name for name in ("relu", "relu6", "elu", "selu", "gelu", "mish", "tanh")},
}
"""Darknet's name of an activation: ours."""

ACTIVATED = frozenset({"convolutional", "conv", "local", "connected", "conn", "shortcut", "activation"})
ACTIVATED |= {"deconvolutional", "deconv", "scale_channels", "sam"}
"""Sections with an activation of their own."""

LINEAR = frozenset({"shortcut", "scale_channels", "sam", "activation"})
"""Of those, the ones whose activation is linear unless they say otherwise; it is logistic for the others."""

HEADS = frozenset({"yolo", "Gaussian_yolo", "region", "detection"})
"""Where a detector gives an answer, at any place in the file."""


def _activated(net: Assembly, section: Section, node: int) -> int:
    name = section.options.get("activation", "linear" if section.kind in LINEAR else "logistic")
    if name == "linear":
        return node
    if name not in ACTIVATIONS:
        raise UnsupportedError(f"activation {plain(shorten(name))}")
    return _add(net, section, Activation(ACTIVATIONS[name]), node)


def _add(net: Assembly, section: Section, layer: Layer, *inputs: int) -> int:
    return net.add(layer, inputs or (section.before,), f"{section.number}.{layer.keyword}")


def _normalised(net: Assembly, section: Section, layer: Layer) -> int:
    """The layer, and the batch norm it brings with it, whose shift is then the only bias."""
    node = _add(net, section, layer)
    return _add(net, section, BatchNorm(), node) if section.whole("batch_normalize", 0) else node


def _convolutional(net: Assembly, section: Section) -> int:
    size, dilation = section.whole("size", 1), section.whole("dilation", 1)
    stride = section.whole("stride", 1)
    padding = size // 2 * dilation if section.whole("pad", 0) else section.whole("padding", 0)
    layer = Conv(
        size,
        section.whole("filters", 1),
        (section.whole("stride_y", stride), section.whole("stride_x", stride)),
        padding,
        dilation,
        section.whole("groups", 1),
        not section.whole("batch_normalize", 0),
    )
    return _normalised(net, section, layer)


def _deconvolutional(net: Assembly, section: Section) -> int:
    size = section.whole("size", 1)
    padding = size // 2 if section.whole("pad", 0) else section.whole("padding", 0)
    bias = not section.whole("batch_normalize", 0)
    layer = Transposed(size, section.whole("filters", 1), section.whole("stride", 1), padding, bias=bias)
    return _normalised(net, section, layer)


def _local(net: Assembly, section: Section) -> int:
    """With ``pad`` there are ⌊(n − 1)/s⌋ + 1 positions (``local_out_height``), whatever the size."""
    size = section.whole("size", 1)
    both = size - 1 if section.whole("pad", 0) else 0
    padding = ((both // 2, both - both // 2),)
    return _add(net, section, Local(size, section.whole("filters", 1), section.whole("stride", 1), padding))


def _connected(net: Assembly, section: Section) -> int:
    return _normalised(net, section, Dense(section.whole("output", 1), not section.whole("batch_normalize", 0)))


def _maxpool(net: Assembly, section: Section) -> int:
    """⌊(n + p − k)/s⌋ + 1 positions from −⌊p/2⌋ on, with p = k − 1 unless it is given (``maxpool_layer.c``)."""
    stride = section.whole("stride", 1)
    size = section.whole("size", stride)
    padding = section.whole("padding", size - 1)
    sides = ((padding // 2, padding - padding // 2),)
    return _add(net, section, Pool(size, "max", stride, sides, wide_padding=True))


def _crop(net: Assembly, section: Section) -> int:
    space = net.shape(section.before).space
    if len(space) != 2:
        raise UnsupportedError
    wanted = (section.whole("crop_height", 1), section.whole("crop_width", 1))
    left = [size - new for size, new in zip(space, wanted, strict=True)]
    return _add(net, section, Crop(tuple((cut // 2, cut - cut // 2) for cut in left)))


def _shortcut(net: Assembly, section: Section) -> int:
    others = section.layers("from")
    shapes = {net.shape(node) for node in (section.before, *others)}
    if len(shapes) > 1:
        raise UnsupportedError(_SHORTCUT)
    return _add(net, section, Merge("add"), section.before, *others)


_SHORTCUT = "shortcut between different shapes"


def _scale_channels(net: Assembly, section: Section) -> int:
    (other,) = section.layers("from")
    return _add(net, section, Merge("mul"), other, section.before)


def _sam(net: Assembly, section: Section) -> int:
    (other,) = section.layers("from")
    return _add(net, section, Merge("mul"), section.before, other)


def _route(net: Assembly, section: Section) -> int:
    nodes = section.layers("layers")
    groups, chosen = section.whole("groups", 1), section.whole("group_id", 0)
    if groups > 1:
        nodes = [_group(net, section, node, groups, chosen) for node in nodes]
    return nodes[0] if len(nodes) == 1 else _add(net, section, Merge("concat"), *nodes)


def _group(net: Assembly, section: Section, node: int, groups: int, chosen: int) -> int:
    each = net.shape(node).channels // groups
    return _add(net, section, Slice(each * chosen, each * (chosen + 1)), node)


def _upsample(net: Assembly, section: Section) -> int:
    return _add(net, section, Upsample(section.whole("stride", 2)))


def _reorg(net: Assembly, section: Section) -> int:
    return _add(net, section, PixelShuffle(section.whole("stride", 1), inverse=not section.whole("reverse", 0)))


def _plain(layer: Layer) -> Translator:
    return lambda net, section: _add(net, section, layer)


def _skipped(net: Assembly, section: Section) -> int:
    return section.before


TRANSLATORS: dict[str, Translator] = {
    **dict.fromkeys(("convolutional", "conv"), _convolutional),
    **dict.fromkeys(("deconvolutional", "deconv"), _deconvolutional),
    "local": _local,
    **dict.fromkeys(("connected", "conn"), _connected),
    **dict.fromkeys(("maxpool", "max"), _maxpool),
    **dict.fromkeys(("avgpool", "avg"), _plain(GlobalPool())),
    "crop": _crop,
    "shortcut": _shortcut,
    "scale_channels": _scale_channels,
    "sam": _sam,
    "route": _route,
    "upsample": _upsample,
    "reorg": _reorg,
    **dict.fromkeys(("dropout",), _plain(Dropout())),
    **dict.fromkeys(("softmax", "soft"), _plain(Softmax())),
    **dict.fromkeys(("batchnorm",), _plain(BatchNorm())),
    **dict.fromkeys(("normalization", "lrn"), _plain(LocalResponseNorm())),
    **dict.fromkeys(("yolo", "Gaussian_yolo", "region", "detection", "logistic"), _plain(Identity())),
    **dict.fromkeys(("cost", "activation"), _skipped),
}
"""Name of a section: what it does."""
