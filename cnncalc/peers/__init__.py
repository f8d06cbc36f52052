"""What other tools count for the same network, and which of their rules makes the difference to what is counted here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cnncalc.analysis import counts, shapes
from cnncalc.counting import Count, count
from cnncalc.errors import NetworkError, near
from cnncalc.language import N_, _
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network
from cnncalc.peers.rules import Use
from cnncalc.peers.tools import TOOLS, Rule, Tally, Tool
from cnncalc.shapes import Shape, shorten


class Number(NamedTuple):
    """A number that a tool prints: ``ours``, the count it corresponds to here, and how much each rule adds."""

    tally: Tally
    ours: int
    added: tuple[tuple[Rule, int], ...]

    @property
    def total(self) -> int:
        return self.ours + sum(number for _rule, number in self.added)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.tally.name,
            "total": self.total,
            "of": self.tally.of,
            "ours": self.ours,
            "rules": [{"name": rule.name, "number": number} for rule, number in self.added],
        }


def as_counted_by(tool: str, network: Network, input: Shape | None = None) -> tuple[Number, ...]:
    """What a tool prints for a network, each number as ours and what its rules add.

    >>> from cnncalc.notation.parsing import parse
    >>> for number in as_counted_by("torchinfo", parse("conv3-64,p1"), Shape((224, 224), 3)):
    ...     print(number.tally.name, number.total, "=", number.ours, *(added for _rule, added in number.added))
    mult-adds 89915392 = 86704128 3211264
    parameters 1792 = 1792

    Raises `NetworkError` for a tool that is not known, and for layers that it was not measured on.
    """
    shape = input or network.input
    if shape is None:
        raise NetworkError(_("what {tool} counts depends on the input: give --input 224x224x3").format(tool=tool))
    peer = named(tool)
    uses = tuple(_uses(network, shape))
    for node, use in zip(network.nodes, uses, strict=True):
        if not measured(peer, use.layer):
            raise NetworkError(
                _("how {tool} counts {name} ({kind}) was not measured: leave --like {tool} out").format(
                    tool=tool, name=node.name, kind=use.layer.keyword
                )
            )
    return tuple(_number(tally, uses) for tally in peer.tallies)


def named(tool: str) -> Tool:
    """The tool of that name; `NetworkError` with the way out where there is none."""
    if tool not in TOOLS:
        match = near(tool, TOOLS)
        message = (
            _("there is no tool {tool}: did you mean {near}?")
            if match
            else _("there is no tool {tool}: take one of {known}")
        )
        raise NetworkError(message.format(tool=shorten(tool), near=match, known=", ".join(TOOLS)))
    return TOOLS[tool]


def measured(tool: Tool, layer: Layer) -> bool:
    """Whether it was measured how a tool counts such a layer."""
    return layer.keyword in tool.layers


def _uses(network: Network, input: Shape) -> Iterable[Use]:
    outputs = shapes(network, input)
    known: dict[tuple[int, Shape], Count] = {}
    for node, output, owned in zip(network.nodes, outputs, counts(network, input, outputs), strict=True):
        source = node.inputs[0]
        before = input if source == INPUT else outputs[source]
        key = (id(node.layer), before)
        if key not in known:
            known[key] = NOTHING if len(node.inputs) > 1 else count(node.layer, before, output)
        yield Use(node.layer, before, output, known[key], owned, len(node.inputs))


NOTHING = Count(0, 0, 0, 0)
COUNTS = {"macs": N_("MACs"), "flops": N_("FLOPs"), "parameters": N_("parameters")}
"""Our counts, by their names in the data."""


def _number(tally: Tally, uses: tuple[Use, ...]) -> Number:
    ours = sum(getattr(use.owned, tally.of) for use in uses)
    added = ((rule, sum(map(rule.delta, uses))) for rule in tally.rules)
    return Number(tally, ours, tuple((rule, number) for rule, number in added if number))


def line(label: str, number: Number) -> str:
    """A number as a sum: ``torchinfo: 89,915,392 = 86,704,128 + 3,211,264 bias additions counted as multiply-adds``."""
    if not number.added:
        count = _(COUNTS[number.tally.of])
        return _("{label}: {total}, the {count} counted here").format(
            label=label, total=f"{number.total:,}", count=count
        )
    terms = "".join(f" {'+' if value > 0 else '−'} {abs(value):,} {_(rule.says)}" for rule, value in number.added)
    return _("{label}: {total} = {ours}{terms}").format(
        label=label, total=f"{number.total:,}", ours=f"{number.ours:,}", terms=terms
    )
