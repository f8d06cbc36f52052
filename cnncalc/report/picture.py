"""What of a report is looked at on a terminal: lines, and heat maps."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cnncalc.report.motion import Moving


class HeatMap(NamedTuple):
    """A grid of numbers: below 0, 0 and above look different. `None` is a place where there is nothing.

    ``marked`` are cells to look at, by (row, column); ``framed`` are those of a window that lies on the grid. ``grey``
    is a photograph: brightness from 0 to 255, and not numbers around 0. ``owners`` says of every cell which of several
    things it belongs to, a detector or a shared weight, where drawings tell those apart by colour.
    """

    values: tuple[tuple[float | None, ...], ...]
    title: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()
    framed: frozenset[tuple[int, int]] = frozenset()
    grey: bool = False
    owners: tuple[tuple[int | None, ...], ...] = ()

    @property
    def largest(self) -> float:
        """The largest absolute value.

        >>> HeatMap(((1, -3), (None, 2))).largest
        3
        """
        return max((abs(value) for row in self.values for value in row if value is not None), default=0)


class Picture(NamedTuple):
    """Preformatted lines for a terminal, and what they say in words for those who can't see them.

    A line is text, or spans of (text, mark) with the marks of `Table`. ``maps`` are drawn after the lines, side by
    side where there is room, all on one scale. Where a picture can move, ``motion`` is drawn in their place.
    """

    lines: tuple[str | tuple[tuple[str, str], ...], ...] = ()
    caption: str = ""
    maps: tuple[HeatMap, ...] = ()
    motion: "Moving | None" = None
