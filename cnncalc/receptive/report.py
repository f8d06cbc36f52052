"""``rf`` as a `Report`: one row per layer, what set the field, and whatever else was asked about the units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby
from math import inf
from typing import Any

from cnncalc import analysis
from cnncalc.analysis import Trace
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import Network, blocks
from cnncalc.notation.words import write
from cnncalc.receptive import drawings
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import Fields, layer_fields, node_called, unknown_from
from cnncalc.receptive.cells import field_cells, numbers_of
from cnncalc.receptive.growth import Growth, growth
from cnncalc.report import Column, Later, Range, Report, Table, joined
from cnncalc.shapes import Shape


def receptive_fields(
    network: Network, input: Shape | None = None, asked: Asked | None = None, title: str = "", *, depth: int = 0
) -> Report:
    """The receptive field of every layer of a network; ``depth`` folds blocks below that many names (0: every layer).

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> receptive_fields(chain([Conv(3), Conv(3)])).get("rf")
    5

    Raises `CnncalcError` for a layer that does not exist, or a question that needs an input size.
    """
    asked = asked or Asked()
    followed = analysis.trace(network, input, training=asked.training)
    trace = followed.through_windows() if asked.windows_only else followed
    node = node_called(trace, asked.at)
    fields = layer_fields(trace)
    causes = trace.sources_of_whole(node) if trace.windows_only or any(axis.whole for axis in fields[node]) else []
    data = {"network": title, **_data(trace, node, fields, causes)}
    if network.placeholders:
        from cnncalc.receptive.inputs import of_each_input  # few networks have several inputs

        data["inputs"] = of_each_input(trace, node)
    layers = list(_folded(data["layers"], depth)) if depth > 0 else data["layers"]
    report = Report(
        "rf",
        {**data, "layers": layers},
        Later(lambda: (_table(layers), *_outputs_table(network, data["layers"]))),
        Later(lambda: _notes(trace, node, fields, causes, data)),
        title=title or _("receptive field"),
        drawings=drawings.drawings(followed, title, asked),
        ranges=_ranges(data),
    )
    return _answered(report, trace, node, asked)


def _notes(trace: Trace, node: int, fields: list[Fields], causes: list[int], data: dict[str, Any]) -> Iterable[str]:
    from cnncalc.receptive.notes import notes_on

    return notes_on(trace, node, fields, causes, data)


def _ranges(data: dict[str, Any]) -> dict[str, Range]:
    """What requirements are held against where it is not a bare number, or not the only one that could be meant."""
    outputs = ((entry, {**data, **entry, "unknown_from": None}) for entry in data["outputs"])
    of_outputs = {
        f"outputs.{entry['name']}.{key}": known for entry, own in outputs for key, known in _ranges_of(own).items()
    }
    return {**of_outputs, **_ranges_of(data)}


def _ranges_of(data: dict[str, Any]) -> dict[str, Range]:
    """The same for the layer asked, or an output: the whole input is larger than any number a field may have to reach."""
    if data["unknown_from"] and not data["whole"]:
        words = _("it is unknown from {unknown} on").format(unknown=data["unknown_from"])
        return dict.fromkeys(("rf", "jump", "start", "centre", "read"), Range(None, None, words))
    if data["whole"] and data["rf"] is None:
        return {"rf": Range(inf, inf, _("every unit reads the whole input, which it is judged by: nothing slides"))}
    if data["windows_only"] and data["rf"] is None:
        return {"rf": Range(None, None, _("nothing slides, and --windows-only leaves out the whole input"))}
    return {"rf": _through_windows(data["rf"])} if data["whole"] else {}


def _through_windows(size: Any) -> Range:
    sizes = size if isinstance(size, list) else [size]
    ends = [end for one in sizes for end in (one.values() if isinstance(one, dict) else [one])]
    known = [end for end in ends if end is not None]
    words = _("it is {value} through windows").format(value=joined(sizes))
    return Range(min(known, default=None), max(known) if known and len(known) == len(ends) else None, words)


def _answered(report: Report, trace: Trace, node: int, asked: Asked) -> Report:
    """Beside the report what else was asked; asking nothing imports nothing."""
    of_the_table = asked._replace(at="", training=False, windows_only=False, image="", figure=Asked().figure)
    if of_the_table == Asked() and not (trace.input and len(trace.input.space) == 1):
        return report
    from cnncalc.receptive.questions import Subject, answered

    return answered(report, Subject(trace, node, asked, report.data))


CONVENTIONS = {
    "size": "inputs from the first to the last that a unit reads, as if the input had no border, in input pixels",
    "jump": "inputs between neighbouring units, also called effective stride",
    "start": "first input that unit 0 reads, negative in the padding",
    "centre": "start + (size - 1) / 2",
    "read": "how many of these inputs are really read",
    "share": "the part of the input that the field of one unit covers at most",
    "rf": "the size of what slides: through windows; null where nothing does, or where it is not known",
    "whole": "units also read the whole input, through the layers that through names: "
    "statistics, gates, attention, dense layers",
}


def _data(trace: Trace, node: int, fields: list[Fields], causes: list[int]) -> dict[str, Any]:
    """The JSON contract, but for the title and what else is asked; ``causes`` are the layers that make it whole."""
    nodes, head = trace.network.nodes, fields[node]
    layers = _layers(trace, fields)
    paths = [growth(trace, axis, node) for axis in range(len(trace.fields))]
    unknown = unknown_from(trace, node)
    return {
        "input": str(trace.input) if trace.input else None,
        "at": nodes[node].name,
        **numbers_of(head),
        "through": [nodes[index].name for index in causes],
        "windows_only": trace.windows_only,
        "training": trace.training,
        "unknown_from": None if unknown is None else nodes[unknown].name,
        "share": layers[node]["share"],
        "exact": not trace.at_most(node) and not any(one.layer.reach(0, None) is None for one in trace.network.unknown),
        "assumed": trace.network.assumed,
        "layers": layers,
        "path": [nodes[step.node].name for step in paths[0]],
        "growth": _stages(trace, paths),
        "outputs": [
            {"name": nodes[index].name, **numbers_of(fields[index]), "share": layers[index]["share"]}
            for index in trace.network.outputs
        ],
        "conventions": CONVENTIONS,
    }


def _layers(trace: Trace, fields: list[Fields]) -> list[dict[str, Any]]:
    """One entry per layer."""
    entries = _once(fields, lambda field: (_dicts(field), _share(trace.input, field)))
    written = _once((node.layer for node in trace.network.nodes), _written)
    return [
        _layer(node.name, written[id(node.layer)], trace.shapes[index] if trace.shapes else None, *entries[id(field)])
        for index, (node, field) in enumerate(zip(trace.network.nodes, fields, strict=True))
    ]


def _layer(
    name: str, written: tuple[str, str, Any, Any], shape: Shape | None, field: list[dict[str, Any]], share: float | None
) -> dict[str, Any]:
    word, keyword, kernel, stride = written
    return {
        "name": name,
        "kind": keyword,
        "notation": word,
        "kernel": kernel,
        "stride": stride,
        "output": [*shape.space, shape.channels] if shape else None,
        "field": field,
        "share": share,
    }


def _folded(layers: list[dict[str, Any]], depth: int) -> Iterable[dict[str, Any]]:
    """One entry per block: what its last layer sees, which is what the block sees; no word of the notation says it."""
    for name, members in blocks([layer["name"] for layer in layers], depth):
        entry = layers[members[-1]] | {"name": name, "layers": len(members)}
        if len(members) > 1:
            entry |= {"kind": "block", "notation": None, "kernel": None, "stride": None}
        yield entry


def _written(layer: Layer) -> tuple[str, str, Any, Any]:
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


def _stages(trace: Trace, paths: list[tuple[Growth, ...]]) -> list[dict[str, Any]]:
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
                        "layers": [trace.network.nodes[step.node].name for step in members],
                    }
                )
    return stages


def _table(layers: list[dict[str, Any]]) -> Table:
    """The table for people and TSV: one row per layer; axes that differ are written 9×11."""
    sized, folded = any(layer["output"] for layer in layers), any("layers" in layer for layer in layers)
    fields = _once((layer["field"] for layer in layers), field_cells)
    windows = _once((layer[name] for layer in layers for name in ("kernel", "stride")), lambda size: joined([size]))
    rows = [
        (
            layer["name"],
            layer["notation"],
            *([layer["layers"]] if folded else []),
            windows[id(layer["kernel"])],
            windows[id(layer["stride"])],
            *(["x".join(map(str, layer["output"]))] if sized else []),
            *fields[id(layer["field"])],
            *([layer["share"]] if sized else []),
        )
        for layer in layers
    ]
    return Table(_columns(sized=sized, folded=folded), tuple(rows))


def _outputs_table(network: Network, layers: list[dict[str, Any]]) -> Iterable[Table]:
    """A row for each of several outputs."""
    if len(network.outputs) > 1:
        yield _table([layers[index] for index in network.outputs])._replace(title=_("outputs"))


def _columns(*, sized: bool, folded: bool) -> tuple[Column, ...]:
    return (
        Column("name", _("layer")),
        Column("notation", _("notation"), minor=True),
        *([Column("layers", _("layers"), "count")] if folded else []),
        Column("kernel", _("kernel"), "number", minor=True),
        Column("stride", _("stride"), "number", minor=True),
        *([Column("output", _("output"))] if sized else []),
        Column("size", _("field"), "count"),
        Column("jump", _("jump"), "number"),
        Column("start", _("start"), "number"),
        Column("centre", _("centre"), "number", minor=True),
        Column("read", _("read"), "count", minor=True),
        *([Column("share", _("of the input"), "share")] if sized else []),
    )


def _once(values: Iterable[Any], cell: Callable[[Any], Any]) -> dict[int, Any]:
    """The cell of every value by its identity: most layers of a deep network share theirs."""
    return {key: cell(value) for key, value in {id(value): value for value in values}.items()}
