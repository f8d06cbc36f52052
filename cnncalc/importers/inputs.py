"""The inputs of a model file: what they are called, and their sizes, which may be left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cnncalc.errors import ModelFileError
from cnncalc.inputs import MOST_INPUTS
from cnncalc.language import _
from cnncalc.layers.placeholder import Placeholder
from cnncalc.network import Network, Node
from cnncalc.shapes import shorten

PROBES = (224, 320)
"""Sizes that stand for one a file leaves open; what comes out for both alike holds for every size."""

Sizes = tuple[int, ...]
Inputs = Mapping[str, Sizes]
"""The sizes of every input by its name, batch first."""


def in_order(inputs: Mapping[str, Sequence[int | None]]) -> dict[str, Sequence[int | None]]:
    """The inputs, the first that has an axis before the others: fields are looked at from that one.

    >>> list(in_order({"age": (1, 1), "face": (1, 3, 64, 64), "mask": (1, 1, 64, 64)}))
    ['face', 'mask', 'age']

    Raises `ModelFileError` where there are none, more than anybody has, or one without any size.
    """
    if not 1 <= len(inputs) <= MOST_INPUTS:
        raise ModelFileError(
            _("the model takes {count} inputs: only models with 1 to {most} are read").format(
                count=len(inputs), most=MOST_INPUTS
            )
        )
    for name, sizes in inputs.items():
        if not sizes:
            raise ModelFileError(_("the input {name} has no shape").format(name=shorten(name)))
    return dict(sorted(inputs.items(), key=lambda entry: len(entry[1]) < 3))


def lasts(layout: str, inputs: Mapping[str, Sequence[int | None]]) -> dict[str, bool]:
    """Of each input that has as many axes as a layout, such as ``BTC``, whether its channels stand last.

    >>> lasts("BHWC", {"image": (1, 64, 64, 3), "age": (1, 1)}), lasts("BCT", {"sound": (1, 2, 16000)})
    ({'image': True}, {'sound': False})

    Raises `ModelFileError` for a layout that is none, or that no input has.
    """
    if not layout:
        return {}
    letters = layout.upper()
    if letters[:1] != "B" or len(set(letters)) < len(letters) or "C" not in (letters[1:2], letters[2:][-1:]):
        raise ModelFileError(
            _(
                "{layout} is not a layout: write B, then C and the other axes, or these and then C, as BCHW, BHWC, BTC"
            ).format(layout=shorten(layout))
        )
    told = {name: letters[1] != "C" for name, sizes in inputs.items() if len(sizes) == len(letters)}
    if not told:
        sizes = ", ".join(f"{name} {len(sizes)}" for name, sizes in inputs.items())
        raise ModelFileError(
            _("{layout} has {count} axes, and the inputs have others: {sizes}").format(
                layout=shorten(layout), count=len(letters), sizes=shorten(sizes)
            )
        )
    return told


def for_any_size(build: Callable[[Inputs], Network], inputs: Mapping[str, Sequence[int | None]]) -> Network:
    """The network that ``build`` gives whatever the open sizes are; `ModelFileError` if it depends on them."""
    first = build(_filled(inputs, PROBES[0]))
    if all(None not in sizes for sizes in inputs.values()):
        return first
    second = build(_filled(inputs, PROBES[1]))
    opened = tuple(map(_opened, first.nodes, second.nodes))
    if len(first) != len(second) or None in opened:
        raise ModelFileError(
            _("the file leaves its input size open and its layers depend on it: export it with a fixed size")
        )
    return replace(
        first,
        nodes=tuple(node for node in opened if node),
        input=first.input if first.input == second.input else None,
        channels=first.channels if first.channels == second.channels else None,
    )


def _filled(inputs: Mapping[str, Sequence[int | None]], probe: int) -> Inputs:
    return {name: tuple(probe if size is None else size for size in sizes) for name, sizes in inputs.items()}


def _opened(one: Node, other: Node) -> Node | None:
    """The node that both are, an input's sizes open where they differ; `None` where they differ otherwise."""
    layer = one.layer
    if isinstance(layer, Placeholder) and isinstance(other.layer, Placeholder) and len(layer.to) == len(other.layer.to):
        sizes = zip(layer.to, other.layer.to, strict=True)
        opened = Placeholder(tuple(size if size == again else 0 for size, again in sizes))
        one, other = replace(one, layer=opened), replace(other, layer=opened)
    return one if one == other else None
