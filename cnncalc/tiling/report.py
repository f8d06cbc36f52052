"""``halo`` as a `Report`: what tiles must overlap, the sizes they may have, what is valid of them, and the tiles."""

from __future__ import annotations

from math import inf
from typing import Any

from cnncalc.analysis import Trace
from cnncalc.inputs import check_alone
from cnncalc.language import _
from cnncalc.network import INPUT, Network
from cnncalc.receptive.axisfield import node_called
from cnncalc.receptive.cells import agreed
from cnncalc.receptive.notes import assumptions
from cnncalc.report import Column, Range, Report, Table, joined
from cnncalc.shapes import Shape
from cnncalc.tiling.asked import Wanted
from cnncalc.tiling.figure import drawings
from cnncalc.tiling.lattice import lattice
from cnncalc.tiling.notes import failures, notes_on, picks, plan_notes
from cnncalc.tiling.numbers import Needed, entries, last_sound, needed_for
from cnncalc.tiling.plan import planned, tiles_table
from cnncalc.tiling.reference import reference
from cnncalc.tiling.tiles import right_units

CONVENTIONS = {
    "left": "inputs that a tile needs before those it is kept for, which begin at a multiple of align; right behind them",
    "left_aligned": "the same for a tile that begins at a multiple of align; right_aligned for one of the sizes it may have",
    "align": "tiles begin at multiples of it, and so does what they are kept for",
    "size_mod": "tile sizes leave size_rest when divided by it, as the size of the whole does; 1 is any size",
    "jump": "inputs between neighbouring output units",
    "period": "after so many output units they read alike again",
    "offset": "output unit 0 lies so many units behind input 0, where layers without padding leave the border out",
    "any_unit": "what the unit that needs most has on each side, in inputs from its place: "
    "for tiles that are kept from anywhere",
    "border": "a tile at the border of the image begins or ends where the image does, and is not filled up",
}


def halo_report(network: Network, input: Shape | None = None, wanted: Wanted | None = None, title: str = "") -> Report:
    """What tiles of an input must overlap so that the outputs put together are those of the whole, exactly.

    >>> from cnncalc.notation.parsing import parse
    >>> report = halo_report(parse("conv3,p1 x3"), Shape((64, 64), 1))
    >>> report.get("axes.0.left"), report.get("axes.0.align"), report.get("tile.valid.0.begin")
    (3, 1, [3, 3])

    Raises `NetworkError` for a layer that does not exist or a shape that is needed, `ShapeError` for what can't be cut.
    """
    check_alone(network, "halo")
    wanted = wanted or Wanted()
    trace = reference(network, input, wanted.cut.image)
    trace = trace.through_windows() if wanted.windows_only else trace
    outputs = (node_called(trace, wanted.at),) if wanted.at else network.outputs
    found = needed_for(trace, outputs)
    each = [found] if len(outputs) == 1 else [needed_for(trace, (output,)) for output in outputs]
    data = {"network": title, **_data(trace, found, each, input or (None if wanted.cut.image else network.input))}
    tiles = planned(trace, found, wanted, known=(input or network.input) is not None)
    notes = (*assumptions(network), *notes_on(trace, found, data), *plan_notes(tiles))
    answer = {**data, "plan": tiles, "conventions": CONVENTIONS}
    table = _table(data)
    listed = (tiles_table(tiles),) if tiles and tiles["tiles"] else ()
    return Report(
        "halo",
        answer,
        (table, *listed),
        notes,
        title=title or _("overlap of tiles"),
        verdict=found.finite,
        failures=tuple(failures(trace, found)),
        ranges={} if found.finite else dict.fromkeys(SIDES, Range(inf, inf, _("no overlap is enough"))),
        asked=listed,
        drawings=drawings(answer),
    )


def _data(trace: Trace, found: Needed, each: list[Needed], tile: Shape | None) -> dict[str, Any]:
    nodes = trace.network.nodes
    sound = None if found.finite else last_sound(trace, found.outputs)
    return {
        "input": str(tile) if tile else None,
        "at": nodes[found.outputs[-1]].name,
        "windows_only": trace.windows_only,
        "finite": found.finite,
        "because": list(entries(trace, found.causes)),
        "last_finite": None if sound is None else nodes[sound].name,
        **{key: agreed(axis[key] for axis in found.axes) if found.finite else None for key in SIDES},
        "axes": list(found.axes),
        "outputs": [
            {
                "name": nodes[one.outputs[0]].name,
                "finite": one.finite,
                "because": list(entries(trace, one.causes)),
                "axes": list(one.axes),
            }
            for one in each
        ],
        "exact": not picks(trace, found.outputs),
        "tile": _tile(trace, found) if tile and found.finite else None,
        "assumed": trace.network.assumed,
    }


SIDES = ("left", "right", "left_aligned", "right_aligned", "align")
"""What is told of all axes together, as one number where they agree."""


def _tile(trace: Trace, found: Needed) -> dict[str, Any]:
    """What is valid of a tile in the middle of an image, output by output; nothing of one that is too small."""
    space = trace.shape(INPUT).space
    right = []
    for axis, size in enumerate(space):
        followed = lattice(trace, axis, found.outputs)
        right.append(right_units(trace, axis, followed, size, starts=False, ends=False) or {})
    valid = []
    for output in found.outputs:
        spans = [units.get(output, (0, 0)) for units in right]
        some = all(first < stop for first, stop in spans)
        valid.append(
            {
                "output": trace.network.nodes[output].name,
                "size": list(trace.shape(output).space),
                "begin": [first for first, _stop in spans] if some else None,
                "end": [stop for _first, stop in spans] if some else None,
            }
        )
    return {"size": list(space), "valid": valid}


def _table(data: dict[str, Any]) -> Table:
    """A row for each output; of several the last row has what is enough for all."""
    columns = (
        Column("name", _("output")),
        Column("left", _("left"), "count"),
        Column("right", _("right"), "count"),
        Column("left_aligned", _("left, aligned"), "count"),
        Column("right_aligned", _("right, aligned"), "count"),
        Column("align", _("align"), "count"),
        Column("size_mod", _("sizes modulo"), "count"),
        Column("size_rest", _("rest"), "count"),
        Column("jump", _("jump"), "number", minor=1),
        Column("period", _("period"), "count", minor=2),
    )
    keys = [column.key for column in columns[1:]]
    rows = tuple(_row(one["name"], one["axes"], keys) for one in data["outputs"])
    total = _row(_("all outputs"), data["axes"], keys) if len(rows) > 1 else None
    return Table(columns, rows, total=total)


def _row(name: str, axes: list[dict[str, Any]], keys: list[str]) -> tuple[Any, ...]:
    return (name, *(joined([axis[key] for axis in axes]) if axes else None for key in keys))
