"""Heat maps in lines of text: background colours around 0, or the signed numbers, or signs where numbers have no room.

The maps of one picture share one scale. How a map is drawn depends on what fits: its numbers if it is small, two
columns a cell if not, and if even that is too wide, each cell stands for the strongest of a block. A photograph is
grey, and as fine as the terminal allows: with colour two pixels to a sign, one above the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from cnncalc.language import _
from cnncalc.render.cells import columns, printable, wrap
from cnncalc.report.picture import HeatMap

Span = tuple[str, str]
"""Text, and how important it is: one of the marks of a report, or a shade of heat."""
Line = tuple[Span, ...]

WIDTH = 80
"""How wide a page without a width is taken to be."""
STEPS = 4
"""Shades on either side of 0."""
MOST_NUMBERS = 400
"""A map of more cells is shown without its numbers."""
BETWEEN = "   "
TITLE = 20
"""A title may be so wide, however narrow its map."""
MARKED = "*"
GREYS = " .:-=+*#%@"
"""From black to white, where there is no colour: signs that cover more and more of their place."""
FRAMED = "O"
"""A pixel of a photograph in the frame, where there is no colour."""
BRIGHTEST = 255
HALF = "\u2580"
"""The upper half of a place: its own colour is the upper pixel, its background the lower one."""


class Drawn(NamedTuple):
    """A map in lines, the first ``titles`` of them its title, none wider than ``width`` columns."""

    lines: list[Line]
    width: int
    titles: int


class Scale(NamedTuple):
    """What the colours and the decimals of a picture mean: the largest absolute value of all its maps."""

    largest: float
    decimals: int

    def step(self, value: float) -> int:
        """-4 … 4, and 0 for 0 alone (and for what rounding left over of it).

        >>> [Scale(6, 0).step(value) for value in (6, 3, 0.1, 0, -0.1, -6)]
        [4, 2, 1, 0, -1, -4]
        """
        if abs(value) <= self.largest * 1e-12:
            return 0
        size = min(int(abs(value) / self.largest * STEPS * (1 - 1e-12)) + 1, STEPS)
        return size if value > 0 else -size

    def mark(self, value: float) -> str:
        step = self.step(value)
        return f"warm{step}" if step > 0 else f"cold{-step}" if step else ""

    def number(self, value: float) -> str:
        """With as many decimals as the picture has.

        >>> Scale(6, 0).number(-3.0), Scale(6, 2).number(1 / 3)
        ('-3', '0.33')
        """
        text = f"{value:.{self.decimals}f}"
        return text.lstrip("-") if not float(text) else text


def scale_of(maps: Sequence[HeatMap]) -> Scale:
    """One scale for all maps: whole numbers as they are, others with about three digits."""
    largest = max(grid.largest for grid in maps)
    values = (value for grid in maps for row in grid.values for value in row if value is not None)
    if all(value == int(value) for value in values):
        return Scale(largest, 0)
    return Scale(largest, 0 if largest >= 100 else 1 if largest >= 10 else 2)


def lay_maps(maps: Sequence[HeatMap], width: int | None = None, colour: bool = False) -> Iterator[Line]:
    """The maps side by side as far as they fit, then what the colours or signs mean.

    >>> for line in lay_maps([HeatMap(((-3, 6, -3), (0, 6, 0)), "map")]):
    ...     print("".join(words for words, mark in line))
    map
     -3  6 -3
      0  6  0
    """
    if all(grid.grey for grid in maps):
        yield from _photographs(maps, width or WIDTH, colour)
        return
    width, scale = width or WIDTH, scale_of(maps)
    numbers = all(_size(grid) <= MOST_NUMBERS and _number_width(grid, scale) <= width for grid in maps)
    if numbers:
        drawn = [_draw(grid, _numbers(grid, scale), colour) for grid in maps]
    else:
        block = max(-(-_columns(grid) // max(width // 2, 1)) for grid in maps)
        drawn = [_draw(coarser(grid, block), _swatches(scale, colour), colour) for grid in maps]
    for number, row in enumerate(_rows(drawn, width)):
        yield from [()] if number else []
        yield from _side_by_side(list(_on_one_level(row)))
    if not numbers and block > 1:
        yield from _quiet(_("each cell is the strongest of {block}x{block}").format(block=block), width)
    if scale.largest and (colour or not numbers):
        yield from _legend(scale, colour, width)


Cell = Callable[[float | None, bool, bool], Span]
"""How a number is drawn that may be marked, and may lie within the frame."""


def _numbers(grid: HeatMap, scale: Scale) -> Cell:
    room = _cell_width(grid, scale)

    def cell(value: float | None, marked: bool, framed: bool) -> Span:
        if value is None:
            return " " * room, ""
        frame = ("[", "]") if framed else ("", " " * bool(grid.framed))
        return (MARKED * marked + frame[0] + scale.number(value) + frame[1]).rjust(room), scale.mark(value)

    return cell


def _swatches(scale: Scale, colour: bool) -> Cell:
    def cell(value: float | None, marked: bool, framed: bool) -> Span:
        if value is None:
            return "  ", ""
        if colour:
            return (MARKED * 2 if marked else "[]" if framed else "  "), scale.mark(value)
        signs = _signs(scale.step(value))
        return (signs[1:] + MARKED if marked else "[" + signs[1:] if framed else signs), ""

    return cell


def _signs(step: int) -> str:
    """Two columns that tell a step without colour, and from letters that every terminal has."""
    sign = "+" if step > 0 else "-" if step else "."
    return sign * 2 if abs(step) > STEPS // 2 else f" {sign}"


def _size(grid: HeatMap) -> int:
    return len(grid.values) * _columns(grid)


def _columns(grid: HeatMap) -> int:
    return max(map(len, grid.values), default=0)


def _cell_width(grid: HeatMap, scale: Scale) -> int:
    known = (value for row in grid.values for value in row if value is not None)
    return max((len(scale.number(value)) for value in known), default=1) + 1 + bool(grid.marked) + 2 * bool(grid.framed)


def _number_width(grid: HeatMap, scale: Scale) -> int:
    return _columns(grid) * _cell_width(grid, scale)


def _draw(grid: HeatMap, cell: Cell, colour: bool) -> Drawn:
    body: list[Line] = [
        tuple(cell(value, (y, x) in grid.marked, (y, x) in grid.framed) for x, value in enumerate(row))
        for y, row in enumerate(grid.values)
    ]
    width = max(sum(columns(words) for words, _mark in line) for line in body) if body else 0
    titles = wrap(printable(grid.title), max(width, TITLE)) if grid.title else []
    width = max([width, *map(columns, titles)])
    return Drawn([*(((title, "quiet"),) for title in titles), *body], width, len(titles))


def coarser(grid: HeatMap, block: int) -> HeatMap:
    """Every block as its strongest cell: an average would hide a thin line."""
    if block == 1:
        return grid
    rows = [grid.values[top : top + block] for top in range(0, len(grid.values), block)]
    values = tuple(
        tuple(_strongest(value for row in band for value in row[left : left + block]) for left in starts)
        for band in rows
        for starts in [range(0, _columns(grid), block)]
    )
    marked, framed = (frozenset((y // block, x // block) for y, x in cells) for cells in (grid.marked, grid.framed))
    return grid._replace(values=values, marked=marked, framed=framed)


def _photographs(maps: Sequence[HeatMap], width: int, colour: bool) -> Iterator[Line]:
    """One below the other, each as many pixels across as there are columns; two rows of pixels make a line."""
    for number, grid in enumerate(maps):
        yield from [()] if number else []
        yield from _quiet(printable(grid.title), width) if grid.title else []
        block = max(-(-_columns(grid) // width), 1)
        rows, framed = averaged(grid, block), {(y // block, x // block) for y, x in grid.framed}
        for top in range(0, len(rows), 2):
            pairs = list(zip(*rows[top : top + 2], strict=True))
            inside = [tuple((top + below, x) in framed for below in range(len(pair))) for x, pair in enumerate(pairs)]
            yield tuple(map(_halves, pairs, inside)) if colour else ((_shades(pairs, inside), ""),)
        if block > 1:
            yield from _quiet(_("each pixel is the average of {block}x{block}").format(block=block), width)


def averaged(grid: HeatMap, block: int) -> tuple[tuple[float, ...], ...]:
    """Every block of pixels as its average: a photograph made smaller."""
    tops, lefts = range(0, len(grid.values), block), range(0, _columns(grid), block)
    return tuple(
        tuple(_average(grid.values[top : top + block], slice(left, left + block)) for left in lefts) for top in tops
    )


def _average(rows: Sequence[Sequence[float | None]], columns: slice) -> float:
    known = [value for row in rows for value in row[columns] if value is not None]
    return sum(known) / len(known) if known else 0


def _halves(pair: Sequence[float], framed: Sequence[bool]) -> Span:
    """Two pixels, one above the other; of the last row perhaps one. What lies in the frame has its colour."""
    shades = (f"grey{round(min(max(value, 0), BRIGHTEST) / BRIGHTEST * 23)}" for value in pair)
    return HALF, " on ".join("frame" if inside else shade for shade, inside in zip(shades, framed, strict=True))


def _shades(pairs: Sequence[Sequence[float]], framed: Sequence[Sequence[bool]]) -> str:
    """A line without colour: what covers as much of a place as the two pixels are bright, and brackets in the frame."""
    shares = (sum(pair) / len(pair) / BRIGHTEST for pair in pairs)
    signs = (GREYS[min(int(max(share, 0) * len(GREYS)), len(GREYS) - 1)] for share in shares)
    return "".join(FRAMED if any(inside) else sign for sign, inside in zip(signs, framed, strict=True))


def _strongest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), key=abs, default=None)


def _rows(drawn: Sequence[Drawn], width: int) -> Iterator[list[Drawn]]:
    row: list[Drawn] = []
    for one in drawn:
        taken = sum(other.width + len(BETWEEN) for other in row)
        if row and taken + one.width > width:
            yield row
            row = []
        row.append(one)
    yield row


def _on_one_level(row: Sequence[Drawn]) -> Iterator[Drawn]:
    """Titles of unequal length end on the same line, so that the maps begin on the same."""
    highest = max(one.titles for one in row)
    for one in row:
        yield one._replace(lines=[()] * (highest - one.titles) + one.lines)


def _side_by_side(row: Sequence[Drawn]) -> Iterator[Line]:
    height = max(len(one.lines) for one in row)
    for number in range(height):
        lines = [one.lines[number] if number < len(one.lines) else () for one in row]
        last = max((place for place, line in enumerate(lines) if line), default=0)
        spans: list[Span] = []
        for one, line in zip(row[:last], lines, strict=False):
            taken = sum(columns(words) for words, _mark in line)
            spans += [*line, (" " * (one.width - taken) + BETWEEN, "")]
        yield (*spans, *lines[last])


def _legend(scale: Scale, colour: bool, width: int) -> Iterator[Line]:
    low, high = scale.number(-scale.largest), scale.number(scale.largest)
    if colour:
        shades = [("  ", f"cold{step}") for step in range(STEPS, 0, -1)]
        shades += [(" 0 ", ""), *(("  ", f"warm{step}") for step in range(1, STEPS + 1))]
        yield ((f"{low} ", "quiet"), *shades, (f" {high}", "quiet"))
        return
    half = scale.largest / 2
    words = _("-- below {low}, - below 0, . for 0, + above 0, ++ above {high}; the strongest is {largest}").format(
        low=scale.number(-half) if half == int(half) else f"{-half:.3g}", high=f"{half:.3g}", largest=high
    )
    yield from _quiet(words, width)


def _quiet(words: str, width: int) -> Iterator[Line]:
    yield from (((line, "quiet"),) for line in wrap(words, width))
