"""``summary`` as a `Report`: shape, parameters, MACs, memory and field of every layer, and what they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import counting
from cnncalc.analysis import counts, shapes, trace
from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.network import INPUT, Network, blocks
from cnncalc.notation.words import write
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.axisfield import Fields, layer_fields
from cnncalc.receptive.cells import field_text
from cnncalc.receptive.drawings import explorer
from cnncalc.receptive.notes import assumptions, listed, outputs_named
from cnncalc.report import Cell, Column, Drawing, Later, Range, Report, Table, in_bytes
from cnncalc.shapes import Shape, shorten

MOST_NAMED = 8
"""So many unknown operators are named."""

if TYPE_CHECKING:
    from cnncalc.report.figures import Blocks

SUMMED = ("parameters", "weights", "biases", "buffers", "macs", "flops", "memory")
"""The columns whose total is their sum."""

CONVENTIONS = {
    **counting.CONVENTIONS,
    "trainable": "parameters without those that are frozen",
    "memory": "bytes of the layer's output, every layer writing a tensor of its own",
    "peak_inference": "bytes of the outputs that must be held at the same time, batch 1, freed after their last use",
    "peak_training": "bytes of the input and every output, which the backward pass needs again",
}


ALIASES = {"total.memory.peak": "total.peak_inference"}
"""Paths to a field by the words of another."""


class Line(NamedTuple):
    """What stands in one row: a layer, or a block of them, from the ``first`` to the ``last`` of its nodes."""

    name: str
    kind: str
    notation: str | None
    output: Shape
    counted: Count
    memory: int
    first: int
    last: int
    frozen: int = 0
    """How many of its parameters are not to be learnt now."""

    @property
    def layers(self) -> int:
        """How many layers it is."""
        return self.last - self.first + 1

    @property
    def words(self) -> str:
        """Its notation for people, who are told how many layers a block has."""
        return self.notation or _("{count} layers").format(count=self.layers)


def summary_report(
    network: Network, input: Shape | None = None, *, dtype: str = "fp32", depth: int = 0, title: str = ""
) -> Report:
    """The table of a network; ``depth`` folds blocks below that many names (0: every layer).

    >>> from cnncalc.network import chain
    >>> from cnncalc.layers.conv import Conv
    >>> report = summary_report(chain([Conv(3, 64), Conv(3, 64)]), Shape((224, 224), 3))
    >>> report.get("total.parameters"), report.get("conv2.macs")
    (38720, 1784217600)

    Raises `NetworkError` without an input shape, and `ShapeError` for a layer that can't take what it gets.
    """
    shape = input or network.input
    if shape is None:
        raise NetworkError(_("a summary needs the shape of the input: give --input 224x224x3"))
    outputs = shapes(network, shape)
    counted = counts(network, shape, outputs)
    followed = trace(network, shape) if shape.space else None
    seen = layer_fields(followed) if followed else [()] * len(network)
    lines = list(lines_of(network, outputs, counted, dtype, depth))
    fields = [seen[line.last] for line in lines]
    exact = network.counted
    data: dict[str, Any] = {
        "network": title,
        "input": str(shape),
        "dtype": dtype,
        "exact": exact,
        "unknown": _unknown(network, counted),
        "assumed": network.assumed,
        "total": totals(network, shape, outputs, counted, dtype),
        "layers": [
            _row(line, field) | ({"layers": line.layers} if depth > 0 else {})
            for line, field in zip(lines, fields, strict=True)
        ],
        "outputs": [network.nodes[index].name for index in network.outputs],
        "unused": {"parameters": sum(network.unused.values()), "names": dict(network.unused)},
        "conventions": CONVENTIONS,
    }
    return Report(
        "summary",
        data,
        Later(lambda: (_table(lines, fields, data["total"], exact=exact, folded=depth > 0),)),
        Later(lambda: _notes(network, data, exact=exact)),
        title=title or _("summary"),
        drawings=(
            *([explorer(followed, title, Asked())] if followed else []),
            Drawing("blocks", lambda: _blocks(network, outputs, counted, depth, title)),
        ),
        ranges={} if exact else dict(_lower_bounds(data["total"])),
        aliases=ALIASES,
    )


def _blocks(network: Network, outputs: tuple[Shape, ...], counted: tuple[Count, ...], depth: int, title: str) -> Blocks:
    from cnncalc.report.figures import Block  # when somebody looks
    from cnncalc.summary.figure import blocks

    def folded(depth: int) -> Iterable[Block]:
        for line in lines_of(network, outputs, counted, "fp32", depth):
            yield Block(line.name, line.words, line.counted.parameters, line.counted.macs)

    depths = max((node.name.count(".") for node in network.nodes), default=0)
    return blocks(folded, depth, depths, title)


def _lower_bounds(total: dict[str, int]) -> Iterable[tuple[str, Range]]:
    """What the totals are where an operator is not known: so much, or more."""
    for key, number in total.items():
        yield f"total.{key}", Range(number, None, _("all that is known is ≥ {number}").format(number=f"{number:,}"))


def lines_of(
    network: Network, outputs: tuple[Shape, ...], counted: tuple[Count, ...], dtype: str, depth: int
) -> Iterable[Line]:
    """One line per layer, or per run of layers in the same block."""
    written = [
        0 if node.layer.stands_in else bytes_of(output.numbers, dtype)
        for node, output in zip(network.nodes, outputs, strict=True)
    ]
    frozen = _frozen(network, counted)
    if depth < 1:
        for index, node in enumerate(network.nodes):
            word = write(node.layer)
            sizes = outputs[index], counted[index], written[index]
            yield Line(node.name, node.layer.keyword, word, *sizes, index, index, frozen[index])
        return
    for name, members in blocks([node.name for node in network.nodes], depth):
        last = members[-1]
        layer = network.nodes[last].layer
        folded = len(members) > 1
        yield Line(
            name,
            "block" if folded else layer.keyword,
            None if folded else write(layer),
            outputs[last],
            summed(tuple(counted[i] for i in members)),
            sum(written[i] for i in members),
            members[0],
            last,
            sum(frozen[i] for i in members),
        )


def _frozen(network: Network, counted: tuple[Count, ...]) -> list[int]:
    """How many of each node's parameters are not to be learnt now."""
    pairs = zip(network.nodes, counted, strict=True)
    return [min(max(node.stored.frozen, 0), own.parameters) if node.stored else 0 for node, own in pairs]


