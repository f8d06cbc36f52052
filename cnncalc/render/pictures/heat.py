"""Heat maps as drawings: cells with their numbers, above 0 and below in two colours, with what is framed and marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnncalc.render.heatmap import Scale, coarser, scale_of
from cnncalc.render.pictures.frame import fitted
from cnncalc.render.pictures.style import DETECTORS, NAME, NOTE, width
from cnncalc.render.pictures.svg import element, hatched, number, text
from cnncalc.report.motion import Frame
from cnncalc.report.picture import HeatMap

CELL, SMALLEST, LARGEST = 26, 3, 400
"""How high a cell with a number is, how small one without may be, and how large a map of such cells."""

MOST_NUMBERS, MOST_CELLS = 400, 80
"""A map of more cells is drawn without numbers; of more rows or columns than that each cell is the strongest of a block."""

DIGITS = 13
"""The size of a number in its cell."""

HEADING, GAP = 24, 34
"""The room above a map for its title, and between maps."""

SLID = 4
"""The maps of a kernel that slides: picture, kernel, products, answers."""

SHADES, BRIGHTEST = 20, 255
"""Cells without numbers have so many shades; the brightest of a photograph."""

BLACK, WHITE = "#000000", "#fefefe"
"""What a photograph is made of, which dark paper does not turn round: neither is the colour of a role."""

MARK = 14
"""The room that a mark needs in its cell."""

SWATCH = 30
"""How wide a step of the legend is."""

ABOVE, BELOW, BRIGHT, OWN = 0.6, 0.55, 0.45, 0.28
"""How much of its colour the largest number has, the smallest, the brightest of a picture, and a detector's own cells:
little enough that ink can be read on it."""


class Look(NamedTuple):
    """How a map is drawn: its scale, the size of a cell, whether numbers stand in them, and what is special of it."""

    scale: Scale
    wide: float
    high: float
    numbers: bool
    picture: bool = False
    rim: int = 0
    grey: bool = False


class Placed(NamedTuple):
    """A map with its look and where it stands."""

    grid: HeatMap
    look: Look
    x: float
    y: float


def looks(frame: Frame) -> list[tuple[HeatMap, Look]]:
    """The maps of a frame with how they are drawn: on one scale, or each on its own where a kernel slides."""
    maps = [shown(grid) for grid in frame.maps]
    if frame.rim is None:
        scale = scale_of(maps)
        cells = [_cell(grid, scale) for grid in maps]
        widest = max(wide for wide, _high in cells)
        return [
            (grid, Look(scale, widest if _has_numbers(grid) else cell[0], cell[1], _has_numbers(grid), grey=grid.grey))
            for grid, cell in zip(maps, cells, strict=True)
        ]
    return [(grid, _slid(frame, place, grid)) for place, grid in enumerate(maps)]


def _slid(frame: Frame, place: int, grid: HeatMap) -> Look:
    """How a map of a sliding kernel is drawn: picture, kernel, products and map."""
    answers = place == len(frame.maps) - 1
    scale = Scale(max(grid.largest, frame.most if answers else 0), scale_of(frame.maps).decimals)
    return Look(
        scale,
        *_cell(grid, scale),
        numbers=_has_numbers(grid),
        picture=place == 0,
        rim=(frame.rim or 0) if place == 0 else 0,
    )


def _has_numbers(grid: HeatMap) -> bool:
    return len(grid.values) * _columns(grid) <= MOST_NUMBERS


def shown(grid: HeatMap) -> HeatMap:
    """A map as it is drawn: one of too many cells by blocks of them."""
    return coarser(grid, -(-max(len(grid.values), _columns(grid), 1) // MOST_CELLS))


def _columns(grid: HeatMap) -> int:
    return max(map(len, grid.values), default=0)


def _cell(grid: HeatMap, scale: Scale) -> tuple[float, float]:
    if not _has_numbers(grid):
        side = max(min(CELL / 2, LARGEST / max(len(grid.values), _columns(grid))), SMALLEST)
        return side, side
    known = (value for row in grid.values for value in row if value is not None)
    return max(
        CELL, max((width(said(value, scale), DIGITS) for value in known), default=0) + 8 + MARK * bool(grid.marked)
    ), CELL


def said(value: float, scale: Scale) -> str:
    """A number as it stands in a cell.

    >>> said(-3, Scale(6, 0))
    '−3'
    """
    return scale.number(value).replace("-", "−")


def extent(grid: HeatMap, look: Look) -> tuple[float, float]:
    """How wide and high a map is with its title, which may be wider than it."""
    return (
        max(_columns(grid) * look.wide, min(width(grid.title, NAME, strong=True), 240)),
        HEADING + len(grid.values) * look.high,
    )


def columns(shown: Sequence[tuple[HeatMap, Look]]) -> list[list[tuple[HeatMap, Look]]]:
    """Each map for itself; the products of a kernel that slides stand below it."""
    if len(shown) == SLID and shown[0][1].picture:
        picture, kernel, products, answers = shown
        return [[picture], [kernel, products], [answers]]
    return [[one] for one in shown]


def arranged(
    shown: Sequence[tuple[HeatMap, Look]], left: float, right: float, top: float
) -> tuple[list[Placed], float]:
    """The maps side by side as far as they fit, and where the lowest ends."""
    placed, x, y, bottom = list[Placed](), left, top, top
    for stack in columns(shown):
        sizes = [extent(grid, look) for grid, look in stack]
        wide = max(size[0] for size in sizes)
        if x > left and x + wide > right:
            x, y = left, bottom + GAP
        above = y
        for (grid, look), (_wide, high) in zip(stack, sizes, strict=True):
            placed.append(Placed(grid, look, x, above))
            above += high + GAP / 2
        x, bottom = x + wide + GAP, max(bottom, above - GAP / 2)
    return placed, bottom


def drawn(map: Placed) -> Iterator[str]:
    """A map: its title, its cells, what is framed."""
    grid, look, x, y = map
    wide = _columns(grid) * look.wide
    yield fitted(x, y + 14, grid.title, "ink", NAME, max(wide, 240), strong=True)
    top = y + HEADING
    cells = [(row, column, value) for row, values in enumerate(grid.values) for column, value in enumerate(values)]
    if not look.numbers:
        yield from _shades(grid, look, x, top)
    for row, column, value in cells if look.numbers else ():
        owner = grid.owners[row][column] if grid.owners else None
        yield from _ground(x + column * look.wide, top + row * look.high, value, look, owner)
    if look.rim:
        yield from _rim(x, top, wide, len(grid.values) * look.high, look)
    for row, column, value in cells if look.numbers else ():
        marked = (row, column) in grid.marked
        yield from _number(x + column * look.wide, top + row * look.high, value, look, marked=marked)
    yield from _framed(grid, look, x, top)


def _ground(x: float, y: float, value: float | None, look: Look, owner: int | None) -> Iterator[str]:
    """A cell without its number."""
    yield element("rect", x=x, y=y, width=look.wide, height=look.high, fill="paper", stroke="line", stroke_width=1)
    role, share = _colour(value, look, owner) if value is not None else ("", 0)
    if share:
        opacity = f"{share:.2f}"
        yield element("rect", x=x, y=y, width=look.wide, height=look.high, fill=role, fill_opacity=opacity)


def _shades(grid: HeatMap, look: Look, x: float, top: float) -> Iterator[str]:
    """Many small cells: one path for all that look alike, and an outline."""
    size = (_columns(grid) * look.wide, len(grid.values) * look.high)
    yield element("rect", x=x, y=top, width=size[0], height=size[1], fill=WHITE if look.grey else "paper")
    alike: dict[tuple[str, str], list[str]] = {}
    for row, values in enumerate(grid.values):
        y = top + row * look.high
        for column, value in enumerate(values):
            role, share = ("paper", 0.0) if value is None else _colour(value, look, None)
            kind = (role, f"{round(share * SHADES) / SHADES:.2f}")
            cell = f"M{number(x + column * look.wide)} {number(y)}h{number(look.wide)}v{number(look.high)}h-{number(look.wide)}z"
            alike.setdefault(kind, []).append(cell)
    for (role, opacity), cells in alike.items():
        if float(opacity):
            yield element("path", d="".join(cells), fill=role, fill_opacity=opacity)
    yield element("rect", x=x, y=top, width=size[0], height=size[1], fill="none", stroke="line", stroke_width=1)


def _number(x: float, y: float, value: float | None, look: Look, *, marked: bool) -> Iterator[str]:
    if value is not None:
        ink, middle = "ink" if value else "quiet", x + look.wide / 2
        yield text(middle, y + look.high / 2 + 4.5, said(value, look.scale), ink, DIGITS, anchor="middle")
    if marked:
        yield text(x + 2, y + 11, "*", "ink", NOTE, strong=True)


def _colour(value: float, look: Look, owner: int | None) -> tuple[str, float]:
    """The role of a number's colour, and how much of it."""
    if owner is not None:
        return f"detector{owner % len(DETECTORS)}", OWN
    if look.grey:
        return BLACK, 1 - min(max(value / BRIGHTEST, 0), 1)
    share = abs(value) / look.scale.largest if look.scale.largest else 0
    if look.picture:
        return "quiet", BRIGHT * share
    return ("above", ABOVE * share) if value > 0 else ("below", BELOW * share)


