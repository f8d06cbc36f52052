"""Sharing: fully connected, locally connected and convolutional layers are one matrix with more and more structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncalc.heatmap import HeatMap
from cnncalc.language import _
from cnncalc.lessons.telling import Grid, plain, tell
from cnncalc.lessons.window import patches, slide
from cnncalc.report import Column, Picture, Report, Table

if TYPE_CHECKING:
    import numpy as np

    from cnncalc.lessons.telling import Array

SIDE, KERNEL = 4, 3
LARGER = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Two ways to the same numbers, and the largest difference between what they give."""

    claim: str
    difference: float


@dataclass(frozen=True, slots=True)
class Sharing:
    """Everything the lesson found. A row of a matrix is an output, a column a pixel."""

    dense: Grid
    local: Grid
    conv: Grid
    kernel: Grid
    weights: dict[str, int]
    identities: tuple[Identity, ...]
    toeplitz: dict[str, bool]
    larger_entries: int
    larger_nonzero: int
    gradient_unshared: Grid
    gradient_shared: tuple[float, ...]


def run(seed: int = 0) -> Sharing:
    """Build the three matrices, compare what they do, and add gradients up.

    >>> lesson = run()
    >>> lesson.weights, lesson.larger_nonzero, max(one.difference for one in lesson.identities)
    ({'dense': 64, 'local': 36, 'conv': 9}, 81, 0.0)
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    picture = rng.integers(-5, 6, (SIDE, SIDE)).astype(np.float64)
    outputs = (SIDE - KERNEL + 1) ** 2
    dense = _nonzero(rng, (outputs, SIDE * SIDE))
    kernel = _nonzero(rng, (KERNEL, KERNEL))
    conv = matrix_of(lambda image: slide(image, kernel), SIDE)
    mask = conv != 0
    local = dense * mask
    own = dense[mask].reshape(outputs, KERNEL * KERNEL)
    loss = _nonzero(rng, (outputs,))
    unshared = loss[:, None] * patches(picture, KERNEL)
    larger = matrix_of(lambda image: slide(image, kernel), LARGER)
    return Sharing(
        plain(dense),
        plain(local),
        plain(conv),
        plain(kernel),
        {"dense": dense.size, "local": own.size, "conv": kernel.size},
        (
            _identity("local_is_masked_dense", (own * patches(picture, KERNEL)).sum(axis=1), local @ picture.ravel()),
            _identity("conv_is_tied_local", slide(picture, kernel).ravel(), patches(picture, KERNEL) @ kernel.ravel()),
            _identity("conv_is_a_matrix", slide(picture, kernel).ravel(), conv @ picture.ravel()),
            _identity("gradients_add_up", unshared.sum(axis=0), _slope(picture, kernel, loss)),
        ),
        {
            f"stride_{stride}": is_toeplitz(_strided(kernel, stride), LARGER, (LARGER - KERNEL) // stride + 1)
            for stride in (1, 2)
        },
        larger.size,
        int((larger != 0).sum()),
        plain(unshared),
        plain(unshared.sum(axis=0)[None])[0],
    )


def _nonzero(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Small integers other than 0, so that every sum is exact and every 0 in a matrix means: not connected."""
    import numpy as np

    return np.asarray(rng.integers(1, 10, shape) * rng.choice([-1.0, 1.0], shape))


