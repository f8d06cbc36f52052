"""Requirements on an answer, as ``rf>=200``: read, and held against any report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.report import Range, Report, joined

HOLDS: dict[str, Callable[[float, float, float], bool]] = {
    ">=": lambda least, _most, number: least >= number,
    "<=": lambda _least, most, number: most <= number,
    "==": lambda least, most, number: least == number == most,
    "!=": lambda least, most, number: not least <= number <= most,
    ">": lambda least, _most, number: least > number,
    "<": lambda _least, most, number: most < number,
    "=": lambda least, most, number: least == number == most,
}
"""Every sign, and whether it holds of all that lies between the ends of a range."""

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z_][\w.]*)\s*(>=|<=|==|!=|>|<|=)\s*(-?\d{1,19}(?:\.\d{1,19})?(?:e\+?\d{1,2})?)\s*", re.ASCII
)


class RequirementError(CnncalcError, ValueError):
    """A requirement that can't be read, or that speaks of something that is not a number."""


class Requirement(NamedTuple):
    """A path into the report, a sign of `HOLDS` and a number; ``text`` is how it was written."""

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
    value = Decimal(number)
    return Requirement(text.strip(), path, sign, int(value) if value == value.to_integral_value() else float(number))


def required(report: Report, requirements: Iterable[str]) -> Report:
    """A report that also says of every requirement whether it is met; one that is not makes its verdict no.

    >>> answer = required(Report("rf", {"rf": [7, {"min": 4, "max": 9}]}), ["rf>=4", "rf>=5"])
    >>> answer.verdict, answer.notes
    (False, ('required rf>=4: met, it is 7x4..9', 'required rf>=5: not met, it is 7x4..9'))

    Raises `RequirementError` for what can't be read or is not about a number, `FieldError` for an unknown field.
    """
    entries, lines = [], []
    for requirement in map(read, requirements):
        value = report.get(requirement.path)
        known = report.ranges.get(requirement.path)
        met = all(map(_holds(requirement), [known] if known else ranges(requirement.text, requirement.path, value)))
        entries.append({"requirement": requirement.text, "value": value, "met": met})
        lines.append(_line(requirement, known.words if known else _words(value), met=met))
    if not entries:
        return report
    failures = tuple(line for line, entry in zip(lines, entries, strict=True) if not entry["met"])
    return replace(
        report,
        data={**report.data, "requirements": entries},
        notes=(*report.notes, *lines),
        verdict=report.verdict and not failures,
        failures=(*report.failures, *failures),
    )


def _holds(requirement: Requirement) -> Callable[[Range], bool]:
    def holds(known: Range) -> bool:
        least = -inf if known.least is None else known.least
        most = inf if known.most is None else known.most
        return HOLDS[requirement.sign](least, most, requirement.number)

    return holds


def ranges(text: str, path: str, value: Any) -> list[Range]:
    """What the value at a path says of each axis: one number, or the ends between which units differ.

    Raises `RequirementError`, which has the ``text`` of what compares it, for what is not a number.
    """
    spans = []
    for item in value if isinstance(value, list) else [value]:
        ends = (item["min"], item["max"]) if isinstance(item, Mapping) and {"min", "max"} <= {*item} else (item, item)
        if not all(end is None or type(end) in (int, float) for end in ends):
            raise RequirementError(
                _("{text} compares {name}, which is not a number").format(text=repr(text), name=path)
            )
        spans.append(Range(*ends, ""))
    return spans


def _words(value: Any) -> str:
    if value is None:
        return _("it is not known")
    return _("it is {value}").format(value=joined(value if isinstance(value, list) else [value]))


def _line(requirement: Requirement, words: str, *, met: bool) -> str:
    line = _("required {requirement}: met, {words}") if met else _("required {requirement}: not met, {words}")
    return line.format(requirement=requirement.text, words=words)
