"""Shape: what one tensor holds, written the way people say it: ``224x224x3``, height × width × channels.

Below it the sizes and paddings that people type in a word of the notation as in an option.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnncalc.errors import InputTypeError, ShapeError
from cnncalc.language import _
from cnncalc.symbols import Term, product

LARGEST = 2**63 - 1
"""No size, count or option may be larger; every framework's index type ends here too."""

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""The letters of the spatial axes, by how many there are."""

SOUND_CHANNELS = (1, 2)
"""How many channels a sound has: mono or stereo."""
IMAGE_CHANNELS = (1, 3)
"""How many channels an image has: grey or colour."""
SHORTEST_SOUND = 1000
"""One or two channels before so many samples, or more, are a sound in PyTorch's order."""
SMALLEST_SIDE = 16
"""Where 1 or 3 come first and only sizes from here on follow, it is an image in PyTorch's order, channels first."""

_BETWEEN = "x×*,"
"""What may stand between two numbers, as a space may."""
_BRACKETS = {"(": ")", "[": "]"}
_LONGEST = 1000
"""A longer text is no shape, and is not turned into other characters first."""


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

        Between the numbers may be ``x``, ``×``, ``*``, a comma or a space, around them the brackets of a tuple or list.
        Refused are ``224x224``, because it is nearly always an image whose channels were forgotten, and ``3x224x224``,
        which is one in PyTorch's order; a ``c`` behind says that the last number is meant as channels.

        >>> Shape.parse("(224, 224, 3)") == Shape.parse("224*224*3")
        True
        >>> Shape.parse("16x16c")
        Shape(space=(16,), channels=16)
        >>> Shape.parse("3x224x224")
        Traceback (most recent call last):
        cnncalc.errors.ShapeError: 3x224x224 has 224 channels: did you mean 224x224x3? PyTorch writes channels first; \
3x224x224c says that 224 channels are meant
        """
        written = _plain(text)
        try:
            sizes = tuple(whole_number(size, least=0) for size in _parts(written.removesuffix("c")))
        except ShapeError as problem:
            raise ShapeError(
                _("{text} is not a shape ({problem}): write one like 224x224x3").format(
                    text=shorten(text), problem=problem
                )
            ) from None
        shape = cls(sizes[:-1], sizes[-1])
        if not written.endswith("c"):
            shape._check_order()
        return shape

    @classmethod
    def of(cls, shape: AnyShape) -> Shape:
        """A shape as the library takes one: itself, its text, or its numbers.

        >>> Shape.of("224x224x3") == Shape.of((224, 224, 3)) == Shape((224, 224), 3)
        True

        Raises `InputTypeError` for anything else, `ShapeError` as `parse` does.
        """
        if isinstance(shape, Shape):
            return shape
        if isinstance(shape, str):
            return cls.parse(shape)
        if isinstance(shape, list | tuple):
            return cls.parse("x".join(map(str, shape)))
        raise InputTypeError(
            _('{type} is not a shape: give a Shape, a text such as "224x224x3", or its numbers').format(
                type=type(shape).__name__
            )
        )

    @property
    def written(self) -> str:
        """The shape as `parse` reads it back, with a ``c`` where the last number would not be taken for channels.

        >>> Shape((16,), 16).written, Shape((16, 16), 3).written
        ('16x16c', '16x16x3')
        """
        return f"{self}c" if self._lacks_channels or self._channels_last() or self._batch_of_one else str(self)

    @property
    def _lacks_channels(self) -> bool:
        return self.space == (self.channels,)

    @property
    def _batch_of_one(self) -> bool:
        """Whether it is an image with a batch before it, and no volume of depth 1."""
        first, *sides = self.space or (0,)
        return len(sides) == 2 and first == 1 and min(sides) >= SMALLEST_SIDE and self.channels in IMAGE_CHANNELS

    def _channels_last(self) -> Shape | None:
        """What is meant if these are the channels of an image, or a sound, and then its sides, behind a batch or not."""
        sizes = (*self.space, self.channels)
        if len(sizes) == 2 and sizes[0] in SOUND_CHANNELS and sizes[1] >= SHORTEST_SOUND:
            return Shape(sizes[1:], sizes[0])
        batches = sizes[1:] if len(sizes) == 4 else sizes
        for channels, *sides in (batches, sizes):
            if channels in IMAGE_CHANNELS and len(sides) > 1 and min(sides) >= SMALLEST_SIDE:
                return Shape(tuple(sides), channels)
        return None

    def _check_order(self) -> None:
        """`ShapeError` for an image without channels, or with its channels first."""
        if self._lacks_channels:
            raise ShapeError(
                _(
                    "{text} has no channels: write {text}x1 (grey) or {text}x3 (colour); a sequence of {size} "
                    "positions with {size} channels is {text}c"
                ).format(text=self, size=self.channels)
            )
        if self._batch_of_one:
            raise ShapeError(
                _(
                    "{text} begins with a batch: did you mean {meant}? shapes are those of one input; "
                    "{text}c says that a volume of depth 1 is meant"
                ).format(text=self, meant=Shape(self.space[1:], self.channels))
            )
        meant = self._channels_last()
        if meant:
            raise ShapeError(
                _(
                    "{text} has {channels} channels: did you mean {meant}? PyTorch writes channels first; "
                    "{text}c says that {channels} channels are meant"
                ).format(text=self, channels=self.channels, meant=meant)
            )

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


AnyShape = Shape | str | Sequence[int]
"""What `Shape.of` takes."""


def _plain(text: str) -> str:
    """A shape's text without what is only another way of writing: full-width signs, brackets, a comma at the end."""
    if not text.isascii() and len(text) <= _LONGEST:
        from unicodedata import normalize

        text = normalize("NFKC", text)
    text = text.strip().lower()
    if _BRACKETS.get(text[:1]) == text[-1:] != "":
        text = text[1:-1].strip()
    return text.removesuffix(",")


