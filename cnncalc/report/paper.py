"""Papers: the questions of a quiz as learning platforms and examinations take them, with every text ready to be set."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """One option; ``comment`` says why it is right or what somebody does who takes it, nothing on an unsolved paper."""

    letter: str
    text: str
    right: bool
    comment: str


class Asked(NamedTuple):
    """One question; ``name`` is unlike that of any other, also in another paper."""

    number: int
    name: str
    topic: str
    text: str
    choices: tuple[Choice, ...]


class Paper(NamedTuple):
    """The questions, and what a sheet for one person says of it: ``sheet`` is its opaque number, ``person`` the name.

    ``solved``: the solutions are shown to whoever reads it.
    """

    title: str
    questions: tuple[Asked, ...]
    solved: bool
    sheet: str = ""
    person: str = ""
