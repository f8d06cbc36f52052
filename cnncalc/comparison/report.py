"""The answer of ``cnncalc params``: the rows of a comparison, the factors between them, and what has to be said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cnncalc import counting, formulas
from cnncalc.comparison.rows import Comparison, Factor, Rounding, Row, Spec, compared
from cnncalc.language import N_, _
from cnncalc.layers.base import Size, spread
from cnncalc.report import Cell, Column, Drawing, Later, Report, Table
from cnncalc.symbols import Term

if TYPE_CHECKING:
    from cnncalc.report.figures import Waterfall


def compare(spec: Spec) -> Report:
    """The whole answer of ``cnncalc params``.

    >>> from cnncalc.shapes import Shape
    >>> answer = compare(Spec(Shape((224, 224), 3), 3, 64))
    >>> answer.get("conv.parameters"), answer.get("factors.sharing.parameters")
    (1792, 49284)
    """
    comparison = compared(spec)
    data = {
        "question": question(comparison),
        "positions": comparison.output.positions if comparison.window else None,
        "rows": [_row_data(row) for row in comparison.rows],
        "factors": [_factor_data(factor) for factor in comparison.factors],
        "roundings": [rounding._asdict() | {"exact": str(rounding.exact)} for rounding in comparison.roundings],
        "conventions": CONVENTIONS,
    }
    return Report(
        "params",
        data,
        Later(lambda: (_table(comparison),)),
        tuple(_notes(comparison)),
        title=question_line(comparison),
        drawings=(Drawing("waterfall", lambda: _waterfall(comparison)),),
    )


def _waterfall(comparison: Comparison) -> Waterfall:
    from cnncalc.comparison.drawings import waterfall  # when somebody looks

    return waterfall(comparison)


CONVENTIONS = {
    "shape": "spatial sizes, then channels; no batch",
    "output_size": "floor",
    **{count: counting.CONVENTIONS[count] for count in ("macs", "flops", "bias_additions")},
    "memory": "bytes of the parameters at dtype",
    "weights_per_position": "a whole window, padding included",
}
"""Stated in every JSON answer; not translated."""


def question(comparison: Comparison) -> dict[str, Any]:
    """What was asked, with every default filled in."""
    spec, window = comparison.spec, comparison.window
    return {
        "input": [*spec.shape.space, spec.shape.channels],
        "kernel": _per_axis(spec, spec.kernel) if window else None,
        "filters": spec.filters if window else None,
        "stride": _per_axis(spec, spec.stride) if window else None,
        "padding": [list(window.sides(axis, size)) for axis, size in enumerate(spec.shape.space)] if window else None,
        "dilation": _per_axis(spec, spec.dilation) if window else None,
        "groups": spec.groups if window else None,
        "tile": _per_axis(spec, spec.tiles) if "tiled" in spec.chosen else None,
        "bias": spec.bias,
        "local_bias": "shared" if spec.shared_bias else "per-position",
        "units": spec.units,
        "dtype": spec.dtype,
    }


def _per_axis(spec: Spec, sizes: Size | None) -> list[int]:
    return list(spread("conv", "size", 1 if sizes is None else sizes, spec.shape))


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.layer.keyword,
        "output": [*row.output.space, row.output.channels],
        "parameters": row.counts.parameters,
        **row.counts._asdict(),
        "flops": row.counts.flops,
        "memory": row.memory,
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
        **{name: ratio.value for name, ratio in ratios.items()},
        **{f"{name}_exact": str(ratio) for name, ratio in ratios.items()},
        "causes": [{"name": cause, "factor": share.value, "exact": str(share)} for cause, share in factor.causes],
    }


def _table(comparison: Comparison) -> Table:
    columns = tuple(_columns(comparison.spec.dtype))
    place = {row.name: index for index, row in enumerate(comparison.rows)}
    return Table(
        tuple(column for column, _cell in columns),
        tuple(tuple(cell(row) for _column, cell in columns) for row in comparison.rows),
        between={place[factor.after.name]: factor_line(factor, comparison.spec) for factor in comparison.factors},
        marks={place["conv"]: "strong"} if "conv" in place else {},
    )


def _columns(dtype: str) -> Iterator[tuple[Column, Callable[[Row], Cell]]]:
    """Every column of the table, and what a row has in it."""
    yield Column("name", _("name"), minor=3), lambda row: row.name
    yield Column("layer", _("layer")), lambda row: row.label
    yield Column("parameters", _("parameters"), "count"), lambda row: row.counts.parameters
    yield Column("macs", _("MACs"), "count", minor=2), lambda row: row.counts.macs
    yield Column("flops", _("FLOPs"), "count", minor=6), lambda row: row.counts.flops
    yield Column("weights", _("weights"), "count", minor=5), lambda row: row.counts.weights
    yield Column("biases", _("biases"), "count", minor=5), lambda row: row.counts.biases
    yield Column("worked", _("worked"), "formula"), lambda row: row.worked
    yield Column("output", _("output"), minor=3), lambda row: str(row.output)
    yield Column("memory", _("memory ({dtype})").format(dtype=dtype), "bytes", minor=4), lambda row: row.memory
    yield Column("bar", _("log scale"), "bar", minor=1), lambda row: row.counts.parameters


def question_line(comparison: Comparison) -> str:
    """What was asked in one line: the input, the window, and the output."""
    spec = comparison.spec
    if comparison.window is None:
        return _("input {shape}").format(shape=spec.shape)
    return _("input {shape}, kernel {kernel}, filters {filters}, output {output}").format(
        shape=spec.shape,
        kernel="x".join(map(str, _per_axis(spec, spec.kernel))),
        filters=spec.filters,
        output=comparison.output,
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
    old, new = factor.before.weighing[0], factor.after.weighing[0]
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


def _notes(comparison: Comparison) -> Iterator[str]:
    for factor in comparison.factors:
        if factor.name == "sharing":
            yield _("sharing divides parameters by {parameters} and MACs by {macs}").format(
                parameters=factor.parameters.short(), macs=factor.macs.short()
            )
    yield from _one_channel_note(comparison)
    yield from map(rounding_note, comparison.roundings)
    yield from _depthwise_note(comparison)


def _one_channel_note(comparison: Comparison) -> Iterator[str]:
    """What the notes of a course would say, if they count one input channel."""
    spec = comparison.spec
    if not comparison.row("conv") or not comparison.window or spec.shape.channels == 1 or spec.groups > 1:
        return
    kernel = tuple(map(Term, comparison.window.kernel_of(spec.shape)))
    taught = formulas.parameters(Term(spec.filters), formulas.fan_in(kernel, 1), int(spec.bias))
    yield _("{number} = {worked} counts one input channel; this input has {channels}").format(
        number=f"{int(taught):,}", worked=taught, channels=f"{spec.shape.channels:,}"
    )


def rounding_note(rounding: Rounding) -> str:
    """What rounding the output size down leaves unread on one axis."""
    if rounding.inputs == rounding.leftover:
        last = _("no window reads the last {leftover} of {padded} inputs")
    elif rounding.inputs:
        last = _("no window reads the last {leftover} of {padded} places, {inputs} of them input, the others padding")
    else:
        last = _("no window reads the last {leftover} of {padded} places, which is padding")
    return _("{axis}: {exact} positions are rounded down to {size}; {last}").format(
        axis=rounding.axis,
        exact=rounding.exact.exact(),
        size=f"{rounding.size:,}",
        last=last.format(
            leftover=f"{rounding.leftover:,}", padded=f"{rounding.padded:,}", inputs=f"{rounding.inputs:,}"
        ),
    )


def _depthwise_note(comparison: Comparison) -> Iterator[str]:
    spec = comparison.spec
    if comparison.row("depthwise") and spec.filters % spec.shape.channels:
        yield _(
            "depthwise: {filters} filters are not a multiple of {channels} channels, so it has one filter to a channel"
        ).format(filters=spec.filters, channels=spec.shape.channels)
