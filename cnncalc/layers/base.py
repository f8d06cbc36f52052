"""What a layer kind is: a frozen dataclass that states facts, from which everything else follows.

A kind tells its output shape, its filter banks (how many filters, how many inputs each sums) and its reach (which
inputs a unit reads, per axis). Parameters, MACs, receptive fields, worked formulas and notation are derived from
those, once, for every kind.
"""

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar, NamedTuple, Self

from cnncalc.errors import LayerError, ShapeError
from cnncalc.fields import IDENTITY, LONGEST_PERIOD, WHOLE, Reach, Taps
from cnncalc.language import _
from cnncalc.report import Shown
from cnncalc.sets import Inputs
from cnncalc.shapes import LARGEST, Shape
from cnncalc.symbols import Term

Sizes = tuple[int, ...]
"""One number for every axis, or one number per axis: ``(3,)`` or ``(1, 7)``."""
Size = int | Sizes
"""The same as a user may give it; a layer keeps it as `Sizes`."""


class FilterBank(NamedTuple):
    """``filters`` different filters, each summing ``fan_in`` inputs plus a bias, that together form ``outputs`` numbers.

    The one formula: parameters = filters·(fan_in + bias), MACs = outputs·fan_in. Sharing is ``filters < outputs``.
    A bank without filters multiplies but learns nothing (attention scores); one without outputs costs no MACs (norms).
    """

    filters: int
    fan_in: int
    bias: int
    outputs: int


Channels = Inputs | None
"""Some channels of a map; `None` is all of them."""


class Way(NamedTuple):
    """Channels that are read, and by which reach on every axis: without any, by the layer's own.

    Where it is not ``exact``, fewer may be read.
    """

    channels: Channels
    reaches: tuple[Reach, ...] = ()
    exact: bool = True


class Row(NamedTuple):
    """A map in one row: so many units ``before`` it, then ``each`` for every position.

    Those of a position stand side by side, or ``apart``: then the positions come again for each.
    """

    before: int = 0
    each: int = 1
    apart: bool = False


class Word(NamedTuple):
    """How a kind is written: which of its fields the parts of ``keyword[kernel][-channels][/stride][,option…]`` are.

    ``options`` maps the letters of an option to ``(field, value)``, or to ``(fields, value)`` where it sets several: a
    ready value for a bare word (``nobias``), or the name of the reader in `cnncalc.notation.words` for one that is followed by
    a number (``p1``).
    """

    kernel: str = ""
    channels: str = ""
    stride: str = ""
    options: Mapping[str, tuple[str | tuple[str, ...], Any]] = {}


