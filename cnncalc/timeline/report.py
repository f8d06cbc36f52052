"""``memory`` as a `Report`: what is held when, the peak and what makes it up, and the largest batch that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc.analysis import counts, shapes
from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.errors import LimitError, NetworkError
from cnncalc.language import N_, _
from cnncalc.network import INPUT, Network, blocks
from cnncalc.notation.words import write
from cnncalc.report import Cell, Column, Later, Range, Report, Table, in_bytes
from cnncalc.shapes import Shape
from cnncalc.timeline.options import MOST_BATCH, Question, asked_of
from cnncalc.timeline.plan import BACKWARD, FORWARD, LEARNT, RECOMPUTE, Plan, Tensor, plan
from cnncalc.timeline.rules import rule_of

SHOWN = 12
"""So many tensors of the peak are shown to people; the JSON has all of them."""

STATIC = {
    "parameters": N_("weights and biases, once"),
    "buffers": N_("running statistics"),
    "optimizer_state": N_("what the optimizer remembers of every parameter: sgd nothing, momentum 1, adam and adamw 2"),
}
"""What is held at every step."""

RULES = {
    **STATIC,
    "gradients": N_("each from its layer's backward pass to the end"),
    "kept": N_("activations that the backward pass needs: every tensor once, however many layers keep it"),
    "activations": N_("the most at any step: inputs, outputs, what is kept, and gradients of activations"),
    "peak": N_("the most at any step, all together"),
    "workspace": N_("what a library takes for its algorithms is not known here, and in no sum"),
}

CONVENTIONS = {
    **RULES,
    "input": "freed after its last use; a caller that holds on to it holds that much more",
    "outputs": "held to the end; the loss, and the gradient that the backward pass starts with, are the caller's",
    "step": "a layer's inputs and its output are held at once; a tensor is freed after the last layer that needs it",
    "sums": "gradients that meet are added into the first of them unless something else shares it",
    "inplace": "activations, dropout and add write over an input that nothing else needs",
    "dtype": "one type for all but statistics (fp32), indices (8 bytes) and masks (1 byte)",
}

LABELS = {
    "parameters": N_("parameters"),
    "buffers": N_("buffers"),
    "gradients": N_("gradients of the parameters"),
    "optimizer_state": N_("optimizer state"),
    "kept": N_("kept for the backward pass"),
    "activations": N_("activations at their peak"),
    "peak": N_("peak"),
    "workspace": N_("workspace of the library"),
}

WHOLE = {"parameters": N_("parameters"), "buffers": N_("buffers"), "optimizer_state": N_("optimizer state")}
"""What is held at every step, as the tensor that it is among those of the peak."""

PHASES = {FORWARD: N_("forward"), RECOMPUTE: N_("recomputing"), BACKWARD: N_("backward")}


class Case(NamedTuple):
    """A network on an input, and what was asked of it."""

    network: Network
    input: Shape
    outputs: tuple[Shape, ...]
    counted: tuple[Count, ...]
    question: Question

    def at(self, batch: int) -> Case:
        return self._replace(question=replace(self.question, batch=batch))

    def run(self) -> Plan:
        asked = asked_of(self.question, self.network, self.counted)
        return plan(self.network, self.input, self.outputs, self.counted, asked)

    def peak(self) -> int:
        """The most bytes that are held at once."""
        return max(self.run().held()) + sum(self.static().values())

    def static(self) -> dict[str, int]:
        """The bytes of what is held at every step."""
        asked = asked_of(self.question, self.network, self.counted)
        parameters, buffers = (
            sum(getattr(count, name) for count in self.counted) for name in ("parameters", "buffers")
        )
        for index in asked.folded:
            before = self.counted[self.network.nodes[index].inputs[0]]
            channels = self.outputs[index].channels
            parameters += (0 if before.biases else channels) - self.counted[index].parameters
            buffers -= self.counted[index].buffers
        sizes = parameters, buffers, parameters * self.question.state
        return dict(zip(STATIC, (bytes_of(size, self.question.dtype) for size in sizes), strict=True))


def memory(
    network: Network,
    input: Shape | None = None,
    question: Question | None = None,
    *,
    fit: int | None = None,
    depth: int = 0,
    title: str = "",
) -> Report:
    """What a network holds in memory, step by step; ``fit`` bytes ask for the largest batch that they hold.

    >>> from cnncalc.notation.parsing import parse
    >>> report = memory(parse("conv3-8,p1 relu conv3-8,p1"), Shape((8, 8), 1), Question(training=True))
    >>> report.get("total.kept"), report.get("peak.layer"), report.get("peak.phase")
    (2304, 'conv2', 'backward')

    Raises `NetworkError` without an input shape or for a block that is not there, and `ShapeError` for a layer that
    can't take what it gets.
    """
    shape = input or network.input
    if shape is None:
        raise NetworkError(_("memory needs the shape of the input: give --input 224x224x3"))
    outputs = shapes(network, shape)
    case = Case(network, shape, outputs, counts(network, shape, outputs), question or Question())
    if fit is not None and fit <= 0:
        raise LimitError(_("a memory of {memory} bytes holds nothing: give more, such as 8GiB").format(memory=fit))
    batch = None if fit is None else largest_batch(case, fit)
    case = case if batch is None else case.at(batch or 1)
    return _report(case, case.run(), depth, title, None if fit is None else {"memory": fit, "batch": batch})


def largest_batch(case: Case, fit: int) -> int:
    """The largest batch whose peak is within so many bytes; 0 where not even one input is."""

    def fits(batch: int) -> bool:
        return case.at(batch).peak() <= fit

    if not fits(1):
        return 0
    known, limit = 1, 2
    while limit <= MOST_BATCH and fits(limit):
        known, limit = limit, 2 * limit
    while limit - known > 1:
        middle = (known + limit) // 2
        known, limit = (middle, limit) if fits(middle) else (known, middle)
    return known


def _report(case: Case, run: Plan, depth: int, title: str, fit: dict[str, Any] | None) -> Report:
    static, exact = case.static(), not case.network.unknown
    held = [bytes + sum(static.values()) for bytes in run.held()]
    step = held.index(max(held))
    total = _totals(run, static, held)
    layers = list(_layers(case, run, held, depth))
    question = case.question
    data: dict[str, Any] = {
        "network": title,
        "input": str(case.input),
        "batch": question.batch,
        "dtype": question.dtype,
        "training": question.training,
        "optimizer": (question.optimizer or "sgd") if question.training else None,
        "inplace": question.in_place,
        "fold_bn": question.fold_bn,
        "checkpoint": [*question.checkpoint],
        "exact": exact,
        "total": total,
        "peak": _peak(case, run, static, step, held),
        "layers": layers,
        "fit": fit,
        "conventions": CONVENTIONS,
    }
    verdict = fit is None or bool(fit["batch"])
    too_much = () if verdict or fit is None else (_too_much(total["peak"], fit["memory"]),)
    return Report(
        "memory",
        data,
        Later(lambda: (_totals_table(total, exact=exact), _peak_table(data["peak"]), _layers_table(layers, question))),
        tuple(_notes(case, data)),
        title=title or _("memory"),
        verdict=verdict,
        failures=too_much,
        ranges={} if exact else dict(_lower_bounds(total)),
    )


def _totals(run: Plan, static: dict[str, int], held: list[int]) -> dict[str, int | None]:
    """The bytes of everything that is named apart; of a library's workspace nothing is known."""
    gradients = [tensor for tensor in run.tensors if tensor.what == LEARNT]
    others = [tensor for tensor in run.tensors if tensor.what != LEARNT]
    return {
        "parameters": static["parameters"],
        "buffers": static["buffers"],
        "gradients": sum(tensor.bytes for tensor in gradients),
        "optimizer_state": static["optimizer_state"],
        "kept": sum(run.kept().values()),
        "activations": max(run.held(others)),
        "peak": max(held),
        "workspace": None,
    }


