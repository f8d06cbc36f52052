"""Wrong answers explained: which slip, or which two together, turn the right computation into the answer given.

A slip takes an exercise and gives the mistaken exercise that somebody who makes it solves instead. Two slips are one
after the other, and the wrong formula is the mistaken exercise solved: nothing here knows what is being counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import combinations
from operator import eq
from typing import Any, Generic, NamedTuple, TypeVar

from cnncalc.errors import CnncalcError
from cnncalc.language import _

Exercise = TypeVar("Exercise")
Value = TypeVar("Value")


class Slip(NamedTuple, Generic[Exercise]):
    """One way to go wrong. Of one ``family`` nobody makes two at once: forgetting the bias and counting one in all.

    ``mistake`` gives the mistaken exercise, or `None` where there is nothing to slip on. ``says`` tells the slip of
    an exercise in words that follow "that": "forgets the bias".
    """

    name: str
    family: str
    mistake: Callable[[Exercise], Exercise | None]
    says: Callable[[Exercise], str]


class Mistake(NamedTuple, Generic[Exercise, Value]):
    """What comes of one or more slips: the mistaken exercise and its value, which shows its own formula."""

    slips: tuple[Slip[Exercise], ...]
    exercise: Exercise
    value: Value


def mistakes(
    exercise: Exercise,
    slips: Sequence[Slip[Exercise]],
    solve: Callable[[Exercise], Value],
    most: int = 2,
) -> Iterator[Mistake[Exercise, Value]]:
    """Every wrong value that at most ``most`` slips lead to, fewest slips first, then in the order of ``slips``.

    >>> forget = Slip("forget_half", "half", lambda n: n // 2, lambda n: "forgets one half")
    >>> swap = Slip("sign", "sign", lambda n: -n, lambda n: "takes the other sign")
    >>> [(mistake.value, len(mistake.slips)) for mistake in mistakes(8, [forget, swap], lambda n: n)]
    [(4, 1), (-8, 1), (-4, 2)]
    """
    right = solve(exercise)
    for number in range(1, most + 1):
        for chosen in combinations(slips, number):
            if len({slip.family for slip in chosen}) < number:
                continue
            mistake = _make(exercise, chosen, solve)
            if mistake is not None and mistake.value != right:
                yield mistake


def diagnose(
    answer: Any,
    exercise: Exercise,
    slips: Sequence[Slip[Exercise]],
    solve: Callable[[Exercise], Value],
    most: int = 2,
    *,
    fits: Callable[[Any, Value], bool] = eq,
) -> Mistake[Exercise, Value] | None:
    """The fewest slips that give ``answer``, or a value that it ``fits``; `None` if no slips do."""
    return next((mistake for mistake in mistakes(exercise, slips, solve, most) if fits(answer, mistake.value)), None)


def verdict(
    asked: Exercise, answer: str, right: str, mistake: Mistake[Exercise, Value] | None, wrong: str, *, correct: bool
) -> str:
    """The line that tells whether ``answer`` is right: numbers and formulas as text, the slips in words.

    >>> verdict(None, "7", "3 + 2 = 5", None, "", correct=False)
    '7 is not it, and none of the usual slips gives it; it is 3 + 2 = 5'
    """
    if correct:
        return _("{answer} is right: {right}").format(answer=answer, right=right)
    if mistake is None:
        return _("{answer} is not it, and none of the usual slips gives it; it is {right}").format(
            answer=answer, right=right
        )
    cause = reduce(_and, (slip.says(asked) for slip in mistake.slips))
    shown = cause if wrong == answer else _("{cause} ({wrong})").format(cause=cause, wrong=wrong)
    return _("{answer} is not it: that {cause}; it is {right}").format(answer=answer, cause=shown, right=right)


def _and(first: str, second: str) -> str:
    return _("{first} and {second}").format(first=first, second=second)


def _make(
    exercise: Exercise, chosen: tuple[Slip[Exercise], ...], solve: Callable[[Exercise], Value]
) -> Mistake[Exercise, Value] | None:
    """``chosen`` made one after the other; `None` where one finds nothing to slip on, or the result makes no sense."""
    mistaken: Exercise | None = exercise
    try:
        for slip in chosen:
            mistaken = None if mistaken is None else slip.mistake(mistaken)
        return None if mistaken is None else Mistake(chosen, mistaken, solve(mistaken))
    except CnncalcError:
        return None
