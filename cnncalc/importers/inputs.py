"""The input of a model file: there is one, and its size may be left open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cnncalc.errors import ModelFileError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import shorten

PROBES = (224, 320)
"""Sizes that stand for one a file leaves open; what comes out for both alike holds for every size."""

Sizes = tuple[int, ...]


def only(names: Sequence[str]) -> str:
    """The one input of a model; `ModelFileError` where it is not alone."""
    if len(names) != 1:
        raise ModelFileError(
            _("the model takes {count} inputs ({names}): only models with one are read").format(
                count=len(names), names=shorten(", ".join(names))
            )
        )
    return names[0]


def for_any_size(build: Callable[[Sizes], Network], sizes: Sequence[int | None]) -> Network:
    """The network that ``build`` gives whatever the open ``sizes`` are; `ModelFileError` if it depends on them."""
    first = build(_filled(sizes, PROBES[0]))
    if None not in sizes:
        return first
    second = build(_filled(sizes, PROBES[1]))
    if first.nodes != second.nodes:
        raise ModelFileError(
            _("the file leaves its input size open and its layers depend on it: export it with a fixed size")
        )
    return replace(first, input=None, channels=first.channels if first.channels == second.channels else None)


def _filled(sizes: Sequence[int | None], probe: int) -> Sizes:
    return tuple(probe if size is None else size for size in sizes)
