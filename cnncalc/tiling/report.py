"""``halo`` as a `Report`: what tiles must overlap, the sizes they may have, what is valid of them, and the tiles."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, prod
from typing import Any

from cnncalc import analysis
from cnncalc.analysis import Trace
from cnncalc.errors import CnncalcError, NetworkError
from cnncalc.language import N_, _
from cnncalc.network import INPUT, Network, part
from cnncalc.receptive.axisfield import node_called
from cnncalc.receptive.cells import agreed
from cnncalc.receptive.notes import assumptions
from cnncalc.report import Column, Range, Report, Table, in_bytes, joined
from cnncalc.shapes import Shape
from cnncalc.tiling.asked import Cut, Wanted, per_axis
from cnncalc.tiling.choosing import bytes_for, cut, fewest, fitting
from cnncalc.tiling.lattice import FAR_SIDE, POSITION, RATES, SIZE, STILL, UNKNOWN, WHOLE, lattice
from cnncalc.tiling.numbers import Needed, entries, last_sound, needed_for
from cnncalc.tiling.tiles import Cutter, right_units

REASONS = {
    WHOLE: N_("{layers}: every unit reads the whole input, which no tile has"),
    UNKNOWN: N_("{layers}: which inputs its units read is not known"),
    SIZE: N_("{layers}: what its units read depends on the size of the map, and a tile has another"),
    POSITION: N_("{layers}: its weights belong to places of the map, and a tile lies elsewhere"),
    FAR_SIDE: N_("{layers}: units at the border read the far side of the map, which their tile lacks"),
    RATES: N_("{layers}: its branches move at different rates"),
    STILL: N_("{layers}: nothing of what it reads moves with its units"),
}
"""Why no overlap is enough, by the reason that the JSON names."""

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
    wanted = wanted or Wanted()
    trace = reference(network, input, wanted.cut.image)
    trace = trace.through_windows() if wanted.windows_only else trace
    outputs = (node_called(trace, wanted.at),) if wanted.at else network.outputs
    found = needed_for(trace, outputs)
    each = [found] if len(outputs) == 1 else [needed_for(trace, (output,)) for output in outputs]
    data = {"network": title, **_data(trace, found, each, input or (None if wanted.cut.image else network.input))}
    tiles = _cut(trace, found, wanted, known=(input or network.input) is not None)
    notes = (*assumptions(network), *_notes(trace, found, each, data), *_cut_notes(tiles))
    table = _table(data)
    planned = (_tiles_table(tiles),) if tiles and tiles["tiles"] else ()
    return Report(
        "halo",
        {**data, "plan": tiles, "conventions": CONVENTIONS},
        (table, *planned),
        notes,
        title=title or _("overlap of tiles"),
        verdict=found.finite,
        failures=tuple(_failures(trace, found)),
        ranges={} if found.finite else dict.fromkeys(SIDES, Range(inf, inf, _("no overlap is enough"))),
        asked=planned,
    )


PROBES = (240, 15_360)
"""Sizes of an input that most networks take, tried where none was given."""
CHANNELS = (3, 1, *(2**power for power in range(1, 13)))


def reference(network: Network, input: Shape | None, image: tuple[int, ...] = ()) -> Trace:
    """The trace of the image that is cut, of the input, of the network's own, or of one that it takes.

    >>> from cnncalc.notation.parsing import parse
    >>> reference(parse("conv3,p1 maxpool2"), None).input
    Shape(space=(240,), channels=3)

    Raises `NetworkError` where no input is known that the network takes.
    """
    shape = input or network.input
    if image:
        known = None if shape is None else len(shape.space)
        space = per_axis("--plan", image, len(image) if known is None else known)
        channels = (shape.channels,) if shape else CHANNELS
        return _first(network, [Shape(space, count) for count in channels])
    if shape:
        return analysis.trace(network, shape)
    rank, channels = analysis.rank(network), CHANNELS if network.channels is None else (network.channels,)
    return _first(network, [Shape((size,) * rank, count) for size in PROBES for count in channels])


def _first(network: Network, shapes: list[Shape]) -> Trace:
    """The trace of the first shape that the network takes."""
    problems = []
    for shape in shapes:
        try:
            return analysis.trace(network, shape)
        except CnncalcError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    raise NetworkError(_("how tiles lie depends on the input: give --input")) from problems[0]


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


def _cut(trace: Trace, found: Needed, wanted: Wanted, *, known: bool) -> dict[str, Any] | None:
    """The tiles of the image, or the size of the largest that fits; ``known`` tells whether the input's channels are."""
    asked = wanted.cut
    if asked.memory is not None and not known:
        raise NetworkError(_("how much memory a tile needs depends on its channels: give --input, such as 256x256x3"))
    if not found.finite or asked == Cut():
        return None
    cutter = Cutter(trace, found.outputs)
    size = _size(cutter, wanted)
    channels = trace.shape(INPUT).channels
    tiles = list(cutter.tiles(size)) if asked.image else None
    return {
        "image": list(trace.shape(INPUT).space) if asked.image else None,
        "size": list(size),
        "memory": bytes_for(part(trace.network, found.outputs), Shape(size, channels), wanted.dtype) if known else None,
        "dtype": wanted.dtype,
        "number": None if tiles is None else len(tiles),
        "tiles": None
        if tiles is None
        else [
            {
                "begin": [piece.begin for piece in tile],
                "end": [piece.end for piece in tile],
                "valid": [
                    {
                        "output": trace.network.nodes[output].name,
                        "begin": [piece.kept[number][0] for piece in tile],
                        "end": [piece.kept[number][1] for piece in tile],
                        "at": [piece.at[number] for piece in tile],
                    }
                    for number, output in enumerate(found.outputs)
                ],
            }
            for tile in tiles
        ],
    }


