"""The drawing of tiles: where they lie on the image, what is kept of each, and what they overlap by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.language import _
from cnncalc.report import Drawing
from cnncalc.report.figures import Tiles, TileSpan


def drawings(data: Mapping[str, Any]) -> tuple[Drawing, ...]:
    """The drawing of a report's ``data``, where there is one: tiles are known, and lie on two axes."""
    known = data["plan"]["tiles"] if data["plan"] else data["tile"] and data["tile"]["valid"][0]["begin"]
    return (Drawing("tiles", lambda: tiles(data)),) if known and len(data["axes"]) == 2 else ()


def tiles(data: Mapping[str, Any]) -> Tiles:
    """The tiles of a plan, or the one of a given size."""
    if data["plan"]:
        pieces = [
            (tile["begin"], tile["end"], tile["valid"][0]["begin"], tile["valid"][0]["end"])
            for tile in data["plan"]["tiles"]
        ]
        return _figure(data, data["plan"]["image"], data["plan"]["size"], pieces)
    size, valid = data["tile"]["size"], data["tile"]["valid"][0]
    return _figure(data, size, size, [([0, 0], size, valid["begin"], valid["end"])])


def _figure(
    data: Mapping[str, Any], image: Sequence[int], size: Sequence[int], pieces: Sequence[tuple[Any, ...]]
) -> Tiles:
    axes = tuple(tuple(sorted({_span(data, axis, piece) for piece in pieces})) for axis in (0, 1))
    middle = tuple(spans[len(spans) // 2] for spans in axes)
    kept = " × ".join(f"{span.kept_end - span.kept_begin:g}" for span in middle)
    tile = " × ".join(f"{length:,}" for length in size)
    title = (
        _("{count} tiles of {tile}: of each only what is right is kept").format(count=f"{len(pieces):,}", tile=tile)
        if len(pieces) > 1
        else _("A tile of {tile} keeps {kept} inputs' worth of outputs").format(tile=tile, kept=kept)
    )
    overlap = _("overlap {left} before and {right} behind, tiles begin at multiples of {align}").format(
        left=data["left"], right=data["right"], align=data["align"]
    )
    about = " · ".join(
        part for part in (data["network"], " × ".join(f"{length:,}" for length in image), overlap) if part
    )
    return Tiles(title, about, (image[0], image[1]), (axes[0], axes[1]), f"{title}; {overlap}")


def _span(data: Mapping[str, Any], axis: int, piece: tuple[Any, ...]) -> TileSpan:
    """A tile on one axis, and what is kept of it where it lies on the input."""
    begin, end, first, last = (ends[axis] for ends in piece)
    one = data["axes"][axis]
    return TileSpan(begin, end, (first + one["offset"]) * one["jump"], (last + one["offset"]) * one["jump"])
