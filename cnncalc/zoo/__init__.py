"""The networks that are built in: one file each, in our own notation, named as people call them."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from cnncalc.errors import NetworkError, near
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape, shorten

_FOLDER = os.path.dirname(__file__)
_SUFFIX = ".cnn"
_FACTS = ("paper", "numbers", "model", "sizes", "names")
_SIGNS = str.maketrans("", "", "-_ /")


class Entry(NamedTuple):
    """What the head of a file says: the network's title, its year, its paper, and where its numbers come from.

    ``model`` is what people call it, where they call another one the same; ``sizes`` which input sizes it takes, empty
    where those are all that its layers take.
    """

    name: str
    title: str
    year: int
    paper: str
    numbers: str
    model: str | None = None
    sizes: str = ""


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every name, in an order in which people would list them: ``resnet18`` before ``resnet101``.

    >>> "vgg16" in names(), names().index("resnet18") < names().index("resnet101")
    (True, True)
    """
    return tuple(sorted(_by_bare_name().values(), key=_natural))


def called(written: str) -> str:
    """The name of the network that is written so, whatever its capitals and the signs in it; nothing if there is none.

    >>> called("ResNet-50"), called("mobilenet_v2"), called("ViT-B/16"), called("resnet51")
    ('resnet50', 'mobilenet-v2', 'vit-b16', '')
    """
    return _by_bare_name().get(_bare(written), "")


@lru_cache(maxsize=1)
def _by_bare_name() -> dict[str, str]:
    """All networks, in no order: every first word of a command line is looked up here, a list is seldom asked for."""
    known = [file.removesuffix(_SUFFIX) for file in os.listdir(_FOLDER) if file.endswith(_SUFFIX)]
    return {_bare(name): name for name in known}


def _bare(name: str) -> str:
    """Letters and digits alone, and the dot of a version."""
    return name.lower().translate(_SIGNS)


def text(name: str) -> str:
    """The notation file of a network, its comments included; `NetworkError` with the nearest name if there is none."""
    known = called(name)
    if not known:
        match = near(name, names())
        message = (
            _("there is no network {name}: did you mean {near}?")
            if match
            else _("there is no network {name}: see `cnncalc zoo` for those there are")
        )
        raise NetworkError(message.format(name=shorten(name), near=match))
    with open(os.path.join(_FOLDER, known + _SUFFIX), encoding="utf-8") as file:
        return file.read()


def load(name: str) -> Network:
    """A network by its name.

    >>> str(load("vgg16").input)
    '224x224x3'
    """
    network, entry = parse(text(name), source=called(name)), about(name)
    channels = network.input.channels if network.input else None
    return replace(network, takes=_takes(entry), channels=channels, aliases=aliases(name))


def _takes(entry: Entry) -> Callable[[Shape], None] | None:
    if not entry.sizes:
        return None
    from cnncalc.zoo.sizes import InputSizes

    return InputSizes.parse(entry.title, entry.sizes).check


def about(name: str) -> Entry:
    """What the head of a network's file says.

    >>> about("vgg16").title, about("vgg16").year
    ('VGG-16', 2014)
    """
    head, facts = _head(called(name))
    title, _bracket, year = head.removeprefix("# ").removesuffix(")").rpartition(" (")
    if not year.isdigit():
        raise ValueError(f"the first line of {name}{_SUFFIX} is not '# title (year)'")
    optional = facts.get("model"), facts.get("sizes", "")
    return Entry(called(name), title, int(year), facts["paper"], facts["numbers"], *optional)


def aliases(name: str) -> dict[str, str]:
    """What publications call its layers and blocks, where that is not their name here.

    >>> aliases("vgg16")["conv5_3"], aliases("resnet50")["conv2_x"]
    ('features.conv13', 'layer1')
    """
    pairs = (pair.partition(" = ") for pair in _head(called(name))[1].get("names", "").split(", ") if pair)
    return {theirs: ours for theirs, _is, ours in pairs}


@lru_cache(maxsize=1)
def _head(name: str) -> tuple[str, dict[str, str]]:
    """The first line of a network's file, and the facts in those up to the first empty one."""
    first, *lines = text(name).split("\n\n", 1)[0].replace("\n#   ", " ").splitlines()
    facts = (line.removeprefix("# ").partition(": ") for line in lines)
    return first, {name: fact for name, _colon, fact in facts if name in _FACTS}


def namesakes(name: str) -> tuple[Entry, ...]:
    """The other networks that people call the same; none for what is not in the zoo.

    >>> [entry.name for entry in namesakes("resnet50")]
    ['resnet50-slim']
    """
    own = called(name)
    model = about(own).model if own else None
    others = (about(other) for other in names() if model and other != own)
    return tuple(entry for entry in others if entry.model == model)


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """``resnet101-slim`` as letters and numbers, for sorting."""
    return tuple((letters, int(digits or 0)) for letters, digits in re.findall(r"(\D+)(\d*)", name))
