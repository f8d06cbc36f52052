"""Templates: the notation with variables where numbers stand, ``convK-C/S,same xN``, each text a family of networks.

A variable is a capital letter, digits after it where one letter is not enough: ``K``, ``C2``. `T` is none, since
``convT`` is a layer. A number before it multiplies: ``conv3-2C``. Names and references are text, and have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, final

from cnncalc.errors import NotationError, ShapeError
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import Network
from cnncalc.notation.parsing import NAME, TOKEN, Text, build
from cnncalc.notation.words import OPTION, Draft, Reading, WordError, drafted, read
from cnncalc.shapes import Shape, whole_number

VARIABLE = "[A-SU-Z][0-9]*"
"""What a variable may be called."""

_SLOT = re.compile(rf"([0-9]*)({VARIABLE})", re.ASCII)
_REPEAT = re.compile(rf"[x×][0-9]*{VARIABLE}", re.ASCII)
_NUMBER = re.compile("[0-9]+")


class Slot(NamedTuple):
    """A place for a number: so many times a variable; and where one number follows another, (factor·value + plus)/over.

    >>> Slot(2, "C").at({"C": 32}), Slot(1, "K", plus=-1, over=2).at({"K": 7})
    (64, 3)
    """

    factor: int
    name: str
    plus: int = 0
    over: int = 1

    def at(self, values: Mapping[str, Any]) -> Any:
        """The number, or the array of numbers, for some values of the variables."""
        value = values[self.name]
        multiple = value if self.factor == 1 else self.factor * value
        return (multiple + self.plus) // self.over if self.plus or self.over != 1 else multiple


@final
@dataclass(frozen=True, slots=True)
class Open(Layer):
    """A layer some of whose numbers are left open: its fields, in which a `Slot` stands for each of those."""

    keywords: ClassVar = {}

    made: type[Layer]
    called: str
    fields: tuple[tuple[str, Any], ...]

    @property
    def keyword(self) -> str:
        return self.called

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with the values put in."""
        return {name: _filled(field, values) for name, field in self.fields}

    def at(self, values: Mapping[str, int]) -> Layer:
        """The layer for some values; `LayerError` where there is none."""
        return self.made(**self.filled(values))

    @property
    def variables(self) -> set[str]:
        return {slot.name for slot in slots_in(self.fields)}


