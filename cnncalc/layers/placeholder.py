"""One more input of a network, in the place where it comes in: what TensorFlow and PyTorch's graphs call a placeholder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from cnncalc.errors import ShapeError
from cnncalc.fields import NOWHERE
from cnncalc.language import _
from cnncalc.layers.base import Layer, Word, whole
from cnncalc.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class Placeholder(Layer):
    """Gives an input of the shape ``to``, ``(*space, channels)``, and reads nothing of what stands before it.

    A size of 0 is not known yet, and no size at all says nothing of the shape.

    >>> Placeholder((28, 28, 1)).output(Shape((224, 224), 3))
    Shape(space=(28, 28), channels=1)
    """

    keywords: ClassVar = {"placeholder": {}}
    word: ClassVar = Word(options={"to": ("to", "size0")})
    reads: ClassVar = NOWHERE
    mixes: ClassVar = None
    stands_in: ClassVar = True

    to: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for size in self.to:
            whole("placeholder", "size", size, least=0)

    @property
    def shape(self) -> Shape | None:
        """The shape of the input; `None` where a size of it is not known."""
        return Shape(self.to[:-1], self.to[-1]) if self.to and all(self.to) else None

    def output(self, shape: Shape) -> Shape:
        own = self.shape
        if own is None:
            raise ShapeError(_("the size of this input is not known: give it, as in --input NAME=224x224x3"))
        return own
