"""The tiles of an image as the JSON contract's ``plan`` and as a table: their size, and what is kept of each."""

from __future__ import annotations

from typing import Any

from cnncalc.analysis import Trace
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.network import INPUT, part
from cnncalc.report import Column, Table
from cnncalc.shapes import Shape
from cnncalc.tiling.asked import Cut, Wanted, per_axis
from cnncalc.tiling.choosing import bytes_for, cut, fewest, fitting
from cnncalc.tiling.numbers import Needed
from cnncalc.tiling.tiles import Cutter, Piece


def planned(trace: Trace, found: Needed, wanted: Wanted, *, known: bool) -> dict[str, Any] | None:
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
        "tiles": None if tiles is None else [_entry(trace, found.outputs, tile) for tile in tiles],
    }


def _entry(trace: Trace, outputs: tuple[int, ...], tile: tuple[Piece, ...]) -> dict[str, Any]:
    return {
        "begin": [piece.begin for piece in tile],
        "end": [piece.end for piece in tile],
        "valid": [
            {
                "output": trace.network.nodes[output].name,
                "begin": [piece.kept[number][0] for piece in tile],
                "end": [piece.kept[number][1] for piece in tile],
                "at": [piece.at[number] for piece in tile],
            }
            for number, output in enumerate(outputs)
        ],
    }


def _size(cutter: Cutter, wanted: Wanted) -> tuple[int, ...]:
    """The size of the tiles: as given, the largest that fits into the memory, or that of the fewest."""
    asked, rank = wanted.cut, len(cutter.axes)
    size = per_axis("--tile", asked.tile, rank) if asked.tile else ()
    if asked.memory is not None:
        most = fitting(cutter, asked.memory, wanted.dtype, bounded=bool(asked.image))
        size = tuple(map(min, size, most)) if size else most
    if not asked.image:
        return size
    if not asked.least:
        return tuple(min(length, axis.size) for length, axis in zip(size, cutter.axes, strict=True))
    largest = tuple(cut(cutter, length)[axis] for axis, length in enumerate(size))

    def fits(one: tuple[int, ...]) -> bool:
        if asked.memory is None or asked.tile:
            return all(length <= most for length, most in zip(one, largest, strict=True))
        return bytes_for(network, Shape(one, cutter.image.channels), wanted.dtype) <= asked.memory

    network = part(cutter.whole.network, cutter.outputs)
    return fewest(cutter, largest, fits)


def tiles_table(plan: dict[str, Any]) -> Table:
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
            by(tile["begin"]),
            by(tile["end"]),
            one["output"],
            by(one["begin"]),
            by(one["end"]),
            by(one["at"]),
        )
        for number, tile in enumerate(plan["tiles"] or ())
        for one in tile["valid"]
    )
    return Table(columns, rows, _("tiles of {size}").format(size=by(plan["size"])))


def by(sizes: list[int]) -> str:
    """Sizes in one cell, as in 512x512."""
    return "x".join(map(str, sizes))