def _parts(text: str) -> list[str]:
    """The numbers of a shape's text, as they are written; an empty one where two signs follow each other."""
    for sign in _BETWEEN:
        text = text.replace(sign, _BETWEEN[0])
    return [number for part in text.split(_BETWEEN[0]) for number in part.split() or [""]]


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


def read_sizes(text: str, least: int = 1) -> tuple[int, ...]:
    """One number for every axis, or one for each.

    >>> read_sizes("3"), read_sizes("1×7")
    ((3,), (1, 7))

    Raises `ShapeError` for what is not a whole number from ``least`` on.
    """
    return tuple(whole_number(part, least) for part in _axes(text))


def read_padding(text: str) -> tuple[tuple[int, int], ...]:
    """What is added before and after, on every axis or on each: one number stands for both.

    >>> read_padding("1"), read_padding("0x3"), read_padding("2/3x0/1")
    (((1, 1),), ((0, 0), (3, 3)), ((2, 3), (0, 1)))

    Raises `ShapeError` for what is not a whole number.
    """
    pairs = []
    for axis in _axes(text):
        before, _slash, after = axis.partition("/")
        first = whole_number(before, 0)
        pairs.append((first, whole_number(after, 0) if _slash else first))
    return tuple(pairs)


def write_sizes(sizes: int | tuple[int, ...]) -> str:
    """Sizes as they read back.

    >>> write_sizes((1, 7)), write_sizes(3)
    ('1x7', '3')
    """
    return "x".join(str(int(size)) for size in (sizes if isinstance(sizes, tuple) else (sizes,)))


def write_padding(pairs: tuple[tuple[int, int], ...]) -> str:
    """A padding as it reads back.

    >>> write_padding(((2, 3), (1, 1)))
    '2/3x1'
    """
    return "x".join(str(before) if before == after else f"{before}/{after}" for before, after in pairs)


def _axes(text: str) -> list[str]:
    return text.replace("×", "x").split("x")


def shorten(text: str, most: int = 40) -> str:
    r"""``text`` for a message: on one line, unchanged if short, else its beginning and how long it is.

    >>> shorten("5x5\n"), shorten("9" * 5000)
    ('5x5\\n', '9999999999999999999999999999… (5,000 characters)')
    """
    kept = text if len(text) <= most else f"{text[: most - 12]}… ({len(text):,} characters)"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in kept)
