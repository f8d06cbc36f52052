"""What is asked of a design: requirements, and one number that is to be least, or most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cnncalc.errors import CnncalcError, near
from cnncalc.language import _
from cnncalc.report.requirements import HOLDS, Requirement, read
from cnncalc.shapes import shorten

COSTS = ("parameters", "macs", "memory", "layers")
"""What grows with every layer, and can be least or bounded."""
FIELD = "rf"
MEASURES = (FIELD, "jump", *COSTS)
ALIASES = {"field": FIELD, **{f"total.{cost}": cost for cost in COSTS}}
"""Other words for a measure."""


class GoalError(CnncalcError, ValueError):
    """A goal that can't be read, or that nothing bounds."""


class Goal(NamedTuple):
    """``least`` names the cost that is to be least; with ``most`` the field is to be largest, and the cost breaks ties."""

    requirements: tuple[Requirement, ...]
    least: str = "parameters"
    most: bool = False

    @property
    def budgets(self) -> tuple[Requirement, ...]:
        """The requirements that bound a cost."""
        return tuple(one for one in self.requirements if one.path in COSTS and one.sign in ("<", "<="))

    def is_past(self, measures: Mapping[str, float]) -> bool:
        """Whether a number is too large already: none of them ever gets smaller by another layer."""
        signs = {"<": ">=", "<=": ">", "==": ">", "=": ">"}
        bounded = (one for one in self.requirements if one.sign in signs)
        return any(HOLDS[signs[one.sign]](*(measures[one.path],) * 2, one.number) for one in bounded)

    @property
    def grows(self) -> bool:
        """Whether a larger field for no more cost is never worse."""
        rest = [one for one in self.requirements if one not in self.budgets and one.path != "jump"]
        return all(one.path == FIELD and one.sign in (">", ">=") for one in rest)

    def met(self, measures: Mapping[str, float], only: Iterable[Requirement] | None = None) -> bool:
        """Whether all requirements hold of some numbers, or ``only`` those."""
        chosen = self.requirements if only is None else only
        return all(HOLDS[one.sign](measures[one.path], measures[one.path], one.number) for one in chosen)


def read_goal(require: Iterable[str], least: str | None = None, most: str | None = None) -> Goal:
    """A goal as it is typed.

    >>> goal = read_goal(["field>=1000", "total.macs<=1e9"])
    >>> [one.path for one in goal.requirements], goal.least, goal.budgets[0].number
    (['rf', 'macs'], 'parameters', 1000000000)

    Raises `RequirementError` or `GoalError` for what can't be read or is not enough.
    """
    requirements = tuple(map(_named, map(read, require)))
    if least is not None and most is not None:
        raise GoalError(_("--least and --most are two goals: leave one out"))
    if most is not None and ALIASES.get(most, most) != FIELD:
        raise GoalError(
            _("--most {name} is not searched for: take rf, and bound the rest by --require").format(name=shorten(most))
        )
    goal = Goal(requirements, _cost(least or "parameters"), most is not None)
    if goal.most and not goal.budgets:
        raise GoalError(_("nothing bounds the field: add a budget, as in --require 'parameters<=1e6'"))
    if not goal.most and not any(one.path in (FIELD, "jump") for one in requirements):
        raise GoalError(_("nothing asks for a field: add --require 'rf>=400', or a budget with --most rf"))
    return goal


def _named(requirement: Requirement) -> Requirement:
    path = ALIASES.get(requirement.path, requirement.path)
    if path not in MEASURES:
        raise GoalError(_unknown(requirement.path, MEASURES))
    return requirement._replace(path=path)


def _cost(name: str) -> str:
    cost = ALIASES.get(name, name)
    if cost not in COSTS:
        raise GoalError(_unknown(name, COSTS))
    return cost


def _unknown(name: str, known: Iterable[str]) -> str:
    match = near(name, known)
    message = (
        _("{name} is not something a design is asked for: did you mean {near}?")
        if match
        else _("{name} is not something a design is asked for: take one of {known}")
    )
    return message.format(name=shorten(name), near=match, known=", ".join(known))