def _peak(case: Case, run: Plan, static: dict[str, int], step: int, held: list[int]) -> dict[str, Any]:
    """Where the peak is, and all that is held there, the largest first."""
    phase, node = run.steps[step]
    always = (
        {"name": name, "what": WHOLE[name], "bytes": size, "kept": False} for name, size in static.items() if size
    )
    tensors = [*always, *_entries(case, run.alive(step))]
    return {
        "bytes": held[step],
        "layer": case.network.nodes[node].name,
        "phase": phase,
        "tensors": sorted(tensors, key=lambda tensor: -tensor["bytes"]),
    }


def _entries(case: Case, tensors: Iterable[Tensor]) -> Iterator[dict[str, Any]]:
    for tensor in tensors:
        name = "input" if tensor.node == INPUT else case.network.nodes[tensor.node].name
        yield {"name": name, "what": tensor.what, "bytes": tensor.bytes, "kept": tensor.kept}


def _layers(case: Case, run: Plan, held: Sequence[int], depth: int) -> Iterator[dict[str, Any]]:
    """Every layer or block: what it keeps that no layer before it does, and the most that is held while it works."""
    most: dict[tuple[str, int], int] = {}
    for step, bytes in zip(run.steps, held, strict=True):
        most[step] = max(bytes, most.get(step, 0))
    own = run.kept()
    names = [node.name for node in case.network.nodes]
    rows = blocks(names, depth) if depth else ((name, [index]) for index, name in enumerate(names))
    for name, members in rows:
        last = members[-1]
        layer = case.network.nodes[last].layer
        folded = len(members) > 1
        yield {
            "name": name,
            "kind": "block" if folded else layer.keyword,
            "notation": None if folded else write(layer),
            **({"layers": len(members)} if depth else {}),
            "output": bytes_of(case.outputs[last].numbers * case.question.batch, case.question.dtype),
            "kept": sum(own.get(index, 0) for index in members),
            **{phase: _most(most, phase, members) for phase in (FORWARD, RECOMPUTE, BACKWARD)},
            "rule": None if folded else rule_of(layer, training=case.question.training).says,
        }


