"""Tasks: what a question asks, with the exercise behind it, and the dice that choose its numbers.

The same seed gives the same exercises on every machine: all choices come from ``random.Random.random``, whose sequence
for a seed is the one thing that Python promises never to change (documentation of `random`, "Notes on
Reproducibility").
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from cnncalc.errors import CnncalcError
from cnncalc.exercises import answers
from cnncalc.exercises.answers import Value
from cnncalc.exercises.slips import Slip
from cnncalc.language import counted

Drawn = TypeVar("Drawn")
COUNTED = "filters"
"""The number of a question that there may be one of."""


class QuizError(CnncalcError, ValueError):
    """A quiz that can't be made, or answers that can't be read."""


class Dice:
    """Choices that depend on the seed alone.

    >>> dice = Dice(7)
    >>> [dice.pick("abcd") for _time in range(5)], dice.shuffled("abcd")
    (['b', 'a', 'c', 'a', 'c'], ['c', 'd', 'a', 'b'])
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        return int(self._random.random() * count)

    def pick(self, choices: Sequence[Drawn]) -> Drawn:
        return choices[self.below(len(choices))]

    def shuffled(self, things: Sequence[Drawn]) -> list[Drawn]:
        """Fisher and Yates."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


class Task(NamedTuple):
    """What is asked: the words and the numbers in them, the exercise, and how it and its slips are worked out.

    Words that depend on a number have two forms, and that number is called `COUNTED`.
    """

    template: str | tuple[str, str]
    numbers: dict[str, str]
    command: str
    exercise: Any
    slips: tuple[Slip[Any], ...]
    solve: Callable[[Any], Value]
    words: Callable[[Value], str] = answers.plain
    """How an option is written: as its number or shape, unless it is a sentence."""

    @property
    def text(self) -> str:
        """The question in the language in use."""
        return counted(self.template, int(self.numbers.get(COUNTED, 0))).format(**self.numbers)

    @property
    def in_words(self) -> bool:
        """Whether its options are sentences, of which only the letter can be given as an answer."""
        return self.words is not answers.plain


Maker = Callable[[Dice], Task]
"""A kind of question: with dice it makes one."""
