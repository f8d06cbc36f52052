"""A sweep: the columns of any configurations of a family, by arrays where they can tell, one by one where not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnncalc.dtypes import BITS, bytes_of
from cnncalc.errors import CnncalcError, MisfitError
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network
from cnncalc.notation.templates import Open, Slot
from cnncalc.shapes import LARGEST, Shape
from cnncalc.sweeps.arrays import Numbers, Seen, Swept, UnsupportedError, swept
from cnncalc.sweeps.bounds import Bounds
from cnncalc.sweeps.family import Family
from cnncalc.sweeps.grid import Block, Grid
from cnncalc.sweeps.single import INPUT_NAME, answer, field_at

UNKNOWN = -1
"""What stands in a column of whole numbers where there is none; all real ones are 0 or more."""

SPACE = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""The columns of the sizes of the output, by how many axes the input has."""

TEXTS = ("reason", "layer")
SEEN = ("field", "read", "jump")
COUNTS = ("parameters", "macs", "memory")

MOST_REASONS = 100_000
"""So many texts are kept for when they come again."""
MOST_COMPARED = 12
"""So many terms of a sum are compared for which to add first."""

Array = Any
"""A NumPy array."""
Values = Mapping[str, Any]
"""For each variable an array of its values; any that broadcast together."""


class Coded(NamedTuple):
    """A column of texts: the place of each in a list, the first of which is nothing."""

    codes: Array
    texts: Sequence[str]

    @property
    def values(self) -> Array:
        """The texts themselves, as an array of objects."""
        return np.array(self.texts, dtype=object)[self.codes]


class Frame(Mapping[str, Any]):
    """Columns of equal length by their names: arrays, or `Coded` texts.

    A column is written out when it is looked at: until then it lives on the part of the grid that it depends on.
    """

    def __init__(
        self, columns: Mapping[str, Array], sizes: tuple[int, ...], texts: Mapping[str, Sequence[str]]
    ) -> None:
        self._columns, self._sizes, self._texts = columns, sizes, texts

    def __getitem__(self, name: str) -> Any:
        column = np.broadcast_to(self._columns[name], self._sizes).reshape(-1)
        return Coded(column, self._texts[name]) if name in self._texts else column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def rows(self) -> int:
        """How many configurations it has."""
        return prod(self._sizes)

    def chosen(self, places: Array | slice) -> Frame:
        """The frame with some of its rows."""
        columns = {name: np.broadcast_to(self._columns[name], self._sizes).reshape(-1)[places] for name in self}
        return Frame(columns, (len(columns["index"]),), self._texts)

    def slices(self, most: int) -> Iterator[Frame]:
        """The frame in pieces of so many rows, for what takes more memory for each than an array does."""
        flat = self.chosen(slice(None))
        for start in range(0, self.rows, most):
            yield flat.chosen(slice(start, start + most))


def joined(frames: Sequence[Frame]) -> Frame:
    """One frame of the rows of several, which have the same columns."""
    columns: dict[str, Array] = {}
    texts: dict[str, Sequence[str]] = {}
    for name in frames[0]:
        parts = [frame[name] for frame in frames]
        if isinstance(parts[0], Coded):
            known = {
                text: code for code, text in enumerate(dict.fromkeys(text for part in parts for text in part.texts))
            }
            parts = [np.array([known[text] for text in part.texts], np.int32)[part.codes] for part in parts]
            texts[name] = [*known]
        columns[name] = np.concatenate(parts)
    return Frame(columns, (len(columns["index"]),), texts)


