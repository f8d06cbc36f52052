"""Variables and their values, as ``K=3,5,7`` or ``C=16..256:x2`` are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from cnncalc.errors import CnncalcError, LimitError, ShapeError, near
from cnncalc.language import _
from cnncalc.notation.templates import VARIABLE
from cnncalc.shapes import LARGEST, shorten, whole_number
from cnncalc.sweeps.family import Family

MOST_VALUES = 1_000_000
"""One variable may have so many values."""

GIVEN = re.compile(rf"({VARIABLE})=(.*)", re.ASCII)
"""A variable and its values, as one word of a command line."""

_RANGE = re.compile(r"([0-9]+)\.\.([0-9]+)(?::(x?)([0-9]+))?", re.ASCII)


class VariableError(CnncalcError, ValueError):
    """Values that can't be read, or a variable that is given twice, not at all, or to no use."""


def values_of(text: str) -> tuple[int, ...]:
    """The values that are typed: numbers, ``a..b``, ``a..b:step`` and ``a..b:xfactor``, with commas between them.

    >>> values_of("3,5,7"), values_of("1..4"), values_of("0..8:4"), values_of("16..100:x2")
    ((3, 5, 7), (1, 2, 3, 4), (0, 4, 8), (16, 32, 64))

    Raises `VariableError` for anything else, a value that is there twice, or too many of them.
    """
    try:
        values = tuple(chain.from_iterable(map(_part, text.split(","))))
    except ShapeError as problem:
        raise VariableError(str(problem)) from None
    return checked(values, text)


def checked(values: Sequence[int], text: str) -> tuple[int, ...]:
    """The values if each is there once and none is out of range."""
    if not values:
        raise VariableError(_("{text} has no values: write numbers, as in 3,5,7").format(text=repr(shorten(text))))
    if len(values) > MOST_VALUES:
        raise LimitError(_too_many(len(values)))
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            raise VariableError(
                _("{value} is not a value: give whole numbers from 0 to 2^63 − 1").format(value=shorten(str(value)))
            )
    if len(set(values)) < len(values):
        double = next(value for place, value in enumerate(values) if value in values[:place])
        raise VariableError(
            _("{value} is there twice in {text}: leave one out").format(value=double, text=shorten(text))
        )
    return tuple(values)


def _too_many(count: int) -> str:
    return _("{count:,} values are more than the {most:,} that a variable may have: take a larger step").format(
        count=count, most=MOST_VALUES
    )


def _part(text: str) -> Iterable[int]:
    match = _RANGE.fullmatch(text.strip())
    if not match:
        try:
            return (whole_number(text.strip(), 0),)
        except ShapeError:
            raise VariableError(
                _("{text} is not a list of values: write 3,5,7 or 1..9, 0..64:8, 16..256:x2").format(
                    text=repr(shorten(text))
                )
            ) from None
    first, last = whole_number(match[1], 0), whole_number(match[2], 0)
    step = whole_number(match[4]) if match[4] else 1
    if first > last:
        raise VariableError(
            _("{first}..{last} is empty: write the smaller number first").format(first=first, last=last)
        )
    if match[3]:
        return _powers(first, last, step)
    numbers = range(first, last + 1, step)
    if len(numbers) > MOST_VALUES:
        raise LimitError(_too_many(len(numbers)))
    return numbers


def _powers(first: int, last: int, factor: int) -> Iterable[int]:
    if factor < 2 or first < 1:
        raise VariableError(
            _("{first}..{last}:x{factor} never arrives: begin at 1 or more, and take a factor of 2 or more").format(
                first=first, last=last, factor=factor
            )
        )
    powers = []
    while first <= last:
        powers.append(first)
        first *= factor
    return powers


def variables_of(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The variables of a command line.

    >>> variables_of(["K=3,5", "N=1..3"])
    {'K': (3, 5), 'N': (1, 2, 3)}
    """
    variables: dict[str, tuple[int, ...]] = {}
    for word in words:
        name, _equals, text = word.partition("=")
        if name in variables:
            raise VariableError(_("{name} is given twice: leave one out").format(name=name))
        try:
            variables[name] = values_of(text)
        except VariableError as problem:
            raise VariableError(f"{name}: {problem}") from None
    return variables


def check_given(family: Family, variables: Iterable[str]) -> None:
    """`CnncalcError` for a variable without values, or one that nothing uses."""
    given = [*variables]
    if family.template is not None:
        family.template.check(set(given))
    for name in family.names:
        if name not in given:
            raise VariableError(_("{name} is not given: write {name}=3,5,7").format(name=name))
    check_used(given, family.names)


def check_used(given: Iterable[str], used: Sequence[str]) -> None:
    """`VariableError` for a variable that nothing uses."""
    for name in given:
        if name not in used:
            match = near(name, used)
            message = (
                _("{name} is given but never used: did you mean {near}?")
                if match
                else _("{name} is given but never used: write it where a number stands, or leave it out")
            )
            raise VariableError(message.format(name=name, near=match))
