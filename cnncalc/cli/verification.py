"""Verifying from the command line: the answer of ``cnncalc verify``, ``--verify`` on others, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import fed, network_of
from cnncalc.language import _
from cnncalc.report import Later, Report
from cnncalc.shapes import Shape

if TYPE_CHECKING:
    from cnncalc.comparison.rows import Spec
    from cnncalc.network import Network
    from cnncalc.verify.budget import Limits
    from cnncalc.verify.compare import Watch

NOTICEABLE = 1.0
"""Work of fewer estimated seconds shows no progress bar."""


def words_report(
    words: list[str], input: list[str] | None, seed: int, limits: Limits, layout: str | None = None
) -> Report:
    """Verify the network that the words of a command line mean."""
    return network_report(*fed(network_of(words, allow_unknown=True, layout=layout), input), seed, limits)


def network_report(network: Network, input: Shape | None = None, seed: int = 0, limits: Limits | None = None) -> Report:
    """Verify a network, on the shape given or its own."""
    from cnncalc.verify.report import verify_network

    shape = input or network.input
    if shape is None:
        raise UsageError(_("the shape of the input is needed to run a network: add --input 224x224x3"))
    with _watching() as watch:
        return verify_network(network, shape, seed, limits or _limits(), watch)


def spec_report(spec: Spec, seed: int = 0, limits: Limits | None = None) -> Report:
    """Verify the rows of a comparison."""
    from cnncalc.verify.report import verify_rows

    with _watching() as watch:
        return verify_rows(spec, seed, limits or _limits(), watch)


def beside(answer: Report, verified: Report) -> Report:
    """``--verify``: an answer with its verification; it is no if a claim does not agree."""
    return replace(
        answer,
        data={**answer.data, "verification": verified.data},
        tables=Later(lambda: (*answer.tables, *(table._replace(title=verified.title) for table in verified.tables))),
        notes=(*answer.notes, *verified.notes),
        verdict=answer.verdict and verified.verdict,
    )


def _limits() -> Limits:
    from cnncalc.verify.budget import Limits

    return Limits()


@contextmanager
def _watching() -> Iterator[Watch | None]:
    """Something to tell how far the work is; on a terminal it becomes a bar with the time left."""
    if not sys.stderr.isatty():
        yield None
        return
    bar: list[Any] = []

    def watch(done: float, total: float) -> None:
        if total < NOTICEABLE:
            return
        if not bar:
            bar.append(_bar())
        task = bar[0].tasks[0]
        bar[0].update(task.id, completed=done, total=total)

    try:
        yield watch
    finally:
        for shown in bar:
            shown.stop()


def _bar() -> Any:
    """A bar that is gone when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    progress = Progress(
        TextColumn(_("verifying")), BarColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    progress.add_task("", total=None)
    progress.start()
    return progress
