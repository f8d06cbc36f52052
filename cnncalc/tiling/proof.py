"""``halo --verify``: NumPy runs the whole and its tiles, which agree, and would not with one step less of overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc.analysis import Trace, trace
from cnncalc.errors import LimitError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.report import Column, Report, Table
from cnncalc.shapes import AXES, Shape
from cnncalc.tiling.asked import Wanted
from cnncalc.tiling.lattice import resized
from cnncalc.tiling.reference import reference
from cnncalc.tiling.sizes import Sizes, lengths
from cnncalc.tiling.tiles import Axis, Cutter, Piece, right_units

SIDES = ("left", "right")


class Run(NamedTuple):
    """An image that is run whole and in tiles, along one axis or, for the plan itself, along all."""

    axis: int | None
    network: Network
    image: Shape
    tiles: tuple[tuple[Piece, ...], ...]
    beside: dict[str, tuple[Piece, ...]]


def proven(report: Report, network: Network, input: Shape | None, wanted: Wanted) -> Report:
    """The report with its proof; it is no if tiles differ, or would not with one step less."""
    if not report.data["finite"]:
        return report
    whole = reference(network, input, wanted.cut.image)
    whole = whole.through_windows() if wanted.windows_only else whole
    outputs = tuple(
        index
        for index, node in enumerate(network.nodes)
        if node.name in {one["name"] for one in report.data["outputs"]}
    )
    rows = [_observed(run, outputs, exact=report.data["exact"]) for run in _runs(report, whole, outputs)]
    agrees = all(row["agrees"] for row in rows)
    failures = () if agrees else (_("tiles do not agree with the whole as claimed"),)
    return replace(
        report,
        data={**report.data, "verification": {"agrees": agrees, "runs": rows}},
        tables=(*report.tables, _table(rows)),
        notes=(*report.notes, *_notes(rows)),
        verdict=report.verdict and agrees,
        failures=(*report.failures, *failures),
    )


def _runs(report: Report, whole: Trace, outputs: tuple[int, ...]) -> Iterator[Run]:
    """The plan itself where it can be afforded; on each axis the smallest image that has three tiles."""
    network, plan = whole.network, report.data["plan"]
    cutter = Cutter(whole, outputs)
    if plan and plan["tiles"] and not whole.windows_only and _affordable(network, cutter.image, LIMIT / 4):
        yield Run(None, network, cutter.image, tuple(cutter.tiles(tuple(plan["size"]))), {})
    for axis in cutter.axes[: len(whole.fields)]:
        yield _smallest(whole, outputs, cutter, axis)


LIMIT = 60.0
"""Seconds that one run may take, estimated."""


def _affordable(network: Network, image: Shape, limit: float) -> bool:
    from cnncalc.verify.budget import cost
    from cnncalc.verify.claims import claim
    from cnncalc.verify.forward import GIBIBYTE

    estimate = cost(network, image, claim(network, image, len(network)))
    return 2 * estimate.bytes <= GIBIBYTE and 2 * sum(estimate.seconds) <= limit


def _smallest(whole: Trace, outputs: tuple[int, ...], cutter: Cutter, axis: Axis) -> Run:
    """An image with a tile at its start, one at its end and one inside, and narrow on other axes."""
    length = cutter.least(axis)
    sizes = Sizes(axis.needs.step, axis.size)
    first = right_units(whole, axis.number, axis.followed, length, starts=True, ends=False)
    inside = right_units(whole, axis.number, axis.followed, length, starts=False, ends=False)
    if first is None or inside is None:
        raise LimitError(_("no tile is small enough to be run"))
    turn = min(
        (first[output][1] - inside[output][0]) // units for output, units in zip(outputs, axis.units, strict=True)
    )
    image = resized(cutter.image, axis.number, sizes.at_least(turn * axis.needs.step + length + 1))
    for other in cutter.axes:
        if other.number != axis.number:
            image = resized(image, other.number, _narrow(whole, other))
    network = _frozen(whole, axis.number, image)
    followed = trace(whole.network, image)
    small = Cutter(followed.through_windows() if whole.windows_only else followed, outputs)
    size = [axis.size for axis in small.axes]
    size[axis.number] = length
    tiles = tuple(small.tiles(tuple(size)))
    if not _affordable(network, image, LIMIT):
        raise LimitError(
            _(
                "even the smallest image with three tiles, {image}, is too large to be run: take --at an earlier layer"
            ).format(image=image)
        )
    return Run(
        axis.number, network, image, tiles, _beside(small.axes[axis.number], tiles[1], inside, outputs, followed)
    )


def _narrow(whole: Trace, axis: Axis) -> int:
    """A small size of an axis that the network takes and that lies as the image does.

    Three steps: in a map one unit wide most taps of a kernel lie in the padding, and numbers fade from layer to layer.
    """
    size = Sizes(axis.needs.step, axis.size).at_least(2 * axis.needs.step + 1)
    while any(None in known for known in lengths(whole, axis.number, (size,), axis.followed.way).values()):
        size += axis.needs.step
    return size


def _frozen(whole: Trace, axis: int, image: Shape) -> Network:
    if not whole.windows_only:
        return whole.network
    from cnncalc.verify.frozen import frozen

    return frozen(whole.network, axis, image.space[axis])[0]


def _beside(
    axis: Axis, tile: tuple[Piece, ...], inside: dict[int, tuple[int, int]], outputs: tuple[int, ...], image: Trace
) -> dict[str, tuple[Piece, ...]]:
    """What would be kept of a tile inside if it overlapped one step less: on the left, on the right."""
    piece, needs = tile[axis.number], axis.needs
    begins = [piece.begin // needs.step * units for units in axis.units]
    known = lengths(image, axis.number, (piece.end - piece.begin,), axis.followed.way)
    spans: dict[str, list[tuple[int, int]]] = {"left": [], "right": []}
    for output, units in zip(outputs, axis.units, strict=True):
        low, high = inside[output]
        less = max(-(-needs.sizes.mod * units // needs.step), 1)
        spans["left"].append((max(low - units, 0), low))
        spans["right"].append((high, min(high + less, known[output][0] or 0)))
    return {
        side: tuple(
            other._replace(
                kept=tuple((first + begin, stop + begin) for (first, stop), begin in zip(ends, begins, strict=True)),
                at=tuple(first for first, _stop in ends),
            )
            if number == axis.number
            else other
            for number, other in enumerate(tile)
        )
        for side, ends in spans.items()
        if any(stop > first for first, stop in ends)
    }


def _observed(run: Run, outputs: tuple[int, ...], *, exact: bool) -> dict[str, Any]:
    """One row: how much tiles differ from the whole, with the overlap and with one step less, which may do if not exact."""
    from cnncalc.verify.tiles import ROUNDING, Cut, differences, reached, smooth

    network, kept = smooth(run.network, outputs)
    cuts = [
        Cut(
            tuple(slice(piece.begin, piece.end) for piece in tile),
            _parts(tile, kept),
            tuple(part for side in run.beside.values() for part in _parts(side, kept)) if number == 1 else (),
        )
        for number, tile in enumerate(run.tiles)
    ]
    seen = list(differences(network, run.image, cuts))
    most = max(one.kept for one in seen)
    less = dict(zip(run.beside, _by_side([d for one in seen for d in one.beside], len(outputs)), strict=True))
    faint = [side for side, difference in less.items() if difference <= max(ROUNDING, NOISE * most)]
    if faint:
        read = dict(zip(run.beside, _by_side(reached(network, run.image, cuts[1]), len(outputs)), strict=True))
        less = {side: difference for side, difference in less.items() if side not in faint or read[side]}
    return {
        "axis": run.axis,
        "image": str(run.image),
        "plan": run.axis is None,
        "tiles": len(run.tiles),
        "difference": most,
        **{f"{side}_step_less": less.get(side) for side in SIDES},
        "faint": faint,
        "agrees": most <= ROUNDING and (less.keys() == run.beside.keys() or not exact),
    }


NOISE = 16
"""A difference that is so many times that of what is kept is no rounding."""


def _by_side(values: Sequence[Any], each: int) -> list[Any]:
    """The largest of each side, of values of which so many belong to a side."""
    return [max(values[first : first + each]) for first in range(0, len(values), each)]


def _parts(tile: Sequence[Piece], outputs: tuple[int, ...]) -> tuple[Any, ...]:
    from cnncalc.verify.tiles import Part

    return tuple(
        Part(
            output,
            tuple(slice(p.at[n], p.at[n] + p.kept[n][1] - p.kept[n][0]) for p in tile),
            tuple(slice(*p.kept[n]) for p in tile),
        )
        for n, output in enumerate(outputs)
    )


def _table(rows: list[dict[str, Any]]) -> Table:
    columns = (
        Column("image", _("image")),
        Column("axis", _("along axis")),
        Column("tiles", _("tiles"), "count"),
        Column("difference", _("difference"), "number"),
        Column("left_step_less", _("one step less on the left"), "number"),
        Column("right_step_less", _("one step less on the right"), "number"),
    )
    lines = tuple(
        tuple(_axis_name(row) if column.key == "axis" else row[column.key] for column in columns) for row in rows
    )
    marks = {number: "good" if row["agrees"] else "bad" for number, row in enumerate(rows)}
    return Table(columns, lines, _("run by NumPy"), marks=marks)


def _axis_name(row: dict[str, Any]) -> str | None:
    return None if row["axis"] is None else AXES[len(row["image"].split("x")) - 1][row["axis"]]


def _notes(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield _(
        "run with random weights, ELUs for activations and averages for maxima, which hide nothing; "
        "differences are shares of the largest number, and up to {rounding} is rounding"
    ).format(rounding="1e-12")
    if all(row[f"{side}_step_less"] is None for row in rows for side in SIDES):
        yield _("all that a tile gives is kept: with less overlap units would be missing, not wrong")
    if any(row["faint"] for row in rows):
        yield _(
            "where one step less differs by no more than rounding, an input that is not a number outside the tile is seen there"
        )
    if not rows[0]["plan"]:
        yield _("run on the smallest images with three tiles: {images}").format(
            images=_(", ").join(row["image"] for row in rows)
        )
