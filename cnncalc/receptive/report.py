"""``rf`` as a `Report`: one row per layer, what set the field, and whatever else was asked about the units."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby, islice
from typing import Any

from cnncalc.analysis import Trace, trace
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import INPUT, Network
from cnncalc.notation.words import write
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import AxisField, Fields, Told, last_map, layer_fields
from cnncalc.receptive.growth import Growth, disagreements, growth
from cnncalc.report import Cell, Column, Later, Picture, Report, Table
from cnncalc.shapes import AXES, Shape

MOST_NOTES = 3
"""Of notes that may come many times, so many are written out."""

MOST_NAMES = 8
"""A longer path is shown by its ends."""


def receptive_fields(
    network: Network, input: Shape | None = None, asked: Asked | None = None, title: str = ""
) -> Report:
    """The receptive field of every layer of a network.

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> receptive_fields(chain([Conv(3), Conv(3)])).get("rf")
    5

    Raises `CnncalcError` for a layer that does not exist, or a question that needs an input size.
    """
    asked = asked or Asked()
    followed = trace(network, input)
    node = node_called(followed, asked.at)
    fields = layer_fields(followed)
    different = {id(field): field for field in fields}
    told_of = {key: (_dicts(field), _share(followed.input, field)) for key, field in different.items()}
    layers = [_layer(followed, index, *told_of[id(field)]) for index, field in enumerate(fields)]
    steps = [growth(followed, axis, node) for axis in range(len(followed.fields))]
    stages = _stages(followed, steps)
    head = fields[node]
    data: dict[str, Any] = {
        "network": title,
        "input": str(followed.input) if followed.input else None,
        "at": network.nodes[node].name,
        "rf": _agreed(axis.size for axis in head),
        "jump": _agreed(axis.jump for axis in head),
        "start": _agreed(axis.start for axis in head),
        "centre": _agreed(axis.centre for axis in head),
        "read": _agreed(axis.read for axis in head),
        "whole": any(axis.whole for axis in head),
        "share": layers[node]["share"],
        "exact": not any(is_unknown(current.layer) for current in network.nodes),
        "layers": layers,
        "path": [network.nodes[step.node].name for step in steps[0]],
        "growth": stages,
        "conventions": CONVENTIONS,
    }
    notes = [
        *_what_set_it(followed, node, fields, stages),
        *_path(followed, steps[0]),
        *_unusual(followed, node, head, layers),
    ]
    more, pictures, verdict = list[Table](), list[Picture](), True
    if asked != Asked(at=asked.at) or (followed.input and len(followed.input.space) == 1):
        from cnncalc.receptive.questions import answer_extras

        verdict = answer_extras(followed, node, asked, data, notes, more, pictures)
    return Report(
        "rf",
        data,
        Later(lambda: (_table(layers), *more)),
        tuple(notes),
        tuple(pictures),
        title or _("receptive field"),
        verdict=verdict,
    )


CONVENTIONS = {
    "size": "inputs from the first to the last that a unit reads, on an endless lattice, in input pixels",
    "jump": "inputs between neighbouring units, also called effective stride",
    "start": "first input that unit 0 reads, negative in the padding",
    "centre": "start + (size - 1) / 2",
    "read": "how many of these inputs are really read",
    "share": "the part of the input that the field of one unit covers at most",
}


def node_called(followed: Trace, at: str) -> int:
    """The layer asked about: by name, or the last one that slides."""
    if not at:
        return last_map(followed)
    names = {node.name: index for index, node in enumerate(followed.network.nodes)}
    blocks = {
        name.rsplit(".", depth)[0]: index for name, index in names.items() for depth in range(1, name.count(".") + 1)
    }
    found = (blocks | names).get(at)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(at, names, 3) or list(names)[:3]
        raise NetworkError(_("there is no layer {name}: take {known}").format(name=at, known=_(" or ").join(near)))
    return found


def field_text(field: Fields) -> tuple[Cell, Cell]:
    """Size and jump of a field in one cell each, as the tables show them."""
    cells = _field_cells([axis.to_dict() for axis in field]) if field else (None, None)
    return cells[0], cells[1]


def _agreed(values: Iterable[Told]) -> Any:
    """One value where all axes agree, else the list of them."""
    per_axis = list(values)
    return per_axis[0] if all(value == per_axis[0] for value in per_axis) else per_axis


def is_unknown(layer: Layer) -> bool:
    """Whether nobody described the operator, so that everything from it on is a lower bound."""
    return layer.keyword == "unknown"


def _layer(followed: Trace, index: int, field: list[dict[str, Any]], share: float | None) -> dict[str, Any]:
    node = followed.network.nodes[index]
    shape = followed.shapes[index] if followed.shapes else None
    word, keyword, kernel, stride = _told(node.layer)
    return {
        "name": node.name,
        "kind": keyword,
        "notation": word,
        "kernel": kernel,
        "stride": stride,
        "output": [*shape.space, shape.channels] if shape else None,
        "field": field,
        "share": share,
    }


@lru_cache(maxsize=1024)
def _told(layer: Layer) -> tuple[str, str, Any, Any]:
    return write(layer), layer.keyword, _plain(getattr(layer, "kernel", None)), _plain(getattr(layer, "stride", None))


@lru_cache(maxsize=1024)
def _plain(sizes: int | tuple[int, ...] | None) -> Any:
    """A size as JSON has it: one number, or a list of one per axis."""
    if isinstance(sizes, tuple):
        return sizes[0] if len(sizes) == 1 else list(sizes)
    return sizes


def _dicts(field: Fields) -> list[dict[str, Any]]:
    if all(axis is field[0] for axis in field):
        return [field[0].to_dict()] * len(field)
    return [axis.to_dict() for axis in field]


def _share(input: Shape | None, field: Fields) -> float | None:
    """The share of the image that the largest field covers; `None` without an input or a known size."""
    if input is None:
        return None
    covered = 1
    for axis, size in zip(field, input.space, strict=True):
        most = axis.size["max"] if isinstance(axis.size, dict) else axis.size
        if most is None and not axis.whole:
            return None
        covered *= size if axis.whole or most is None else min(int(most), size)
    return covered / input.positions


def _stages(followed: Trace, paths: list[tuple[Growth, ...]]) -> list[dict[str, Any]]:
    """What the layers of the path with the largest field add, those of one jump together; axis by axis."""
    stages = []
    for axis, steps in enumerate(paths):
        for jump, group in groupby(steps, key=lambda step: step.jump):
            members = [step for step in group if step.adds]
            if members:
                stages.append(
                    {
                        "axis": axis,
                        "jump": jump,
                        "adds": sum(step.adds for step in members),
                        "layers": [followed.network.nodes[step.node].name for step in members],
                    }
                )
    return stages


def _table(layers: list[dict[str, Any]]) -> Table:
    """The table for people and TSV: one row per layer; axes that differ are written 9×11."""
    given = any(layer["output"] for layer in layers)
    columns = [
        Column("name", _("layer")),
        Column("notation", _("notation"), minor=True),
        Column("kernel", _("kernel"), "number", minor=True),
        Column("stride", _("stride"), "number", minor=True),
        *([Column("output", _("output"))] if given else []),
        Column("size", _("field"), "count"),
        Column("jump", _("jump"), "number"),
        Column("start", _("start"), "number"),
        Column("centre", _("centre"), "number", minor=True),
        Column("read", _("read"), "count", minor=True),
        *([Column("share", _("of the input"), "share")] if given else []),
    ]
    different = {id(layer["field"]): layer["field"] for layer in layers}
    cells = {key: _field_cells(field) for key, field in different.items()}
    windows = {id(size): size for layer in layers for size in (layer["kernel"], layer["stride"])}
    sizes = {key: _joined([size]) for key, size in windows.items()}
    rows = [
        (
            layer["name"],
            layer["notation"],
            sizes[id(layer["kernel"])],
            sizes[id(layer["stride"])],
            *(["x".join(map(str, layer["output"]))] if given else []),
            *cells[id(layer["field"])],
            *([layer["share"]] if given else []),
        )
        for layer in layers
    ]
    return Table(tuple(columns), tuple(rows))


def _field_cells(field: list[dict[str, Any]]) -> tuple[Cell, ...]:
    if all(axis["whole"] and axis["jump"] == 0 for axis in field):
        return (_("whole input"), None, None, None, None)
    names = ("size", "jump", "start", "centre", "read")
    cells = [_joined([axis[name] for axis in field]) for name in names]
    if any(axis["whole"] for axis in field):
        cells[0] = _("whole, {size} sliding").format(size=cells[0])
    return tuple(cells)


def _joined(values: list[Any]) -> Cell:
    """A bare number where it is one; ``9x11`` where axes differ, ``48..52`` where units do."""
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    if all(value == flat[0] for value in flat):
        flat = flat[:1]
    if len(flat) == 1 and not isinstance(flat[0], dict):
        cell: Cell = flat[0]
        return cell
    return "x".join(told(value) for value in flat)


def told(value: Told) -> str:
    """A number, a range or a question mark.

    >>> told(7), told({"min": 48, "max": 52}), told(None)
    ('7', '48..52', '?')
    >>> told(1 / 3)
    '0.333333'
    """
    if isinstance(value, dict):
        return f"{told(value['min'])}..{told(value['max'])}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "?" if value is None else str(value)


def _what_set_it(followed: Trace, node: int, fields: list[Fields], stages: list[dict[str, Any]]) -> list[str]:
    """One line on the size, and what each stage contributes to it."""
    name, head = followed.network.nodes[node].name, fields[node]
    if not head or (head[0].size is None and not head[0].whole):
        return [_whyis_unknown(followed, name)]
    if all(axis.whole and not axis.jump for axis in head):
        return [_("{name}: every unit sees the whole input").format(name=name)]
    lines: dict[str, list[str]] = {}
    for axis, field in enumerate(head[: len(followed.fields)]):
        if field.branches:
            continue  # the rule is told elsewhere; no sum gives a size that differs from unit to unit
        mine = [
            _("{adds} at jump {jump}").format(adds=stage["adds"], jump=told(stage["jump"]))
            for stage in stages
            if stage["axis"] == axis
        ]
        line = (
            _("field {size}; the largest = {terms}") if isinstance(field.size, dict) else _("field {size} = {terms}")
        ).format(size=_size_text(field), terms=" + ".join(["1", *mine]))
        lines.setdefault(line, []).append(AXES[len(followed.fields)][axis])
    notes = [
        _("{name}: {line}").format(name=name, line=line)
        if len(lines) == 1
        else _("{name} on {axes}: {line}").format(name=name, axes=", ".join(letters), line=line)
        for line, letters in lines.items()
    ]
    if any(field.whole for field in head):
        notes.append(
            _("{name} also sees the whole input, through a branch that pools or attends to all of it").format(name=name)
        )
    last = len(followed.network.nodes) - 1
    if node != last and all(axis.whole for axis in fields[last]):
        notes.append(
            _("{last} sees the whole input; {name} is the last layer that slides over it").format(
                last=followed.network.nodes[last].name, name=name
            )
        )
    return notes


def _path(followed: Trace, steps: tuple[Growth, ...]) -> list[str]:
    """Which way through the branches has the largest field: the layers that add to it."""
    nodes = followed.network.nodes
    if not any(len(nodes[step.node].inputs) > 1 for step in steps):
        return []
    names = [nodes[step.node].name for step in steps if step.adds]
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES // 2], "…", *names[-MOST_NAMES // 2 :]]
    return [_("the path with the largest field: {path}").format(path=" → ".join(names))] if names else []


def _size_text(field: AxisField) -> str:
    """``212``, or ``48 or 52, with period 4``, or a range."""
    if field.phases and isinstance(field.size, dict):
        sizes = sorted({phase["size"] for phase in field.phases if phase["size"]})
        return _("{sizes}, with period {period}").format(
            sizes=_(" or ").join(map(str, sizes)), period=len(field.phases)
        )
    return told(field.size)


def _whyis_unknown(followed: Trace, name: str) -> str:
    strangers = [node.name for node in followed.network.nodes if is_unknown(node.layer)]
    if strangers:
        return _("the field is unknown from {stranger} on, whose operator is not known").format(stranger=strangers[0])
    return _("the field of {name} depends on the size of the input: give --input").format(name=name)


def _unusual(followed: Trace, node: int, head: Fields, layers: list[dict[str, Any]]) -> list[str]:
    """Lines on holes, units that read nothing, branches that disagree, and starts that are not known yet."""
    notes = []
    nodes = followed.network.nodes
    field = head[0]
    if isinstance(field.read, int) and isinstance(field.size, int) and field.read < field.size:
        notes.append(
            _(
                "of {size} inputs along an axis {read} are read: the others lie in the holes of a grid (gridding)"
            ).format(size=field.size, read=field.read)
        )
    for index, layer in enumerate(layers):
        if dead := layer["field"][0].get("dead"):
            notes.append(
                _("{name}: {dead} of every {period} units read nothing, because the stride exceeds the kernel").format(
                    name=nodes[index].name, dead=dead, period=max(len(layer["field"][0].get("phases", ())), dead)
                )
            )
            break
    apart = list(islice(disagreements(followed), MOST_NOTES + 1))
    for found in apart[:MOST_NOTES]:
        first, other = (_("the input") if i == INPUT else nodes[i].name for i in found.branches)
        notes.append(
            _("{name}: {first} and {other} are centred {apart} px apart; the field is their hull").format(
                name=nodes[found.node].name, first=first, other=other, apart=found.apart
            )
        )
    if len(apart) > MOST_NOTES:
        notes.append(_("further branches are not centred alike either"))
    if field.branches:
        rule = _(" and ").join(
            _("{size} from {start} + {jump}·i").format(
                size=told(b["size"]), start=told(b["start"]), jump=told(b["jump"])
            )
            for b in field.branches
        )
        notes.append(
            _("{name}: branches of different jumps meet, so the field differs by unit: unit i reads {rule}").format(
                name=nodes[node].name, rule=rule
            )
        )
    if isinstance(field.start, dict) and not field.branches:
        notes.append(_("where units start depends on the size of the input, because of same padding: give --input"))
    return notes
