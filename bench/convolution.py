"""The convolution of ``cnncalc verify`` beside PyTorch's on the processor, and SciPy's: time and working memory.

Float32, one image, one thread for all, processor time. ``python bench/convolution.py`` needs NumPy; PyTorch and SciPy are
compared where they are installed. All take turns, so that a busy machine slows all of them; the median of the turns counts.

How it is done, and why, by the shapes of a layer (`cnncalc.verify.windows.convolve`):

- wide maps (VGG's on 224 and 112) of many channels: nothing is gathered. Every tap of the kernel is a product of its own,
  whose inputs are a view of the padded rows; the products are added up in a cache. Each is of a row of positions by 64
  channels by 64 filters, below the million multiplications up to which OpenBLAS takes numbers from where they are: large
  products it first copies into an order of its own, which costs most where filters are few;
- narrower maps (on 56): gathered along the rows only, three copies of every input instead of nine; each of the three rows of
  the kernel reads a stretch of that, and is one large product;
- small maps, few channels and strides along the first axis: all windows of a block of positions gathered, one product for
  each block. Blocks are a few times as large as the filters, which are copied anew for each: 1 MiB where filters are few,
  so that it stays in a cache, and 16 MiB where they are many;
- depthwise at stride 1: every tap is one stretch of the padded map, multiplied and added up for a few channels at a time,
  which stay in a cache; no product of matrices has a sum over one number;
- pointwise: the map is the matrix.

Methods that form fewer products (Winograd, Fourier) are out of the question: ``verify`` counts those that are formed. What
is left beside PyTorch is the matrix product itself: the one NumPy is built with packs all windows anew, and PyTorch's
convolution packs none. The column "product alone" is the time of that product
on windows that are there already, beside PyTorch's whole convolution.
"""

from __future__ import annotations

import os
import statistics
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from math import exp, log
from time import process_time
from typing import Any, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from cnncalc.verify.axes import slide
from cnncalc.verify.ledger import BLOCK, Ledger
from cnncalc.verify.windows import convolve

RUNS = 9
MEBIBYTE = 2**20


class Case(NamedTuple):
    """One convolution layer on a square map, padded so that it keeps its size."""

    name: str
    channels: int
    filters: int
    size: int
    kernel: int = 3
    groups: int = 1


VGG16 = (
    Case("conv1_1", 3, 64, 224),
    Case("conv1_2", 64, 64, 224),
    Case("conv2_1", 64, 128, 112),
    Case("conv2_2", 128, 128, 112),
    Case("conv3_1", 128, 256, 56),
    Case("conv3_2", 256, 256, 56),
    Case("conv4_1", 256, 512, 28),
    Case("conv4_2", 512, 512, 28),
    Case("conv5_1", 512, 512, 14),
)
"""The nine different convolutions of VGG-16 (Simonyan & Zisserman 2015, configuration D)."""

OTHERS = (Case("depthwise", 256, 256, 56, groups=256), Case("1x1", 256, 256, 56, kernel=1))


class Measured(NamedTuple):
    """Seconds of one case by name of who computes it, MiB beyond the output, and the largest relative difference."""

    seconds: Mapping[str, float]
    memory: float
    difference: float | None