class Sweep:
    """What is swept: a family, the values of its variables, and the type of a number, which tells its bytes.

    >>> from cnncalc.sweeps.family import template_family
    >>> sweep = Sweep(template_family("convK-8", "5x5x3"), {"K": (3, 7)})
    >>> frame = sweep.block(Block(0, (range(2),)))
    >>> frame["parameters"].tolist(), frame["layer"].values.tolist()
    ([224, -1], ['', 'conv1'])
    """

    def __init__(self, family: Family, variables: Mapping[str, Sequence[int]], dtype: str = "fp32") -> None:
        bytes_of(1, dtype)  # refuses a type that there is not
        self.family, self.dtype = family, dtype
        self.grid = Grid({name: tuple(values) for name, values in variables.items()})
        self.axes = SPACE[len(family.input) - 1]
        self.reasons: dict[str, int] = {"": 0}
        self.layers: dict[str, int] = {"": 0}
        self._number_types: dict[tuple[int, ...], Any] = {}

    @cached_property
    def _first(self) -> dict[str, int]:
        return self.grid.at(0) if self.grid.size else {}

    @cached_property
    def alike(self) -> bool:
        """Whether all axes of the input are, so that one field tells them all; by the rule of `cnncalc.analysis.trace`."""
        layers = (node.layer for node in self.family.open(self._first).nodes)
        return len(set(self.family.input[:-1])) == 1 and not any(map(_speaks_of_axes, layers))

    @property
    def seen(self) -> dict[str, tuple[str, int]]:
        """The columns of the field: of each what it tells, and of which axis."""
        if not self.axes:
            return {}
        if self.alike:
            return {name: (name, 0) for name in SEEN}
        return {f"{name}_{axis}": (name, place) for name in SEEN for place, axis in enumerate(self.axes)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in their order."""
        return ("index", *self.grid.variables, *COUNTS, *self.seen, *self.axes, "channels", *TEXTS)

    @property
    def on_arrays(self) -> bool:
        """Whether arrays have a rule for its layers; otherwise all is asked one by one, thousands of times slower."""
        return self._number_type(self._first) is not None

    def type_of(self, column: str) -> Any:
        """The NumPy type of a column; of a text, that of its codes.

        Jumps are fractions only where something enlarges, which arrays leave to be asked one by one.
        """
        if column in TEXTS:
            return np.int32
        told, _axis = self.seen.get(column, ("", 0))
        number = self._number_type(self._first)
        if told == "jump" and number is None:
            return np.float64
        return object if number is object and column in COUNTS else np.int64

    def block(self, block: Block) -> Frame:
        """The columns of a block of the grid."""
        self._forget()
        axes = [np.array(numbers, dtype=np.int64) for numbers in self._numbers(block)]
        rank = len(axes)
        values = {
            name: numbers.reshape([-1 if axis == place else 1 for axis in range(rank)])
            for place, (name, numbers) in enumerate(zip(self.grid.variables, axes, strict=True))
        }
        sizes = block.sizes
        repeated = [place for place, name in enumerate(values) if name in self.family.repeats]
        if not repeated:
            columns = self._columns(values, sizes)
        else:
            columns = {name: np.empty(sizes, self.type_of(name)) for name in self.columns if name != "index"}
            for chosen in product(*(range(sizes[place]) for place in repeated)):
                at = dict(zip(repeated, chosen, strict=True))
                where = tuple(slice(at[place], at[place] + 1) if place in at else slice(None) for place in range(rank))
                part = {name: numbers[_own(where, numbers)] for name, numbers in values.items()}
                inner = tuple(1 if place in at else size for place, size in enumerate(sizes))
                for name, column in self._columns(part, inner).items():
                    columns[name][where] = column
        index = np.arange(block.start, block.start + prod(sizes), dtype=np.int64).reshape(sizes)
        return self._frame(index, columns, sizes)

    def _forget(self) -> None:
        """Begin new lists of texts, once the old ones are long."""
        if len(self.reasons) > MOST_REASONS:
            self.reasons = {"": 0}

    def _numbers(self, block: Block) -> Iterator[tuple[int, ...]]:
        for places, numbers in zip(block.places, self.grid.variables.values(), strict=True):
            yield numbers[places.start : places.stop]

    def rows(self, indices: Sequence[int]) -> Frame:
        """The columns of any configurations, by their indices."""
        self._forget()
        index = np.array(indices, dtype=np.int64 if self.grid.is_countable else object)
        chosen = [self.grid.at(place) for place in indices]
        values = {name: np.array([one[name] for one in chosen], dtype=np.int64) for name in self.grid.variables}
        columns = {name: np.empty(len(index), self.type_of(name)) for name in self.columns if name != "index"}
        for places in self._alike_in_repeats(values, len(index)):
            part = {name: numbers[places] for name, numbers in values.items()}
            for name, column in self._columns(part, (len(places),)).items():
                columns[name][places] = column
        return self._frame(index, columns, index.shape)

    def _alike_in_repeats(self, values: Values, count: int) -> Iterator[Array]:
        """Places of configurations that have the same layers."""
        repeats = [values[name] for name in values if name in self.family.repeats]
        if not count:
            return
        if not repeats:
            yield np.arange(count)
            return
        _combinations, group = np.unique(np.stack(repeats), axis=1, return_inverse=True)
        group = group.reshape(-1)
        for number in range(int(group.max()) + 1):
            yield np.flatnonzero(group == number)

    def _frame(self, index: Array, columns: Mapping[str, Array], sizes: tuple[int, ...]) -> Frame:
        texts = {"reason": [*self.reasons], "layer": [*self.layers]}
        return Frame({name: index if name == "index" else columns[name] for name in self.columns}, sizes, texts)

    def _columns(self, values: Values, sizes: tuple[int, ...]) -> dict[str, Array]:
        """All columns but the index, of configurations that differ in numbers only; each broadcasts to ``sizes``."""
        here = {name: int(numbers.flat[0]) for name, numbers in values.items()}
        number = self._number_type(here)
        if number is None:
            return self._one_by_one(values, sizes)
        network = self.family.open(here)
        arrays = {
            name: here[name] if name in self.family.repeats else numbers.astype(number, copy=False)
            for name, numbers in values.items()
        }
        try:
            answers = swept(network, self.family.input, arrays, small=number is np.int64)
        except UnsupportedError:
            return self._one_by_one(values, sizes)
        return {**values, **_Laid(self, network, arrays, answers, sizes).columns()}

    def _number_type(self, values: Mapping[str, int]) -> Any:
        """The type of number that holds all that comes up on the way: 64 bits, Python's own, or none to be had."""
        key = tuple(values[name] for name in sorted(self.family.repeats) if name in values)
        if key not in self._number_types:
            bounds = {name: Bounds(min(numbers), max(numbers)) for name, numbers in self.grid.variables.items()}
            fixed = {name: values[name] for name in self.family.repeats}
            try:
                answers = swept(self.family.open(values), self.family.input, {**bounds, **fixed})
            except UnsupportedError:
                self._number_types[key] = None
            else:
                fits = peak(answers, BITS[self.dtype]) <= LARGEST
                self._number_types[key] = np.int64 if fits else object
        return self._number_types[key]

    def _one_by_one(self, values: Values, sizes: tuple[int, ...]) -> dict[str, Array]:
        columns = {name: np.full(sizes, UNKNOWN, self.type_of(name)) for name in self.columns if name not in values}
        del columns["index"]
        columns |= {name: np.zeros(sizes, np.int32) for name in TEXTS}
        arrays = {name: np.broadcast_to(numbers, sizes) for name, numbers in values.items()}
        for place in np.ndindex(sizes):
            row = answer(self.family, {name: int(numbers[place]) for name, numbers in arrays.items()}, self.dtype)
            if row.reason:
                columns["reason"][place] = self.reasons.setdefault(row.reason, len(self.reasons))
                columns["layer"][place] = self.layers.setdefault(row.layer, len(self.layers))
                continue
            told: dict[str, Any] = {"parameters": row.parameters, "macs": row.macs, "memory": row.memory}
            told |= {name: getattr(row.seen[axis], key) for name, (key, axis) in self.seen.items() if row.seen}
            told |= dict(zip(self.axes, row.output[:-1], strict=False)) | {"channels": row.output[-1]}
            for name, number in told.items():
                columns[name][place] = UNKNOWN if number is None else number
        return {**values, **columns}


class _Laid:
    """The columns of one walk over arrays: sums added up, flaws told, fields that were left open asked for."""

    def __init__(self, sweep: Sweep, network: Network, values: Values, answers: Swept, sizes: tuple[int, ...]) -> None:
        self.sweep, self.network, self.values, self.answers, self.sizes = sweep, network, values, answers, sizes

    def columns(self) -> dict[str, Array]:
        last = self.answers.flows[-1].shape
        numbers = (flow.shape.numbers for flow in self.answers.flows)
        told: dict[str, Any] = {
            "parameters": total(self.answers.parameters),
            "macs": total(self.answers.macs),
            "memory": total([bytes_of(number, self.sweep.dtype) for number in numbers]),
            **self._seen(),
            **dict.fromkeys(self.sweep.axes, UNKNOWN),
            **dict(zip(self.sweep.axes, last.space, strict=False)),
            "channels": last.channels,
        }
        reason, layer = self._flaws()
        if isinstance(reason, int):
            return {**told, "reason": 0, "layer": 0}
        valid = reason == 0
        told = {name: np.where(valid, number, UNKNOWN) for name, number in told.items()}
        return {**told, "reason": reason, "layer": layer}

    def _flaws(self) -> tuple[Any, Any]:
        """The codes of the reasons and of the layers; of several flaws the first is told."""
        wrong = sorted(self.answers.wrong, key=lambda flaw: flaw[0] == INPUT)
        flaws = [(index, truth, True) for index, truth in [*wrong, *self._unfit()]]
        flaws += [(index, truth, False) for index, truth in self.answers.misfits]
        reason: Any = 0
        layer: Any = 0
        for index, truth, is_wrong in reversed(flaws):
            truth = np.asarray(truth)
            name = INPUT_NAME if index == INPUT else self.network.nodes[index].name
            code = self.sweep.layers.setdefault(name, len(self.sweep.layers))
            reason = np.where(truth, self._reasons(index, truth, is_wrong=is_wrong), reason)
            layer = np.where(truth, code, layer)
        return reason, layer

    def _unfit(self) -> Iterator[tuple[int, Array]]:
        """Where a network that is for some sizes only is not for that of the input."""
        if self.network.takes is None and self.network.channels is None:
            return
        input = self.answers.input
        places = np.broadcast_shapes(*map(np.shape, (*input.space, input.channels)))
        truth = np.zeros(places, bool)
        for place in np.ndindex(places):
            values = {name: _number(number, place) for name, number in self.values.items()}
            truth[place] = bool(_problem(self.sweep.family, self.network, INPUT, values, ()))
        if truth.any():
            yield INPUT, truth

    def _reasons(self, index: int, truth: Array, *, is_wrong: bool) -> Array:
        """The codes of the reasons for which a layer is none, on the part of the grid that decides them."""
        sources = () if is_wrong or index == INPUT else self.network.nodes[index].inputs
        shapes = [self._shape(source) for source in sources]
        names = self._names(index)
        sizes = [size for shape in shapes for size in (*shape.space, shape.channels)]
        places = np.broadcast_shapes(*map(np.shape, (truth, *(self.values[name] for name in names), *sizes)))
        codes = np.zeros(places, np.int32)
        for place in map(tuple, np.argwhere(np.broadcast_to(truth, places))):
            values = {name: _number(number, place) for name, number in self.values.items()}
            inputs = [
                Shape(tuple(_number(size, place) for size in s.space), _number(s.channels, place)) for s in shapes
            ]
            problem = _problem(self.sweep.family, self.network, index, values, inputs)
            codes[place] = self.sweep.reasons.setdefault(problem, len(self.sweep.reasons))
        return codes

    def _names(self, index: int) -> set[str]:
        """The variables that stand in a layer, or in the input."""
        if index == INPUT:
            return {size.name for size in self.sweep.family.input if not isinstance(size, int)}
        layer = self.network.nodes[index].layer
        return layer.variables if isinstance(layer, Open) else set()

    def _shape(self, source: int) -> Shape:
        return self.answers.input if source == INPUT else self.answers.flows[source].shape

    def _seen(self) -> dict[str, Any]:
        """The columns of the field of the last node that slides."""
        node = self.answers.slides
        if node is None:
            return dict.fromkeys(self.sweep.seen, UNKNOWN)
        seen = self.answers.flows[node].seen or ()
        unknown = np.asarray(self.answers.open)
        told = {axis: self._told(seen[axis], unknown, node, axis) for _told, axis in set(self.sweep.seen.values())}
        return {name: told[axis][key] for name, (key, axis) in self.sweep.seen.items()}

    def _told(self, seen: Seen, unknown: Array, node: int, axis: int) -> dict[str, Any]:
        told = {"field": seen.size, "read": (seen.size - 1) // seen.step + 1, "jump": seen.jump}
        if not unknown.any():
            return told
        parts = [unknown, *(np.asarray(number) for number in seen)]
        if any(len(node.inputs) > 1 for node in self.network.nodes):
            parts += [np.asarray(size) for flow in self.answers.flows for size in flow.shape.space]
        places = np.broadcast_shapes(*map(np.shape, parts))
        asked = {name: np.array(np.broadcast_to(number, places)) for name, number in told.items()}
        for place in map(tuple, np.argwhere(np.broadcast_to(unknown, places))):
            values = {name: _number(number, place) for name, number in self.values.items()}
            outputs = tuple(
                Shape(tuple(_number(size, place) for size in flow.shape.space), 1) for flow in self.answers.flows
            )
            answers = field_at(self.sweep.family, values, outputs, node, axis)
            for name in SEEN:
                number = getattr(answers, name)
                asked[name][place] = UNKNOWN if number is None else number
        return asked


def _own(where: tuple[slice, ...], numbers: Array) -> tuple[slice, ...]:
    """The part of a slice of the grid that an array has: an axis along which it does not vary is kept."""
    return tuple(part if size > 1 else slice(None) for part, size in zip(where, numbers.shape, strict=True))


def _number(number: Any, place: tuple[int, ...]) -> int:
    """The number of an array at a place of a larger grid that it broadcasts to."""
    if isinstance(number, int):
        return number
    array = np.asarray(number)
    place = (0,) * (array.ndim - len(place)) + place  # what does not matter may be the first
    here = place[len(place) - array.ndim :]
    return int(array[tuple(min(at, size - 1) for at, size in zip(here, array.shape, strict=True))])


def _problem(family: Family, network: Network, index: int, values: Mapping[str, int], inputs: Sequence[Shape]) -> str:
    """What is wrong with a layer that has these numbers and gets these shapes."""
    try:
        if index == INPUT:
            family.shape(values)
            return ""
        layer = family.filled(network.nodes[index], values).layer
        if inputs:
            layer.merged(tuple(inputs))
    except MisfitError as problem:
        return problem.problem
    except CnncalcError as problem:
        return str(problem)
    return ""


def _speaks_of_axes(layer: Layer) -> bool:
    if isinstance(layer, Open):
        return any(
            isinstance(value, tuple) and not isinstance(value, Slot) and len(value) > 1 for _name, value in layer.fields
        )
    return bool(layer.ranks)


def total(terms: Iterable[Numbers]) -> Numbers:
    """The sum, so added up that as few additions as can be are on large parts of the grid.

    >>> total([np.ones((2, 1)), 5, np.ones((1, 3)), np.ones((2, 1))]).shape
    (2, 3)
    """
    groups: dict[tuple[int, ...], Numbers] = {}
    for term in terms:
        _add(groups, term)
    while len(groups) > 1:
        one, other = min(combinations(list(groups)[-MOST_COMPARED:], 2), key=_together)
        _add(groups, groups.pop(one) + groups.pop(other))
    return next(iter(groups.values()), 0)


def _add(groups: dict[tuple[int, ...], Numbers], term: Numbers) -> None:
    shape = np.shape(term)
    groups[shape] = groups[shape] + term if shape in groups else term


def _together(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> int:
    return prod(np.broadcast_shapes(*shapes))


def peak(answers: Swept, bits: int) -> int:
    """How far from 0 any number on the way was, where the variables are `Bounds`."""
    numbers: list[Numbers] = [sum(answers.parameters, start=0), sum(answers.macs, start=0), answers.open]
    numbers += [sum((flow.shape.numbers * bits for flow in answers.flows), start=0)]
    numbers += [number for flow in answers.flows for seen in flow.seen or () for number in seen]
    numbers += [size for flow in answers.flows for size in (*flow.shape.space, flow.shape.channels)]
    numbers += [truth for _index, truth in (*answers.wrong, *answers.misfits)]
    return max(number.peak if isinstance(number, Bounds) else abs(number) for number in numbers)
