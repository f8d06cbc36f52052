"""Sharing: fully connected, locally connected and convolutional layers are one matrix with more and more structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.language import N_, _
from cnncalc.lessons.telling import Grid, Part, plain
from cnncalc.report import Column, Table
from cnncalc.report.picture import HeatMap, Picture

if TYPE_CHECKING:
    import numpy as np

    from cnncalc.lessons.telling import Array
    from cnncalc.verify.identities import Window

TITLE = N_("Sharing: three layers, one matrix")
SIDE, KERNEL = 4, 3
LARGER = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Two ways to the same numbers, the largest relative difference between what they give, and whether it is none."""

    name: str
    difference: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Sharing:
    """Everything the lesson found. A row of a matrix is an output, a column a pixel."""

    dense: Grid
    local: Grid
    conv: Grid
    kernel: Grid
    weights: dict[str, int]
    positions: int
    identities: tuple[Identity, ...]
    larger_entries: int
    larger_nonzero: int


def run(seed: int = 0) -> Sharing:
    """Build the three matrices, and hold every two layers that should be one against each other.

    >>> lesson = run()
    >>> lesson.weights, lesson.larger_nonzero, [one.holds for one in lesson.identities]
    ({'dense': 64, 'local': 36, 'conv': 9}, 81, [True, True, True, True, True, False])
    """
    import numpy as np

    from cnncalc.verify import identities
    from cnncalc.verify.windows import places

    rng = np.random.default_rng(seed)
    shape, larger = (1, SIDE, SIDE), (1, LARGER, LARGER)
    window = identities.Window((KERNEL, KERNEL), (1, 1), ((0, 0),), (1, 1))
    axes = window.axes(shape[1:])
    picture, shared = _whole_numbers(rng, shape), _whole_numbers(rng, (1, 1, KERNEL, KERNEL))
    unshared = _whole_numbers(rng, (*places(axes), *shared.shape))
    local = identities.matrix_of(unshared, axes, shape)
    conv = identities.matrix_of(identities.tied(shared, axes), axes, shape)
    one_layer = (
        identities.masked_dense(picture, unshared, axes),
        identities.tied_local(picture, shared, axes),
        identities.tied_matrix(picture, shared, axes),
        identities.summed_gradients(picture, shared, _whole_numbers(rng, (1, *places(axes))), axes),
    )
    striped = (identities.toeplitz(larger, shared, window, stride) for stride in (1, 2))
    entries = _masked(rng, larger, window)
    return Sharing(
        plain(np.where(local, local, _whole_numbers(rng, local.shape))),
        plain(local),
        plain(conv),
        plain(shared[0, 0]),
        {"dense": local.size, "local": unshared.size, "conv": shared.size},
        len(local),
        tuple(Identity(claim.name, claim.difference, claim.holds) for claim in (*one_layer, *striped)),
        *entries,
    )


def _masked(rng: np.random.Generator, shape: tuple[int, ...], window: Window) -> tuple[int, int]:
    """How many entries the matrix of a locally connected layer has, and how many of them are not 0."""
    from cnncalc.verify import identities
    from cnncalc.verify.windows import places

    axes = window.axes(shape[1:])
    weights = _whole_numbers(rng, (*places(axes), 1, 1, KERNEL, KERNEL))
    masked = identities.masked_dense(_whole_numbers(rng, shape), weights, axes)
    return masked.total or 0, masked.count or 0


