"""``diff`` as a `Report`: totals side by side, layers aligned, and the parts of the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cnncalc.difference.layers import COUNTED, Change, Row, Status, alike, layers
from cnncalc.difference.parts import PARTS, Fate, Part, fates, parts, sum_line
from cnncalc.difference.sides import Output, Side, side
from cnncalc.language import N_, _
from cnncalc.network import Network
from cnncalc.report import Cell, Column, Later, Report, Table, joined
from cnncalc.shapes import Shape
from cnncalc.summary.report import CONVENTIONS as SUMMARY
from cnncalc.summary.report import Line

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

EXACT = ("layers",)
"""Those that unknown operators leave exact."""

CONVENTIONS = {
    **{name: SUMMARY[name] for name in ("macs", "flops", "parameters", "memory", "peak_inference", "peak_training")},
    "difference": "b - a; null where one of the two is not known exactly",
    "layers": "aligned by a longest common subsequence over what a layer is (its notation, not its name), what is left "
    "between by name and kind, then by kind",
    "parts": "those of one count add up to its difference",
    "rf": "receptive field through windows, in input pixels, of at, the last layer before an output that slides over "
    "the input",
}

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


def diff(
    a: Network,
    b: Network,
    input: Shape | None = None,
    *,
    dtype: str = "fp32",
    depth: int = 0,
    titles: tuple[str, str] = ("", ""),
    exit_code: bool = False,
) -> Report:
    """Two networks side by side; with ``exit_code`` the verdict is no where they differ, as in git.

    >>> from cnncalc.notation.parsing import parse
    >>> report = diff(parse("conv3-64 relu"), parse("conv3-64,nobias relu"), Shape((9, 9), 3))
    >>> report.get("parameters.difference"), report.notes[0]
    (-64, 'parameters: 1,728 − 1,792 = −64 biases of conv')

    Raises `NetworkError` where no input shape is known, and `ShapeError` for a layer that can't take what it gets.
    """
    one, other = (side(network, input, dtype, depth, title) for network, title in zip((a, b), titles, strict=True))
    rows = layers(one, other)
    pieces, ends = parts(one, other), fates(rows)
    totals = list(_totals(one, other))
    differ = any(row.status != "same" for row in rows) or any(total["a"] != total["b"] for total in totals)
    data: dict[str, Any] = {
        "a": one.to_dict(),
        "b": other.to_dict(),
        "dtype": dtype,
        "differ": differ,
        "totals": totals,
        "layers": [_entry(row) for row in rows],
        "parts": [{**part._asdict(), "difference": part.difference} for part in pieces],
        "statuses": [end._asdict() for end in ends],
        "conventions": CONVENTIONS,
    }
    return Report(
        "diff",
        data,
        Later(lambda: (_totals_table(totals), *_layers_tables(one, other, rows))),
        tuple(_notes(one, other, pieces, ends, differ=differ)),
        title=" → ".join(filter(None, titles)) or _("difference"),
        verdict=not (differ and exit_code),
        failures=(_failure(ends),) if differ and exit_code else (),
    )


def _totals(a: Side, b: Side) -> Iterator[dict[str, Any]]:
    exact = a.exact and b.exact
    for name in QUANTITIES:
        values = a.total[name], b.total[name]
        known = exact or name in EXACT
        yield {"name": name, "a": values[0], "b": values[1], "difference": values[1] - values[0] if known else None}
    for name in ("rf", "jump"):
        one, other = (getattr(side.ends[-1], name) for side in (a, b))
        yield {"name": name, "a": one, "b": other, "difference": _less(one, other)}


def _less(a: Any, b: Any) -> Any:
    """The difference of two measures, axis by axis; `None` where one is no number."""
    if isinstance(a, list) or isinstance(b, list):
        both = [value if isinstance(value, list) else [value] for value in (a, b)]
        axes = max(map(len, both))
        if not {len(values) for values in both} <= {1, axes}:
            return None
        one, other = (values * axes if len(values) == 1 else values for values in both)
        return [_less(*pair) for pair in zip(one, other, strict=True)]
    return b - a if type(a) in (int, float) and type(b) in (int, float) else None


def _entry(row: Row) -> dict[str, Any]:
    line = row.b or row.a
    return {
        "name": line.name if line else "",
        "status": row.status,
        "a": row.a and _line(row.a),
        "b": row.b and _line(row.b),
        "changes": [change._asdict() for change in row.changes],
        "difference": {count: row.difference(count) for count in COUNTED},
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "kind": line.kind,
        "notation": line.notation,
        "output": [*line.output.space, line.output.channels],
        **{count: getattr(line.counted, count) for count in COUNTED},
    }


def _totals_table(totals: list[dict[str, Any]]) -> Table:
    columns = (
        Column("name", _("quantity")),
        Column("a", _("first"), "count"),
        Column("b", _("second"), "count"),
        Column("difference", _("difference"), "count"),
    )
    labels = {**QUANTITIES, "rf": N_("receptive field"), "jump": N_("jump")}
    rows = tuple(
        (_(labels[total["name"]]), *(_cell(total[key]) for key in ("a", "b", "difference"))) for total in totals
    )
    return Table(columns, rows)


def _cell(value: Any) -> Cell:
    return joined(value if isinstance(value, list) else [value])


def _layers_tables(a: Side, b: Side, rows: tuple[Row, ...]) -> tuple[Table, ...]:
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


def _notes(a: Side, b: Side, pieces: tuple[Part, ...], ends: tuple[Fate, ...], *, differ: bool) -> Iterator[str]:
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
                outputs="; ".join(f"{end.name} {end.output}, rf {_cell(end.rf)}" for end in ends)
            )


def _failure(ends: tuple[Fate, ...]) -> str:
    counts = {end.name: end.layers for end in ends}
    return _("the networks differ: {changed} layers changed, {added} added, {removed} removed").format(**counts)
