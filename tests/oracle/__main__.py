"""Draw networks until the time is over, and print what differs; the last two lines have the figures.

``python -m tests.oracle --seed 1 --seconds 120``; exit code 1 if anything differs. Network N of seed S is drawn from the
words "S N", so ``--seed S --only N`` shows it again.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections import Counter
from time import monotonic

import torch

from cnncalc.notation.writing import show
from tests.oracle.answers import differences, done, falsified, said
from tests.oracle.checks import CHECKS
from tests.oracle.drawing import draw


def looked_at(seed: int, number: int, *, every: bool = False) -> tuple[list[str], Counter[str], Counter[str]]:
    """What differs about one network, how often each check was made, and the kinds of its layers."""
    dice = random.Random(f"{seed} {number}")
    network, input = draw(dice)
    wrong, made = list[str](), Counter[str]()
    for check, share in CHECKS.items():
        if every or number % share == 0:
            made[check.__name__] += 1
            try:
                found = list(check(network, input, dice))
            except Exception as problem:  # noqa: BLE001 — whatever is raised is a difference too
                found = [f"{type(problem).__name__}: {problem}"]
            wrong += [f"{check.__name__}: {difference}" for difference in found]
    if wrong:
        wrong.insert(0, f"network {number} of seed {seed}: input {input} {show(network)}")
    return wrong, made, Counter(type(node.layer).__name__ for node in network.nodes)


def noticed(seed: int, number: int) -> bool:
    """Whether an answer about a network that is wrong in one number is noticed."""
    dice = random.Random(f"falsified {seed} {number}")
    network, input = draw(dice)
    claimed = said(network, input, dice)
    observed = done(network, input, [list(answer.reads) for answer in claimed])
    return bool(differences(network, falsified(claimed, dice), observed))


FALSIFIED = 20
"""Of so many networks the answer about one is falsified too."""


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--networks", type=int, default=10**9, help="at most so many")
    parser.add_argument("--only", type=int, help="this network alone, by every check")
    asked = parser.parse_args(words)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    if asked.only is not None:
        wrong, *_counted = looked_at(asked.seed, asked.only, every=True)
        print("\n".join(wrong) or "nothing differs")
        return int(bool(wrong))
    return run(asked.seed, asked.seconds, asked.networks)


def run(seed: int, seconds: float, most: int) -> int:
    """Networks until the time is over; the exit code."""
    begin, number, differing, false, caught = monotonic(), 0, 0, 0, 0
    made, drawn = Counter[str](), Counter[str]()
    while number < most and monotonic() - begin < seconds:
        wrong, checks, kinds = looked_at(seed, number)
        made += checks
        drawn += kinds
        differing += bool(wrong)
        if wrong:
            print("\n".join(wrong), flush=True)
        if number % FALSIFIED == 0:
            false += 1
            caught += noticed(seed, number)
        number += 1
    print("layers drawn: " + ", ".join(f"{name} {count:,}" for name, count in drawn.most_common()))
    checks = ", ".join(f"{name} {count:,}" for name, count in made.items())
    print(
        f"seed {seed}: {number:,} networks in {monotonic() - begin:,.0f} s ({checks}): {differing} differ; "
        f"{caught} of {false} falsified answers noticed"
    )
    return int(differing > 0 or caught < 0.95 * false)


if __name__ == "__main__":
    sys.exit(main())