def medians(programs: Mapping[str, Callable[[], Any]], runs: int = RUNS) -> dict[str, float]:
    """Processor seconds of each of some programs that take turns, after one to warm up: the median."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(runs + 1):
        for name, work in programs.items():
            begin = process_time()
            work()
            if turn:
                times[name].append(process_time() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def arrays(case: Case) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    x = random.random((case.channels, case.size, case.size), np.float32) - np.float32(0.5)
    shape = (case.filters, case.channels // case.groups, case.kernel, case.kernel)
    return x, random.random(shape, np.float32) - np.float32(0.5)


def ours(case: Case, x: Any, weight: Any) -> Callable[[], Any]:
    padding = case.kernel // 2
    axes = [slide(case.size, case.kernel, 1, 1, ((padding, padding),), axis) for axis in range(2)]
    return lambda: convolve(x, weight, axes, case.groups, Ledger())


def torch_s(case: Case, x: Any, weight: Any) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    image, filters = torch.from_numpy(x)[None], torch.from_numpy(weight)

    def work() -> Any:
        with torch.inference_mode():
            return torch.nn.functional.conv2d(image, filters, padding=case.kernel // 2, groups=case.groups)[0].numpy()

    return work


def product_alone(case: Case, weight: Any) -> Callable[[], Any]:
    """The matrix product of a layer on as many windows at once as `cnncalc.verify.windows` gathers."""
    matrix = weight.reshape(case.groups, case.filters // case.groups, -1)
    positions = min(BLOCK // (case.channels * case.kernel**2 * 4), case.size**2)
    windows = np.ones((case.groups, matrix.shape[2], positions), np.float32)
    out = np.empty((*matrix.shape[:2], positions), np.float32)
    turns = range(round(case.size**2 / positions))
    return lambda: [np.matmul(matrix, windows, out=out) for _turn in turns]


def scipy_s(case: Case, x: Any, weight: Any) -> Callable[[], Any]:
    """SciPy has no layers: one two-dimensional correlation for each filter and channel, of which one is done."""
    from scipy.signal import correlate2d

    return lambda: correlate2d(x[0], weight[0, 0], mode="same")


def working_memory(work: Callable[[], Any]) -> float:
    """MiB that NumPy allocated at the most during the work, the result included, its inputs not."""
    tracemalloc.start()
    work()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MEBIBYTE


def measured(case: Case) -> Measured:
    """One case, by all who are here."""
    x, weight = arrays(case)
    programs = {"cnncalc": ours(case, x, weight), "product alone": product_alone(case, weight)}
    programs |= {name: made(case, x, weight) for name, made in OTHER_PROGRAMS.items() if find_spec(name)}
    out = programs["cnncalc"]()
    difference = None
    if "torch" in programs:
        difference = float(np.abs(programs["torch"]() - out).max() / np.abs(out).max())
    seconds = medians(programs)
    if "scipy" in seconds:
        seconds["scipy"] *= case.filters * case.channels / case.groups
    return Measured(seconds, working_memory(programs["cnncalc"]) - out.nbytes / MEBIBYTE, difference)


OTHER_PROGRAMS = {"torch": torch_s, "scipy": scipy_s}


def cells(case: Case, found: Measured) -> Iterator[str]:
    """One line of the table."""
    seconds = found.seconds
    products = case.filters * case.size**2 * case.channels // case.groups * case.kernel**2
    yield f"{case.name:<10}{f'{case.channels}→{case.filters} {case.kernel}×{case.kernel} on {case.size}²':<22}"
    yield f"{seconds['cnncalc'] * 1e3:>9.2f}{2 * products / seconds['cnncalc'] / 1e9:>9.0f}{found.memory:>12.1f}"
    if found.difference is not None:
        yield f"{seconds['torch'] * 1e3:>10.2f}{seconds['cnncalc'] / seconds['torch']:>7.2f}"
        yield f"{seconds['product alone'] / seconds['torch']:>15.2f}{found.difference:>12.1e}"
    if "scipy" in seconds:
        yield f"{seconds['cnncalc'] / seconds['scipy']:>10.4f}"


def mean_ratio(found: Mapping[Case, Measured]) -> float:
    """The geometric mean over VGG-16 of the time beside PyTorch's."""
    ratios = [found[case].seconds["cnncalc"] / found[case].seconds["torch"] for case in VGG16]
    return exp(sum(map(log, ratios)) / len(ratios))


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    print("one thread, float32, one image, processor time, median of", RUNS, "turns")
    print(f"{'layer':<10}{'shape':<22}{'ms':>9}{'GFLOP/s':>9}{'MiB beyond':>12}", end="")
    print(f"{'torch ms':>10}{'ratio':>7}{'product alone':>15}{'difference':>12}{'scipy':>10}")
    found = {}
    for case in (*VGG16, *OTHERS):
        found[case] = measured(case)
        print(*cells(case, found[case]), sep="", flush=True)
    if find_spec("torch"):
        print(f"geometric mean of the nine ratios: {mean_ratio(found):.2f}")


if __name__ == "__main__":
    main()
