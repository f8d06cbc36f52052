"""A run of a sweep: which configurations, which rows of them, in frames of a size that memory holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cnncalc.errors import CnncalcError, LimitError
from cnncalc.language import _
from cnncalc.report.columns import no_column
from cnncalc.shapes import shorten
from cnncalc.sweeps.compute import TEXTS, Frame, Sweep
from cnncalc.sweeps.conditions import Condition
from cnncalc.sweeps.front import Front

AT_ONCE = 2**18
"""So many configurations are computed at a time."""
ONE_BY_ONE = 2**12
"""And so many where each is asked for alone."""
MOST_CONFIGURATIONS = 10**11
"""More are not run through: at ten million a second it would take hours."""
MOST_SAMPLED = 10**7


class RunError(CnncalcError, ValueError):
    """What can't be asked of a sweep."""


Watch = Callable[[int, int], None]
"""Is told how many configurations are done, of how many."""


@dataclass(frozen=True)
class Run:
    """``where`` leaves rows out, ``sample`` takes that many configurations by ``seed``, ``best`` and ``gain`` the front.

    ``first`` and ``last`` bound a share of the grid, by index; without them it is all of it.
    """

    sweep: Sweep
    where: Condition | None = None
    best: str | None = None
    gain: str | None = None
    sample: int | None = None
    seed: int = 0
    first: int = 0
    last: int | None = None

    @property
    def stop(self) -> int:
        return self.sweep.grid.size if self.last is None else self.last

    @property
    def size(self) -> int:
        """How many configurations it looks at."""
        return self.stop - self.first if self.sample is None else min(self.sample, self.stop - self.first)

    def check(self) -> None:
        """`CnncalcError` for what makes no sense, or is too much."""
        if self.best is None and self.gain is not None:
            raise RunError(
                _("--for {column} is one side of a front: add --best, as in --best parameters").format(column=self.gain)
            )
        for column in (self.best, self.gain):
            if column is not None:
                check_columns([column], self.sweep.columns)
            if column in TEXTS:
                raise RunError(
                    _("{column} is no number to be best in: take parameters, macs or another").format(column=column)
                )
        if self.sample is not None and not 1 <= self.sample <= MOST_SAMPLED:
            raise RunError(
                _("--sample {count} is out of range: take 1 to {most:,}").format(count=self.sample, most=MOST_SAMPLED)
            )
        if self.sample is None and self.size > MOST_CONFIGURATIONS:
            raise LimitError(
                _("{count} configurations are too many: take fewer values, --part 1/1000, or --sample 100000").format(
                    count=_large(self.size)
                )
            )

    def frames(self, watch: Watch | None = None) -> Iterator[Frame]:
        """The rows that are wanted, in frames; of a front one frame, once all are seen."""
        kept = self._kept(watch or (lambda _done, _all: None))
        if self.best is None:
            yield from kept
            return
        front = Front(self.best, self.gain)
        for frame in kept:
            front.add(frame)
        if front.frame is not None:
            yield front.frame if self.gain else front.frame.chosen(np.arange(1))

    def _kept(self, watch: Watch) -> Iterator[Frame]:
        done = 0
        for frame in self._computed():
            done += frame.rows
            watch(done, self.size)
            if self.where is None:
                yield frame
                continue
            places = np.flatnonzero(self.where.of(frame))
            if len(places):
                yield frame if len(places) == frame.rows else frame.chosen(places)

    def _computed(self) -> Iterator[Frame]:
        if self.sample is not None:
            indices = sampled(self.first, self.stop, self.size, self.seed)
            for start in range(0, len(indices), AT_ONCE):
                yield self.sweep.rows(indices[start : start + AT_ONCE])
            return
        most = AT_ONCE if self.sweep.on_arrays else ONE_BY_ONE
        for block in self.sweep.grid.blocks(self.first, self.stop, most):
            yield self.sweep.block(block)


def sampled(first: int, stop: int, count: int, seed: int) -> list[int]:
    """So many indices, each once, in order; the same for the same seed.

    >>> sampled(0, 10, 10, 1) == list(range(10)), len(set(sampled(0, 10**30, 5, 1)))
    (True, 5)
    """
    drawn = random.Random(seed)
    if stop - first <= 4 * count:
        return sorted(drawn.sample(range(first, stop), count))
    indices: set[int] = set()
    while len(indices) < count:
        indices.add(drawn.randrange(first, stop))
    return sorted(indices)


def check_columns(names: Sequence[str], known: Sequence[str]) -> None:
    """`RunError` for a column that there is not."""
    for name in names:
        if name not in known:
            raise RunError(no_column(name, known))


def _large(number: int) -> str:
    """A number for people, of those with many digits the power of ten."""
    return f"{number:,}" if number < 10**15 else f"10^{len(str(number)) - 1}"


def part_of(text: str, size: int) -> tuple[int, int]:
    """The share that ``i/n`` means: the indices from one to before another.

    >>> part_of("2/4", 10)
    (2, 5)

    Raises `RunError` for what is no share.
    """
    number, slash, parts = text.partition("/")
    if not (slash and number.isascii() and number.isdigit() and parts.isascii() and parts.isdigit() and len(text) < 30):
        raise RunError(_("--part {text} is no share: write one such as 3/100").format(text=repr(shorten(text))))
    if not 1 <= int(number) <= int(parts):
        raise RunError(_("--part {text}: the first number is from 1 to the second").format(text=shorten(text)))
    return size * (int(number) - 1) // int(parts), size * int(number) // int(parts)
