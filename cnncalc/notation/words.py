"""One word of the notation is one layer: ``conv3-64/2,p1`` and back, read off what each kind says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError, LayerError, NotationError, ShapeError, near
from cnncalc.language import N_, _
from cnncalc.layers import KEYWORDS, kind
from cnncalc.layers.base import Layer
from cnncalc.network import Stored
from cnncalc.shapes import read_padding, read_sizes, shorten, whole_number, write_padding, write_sizes

QUOTED = r'"(?:[^"\\\n]|\\.)*+"'
"""A name in quotes, with JSON's escapes; what was read is not tried again, so that reading stays linear."""
TIED = "tied:"
"""An option that every kind has: the name of an earlier layer whose weights this one uses."""
STORED = "stored:"
"""Another: how what the layer stores differs from what its kind says, as the numbers of `Stored` between slashes."""

MOST_REMEMBERED = 16_384
"""So many words, and as many layers, are kept for when they come again."""

_HEAD = re.compile(r"([A-Za-z]+)(\d+(?:x\d+)*)?(?:-(\d+))?(?:/(\d+(?:x\d+)*))?", re.ASCII)
OPTION = re.compile(rf',((?:[^,"]|{QUOTED})*)')
_LETTERS = re.compile(r"[^0-9:]*:?")
_BARE = r"[\w./+-]+"
_DIFFERENCES = re.compile(r"[+-]?\d{1,18}(?:/[+-]?\d{1,18})*", re.ASCII)


class WordError(NotationError):
    """A word that is not a layer: what is wrong with it, and which of its characters are."""

    def __init__(self, message: str, start: int = 0, stop: int | None = None) -> None:
        super().__init__(message)
        self.start, self.stop = start, stop


class Reading(NamedTuple):
    """What a word says: the layer, the keyword it is named after, whose weights it shares, and what it stores otherwise."""

    layer: Layer
    keyword: str
    tied: str
    stored: Stored | None


@lru_cache(maxsize=MOST_REMEMBERED)
def read(word: str) -> Reading:
    """The layer a word stands for; equal words give the very same object.

    >>> read("conv3-64/2,p1").layer
    Conv(kernel=(3,), filters=64, stride=(2,), padding=((1, 1),), dilation=(1,), groups=1, bias=True)
    >>> read("maxpool2").layer is read("maxpool2").layer
    True

    Raises `WordError`, which knows the place.
    """
    draft, tied, stored = drafted(word)
    layer = draft.layer(word)
    return Reading(layer, layer.keyword, tied, stored)


def drafted(word: str) -> tuple[Draft, str, Stored | None]:
    """What a word says before the layer is made, which checks it, and what stands after ``tied:`` and ``stored:``."""
    head = word.partition(",")[0].replace("×", "x")
    keyword, parts = _split(head)
    cls = kind(KEYWORDS[keyword])
    kernel, channels, stride = parts
    if kernel and not channels and cls.word.channels and not cls.word.kernel:
        kernel, channels = None, kernel  # fc4096 is fc-4096: there is no kernel it could be
    draft = Draft(keyword, cls)
    draft.part(cls.word.kernel, "size", kernel, N_("{keyword} takes no kernel: write {example}"))
    draft.part(cls.word.channels, "count", channels, N_("{keyword} takes no channels: write {example}"))
    draft.part(cls.word.stride, "size", stride, N_("{keyword} takes no stride: write {example}"))
    tied, stored = _read_options(draft, word, len(head))
    draft.check_complete()
    return draft, tied, stored


@lru_cache(maxsize=MOST_REMEMBERED)
def write(layer: Layer) -> str:
    """The word for a layer, without what its kind takes by default.

    >>> write(read("conv3x3-64/1,p1x1,d2").layer), write(read("maxpool2/2").layer)
    ('conv3-64,p1,d2', 'maxpool2')
    """
    word, values = layer.word, _values(layer)
    text = layer.keyword
    for sign, name in (("", word.kernel), ("-", word.channels), ("/", word.stride)):
        if name in values:
            text += sign + write_sizes(values.pop(name))
    for letters, (target, value) in word.options.items():
        names = target if isinstance(target, tuple) else (target,)
        written = _write_option(value, [values[name] for name in names if name in values], len(names))
        if written is not None:
            text += f",{letters}{written}"
            values = {name: left for name, left in values.items() if name not in names}
    if values:
        raise NotationError(_("{layer} can't be written as a word").format(layer=layer))
    return text


def write_stored(stored: Stored) -> str:
    """The option for what a layer stores otherwise than its kind, without zeros at its end.

    >>> write_stored(Stored(8)), write_stored(Stored(-9, 0, 9))
    ('stored:+8', 'stored:-9/0/+9')
    """
    numbers = list(stored)
    while len(numbers) > 1 and not numbers[-1]:
        del numbers[-1]
    return STORED + "/".join(f"{number:+}" if number else "0" for number in numbers)


