"""Every figure that the program's speed is held to, those that the README claims among them, in one run: one table.

Run ``python bench/all.py`` with the Python that has cnncalc; what needs PyTorch, torchinfo or SciPy is left out where they
are not installed. Ratios are of programs that take turns, on one thread, in processor time, so that a busy machine slows
both; seconds are processor seconds. What is behind each stands in the program named, which prints more of it. Exit code 1
where something is not held.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is imported

import convolution
import halo
import importers
import startup
import sweep

SECONDS = "s"
TURNS = 11
STUDENTS = 100


class Claim(NamedTuple):
    """A figure: what it is of, which program of this folder says more, and the bound it is held to."""

    what: str
    where: str
    value: float
    bound: float
    unit: str = "×"
    least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.value >= self.bound if self.least else self.value <= self.bound


def starting() -> Iterator[Claim]:
    """The command line beside the smallest Typer program."""
    medians = startup.measure(TURNS)
    smallest = medians.pop("smallest Typer program")
    for name, seconds in medians.items():
        aim = startup.PROGRAMS[name][2]
        if aim is not None:
            yield Claim(f"{name} / the smallest Typer program", "startup.py", seconds / smallest, aim)


def convolving() -> Iterator[Claim]:
    """The convolution of the proof beside PyTorch's, and what it holds beyond its output."""
    cases = (*convolution.VGG16, *convolution.OTHERS)
    times = {case: convolution.measured(case) for case in cases}
    yield Claim(
        "convolution, MiB beyond the output", "convolution.py", max(t.memory for t in times.values()), 64, "MiB"
    )
    if find_spec("torch"):
        yield Claim("VGG-16's convolutions / PyTorch", "convolution.py", convolution.mean_ratio(times), 1.1)
        alone = times[convolution.OTHERS[0]].seconds
        yield Claim("depthwise convolution / PyTorch", "convolution.py", alone["cnncalc"] / alone["torch"], 4)


def tiling() -> Iterator[Claim]:
    """`halo` beside `rf` on the same network, the slowest pair of all."""
    pairs = [(halo.seconds("rf", network), halo.seconds("halo", network)) for network in halo.NETWORKS]
    yield Claim("halo / rf, the worst network", "halo.py", max(ours / rf for rf, ours in pairs), halo.MOST)


def sweeping() -> Iterator[Claim]:
    """README: millions a second."""
    chain = sweep.sweep_of(*sweep.CHAIN)
    rate = chain.grid.size / sweep.fastest(lambda: sweep.swept(chain))
    yield Claim("sweep, configurations a second", "sweep.py", rate / 1e6, 1, "million", least=True)


def answering() -> Iterator[Claim]:
    """README: `verify vgg16` takes seconds, a class of a hundred is marked in a second; a table of 10,000 rows."""
    yield Claim("verify vgg16", "README", processor("verify", "vgg16", "--input", "224x224x3"), 60, SECONDS)
    yield Claim("a table of 10,000 rows", "docs", processor("rf", "conv3", "x10000", "--format", "table"), 1.5, SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "key.txt").write_text("0123456789abcdef0123456789abcdef\n")
        people = "".join(f"{number},student {number}\n" for number in range(STUDENTS))
        (here / "roster.csv").write_text(f"id,name\n{people}")
        (here / "answers").mkdir()
        for number in range(STUDENTS):
            (here / "answers" / f"{number}.txt").write_text("1: a\n2: b\n3: c\n4: d\n")
        quiz = ("quiz", "--class", str(here / "roster.csv"), "--key", str(here / "key.txt"), "--count", "4")
        yield Claim(
            f"marking {STUDENTS} students", "README", processor(*quiz, "--grade", str(here / "answers")), 1, SECONDS
        )


def importing() -> Iterator[Claim]:
    """A PyTorch module, counted and followed, beside torchinfo on the same: whole processes."""
    if find_spec("torchinfo") and find_spec("torchvision"):
        ours, theirs = (importers.CASES[name][1] for name in ("cnncalc, module", "torchinfo"))
        pairs = [(importers.measured(ours).processor, importers.measured(theirs).processor) for _turn in range(5)]
        yield Claim("from_torch / torchinfo", "importers.py", statistics.median(a / b for a, b in pairs), 1)


def processor(*arguments: str) -> float:
    """Processor seconds of one command, the median of three."""
    command = [sys.executable, "-m", "cnncalc", *arguments]
    return statistics.median(startup.cpu(command, terminal=False) for _turn in range(3))


PARTS: tuple[Callable[[], Iterator[Claim]], ...] = (
    starting,
    convolving,
    tiling,
    sweeping,
    answering,
    importing,
)


def main() -> int:
    """Print a line for every claim as soon as it is measured."""
    broken = 0
    print(f"{'what':<62} {'measured':>9} {'':<8} {'held to':>9}  {'more in'}")
    for part in PARTS:
        for claim in part():
            sign, verdict = "≥" if claim.least else "≤", "" if claim.holds else "  NOT HELD"
            bound = f"{sign} {claim.bound:g}"
            print(
                f"{claim.what:<62} {claim.value:>9.2f} {claim.unit:<8} {bound:>9}  {claim.where}{verdict}", flush=True
            )
            broken += not claim.holds
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
