"""``diff`` for people: totals side by side, the layers that differ, and the parts of the difference in lines that add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cnncalc.difference.layers import Change, Row, Status, alike
from cnncalc.difference.parts import PARTS, Fate, Part, sum_line
from cnncalc.difference.sides import Output, Side
from cnncalc.language import N_, _
from cnncalc.report import Cell, Column, Table, joined

QUANTITIES = {
    "parameters": N_("parameters"),
    "weights": N_("weights"),
    "biases": N_("biases"),
    "buffers": N_("buffers"),
    "macs": N_("MACs"),
    "flops": N_("FLOPs"),
    "bias_additions": N_("bias additions"),
    "memory": N_("memory of all outputs, bytes"),
    "parameter_memory": N_("memory of the parameters, bytes"),
    "peak_inference": N_("peak for inference, bytes"),
    "peak_training": N_("peak for training, bytes"),
    "layers": N_("layers"),
}
"""The totals that are compared, by their names in ``summary``, and what they are called."""

SIGNS: dict[Status, str] = {"changed": "~", "added": "+", "removed": "-"}
TERMS = {
    "weights": N_("weights of {kind}"),
    "biases": N_("biases of {kind}"),
    "buffers": N_("buffers of {kind}"),
    "macs": N_("MACs of {kind}"),
}
FATES: dict[Status, str] = {
    "changed": N_("changed layers: {layers}; parameters {parameters}, MACs {macs}"),
    "added": N_("added layers: {layers}; parameters {parameters}, MACs {macs}"),
    "removed": N_("removed layers: {layers}; parameters {parameters}, MACs {macs}"),
}
CHANGES = {
    "input_channels": N_("input channels {a} → {b}"),
    "output": N_("output {a} → {b}"),
    "reads": N_("reads {b}, not {a}"),
    "branches": N_("branches {a} → {b}"),
}
"""Changes that the notation of a layer does not show."""


def totals_table(totals: list[dict[str, Any]]) -> Table:
    columns = (
        Column("name", _("quantity")),
        Column("a", _("first"), "count"),
        Column("b", _("second"), "count"),
        Column("difference", _("difference"), "count"),
    )
    labels = {**QUANTITIES, "rf": N_("receptive field"), "jump": N_("jump")}
    rows = tuple(
        (_(labels[total["name"]]), *(joined([total[key]]) for key in ("a", "b", "difference"))) for total in totals
    )
    return Table(columns, rows)


def layers_tables(a: Side, b: Side, rows: tuple[Row, ...]) -> tuple[Table, ...]:
    """What is not the same, and how much is between; nothing where nothing differs."""
    if all(row.status == "same" for row in rows):
        return ()
    columns = (
        Column("status", ""),
        Column("layer", _("layer")),
        Column("what", _("what")),
        Column("parameters", _("parameters"), "count"),
        Column("macs", _("MACs"), "count"),
    )
    shown: list[tuple[Cell, ...]] = []
    marks: dict[int, str] = {}
    same = 0
    for row in (*rows, None):
        if row and row.status == "same":
            same += 1
            continue
        if same:
            marks[len(shown)] = "quiet"
            shown.append(("", _("… {count} the same").format(count=f"{same:,}"), "", None, None))
            same = 0
        if row:
            marks[len(shown)] = {"added": "good", "removed": "bad"}.get(row.status, "")
            shown.append(_cells(a, b, row))
    return (Table(columns, tuple(shown), _("layers that differ"), marks=marks),)


def _cells(a: Side, b: Side, row: Row) -> tuple[Cell, ...]:
    line = row.b or row.a
    names = list(dict.fromkeys(part.name for part in (row.a, row.b) if part))
    what = line.words if line and row.status != "changed" else "; ".join(_said(a, b, row))
    return (SIGNS[row.status], " → ".join(names), what, row.difference("parameters"), row.difference("macs"))


def _said(a: Side, b: Side, row: Row) -> Iterator[str]:
    """What changed, for people: the words of a layer, and what they don't show."""
    one, other = row.a, row.b
    if one is None or other is None:
        return
    changed = one.words != other.words or any(change.what == "layers" for change in row.changes)
    yield f"{one.words} → {other.words}" if changed else one.words
    for change in row.changes:
        yield from _change(a, b, row, change)


def _change(a: Side, b: Side, row: Row, change: Change) -> Iterable[str]:
    if change.what in CHANGES:
        yield _(CHANGES[change.what]).format(a=change.a, b=change.b)
    elif change.what == "layers":
        yield _("{count} the same").format(count=alike(a, b, row))
    elif change.what == "tied":
        yield (
            _("uses the weights of {name}").format(name=change.b)
            if change.b
            else _("has weights of its own, not those of {name}").format(name=change.a)
        )


def notes(a: Side, b: Side, pieces: tuple[Part, ...], ends: tuple[Fate, ...], *, differ: bool) -> Iterator[str]:
    if not differ:
        yield _("the two networks are the same, layer by layer")
    if not (a.exact and b.exact):
        yield _("operators are unknown: all counts are lower bounds, and their differences are not known")
    for of in PARTS:
        if terms := [(part.difference, _(TERMS[part.part]).format(kind=part.kind)) for part in pieces if part.of == of]:
            yield sum_line(_(QUANTITIES[of]), a.total[of], b.total[of], terms)
    for end in ends:
        if end.layers and end.name in FATES:
            yield _(FATES[end.name]).format(
                layers=f"{end.layers:,}", parameters=f"{end.parameters:+,}", macs=f"{end.macs:+,}"
            )
    yield from _outputs(a.ends, b.ends)


def _outputs(a: tuple[Output, ...], b: tuple[Output, ...]) -> Iterator[str]:
    """A line for every side that has several outputs."""
    for ends in (a, b):
        if len(ends) > 1:
            yield _("outputs: {outputs}").format(
                outputs="; ".join(f"{end.name} {end.output}, rf {joined([end.rf])}" for end in ends)
            )


def failure(ends: tuple[Fate, ...]) -> str:
    counts = {end.name: end.layers for end in ends}
    return _("the networks differ: {changed} layers changed, {added} added, {removed} removed").format(**counts)
