"""The convolution of ``cnncalc verify`` beside PyTorch's on the processor, and SciPy's: time and working memory.

Float32, one image, as many threads for all. ``python bench/convolution.py`` needs NumPy; PyTorch and SciPy are
compared where they are installed. Every time is the best of some runs, and all are from one run of this program.
"""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from math import exp, log
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from cnncalc.verify.axes import slide
from cnncalc.verify.ledger import Ledger
from cnncalc.verify.windows import convolve

RUNS = 5
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


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest of some runs, after one to warm up."""
    work()
    times = []
    for _run in range(RUNS):
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return min(times)


def matmul_rate() -> float:
    """What this machine's own matrix product does, in GFLOP/s."""
    matrix = np.random.default_rng(0).random((1536, 1536), np.float32)
    return 2 * 1536**3 / best(lambda: matrix @ matrix) / 1e9


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

    torch.set_num_threads(os.cpu_count() or 1)
    image, filters = torch.from_numpy(x)[None], torch.from_numpy(weight)

    def work() -> Any:
        with torch.inference_mode():
            return torch.nn.functional.conv2d(image, filters, padding=case.kernel // 2, groups=case.groups)[0].numpy()

    return work


def scipy_s(case: Case, x: Any, weight: Any) -> Callable[[], Any]:
    """SciPy has no layers: one two-dimensional correlation for each filter and channel."""
    from scipy.signal import correlate2d

    return lambda: correlate2d(x[0], weight[0, 0], mode="same")


def working_memory(work: Callable[[], Any]) -> float:
    """MiB that NumPy allocated at the most during the work, the result included, its inputs not."""
    tracemalloc.start()
    work()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MEBIBYTE


def main() -> None:
    with_torch, with_scipy = (find_spec(name) is not None for name in ("torch", "scipy"))
    print(f"threads: {os.cpu_count()}; float32, one image; matrix product alone: {matmul_rate():.0f} GFLOP/s")
    header = f"{'layer':<10}{'shape':<22}{'ms':>9}{'GFLOP/s':>9}{'MiB':>7}{'beyond output':>15}"
    print(header + f"{'torch ms':>10}{'ratio':>7}{'difference':>12}" + f"{'scipy ratio':>13}")
    ratios = []
    for case in (*VGG16, *OTHERS):
        x, weight = arrays(case)
        work = ours(case, x, weight)
        seconds, memory = best(work), working_memory(work)
        out = work()
        flops = 2 * out.size * weight[0].size
        shape = f"{case.channels}→{case.filters} {case.kernel}×{case.kernel} on {case.size}²"
        line = f"{case.name:<10}{shape:<22}{seconds * 1e3:>9.2f}{flops / seconds / 1e9:>9.0f}{memory:>7.1f}"
        line += f"{memory - out.nbytes / MEBIBYTE:>15.1f}"
        if with_torch:
            theirs = torch_s(case, x, weight)
            reference = best(theirs)
            difference = np.abs(theirs() - out).max() / np.abs(out).max()
            line += f"{reference * 1e3:>10.2f}{seconds / reference:>7.2f}{difference:>12.1e}"
            ratios += [seconds / reference] if case in VGG16 else []
        if with_scipy:
            # one of the layer's many correlations, times how many there are
            whole = best(scipy_s(case, x, weight)) * case.filters * case.channels / case.groups
            line += f"{seconds / whole:>13.4f}"
        print(line, flush=True)
    if ratios:
        print(f"geometric mean of the nine ratios: {exp(sum(map(log, ratios)) / len(ratios)):.2f}")


if __name__ == "__main__":
    main()
