"""Replay the corpus, then draw inputs of every target in turn until the time is over; exit code 1 if one breaks.

``python -m tests.fuzz --seconds 60 --seed 1``. What breaks is printed, and is to be put into ``tests/fuzz/corpus`` with the
mending.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from time import monotonic

from hypothesis import HealthCheck, given, settings

from tests.fuzz.targets import TARGETS, Target, corpus

LONGEST = 2000
"""So many random bytes at most choose what is drawn."""


def driven(target: Target, seen: list[bytes]) -> Callable[[bytes], object]:
    """The target as a function of bytes that choose what Hypothesis draws; the last input stands in ``seen``."""

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(target.drawn)
    def test(content: bytes) -> None:
        seen[:] = [content]
        target.check(content)

    return test.hypothesis.fuzz_one_input  # type: ignore[attr-defined]


def broken(name: str, seen: list[bytes], check: Callable[[], object], known: set[str]) -> bool:
    """Whether a check fails, which is printed with the input in ``seen``, but for what is ``known`` already."""
    try:
        check()
    except Exception as problem:  # noqa: BLE001 — whatever is raised is what is looked for
        line = f"{name}: {type(problem).__name__}: {str(problem)[:300].strip()}"
        if line not in known:
            print(f"{line}\n  {seen[0][:MOST_SHOWN]!r}", flush=True)
        known.add(line)
        return True
    return False


MOST_SHOWN = 2000
"""So many bytes of an input that breaks are printed."""


def replayed() -> int:
    """How many inputs of the corpus break."""
    inputs = [(name, path) for name in TARGETS for path in corpus(name)]
    return sum(
        broken(f"{name}/{path.name}", [path.read_bytes()], partial(TARGETS[name].check, path.read_bytes()), set())
        for name, path in inputs
    )


def fuzzed(seconds: float, seed: int) -> int:
    """How many inputs break of those drawn until the time is over."""
    dice, end, made, wrong = random.Random(seed), monotonic() + seconds, Counter[str](), 0
    seen, known = [b""], set[str]()
    drivers = {name: driven(target, seen) for name, target in TARGETS.items()}
    while monotonic() < end:
        for name, drive in drivers.items():
            seen[:] = [b""]
            wrong += broken(name, seen, partial(drive, dice.randbytes(dice.randrange(LONGEST))), known)
            made[name] += bool(seen[0])
    inputs = ", ".join(f"{name} {count:,}" for name, count in made.items())
    print(f"seed {seed}: {made.total():,} inputs in {seconds:,.0f} s ({inputs}): {wrong} broke")
    return wrong


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(words)
    warnings.filterwarnings("ignore")
    return int(replayed() + fuzzed(asked.seconds, asked.seed) > 0)


if __name__ == "__main__":
    sys.exit(main())
