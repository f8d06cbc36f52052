"""The arrays of an experiment, kept for a second way to compute what it does."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnncalc.verify.ledger import Ledger

Arrays = dict[str, Any]


class Kept(Ledger):
    """A ledger that keeps what it gave, whole or in pieces."""

    def __init__(self) -> None:
        super().__init__((3,), np.float64)
        self.arrays: Arrays = {}

    def array(self, name: str, shape: tuple[int, ...], fan_in: int = 1) -> Any:
        self.arrays[name] = Ledger.array(self, name, shape, fan_in)
        return self.arrays[name]

    def grid(self, name: str, places: tuple[int, ...], shape: tuple[int, ...], fan_in: int = 1) -> Any:
        self.arrays[name] = Ledger.grid(self, name, places, shape, fan_in)
        return self.arrays[name]

    def pieces(self, name: str, shape: tuple[int, ...], blocks: Any, fan_in: int) -> Any:
        self.arrays[name] = self._draw(name, shape, fan_in)
        return (self.arrays[name][block] for block in blocks)