def example(keyword: str) -> str:
    """A short word with this keyword that means something: ``conv3-64``.

    >>> example("conv"), example("fc"), example("relu"), example("up")
    ('conv3-64', 'fc-1000', 'relu', 'up2')
    """
    word = kind(KEYWORDS[keyword]).word
    kernel = ("3" if word.channels or word.options.keys() & {"same"} else "2") if word.kernel else ""
    channels = ("-64" if word.kernel else "-1000") if word.channels else ""
    return keyword + kernel + channels


def name_text(name: str) -> str:
    """A name as it is written: bare where it can be, else in quotes.

    >>> name_text("layer1.conv2"), name_text("my layer"), name_text("")
    ('layer1.conv2', '"my layer"', '""')
    """
    return name if re.fullmatch(_BARE, name) else quoted(name)


def quoted(name: str) -> str:
    """A name in quotes: JSON's string, white space escaped."""
    from json import dumps

    return dumps(name)


def plain(written: str) -> str:
    """The name that is meant by a written one; `ValueError` if it is not a JSON string.

    >>> plain("conv1"), plain('"my layer"')
    ('conv1', 'my layer')
    """
    if not written.startswith('"'):
        return written
    from json import loads

    name = str(loads(written))
    name.encode()  # half a surrogate pair is not text
    return name


# reading


_Part = tuple[str, int] | None
"""The text of a kernel, of channels or of a stride, and where it begins in the word."""


def _split(head: str) -> tuple[str, tuple[_Part, _Part, _Part]]:
    """The keyword, and kernel, channels and stride; a keyword may itself end in a number, as relu6 does."""
    if head in KEYWORDS:
        return head, (None, None, None)
    match = _HEAD.match(head)
    keyword = match[1] if match else ""
    if match is None or keyword not in KEYWORDS:
        raise _unknown_keyword(head, keyword)
    if match.end() < len(head):
        raise WordError(
            _("{rest} is not a part of a layer: write {example}, with /2 for a stride and ,p1 for an option").format(
                rest=repr(shorten(head[match.end() :])), example=example(keyword)
            ),
            match.end(),
            len(head),
        )
    kernel, channels, stride = ((match[number], match.start(number)) if match[number] else None for number in (2, 3, 4))
    return keyword, (kernel, channels, stride)


def _unknown_keyword(head: str, keyword: str) -> WordError:
    if not any(map(str.isalnum, head)):
        return WordError(
            _("{word} is not a layer: write layers one behind the other, with spaces between, as in conv3 relu").format(
                word=repr(shorten(head))
            ),
            stop=len(head),
        )
    match = near(keyword or head, KEYWORDS)
    if not match:
        return WordError(
            _("there is no layer {word}: the most common are {known}").format(
                word=repr(shorten(head)), known="conv, maxpool, avgpool, fc, bn, relu, convT, up, local, dwconv"
            ),
            stop=len(head),
        )
    return WordError(
        _("there is no layer {word}: did you mean {near}?").format(
            word=repr(shorten(head)), near=match + head[len(keyword) :] if len(head) < 40 else match
        ),
        stop=len(keyword or head),
    )


class Draft:
    """A layer as far as its word is read: the values of its fields."""

    __slots__ = ("cls", "keyword", "values")

    def __init__(self, keyword: str, cls: type[Layer]) -> None:
        self.keyword, self.cls = keyword, cls
        self.values: dict[str, Any] = dict(cls.keywords[keyword])

    def part(self, name: str, reader: str, part: _Part, absent: str) -> None:
        """Kernel, channels or stride; ``absent`` is what to say where the kind has no such field."""
        if part is None:
            return
        text, start = part
        if not name:
            message = _(absent).format(keyword=self.keyword, example=example(self.keyword))
            raise WordError(message, start, start + len(text))
        self.values[name] = _number(reader, text, start)

    def option(self, target: str | tuple[str, ...], value: Any, start: int, stop: int) -> None:
        """One option's field or fields; each may be given once."""
        for name in (target,) if isinstance(target, str) else target:
            if name in self.values:
                raise WordError(
                    _("{field} is given twice: leave one out").format(field=name.replace("_", " ")), start, stop
                )
            self.values[name] = value

    def check_complete(self) -> None:
        """`WordError` where a field that has to be written is not."""
        missing = [f.name for f in _fields(self.cls) if f.default is MISSING and f.name not in self.values]
        if missing:
            raise WordError(
                _("{keyword} needs its {field}: write {example}").format(
                    keyword=self.keyword, field=missing[0], example=example(self.keyword)
                ),
                0,
                len(self.keyword),
            )

    def layer(self, word: str) -> Layer:
        """The layer itself, once everything is read."""
        try:
            return self.cls(**self.values)
        except LayerError as problem:
            raise WordError(str(problem), 0, len(word)) from None


