"""``solve`` as a `Report`: the designs, the best first, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnncalc.designs.chain import LONGEST, Label, Search, blocks_of
from cnncalc.designs.design import Design, facts
from cnncalc.designs.edits import KINDS, tried
from cnncalc.designs.goal import FIELD, Goal
from cnncalc.inputs import check_alone
from cnncalc.language import _, speaking
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.notation.templates import Template
from cnncalc.report import Cell, Column, Later, Report, Table, joined, measure_text
from cnncalc.shapes import Shape
from cnncalc.sweeps.variables import check_used

CONVENTIONS = {
    "field": "the size of what slides, as if the input had no border; a range where units differ, a list where axes do",
    "read": "how many inputs of its field a unit reads",
    "memory": "bytes of all outputs, every layer writing a tensor of its own",
    "layers": "nodes of the network; of a chain all of its blocks",
    "exhaustive": "whether no better design is left among those that were asked about",
}


class Solution(NamedTuple):
    """Designs that meet the goal, the best first; ``largest`` is the one with the largest field of all that were looked at."""

    designs: tuple[Design, ...]
    largest: Design | None
    exhaustive: bool
    looked_at: int


def solve_chain(
    texts: Sequence[str],
    variables: Mapping[str, Sequence[int]],
    input: Shape,
    goal: Goal,
    *,
    holes: bool = False,
    dtype: str = "fp32",
) -> Solution:
    """The best chain of blocks.

    >>> from cnncalc.designs.goal import read_goal
    >>> solve_chain(["conv3-8"], {}, Shape((32,), 8), read_goal(["rf>=7"])).designs[0].notation
    'conv3-8 x3'
    """
    check_used(variables, [name for text in texts for name in Template(text).names])
    outcome = Search(blocks_of(texts, variables), goal, holes, dtype).run(input)
    best, largest = (_chain_design(label, input, dtype) for label in (outcome.best, outcome.largest))
    return Solution((best,) if best else (), largest, outcome.exhaustive, outcome.looked_at)


def _chain_design(label: Label | None, input: Shape, dtype: str) -> Design | None:
    if label is None or label.block is None:
        return None
    whole = facts(parse(" ".join(block.text for block in label.blocks)), input, dtype=dtype)
    return whole.design(warnings=whole.warnings)


def solve_edits(
    network: Network,
    input: Shape,
    goal: Goal,
    kinds: Sequence[str] | None = None,
    *,
    at: str = "",
    dtype: str = "fp32",
    count: int = 10,
) -> Solution:
    """The best edits of a network.

    >>> from cnncalc.designs.goal import read_goal
    >>> answer = solve_edits(parse("conv3-8,p1 conv3-8,p1"), Shape((32, 32), 3), read_goal(["rf>=7"]), ["dilation"])
    >>> answer.designs[0].edits, answer.designs[0].field
    (('conv1.dilation=2',), 7)
    """
    check_alone(network, "solve")
    outcome = tried(network, input, goal, [*KINDS] if kinds is None else kinds, at, dtype, count)
    return Solution(outcome.designs, outcome.largest, outcome.exhaustive, outcome.looked_at)


def solve_report(
    solution: Solution, goal: Goal, title: str, input: Shape, *, chain: bool, dtype: str = "fp32"
) -> Report:
    """The designs with their numbers; the verdict is no where nothing meets the goal."""
    data: dict[str, Any] = {
        "network": title,
        "input": str(input),
        "dtype": dtype,
        "require": [one.text for one in goal.requirements],
        "least": None if goal.most else goal.least,
        "most": "rf" if goal.most else None,
        "exhaustive": solution.exhaustive,
        "looked_at": solution.looked_at,
        "designs": [_row(design) for design in solution.designs],
        "largest": solution.largest and _row(solution.largest),
        "conventions": CONVENTIONS,
    }
    failure = () if solution.designs else (_no_design(solution, goal, chain=chain),)
    return Report(
        "solve",
        data,
        Later(lambda: (_table(solution.designs),) if solution.designs else ()),
        (_searched(solution), *failure),
        title=title,
        verdict=bool(solution.designs),
        failures=failure,
    )


def _row(design: Design) -> dict[str, Any]:
    with speaking("en"):  # data are
        warnings = list(map(str, design.warnings))
    return {**design._asdict(), "edits": list(design.edits), "output": list(design.output), "warnings": warnings}


def _searched(solution: Solution) -> str:
    count = solution.looked_at
    if solution.exhaustive:
        return _("{count:,} designs were looked at, and no better one is left").format(count=count)
    return _("{count:,} designs were looked at, and not all: a better one may be left").format(count=count)


def _no_design(solution: Solution, goal: Goal, *, chain: bool) -> str:
    wanted = _(" and ").join(one.text for one in goal.requirements)
    largest = measure_text(0) if solution.largest is None else str(_cell(solution.largest.field))
    others = [one.path for one in goal.requirements if one.path != FIELD] if solution.largest else []
    if others:  # it may be one of these that it does not meet
        largest += (
            f" ({', '.join(f'{name} {_cell(getattr(solution.largest, name))}' for name in dict.fromkeys(others))})"
        )
    message = (
        _("no chain of up to {longest} blocks meets {wanted}: the largest field is {largest}")
        if chain
        else _("no edit meets {wanted}: the largest field is {largest}")
    )
    return message.format(longest=LONGEST, wanted=wanted, largest=largest)


def _cell(measure: Any) -> Cell:
    return joined(measure if isinstance(measure, list) else [measure])


def _table(designs: Sequence[Design]) -> Table:
    edited = any(design.edits for design in designs)
    warned = any(design.warnings for design in designs)
    columns = (
        Column("edits", _("edits")) if edited else Column("notation", _("notation")),
        Column("field", _("field"), "count"),
        Column("read", _("read"), "count"),
        Column("jump", _("jump"), "number"),
        Column("parameters", _("parameters"), "count"),
        Column("macs", _("MACs"), "count"),
        Column("memory", _("memory"), "bytes", minor=True),
        *([Column("warnings", _("warnings"))] if warned else []),
        *([Column("notation", _("notation"), minor=2)] if edited else []),
    )
    return Table(columns, tuple(_cells(design, edited=edited, warned=warned) for design in designs))


def _cells(design: Design, *, edited: bool, warned: bool) -> tuple[Cell, ...]:
    return (
        ", ".join(design.edits) if edited else design.notation,
        _cell(design.field),
        _cell(design.read),
        _cell(design.jump),
        design.parameters,
        design.macs,
        design.memory,
        *(["; ".join(map(str, design.warnings))] if warned else []),
        *([design.notation] if edited else []),
    )
