"""``summary`` of several networks: one row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.difference.report import CONVENTIONS
from cnncalc.difference.sides import Side, side
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.report import Column, Range, Report, Table, joined
from cnncalc.shapes import Shape

SUMS = ("parameters", "buffers", "macs", "flops", "memory", "parameter_memory", "peak_inference", "peak_training")
KEPT = ("macs", "flops", "parameters", "memory", "peak_inference", "peak_training", "rf")


def summaries(networks: Iterable[tuple[str, Network]], input: Shape | None = None, *, dtype: str = "fp32") -> Report:
    """The totals of several networks, by the names they come with.

    >>> from cnncalc.notation.parsing import parse
    >>> report = summaries([("small", parse("conv3-8")), ("wide", parse("conv3-64"))], Shape((9, 9), 3))
    >>> report.get("small.parameters"), report.get("wide.parameters")
    (224, 1792)

    Raises `NetworkError` where no input shape is known, and `ShapeError` for a layer that can't take what it gets.
    """
    return report_of([row_of(name, network, input, dtype=dtype) for name, network in networks], dtype=dtype)


def row_of(name: str, network: Network, input: Shape | None = None, *, dtype: str = "fp32") -> dict[str, Any]:
    """What one network is told by, as the JSON has it."""
    return _row(side(network, input, dtype, 0, name))


def report_of(rows: list[dict[str, Any]], failed: Mapping[str, str] | None = None, *, dtype: str = "fp32") -> Report:
    """The rows that were made, wherever that was; and of networks that ``failed``, by name, the reason in place of numbers."""
    bounds = {
        f"{row['name']}.{name}": Range(
            row[name], None, _("all that is known is ≥ {number}").format(number=f"{row[name]:,}")
        )
        for row in rows
        if not row["exact"]
        for name in SUMS
    }
    data: dict[str, Any] = {"dtype": dtype, "networks": rows}
    if failed is not None:
        data["failed"] = [{"name": name, "error": error} for name, error in failed.items()]
    return Report(
        "summaries",
        {**data, "conventions": {name: CONVENTIONS[name] for name in KEPT}},
        (_table(rows, failed or {}),),
        title=_("networks"),
        ranges=bounds,
    )


def _row(one: Side) -> dict[str, Any]:
    end = one.ends[-1]
    return {
        "name": one.title,
        "input": str(one.input),
        "output": end.output,
        "layers": one.total["layers"],
        "exact": one.exact,
        **{name: one.total[name] for name in SUMS},
        "at": end.at,
        "rf": end.rf,
        "jump": end.jump,
    }


def _table(rows: list[dict[str, Any]], failed: Mapping[str, str]) -> Table:
    columns = (
        Column("name", _("network")),
        Column("input", _("input"), minor=2),
        Column("output", _("output"), minor=2),
        Column("layers", _("layers"), "count", minor=3),
        Column("parameters", _("parameters"), "count"),
        Column("buffers", _("buffers"), "count", minor=4),
        Column("macs", _("MACs"), "count"),
        Column("flops", _("FLOPs"), "count", minor=4),
        Column("parameter_memory", _("parameters in memory"), "bytes", minor=3),
        Column("peak_inference", _("peak for inference"), "bytes", minor=1),
        Column("peak_training", _("peak for training"), "bytes", minor=1),
        Column("rf", _("field"), "number"),
        Column("jump", _("jump"), "number", minor=2),
    )
    cells = [tuple(_cell(row, column.key) for column in columns) for row in rows]
    if not failed:
        return Table(columns, tuple(cells))
    broken = [(name, *[None] * (len(columns) - 1), error) for name, error in failed.items()]
    return Table((*columns, Column("error", _("error"))), (*((*row, None) for row in cells), *broken))


def _cell(row: dict[str, Any], key: str) -> Any:
    value = row[key]
    if not row["exact"] and key in SUMS:
        return f"≥ {value}"
    return joined([value])
