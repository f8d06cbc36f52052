"""Shape: what one tensor holds, written the way people say it: ``224x224x3``, height × width × channels."""

from __future__ import annotations

from dataclasses import dataclass

from cnncalc.errors import ShapeError
from cnncalc.language import _
from cnncalc.symbols import Term, product

LARGEST = 2**63 - 1
"""No size, count or option may be larger; every framework's index type ends here too."""

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""The letters of the spatial axes, by how many there are."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The spatial sizes and the channels of one tensor, without the batch.

    ``Shape((224, 224), 3)`` is a colour image, ``Shape((16000,), 1)`` a sound, ``Shape((), 4096)`` a plain vector.

    >>> Shape.parse("224x224x3")
    Shape(space=(224, 224), channels=3)
    >>> str(Shape((30, 40), 8)), Shape((30, 40), 8).numbers
    ('30x40x8', 9600)

    Raises `ShapeError` for sizes below 1 or above 2^63 − 1, or more than three axes.
    """

    space: tuple[int, ...]
    channels: int

    def __post_init__(self) -> None:
        if len(self.space) > 3:
            raise ShapeError(
                _("{shape} has {count} spatial axes: 1, 2 or 3 are supported").format(shape=self, count=len(self.space))
            )
        for size in (*self.space, self.channels):
            if size < 1 or size > LARGEST:
                raise ShapeError(
                    _("{shape} holds the size {size}: every size is a whole number from 1 to 2^63 − 1").format(
                        shape=self, size=size
                    )
                )

    @classmethod
    def parse(cls, text: str) -> Shape:
        """Read ``HxWxC``, ``LxC`` or ``DxHxWxC``; one number alone is a vector.

        Two equal numbers are refused, because ``224x224`` is nearly always an image whose channels were forgotten;
        ``16x16c`` says that the last number is meant as channels.

        >>> Shape.parse("16x16c")
        Shape(space=(16,), channels=16)
        """
        written = text.strip().lower().replace("×", "x")
        try:
            sizes = tuple(whole_number(size, least=0) for size in written.removesuffix("c").split("x"))
        except ShapeError as problem:
            raise ShapeError(
                _("{text} is not a shape ({problem}): write one like 224x224x3").format(
                    text=shorten(text), problem=problem
                )
            ) from None
        if len(sizes) == 2 and sizes[0] == sizes[1] and not written.endswith("c"):
            raise ShapeError(
                _(
                    "{text} has no channels: write {text}x1 (grey) or {text}x3 (colour); a sequence of {size} "
                    "positions with {size} channels is {text}c"
                ).format(text=written, size=sizes[0])
            )
        return cls(sizes[:-1], sizes[-1])

    @property
    def positions(self) -> int:
        """How many places there are: H·W; 1 for a vector."""
        return product(self.space)

    @property
    def numbers(self) -> int:
        """How many numbers the tensor holds: H·W·C."""
        return product((*self.space, self.channels))

    @property
    def axes(self) -> tuple[str, ...]:
        """The letters of the spatial axes: ``("H", "W")``."""
        return AXES[len(self.space)]

    def symbolic(self, prime: str = "", channels: str = "C_in") -> Shape:
        """The same sizes as `Term` leaves with their textbook letters, for a formula that shows itself."""
        space = tuple(Term(size, axis + prime) for size, axis in zip(self.space, self.axes, strict=True))
        return Shape(space, Term(self.channels, channels))

    def __str__(self) -> str:
        return "x".join(str(int(size)) for size in (*self.space, self.channels))


def whole_number(text: str, least: int = 1) -> int:
    """A number that a size, a count or an option can be.

    >>> whole_number("64"), whole_number("0", least=0)
    (64, 0)

    Raises `ShapeError` for what is not a whole number from ``least`` to 2^63 − 1.
    """
    if not text.isascii() or not text.isdigit():
        raise ShapeError(_("{text} is not a whole number").format(text=repr(shorten(text))))
    # the length first: Python refuses to read, or is slow at, thousands of digits
    if len(text.lstrip("0")) > 19 or int(text) > LARGEST:
        raise ShapeError(_("{text} is too large: numbers end at 2^63 − 1").format(text=shorten(text)))
    if int(text) < least:
        raise ShapeError(_("{text} is too small: take at least {least}").format(text=shorten(text), least=least))
    return int(text)


def shorten(text: str, most: int = 40) -> str:
    r"""``text`` for a message: on one line, unchanged if short, else its beginning and how long it is.

    >>> shorten("5x5\n"), shorten("9" * 5000)
    ('5x5\\n', '9999999999999999999999999999… (5,000 characters)')
    """
    kept = text if len(text) <= most else f"{text[: most - 12]}… ({len(text):,} characters)"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in kept)