def _read_options(draft: Draft, word: str, place: int) -> tuple[str, Stored | None]:
    """Read the options that begin at ``place``; the answer is what stands after ``tied:`` and after ``stored:``."""
    tied, stored = "", None
    for match in OPTION.finditer(word, place):
        if match.start() != place:
            break
        place = match.end()
        text, start = match[1], match.start(1)
        if text.startswith(TIED):
            tied = text[len(TIED) :]
            if not tied:
                raise WordError(_("tied: needs the name of an earlier layer: write tied:conv1"), start, place)
            continue
        if text.startswith(STORED):
            stored = _read_stored(text, start)
            continue
        target, value = _read_option(draft, text, start)
        draft.option(target, value, start, place)
    if place < len(word):
        raise WordError(_('the quotes are never closed: write tied:"a name"'), place, len(word))
    if tied and stored:
        raise WordError(_("a layer with the weights of another stores none: leave tied: or stored: out"), 0, len(word))
    return tied, stored


def _read_stored(text: str, start: int) -> Stored:
    match = _DIFFERENCES.fullmatch(text, len(STORED))
    numbers = tuple(map(int, text[len(STORED) :].split("/"))) if match else ()
    if not 1 <= len(numbers) <= len(Stored._fields):
        raise WordError(
            _(
                "stored: needs what a layer stores more or less than its kind, as weights/biases: write stored:+8 or -9/0"
            ),
            start,
            start + len(text),
        )
    return Stored(*numbers)


def _read_option(draft: Draft, text: str, start: int) -> tuple[str | tuple[str, ...], Any]:
    options = draft.cls.word.options
    target, value = options.get(text, ("", None))
    if target and value not in READERS:
        return target, value
    letters = _LETTERS.match(text)
    name = letters[0] if letters else ""
    target, reader = options.get(name, ("", None))
    if not target or reader not in READERS:
        raise _unknown_option(draft, text, start)
    if text == name:
        raise WordError(
            _("{option} needs a number: write {example}").format(option=name, example=f"{draft.keyword},{name}2"),
            start,
            start + len(text),
        )
    return target, _number(reader, text[len(name) :], start + len(name))


def _unknown_option(draft: Draft, text: str, start: int) -> WordError:
    stop = start + max(len(text), 1)
    known = [
        letters + ("1" if value in READERS else "") for letters, (_target, value) in draft.cls.word.options.items()
    ]
    if not known:
        return WordError(_("{keyword} has no options").format(keyword=draft.keyword), start, stop)
    match = near(text, known) if text else ""
    if match:
        message = _("{keyword} has no option {option}: did you mean {near}?")
    else:
        message = _("{keyword} has no option {option}: take one of {known}")
    return WordError(
        message.format(keyword=draft.keyword, option=repr(shorten(text)), near=match, known=", ".join(known)),
        start,
        stop,
    )


def _number(reader: str, text: str, start: int) -> Any:
    try:
        return READERS[reader](text)
    except (ShapeError, WordError) as problem:
        raise WordError(str(problem), start, start + len(text)) from None


def _read_text(text: str) -> str:
    try:
        return plain(text)
    except ValueError:
        raise WordError(_("a name in quotes is a JSON string")) from None


READERS: dict[Any, Callable[[str], Any]] = {
    "size": read_sizes,
    "size0": lambda text: read_sizes(text, 0),
    "count": whole_number,
    "count0": lambda text: whole_number(text, 0),
    "padding": read_padding,
    "text": _read_text,
}
"""How an option's number is read, by the name that a kind's `Word` gives: sizes joined by x, one number, padding,
or text (of options whose letters end in a colon)."""


# writing


@lru_cache(maxsize=128)
def _fields(cls: type[Layer]) -> tuple[Field[Any], ...]:
    return fields(cls)  # type: ignore[arg-type]


def _values(layer: Layer) -> dict[str, Any]:
    """The fields that a word has to tell: those that neither the keyword nor a default says already."""
    preset = layer.keywords[layer.keyword]
    return {
        field.name: getattr(layer, field.name)
        for field in _fields(type(layer))
        if field.name not in preset and not _implied(layer, field)
    }


def _implied(layer: Layer, field: Field[Any]) -> bool:
    """Whether the layer is the same without this field: a pool's stride is its kernel unless given."""
    if field.default is MISSING:
        return False
    if getattr(layer, field.name) == field.default:
        return True
    try:
        return replace(layer, **{field.name: field.default}) == layer  # type: ignore[type-var]
    except CnncalcError:
        return False


def _write_option(value: Any, numbers: list[Any], wanted: int) -> str | None:
    """What follows the option's letters; `None` where the option does not say what is to be told."""
    if len(numbers) < wanted:
        return None
    if value not in READERS:
        return "" if all(number == value for number in numbers) else None
    number = numbers[0]
    if value == "text":
        return name_text(number)
    if isinstance(number, str):
        return None  # padding by a rule, which is an option of its own
    return write_padding(number) if value == "padding" else write_sizes(number)
