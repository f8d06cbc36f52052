"""``memory`` for people: what is named apart with its rule, what is held at the peak, and every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncalc.language import N_, _
from cnncalc.report import Cell, Column, Table, in_bytes
from cnncalc.timeline.options import Question
from cnncalc.timeline.plan import BACKWARD, FORWARD, LEARNT, RECOMPUTE

SHOWN = 12
"""So many tensors of the peak are shown to people; the JSON has all of them."""

STATIC = {
    "parameters": N_("weights and biases, once"),
    "buffers": N_("running statistics"),
    "unused": N_("what the model stores and no output needs"),
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

LABELS = {
    "parameters": N_("parameters"),
    "buffers": N_("buffers"),
    "unused": N_("unused parameters"),
    "gradients": N_("gradients of the parameters"),
    "optimizer_state": N_("optimizer state"),
    "kept": N_("kept for the backward pass"),
    "activations": N_("activations at their peak"),
    "peak": N_("peak"),
    "workspace": N_("workspace of the library"),
}

PHASES = {FORWARD: N_("forward"), RECOMPUTE: N_("recomputing"), BACKWARD: N_("backward")}


def totals_table(total: dict[str, int | None], *, exact: bool) -> Table:
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


def peak_table(peak: dict[str, Any]) -> Table:
    columns = (Column("tensor", _("tensor")), Column("what", _("what")), Column("bytes", _("size"), "bytes"))
    tensors = _together(peak["tensors"])
    rows = [(name, _(what), size) for name, what, size in tensors[:SHOWN]]
    if rest := tensors[SHOWN:]:
        more = _("… {count} more").format(count=len(rest))
        rows.append((more, "", sum(size for _name, _what, size in rest)))
    phase = PHASES[peak["phase"]]
    title = _("held at the peak, {phase} of {layer}").format(phase=_(phase), layer=peak["layer"])
    return Table(columns, tuple(rows), title)


def _together(tensors: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Name, kind and size of what is held, the largest first; gradients of parameters are one."""
    learnt = sum(tensor["bytes"] for tensor in tensors if tensor["what"] == LEARNT)
    others = [(tensor["name"], tensor["what"], tensor["bytes"]) for tensor in tensors if tensor["what"] != LEARNT]
    gradients = [("parameters", LABELS["gradients"], learnt)] if learnt else []
    return sorted([*gradients, *others], key=lambda entry: -entry[2])


def layers_table(layers: list[dict[str, Any]], question: Question) -> Table:
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


def notes(data: dict[str, Any]) -> Iterator[str]:
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
        yield too_much(peak["bytes"], fit["memory"])
    if not data["exact"]:
        yield _("operators are unknown: what they keep and hold is not known, so that all of it is a lower bound")


def too_much(peak: int | None, fit: int) -> str:
    return _("not even one input fits: its peak is {peak}, and there are {memory}").format(
        peak=in_bytes(peak or 0), memory=in_bytes(fit)
    )
