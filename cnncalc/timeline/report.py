"""``memory`` as a `Report`: what is held when, the peak and what makes it up, and the largest batch that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cnncalc.analysis import counts, shapes
from cnncalc.counting import Count
from cnncalc.dtypes import bytes_of
from cnncalc.errors import LimitError, NetworkError
from cnncalc.language import _
from cnncalc.network import INPUT, Network, blocks
from cnncalc.notation.words import write
from cnncalc.report import Later, Range, Report
from cnncalc.shapes import Shape
from cnncalc.timeline.options import MOST_BATCH, Question, asked_of
from cnncalc.timeline.plan import BACKWARD, FORWARD, LEARNT, RECOMPUTE, Plan, Tensor, plan
from cnncalc.timeline.rules import rule_of
from cnncalc.timeline.tables import LABELS, RULES, STATIC, layers_table, notes, peak_table, too_much, totals_table

CONVENTIONS = {
    **RULES,
    "input": "freed after its last use; a caller that holds on to it holds that much more",
    "outputs": "held to the end; the loss, and the gradient that the backward pass starts with, are the caller's",
    "step": "a layer's inputs and its output are held at once; a tensor is freed after the last layer that needs it",
    "sums": "gradients that meet are added into the first of them unless something else shares it",
    "inplace": "activations, dropout and add write over an input that nothing else needs",
    "dtype": "one type for all but statistics (fp32), indices (8 bytes) and masks (1 byte)",
}


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
        sizes = parameters, buffers, sum(self.network.unused.values()), parameters * self.question.state
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
    """The largest batch whose peak is within so many bytes; 0 where not even one input is.

    What is held at a step grows by the same with every input, so that two batches tell of all others; eight and sixteen
    fill whole bytes of any type. Of types below a byte a smaller batch may round up, so the answer is tried.
    """
    free = fit - sum(case.static().values())

    def held(batch: int) -> list[int]:
        return case.at(batch).run().held()

    eight, sixteen = held(8), held(16)
    steps = [(more - some, 2 * some - more) for some, more in zip(eight, sixteen, strict=True)]
    batch = min([MOST_BATCH, *(max(8 * (free - once) // grows, 0) for grows, once in steps if grows)])
    while batch and max(held(batch)) > free:
        batch -= 1
    return batch


def _report(case: Case, run: Plan, depth: int, title: str, fit: dict[str, Any] | None) -> Report:
    exact, question = not case.network.unknown, case.question
    data = {
        "network": title,
        "input": str(case.input),
        **_data(case, run, depth),
        "fit": fit,
        "conventions": CONVENTIONS,
    }
    total, layers = data["total"], data["layers"]
    fits = fit is None or bool(fit["batch"])
    return Report(
        "memory",
        data,
        Later(lambda: (totals_table(total, exact=exact), peak_table(data["peak"]), layers_table(layers, question))),
        tuple(notes(data)),
        title=title or _("memory"),
        verdict=fits,
        failures=() if fits or fit is None else (too_much(total["peak"], fit["memory"]),),
        ranges={} if exact else dict(_lower_bounds(total)),
    )


def _data(case: Case, run: Plan, depth: int) -> dict[str, Any]:
    """How the network runs, and what that takes."""
    question, static = case.question, case.static()
    held = [bytes + sum(static.values()) for bytes in run.held()]
    return {
        "batch": question.batch,
        "dtype": question.dtype,
        "training": question.training,
        "optimizer": (question.optimizer or "sgd") if question.training else None,
        "inplace": question.in_place,
        "fold_bn": question.fold_bn,
        "checkpoint": [*question.checkpoint],
        "exact": not case.network.unknown,
        "total": _totals(run, static, held),
        "peak": _peak(case, run, static, held),
        "layers": list(_layers(case, run, held, depth)),
    }


def _totals(run: Plan, static: dict[str, int], held: list[int]) -> dict[str, int | None]:
    """The bytes of everything that is named apart; of a library's workspace nothing is known."""
    gradients = [tensor for tensor in run.tensors if tensor.what == LEARNT]
    others = [tensor for tensor in run.tensors if tensor.what != LEARNT]
    return {
        "parameters": static["parameters"],
        "buffers": static["buffers"],
        "unused": static["unused"],
        "gradients": sum(tensor.bytes for tensor in gradients),
        "optimizer_state": static["optimizer_state"],
        "kept": sum(run.kept().values()),
        "activations": max(run.held(others)),
        "peak": max(held),
        "workspace": None,
    }


def _peak(case: Case, run: Plan, static: dict[str, int], held: list[int]) -> dict[str, Any]:
    """Where the peak is, and all that is held there, the largest first."""
    step = held.index(max(held))
    phase, node = run.steps[step]
    always = (
        {"name": name, "what": LABELS[name], "bytes": size, "kept": False} for name, size in static.items() if size
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


def _lower_bounds(total: dict[str, int | None]) -> Iterator[tuple[str, Range]]:
    for key, number in total.items():
        if number is not None:
            yield f"total.{key}", Range(number, None, _("all that is known is ≥ {number}").format(number=f"{number:,}"))
