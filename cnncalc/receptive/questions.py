"""What else may be asked about a receptive field: one unit, its effective field, a ruler, milliseconds, requirements."""

from __future__ import annotations

import operator
import re
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import Trace
from cnncalc.errors import CnncalcError, NetworkError
from cnncalc.fields import reads_of
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.axisfield import axis_field
from cnncalc.receptive.effective import effective
from cnncalc.receptive.ruler import ruler
from cnncalc.receptive.units import full_units, lattice_reads, unit_reads
from cnncalc.report import Column, Picture, Report, Table
from cnncalc.sets import ALL

if TYPE_CHECKING:
    from cnncalc.receptive.asked import Asked

SHARES = (0.5, 0.95, 0.99)
"""The shares of the paths whose widths are told."""

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


def answer_extras(
    followed: Trace,
    node: int,
    asked: Asked,
    data: dict[str, Any],
    notes: list[str],
    tables: list[Table],
    pictures: list[Picture],
) -> bool:
    """Add what is asked to the report in the making; `False` if a requirement is not met."""
    if asked.unit:
        data["unit"] = _one_unit(followed, node, asked.unit)
        notes += _unit_notes(followed, node, data["unit"])
    if asked.effective:
        data["effective"] = _effective(followed, node, axes=1 if asked.sample_rate else 2)
        tables.append(_effective_table(data["effective"]))
        notes.append(_("effective field: uniform weights, every path counted (Luo et al. 2016)"))
    if asked.sample_rate is not None or (followed.input and len(followed.input.space) == 1):
        data["context"] = _context(followed, node, asked.sample_rate)
        notes += _context_notes(data["context"])
    if asked.ruler:
        pictures.append(ruler(followed, node))
    data["requirements"] = [_required(data, text) for text in asked.requirements]
    notes += [_requirement_note(found) for found in data["requirements"]]
    return all(found["met"] for found in data["requirements"])


def _one_unit(followed: Trace, node: int, asked: str) -> dict[str, Any]:
    """What one unit reads, beside its theoretical field."""
    space = followed.shape(node).space
    unit = _unit(asked, space)
    reads = unit_reads(followed, node, unit)
    theory = lattice_reads(followed, node, unit)
    full = [len(units) for units in full_units(followed, node)]
    units = prod(space)
    known = [field for field in theory if field is not None and field is not ALL]
    box = [[field.first, field.last] for field in known] if len(known) == len(theory) else None
    return {
        "unit": list(unit),
        "box": [list(ends) for ends in reads.box] if reads.box else None,
        "read": list(reads.number),
        "exact": reads.exact,
        "theoretical": box,
        "padding": _padding_share(box, followed.shape(INPUT).space) if box else None,
        "full": reads.box is not None and box == [list(ends) for ends in reads.box],
        "full_units": prod(full),
        "units": units,
        "full_share": prod(full) / units,
    }


