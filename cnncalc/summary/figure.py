"""The drawing of a summary: where the parameters of a network are, and where its MACs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cnncalc.language import _
from cnncalc.report.figures import Block, Blocks

MOST_BLOCKS = 24
"""A figure with more rows can't be read."""

FEW = 0.05
"""Where no block has so much of the parameters, none is worth a title."""


def blocks(folded: Callable[[int], Iterable[Block]], depth: int, depths: int, title: str) -> Blocks:
    """The blocks that cost something, at the ``depth`` asked for or else the finest that can be read.

    ``folded`` gives them all at a depth of at most ``depths`` names, 0 being every layer.

    >>> made = blocks(lambda _depth: [Block("conv1", "", 80, 640), Block("fc1", "", 720, 160)], 0, 1, "two")
    >>> made.title
    'fc1 has 90.0% of the parameters, conv1 does 80.0% of the MACs'
    """
    shown = list[Block]()
    for tried in [depth] if depth else [0, *range(depths, 0, -1)]:
        shown = [block for block in folded(tried) if block.parameters or block.macs]
        if len(shown) <= MOST_BLOCKS:
            break
    parameters, macs = sum(block.parameters for block in shown), sum(block.macs for block in shown)
    return Blocks(
        _finding(shown, parameters, macs),
        _("{network} · {parameters} parameters, {macs} MACs").format(
            network=title, parameters=f"{parameters:,}", macs=f"{macs:,}"
        ),
        tuple(_largest(shown)),
        "; ".join(_said(block) for block in _largest(shown)),
    )


def _largest(shown: list[Block]) -> list[Block]:
    """All in their order, or the largest of too many, and the others in one."""
    if len(shown) <= MOST_BLOCKS:
        return shown
    ranked = sorted(shown, key=lambda block: (block.parameters, block.macs), reverse=True)
    kept, others = ranked[: MOST_BLOCKS - 1], ranked[MOST_BLOCKS - 1 :]
    rest = Block(
        _("{count} others").format(count=f"{len(others):,}"),
        "",
        sum(block.parameters for block in others),
        sum(block.macs for block in others),
        rest=True,
    )
    return [*(block for block in shown if block in kept), rest]


def _said(block: Block) -> str:
    return _("{layer}: {parameters} parameters, {macs} MACs").format(
        layer=block.name, parameters=f"{block.parameters:,}", macs=f"{block.macs:,}"
    )


def _finding(shown: list[Block], parameters: int, macs: int) -> str:
    if not parameters or not macs:
        return _("{parameters} parameters, {macs} MACs").format(parameters=f"{parameters:,}", macs=f"{macs:,}")
    most = max(shown, key=lambda block: block.parameters)
    busiest = max(shown, key=lambda block: block.macs)
    shares = {"share": f"{most.parameters / parameters:.1%}", "work": f"{busiest.macs / macs:.1%}"}
    if most.parameters < FEW * parameters:
        return _("{count} blocks, none with more than {share} of the parameters").format(
            count=f"{len(shown):,}", **shares
        )
    if most is busiest:
        return _("{one} has {share} of the parameters and does {work} of the MACs").format(one=most.name, **shares)
    return _("{one} has {share} of the parameters, {other} does {work} of the MACs").format(
        one=most.name, other=busiest.name, **shares
    )
