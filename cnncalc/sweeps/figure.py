"""The drawing of a sweep: its Pareto front, and a sample of all rows, for a million dots can't be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cnncalc.language import _
from cnncalc.report import Drawing, Report
from cnncalc.report.figures import Front as FrontFigure
from cnncalc.report.figures import Point
from cnncalc.sweeps.compute import UNKNOWN
from cnncalc.sweeps.front import Front
from cnncalc.sweeps.runs import Run, Watch
from cnncalc.sweeps.text import NOTATION, lists_of

MOST_DOTS = 1_000
"""So many rows are drawn beside the front."""
MOST_BEST = 500
"""And so many of the front, evenly spread."""


def picture(run: Run, title: str, watch: Watch | None = None) -> Report:
    """A report that is nothing but the drawing: ``best`` against ``gain``, parameters against the field unless named."""
    return Report("sweep", {}, drawings=(Drawing("front", lambda: front_figure(run, title, watch)),), title=title)


def front_figure(run: Run, title: str, watch: Watch | None = None) -> FrontFigure:
    """The front and the sample of a run.

    >>> from cnncalc.sweeps.compute import Sweep
    >>> from cnncalc.sweeps.family import template_family
    >>> facts = front_figure(Run(Sweep(template_family("convK-8", "9x9x3"), {"K": (1, 3, 5)})), "")
    >>> [(point.cost, point.gain) for point in facts.best], len(facts.sample)
    ([(32, 1), (224, 3), (608, 5)], 3)
    """
    cost = run.best or "parameters"
    gain = run.gain or next(name for name, (key, _axis) in run.sweep.seen.items() if key == "field")
    front, sample = Front(cost, gain), _Sample(run.seed)
    for frame in replace(run, best=None, gain=None).frames(watch):
        front.add(frame)
        sample.add(frame[cost], frame[gain])
    best = _best(run, front, cost, gain)
    return FrontFigure(
        _("{best} of {count} networks are beaten by none").format(best=f"{len(best):,}", count=f"{sample.seen:,}"),
        title,
        _(cost),
        _(gain),
        best,
        tuple(sample.rows),
        "; ".join(point.words for point in best[:20]),
    )


def _best(run: Run, front: Front, cost: str, gain: str) -> tuple[Point, ...]:
    frame = front.frame
    if frame is None:
        return ()
    if frame.rows > MOST_BEST:
        frame = frame.chosen(np.unique(np.linspace(0, frame.rows - 1, MOST_BEST).astype(int)))
    rows = zip(*lists_of(run.sweep, frame, [cost, gain, NOTATION]), strict=True)
    return tuple(
        Point(spent, gained, f"{notation}: {_(cost)} {spent:,}, {_(gain)} {gained:,}")
        for spent, gained, notation in rows
    )


class _Sample:
    """Rows drawn as they pass, each as likely as any other: those whose random numbers are the least."""

    def __init__(self, seed: int) -> None:
        self.random, self.seen = np.random.RandomState(seed), 0  # whose numbers never change between versions
        self.drawn = np.empty((0, 3))

    def add(self, cost: Any, gain: Any) -> None:
        known = (cost != UNKNOWN) & (gain != UNKNOWN)
        self.seen += int(known.sum())
        columns = np.stack([self.random.random_sample(int(known.sum())), cost[known], gain[known]], axis=1)
        together = np.concatenate([self.drawn, columns.astype(float)])
        self.drawn = together[np.argsort(together[:, 0], kind="stable")[:MOST_DOTS]]

    @property
    def rows(self) -> list[tuple[int, int]]:
        return [(int(cost), int(gain)) for _drawn, cost, gain in self.drawn.tolist()]
