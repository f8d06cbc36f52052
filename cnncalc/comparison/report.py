"""The answer of ``cnncalc params``: the rows of a comparison, the factors between them, and what has to be said."""

from __future__ import annotations

from typing import Any

from cnncalc import formulas
from cnncalc.comparison.rows import ROWS, Factor, Rounding, Row, Spec, factors, roundings, rows, same_output, weighing
from cnncalc.dtypes import memory
from cnncalc.language import N_, _
from cnncalc.layers.base import Size, spread
from cnncalc.layers.sliding import Sliding
from cnncalc.report import Column, Report, Table
from cnncalc.symbols import Term


def compare(spec: Spec) -> Report:
    """The whole answer of ``cnncalc params``.

    >>> from cnncalc.shapes import Shape
    >>> answer = compare(Spec(Shape((224, 224), 3), 3, 64))
    >>> answer.get("conv.parameters"), answer.get("factors.sharing.parameters")
    (1792, 49284)
    """
    shown = rows(spec)
    between = factors(shown)
    uneven = roundings(spec)
    notes = (
        *(_sharing_note(factor) for factor in between if factor.name == "sharing"),
        *_one_channel_note(shown, spec),
        *map(rounding_note, uneven),
        *_depthwise_note(shown, spec),
    )
    data = {
        "question": question(spec),
        "positions": None if spec.kernel is None else same_output(spec).positions,
        "rows": [_row_data(row, spec) for row in shown],
        "factors": [_factor_data(factor) for factor in between],
        "roundings": [found._asdict() | {"exact": str(found.exact)} for found in uneven],
        "conventions": CONVENTIONS,
    }
    return Report("params", data, (_table(shown, between, spec),), notes, title=_title(spec))


CONVENTIONS = {
    "shape": "spatial sizes, then channels; no batch",
    "output_size": "floor",
    "macs": "one multiplication with its addition; products with padding count, biases do not",
    "memory": "bytes of the parameters at dtype",
    "weights_per_position": "a whole window, padding included",
}
"""Stated in every JSON answer; not translated."""


def question(spec: Spec) -> dict[str, Any]:
    """What was asked, with every default filled in."""
    layer = ROWS["dense" if spec.kernel is None else "conv"].layer(spec, spec.shape)
    sliding = layer if isinstance(layer, Sliding) else None
    return {
        "input": [*spec.shape.space, spec.shape.channels],
        "kernel": _per_axis(spec, spec.kernel) if sliding else None,
        "filters": spec.filters if sliding else None,
        "stride": _per_axis(spec, spec.stride) if sliding else None,
        "padding": [list(sliding.sides(axis, size)) for axis, size in enumerate(spec.shape.space)] if sliding else None,
        "dilation": _per_axis(spec, spec.dilation) if sliding else None,
        "groups": spec.groups if sliding else None,
        "tile": _per_axis(spec, spec.tiles) if "tiled" in spec.chosen else None,
        "bias": spec.bias,
        "local_bias": "shared" if spec.shared_bias else "per-position",
        "units": spec.units,
        "dtype": spec.dtype,
    }


def _per_axis(spec: Spec, sizes: Size | None) -> list[int]:
    return list(spread("conv", "size", 1 if sizes is None else sizes, spec.shape))


def _row_data(row: Row, spec: Spec) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.layer.keyword,
        "output": [*row.output.space, row.output.channels],
        "parameters": row.counts.parameters,
        "weights": row.counts.weights,
        "biases": row.counts.biases,
        "buffers": row.counts.buffers,
        "macs": row.counts.macs,
        "memory": memory(row.counts.parameters, spec.dtype),
        "worked": str(row.worked),
        "formula": row.worked.symbols(),
        "latex": row.worked.latex(),
    }


def _factor_data(factor: Factor) -> dict[str, Any]:
    ratios = {name: getattr(factor, name) for name in ("parameters", "weights", "macs")}
    return {
        "name": factor.name,
        "before": factor.before.name,
        "after": factor.after.name,
        **{name: found.value for name, found in ratios.items()},
        **{f"{name}_exact": str(found) for name, found in ratios.items()},
        "causes": [{"name": cause, "factor": share.value, "exact": str(share)} for cause, share in factor.causes],
    }


def _table(shown: tuple[Row, ...], between: tuple[Factor, ...], spec: Spec) -> Table:
    columns = (
        Column("name", _("name"), minor=3),
        Column("layer", _("layer")),
        Column("parameters", _("parameters"), "count"),
        Column("macs", _("MACs"), "count", minor=2),
        Column("weights", _("weights"), "count", minor=5),
        Column("biases", _("biases"), "count", minor=5),
        Column("worked", _("worked"), "formula"),
        Column("output", _("output"), minor=3),
        Column("memory", _("memory ({dtype})").format(dtype=spec.dtype), "bytes", minor=4),
        Column("bar", _("log scale"), "bar", minor=1),
    )
    cells = tuple(
        (
            row.name,
            row.label,
            row.counts.parameters,
            row.counts.macs,
            row.counts.weights,
            row.counts.biases,
            row.worked,
            str(row.output),
            memory(row.counts.parameters, spec.dtype),
            row.counts.parameters,
        )
        for row in shown
    )
    place = {row.name: index for index, row in enumerate(shown)}
    lines = {place[factor.after.name]: factor_line(factor, spec) for factor in between}
    return Table(columns, cells, between=lines, marks={place["conv"]: "strong"} if "conv" in place else {})


