"""``diff`` as a `Report`: totals side by side, layers aligned, and the parts of the difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncalc.difference.layers import COUNTED, Row, layers
from cnncalc.difference.parts import fates, parts
from cnncalc.difference.sides import Side, side
from cnncalc.difference.tables import QUANTITIES, failure, layers_tables, notes, totals_table
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.report import Later, Report
from cnncalc.shapes import Shape
from cnncalc.summary.report import CONVENTIONS as SUMMARY
from cnncalc.summary.report import Line

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
    rows, totals, pieces = layers(one, other), list(_totals(one, other)), parts(one, other)
    ends = fates(rows)
    differ = any(row.status != "same" for row in rows) or any(total["a"] != total["b"] for total in totals)
    return Report(
        "diff",
        {
            "a": one.to_dict(),
            "b": other.to_dict(),
            "dtype": dtype,
            "differ": differ,
            "totals": totals,
            "layers": [_entry(row) for row in rows],
            "parts": [{**part._asdict(), "difference": part.difference} for part in pieces],
            "statuses": [end._asdict() for end in ends],
            "conventions": CONVENTIONS,
        },
        Later(lambda: (totals_table(totals), *layers_tables(one, other, rows))),
        tuple(notes(one, other, pieces, ends, differ=differ)),
        title=" → ".join(filter(None, titles)) or _("difference"),
        verdict=not (differ and exit_code),
        failures=(failure(ends),) if differ and exit_code else (),
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
