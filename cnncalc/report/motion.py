"""Motion: pictures that change step by step, as plain numbers with every text ready to be set.

A `Motion` has its frames; a `Slide` is a kernel over a picture, from which frames follow, here and anew in a page where
somebody edits its numbers. Any other motion that follows from a kernel tells pages by which `Rule`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from cnncalc.language import _
from cnncalc.report.picture import HeatMap

Grid = tuple[tuple[float, ...], ...]
"""A matrix in plain numbers."""

DIGITS = 12
"""Sums are told to so many decimals: what rounding leaves behind is no number."""


class Frame(NamedTuple):
    """Maps as they are at one moment, and what is said of them.

    ``rim``: the first map is a picture, with so many rows and columns of padding around it. ``most`` is the largest
    number that the last map will have when it is full.
    """

    maps: tuple[HeatMap, ...]
    words: str = ""
    rim: int | None = None
    most: float = 0


class Rule(NamedTuple):
    """How a page works frames out anew from a kernel that somebody edits: by what its script calls ``name``.

    ``pattern`` is what is said of each frame, with names of numbers in braces.
    """

    name: str
    image: Grid
    kernel: Grid
    pattern: str


class Moving(Protocol):
    """What a picture that moves has: its frames, and the one that is shown where nothing moves."""

    @property
    def rule(self) -> Rule | None: ...

    @property
    def frames(self) -> Sequence[Frame]: ...

    @property
    def still(self) -> int: ...


class Motion(NamedTuple):
    """Frames one after another; ``still`` is the most telling."""

    frames: tuple[Frame, ...]
    still: int = 0

    @property
    def rule(self) -> None:
        """Frames that are known follow from nothing."""


class Slide(NamedTuple):
    """Kernels over a picture: one that every place shares, or one for each place, row by row; a bias for each.

    Rows and columns of the map are numbered from ``first``. ``kernel_choices`` and ``picture_choices`` are others to
    take, by their names. ``chosen`` is a place that was asked about.
    """

    image: Grid
    kernels: tuple[Grid, ...]
    biases: tuple[float, ...]
    padding: int = 0
    first: int = 0
    kernel_choices: tuple[tuple[str, Grid], ...] = ()
    picture_choices: tuple[tuple[str, Grid], ...] = ()
    chosen: int | None = None

    @property
    def rule(self) -> None:
        """Sliding has more than a kernel: a page takes the whole of it."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        kernel = self.kernels[0]
        rows, columns = (len(self.image) - len(kernel), len(self.image[0]) - len(kernel[0]))
        return rows + 2 * self.padding + 1, columns + 2 * self.padding + 1

    @property
    def padded(self) -> Grid:
        """The picture with zeros around it."""
        beside = (0.0,) * self.padding
        above = ((0.0,) * (len(self.image[0]) + 2 * self.padding),) * self.padding
        return (*above, *((*beside, *row, *beside) for row in self.image), *above)

    @property
    def answers(self) -> tuple[float, ...]:
        """The sum at every place, row by row.

        >>> Slide(((0, 1, 0, 0),), (((-1, 2),),), (1,)).answers
        (3, 0, 1)
        """
        rows, columns = self.size
        padded = self.padded
        return tuple(
            self._sum(self._products(padded, *divmod(place, columns)), place) for place in range(rows * columns)
        )

    @property
    def still(self) -> int:
        """The place that was asked about, or that with the largest answer, for better or worse."""
        answers = self.answers
        if self.chosen is not None:
            return self.chosen
        return max(range(len(answers)), key=lambda place: abs(answers[place]))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The window at every place, and the map filled up to there."""
        padded, answers = self.padded, self.answers
        return tuple(self._frame(padded, answers, place) for place in range(len(answers)))

    def _frame(self, padded: Grid, answers: tuple[float, ...], place: int) -> Frame:
        (rows, columns), own = self.size, place % len(self.kernels)
        y, x = divmod(place, columns)
        kernel, products = self.kernels[own], self._products(padded, y, x)
        window = frozenset((y + row, x + column) for row in range(len(kernel)) for column in range(len(kernel[0])))
        there = [answer if index <= place else None for index, answer in enumerate(answers)]
        filled = tuple(tuple(there[row * columns : (row + 1) * columns]) for row in range(rows))
        apart = len(self.kernels) > 1
        title = _("detector {letter}").format(letter=letter(own)) if apart else _("kernel")
        places = tuple(tuple(range(row * columns, (row + 1) * columns)) for row in range(rows))
        maps = (
            HeatMap(padded, _("picture"), framed=window),
            HeatMap(kernel, title, owners=owned(kernel, own) if apart else ()),
            HeatMap(products, _("products")),
            HeatMap(filled, _("feature map"), framed=frozenset({(y, x)}), owners=places if apart else ()),
        )
        words, most = self._words(padded, products, place), max(map(abs, answers))
        return Frame(maps, words, self.padding, most)

    def _products(self, padded: Grid, y: int, x: int) -> Grid:
        kernel = self.kernels[(y * self.size[1] + x) % len(self.kernels)]
        return tuple(
            tuple(round(weight * padded[y + row][x + column], DIGITS) for column, weight in enumerate(weights))
            for row, weights in enumerate(kernel)
        )

    def _sum(self, products: Grid, place: int) -> float:
        return round(sum(map(sum, products)) + self.biases[place % len(self.biases)], DIGITS)

    def _words(self, padded: Grid, products: Grid, place: int) -> str:
        """The sum written out; products of 0 are left out."""
        y, x = divmod(place, self.size[1])
        kernel, bias = self.kernels[place % len(self.kernels)], self.biases[place % len(self.biases)]
        terms = [
            f"{bracketed(padded[y + row][x + column])}·{bracketed(kernel[row][column])}"
            for row, line in enumerate(products)
            for column, product in enumerate(line)
            if product
        ]
        work = " + ".join(terms) or "0"
        work += f" {'−' if bias < 0 else '+'} {plainly(abs(bias))} (b)" if bias else ""
        told = {"y": y + self.first, "x": x + self.first, "sum": plainly(self._sum(products, place))}
        if not terms and not bias:
            return _("place ({y}, {x}): {sum}").format(**told)
        return _("place ({y}, {x}): {work} = {sum}").format(**told, work=work)


def owned(kernel: Grid, owner: int) -> tuple[tuple[int, ...], ...]:
    """The owners of a map that is all of one.

    >>> owned(((1, 2),), 7)
    ((7, 7),)
    """
    return tuple((owner,) * len(row) for row in kernel)


def letter(place: int) -> str:
    """What a detector is called: A, B, C … as in the notes; after Z by its number.

    >>> letter(0), letter(8), letter(30)
    ('A', 'I', '31')
    """
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def bracketed(value: float) -> str:
    """A factor: a negative one in brackets.

    >>> bracketed(-1), bracketed(2)
    ('(−1)', '2')
    """
    return f"({plainly(value)})" if value < 0 else plainly(value)


def plainly(value: float) -> str:
    """A number of a sum: at most three decimals, and a minus sign that is one.

    >>> plainly(-1), plainly(1 / 9), plainly(2.0)
    ('−1', '0.111', '2')
    """
    return f"{round(value, 3):g}".replace("-", "−") if abs(value) < 1e6 else f"{value:.6g}".replace("-", "−")
