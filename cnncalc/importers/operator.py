"""One operator of a model file, as a translator asks it, whichever framework wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.importers.values import Constant, Scores, Tensor, UnsupportedError, Windows
from cnncalc.language import _
from cnncalc.layers.base import Sizes


@dataclass(eq=False, repr=False)  # made while a user waits: what nobody asks for is not generated
class Operator:
    """What a file says of one operator: what it reads and its options, by their names, and what its outputs are called.

    ``kind`` is its key in the table of translators, ``title`` what messages call it where that is something else.

    >>> Operator("mean", "pool", {"dim": [2, 3]}).ints("dim")
    (2, 3)
    """

    kind: str
    name: str
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...] = ("",)
    title: str = ""

    @property
    def values(self) -> Iterator[Any]:
        """Everything it reads."""
        for value in self.arguments.values():
            yield from value if isinstance(value, list) else (value,)

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or the default where it is left out."""
        value = self.arguments.get(name)
        return default if value is None else value

    def tensor(self, name: str = "input") -> Tensor:
        """A tensor that it reads; without a name the one that is worked on."""
        value = self.arguments.get(name)
        if not isinstance(value, Tensor):
            raise UnsupportedError
        return value

    def viewed(self, name: str = "input") -> Tensor | Windows:
        """The same, or windows of one."""
        value = self.arguments.get(name)
        return value if isinstance(value, Windows) else self.tensor(name)

    def windows(self, name: str = "input") -> Windows:
        """Windows, and nothing else."""
        value = self.arguments.get(name)
        if not isinstance(value, Windows):
            raise UnsupportedError
        return value

    def constant(self, name: str) -> Constant | None:
        """Stored numbers that it reads; `None` if they are left out."""
        value = self.arguments.get(name)
        if value is not None and not isinstance(value, Constant):
            raise UnsupportedError
        return value

    def weight(self, name: str) -> Constant:
        """Stored numbers that it can't do without."""
        constant = self.constant(name)
        if constant is None:
            raise ModelFileError(_("{kind} lacks its {name}").format(kind=self.kind, name=name))
        return constant

    def ints(self, name: str, default: Sizes = ()) -> Sizes:
        """Whole numbers, whether they stand alone, in a row, or in a stored tensor of known numbers."""
        value = self.get(name, default)
        if isinstance(value, Constant):
            return _known(value) or default
        if isinstance(value, (Tensor, Scores, Windows)):
            raise UnsupportedError
        return (value,) if isinstance(value, int) else tuple(value)


def _known(constant: Constant) -> Sizes:
    if constant.number and constant.values is None:
        raise UnsupportedError
    return tuple(int(value) for value in constant.values or ())


Summed = Sequence[tuple[Any, tuple[int, ...]]]
"""What an operator reads, and the axes of each tensor that it sums over; one that works number by number has none."""


class Capture(NamedTuple):
    """What a framework's own run of a model on shapes says: the ``sizes`` of each output, `None` where they are open.

    ``macs`` counts the products of an operator that no kind describes, ``summed`` tells what it sums over.
    """

    sizes: Callable[[str], Sizes | None]
    macs: Callable[[Operator], int]
    summed: Callable[[Operator], Summed | None]

    def agrees(self, output: str, value: object) -> bool:
        """Whether a value has the sizes of that output, as far as both are known."""
        return not isinstance(value, Tensor) or self.sizes(output) in (None, value.sizes)