def matrix_of(layer: Callable[[Array], Array], side: int) -> Array:
    """The matrix of a linear layer: column j is its answer to a picture whose only bright pixel is j.

    >>> import numpy as np
    >>> matrix_of(lambda image: image[:1], 2).tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    import numpy as np

    dots = np.eye(side * side).reshape(-1, side, side)
    return np.stack([layer(dot).ravel() for dot in dots], axis=1)


def _strided(kernel: Array, stride: int) -> Array:
    return matrix_of(lambda image: slide(image, kernel, stride=stride), LARGER)


def is_toeplitz(matrix: Array, side: int, places: int) -> bool:
    """Doubly block-Toeplitz: an entry depends only on how far apart output and pixel lie, in rows and in columns.

    >>> import numpy as np
    >>> is_toeplitz(np.eye(4), 2, 2), is_toeplitz(np.diag([1.0, 2.0, 3.0, 4.0]), 2, 2)
    (True, False)
    """
    found: dict[tuple[int, int], float] = {}
    for row in range(len(matrix)):
        for column in range(side * side):
            apart = (column // side - row // places, column % side - row % places)
            if found.setdefault(apart, matrix[row, column]) != matrix[row, column]:
                return False
    return True


def _slope(picture: Array, kernel: Array, loss: Array) -> Array:
    """The gradient of the shared weights by wiggling each: the loss is linear in them, so the slope is exact."""
    import numpy as np

    slopes = np.zeros(kernel.size)
    for tap in range(kernel.size):
        wiggle = np.zeros(kernel.size)
        wiggle[tap] = 1
        up, down = (slide(picture, kernel + way * wiggle.reshape(kernel.shape)).ravel() @ loss for way in (1, -1))
        slopes[tap] = (up - down) / 2
    return slopes


def _identity(claim: str, one: Array, other: Array) -> Identity:
    import numpy as np

    return Identity(claim, float(np.abs(one - other).max()))


def present(result: Sharing, seed: int = 0) -> Report:
    """The lesson as it is told."""
    weights = result.weights
    return tell(
        "sharing",
        seed,
        _("Sharing: three layers, one matrix"),
        result,
        _(
            "A layer without an activation is a matrix: a row for each output, a column for each pixel. For a picture of "
            "{side}×{side} and a window of {kernel}×{kernel} it has {rows} rows and {columns} columns, small enough to look at. Start "
            "with a fully connected layer, where every entry is a weight of its own: {count}."
        ).format(
            side=SIDE, kernel=KERNEL, rows=len(result.dense), columns=len(result.dense[0]), count=weights["dense"]
        ),
        Picture(maps=(HeatMap(result.dense, _("fully connected")),)),
        _(
            "Locally connected: strike out every pixel outside the window. The {count} weights that remain keep their values, "
            'the others are 0 for good. That is all that "local" does.'
        ).format(count=weights["local"]),
        Picture(maps=(HeatMap(result.local, _("locally connected: the same, masked")),)),
        _(
            "Convolution: now let every row use the same {count} numbers. The rows become copies of each other, shifted; along "
            "each diagonal of the blocks the entries are equal (a doubly block-Toeplitz matrix)."
        ).format(count=weights["conv"]),
        Picture(
            maps=(HeatMap(result.kernel, _("the kernel")), HeatMap(result.conv, _("convolution: rows alike, shifted")))
        ),
        _identities_table(result),
        _(
            "The last line is why sharing learns from every place: the gradient of a shared weight is the sum of what "
            "the separate weights at all {places} places would have got."
        ).format(places=len(result.gradient_unshared)),
        _(
            "For {side}×{side} the matrix has {entries} entries, of which {nonzero} are not 0: {zero} of it is locality. At stride 1 it is "
            "Toeplitz: {first}. At stride 2: {second}, because the window moves by two pixels for every output, so the step along a diagonal no longer fits."
        ).format(
            side=LARGER,
            entries=result.larger_entries,
            nonzero=result.larger_nonzero,
            zero=f"{100 * (1 - result.larger_nonzero / result.larger_entries):.0f} %",
            first=_("yes") if result.toeplitz["stride_1"] else _("no"),
            second=_("yes") if result.toeplitz["stride_2"] else _("no"),
        ),
        _(
            "What this does not show: that the three learn equally well. Whatever a convolution can do, a local layer can, "
            "and whatever a local layer can, a fully connected one can; what they find from few examples is another "
            "matter, and the lesson learning."
        ),
    )


def _identities_table(result: Sharing) -> Table:
    labels = {
        "local_is_masked_dense": _("locally connected = fully connected with a mask"),
        "conv_is_tied_local": _("convolution = locally connected with tied weights"),
        "conv_is_a_matrix": _("convolution = its Toeplitz matrix"),
        "gradients_add_up": _("shared gradient = sum of the unshared ones"),
    }
    columns = (Column("claim", _("claim")), Column("difference", _("largest difference"), "number"))
    rows = tuple((labels[one.claim], one.difference) for one in result.identities)
    return Table(columns, rows, title=_("Computed both ways, in whole numbers, so that 0 is exactly 0"))
