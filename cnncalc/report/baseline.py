"""Answers held against an earlier one: what differs, and whether that is within tolerances such as ``total.macs<=+2%``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from math import inf, isfinite
from typing import Any, Literal, NamedTuple

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.report import Cell, Column, Later, Range, Report, Table, joined
from cnncalc.report.requirements import HOLDS, RequirementError, ranges

ABOUT = frozenset({"schema", "network", "conventions", "requirements", "baseline"})
"""Entries that say what an answer is about and what was asked of it; all others are compared."""

LARGEST_FILE = 64 * 2**20
"""A baseline may have so many bytes."""
MOST_VALUES = 2_000_000
"""And so many values: each takes many times its bytes once it is read, so they are counted before."""
MOST_SHOWN = 100
"""So many differences are shown to people; the JSON has all of them."""
MOST_SAID = 3
"""So many are named in the reason for a no."""

_TOLERANCE = re.compile(
    r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|<|>)\s*(?:([+-]\d{1,19}(?:\.\d{1,19})?)|(0))\s*(%?)\s*", re.ASCII
)


class BaselineError(CnncalcError, ValueError):
    """A file that is no earlier answer of the same kind."""


class Tolerance(NamedTuple):
    """How far a field may go from an earlier answer: a path, a sign, and how much is added to what it was."""

    text: str
    path: str
    sign: str
    number: Fraction
    percent: bool

    def limit(self, before: float) -> float | Fraction:
        """What the sign holds the new number against."""
        if not isfinite(before):
            return before
        return before + (Fraction(before) * self.number / 100 if self.percent else self.number)


class Difference(NamedTuple):
    """A field that is no longer what it was, or that only one of the two answers has; ``before`` or ``now`` is then `None`."""

    field: str
    before: Any
    now: Any
    status: Literal["changed", "added", "removed"] = "changed"


def read_tolerance(text: str) -> Tolerance:
    """A tolerance from its text.

    >>> tolerance = read_tolerance("total.macs <= +2%")
    >>> tolerance.path, tolerance.sign, tolerance.limit(1000)
    ('total.macs', '<=', Fraction(1020, 1))

    Raises `RequirementError` for anything but a path, a sign, and how much more or less.
    """
    match = _TOLERANCE.fullmatch(text)
    if not match:
        raise RequirementError(
            _(
                "tolerance {text} can't be read: write a field, a sign and a change, such as total.macs<=+2% or rf>=-0"
            ).format(text=repr(text[:60]))
        )
    path, sign, change, zero, percent = match.groups()
    return Tolerance(text.strip(), path, sign, Fraction(change or zero), bool(percent))


def read_baseline(path: str) -> dict[str, Any]:
    """What an earlier ``--json`` wrote; `BaselineError` for a file that holds nothing of the kind."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise BaselineError(_("{path} can't be read: {reason}").format(path=path, reason=reason)) from None
    try:
        answer = json.loads(content) if len(content) <= LARGEST_FILE and _values(content) <= MOST_VALUES else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("schema"), str):
        raise BaselineError(
            _("{path} is not an answer of cnncalc in JSON: write one with --json -o FILE").format(path=path)
        )
    return answer


def _values(text: bytes) -> int:
    return sum(map(text.count, (b"{", b"[", b",")))


def within(report: Report, before: Mapping[str, Any], tolerances: Iterable[str] = (), file: str = "") -> Report:
    """A report that also says how it differs from an earlier one, ``before`` as `Report.to_dict` gave it.

    Without ``tolerances`` any difference makes its verdict no; with some, only a field that leaves its own.

    >>> old, new = Report("summary", {"macs": 100, "layers": 3}), Report("summary", {"macs": 103, "layers": 4})
    >>> answer = within(new, old.to_dict(), ["macs<=+5%"])
    >>> answer.verdict, answer.notes
    (True, ('tolerated macs<=+5%: met, it was 100 and is 103',))
    >>> within(new, old.to_dict()).failures
    ('fields that differ from the baseline: 2; macs was 100 and is 103; layers was 3 and is 4',)

    Raises `BaselineError` for another kind of answer, `RequirementError` and `FieldError` as `required` does.
    """
    _check_schema(report, before, file)
    differing = list(differences(before, report.to_dict()))
    judged = [_judged(report, before, tolerance) for tolerance in map(read_tolerance, tolerances)]
    failures = [line for _entry, line, met in judged if not met] if judged else _every(differing)
    tables = (lambda: (*report.tables, _table(differing, file))) if differing else None
    entries = [difference._asdict() for difference in differing]
    return replace(
        report,
        data={
            **report.data,
            "baseline": {"file": file, "differences": entries, "tolerances": [entry for entry, _line, _met in judged]},
        },
        tables=Later(tables) if tables else report.tables,
        notes=(*report.notes, *(line for _entry, line, _met in judged), *([] if differing else [_same(file)])),
        verdict=report.verdict and not failures,
        failures=(*report.failures, *failures),
    )


def _check_schema(report: Report, before: Mapping[str, Any], file: str) -> None:
    schema = report.to_dict()["schema"]
    if before.get("schema") != schema:
        raise BaselineError(
            _("{path} is {other}, not {schema}: give the --json of the same command").format(
                path=file or _("the baseline"), other=str(before.get("schema"))[:60], schema=schema
            )
        )


