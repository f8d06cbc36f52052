"""What tiles need of a network in plain numbers, output by output: the JSON contract's ``axes``, ``outputs``, ``because``."""

from __future__ import annotations

from collections.abc import Iterator
from math import lcm
from typing import Any, NamedTuple

from cnncalc.analysis import Trace
from cnncalc.network import INPUT
from cnncalc.receptive.axisfield import axis_field
from cnncalc.tiling.lattice import STILL, Lattice, lattice
from cnncalc.tiling.overlap import Needs, Overlap, needed, overlap

MOST_UNITS = 256
"""Where more units take turns, the one that needs most is not looked for."""


class Needed(NamedTuple):
    """What tiles need for some outputs: an entry per axis, or none and the layers that keep tiles from being enough."""

    outputs: tuple[int, ...]
    axes: tuple[dict[str, Any], ...]
    causes: dict[int, str]

    @property
    def finite(self) -> bool:
        return not self.causes


def needed_for(trace: Trace, outputs: tuple[int, ...]) -> Needed:
    """What tiles need on every axis for some outputs of a network together.

    >>> from cnncalc.analysis import trace
    >>> from cnncalc.notation.parsing import parse
    >>> from cnncalc.shapes import Shape
    >>> entry = needed_for(trace(parse("conv3,p1 maxpool2"), Shape((32,), 1)), (1,)).axes[0]
    >>> entry["left"], entry["right"], entry["align"], entry["jump"]
    (1, 1, 2, 2)
    """
    rank = len(trace.shape(INPUT).space)
    lattices = [lattice(trace, axis, outputs) for axis in range(len(trace.fields))]
    causes = causes_of(lattices, outputs)
    if causes:
        return Needed(outputs, (), causes)
    found = [_axis(trace, axis, outputs, followed) for axis, followed in enumerate(lattices)]
    axes = found * rank if len(found) == 1 else found
    return Needed(outputs, tuple({"axis": axis, **numbers} for axis, numbers in enumerate(axes)), {})


def causes_of(lattices: list[Lattice], outputs: tuple[int, ...]) -> dict[int, str]:
    """The layers on the way to some outputs because of which no overlap is enough, each with its reason."""
    causes = {node: reason for followed in lattices for node, reason in followed.causes.items()}
    still = {output: STILL for followed in lattices for output in outputs if output not in followed.moves}
    return causes or still


def last_sound(trace: Trace, outputs: tuple[int, ...]) -> int | None:
    """The last layer on the way to some outputs for which an overlap is enough."""
    lattices = [lattice(trace, axis, outputs) for axis in range(len(trace.fields))]
    return max(frozenset.intersection(*(followed.sound for followed in lattices)), default=None)


def _axis(trace: Trace, axis: int, outputs: tuple[int, ...], followed: Lattice) -> dict[str, Any]:
    needs = overlap(trace, axis, outputs, followed)
    return {
        "left": needs.left,
        "right": needs.right,
        "left_aligned": needs.before,
        "right_aligned": needs.behind,
        "align": needs.step,
        "size_mod": needs.sizes.mod,
        "size_rest": needs.sizes.rest,
        **_output(trace, axis, outputs, followed, needs),
    }


def _output(trace: Trace, axis: int, outputs: tuple[int, ...], followed: Lattice, needs: Overlap) -> dict[str, Any]:
    """The same in units of the output, where there is one only."""
    if len(outputs) > 1:
        return dict.fromkeys(("jump", "period", "offset", "left_units", "right_units", "any_unit"))
    output, units = outputs[0], needs.units
    return {
        "jump": needs.jump,
        "period": _period(trace, axis, output),
        "offset": needs.offset,
        "left_units": needs.before // needs.step * units,
        "right_units": -(-needs.behind * units // needs.step),
        "any_unit": _any_unit(trace, axis, followed, output, needs) if units <= MOST_UNITS else None,
    }


def _period(trace: Trace, axis: int, output: int) -> int:
    """After how many units the field is the same again."""
    field = axis_field(trace, axis, output)
    return lcm(*(max(len(part.get("phases", ())), 1) for part in field.branches), max(len(field.phases), 1))


def _any_unit(trace: Trace, axis: int, followed: Lattice, output: int, needs: Overlap) -> dict[str, int]:
    """What the unit that needs most has on each side, in inputs from its own place."""
    cut = needs.right - max(0, _ends(trace, axis, followed, output, -needs.offset)[1][INPUT])
    left = right = 0
    for number in range(needs.units):
        first, last = _ends(trace, axis, followed, output, number - needs.offset, number - needs.offset + 1)
        begin = max(followed.moves[node].inputs(-unit) for node, unit in first.items())
        left = max(left, begin + number * needs.step // needs.units)
        right = max(right, last[INPUT] + cut - -(-(number + 1) * needs.step // needs.units))
    return {"left": left, "right": right}


def _ends(
    trace: Trace, axis: int, followed: Lattice, output: int, first: int, behind: int | None = None
) -> tuple[Needs, Needs]:
    return needed(trace, axis, followed, {output: first}, {output: first if behind is None else behind})


def entries(trace: Trace, causes: dict[int, str]) -> Iterator[dict[str, str]]:
    """The causes as JSON has them."""
    for node, reason in sorted(causes.items()):
        yield {"layer": trace.network.nodes[node].name, "reason": reason}
