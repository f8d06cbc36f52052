"""The place of a mistake in a text: the line it stands in, and a caret under it."""

from __future__ import annotations

from unicodedata import east_asian_width

from cnncalc.language import _

WIDEST = 76
"""A line longer than this is shown in part, around the place."""
_AROUND = 30


def pointed(text: str, start: int, stop: int, message: str, source: str = "") -> str:
    """``message`` with the line of ``text`` that holds the characters ``start`` … ``stop`` − 1, and carets under them.

    >>> print(pointed("conv3 covn3", 6, 10, "there is no layer covn3"))
    there is no layer covn3
      conv3 covn3
            ^^^^
    """
    if not text.strip():
        return message
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    if source:
        number = text.count("\n", 0, start) + 1
        message = _("{message} ({source}, line {number})").format(message=message, source=source, number=number)
    elif "\n" in text.strip():
        message = _("{message} (line {number})").format(message=message, number=text.count("\n", 0, start) + 1)
    before, marked, after = _excerpt(line, start - begin, min(stop - begin, len(line)))
    return (
        f"{message}\n  {before}{marked}{after}".rstrip() + f"\n  {' ' * _width(before)}{'^' * max(_width(marked), 1)}"
    )


def _excerpt(line: str, start: int, stop: int) -> tuple[str, str, str]:
    """What stands before the place, the place, and what stands after it."""
    before, marked, after = line[:start], line[start:stop], line[stop:]
    if len(line) > WIDEST:
        before = before if len(before) <= _AROUND else "…" + before[-_AROUND:]
        marked = marked if len(marked) <= _AROUND else marked[:_AROUND] + "…"
        after = after if len(after) <= _AROUND else after[:_AROUND] + "…"
    return _printable(before), _printable(marked), _printable(after)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " if character.isspace() else "·" for character in text)


def _width(text: str) -> int:
    """How many columns a terminal gives the text: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
