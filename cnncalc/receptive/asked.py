"""What may be asked about a network beside the table of its fields; how it is answered stands in `questions`."""

from typing import NamedTuple

FIGURES = ("growth", "maps")
"""The figures that stand still: rows of units on one axis, and the maps of an image network."""


class Asked(NamedTuple):
    """What is asked about a network beside the table: every field may be left out.

    ``image`` is the file of a picture to lie behind the drawing, ``figure`` the figure to draw.
    """

    at: str = ""
    training: bool = False
    windows_only: bool = False
    unit: str = ""
    effective: bool = False
    ruler: bool = False
    sample_rate: float | None = None
    image: str = ""
    figure: str = FIGURES[0]