def _most(most: dict[tuple[str, int], int], phase: str, members: Sequence[int]) -> int | None:
    """The most that is held in a phase of some layers; `None` where they have no such phase."""
    return max((most[phase, index] for index in members if (phase, index) in most), default=None)


def _totals_table(total: dict[str, int | None], *, exact: bool) -> Table:
    columns = (
        Column("memory", _("memory")),
        Column("bytes", _("size"), "bytes"),
        Column("rule", _("rule")),
    )
    rows = tuple(
        (_(LABELS[name]), size if exact or not size else f"≥ {in_bytes(size)}", _(RULES[name]))
        for name, size in total.items()
        if size != 0
    )
    return Table(columns, rows)


def _peak_table(peak: dict[str, Any]) -> Table:
    columns = (Column("tensor", _("tensor")), Column("what", _("what")), Column("bytes", _("size"), "bytes"))
    tensors = peak["tensors"]
    rows = [(name, _(what), size) for name, what, size, _kept in (tensor.values() for tensor in tensors[:SHOWN])]
    if rest := tensors[SHOWN:]:
        more = _("… {count} more").format(count=len(rest))
        rows.append((more, "", sum(tensor["bytes"] for tensor in rest)))
    phase = PHASES[peak["phase"]]
    title = _("held at the peak, {phase} of {layer}").format(phase=_(phase), layer=peak["layer"])
    return Table(columns, tuple(rows), title)


def _layers_table(layers: list[dict[str, Any]], question: Question) -> Table:
    columns = [
        Column("name", _("layer")),
        Column("notation", _("notation"), minor=True),
        *([Column("layers", _("layers"), "count")] if any("layers" in row for row in layers) else []),
        Column("output", _("output"), "bytes", minor=2),
        Column("kept", _("keeps"), "bytes"),
        Column("forward", _("held forward"), "bytes"),
        *([Column("recompute", _("held recomputing"), "bytes")] if question.checkpoint else []),
        Column("backward", _("held backward"), "bytes"),
        Column("rule", _("what it keeps"), minor=3),
    ]
    learning = ("kept", "backward", "rule")
    columns = [column for column in columns if question.training or column.key not in learning]
    rows = tuple(tuple(_layer_cell(row, column.key) for column in columns) for row in layers)
    return Table(tuple(columns), rows, _("step by step"))


def _layer_cell(row: dict[str, Any], key: str) -> Cell:
    value: Cell = row[key]
    return _(value) if key == "rule" and isinstance(value, str) else value


def _notes(case: Case, data: dict[str, Any]) -> Iterator[str]:
    peak, fit = data["peak"], data["fit"]
    phase = PHASES[peak["phase"]]
    yield _("peak {bytes}, at batch {batch}: {phase} of {layer}").format(
        bytes=in_bytes(peak["bytes"]),
        batch=f"{data['batch']:,}",
        phase=_(phase),
        layer=peak["layer"],
    )
    if fit and fit["batch"]:
        yield _("the largest batch that {memory} hold: {batch}").format(
            memory=in_bytes(fit["memory"]), batch=f"{fit['batch']:,}"
        )
    elif fit:
        yield _too_much(peak["bytes"], fit["memory"])
    if not data["exact"]:
        yield _("operators are unknown: what they keep and hold is not known, so that all of it is a lower bound")


def _too_much(peak: int | None, fit: int) -> str:
    return _("not even one input fits: its peak is {peak}, and there are {memory}").format(
        peak=in_bytes(peak or 0), memory=in_bytes(fit)
    )


def _lower_bounds(total: dict[str, int | None]) -> Iterator[tuple[str, Range]]:
    for key, number in total.items():
        if number is not None:
            yield f"total.{key}", Range(number, None, _("all that is known is ≥ {number}").format(number=f"{number:,}"))
