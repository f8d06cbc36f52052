"""From what a user calls a network to the network: a file, standard input, a name from the zoo, or notation."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import IO, TYPE_CHECKING

from cnncalc.errors import InputTypeError, ModelFileError, NetworkError, NotationError, near
from cnncalc.language import _
from cnncalc.layers import KEYWORDS
from cnncalc.layers.base import Layer
from cnncalc.network import Network, chain
from cnncalc.network import assume as network_assume
from cnncalc.notation.parsing import parse
from cnncalc.shapes import shorten

if TYPE_CHECKING:  # other commands need none of it
    from cnncalc.sweeps.family import Family

IMPORTERS: dict[str, str] = {
    ".onnx": "onnx",
    ".pt2": "torch",
    ".pt": "torch",
    ".pth": "torch",
    ".keras": "keras",
    ".h5": "keras",
    ".json": "keras",
    ".cfg": "darknet",
    ".prototxt": "caffe",
}
"""Suffix of a model file: the module in `cnncalc.importers` whose ``load`` reads it."""

OPEN_LAYOUTS = ("onnx", "torch")
"""The importers of files that don't say which axis of an input holds its channels."""

AnyNetwork = Network | Layer | str | os.PathLike[str] | Sequence[Layer] | Sequence[str]
"""What `network_of` takes."""

NOTATION = ".cnn"
LONGEST_NAME = 40
"""No name of the zoo, however it is written, is longer than this."""
LARGEST_TEXT = 64 * 2**20
"""A file in our notation may have so many bytes."""


def load(
    words: str | os.PathLike[str] | Sequence[str],
    *,
    allow_unknown: bool = False,
    assume: Mapping[str, str] | None = None,
    layout: str = "",
) -> Network:
    """The network that a path, a name or the words of a command line mean, in this order.

    A file, told by its suffix; ``-``, notation from standard input; a name from the zoo; otherwise the words are
    notation. ``allow_unknown`` lets a model file hold unknown layers; ``assume`` gives rules for some, as
    `cnncalc.network.assume` does, and lets it hold those. ``layout``, such as ``BTC``, says where an ONNX file or a
    PyTorch program has the channels of its input.

    >>> len(load(["conv3-64,same", "x2", "maxpool2"]))
    3

    Raises `ModelFileError` for files, `NotationError` for notation, `NetworkError` for unknown names.
    """
    network = _load(words, allow_unknown=allow_unknown or bool(assume), layout=layout)
    if not assume:
        return network
    network = network_assume(network, assume)
    left = [
        (node, layer)
        for node, layer in zip(network.unknown, network.operators(), strict=True)
        if not (layer.rule or layer.counted)
    ]
    if left and not allow_unknown:
        from cnncalc.importers.assembly import unknown_operators

        raise unknown_operators(Counter(layer.operator for _node, layer in left), left[0][0].name)
    return network


def _load(words: str | os.PathLike[str] | Sequence[str], *, allow_unknown: bool, layout: str = "") -> Network:
    words = [os.fspath(words)] if isinstance(words, str | os.PathLike) else words
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise InputTypeError(
            _(
                "{type} is not a network: give a Network, layers, notation, a file or a name of the zoo; "
                "models of a framework go through from_torch, from_keras or from_onnx"
            ).format(type=type(words).__name__)
        )
    text = " ".join(words).strip()
    suffix = os.path.splitext(text)[1].lower()
    if suffix == NOTATION:
        return parse(read_text(text), source=text)
    if suffix in IMPORTERS and (len(words) == 1 or os.path.exists(text)):
        _check_file(text)
        options = {"layout": layout} if layout and IMPORTERS[suffix] in OPEN_LAYOUTS else {}
        _check_layout(layout, options)
        network: Network = import_module(f"cnncalc.importers.{IMPORTERS[suffix]}").load(
            text, allow_unknown=allow_unknown, **options
        )
        return network
    _check_layout(layout, {})
    if text == "-":
        return parse(_decoded(_bounded(sys.stdin.buffer, _("standard input")), _("standard input")))
    return _named(text) if _is_name(text) or title_of(words) != text else parse(text)


def _check_layout(layout: str, options: Mapping[str, str]) -> None:
    """`ModelFileError` for a layout that nobody asks for."""
    if layout and not options:
        raise ModelFileError(
            _("this network says itself where its channels are: leave --layout {layout} out").format(
                layout=shorten(layout)
            )
        )


def layouts_of(names: Sequence[str], layout: str) -> list[str]:
    """The layout for each of several networks: those that say themselves where their channels are need none.

    >>> layouts_of(["vgg16", "m.onnx"], "BTC")
    ['', 'BTC']

    Where none of them needs it, it is left to all, which then refuse it.
    """
    opens = [IMPORTERS.get(os.path.splitext(name)[1].lower()) in OPEN_LAYOUTS for name in names]
    return [layout if asked or not any(opens) else "" for asked in opens]


def several(words: Sequence[str]) -> bool:
    """Whether words are networks each, of the zoo or a file, and not one network in notation.

    >>> several(["vgg16", "resnet50"]), several(["conv3", "relu"]), several(["vgg16"])
    (True, False, False)
    """
    from cnncalc import zoo

    suffixes = {NOTATION, *IMPORTERS}
    known = (os.path.splitext(word)[1].lower() in suffixes or zoo.called(word) for word in words)
    return len(words) > 1 and all(known)


