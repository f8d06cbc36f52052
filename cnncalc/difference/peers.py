"""``diff --like``: two networks as other tools count them, one tool for both or one each, in lines that add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnncalc.difference.parts import Term, sum_line
from cnncalc.difference.tables import TERMS
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.peers import COUNTS, Number, as_counted_by
from cnncalc.peers.report import CONVENTION
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten


def as_tools_count(report: Report, a: Network, b: Network, input: Shape | None, like: str) -> Report:
    """A difference with what one tool counts for both networks, or each of two for one of them.

    >>> from cnncalc.difference.report import diff
    >>> from cnncalc.notation.parsing import parse
    >>> one, other, image = parse("conv3-64"), parse("conv3-64 bn"), Shape((9, 9), 3)
    >>> as_tools_count(diff(one, other, image), one, other, image, "torchinfo,keras").notes[-1]
    'parameters, keras − torchinfo: 2,048 − 1,792 = 64 biases of bn + 64 weights of bn + 128 running statistics counted as \
parameters'

    Raises `NetworkError` for a tool that is not known, and for layers that it was not measured on.
    """
    tools = like.split(",")
    if len(tools) > 2:
        raise NetworkError(
            _("--like {tools} names {count} tools: give one, or two").format(tools=shorten(like), count=len(tools))
        )
    one, other = tools[0].strip(), tools[-1].strip()
    counted = list(_pairs(as_counted_by(one, a, input), as_counted_by(other, b, input)))
    lines = (_line(report, one, other, *pair) for pair in counted)
    data = {"a": one, "b": other, "counts": [_entry(*pair) for pair in counted], "convention": CONVENTION}
    return replace(report, data={**report.data, "like": data}, notes=(*report.notes, *lines))


def _pairs(numbers: tuple[Number, ...], others: tuple[Number, ...]) -> Iterator[tuple[Number, Number]]:
    """What both print that is the same count of ours."""
    for other in others:
        yield from ((number, other) for number in numbers if number.tally.of == other.tally.of)


def _entry(number: Number, other: Number) -> dict[str, Any]:
    return {
        "of": number.tally.of,
        "a": number.to_dict(),
        "b": other.to_dict(),
        "difference": other.total - number.total,
    }


def _line(report: Report, one: str, other: str, number: Number, its: Number) -> str:
    tools = f"{other} − {one}" if one != other else one
    label = _("{count}, {tools}").format(count=_(COUNTS[number.tally.of]), tools=tools)
    return sum_line(label, number.total, its.total, _terms(report, number, its))


def _terms(report: Report, number: Number, its: Number) -> list[Term]:
    """Our own parts of the difference, and what the rules add on either side; a rule of both stands once."""
    of, twice = number.tally.of, number.tally.of == "flops"
    terms: dict[str, int] = {}
    for part in report.data["parts"]:
        if part["of"] == ("macs" if twice else of):
            words = TERMS[part["part"]]
            terms[_(words).format(kind=part["kind"])] = part["difference"] * (1 + twice)
    for rules, sign in ((its.added, 1), (number.added, -1)):
        for rule, amount in rules:
            terms[_(rule.says)] = terms.get(_(rule.says), 0) + sign * amount
    return [(amount, what) for what, amount in terms.items() if amount]
