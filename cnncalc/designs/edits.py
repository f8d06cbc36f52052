"""Edits of a network that keep its shapes: dilated, larger, moved or repeated windows, each alone, in pairs, by blocks.

Padding grows with the window, half on each side, so that every map keeps its size. How much an edit adds to any path is known before
anything is computed, and pairs that can't be enough are not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from itertools import combinations
from operator import mul
from typing import Any, NamedTuple

from cnncalc import formulas
from cnncalc.analysis import ancestors
from cnncalc.designs.design import Design, Facts, Warned, facts
from cnncalc.designs.goal import COSTS, FIELD, Goal
from cnncalc.errors import CnncalcError, LayerError, NetworkError, ShapeError, near
from cnncalc.language import _
from cnncalc.layers.base import at
from cnncalc.layers.sliding import Sliding, pair_at
from cnncalc.network import INPUT, Network, Node
from cnncalc.receptive.axisfield import slides
from cnncalc.shapes import Shape, shorten

MOST_TRIED = 2_000
"""So many edited networks are looked at."""
DILATIONS = (2, 4, 8, 16, 32, 64)
"""How much further apart taps may be than before."""
LARGER = (2, 4, 6, 8)
"""How much larger a kernel may be than before."""
REPEATS = (2, 3, 4)
"""How often a layer may stand in the place of one."""


class EditsError(CnncalcError, ValueError):
    """A kind of edit that there is not, or a network in which nothing can be edited."""


class Change(NamedTuple):
    """What becomes of one layer: fields with their new values, and how often it is repeated."""

    node: int
    values: tuple[tuple[str, Any], ...]
    repeats: int = 1


class Edit(NamedTuple):
    """Changes under one name; ``adds`` is how much any path gains at most, `None` where that is not known before."""

    text: str
    changes: tuple[Change, ...]
    adds: float | None

    @property
    def nodes(self) -> set[int]:
        return {change.node for change in self.changes}


class Tried(NamedTuple):
    """What was found: designs that meet the goal, the best first; the largest field of all; whether all edits were tried."""

    designs: tuple[Design, ...]
    before: Design
    largest: Design
    exhaustive: bool
    looked_at: int


def tried(
    network: Network, input: Shape, goal: Goal, kinds: Sequence[str], at: str = "", dtype: str = "fp32", count: int = 10
) -> Tried:
    """Edits of a network that meet a goal, those of least cost first; ``at`` is the layer whose field counts.

    >>> from cnncalc.designs.goal import read_goal
    >>> from cnncalc.notation.parsing import parse
    >>> network = parse("conv3-8,p1 conv3-8,p1")
    >>> tried(network, Shape((32, 32), 3), read_goal(["rf>=9"]), ["dilation"]).designs[0].edits
    ('conv1.dilation=4',)

    Raises `EditsError` where there is nothing to edit.
    """
    before = facts(network, input, at, dtype)
    singles = list(_edits(before, kinds))
    if not singles:
        raise EditsError(_("no layer on the way can be edited: take other --edits, or another --at"))
    found: list[tuple[tuple[float, ...], Facts, tuple[Edit, ...]]] = []
    largest: tuple[Facts, tuple[Edit, ...]] = before, ()
    looked_at, exhaustive = 0, True
    for edits in _choices(singles, before, goal):
        if len(edits) > 1 and _is_free(found, before, goal):
            break
        if looked_at >= MOST_TRIED:
            exhaustive = False
            break
        looked_at += 1
        edited = _edited(before, edits, input, at, dtype)
        if edited is None:
            continue
        measures = edited.measures
        if measures[FIELD] > largest[0].measures[FIELD]:
            largest = edited, edits
        if goal.met(measures):
            found.append((_rank(goal, before, edited, edits), edited, edits))
    found.sort(key=lambda entry: entry[0])
    designs = tuple(_design(before, edited, edits) for _rank, edited, edits in found[:count])
    return Tried(designs, before.design(), _design(before, *largest), exhaustive, looked_at)


def _is_free(found: Sequence[tuple[Any, Facts, Any]], before: Facts, goal: Goal) -> bool:
    """Whether something meets the goal for nothing: no edit takes parameters or layers away, so none costs less."""
    if goal.most or goal.least not in ("parameters", "layers"):
        return False
    return any(edited.measures[goal.least] == before.measures[goal.least] for _ranked, edited, _edits in found)


def _rank(goal: Goal, before: Facts, edited: Facts, edits: tuple[Edit, ...]) -> tuple[float, ...]:
    measures = edited.measures
    costs = (measures[goal.least], *(measures[cost] for cost in COSTS))
    rest = len(_new_warnings(before, edited)), sum(len(edit.changes) for edit in edits)
    return (-measures[FIELD], *costs, *rest) if goal.most else (*costs, *rest, measures[FIELD])


def _choices(singles: list[Edit], before: Facts, goal: Goal) -> Iterator[tuple[Edit, ...]]:
    """Every edit alone, then those pairs that can be enough and that no single edit is a part of already."""
    yield from ((edit,) for edit in singles)
    field = before.measures[FIELD]
    for one, other in combinations(singles, 2):
        if one.nodes & other.nodes:
            continue
        together = None if one.adds is None or other.adds is None else field + one.adds + other.adds
        asked = [want for want in goal.requirements if want.path == FIELD and want.sign in (">", ">=")]
        if together is None or goal.met({FIELD: together}, asked):
            yield one, other


def _edits(before: Facts, kinds: Sequence[str]) -> Iterator[Edit]:
    for kind in kinds:
        if kind not in KINDS:
            match = near(kind, KINDS)
            message = (
                _("there is no edit {kind}: did you mean {near}?")
                if match
                else _("there is no edit {kind}: take some of {known}")
            )
            raise EditsError(message.format(kind=shorten(kind), near=match, known=", ".join(KINDS)))
        yield from KINDS[kind](before)


def _windows(before: Facts) -> list[int]:
    """The layers with weights and a window larger than 1 on the way to the layer asked, that still slide."""
    nodes = before.network.nodes
    return [
        index
        for index in ancestors(before.network, before.node)
        if _has_weights(nodes[index])
        and max(_kernel(nodes[index])) > 1
        and all(slides(axis[index]) for axis in before.trace.fields)
    ]


def _has_weights(node: Node) -> bool:
    return isinstance(node.layer, Sliding) and bool(_names(node) & {"filters", "multiplier"})


def _names(node: Node) -> set[str]:
    return {field.name for field in fields(node.layer)}  # type: ignore[arg-type]


def _kernel(node: Node) -> tuple[int, ...]:
    return node.layer.kernel if isinstance(node.layer, Sliding) and isinstance(node.layer.kernel, tuple) else (1,)


def _dilations(before: Facts) -> Iterator[Edit]:
    yield from _alone_and_by_blocks(before, "dilation", DILATIONS, mul)


def _kernels(before: Facts) -> Iterator[Edit]:
    yield from _alone_and_by_blocks(before, "kernel", LARGER, lambda more, old: old + more if old > 1 else old)


def _alone_and_by_blocks(
    before: Facts, name: str, steps: Sequence[int], changed: Callable[[int, int], int]
) -> Iterator[Edit]:
    nodes, windows = before.network.nodes, _windows(before)
    groups: dict[str, list[int]] = {nodes[index].name: [index] for index in windows}
    for index in windows:
        for depth in range(1, nodes[index].name.count(".") + 1):
            groups.setdefault(f"{nodes[index].name.rsplit('.', depth)[0]}.*", []).append(index)
    for step in steps:
        for called, members in groups.items():
            if len(members) > 1 or not called.endswith(".*"):
                edit = _edit(before, called, name, members, partial(changed, step))
                if edit is not None:
                    yield edit


def _edit(before: Facts, called: str, name: str, members: list[int], changed: Callable[[int], int]) -> Edit | None:
    changes, adds, values = [], 0.0, set()
    for index in members:
        layer = before.network.nodes[index].layer
        new = tuple(map(changed, getattr(layer, name)))
        values.add("x".join(map(str, new)))
        change, more = _wider(before, index, name, new)
        changes.append(change)
        adds += more
    if len(values) > 1 and name == "dilation":
        return None  # layers that are dilated already, by different numbers: each is edited alone
    text = f"{called}.{name}={'/'.join(sorted(values))}"
    return Edit(text, tuple(changes), adds)


def _wider(before: Facts, index: int, name: str, new: tuple[int, ...]) -> tuple[Change, float]:
    """A layer with a larger window and as much more padding, and how much longer a path through it gets."""
    layer: Any = before.network.nodes[index].layer
    wider = {"kernel": layer.kernel, "dilation": layer.dilation, name: new}
    rank = max(len(layer.kernel), len(layer.dilation), len(new))
    growth = [
        formulas.window(at(wider["kernel"], axis), at(wider["dilation"], axis))
        - formulas.window(at(layer.kernel, axis), at(layer.dilation, axis))
        for axis in range(rank)
    ]
    values: dict[str, Any] = {name: new}
    if not isinstance(layer.padding, str):
        pairs = [pair_at(layer.padding, axis) if len(layer.padding) > 1 else layer.padding[0] for axis in range(rank)]
        values["padding"] = tuple(
            (first + more // 2, last + more - more // 2) for (first, last), more in zip(pairs, growth, strict=True)
        )
    source = before.network.nodes[index].inputs[0]
    jump = max(max(part.jump for part in before.trace.field(axis, source)) for axis in range(len(before.trace.fields)))
    return Change(index, tuple(values.items())), max(growth) * jump


def _strides(before: Facts) -> Iterator[Edit]:
    """Strides moved to an earlier layer: the last map stays as it is, those between get smaller."""
    nodes, windows = before.network.nodes, _windows(before)
    for late in windows:
        stride = getattr(nodes[late].layer, "stride")  # noqa: B009 - of any kind with a window
        if max(stride) == 1:
            continue
        for early in windows:
            if early < late and max(nodes[early].layer.stride) == 1:  # type: ignore[attr-defined]
                changes = (Change(early, (("stride", stride),)), Change(late, (("stride", (1,)),)))
                yield Edit(
                    f"{nodes[early].name}.stride={'x'.join(map(str, stride))} {nodes[late].name}.stride=1",
                    changes,
                    None,
                )


def _depths(before: Facts) -> Iterator[Edit]:
    """Layers that keep the shape, repeated."""
    for index in _windows(before):
        node = before.network.nodes[index]
        source = node.inputs[0]
        if before.trace.shape(source) == before.outputs[index] and not node.tied:
            _change, more = _wider(before, index, "kernel", _kernel(node))
            kernel = max(_kernel(node))
            jump = max(max(part.jump for part in axis[index]) for axis in before.trace.fields)
            for repeats in REPEATS:
                adds = (repeats - 1) * (formulas.window(kernel, max(node.layer.dilation)) - 1) * jump  # type: ignore[attr-defined]
                yield Edit(f"{node.name} x{repeats}", (Change(index, (), repeats),), adds + more)


KINDS: Mapping[str, Callable[[Facts], Iterator[Edit]]] = {
    "dilation": _dilations,
    "kernel": _kernels,
    "stride": _strides,
    "depth": _depths,
}
"""Every kind of edit."""


def _edited(before: Facts, edits: tuple[Edit, ...], input: Shape, at: str, dtype: str) -> Facts | None:
    """The edited network, if it is one, and gives the map that it gave."""
    changes = {change.node: change for edit in edits for change in edit.changes}
    try:
        edited = facts(applied(before.network, changes), input, at, dtype)
    except (LayerError, NetworkError, ShapeError):
        return None
    return edited if edited.outputs[-1] == before.outputs[-1] else None


def applied(network: Network, changes: Mapping[int, Change]) -> Network:
    """The network with its layers changed and repeated; what reads a repeated layer reads the last of them."""
    nodes: list[Node] = []
    places = {INPUT: INPUT}
    for index, node in enumerate(network.nodes):
        change = changes.get(index)
        layer = replace(node.layer, **dict(change.values)) if change and change.values else node.layer  # type: ignore[type-var]
        nodes.append(replace(node, layer=layer, inputs=tuple(places[source] for source in node.inputs)))
        for number in range(2, (change.repeats if change else 1) + 1):
            nodes.append(Node(layer, (len(nodes) - 1,), f"{node.name}_{number}"))
        places[index] = len(nodes) - 1
    return replace(network, nodes=tuple(nodes))


def _design(before: Facts, edited: Facts, edits: tuple[Edit, ...]) -> Design:
    return edited.design(tuple(edit.text for edit in edits), _new_warnings(before, edited))


def _new_warnings(before: Facts, edited: Facts) -> tuple[Warned, ...]:
    known = set(before.warnings)
    return tuple(warning for warning in edited.warnings if warning not in known)
