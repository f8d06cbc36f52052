"""How a lesson becomes a `Report`: the result as data, and the story in its order."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.report import Picture, Report, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Grid = tuple[tuple[float, ...], ...]
"""A matrix in plain numbers."""


def tell(lesson: str, seed: int | None, title: str, result: Any, *story: str | Table | Picture) -> Report:
    """The report of a lesson; ``result`` is a frozen dataclass, ``seed`` is `None` where nothing is random."""
    return Report(
        "lesson",
        {"lesson": lesson, "title": title, "seed": seed, "result": _listed(asdict(result))},
        tables=tuple(part for part in story if isinstance(part, Table)),
        pictures=tuple(part for part in story if isinstance(part, Picture)),
        notes=tuple(part for part in story if isinstance(part, str)),
        title=title,
        story=story,
    )


def _listed(value: Any) -> Any:
    """Lists for tuples, as JSON has them."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


def plain(matrix: Array) -> Grid:
    """A matrix as tuples, whole numbers as `int`.

    >>> import numpy as np
    >>> plain(np.array([[1.0, 0.5]]))
    ((1, 0.5),)
    """
    return tuple(tuple(int(value) if value == int(value) else value for value in row) for row in matrix.tolist())
