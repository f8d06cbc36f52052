"""Requirements on a receptive field, as ``rf>=200``: read, and held against the report."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.report import Report

COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}

_REQUIREMENT = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(>=|<=|==|!=|>|<|=)\s*(-?\d{1,19}(?:\.\d{1,19})?)\s*", re.ASCII)


class RequirementError(CnncalcError, ValueError):
    """A requirement that can't be read, or that speaks of something that is not a number."""


class Requirement(NamedTuple):
    """A path into the report, a sign of `COMPARISONS` and a number; ``text`` is how it was written."""

    text: str
    path: str
    sign: str
    number: int | float


def read(text: str) -> Requirement:
    """A requirement from its text.

    >>> read(" rf >= 200")
    Requirement(text='rf >= 200', path='rf', sign='>=', number=200)

    Raises `RequirementError` for anything but a path, a sign and a number.
    """
    match = _REQUIREMENT.fullmatch(text)
    if not match:
        raise RequirementError(
            _("requirement {text} can't be read: write a field, a sign and a number, such as rf>=200").format(
                text=repr(text[:60])
            )
        )
    path, sign, number = match.groups()
    return Requirement(text.strip(), path, sign, float(number) if "." in number else int(number))


def held(requirement: Requirement, data: Mapping[str, Any]) -> dict[str, Any]:
    """A requirement, the value it speaks of, and whether it is met: on every axis and by every unit.

    >>> held(read("rf>=5"), {"rf": [7, {"min": 4, "max": 9}], "whole": False})["met"]
    False

    Raises `RequirementError` for a value that is not a number.
    """
    value = Report("rf", data).get(requirement.path)
    return {
        "requirement": requirement.text,
        "value": value,
        "met": _met(requirement, _ends(value), whole=data["whole"]),
    }


def _ends(value: Any) -> list[Any]:
    """Every number in a value: one, the ends of a range, or those of each axis."""
    values = value if isinstance(value, list) else [value]
    return [end for item in values for end in (item.values() if isinstance(item, dict) else [item])]


def _met(requirement: Requirement, ends: list[Any], *, whole: bool) -> bool:
    if whole and requirement.path == "rf" and all(end is None for end in ends):
        return requirement.sign in (">", ">=", "!=")  # the whole input, however large
    if not all(end is None or type(end) in (int, float) for end in ends):
        raise RequirementError(
            _("requirement {text} compares {name}, which is not a number").format(
                text=repr(requirement.text), name=requirement.path
            )
        )
    compare = COMPARISONS[requirement.sign]
    return all(end is not None and bool(compare(end, requirement.number)) for end in ends)


def note(entry: Mapping[str, Any]) -> str:
    """One line on a requirement that was `held` against a report."""
    line = (
        _("required {requirement}: met, it is {value}")
        if entry["met"]
        else _("required {requirement}: not met, it is {value}")
    )
    return line.format(**entry)
