"""The Pareto front: rows than which none costs less for as much, gathered block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.sweeps.compute import UNKNOWN, Frame, joined


class Front:
    """The best rows so far: the least ``cost``, and for every larger cost the largest ``gain``.

    Without a ``gain`` it is the one row of the least cost. Of equals the first stays.

    >>> frame = Frame({"index": np.arange(4), "cost": np.array([5, 3, 4, 3]), "gain": np.array([9, 7, 7, 6])}, (4,), {})
    >>> front = Front("cost", "gain")
    >>> front.add(frame)
    >>> front.frame["index"].tolist()
    [1, 0]
    """

    def __init__(self, cost: str, gain: str | None) -> None:
        self.cost, self.gain = cost, gain
        self.frame: Frame | None = None

    def add(self, frame: Frame) -> None:
        """Take those rows of a frame that belong to the front."""
        cost, gain = self._columns(frame)
        known = (cost != UNKNOWN) & (gain != UNKNOWN)
        if self.frame is not None:
            known &= gain > self._reached(cost)
        places = np.flatnonzero(known)
        if not len(places):
            return
        better = frame.chosen(places)
        together = better if self.frame is None else joined([self.frame, better])
        cost, gain = self._columns(together)
        order = _order(cost, -gain, together["index"])
        most = np.maximum.accumulate(gain[order])
        first = np.concatenate([[True], most[1:] > most[:-1]])
        self.frame = together.chosen(order[first])

    def _columns(self, frame: Frame) -> tuple[Any, Any]:
        cost = frame[self.cost]
        return cost, frame[self.gain] if self.gain else np.zeros_like(cost)

    def _reached(self, cost: Any) -> Any:
        """The largest gain that the front has for no more than a cost."""
        if self.frame is None:
            return np.full_like(cost, UNKNOWN)
        costs, gains = self._columns(self.frame)
        place = np.searchsorted(costs, cost, side="right")
        return np.concatenate([[UNKNOWN], gains])[place]


def _order(*keys: Any) -> Any:
    """The order by several columns, the first one first; Python's whole numbers are sorted by Python."""
    if any(key.dtype == object for key in keys):
        return np.array(sorted(range(len(keys[0])), key=lambda place: [key[place] for key in keys]), dtype=np.int64)
    return np.lexsort(keys[::-1])