def summed(counted: tuple[Count, ...]) -> Count:
    """The counts of several layers together."""
    return Count(*map(sum, zip(*counted, strict=True)))


def _row(line: Line, field: Fields) -> dict[str, Any]:
    return {
        "name": line.name,
        "kind": line.kind,
        "notation": line.notation,
        "output": [*line.output.space, line.output.channels],
        "parameters": line.counted.parameters,
        "trainable": line.counted.parameters - line.frozen,
        "weights": line.counted.weights,
        "biases": line.counted.biases,
        "buffers": line.counted.buffers,
        "macs": line.counted.macs,
        "flops": line.counted.flops,
        "bias_additions": line.counted.bias_additions,
        "memory": line.memory,
        "field": [axis.to_dict() for axis in field],
    }


def totals(
    network: Network, shape: Shape, outputs: tuple[Shape, ...], counted: tuple[Count, ...], dtype: str
) -> dict[str, int]:
    total = summed(counted)
    written = [bytes_of(output.numbers, dtype) for output in outputs]
    given = sum(written[index] for index in network.placeholders)
    return {
        "parameters": total.parameters,
        "trainable": total.parameters - sum(_frozen(network, counted)),
        "weights": total.weights,
        "biases": total.biases,
        "buffers": total.buffers,
        "macs": total.macs,
        "flops": total.flops,
        "bias_additions": total.bias_additions,
        "memory": sum(written) - given,
        "parameter_memory": bytes_of(total.parameters, dtype),
        "peak_inference": peak(network, bytes_of(shape.numbers, dtype), written),
        "peak_training": bytes_of(shape.numbers, dtype) + sum(written),
        "layers": len(network) - len(network.placeholders),
    }


def peak(network: Network, input: int, written: list[int]) -> int:
    """The most bytes held at once, where each tensor is freed after the last layer that reads it.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> peak(chain([Conv(3), Conv(3), Conv(3)]), 10, [40, 20, 5])
    60
    """
    last_use = {INPUT: 0, **dict.fromkeys(network.outputs, len(written))}
    for index, node in enumerate(network.nodes):
        for source in node.reads:
            last_use[source] = max(index, last_use.get(source, 0))  # an output is held to the end
    frees: dict[int, list[int]] = {}
    for source, index in last_use.items():
        frees.setdefault(index, []).append(source)
    given = frozenset(network.placeholders)  # further inputs are there from the start
    held = most = input + sum(written[index] for index in given)
    for index, size in enumerate(written):
        held += 0 if index in given else size
        most = max(most, held)
        if index not in last_use:
            held -= size
        held -= sum(input if source == INPUT else written[source] for source in frees.get(index, ()))
    return most