def _whole_numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Small ones other than 0, so that every sum is exact and every 0 in a matrix means: not connected."""
    import numpy as np

    return np.asarray(rng.integers(1, 10, shape) * rng.choice([-1.0, 1.0], shape))


def story(result: Sharing) -> Iterator[Part]:
    """The lesson as it is told."""
    yield from _three_matrices(result)
    yield _identities_table(result)
    yield _(
        "The last line is why sharing learns from every place: the gradient of a shared weight is the sum of what "
        "the separate weights at all {places} places would have got."
    ).format(places=result.positions)
    yield _(
        "For {side}×{side} the matrix has {entries} entries, of which {nonzero} are not 0: {zero} of it is locality. At stride 1 it is "
        "Toeplitz: {first}. At stride 2: {second}, because the window moves by two pixels for every output, so the step along a diagonal no longer fits."
    ).format(
        side=LARGER,
        entries=result.larger_entries,
        nonzero=result.larger_nonzero,
        zero=f"{100 * (1 - result.larger_nonzero / result.larger_entries):.0f} %",
        first=_said(result, "toeplitz_stride_1"),
        second=_said(result, "toeplitz_stride_2"),
    )
    yield _(
        "What this does not show: that the three learn equally well. Whatever a convolution can do, a local layer can, "
        "and whatever a local layer can, a fully connected one can; what they find from few examples is another "
        "matter, and the lesson learning."
    )


def _three_matrices(result: Sharing) -> Iterator[Part]:
    weights = result.weights
    yield _(
        "A layer without an activation is a matrix: a row for each output, a column for each pixel. For a picture of "
        "{side}×{side} and a window of {kernel}×{kernel} it has {rows} rows and {columns} columns, small enough to look at. Start "
        "with a fully connected layer, where every entry is a weight of its own: {count}."
    ).format(side=SIDE, kernel=KERNEL, rows=len(result.dense), columns=len(result.dense[0]), count=weights["dense"])
    yield Picture(maps=(HeatMap(result.dense, _("fully connected")),))
    yield _(
        "Locally connected: strike out every pixel outside the window. The {count} weights that remain keep their values, "
        'the others are 0 for good. That is all that "local" does.'
    ).format(count=weights["local"])
    yield Picture(maps=(HeatMap(result.local, _("locally connected: the same, masked")),))
    yield _(
        "Convolution: now let every row use the same {count} numbers. The rows become copies of each other, shifted; along "
        "each diagonal of the blocks the entries are equal (a doubly block-Toeplitz matrix)."
    ).format(count=weights["conv"])
    yield Picture(
        maps=(
            HeatMap(result.kernel, _("the kernel"), owners=_taps(result.kernel)),
            HeatMap(result.conv, _("convolution: rows alike, shifted"), owners=_tied(result)),
        )
    )


def _taps(kernel: Grid) -> tuple[tuple[int, ...], ...]:
    """The weights of a kernel by their numbers."""
    wide = len(kernel[0])
    return tuple(tuple(range(row * wide, (row + 1) * wide)) for row in range(len(kernel)))


def _tied(result: Sharing) -> tuple[tuple[int | None, ...], ...]:
    """Which weight stands at every place of the matrix of a convolution; it has one colour wherever it stands."""
    side = SIDE - KERNEL + 1
    taps = (
        (divmod(output, side), divmod(pixel, SIDE)) for output in range(side * side) for pixel in range(SIDE * SIDE)
    )
    offsets = [(pixel[0] - output[0], pixel[1] - output[1]) for output, pixel in taps]
    inside = range(KERNEL)
    numbers = [KERNEL * y + x if y in inside and x in inside else None for y, x in offsets]
    return tuple(tuple(numbers[start : start + SIDE * SIDE]) for start in range(0, len(numbers), SIDE * SIDE))


def _said(result: Sharing, name: str) -> str:
    return _("yes") if next(one for one in result.identities if one.name == name).holds else _("no")


def _identities_table(result: Sharing) -> Table:
    labels = {
        "masked_dense": _("locally connected = fully connected with a mask"),
        "tied_local": _("convolution = locally connected with tied weights"),
        "tied_matrix": _("convolution = its matrix"),
        "summed_gradients": _("shared gradient = sum of the unshared ones"),
    }
    columns = (Column("claim", _("claim")), Column("difference", _("largest difference"), "number"))
    rows = tuple((labels[one.name], one.difference) for one in result.identities if one.name in labels)
    return Table(columns, rows, title=_("Computed both ways, in whole numbers, so that 0 is exactly 0"))
