"""One layer of a Keras model at its place: its class, its configuration, and what it reads there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.importers.operator import Operator
from cnncalc.importers.values import Constant, Tensor
from cnncalc.language import _
from cnncalc.layers.base import Sizes


@dataclass(eq=False, repr=False)
class KerasLayer(Operator):
    """A layer of Keras: its arguments are its configuration. ``weights`` is the key of what it stores."""

    inputs: tuple[Any, ...] = ()
    weights: str = ""

    @property
    def values(self) -> Iterator[Any]:
        yield from self.inputs

    @property
    def x(self) -> Tensor:
        """The tensor that it works on."""
        x: Tensor = self.inputs[0]
        return x

    @property
    def bias(self) -> bool:
        return bool(self.get("use_bias", True))

    def option(self, name: str) -> Any:
        """An option that no configuration lacks."""
        if name not in self.arguments:
            raise ModelFileError(
                _("{kind} lacks {name}: the configuration is not one that Keras writes").format(
                    kind=self.kind, name=name
                )
            )
        return self.arguments[name]

    def sizes(self, name: str, rank: int, default: int = 1) -> Sizes:
        """One number per axis."""
        value = self.get(name, default)
        numbers = tuple(value) if isinstance(value, list) else (value,) * rank
        if len(numbers) != rank or not all(isinstance(number, int) for number in numbers):
            raise ModelFileError(_("{name} {value} is not for {rank} axes").format(name=name, value=value, rank=rank))
        return numbers

    def pairs(self, name: str, rank: int) -> tuple[tuple[int, int], ...]:
        """``1``, ``[1, 2]`` or ``[[1, 1], [2, 2]]`` as one pair for each axis."""
        value = self.option(name)
        if rank == 1 and isinstance(value, list) and len(value) == 2:
            return ((int(value[0]), int(value[1])),)
        sides = value if isinstance(value, list) else [value] * rank
        if len(sides) != rank:
            raise ModelFileError(_("{name} {value} is not for {rank} axes").format(name=name, value=value, rank=rank))
        return tuple((side, side) if isinstance(side, int) else (int(side[0]), int(side[1])) for side in sides)

    def stored(self, *sizes: int) -> Constant:
        """A weight of the layer; used at two places, it is counted once."""
        return Constant(sizes, None, self.weights, True)

    def inner(self, name: str = "layer") -> KerasLayer:
        """The layer that a wrapper holds."""
        held = self.option(name)
        return KerasLayer(str(held["class_name"]), self.name, held["config"], inputs=self.inputs, weights=self.weights)
