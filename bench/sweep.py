"""How fast sweeps are: configurations a second, beside the formula by hand, one report each, and a copy in memory.

Run ``python bench/sweep.py`` with the Python that has cnncalc. Everything is measured in one run on one core; the fastest
of a few counts. The formula by hand is written in NumPy for the very template, with the arrays that it needs and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from cnncalc.loading import family_of
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields
from cnncalc.shapes import Shape
from cnncalc.summary.report import summary_report
from cnncalc.sweeps.compute import Sweep
from cnncalc.sweeps.runs import AT_ONCE
from cnncalc.sweeps.variables import variables_of

COLUMNS = ("parameters", "macs", "memory", "field")
REPEATS = 3

CHAIN = (
    "I=32..224:x2 K=3,5,7 C=16..512:16 L=3,5,7 D=16..512:16 M=3,5,7 E=16..512:16",
    "convK-C,same convK-C,same maxpool2 convL-D,same convL-D,same maxpool2 convM-E,same convM-E,same",
)
RESIDUAL = (
    "I=32..224:x2 K=3,5,7 C=16..512:16 L=3,5,7 D=16..512:16 M=3,5,7 E=16..512:16",
    "convK-C,same add( convK-C,same relu convK-C,same | ) convL-D,same add( convL-D,same relu convL-D,same | ) "
    "convM-E,same add( convM-E,same relu convM-E,same | )",
)


def fastest(work: Callable[[], object]) -> float:
    """The shortest CPU time of a few runs, in seconds."""
    times = []
    for _run in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def sweep_of(variables: str, template: str) -> Sweep:
    family, values = family_of(template.split(), variables_of(variables.split()), "IxIx3")
    return Sweep(family, values)


def swept(sweep: Sweep) -> int:
    """All configurations, their columns written out; the sum is to be compared."""
    total = 0
    for block in sweep.grid.blocks(0, sweep.grid.size, AT_ONCE):
        frame = sweep.block(block)
        total += sum(int(frame[name][-1]) for name in COLUMNS)
    return total


def by_hand(sweep: Sweep, formula: Callable[..., tuple[np.ndarray, ...]]) -> int:
    """The same with a formula written for this template alone."""
    total = 0
    for block in sweep.grid.blocks(0, sweep.grid.size, AT_ONCE):
        rank = len(block.places)
        arrays = []
        for axis, (places, values) in enumerate(zip(block.places, sweep.grid.variables.values(), strict=True)):
            shape = [-1 if axis == place else 1 for place in range(rank)]
            arrays.append(np.array(values[places.start : places.stop], np.int64).reshape(shape))
        for column in formula(*arrays):
            total += int(np.broadcast_to(column, block.sizes).reshape(-1)[-1])
    return total


def chain(i, k, c, l, d, m, e):  # type: ignore[no-untyped-def]  # noqa: E741 - the letters of the template
    """Six convolutions and two pools: parameters, MACs, bytes, field."""
    h, q = i // 2, i // 4
    first, second = c * (k * k * 3 + 1), c * (k * k * c + 1)
    third, fourth = d * (l * l * c + 1), d * (l * l * d + 1)
    fifth, sixth = e * (m * m * d + 1), e * (m * m * e + 1)
    parameters = ((first + second) + (third + fourth)) + (fifth + sixth)
    macs = (i * i * (k * k * c * (3 + c)) + h * h * (l * l * d * (c + d))) + q * q * (m * m * e * (d + e))
    memory = 4 * ((i * i * (2 * c) + h * h * (c + 2 * d)) + q * q * (d + 2 * e))
    field = 1 + 2 * (k - 1) + 1 + 2 * (l - 1) * 2 + 2 + 2 * (m - 1) * 4
    return parameters, macs, memory, field


def residual(i, k, c, l, d, m, e):  # type: ignore[no-untyped-def]  # noqa: E741
    """Three convolutions, each with a residual block behind it."""
    parameters = (c * (k * k * 3 + 1) + 2 * (c * (k * k * c + 1))) + (d * (l * l * c + 1) + 2 * (d * (l * l * d + 1)))
    parameters = parameters + (e * (m * m * d + 1) + 2 * (e * (m * m * e + 1)))
    work = (k * k * c * (3 + 2 * c) + l * l * d * (c + 2 * d)) + m * m * e * (d + 2 * e)
    macs = i * i * work
    memory = 4 * (i * i * (5 * (c + d + e)))
    field = 1 + 3 * (k - 1) + 3 * (l - 1) + 3 * (m - 1)
    return parameters, macs, memory, field


def a_copy(rows: int) -> Callable[[], object]:
    """As many bytes as the columns have, copied."""
    block = np.zeros((len(COLUMNS), min(rows, AT_ONCE)), np.int64)
    return lambda: [block.copy() for _ in range(0, rows, AT_ONCE)]


def reports(sweep: Sweep, count: int = 20) -> Callable[[], object]:
    """The answers of ``summary`` and ``rf`` for a few of the configurations, one by one."""

    def work() -> None:
        for index in range(count):
            values = sweep.grid.at(index * 7919 % sweep.grid.size)
            network, shape = parse(sweep.family.write(values)), Shape((values["I"],) * 2, 3)
            summary_report(network, shape)
            receptive_fields(network, shape)

    return work


def workers() -> str:
    """How much faster two processes of this machine are than one, on parts that are asked one by one; if Dask is there."""
    if find_spec("distributed") is None:
        return "two workers: distributed is not installed"
    from tempfile import TemporaryDirectory

    from cnncalc.cli.cluster import Task, connected, run_of, spread

    words, values = ("convK-C,same", "maxpool2", "convT2-C/2"), (("C", tuple(range(1, 801))), ("K", (3, 5, 7)))
    times = []
    for count in (1, 2):
        with TemporaryDirectory() as folder, connected(f"local:{count}") as client:
            task = Task(words, values, "16x16x3", (), None, "fp32", ("index", "parameters"), folder, "csv", part=100)
            client.run(run_of, task)  # imported and read before the time begins
            start = time.perf_counter()
            spread(task, range(run_of(task).size // 100), client.scheduler.address)
            times.append(time.perf_counter() - start)
    return f"two workers: {times[0] / times[1]:.2f} times as fast as one"


def main() -> None:
    """Print configurations a second and the ratios."""
    for name, texts, formula in (("chain of 8 layers", CHAIN, chain), ("residual, 15 layers", RESIDUAL, residual)):
        sweep = sweep_of(*texts)
        size = sweep.grid.size
        if swept(sweep) != by_hand(sweep, formula):
            raise ValueError(f"{name}: the formula by hand says something else")
        ours, hand = fastest(lambda: swept(sweep)), fastest(lambda: by_hand(sweep, formula))  # noqa: B023
        copy, one = fastest(a_copy(size)), fastest(reports(sweep)) / 20
        print(f"{name}: {size:,} configurations, {size / ours / 1e6:.1f} million a second")
        print(
            f"  the formula by hand {size / hand / 1e6:8.1f} million a second, ours takes {ours / hand:.2f} times as long"
        )
        print(
            f"  a copy of the bytes {size / copy / 1e6:8.1f} million a second, ours takes {ours / copy:.2f} times as long"
        )
        print(f"  reports, one by one {1 / one:8.1f} a second, ours is {one * size / ours:,.0f} times as fast")
    lean = sweep_of("I=32,64 K=3,5,7 C=1..200", "convK-C,same maxpool2 convT2-C/2 conv3-8,same")
    took = fastest(lambda: [lean.block(block) for block in lean.grid.blocks(0, lean.grid.size, AT_ONCE)])
    print(f"one by one, where arrays have no rule: {lean.grid.size / took:,.0f} a second")
    print(workers())


if __name__ == "__main__":
    main()
