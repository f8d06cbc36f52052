"""What may be asked about a receptive field beside the table: each question one function and one row of `QUESTIONS`.

How to add a question
---------------------
1. A field of `cnncalc.receptive.asked.Asked`, and the option of ``cli/rf.py`` that fills it.
2. A function ``(Subject) -> Finding | None``, `None` where it is not asked, and its row in `QUESTIONS`.
3. What it adds to the JSON, in ``schemas/rf.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

from cnncalc.analysis import Trace
from cnncalc.errors import NetworkError
from cnncalc.fields import reads_of
from cnncalc.language import _
from cnncalc.network import INPUT
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import axis_field, not_followed, slides, statistics
from cnncalc.receptive.effective import Effective, effective_fields
from cnncalc.receptive.ruler import marks_to, ruler, ruler_table
from cnncalc.receptive.units import UnitReads, full_units, lattice_reads, unit_reads, windows_read
from cnncalc.report import Column, Later, Report, Table, joined
from cnncalc.report.picture import Picture
from cnncalc.sets import ALL

SHARES = (0.5, 0.95, 0.99)
"""The shares of the paths whose widths are told."""


class Subject(NamedTuple):
    """What a question is about: a node of a network, and the data of the report as far as they go."""

    trace: Trace
    node: int
    asked: Asked
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.trace.network.nodes[self.node].name


class Finding(NamedTuple):
    """What a question adds to the report; ``asked`` is its answer as a table, for formats that hold nothing else."""

    data: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    asked: tuple[Table, ...] = ()

    def joined(self, other: Finding) -> Finding:
        """Both, one behind the other.

        >>> Finding({"unit": 1}, ("one",)).joined(Finding({}, ("two",)))
        Finding(data={'unit': 1}, notes=('one', 'two'), tables=(), pictures=(), asked=())
        """
        return Finding(
            {**self.data, **other.data},
            self.notes + other.notes,
            self.tables + other.tables,
            self.pictures + other.pictures,
            self.asked + other.asked,
        )


def answered(report: Report, subject: Subject) -> Report:
    """The report and all that is asked beside it; each question sees what those before it added."""
    more = Finding({})
    for question in QUESTIONS.values():
        finding = question(subject._replace(data={**subject.data, **more.data}))
        if finding is not None:
            more = more.joined(finding)
    return replace(
        report,
        data={**report.data, **more.data},
        tables=Later(lambda: (*report.tables, *more.tables)),
        notes=Later(lambda: (*report.notes, *more.notes)),
        pictures=report.pictures + more.pictures,
        asked=more.asked,
    )


def one_unit(subject: Subject) -> Finding | None:
    """What one unit really reads, beside its theoretical field."""
    if not subject.asked.unit:
        return None
    trace, node = subject.trace, subject.node
    data = _unit_data(trace, node, place(subject.asked.unit, trace.shape(node).space))
    return Finding(
        {"unit": data},
        tuple(_unit_notes(subject.name, data)),
        asked=(_unit_table(data, len(trace.shape(INPUT).space)),),
    )


def place(text: str, space: tuple[int, ...]) -> tuple[int, ...]:
    """``10,12``, ``centre`` or ``corner`` as a place."""
    centre = tuple(size // 2 for size in space)
    named = {"centre": centre, "center": centre, "corner": (0,) * len(space)}
    if text in named:
        return named[text]
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and len(part) < 20 for part in parts):
        raise NetworkError(
            _("unit {unit} is not a place: write row,column such as 10,12, or centre, or corner").format(
                unit=repr(text[:40])
            )
        )
    return tuple(int(part) for part in parts)


def _unit_data(trace: Trace, node: int, unit: tuple[int, ...]) -> dict[str, Any]:
    reads, windows = unit_reads(trace, node, unit), windows_read(trace, node, unit)
    moves = all(slides(fields[node]) for fields in trace.fields)
    # what slides has a full field; where nothing does, it is the whole input
    followed = trace.through_windows() if moves else trace
    theory = lattice_reads(followed, node, unit) if moves else ()
    known = [field for field in theory if field is not None]
    theoretical = [[field.first, field.last] for field in known] if known and len(known) == len(theory) else None
    units = prod(trace.shape(node).space)
    full = _number_full(followed, node, units)
    return {
        "unit": list(unit),
        "box": _ends(reads),
        "read": list(reads.number),
        "windows": {"box": _ends(windows), "read": list(windows.number)} if moves or windows.box else None,
        "exact": reads.exact,
        "theoretical": theoretical,
        "padding": _padding_share(theoretical, trace.shape(INPUT).space) if theoretical else None,
        "full": _ends(windows) == theoretical if theoretical else None if full is None else full == units,
        "full_units": full,
        "units": units,
        "full_share": None if full is None else full / units,
    }


def _number_full(trace: Trace, node: int, units: int) -> int | None:
    """How many units read their full field; `None` where their field is not followed, unless it is the whole input."""
    if not_followed(trace, node) is None:
        return prod(map(len, full_units(trace, node)))
    return units if all(axis_field(trace, axis, node).whole for axis in range(len(trace.fields))) else None


def _ends(reads: UnitReads) -> list[list[int]] | None:
    return [list(ends) for ends in reads.box] if reads.box else None


def _unit_table(data: dict[str, Any], axes: int) -> Table:
    """A row for each axis of the input; a number of a vector has no place on any."""
    columns = (
        Column("axis", _("axis"), "number"),
        Column("unit", _("unit"), "number"),
        Column("first", _("first"), "number"),
        Column("last", _("last"), "number"),
        Column("read", _("read"), "count"),
        Column("theoretical_first", _("theoretical first"), "number"),
        Column("theoretical_last", _("theoretical last"), "number"),
    )
    unit = data["unit"] if len(data["unit"]) == axes else [None] * axes  # a row, or a vector, has no place on them
    nowhere, nothing = [(None, None)] * axes, [0] * axes
    ends = zip(unit, data["box"] or nowhere, data["read"] or nothing, data["theoretical"] or nowhere, strict=True)
    rows = tuple((axis, unit, *box, read, *theory) for axis, (unit, box, read, theory) in enumerate(ends))
    return Table(columns, rows, _("what unit {unit} reads").format(unit=",".join(map(str, data["unit"]))))


def _padding_share(box: list[list[int]], space: tuple[int, ...]) -> float:
    """Which share of a box lies outside the image."""
    inside = prod(
        max(min(last, size - 1) - max(first, 0) + 1, 0) for (first, last), size in zip(box, space, strict=True)
    )
    everything = prod(last - first + 1 for first, last in box)
    return (everything - inside) / everything


def _unit_notes(name: str, data: dict[str, Any]) -> Iterator[str]:
    unit = ",".join(map(str, data["unit"]))
    if data["box"] is None:
        line = _("unit {unit} of {name} reads nothing") if unit else _("each number of {name} reads nothing")
        yield line.format(unit=unit, name=name)
        return
    line = _("unit {unit} of {name} reads {box}") if unit else _("each number of {name} reads {box}")
    box = _box(data["box"]) if data["exact"] else _("at most {box}").format(box=_box(data["box"]))
    yield line.format(unit=unit, name=name, box=box)
    if data["windows"] and data["windows"]["box"] not in (None, data["box"]):
        yield _("through windows it reads {box}").format(box=_box(data["windows"]["box"]))
    if data["theoretical"]:
        yield _("its theoretical field is {box}, of which {padding} lies in the padding").format(
            box=_box(data["theoretical"]), padding=f"{data['padding']:.1%}"
        )
    if data["full_units"] is not None:
        yield _("{full} of {units} units ({share}) read their full field").format(
            full=f"{data['full_units']:,}", units=f"{data['units']:,}", share=f"{data['full_share']:.1%}"
        )


def _box(box: list[list[int]]) -> str:
    """Rows and columns, first to last: ``0…98 × 0…98``."""
    return " × ".join(f"{first}…{last}" for first, last in box)


def effective_field(subject: Subject) -> Finding | None:
    """Per axis: the theoretical size, the standard deviation, and the widths that hold most paths."""
    if not subject.asked.effective:
        return None
    trace, node, unit = subject.trace, subject.node, subject.asked.unit
    of = place(unit, trace.shape(node).space) if unit else None
    fields = effective_fields(trace, node, of, axes=1 if subject.asked.sample_rate else 2)
    rows = [_effective_row(subject, axis, field) for axis, field in enumerate(fields)]
    note = _("effective field: uniform weights, every path counted (Luo et al. 2016)")
    if of is not None:
        note = _("effective field of unit {unit}: uniform weights, every path inside the maps counted").format(
            unit=",".join(map(str, of))
        )
    norms = statistics(trace, trace.sources_of_whole(node))
    notes = [note, *([_("what a norm reads through its statistics counts for no path")] if norms else [])]
    table = _effective_table(rows)
    return Finding({"effective": rows}, tuple(notes), (table,), asked=(table,))


def _effective_row(subject: Subject, axis: int, field: Effective) -> dict[str, Any]:
    trace, node = subject.trace, subject.node
    return {
        "axis": axis,
        "size": axis_field(trace, axis, node).size,
        "deviation": round(field.deviation, 9),
        **{_width(share): field.width(share) for share in SHARES},
    }


def _width(share: float) -> str:
    return f"width_{round(share * 100)}"


def _effective_table(rows: list[dict[str, Any]]) -> Table:
    columns = (
        Column("axis", _("axis"), "number"),
        Column("size", _("theoretical"), "count"),
        Column("deviation", _("standard deviation"), "number"),
        *(Column(_width(share), f"{share:.0%}", "count") for share in SHARES),
    )
    lines = (tuple(joined([row[column.key]]) for column in columns) for row in rows)
    return Table(columns, tuple(lines), _("effective receptive field"))


def context(subject: Subject) -> Finding | None:
    """For a sequence: how far one unit sees to the left and to the right of the inputs it stands for."""
    input, rate = subject.trace.input, subject.asked.sample_rate
    if rate is None and not (input and len(input.space) == 1):
        return None
    field = axis_field(subject.trace, 0, subject.node)
    reads = reads_of(subject.trace.through_windows().field(0, subject.node), 0)
    data: dict[str, Any] = dict.fromkeys(("left", "right", "causal", "sample_rate", "size_ms", "jump_ms"))
    data["sample_rate"] = rate
    if reads is None or reads is ALL or not isinstance(field.jump, int) or field.jump < 1:
        return Finding({"context": data})
    data |= {"left": max(-reads.first, 0), "right": max(reads.last, 0), "causal": reads.last <= 0}
    if rate:
        data |= {"size_ms": reads.size / rate * 1000, "jump_ms": field.jump / rate * 1000}
    return Finding({"context": data}, tuple(_context_notes(data)))


def _context_notes(data: dict[str, Any]) -> Iterator[str]:
    line = _("unit 0 sees {left} to the left and {right} to the right of input 0").format(**data)
    yield _("{line}: causal, nothing after it is read").format(line=line) if data["causal"] else line
    if data["sample_rate"]:
        yield _("at {rate} samples per second: field {size} ms, one unit every {jump} ms").format(
            rate=f"{data['sample_rate']:,g}", size=f"{data['size_ms']:g}", jump=f"{data['jump_ms']:g}"
        )


def ruler_picture(subject: Subject) -> Finding | None:
    """The fields on one axis of the input, each inside the next."""
    if not subject.asked.ruler:
        return None
    marks = marks_to(subject.trace, subject.node)
    return Finding({}, pictures=(ruler(subject.trace, subject.node, marks),), asked=(ruler_table(marks),))


QUESTIONS: dict[str, Callable[[Subject], Finding | None]] = {
    "unit": one_unit,
    "effective": effective_field,
    "context": context,
    "ruler": ruler_picture,
}
"""Every question, in the order of the answers."""
