"""Figures: what drawings of the kinds that stand still show, as plain numbers, with every text ready to be set.

Whoever knows the facts makes one of these; `cnncalc.render.pictures` draws it and computes nothing but places.
"""

from __future__ import annotations

from typing import NamedTuple


class Saving(NamedTuple):
    """What stands between a step and the one at index ``before``: ``factor`` as ``÷5,376``, and the ideas behind it."""

    before: int
    factor: str
    ideas: tuple[str, ...]


class Step(NamedTuple):
    """One layer of a waterfall: its count, the worked line ``note``, and the role that its bar has the colour of."""

    name: str
    note: str
    role: str
    value: int
    saving: Saving | None = None


class Waterfall(NamedTuple):
    """Counts from the largest to the smallest, and what each idea on the way saves.

    ``title`` is the finding, ``about`` the question, ``sentence`` a line below, ``description`` all of it in words.
    """

    title: str
    about: str
    steps: tuple[Step, ...]
    sentence: str
    description: str