def _table(lines: list[Line], fields: list[Fields], total: dict[str, int], *, exact: bool, folded: bool) -> Table:
    columns = (
        Column("name", _("layer")),
        Column("notation", _("notation"), minor=True),
        *([Column("layers", _("layers"), "count")] if folded else []),
        Column("output", _("output")),
        Column("parameters", _("parameters"), "count"),
        Column("weights", _("weights"), "count", minor=True),
        Column("biases", _("biases"), "count", minor=True),
        Column("buffers", _("buffers"), "count", minor=True),
        Column("macs", _("MACs"), "count"),
        Column("flops", _("FLOPs"), "count", minor=2),
        Column("memory", _("memory"), "bytes", minor=True),
        Column("size", _("field"), "count"),
        Column("jump", _("jump"), "number", minor=True),
    )
    rows = tuple(
        (
            line.name,
            line.notation,
            *([line.layers] if folded else []),
            str(line.output),
            line.counted.parameters,
            line.counted.weights,
            line.counted.biases,
            line.counted.buffers,
            line.counted.macs,
            line.counted.flops,
            line.memory,
            *field_text(field),
        )
        for line, field in zip(lines, fields, strict=True)
    )
    sums: tuple[Cell, ...] = tuple(total[key] if exact else f"≥ {total[key]}" for key in SUMMED)
    layers = [total["layers"]] if folded else []
    return Table(columns, rows, total=(_("total"), "", *layers, "", *sums, None, None))


def _notes(network: Network, data: dict[str, Any], *, exact: bool) -> Iterable[str]:
    total = data["total"]
    yield _(
        "parameters {parameters}, activations {inference} at the peak for inference, {training} for training"
    ).format(
        parameters=in_bytes(total["parameter_memory"]),
        inference=in_bytes(total["peak_inference"]),
        training=in_bytes(total["peak_training"]),
    )
    if tied := [node for node in network.nodes if node.tied]:
        yield _("{name} uses the weights of {tied}, which are counted once").format(
            name=tied[0].name, tied=tied[0].tied
        )
    yield from outputs_named(network)
    if network.unused:
        yield _("{number} parameters are stored that no output depends on, and not counted: {names}").format(
            number=f"{sum(network.unused.values()):,}", names=listed(list(network.unused))
        )
    if frozen := total["parameters"] - total["trainable"]:
        yield _("{frozen} of the parameters are frozen, {trainable} are trainable").format(
            frozen=f"{frozen:,}", trainable=f"{total['trainable']:,}"
        )
    if network.unknown:
        yield _counted_note(data) if exact else _unknown_note(data)
    yield from assumptions(network)


def _unknown(network: Network, counted: tuple[Count, ...]) -> dict[str, Any]:
    """How many layers are of unknown operators, how often each operator occurs, and what is known of their numbers."""
    operators = Counter(layer.operator for layer in network.operators())
    theirs = (count.parameters for node, count in zip(network.nodes, counted, strict=True) if not node.layer.known)
    return {"layers": operators.total(), "parameters": sum(theirs), "operators": dict(operators.most_common())}


def _counted_note(data: dict[str, Any]) -> str:
    return _(
        "{unknown} of {layers} operators have no layer kind ({operators}): they are counted by the shapes that the "
        "framework gives them, and which inputs their units read is not known"
    ).format(unknown=data["unknown"]["layers"], layers=data["total"]["layers"], operators=_operators(data))


def _operators(data: dict[str, Any]) -> str:
    """The unknown operators, the most frequent ones by name."""
    operators, nameless = list(data["unknown"]["operators"].items()), _("no name")
    return ", ".join(f"{shorten(name) or nameless} ×{number}" for name, number in operators[:MOST_NAMED])


def _unknown_note(data: dict[str, Any]) -> str:
    total, unknown = data["total"], data["unknown"]
    return _(
        "MACs ≥ {macs}, parameters ≥ {parameters}: {unknown} of {layers} operators unknown ({operators}), which store "
        "{stored} of the parameters, as far as is known, and none of the MACs"
    ).format(
        macs=f"{total['macs']:,}",
        parameters=f"{total['parameters']:,}",
        unknown=unknown["layers"],
        layers=total["layers"],
        operators=_operators(data),
        stored=f"{unknown['parameters']:,}",
    )
