"""``--like``: what another tool counts, beside an answer of ours, in lines that add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cnncalc.comparison.rows import Spec, rows
from cnncalc.language import _
from cnncalc.network import Network, chain
from cnncalc.peers import Number, as_counted_by, line, measured, named
from cnncalc.report import Report
from cnncalc.shapes import Shape

CONVENTION = (
    "total = ours + the numbers of the rules; ours is the count of this program that the tool's name stands for"
)


def network_beside(report: Report, tool: str, network: Network, input: Shape | None = None) -> Report:
    """A summary with what a tool counts for the same network.

    >>> from cnncalc.notation.parsing import parse
    >>> network, image = parse("conv3-64,p1"), Shape((224, 224), 3)
    >>> network_beside(Report("summary", {}), "torchinfo", network, image).notes[0]
    'torchinfo: 89,915,392 = 86,704,128 + 3,211,264 bias additions counted as multiply-adds'

    Raises `NetworkError` for a tool that is not known, and for layers that it was not measured on.
    """
    numbers = as_counted_by(tool, network, input)
    return beside(report, tool, {"counts": [number.to_dict() for number in numbers]}, lines(tool, numbers))


def rows_beside(report: Report, tool: str, spec: Spec) -> Report:
    """A comparison with what a tool counts for each of its rows, the layer alone.

    >>> spec = Spec(Shape((224, 224), 3), 3, 64, padding=1, names=("conv",))
    >>> rows_beside(Report("params", {}), "thop", spec).get("like.rows.conv.counts.MACs.total")
    86704128

    Raises `NetworkError` for a tool that is not known.
    """
    peer, shown = named(tool), rows(spec)
    counted = {
        row.name: as_counted_by(tool, chain([row.layer]), spec.shape) for row in shown if measured(peer, row.layer)
    }
    told = [
        text
        for name, numbers in counted.items()
        for text in lines(tool if len(shown) == 1 else f"{tool}, {name}", numbers)
    ]
    if others := [row.name for row in shown if row.name not in counted]:
        told.append(_("{tool} has no layer like {names}").format(tool=tool, names=", ".join(others)))
    data = [{"name": name, "counts": [number.to_dict() for number in numbers]} for name, numbers in counted.items()]
    return beside(report, tool, {"rows": data}, told)


def lines(label: str, numbers: Iterable[Number]) -> list[str]:
    """A line for each number; all but the first carry the tool's word for it."""
    return [
        line(label if index == 0 else f"{label}, {number.tally.name}", number) for index, number in enumerate(numbers)
    ]


def beside(report: Report, tool: str, counted: dict[str, Any], told: list[str]) -> Report:
    """An answer with what a tool counts, in the data and in lines."""
    peer = named(tool)
    measured_on = _("{tool} {version}, as measured on {what}").format(
        tool=tool, version=peer.version, what=_(peer.reads)
    )
    like = {"tool": tool, "version": peer.version, **counted, "convention": CONVENTION}
    return replace(report, data={**report.data, "like": like}, notes=(*report.notes, *told, measured_on))