def _unit(asked: str, space: tuple[int, ...]) -> tuple[int, ...]:
    """``10,12``, ``centre`` or ``corner`` as a place."""
    named = {"centre": tuple(size // 2 for size in space), "center": tuple(size // 2 for size in space)}
    named["corner"] = (0,) * len(space)
    if asked in named:
        return named[asked]
    parts = asked.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and len(part) < 20 for part in parts):
        raise NetworkError(
            _("unit {unit} is not a place: write row,column such as 10,12, or centre, or corner").format(
                unit=repr(asked[:40])
            )
        )
    return tuple(int(part) for part in parts)


def _padding_share(box: list[list[int]], space: tuple[int, ...]) -> float:
    """Which share of a box lies outside the image."""
    inside = prod(
        max(min(last, size - 1) - max(first, 0) + 1, 0) for (first, last), size in zip(box, space, strict=True)
    )
    everything = prod(last - first + 1 for first, last in box)
    return (everything - inside) / everything


def _unit_notes(followed: Trace, node: int, found: dict[str, Any]) -> list[str]:
    name = followed.network.nodes[node].name
    unit = ",".join(map(str, found["unit"]))
    if found["box"] is None:
        return [_("unit {unit} of {name} reads nothing").format(unit=unit, name=name)]
    notes = [
        _("unit {unit} of {name} reads {box}").format(unit=unit, name=name, box=_box(found["box"])),
    ]
    if found["theoretical"]:
        notes.append(
            _("its theoretical field is {box}, of which {padding} lies in the padding").format(
                box=_box(found["theoretical"]), padding=f"{found['padding']:.1%}"
            )
        )
    notes.append(
        _("{full} of {units} units ({share}) read their full field").format(
            full=f"{found['full_units']:,}", units=f"{found['units']:,}", share=f"{found['full_share']:.1%}"
        )
    )
    return notes


def _box(box: list[list[int]]) -> str:
    """Rows and columns, first to last: ``0…98 × 0…98``."""
    return " × ".join(f"{first}…{last}" for first, last in box)


def _effective(followed: Trace, node: int, *, axes: int) -> list[dict[str, Any]]:
    """Per axis: the theoretical size, the standard deviation, and the widths that hold most paths."""
    found = []
    for axis in range(len(followed.fields)):
        field = effective(followed, node, axis, axes=axes)
        found.append(
            {
                "axis": axis,
                "size": axis_field(followed, axis, node).size,
                "deviation": round(field.deviation, 9),
                **{f"width_{round(share * 100)}": field.width(share) for share in SHARES},
            }
        )
    return found


def _effective_table(found: list[dict[str, Any]]) -> Table:
    columns = (
        Column("axis", _("axis"), "number"),
        Column("size", _("theoretical"), "count"),
        Column("deviation", _("standard deviation"), "number"),
        *(Column(f"width_{round(share * 100)}", f"{share:.0%}", "count") for share in SHARES),
    )
    rows = [[row[column.key] for column in columns] for row in found]
    told = [[round(cell, 3) if isinstance(cell, float) else cell for cell in row] for row in rows]
    cells = [tuple(str(cell) if isinstance(cell, dict) else cell for cell in row) for row in told]
    return Table(columns, tuple(cells), _("effective receptive field"))


def _context(followed: Trace, node: int, rate: float | None) -> dict[str, Any]:
    """For a sequence: how far one unit sees to the left and to the right of the inputs it stands for."""
    field = axis_field(followed, 0, node)
    reads = reads_of(followed.field(0, node), 0)
    jump = field.jump
    if reads is None or reads is ALL or not isinstance(jump, int) or jump < 1:
        return {"left": None, "right": None, "causal": None, "sample_rate": rate, "size_ms": None, "jump_ms": None}
    size = reads.size
    return {
        "left": max(-reads.first, 0),
        "right": max(reads.last, 0),
        "causal": reads.last <= 0,
        "sample_rate": rate,
        "size_ms": size / rate * 1000 if rate else None,
        "jump_ms": jump / rate * 1000 if rate else None,
    }


def _context_notes(found: dict[str, Any]) -> list[str]:
    if found["left"] is None:
        return []
    line = _("unit 0 sees {left} to the left and {right} to the right of input 0").format(**found)
    notes = [_("{line}: causal, nothing after it is read").format(line=line) if found["causal"] else line]
    if found["sample_rate"]:
        notes.append(
            _("at {rate} samples per second: field {size} ms, one unit every {jump} ms").format(
                rate=f"{found['sample_rate']:,g}", size=f"{found['size_ms']:g}", jump=f"{found['jump_ms']:g}"
            )
        )
    return notes


def _required(data: dict[str, Any], text: str) -> dict[str, Any]:
    """One requirement, as ``rf>=200``, held against the report; on every axis where they differ."""
    match = _REQUIREMENT.fullmatch(text)
    if not match:
        raise RequirementError(
            _("requirement {text} can't be read: write a field, a sign and a number, such as rf>=200").format(
                text=repr(text[:60])
            )
        )
    name, sign, number = match.groups()
    value = Report("rf", data).get(name)
    found = value if isinstance(value, list) else [value]
    ends = [end for item in found for end in (item.values() if isinstance(item, dict) else [item])]
    if data["whole"] and name == "rf" and all(end is None for end in ends):
        met = sign in (">", ">=", "!=")  # the whole input, however large
        return {"requirement": text.strip(), "value": value, "met": met}
    if not all(end is None or (isinstance(end, (int, float)) and not isinstance(end, bool)) for end in ends):
        raise RequirementError(
            _("requirement {text} compares {name}, which is not a number").format(text=repr(text.strip()), name=name)
        )
    wanted = float(number) if "." in number else int(number)
    met = all(end is not None and bool(COMPARISONS[sign](end, wanted)) for end in ends)
    return {"requirement": text.strip(), "value": value, "met": met}


def _requirement_note(found: dict[str, Any]) -> str:
    line = (
        _("required {requirement}: met, it is {value}")
        if found["met"]
        else _("required {requirement}: not met, it is {value}")
    )
    return line.format(**found)
