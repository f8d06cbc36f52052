"""The numbers as course notes count them, beside the exact ones: one input channel, no bias here, round there.

What the notes leave out are slips like any other, so their numbers come from `cnncalc.exercises.counts`: the exercise with the
slips made. Nothing is a slip that the notes do on purpose; the table says what they left out, and how much it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.comparison.rows import Spec
from cnncalc.exercises.answers import Value
from cnncalc.exercises.counts import SLIPS, Exercise, exercise, solve
from cnncalc.language import N_, NN_, _, counted
from cnncalc.layers.base import at
from cnncalc.layers.sliding import NONE
from cnncalc.report import Cell, Column, Report, Table
from cnncalc.shapes import LARGEST, Shape

SMALL = 5
"""The notes walk through an image of 5×5 before they come to the real one."""


class Item(NamedTuple):
    """One number of the notes: what it counts, of which spec and row, and what the notes leave out, in order.

    It makes sense for windows that span at most ``widest`` inputs.
    """

    label: str | tuple[str, str]
    spec: Callable[[Spec], Spec]
    of: str
    slips: tuple[str, ...]
    widest: int = LARGEST


def _as_asked(spec: Spec) -> Spec:
    return spec


def _one_filter(spec: Spec) -> Spec:
    return replace(spec, filters=1, groups=1)


def _small(spec: Spec) -> Spec:
    shape = Shape((SMALL,) * len(spec.shape.space), 1)
    return replace(spec, shape=shape, filters=1, groups=1, stride=(1,), padding=NONE)


ITEMS: Mapping[str, Item] = {
    "dense": Item(
        NN_("fully connected, {units} unit", "fully connected, {units} units"), _as_asked, "dense", ("no_bias",)
    ),
    "one_filter": Item(N_("one filter"), _one_filter, "conv", ("one_input_channel",)),
    "filters": Item(NN_("{filters} filter", "{filters} filters"), _as_asked, "conv", ("one_input_channel",)),
    "small_positions": Item(N_("positions on {small}"), _small, "conv.positions", (), SMALL),
    "small": Item(N_("one filter at each, apart"), _small, "local", (), SMALL),
    "positions": Item(N_("positions on {shape}"), _as_asked, "conv.positions", ("rounded",)),
    "local_one": Item(N_("one filter at each, apart"), _one_filter, "local", ("one_input_channel", "rounded")),
    "local": Item(
        NN_("{filters} filter at each, apart", "{filters} filters at each, apart"),
        _as_asked,
        "local",
        ("one_input_channel", "rounded"),
    ),
}
"""The notes' numbers, in the order in which they come to them."""


class Remark(NamedTuple):
    """What the notes leave out, in a word for the table and in a sentence below it."""

    word: str
    sentence: str


REMARKS: Mapping[str, Remark] = {
    "no_bias": Remark(N_("no bias"), N_("no bias: the notes leave out the {units} biases")),
    "one_input_channel": Remark(
        N_("one channel"), N_("one channel: the notes count one input channel; this input has {channels}")
    ),
    "rounded": Remark(N_("rounded"), N_("rounded: the notes round {positions} positions to {rounded}")),
}
"""The remark on each slip that the notes make."""


class Taught(NamedTuple):
    """One item counted three ways: as taught, the same without rounding, and exactly; and the slips that differ."""

    name: str
    label: str
    taught: Value
    unrounded: Value
    exact: Value
    slips: tuple[str, ...]


def taught(spec: Spec) -> tuple[Taught, ...]:
    """Every item that makes sense for ``spec``.

    >>> local = taught(Spec(Shape((224, 224), 3), 3, 64))[-1]
    >>> int(local.taught[0]), int(local.unrounded[0]), int(local.exact[0])
    (31360000, 31541760, 88316928)
    """
    return tuple(_count(name, item, spec) for name, item in ITEMS.items() if _applies(item, spec))


def _applies(item: Item, spec: Spec) -> bool:
    if item.of == "dense" or spec.kernel is None:
        return item.of == "dense"
    spans = (formulas.window(at(spec.kernel, axis), at(spec.dilation, axis)) for axis in range(len(spec.shape.space)))
    return max(spans) <= item.widest


def _count(name: str, item: Item, spec: Spec) -> Taught:
    mistaken = exercise(item.spec(spec), item.of)
    exact = unrounded = value = solve(mistaken)
    slips = []
    for slip in (slip for slip in SLIPS if slip.name in item.slips):
        wrong: Exercise | None = slip.mistake(mistaken)
        if wrong is None or solve(wrong) == value:
            continue
        mistaken, value = wrong, solve(wrong)
        unrounded = unrounded if slip.name == "rounded" else value
        slips.append(slip.name)
    label = counted(item.label, spec.units if item.of == "dense" else spec.filters).format(
        units=f"{spec.units:,}",
        filters=f"{spec.filters:,}",
        shape=spec.shape,
        small=Shape((SMALL,) * len(spec.shape.space), 1),
    )
    return Taught(name, label, value, unrounded, exact, tuple(slips))


def as_taught(spec: Spec) -> Report:
    """The whole table, the notes' way beside the exact one.

    >>> as_taught(Spec(Shape((224, 224), 3), 3, 64)).get("filters.taught")
    640
    """
    items = taught(spec)
    columns = tuple(_columns())
    table = Table(
        tuple(column for column, _cell in columns),
        tuple(tuple(cell(item) for _column, cell in columns) for item in items),
    )
    data = {"input": str(spec.shape), "items": [_data(item) for item in items]}
    return Report("taught", data, (table,), _remarks(items, spec), title=_("as course notes count, and exactly"))


def _data(item: Taught) -> dict[str, Any]:
    ways = {"taught": item.taught[0], "unrounded": item.unrounded[0], "exact": item.exact[0]}
    return {
        "name": item.name,
        **{way: int(number) for way, number in ways.items()},
        **{f"{way}_worked": str(number) for way, number in ways.items()},
        "slips": list(item.slips),
    }


def _columns() -> Iterator[tuple[Column, Callable[[Taught], Cell]]]:
    """Every column of the table, and what an item has in it."""
    yield Column("name", _("name"), minor=2), lambda item: item.name
    yield Column("item", _("what is counted")), lambda item: item.label
    yield Column("taught", _("as taught"), "count"), lambda item: int(item.taught[0])
    yield Column("unrounded", _("not rounded"), "count", minor=1), lambda item: int(item.unrounded[0])
    yield Column("exact", _("exact"), "count"), lambda item: int(item.exact[0])
    yield Column("exact_worked", _("worked"), "formula", minor=3), lambda item: item.exact[0]
    yield Column("difference", _("what the notes do")), lambda item: _differences(item.slips)


def _differences(slips: tuple[str, ...]) -> str:
    return _(", ").join(_(REMARKS[slip].word) for slip in slips) or _("agrees")


def _remarks(items: tuple[Taught, ...], spec: Spec) -> tuple[str, ...]:
    """A sentence for every slip that makes a difference somewhere."""
    named = {item.name: item for item in items}
    rounded, positions = (named["positions"].taught[0], named["positions"].exact[0]) if "positions" in named else (0, 0)
    return tuple(
        _(remark.sentence).format(
            units=f"{spec.units:,}",
            channels=f"{spec.shape.channels:,}",
            positions=f"{int(positions):,}",
            rounded=f"{int(rounded):,}",
        )
        for slip, remark in REMARKS.items()
        if any(slip in item.slips for item in items)
    )