class Layer(Shown, ABC):
    """One layer kind. Subclasses are `final` frozen dataclasses, one to a file.

    Unless a kind says otherwise it keeps the shape, learns nothing, multiplies nothing and is one-to-one.
    """

    __slots__ = ()

    keywords: ClassVar[Mapping[str, Mapping[str, Any]]]
    """Every keyword of the notation for this kind, with the fields it sets: ``{"maxpool": {"op": "max"}}``."""
    word: ClassVar[Word] = Word()
    letters: ClassVar[Mapping[str, str]] = {}
    """The textbook letter of each field that a formula uses: ``{"filters": "C_out"}``."""
    equation: ClassVar[str] = ""
    """What is multiplied and summed, biases apart, as `numpy.einsum` writes it; empty where that does not say it.

    Groups g of c input channels and o filters, m filters per channel, u units; S are the positions, K the taps of the
    window at each. What the weights lack, they share: without S, one filter serves all positions.
    """
    sized: ClassVar[tuple[str, ...]] = ()
    """The fields that may hold one number per axis: ``("kernel", "stride")``."""
    reads: ClassVar[Reach | None] = IDENTITY
    """What `reach` says of every axis and size, where that is one fact of the kind."""
    mixes: ClassVar[Reach | None] = IDENTITY
    """What `mixing` says of any number of channels, where that is one fact of the kind."""
    merges: ClassVar[bool] = False
    """Whether branches meet in it: no other kind takes several inputs."""
    stands_in: ClassVar[bool] = False
    """Whether it stands for one more input of the network, and reads nothing."""
    alone: ClassVar[bool] = False
    """Whether a kind that `merges` may also read one input, and is then written like any other."""
    known: ClassVar[bool] = True
    """Whether this is an operator that somebody described: all that is counted and followed is then exact."""

    @property
    def keyword(self) -> str:
        """The notation's keyword for this very layer: ``maxpool``."""
        for keyword, preset in self.keywords.items():
            if all(getattr(self, name) == value for name, value in preset.items()):
                return keyword
        raise LookupError(f"{self!r} has no keyword")

    def output(self, shape: Shape) -> Shape:
        """The shape that comes out; `ShapeError` if this layer can't take ``shape``."""
        return shape

    def merged(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape that comes out of all its inputs; `ShapeError` if it can't take them."""
        return self.output(*shapes)

    def banks(self, shape: Shape, output: Shape) -> tuple[FilterBank, ...]:
        """The filter banks for an input and its output shape; shapes of `Term` give banks of `Term`."""
        return ()

    def merged_banks(self, shapes: tuple[Shape, ...], output: Shape) -> tuple[FilterBank, ...]:
        """The filter banks of a merge, for all its inputs and its output shape."""
        return ()

    def buffers(self, shape: Shape) -> int:
        """How many numbers are stored but not learnt (running statistics)."""
        return 0

    def reach(self, axis: int, size: int | None) -> Reach | None:
        """Which inputs a unit reads on spatial axis ``axis`` of ``size`` inputs (`None`: not known yet).

        For an unknown size it has the earliest start there can be; it is `None` where nothing can be said without
        the size. A layer that ends the axis answers for its one remaining unit.
        """
        return self.reads

    def mixing(self, before: int | None, after: int | None) -> Reach | None:
        """Which of ``before`` channels each of ``after`` reads; `None` where that is not known, or not without numbers."""
        return self.mixes

    @property
    def spreads(self) -> bool:
        """Whether channels that come out stand for different places, or branches, of what went in."""
        return False

    @property
    def selects(self) -> bool:
        """Whether places that come out read some channels of their places, and not all."""
        return False

    def ways(self, channels: Channels, shape: Shape, output: Shape) -> Iterator[Way]:
        """What some channels of ``output`` read of an input of ``shape``."""
        from cnncalc.fields.readback import read_back  # few networks pick channels

        mixing = self.mixing(shape.channels, output.channels)
        if channels is None and self.selects:
            channels = Inputs(0, output.channels - 1)
        if channels is None or mixing is None:
            yield Way(None, exact=channels is None)
            return
        reach = self.reach(0, shape.space[0]) if shape.space else None
        if reach is None or not (reach.whole and reach.phases):
            yield Way(read_back(channels, mixing, shape.channels))
            return
        yield Way(channels, (IDENTITY,) * len(shape.space))  # its own number, and those that it is normalised by
        yield Way(read_back(channels, mixing, shape.channels), (WHOLE,) * len(shape.space))

    def parted(self, channels: Channels, branches: tuple[int, ...]) -> Iterator[tuple[int, Channels]]:
        """Of a merge, which channels of each branch of so many some channels read; branches that are not read are left out."""
        return ((branch, channels) for branch in range(len(branches)))

    def branch(self, branch: int, axis: int, extent: int | None, merged: int | None) -> Reach:
        """Of a merge of ``merged`` units, which of the ``extent`` units of a branch each reads on an axis.

        Place by place, or the single place of a branch from all of them; `None` are sizes that are not known.
        """
        return WHOLE if extent == 1 and merged != 1 else IDENTITY

    def placed(self, branch: int, shapes: tuple[Shape, ...]) -> tuple[Reach, ...]:
        """The same on every axis of a branch of maps of known ``shapes``; none where branches are all read alike."""
        return ()

    def cycle(self, axis: int) -> int | None:
        """After how many units along an axis the same weights come again: 1 where they are shared, `None` for never."""
        return 1

    def in_training(self) -> "Layer":
        """The layer as it acts while it learns, which differs where it then looks at the whole map."""
        return self

    def latest(self, axis: int) -> Reach | None:
        """The same for an unknown size with the latest start there can be; it differs only where the layer is `open`."""
        return self.reach(axis, None)

    @property
    def row(self) -> Row | None:
        """How the layer writes a map in one row; `None` for layers that write none."""
        return None

    @property
    def uneven(self) -> bool:
        """Whether what the layer reads may differ between axes of the same size."""
        return bool(self.ranks) or self.stands_in

    @property
    def open(self) -> bool:
        """Whether where its units start to read depends on a size that is not known."""
        return False

    @property
    def ranks(self) -> set[int]:
        """Of how many axes its sizes speak: empty where each is one number for all of them."""
        values = (getattr(self, name) for name in self.sized)
        return {len(value) for value in values if isinstance(value, tuple)} - {1}

    def symbolic(self) -> Self:
        """The same layer with `Term` leaves for its numbers, for a formula that shows itself."""
        return replace(  # type: ignore[type-var]
            self, **{name: _term(getattr(self, name), letter) for name, letter in self.letters.items()}
        )

    def __str__(self) -> str:
        changed = (
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)  # type: ignore[arg-type]
            if getattr(self, field.name) != field.default
        )
        return f"{type(self).__name__}({', '.join(changed)})"