def _title(spec: Spec) -> str:
    if spec.kernel is None:
        return _("input {shape}").format(shape=spec.shape)
    return _("input {shape}, kernel {kernel}, filters {filters}, output {output}").format(
        shape=spec.shape,
        kernel="x".join(map(str, _per_axis(spec, spec.kernel))),
        filters=spec.filters,
        output=same_output(spec),
    )


CAUSES = {
    "locality": N_("locality"),
    "sharing": N_("sharing"),
    "grouping": N_("grouping"),
    "separation": N_("separation"),
}
"""What makes one row smaller than another, by its name in the data."""


def factor_line(factor: Factor, spec: Spec) -> str:
    """A factor in words: ``sharing ÷49,284 (one set of weights for 222·222 positions); MACs ÷1``."""
    single = len(factor.causes) == 1
    causes = _(", ").join(
        _("{cause} ÷{factor} ({reason})").format(
            cause=_(CAUSES[cause]),
            factor=(factor.parameters if single else share).short(),
            reason=reason(cause, factor, spec),
        )
        for cause, share in factor.causes
    )
    macs = factor.macs.short()
    if not single:
        return _("{causes}; together ÷{parameters}, MACs ÷{macs}").format(
            causes=causes, parameters=factor.parameters.short(), macs=macs
        )
    if factor.parameters == factor.weights:
        return _("{causes}; MACs ÷{macs}").format(causes=causes, macs=macs)
    return _("{causes}; exactly {exact}, weights ÷{weights}, MACs ÷{macs}").format(
        causes=causes, exact=factor.parameters.exact(), weights=factor.weights.short(), macs=macs
    )


def reason(cause: str, factor: Factor, spec: Spec) -> str:
    """Why a cause saves what it saves, with the numbers of these very layers."""
    old, new = weighing(factor.before)[0], weighing(factor.after)[0]
    outputs = factor.after.output
    before, after = int(old.filters) // outputs.channels, int(new.filters) // outputs.channels
    sentence = {
        "locality": _("each output sees a window of {few}, padding included, instead of {many} inputs")
        if spec.padded
        else _("each output sees {few} of {many} inputs"),
        "sharing": _shared(before, after, outputs.positions),
        "grouping": _("each filter sees {few} inputs instead of {many}"),
        "separation": _("one filter to a channel, then 1×1 filters that mix the channels"),
    }[cause]
    return sentence.format(
        few=f"{int(new.fan_in):,}",
        many=f"{int(old.fan_in):,}",
        places="·".join(f"{size:,}" for size in outputs.space),
        before=f"{before:,}",
        after=f"{after:,}",
    )


def _shared(before: int, after: int, positions: int) -> str:
    if after > 1:
        return _("{after} sets of weights instead of {before}")
    if before < positions:
        return _("one set of weights instead of {before}")
    return _("one set of weights for {places} positions")


def _sharing_note(factor: Factor) -> str:
    return _("sharing divides parameters by {parameters} and MACs by {macs}").format(
        parameters=factor.parameters.short(), macs=factor.macs.short()
    )


def _one_channel_note(shown: tuple[Row, ...], spec: Spec) -> tuple[str, ...]:
    """What the notes of a course would say, if they count one input channel."""
    if spec.shape.channels == 1 or spec.groups > 1 or all(row.name != "conv" for row in shown):
        return ()
    kernel = tuple(map(Term, spread("conv", "kernel", spec.kernel or (1,), spec.shape)))
    taught = formulas.parameters(Term(spec.filters), formulas.fan_in(kernel, 1), int(spec.bias))
    return (
        _("{number} = {worked} counts one input channel; this input has {channels}").format(
            number=f"{int(taught):,}", worked=taught, channels=f"{spec.shape.channels:,}"
        ),
    )


def rounding_note(found: Rounding) -> str:
    """What rounding the output size down leaves unread on one axis."""
    if found.inputs == found.leftover:
        last = _("no window reads the last {leftover} of {padded} inputs")
    elif found.inputs:
        last = _("no window reads the last {leftover} of {padded} places, {inputs} of them input, the others padding")
    else:
        last = _("no window reads the last {leftover} of {padded} places, which is padding")
    return _("{axis}: {exact} positions are rounded down to {size}; {last}").format(
        axis=found.axis,
        exact=found.exact.exact(),
        size=f"{found.size:,}",
        last=last.format(leftover=f"{found.leftover:,}", padded=f"{found.padded:,}", inputs=f"{found.inputs:,}"),
    )


def _depthwise_note(shown: tuple[Row, ...], spec: Spec) -> tuple[str, ...]:
    if spec.filters % spec.shape.channels == 0 or all(row.name != "depthwise" for row in shown):
        return ()
    return (
        _(
            "depthwise: {filters} filters are no multiple of {channels} channels, so it has one filter to a channel"
        ).format(filters=spec.filters, channels=spec.shape.channels),
    )
