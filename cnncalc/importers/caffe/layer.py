"""One layer of a Caffe network: its type, its blocks of options, and the blobs it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.caffe.prototxt import Message
from cnncalc.importers.operator import Operator
from cnncalc.importers.values import Constant, Tensor, UnsupportedError
from cnncalc.language import _
from cnncalc.layers.base import Sizes
from cnncalc.shapes import shorten

_WHOLE = re.compile(r"-?[0-9]{1,18}")
TRUE = ("true", "t", "1")


def message(block: Mapping[str, list[Any]], name: str) -> Message:
    """A block of options; empty where it is left out."""
    value = block.get(name, [{}])[-1]
    if not isinstance(value, dict):
        raise ModelFileError(_("{name} is not a block of options").format(name=shorten(name)))
    return value


def texts(block: Mapping[str, list[Any]], name: str) -> list[str]:
    """Every value of a name."""
    values = block.get(name, [])
    if not all(isinstance(value, str) for value in values):
        raise ModelFileError(_("{name} is a block where a value is wanted").format(name=shorten(name)))
    return list(values)


def text(block: Mapping[str, list[Any]], name: str, default: str = "") -> str:
    """The last value of a name."""
    return [default, *texts(block, name)][-1]


def wholes(block: Mapping[str, list[Any]], name: str) -> Sizes:
    """Every value of a name, as a whole number."""
    values = texts(block, name)
    for value in values:
        if not _WHOLE.fullmatch(value):
            raise ModelFileError(_("{name}={value} is not a whole number").format(name=name, value=shorten(value)))
    return tuple(map(int, values))


@dataclass(eq=False, repr=False)
class CaffeLayer(Operator):
    """A layer: its arguments are the names in its block. ``options`` is the block of its own type."""

    inputs: tuple[Any, ...] = ()
    options: Message = None  # type: ignore[assignment] # what makes one always gives them

    @property
    def values(self) -> Iterator[Any]:
        yield from self.inputs

    @property
    def x(self) -> Tensor:
        """The blob that it works on."""
        x = self.inputs[0]
        if not isinstance(x, Tensor):
            raise UnsupportedError
        return x

    def whole(self, name: str, default: int) -> int:
        return (default, *wholes(self.options, name))[-1]

    def true(self, name: str, *, default: bool = False) -> bool:
        return text(self.options, name, TRUE[0] if default else "").lower() in TRUE

    def sizes(self, name: str, rank: int, default: int, own: str = "") -> Sizes:
        """One number per axis: one for all, one for each, or for two axes ``…_h`` and ``…_w``."""
        sides = [(*wholes(self.options, f"{own or name}_{side}"), None)[0] for side in ("h", "w")]
        if rank == 2 and None not in sides:
            return tuple(side for side in sides if side is not None)
        numbers = wholes(self.options, name) or (default,)
        if len(numbers) not in (1, rank):
            raise ModelFileError(
                _("{name} {value} is not for {rank} axes").format(name=name, value=list(numbers), rank=rank)
            )
        both = numbers * rank if len(numbers) == 1 else numbers
        if rank != 2:
            return both
        return tuple(number if side is None else side for number, side in zip(both, sides, strict=True))

    def stored(self, place: int, *sizes: int) -> Constant:
        """The ``place``-th of the blobs it learns; under a name of its own it is shared with who uses that name too."""
        params = self.arguments.get("param", [])
        param = params[place] if place < len(params) else {}
        name = text(param, "name") if isinstance(param, dict) else param
        return Constant(sizes, None, f"shared {name}" if name else f"{self.name} {place}", True)