def _rim(x: float, y: float, wide: float, high: float, look: Look) -> Iterator[str]:
    """The padding around a picture, hatched."""
    across, down = look.rim * look.wide, look.rim * look.high
    yield hatched(x, y, wide, down)
    yield hatched(x, y + high - down, wide, down)
    yield hatched(x, y + down, across, high - 2 * down)
    yield hatched(x + wide - across, y + down, across, high - 2 * down)


def _framed(grid: HeatMap, look: Look, x: float, top: float) -> Iterator[str]:
    """An outline around what is framed, and around a detector."""
    cells, owners = grid.framed, {owner for row in grid.owners for owner in row}
    if len(owners) == 1 and None not in owners:
        size = (_columns(grid) * look.wide, len(grid.values) * look.high)
        role = f"detector{next(owner for owner in owners if owner is not None) % len(DETECTORS)}"
        yield element("rect", x=x, y=top, width=size[0], height=size[1], fill="none", stroke=role, stroke_width=2.5)
    if not cells:
        return
    rows, places = ({cell[axis] for cell in cells} for axis in (0, 1))
    x, y = x + min(places) * look.wide, top + min(rows) * look.high
    wide, high = (max(places) - min(places) + 1) * look.wide, (max(rows) - min(rows) + 1) * look.high
    for role, thick in (("ink", 4.5), ("focus", 2.5)):
        yield element("rect", x=x, y=y, width=wide, height=high, fill="none", stroke=role, stroke_width=thick)


def legend(x: float, y: float, scale: Scale, *, below: bool) -> Iterator[str]:
    """What the colours mean: from the largest ``below`` 0, where there is one, to the largest above it."""
    shares = [share / 4 for share in range(-4 if below else 0, 5)]
    for place, share in enumerate(shares):
        left = x + place * SWATCH
        yield element("rect", x=left, y=y, width=SWATCH, height=12, fill="paper", stroke="line", stroke_width=1)
        if share:
            role, most = ("above", ABOVE) if share > 0 else ("below", BELOW)
            opacity = f"{most * abs(share):.2f}"
            yield element("rect", x=left, y=y, width=SWATCH, height=12, fill=role, fill_opacity=opacity)
        if share in (-1, 0, 1):
            words = said(share * scale.largest, scale)
            yield text(left + SWATCH / 2, y + 26, words, "quiet", NOTE, anchor="middle")