def _size(cutter: Cutter, wanted: Wanted) -> tuple[int, ...]:
    asked, rank = wanted.cut, len(cutter.axes)
    size = per_axis("--tile", asked.tile, rank) if asked.tile else ()
    if asked.memory is not None:
        most = fitting(cutter, asked.memory, wanted.dtype, bounded=bool(asked.image))
        size = tuple(map(min, size, most)) if size else most
    if not asked.image:
        return size
    if not asked.least:
        return tuple(min(length, axis.size) for length, axis in zip(size, cutter.axes, strict=True))
    return fewest(cutter, tuple(cut(cutter, length)[axis] for axis, length in enumerate(size)))


KEYS = ("left", "right", "left_aligned", "right_aligned", "align", "size_mod", "size_rest", "jump", "period")


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
    rows = tuple(_row(one["name"], one["axes"]) for one in data["outputs"])
    total = _row(_("all outputs"), data["axes"]) if len(rows) > 1 else None
    return Table(columns, rows, total=total)


def _row(name: str, axes: list[dict[str, Any]]) -> tuple[Any, ...]:
    return (name, *(joined([axis[key] for axis in axes]) if axes else None for key in KEYS))


def _tiles_table(plan: dict[str, Any]) -> Table:
    """A row for each tile and output; axes stand in a cell, as in 512x512."""
    columns = (
        Column("tile", _("tile"), "count"),
        Column("begin", _("begins at")),
        Column("end", _("ends before")),
        Column("output", _("output"), minor=1),
        Column("valid_begin", _("valid from")),
        Column("valid_end", _("valid before")),
        Column("at", _("in the tile from"), minor=2),
    )
    rows = tuple(
        (
            number,
            _by(tile["begin"]),
            _by(tile["end"]),
            one["output"],
            _by(one["begin"]),
            _by(one["end"]),
            _by(one["at"]),
        )
        for number, tile in enumerate(plan["tiles"] or ())
        for one in tile["valid"]
    )
    return Table(columns, rows, _("tiles of {size}").format(size=_by(plan["size"])))


def _by(sizes: list[int]) -> str:
    return "x".join(map(str, sizes))


def _failures(trace: Trace, found: Needed) -> Iterator[str]:
    """Why no overlap is enough, a line for each reason."""
    names = trace.network.nodes
    for reason, text in REASONS.items():
        layers = [names[node].name for node, cause in sorted(found.causes.items()) if cause == reason]
        if layers:
            yield _(text).format(layers=_(", ").join([*layers[:MOST_NAMES], *(["…"] if layers[MOST_NAMES:] else [])]))


MOST_NAMES = 4