def is_network(words: Sequence[str]) -> bool:
    """Whether words mean a network that is there already: a file, standard input, or a name from the zoo.

    >>> is_network(["vgg16"]), is_network(["convK-64"])
    (True, False)
    """
    text = " ".join(words).strip()
    suffix = os.path.splitext(text)[1].lower()
    if suffix == NOTATION or (suffix in IMPORTERS and (len(words) == 1 or os.path.exists(text))) or text == "-":
        return True
    from cnncalc import zoo

    return bool(zoo.called(text))


def family_of(
    words: Sequence[str], variables: Mapping[str, Sequence[int]], input: str | None = None, vary: Iterable[str] = ()
) -> tuple[Family, dict[str, Sequence[int]]]:
    """The family of networks that words mean, and the values of all its variables.

    Words that mean a network are varied by the edits ``vary``, which may bring variables of their own, and by the shape of
    its input; others are a template.

    >>> family, variables = family_of(["convK-64"], {"K": (3, 5)}, "32x32x3")
    >>> family.write({"K": 5}), family_of(["vgg11"], {"I": (64,)}, "IxIx3")[0].names
    ('conv5-64', ('I',))

    Raises `CnncalcError` for what can't be read, and for variables without values or without use.
    """
    from cnncalc.sweeps.edits import EditError, network_family, read_edits
    from cnncalc.sweeps.family import template_family
    from cnncalc.sweeps.variables import check_given

    edits, more = read_edits(vary)
    if is_network(words):
        family = network_family(load(words), edits, input)
    elif edits:
        raise EditError(_("a template is not varied by edits: write the variable where the number stands"))
    else:
        family = template_family(" ".join(words), input)
    together = {**variables, **more}
    check_given(family, together)
    return family, together


def title_of(words: str | os.PathLike[str] | Sequence[str]) -> str:
    """What answers call the network that `load` reads: its name in the zoo, however that was written, or the words.

    >>> title_of("ResNet-50"), title_of(["conv3", "relu"])
    ('resnet50', 'conv3 relu')
    """
    text = (os.fspath(words) if isinstance(words, str | os.PathLike) else " ".join(words)).strip()
    if len(text) > LONGEST_NAME:
        return text
    from cnncalc import zoo

    return zoo.called(text) or text


def network_of(network: AnyNetwork) -> Network:
    """A network as the library takes one: itself, layers, or whatever `load` reads.

    >>> from cnncalc.layers.conv import Conv
    >>> len(network_of("vgg16")), len(network_of("conv3 relu")), len(network_of([Conv(3), Conv(3)]))
    (37, 2, 2)

    Raises `InputTypeError` for anything else, and what `load` raises.
    """
    if isinstance(network, Network):
        return network
    layers = [network] if isinstance(network, Layer) else network
    if isinstance(layers, list | tuple) and layers and all(isinstance(layer, Layer) for layer in layers):
        return chain([layer for layer in layers if isinstance(layer, Layer)])
    return load(network)  # type: ignore[arg-type] # which refuses what it can't read


def read_text(path: str) -> str:
    """A file in our notation; a byte-order mark is left out."""
    _check_file(path)
    try:
        with open(path, "rb") as file:
            return _decoded(_bounded(file, path), path)
    except OSError as problem:
        raise ModelFileError(_("{path} can't be read: {reason}").format(path=path, reason=problem.strerror)) from None


def _named(name: str) -> Network:
    """A network of the zoo, or a layer alone; what is neither gets the nearest of both."""
    from cnncalc import zoo

    if zoo.called(name):
        return zoo.load(name)
    try:
        return parse(name)
    except NotationError as problem:
        _refuse_path(name)
        from cnncalc.notation.dialects import meant

        if meant(name):
            raise  # the notation's own error has the word to write
        match = near(name, zoo.names())
        if match:
            message = _("there is no network {name}: did you mean {near}?")
        elif name.startswith(tuple(KEYWORDS)) or near(name.rstrip("0123456789x"), KEYWORDS):
            raise  # a layer with a mistake in it: the notation's own error says where
        else:
            message = _("there is no network {name}: see `cnncalc zoo`, or write one, as in conv3-64 relu maxpool2")
        raise NetworkError(message.format(name=shorten(name), near=match)) from problem


def _refuse_path(name: str) -> None:
    """A word that can only be a file gets told what is wrong with it as a file."""
    suffix = os.path.splitext(name)[1]
    if not os.path.exists(name) and not (suffix[1:].isalpha() and len(suffix) > 2):
        return
    _check_file(name)
    raise ModelFileError(
        _("{path} is of a kind that can't be read: give one of {known}").format(
            path=shorten(name), known=", ".join((NOTATION, *IMPORTERS))
        )
    )


def _is_name(text: str) -> bool:
    """Whether the text is one word that could be a name."""
    return bool(text) and not any(sign.isspace() or sign in '(|)@:,"#' for sign in text)


def _check_file(path: str) -> None:
    if os.path.isdir(path):
        raise ModelFileError(_("{path} is a folder: give a file").format(path=shorten(path)))
    if not os.path.exists(path):
        raise ModelFileError(_("there is no file {path}").format(path=shorten(path)))
    if not os.path.isfile(path):  # a device gives without end, a pipe waits
        raise ModelFileError(
            _("{path} is a device or a pipe: give a file, or - to read notation from standard input").format(
                path=shorten(path)
            )
        )


def _bounded(file: IO[bytes], name: str) -> bytes:
    """All of a file, or an error; a device without an end is not read to it."""
    content = file.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise ModelFileError(
            _("{path} is too large for a network in words: {most:,} bytes are allowed").format(
                path=shorten(name), most=LARGEST_TEXT
            )
        )
    return content


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelFileError(
            _("{path} is not text in UTF-8: give a file in our notation").format(path=shorten(name))
        ) from None
