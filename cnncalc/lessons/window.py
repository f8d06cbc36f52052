"""One kernel sliding over one picture, in NumPy: what every lesson does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.lessons.telling import Array


def slide(picture: Array, kernel: Array, padding: int = 0, stride: int = 1, mode: str = "constant") -> Array:
    """The feature map: at every place, the products of kernel and picture added up (a cross-correlation).

    ``mode`` is NumPy's: what the padding is filled with, ``constant`` for zeros, ``wrap`` for a picture that goes on
    at its other side, ``edge`` for its border repeated.

    >>> import numpy as np
    >>> slide(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([[-1.0, 2.0]])).tolist()
    [[2.0, -1.0, 0.0]]
    """
    import numpy as np

    padded = np.pad(picture, padding, mode=mode)  # type: ignore[call-overload]
    rows, columns = (size - taps + 1 for size, taps in zip(padded.shape, kernel.shape, strict=True))
    total = np.zeros((rows, columns))
    for (y, x), weight in np.ndenumerate(kernel):
        total += weight * padded[y : y + rows, x : x + columns]
    return np.asarray(total[::stride, ::stride])


def patches(pictures: Array, size: int) -> Array:
    """Every window of a picture, or of each of several, as a row: ``(…, positions, size·size)``.

    >>> import numpy as np
    >>> patches(np.arange(9.0).reshape(3, 3), 2)[0].tolist(), patches(np.zeros((5, 3, 3)), 2).shape
    ([0.0, 1.0, 3.0, 4.0], (5, 4, 4))
    """
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(pictures, (size, size), axis=(-2, -1))
    return np.asarray(windows.reshape(*pictures.shape[:-2], -1, size * size))


def under(y: int, x: int, size: int) -> frozenset[tuple[int, int]]:
    """The pixels that a window lies on whose first is at row ``y``, column ``x``.

    >>> sorted(under(1, 2, 2))
    [(1, 2), (1, 3), (2, 2), (2, 3)]
    """
    return frozenset((y + down, x + across) for down in range(size) for across in range(size))
