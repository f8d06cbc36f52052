"""``sweep`` as a `Report`, where its rows are few enough to be looked at."""

from __future__ import annotations

from itertools import islice
from typing import Any

from cnncalc.errors import LimitError
from cnncalc.language import N_, _
from cnncalc.report import Column, Report, Table, Unit
from cnncalc.sweeps.compute import TEXTS
from cnncalc.sweeps.runs import Run
from cnncalc.sweeps.text import lists_of

MOST_ROWS = 100_000
"""So many rows a report may have."""
MOST_SHOWN = 40
"""And so many are shown to people."""

CONVENTIONS = {
    "index": "the number of the configuration: the last variable runs fastest",
    "memory": "bytes of all outputs, every layer writing a tensor of its own",
    "field": "the size of what slides, of the last layer that slides over the input, as if the input had no border; "
    "of units that differ, the least",
    "read": "how many inputs of its field a unit reads",
    "jump": "inputs between neighbouring units; null where they do not lie evenly",
    "reason": "why there is no such network, and layer where; null where there is one",
}

LABELS: dict[str, tuple[str, Unit]] = {
    "parameters": (N_("parameters"), "count"),
    "macs": (N_("MACs"), "count"),
    "memory": (N_("memory"), "bytes"),
    "field": (N_("field"), "count"),
    "read": (N_("read"), "count"),
    "jump": (N_("jump"), "number"),
    "channels": (N_("channels"), "count"),
    "reason": (N_("reason"), "text"),
    "layer": (N_("layer"), "text"),
}
"""What people call a column, and how it is shown; others are called as they are."""


def sweep_report(run: Run, title: str = "", columns: tuple[str, ...] = (), watch: Any = None) -> Report:
    """The rows of a run, at most `MOST_ROWS` of them.

    >>> from cnncalc.sweeps.compute import Sweep
    >>> from cnncalc.sweeps.family import template_family
    >>> report = sweep_report(Run(Sweep(template_family("convK-8", "5x5x3"), {"K": (1, 3)})))
    >>> [row["parameters"] for row in report.data["rows"]]
    [32, 224]

    Raises `LimitError` for more.
    """
    names = columns or run.sweep.columns
    rows: list[tuple[Any, ...]] = []
    for frame in run.frames(watch):
        rows += zip(*lists_of(run.sweep, frame, names), strict=True)
        if len(rows) > MOST_ROWS:
            raise LimitError(
                _(
                    "these are more than {most:,} rows: write them into a file with -o rows.csv, or take --sample or --where"
                ).format(most=MOST_ROWS)
            )
    data = {
        "network": title,
        "variables": {name: list(values) for name, values in run.sweep.grid.variables.items()},
        "configurations": run.size,
        "dtype": run.sweep.dtype,
        "sample": run.sample,
        "seed": None if run.sample is None else run.seed,
        "where": run.where and run.where.text,
        "best": run.best,
        "for": run.gain,
        "rows": [dict(zip(names, row, strict=True)) for row in rows],
        "conventions": CONVENTIONS,
    }
    return Report("sweep", data, (_table(names, rows),), tuple(_notes(run, rows)), title=title or _("sweep"))


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Table:
    shown = [place for place, name in enumerate(names) if name not in TEXTS or any(row[place] for row in rows)]
    columns = tuple(_column(names[place]) for place in shown)
    return Table(columns, tuple(tuple(row[place] for place in shown) for row in islice(rows, MOST_SHOWN)))


def _column(name: str) -> Column:
    label, unit = LABELS.get(name, (name, "text" if name == "notation" else "number"))
    return Column(name, _(label), unit, minor=name in ("index", "memory", "read"))


def _notes(run: Run, rows: list[tuple[Any, ...]]) -> list[str]:
    notes = [_("{rows:,} rows of {count:,} configurations").format(rows=len(rows), count=run.size)]
    if len(rows) > MOST_SHOWN:
        notes.append(_("the first {most} are shown: all of them are in -o rows.csv").format(most=MOST_SHOWN))
    return notes
