"""The ways to convolve: each gives what a loop over positions gives, and forms as many products."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.verify import windows
from cnncalc.verify.axes import Axis
from cnncalc.verify.ledger import Ledger


class Case(NamedTuple):
    """A convolution: the windows on each axis, channels in and out for each group."""

    axes: list[Axis]
    inside: int
    outside: int
    groups: int


def axis() -> st.SearchStrategy[Axis]:
    """Windows that may begin before the map and end behind it, or leave some of it out on both sides."""
    return st.builds(
        lambda size, begin, count, stride, kernel, dilation: Axis(
            size, size, range(begin, begin + count * stride, stride), kernel, dilation
        ),
        *(
            st.integers(1, 6),
            st.integers(-3, 2),
            st.integers(1, 5),
            st.integers(1, 3),
            st.integers(1, 3),
            st.integers(1, 2),
        ),
    )


def arrays(case: Case) -> tuple[Any, Any]:
    """Whole numbers, so that sums do not depend on their order."""
    random = np.random.default_rng(0)
    x = random.integers(-3, 4, (case.inside * case.groups, *(axis.size for axis in case.axes)))
    kernel = tuple(axis.kernel for axis in case.axes)
    weight = random.integers(-3, 4, (case.outside * case.groups, case.inside, *kernel))
    return x.astype(np.float64), weight.astype(np.float64)


def by_hand(x: Any, weight: Any, case: Case) -> tuple[Any, int]:
    """Every output as a sum over channels and taps, those in the padding with 0; how many products that makes."""
    out = np.zeros((len(weight), *(len(axis.starts) for axis in case.axes)))
    formed = 0
    for filter, *place in np.ndindex(out.shape):
        group = filter // case.outside
        starts = [axis.starts[number] for axis, number in zip(case.axes, place, strict=True)]
        for channel, tap in product(range(case.inside), product(*(range(axis.kernel) for axis in case.axes))):
            at = [s + t * axis.dilation for s, t, axis in zip(starts, tap, case.axes, strict=True)]
            read = all(0 <= number < axis.size for number, axis in zip(at, case.axes, strict=True))
            number = x[(group * case.inside + channel, *at)] if read else 0
            out[(filter, *place)] += weight[(filter, channel, *tap)] * number
            formed += 1
    return out, formed


@given(
    st.builds(Case, st.lists(axis(), min_size=1, max_size=3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
)
def test_windows_gathered_one_by_one_or_by_rows_or_not_at_all_give_what_a_loop_gives(case: Case) -> None:
    """Whatever the windows are: padded, strided, dilated, cut off, alone or in groups."""
    x, weight = arrays(case)
    out, formed = by_hand(x, weight, case)
    for row, pieces in ((1, 1), (1, windows.PIECES), (windows.ROW, windows.PIECES)):
        ledger = Ledger(dtype=np.float64)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(windows, "ROW", row)
            patch.setattr(windows, "PIECES", pieces)
            assert np.array_equal(windows.convolve(x, weight, case.axes, case.groups, ledger), out)
        assert ledger.products == formed


@pytest.mark.parametrize(
    ("way", "axes", "inside", "groups"),
    [
        ("_convolve_taps", [Axis(5, 7, range(-1, 5), 3, 1), Axis(200, 201, range(-1, 199), 3, 1)], 32, 1),
        ("_convolve_rows", [Axis(5, 7, range(-1, 5), 3, 1), Axis(50, 51, range(-1, 49), 3, 1)], 32, 1),
        ("_convolve_blocks", [Axis(5, 7, range(-1, 5), 3, 1), Axis(20, 21, range(-1, 19), 3, 1)], 32, 1),
        ("_convolve_blocks", [Axis(5, 7, range(-1, 5), 3, 1), Axis(200, 201, range(-1, 199), 3, 1)], 3, 1),
        ("_convolve_blocks", [Axis(5, 7, range(-1, 5), 3, 1), Axis(200, 201, range(-1, 199), 3, 1)], 32, 2),
        ("_pass_padded", [Axis(5, 7, range(-1, 5), 3, 1)] * 2, 1, 4),
        ("_pass_strided", [Axis(5, 7, range(-1, 5, 2), 3, 1)] * 2, 1, 4),
        ("_convolve_points", [Axis(5, 5, range(5), 1, 1)] * 2, 3, 1),
    ],
)
def test_the_shapes_choose_the_way(
    way: str, axes: list[Axis], inside: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wide maps go by taps, narrower ones by rows, and so on: what the docstring of `convolve` says."""
    case = Case(axes, inside, 32, groups)
    x, weight = arrays(case)
    taken = []
    real = getattr(windows, way)
    monkeypatch.setattr(windows, way, lambda *given: taken.append(way) or real(*given))
    windows.convolve(x, weight, axes, groups, Ledger(dtype=np.float64))
    assert taken


@pytest.mark.parametrize(
    ("channels", "filters", "sizes"),
    [(16, 4, (2048, 512)), (32, 32, (512, 512)), (32, 32, (2048, 64)), (32, 32, (3, 100_000)), (64, 2, (3, 100_000))],
)
def test_working_memory_does_not_grow_with_the_map(channels: int, filters: int, sizes: tuple[int, int]) -> None:
    """Beside the result no more than 64 MiB are held, however large the map is, along either axis, whatever the way."""
    import tracemalloc

    axes = [Axis(size, size + 1, range(-1, size - 1), 3, 1) for size in sizes]
    x, weight = np.zeros((channels, *sizes), np.float32), np.zeros((filters, channels, 3, 3), np.float32)
    tracemalloc.start()
    out = windows.convolve(x, weight, axes, 1, Ledger())
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - out.nbytes < 64 * 2**20