def _filled(field: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(field, Slot):
        return field.at(values)
    return tuple(_filled(item, values) for item in field) if isinstance(field, tuple) else field


def slots_in(field: Any) -> Iterator[Slot]:
    """The slots in a field of an `Open` layer, however deep."""
    if isinstance(field, Slot):
        yield field
    elif isinstance(field, tuple):
        for item in field:
            yield from slots_in(item)


class _Place(NamedTuple):
    """A slot, where it stands in the text, and whether it says how often a step is repeated."""

    slot: Slot
    start: int
    stop: int
    repeats: bool


@dataclass(frozen=True)
class Template:
    """A text with variables.

    >>> template = Template("convK-C,same xN")
    >>> template.names, template.repeats, template.at({"K": 3, "C": 64, "N": 2})
    (('K', 'C', 'N'), frozenset({'N'}), 'conv3-64,same x2')
    """

    text: str

    @cached_property
    def places(self) -> tuple[_Place, ...]:
        return tuple(_places(self.text))

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order in which they first stand."""
        return tuple(dict.fromkeys(place.slot.name for place in self.places))

    @property
    def repeats(self) -> frozenset[str]:
        """Those that say how often steps are repeated, so that networks differ in more than their numbers."""
        return frozenset(place.slot.name for place in self.places if place.repeats)

    def check(self, known: Set[str]) -> None:
        """`NotationError` that points at a variable that is not ``known``.

        >>> Template("conv3-2C").check(set())
        Traceback (most recent call last):
        cnncalc.errors.NotationError: C is not given: write C=16,32,64
          conv3-2C
                ^^
        """
        stop = -1
        for place in self.places:
            if place.start == stop:
                message = _("two variables side by side are no number: write x between them, or a sign such as -")
                raise Text(self.text).error(message, place.start - 1, place.stop)
            name, stop = place.slot.name, place.stop
            if name not in known:
                example = "16,32,64" if name.startswith(("C", "D")) else "1..4" if place.repeats else "3,5,7"
                message = _("{name} is not given: write {name}={example}").format(name=name, example=example)
                raise Text(self.text).error(message, place.start, place.stop)

    def at(self, values: Mapping[str, int]) -> str:
        """The notation of one network of the family."""
        return _put(self.text, self.places, values).text

    @property
    def input(self) -> tuple[int | Slot, ...] | None:
        """The sizes of the input where the text begins with it."""
        match = _INPUT.match(self.text)
        return sizes(match[1]) if match else None

    def family(self, values: Mapping[str, int]) -> Network:
        """The network for values of the variables in `repeats`; its other numbers stay open, and its input unsaid.

        Raises `NotationError`, which points into the template.
        """
        match = _INPUT.match(self.text)
        blank = " " * match.end() + self.text[match.end() :] if match else self.text
        known: dict[str, Reading] = {}

        def words(word: str) -> Reading:
            if word not in known:
                known[word] = _read(word)
            return known[word]

        return build(_put(blank, [place for place in self.places if place.repeats], values, self.text), words)


_INPUT = re.compile(r"\s*input\s+(\S+)")


def sizes(text: str) -> tuple[int | Slot, ...]:
    """The sizes of a shape that may hold variables.

    >>> [size if isinstance(size, int) else size.name for size in sizes("IxIx3")]
    ['I', 'I', 3]

    Raises `ShapeError` for anything else.
    """
    if not _SLOT.search(text):
        shape = Shape.parse(text)
        return (*shape.space, shape.channels)
    try:
        numbers = tuple(_size(part) for part in re.split("[x×]", text.strip().removesuffix("c")))
    except ShapeError as problem:
        raise ShapeError(
            _("{text} is not a shape ({problem}): write one like IxIx3").format(text=text, problem=problem)
        ) from None
    if len(numbers) > 4:
        raise ShapeError(
            _("{shape} has {count} spatial axes: 1, 2 or 3 are supported").format(shape=text, count=len(numbers) - 1)
        )
    return numbers


def _size(text: str) -> int | Slot:
    match = _SLOT.fullmatch(text)
    return _slot(match) if match else whole_number(text)


def slot_of(text: str) -> Slot | None:
    """The slot that a text is, as ``K`` and ``2C``; nothing where it is something else."""
    match = _SLOT.fullmatch(text)
    return _slot(match) if match else None


def _slot(match: re.Match[str]) -> Slot:
    return Slot(whole_number(match[1], 0) if match[1] else 1, match[2])


def _places(text: str) -> Iterator[_Place]:
    """Every slot of a text: in layers, in their repeats, and in the input's shape."""
    before = ""
    for token in TOKEN.finditer(text):
        word, start = token[0], token.start()
        if before == "input" or _REPEAT.fullmatch(word):
            yield from _slots(word, start, repeats=before != "input")
        elif word[0] not in '()|#"':
            name = NAME.match(word) if ":" in word else None
            begin = name.end() if name and not word[: name.end()].endswith("tied:") else 0
            for first, last in _numbered(word, begin):
                yield from _slots(word[first:last], start + first, repeats=False)
        before = word


def _numbered(word: str, begin: int) -> Iterator[tuple[int, int]]:
    """The parts of a word in which numbers stand: all but references and what is text."""
    if word[begin : begin + 1] == "@":
        return
    comma = word.find(",", begin)
    yield begin, len(word) if comma < 0 else comma
    for match in OPTION.finditer(word, comma) if comma >= 0 else ():
        if ":" not in match[1] and '"' not in match[1]:
            yield match.span(1)


def _slots(text: str, start: int, *, repeats: bool) -> Iterator[_Place]:
    for match in _SLOT.finditer(text):
        try:
            yield _Place(_slot(match), start + match.start(), start + match.end(), repeats)
        except ShapeError as problem:
            raise NotationError(str(problem)) from None


class _Put(Text):
    """A text in which other texts were put, whose errors point into what it was before."""

    __slots__ = ("before", "pieces")

    def __init__(self, text: str, before: str, pieces: list[tuple[int, int, int, int]]) -> None:
        super().__init__(text)
        self.before, self.pieces = before, pieces

    def back(self, place: int, *, end: bool = False) -> int:
        """Where a place of the new text lies in the old one; within a piece, where that begins or ends."""
        shift = 0
        for start, stop, old_start, old_stop in self.pieces:
            if place <= start:
                break
            if place < stop:
                return old_stop if end else old_start
            shift = old_stop - stop
        return place + shift

    def error(self, message: str, start: int, stop: int) -> NotationError:
        return Text(self.before).error(message, self.back(start), self.back(stop, end=True))


def _put(text: str, places: Any, values: Mapping[str, int], shown: str | None = None) -> _Put:
    """The text with numbers in place of variables."""
    parts: list[str] = []
    pieces: list[tuple[int, int, int, int]] = []
    done = length = 0
    for place in places:
        number = str(int(place.slot.at(values)))
        parts += [text[done : place.start], number]
        length += place.start - done + len(number)
        pieces.append((length - len(number), length, place.start, place.stop))
        done = place.stop
    return _Put("".join([*parts, text[done:]]), text if shown is None else shown, pieces)


def _read(word: str) -> Reading:
    """What `cnncalc.notation.words.read` says of a word without variables, and an `Open` layer for one with some."""
    places = [place for first, last in _numbered(word, 0) for place in _slots(word[first:last], first, repeats=False)]
    if not places:
        return read(word)
    slots = [place.slot for place in places]
    numbered = [place._replace(slot=Slot(1, str(index))) for index, place in enumerate(places)]
    first = _unused(word, len(slots))
    put = _put(word, numbered, {str(index): first + index for index in range(len(slots))})
    try:
        draft, tied, stored = drafted(put.text)
    except WordError as problem:
        message = str(problem)
        for index, place in enumerate(places):
            message = message.replace(str(first + index), word[place.start : place.stop])
        stop = None if problem.stop is None else put.back(problem.stop, end=True)
        raise WordError(message, put.back(problem.start), stop) from None
    return Reading(_open(draft, dict(enumerate(slots, first))), draft.keyword, tied, stored)


def _unused(word: str, count: int) -> int:
    """The first of ``count`` numbers that are not in the word, to stand for its variables while it is read."""
    numbers = {int(number) for number in _NUMBER.findall(word) if len(number) < 20}
    first = 1_000_000
    while any(first <= number < first + count for number in numbers):
        first += count
    return first


def _open(draft: Draft, slots: Mapping[int, Slot]) -> Open:
    keyword = next(
        keyword
        for keyword, preset in draft.cls.keywords.items()
        if all(draft.values.get(name) == value for name, value in preset.items())
    )
    return Open(draft.cls, keyword, tuple((name, _opened(value, slots)) for name, value in draft.values.items()))


def _opened(value: Any, slots: Mapping[int, Slot]) -> Any:
    if isinstance(value, tuple):
        return tuple(_opened(item, slots) for item in value)
    return value if isinstance(value, bool | str) else slots.get(value, value)