def _notes(trace: Trace, found: Needed, each: list[Needed], data: dict[str, Any]) -> Iterator[str]:
    if not found.finite:
        yield from _ways_out(trace, found)
        return
    yield _("a tile at the border begins or ends where the image does; it is not filled up to a size")
    axes = data["axes"]
    align, mod = joined([axis["align"] for axis in axes]), joined([axis["size_mod"] for axis in axes])
    if align != 1:
        yield _("tiles begin at multiples of {align}, and so does what they are kept for").format(align=align)
    if mod != 1:
        yield _("sizes of tiles leave {rest} when divided by {mod}, as that of the whole does").format(
            mod=mod, rest=joined([axis["size_rest"] for axis in axes])
        )
    yield from _in_units(axes)
    yield from _tile_notes(data["tile"])


def _in_units(axes: list[dict[str, Any]]) -> Iterator[str]:
    """What one output alone needs: in its own units, and of the unit that needs most."""
    if any(axis["jump"] is None for axis in axes):
        return
    if any(axis["jump"] != 1 for axis in axes):
        yield _("in units of the output, {jump} inputs apart: {left} on the left, {right} on the right").format(
            jump=joined([axis["jump"] for axis in axes]),
            left=joined([axis["left_units"] for axis in axes]),
            right=joined([axis["right_units"] for axis in axes]),
        )
    units = [axis["any_unit"] for axis in axes]
    if any(
        unit and unit != {side: axis[side] for side in ("left", "right")}
        for unit, axis in zip(units, axes, strict=True)
    ):
        yield _(
            "some units need {left} on the left and {right} on the right: "
            "as much for tiles that are kept from other places than multiples of {align}"
        ).format(
            left=joined([unit["left"] for unit in units]),
            right=joined([unit["right"] for unit in units]),
            align=joined([axis["align"] for axis in axes]),
        )


def _tile_notes(tile: dict[str, Any] | None) -> Iterator[str]:
    for one in tile["valid"] if tile else ():
        size = _by(tile["size"]) if tile else ""
        if one["begin"] is None:
            yield _("of a tile of {size} inside an image nothing is valid: take a larger one").format(size=size)
        else:
            yield _("of a tile of {size} inside an image {valid} of the {units} units of {output} are valid").format(
                size=size,
                valid=" × ".join(f"{begin}…{end - 1}" for begin, end in zip(one["begin"], one["end"], strict=True)),
                units=_by(one["size"]),
                output=one["output"],
            )


def _ways_out(trace: Trace, found: Needed) -> Iterator[str]:
    """What an earlier layer, or windows alone, would need."""
    sound = last_sound(trace, found.outputs)
    if sound is not None:
        before = needed_for(trace, (sound,))
        yield _("up to {layer} an overlap is enough, {sides}: --at {layer}").format(
            layer=trace.network.nodes[sound].name, sides=_sides(before)
        )
    windows = trace if trace.windows_only else trace.through_windows()
    if not trace.windows_only and (frozen := needed_for(windows, found.outputs)).finite:
        yield _("with what is read of the whole input frozen, {sides} is enough: --windows-only").format(
            sides=_sides(frozen)
        )


def _sides(found: Needed) -> str:
    return _("{left} on the left and {right} on the right").format(
        left=joined([axis["left_aligned"] for axis in found.axes]),
        right=joined([axis["right_aligned"] for axis in found.axes]),
    )


def _cut_notes(plan: dict[str, Any] | None) -> Iterator[str]:
    if plan is None:
        return
    size = _by(plan["size"])
    if plan["tiles"] is None:
        yield _("the largest tile that fits is {size}: weights and maps take {memory}").format(
            size=size, memory=in_bytes(plan["memory"])
        )
        return
    whole = prod(plan["image"])
    yield _("{number} tiles of {size}; inputs are computed {times} times").format(
        number=f"{plan['number']:,}", size=size, times=f"{sum(map(_area, plan['tiles'])) / whole:.2f}"
    )
    if plan["memory"] is not None:
        yield _("weights and maps of a tile take {memory}").format(memory=in_bytes(plan["memory"]))


def _area(tile: dict[str, Any]) -> int:
    return prod(end - begin for begin, end in zip(tile["begin"], tile["end"], strict=True))
