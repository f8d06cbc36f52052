"""How a lesson becomes a `Report`: the result as data, and the story in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.language import LANGUAGES, speaking
from cnncalc.report import Drawing, Report, Table
from cnncalc.report.picture import Picture
from cnncalc.report.story import Story

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Grid = tuple[tuple[float, ...], ...]
"""A matrix in plain numbers."""


Part = str | Table | Picture
"""What a story is told in."""


def tell(lesson: str, seed: int | None, result: Any, story: Callable[[], Story]) -> Report:
    """The report of a lesson; ``result`` is a frozen dataclass, ``seed`` is `None` where nothing is random.

    ``story`` tells it in the language in use: pages have it in all of them.
    """
    title, _about, parts = story()
    return Report(
        "lesson",
        {"lesson": lesson, "title": title, "seed": seed, "result": _raw(result)},
        tables=tuple(part for part in parts if isinstance(part, Table)),
        pictures=tuple(part for part in parts if isinstance(part, Picture)),
        notes=tuple(part for part in parts if isinstance(part, str)),
        title=title,
        story=parts,
        drawings=_drawings(parts, story),
    )


def _drawings(parts: tuple[Part, ...], story: Callable[[], Story]) -> tuple[Drawing, ...]:
    """The story as a page and a drawing, and as frames if something in it moves."""

    def stories() -> dict[str, Story]:
        told = {}
        for language in LANGUAGES:
            with speaking(language):
                told[language] = story()
        return told

    moves = any(isinstance(part, Picture) and part.motion for part in parts)
    return (Drawing("lesson", stories), *([Drawing("motion", stories)] if moves else []))


def _raw(value: Any) -> Any:
    """A result as JSON has it: objects, lists and numbers."""
    if is_dataclass(value):
        return {field.name: _raw(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _raw(item) for key, item in value.items()}
    return [_raw(item) for item in value] if isinstance(value, (list, tuple)) else value


def plain(matrix: Array) -> Grid:
    """A matrix as tuples, whole numbers as `int`.

    >>> import numpy as np
    >>> plain(np.array([[1.0, 0.5]]))
    ((1, 0.5),)
    """
    return tuple(tuple(int(value) if value == int(value) else value for value in row) for row in matrix.tolist())