def differences(before: Any, now: Any, path: str = "") -> Iterator[Difference]:
    """Every field that differs, by its path; entries that a newer program adds to a row are no difference.

    >>> for difference in differences({"total": {"macs": 5}, "layers": [{"name": "a", "macs": 5}]},
    ...                               {"total": {"macs": 6}, "layers": [{"name": "b", "macs": 6}]}):
    ...     print(*difference)
    total.macs 5 6 changed
    layers.a None None removed
    layers.b None None added
    """
    old, new = _by_name(before), _by_name(now)
    if old is None or new is None:
        if before != now:
            yield Difference(path, before, now)
        return
    for name, value in old.items():
        if path or name not in ABOUT:
            inner = f"{path}.{name}" if path else name
            if name in new:
                yield from differences(value, new[name], inner)
            else:
                yield Difference(inner, _plain(value), None, "removed")
    if isinstance(now, list):
        for name in (name for name in new if name not in old):
            yield Difference(f"{path}.{name}", None, _plain(new[name]), "added")


def _by_name(value: Any) -> Mapping[str, Any] | None:
    """The entries of a value, rows by their names; `None` for what is compared as a whole."""
    if isinstance(value, Mapping):
        return None if {*value} == {"min", "max"} else value
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return None
    names = [str(item.get("name", index)) for index, item in enumerate(value)]
    return dict(zip(names, value, strict=True)) if len({*names}) == len(names) else None


def _plain(value: Any) -> Any:
    """A value that can stand in a line; a row that is gone is told by its name alone."""
    return None if _by_name(value) is not None else value


def _judged(report: Report, before: Mapping[str, Any], tolerance: Tolerance) -> tuple[dict[str, Any], str, bool]:
    """What becomes of a tolerance: its entry in the data, a line for people, and whether it is met."""
    value, was = report.get(tolerance.path), Report("", before).get(tolerance.path)
    known = report.ranges.get(tolerance.path)
    new = [known] if known else ranges(tolerance.text, tolerance.path, value)
    old = ranges(tolerance.text, tolerance.path, was)
    met = len(new) == len(old) and all(_holds(tolerance, *ends) for ends in zip(old, new, strict=True))
    line = (
        _("tolerated {tolerance}: met, it was {before} and is {now}")
        if met
        else _("tolerated {tolerance}: not met, it was {before} and is {now}")
    ).format(tolerance=tolerance.text, before=shown(was), now=known.words if known else shown(value))
    return {"tolerance": tolerance.text, "before": was, "now": value, "met": met}, line, met


def _holds(tolerance: Tolerance, before: Range, now: Range) -> bool:
    """Whether it holds of all that both may be; nothing does of what was not known."""
    end = before.most if tolerance.sign in ("<=", "<") else before.least
    least = -inf if now.least is None else now.least
    most = inf if now.most is None else now.most
    return end is not None and HOLDS[tolerance.sign](least, most, tolerance.limit(end))  # type: ignore[arg-type]


def _every(differing: list[Difference]) -> list[str]:
    """Why a baseline without tolerances is not kept."""
    if not differing:
        return []
    shown_lines = "; ".join(map(_line, differing[:MOST_SAID]))
    more = "; …" if len(differing) > MOST_SAID else ""
    return [
        _("fields that differ from the baseline: {count}; {lines}").format(
            count=f"{len(differing):,}", lines=shown_lines + more
        )
    ]


def _line(difference: Difference) -> str:
    lines = {
        "changed": _("{field} was {before} and is {now}"),
        "added": _("{field} is new"),
        "removed": _("{field} is gone"),
    }
    return lines[difference.status].format(
        field=difference.field, before=shown(difference.before), now=shown(difference.now)
    )


def _same(file: str) -> str:
    return _("as in {file}, in every field").format(file=file or _("the baseline"))


def _table(differing: list[Difference], file: str) -> Table:
    columns = (
        Column("field", _("field of the answer")),
        Column("before", _("before")),
        Column("now", _("now")),
        Column("change", _("change")),
    )
    words = {"changed": "", "added": _("new"), "removed": _("gone")}
    rows = [
        (
            difference.field,
            _cell(difference.before),
            _cell(difference.now),
            words[difference.status] or change(difference.before, difference.now),
        )
        for difference in islice(differing, MOST_SHOWN)
    ]
    if len(differing) > MOST_SHOWN:
        rows.append((_("… {count} more").format(count=f"{len(differing) - MOST_SHOWN:,}"), "", "", ""))
    return Table(columns, tuple(rows), _("differences to {file}").format(file=file or _("the baseline")))


def shown(value: Any) -> str:
    """A value of the data in a line for people.

    >>> shown(1792), shown([7, 9]), shown({"min": 4, "max": 9}), shown(None)
    ('1792', '7x9', '4..9', '?')
    """
    cell = joined(value if isinstance(value, list) else [value]) if value != [] else ""
    return "?" if cell is None else str(cell)


def _cell(value: Any) -> Cell:
    return f"{value:,}" if type(value) is int else "" if value is None else shown(value)


def change(before: Any, now: Any) -> str:
    """How much more or less, and how much of what it was; nothing for what is no number.

    >>> change(100, 103), change(0, 5), change(7, 5), change("fp32", "fp16")
    ('+3 (+3 %)', '+5', '-2 (-28.57 %)', '')
    """
    if not (type(before) in (int, float) and type(now) in (int, float)):
        return ""
    more = now - before
    return f"{more:+,} ({float(f'{more / before * 100:.4g}'):+g} %)" if before else f"{more:+,}"