def _term(value: Any, letter: str) -> Any:
    """``value`` under its letter; a number that already remembers how it came keeps that."""
    if isinstance(value, tuple):
        axes = {1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}[len(value)]
        return tuple(Term(number, letter + axis) for number, axis in zip(value, axes, strict=True))
    return value if value is None or isinstance(value, Term) else Term(value, letter)


def sizes(kind: str, name: str, value: Size, least: int = 1) -> Sizes:
    """``value`` as one number for every axis where they all agree, else one per axis; checked against ``least``.

    >>> sizes("conv", "kernel", 3), sizes("conv", "kernel", (3, 3)), sizes("conv", "kernel", (1, 7))
    ((3,), (3,), (1, 7))
    """
    numbers = value if isinstance(value, tuple) else (value,)
    if not 1 <= len(numbers) <= 3:
        raise LayerError(
            _("{kind}: {name} {value} has {count} axes: give 1, 2 or 3").format(
                kind=kind, name=name, value=value, count=len(numbers)
            )
        )
    for number in numbers:
        whole(kind, name, number, least)
    return numbers[:1] if len(set(numbers)) == 1 else numbers


def whole(kind: str, name: str, value: int, least: int = 1) -> int:
    """``value`` if it is a whole number from ``least`` to 2^63 − 1; otherwise `LayerError`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise LayerError(
            _("{kind}: {name} {value} is out of range: give a whole number from {least} to 2^63 − 1").format(
                kind=kind, name=name, value=value, least=least
            )
        )
    return value


def at(values: Size, axis: int) -> int:
    """The number for one axis."""
    if isinstance(values, int):
        return values
    return values[axis] if len(values) > 1 else values[0]


def abreast(*values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The values of each axis, a single one serving every axis; unequal counts are for `spread` to refuse.

    >>> list(abreast((3, 5), ((1, 1),)))
    [(3, (1, 1)), (5, (1, 1))]
    """
    rank = max(map(len, values))
    return zip(*(value * rank if len(value) == 1 else value for value in values), strict=False)


def spread(kind: str, name: str, values: Size, shape: Shape) -> Sizes:
    """One number per spatial axis of ``shape``; `ShapeError` where the counts don't match."""
    rank = len(shape.space)
    if isinstance(values, int):
        return (values,) * rank
    if len(values) == 1:
        return values * rank
    if len(values) != rank:
        raise ShapeError(
            _("{kind}: {name} {value} is for {given} axes, but {shape} has {rank}").format(
                kind=kind, name=name, value="x".join(map(str, values)), given=len(values), shape=shape, rank=rank
            )
        )
    return values


def grouped(groups: int, before: int | None, after: int | None) -> Reach | None:
    """Which channels each channel reads where each group reads its own.

    >>> grouped(2, 8, 4).taps(3)
    Taps(first=4, number=4, step=1)
    """
    if groups == 1:
        return WHOLE
    if before is None or after is None or after // groups > LONGEST_PERIOD:
        return None
    return Reach(before // groups, (Taps(0, before // groups),) * (after // groups))


def check_groups(kind: str, groups: int, channels: int, filters: int) -> None:
    """`ShapeError` unless the groups divide both the input channels and the filters."""
    for number, name in ((channels, _("input channels")), (filters, _("filters"))):
        if number % groups:
            divisors = [d for d in range(1, min(number, 4096) + 1) if number % d == 0]
            raise ShapeError(
                _("{kind}: {groups} groups do not divide {number} {name}: take one of {divisors}").format(
                    kind=kind,
                    groups=groups,
                    number=number,
                    name=name,
                    divisors=", ".join(map(str, divisors[:8])) + (", …" if len(divisors) > 8 else ""),
                )
            )
