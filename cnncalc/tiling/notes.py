"""The sentences under the numbers of `halo`: why no overlap is enough, and what else tiles have to keep to."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from cnncalc.analysis import Trace
from cnncalc.language import N_, _
from cnncalc.report import in_bytes, joined
from cnncalc.tiling.lattice import FAR_SIDE, POSITION, RATES, SIZE, STILL, UNKNOWN, WHOLE
from cnncalc.tiling.numbers import Needed, last_sound, needed_for
from cnncalc.tiling.plan import by

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


def failures(trace: Trace, found: Needed) -> Iterator[str]:
    """Why no overlap is enough, a line for each reason."""
    names = trace.network.nodes
    for reason, text in REASONS.items():
        layers = [names[node].name for node, cause in sorted(found.causes.items()) if cause == reason]
        if layers:
            yield _(text).format(layers=_(", ").join([*layers[:MOST_NAMES], *(["…"] if layers[MOST_NAMES:] else [])]))


MOST_NAMES = 4
"""So many layers are named of those that have the same reason."""


def notes_on(trace: Trace, found: Needed, data: dict[str, Any]) -> Iterator[str]:
    for node in picks(trace, found.outputs):
        yield _(
            "{name} needs at most this: it picks channels of maps whose channels read differently, and all are kept right"
        ).format(name=trace.network.nodes[node].name)
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


def picks(trace: Trace, outputs: tuple[int, ...]) -> list[int]:
    """The outputs that read some channels of a map that do not read as the others: tiles keep all of them right.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> picks(trace(parse("concat( conv3-4,p1 | ) slice,from4"), Shape((8, 8), 4)), (2,))
    [2]
    """
    return [output for output in outputs if trace.routes and output in trace.routes.behind]


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
        size = by(tile["size"]) if tile else ""
        if one["begin"] is None:
            yield _("of a tile of {size} inside an image nothing is valid: take a larger one").format(size=size)
        else:
            yield _("of a tile of {size} inside an image {valid} of the {units} units of {output} are valid").format(
                size=size,
                valid=" × ".join(f"{begin}…{end - 1}" for begin, end in zip(one["begin"], one["end"], strict=True)),
                units=by(one["size"]),
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


def plan_notes(plan: dict[str, Any] | None) -> Iterator[str]:
    if plan is None:
        return
    size = by(plan["size"])
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
