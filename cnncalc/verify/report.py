"""The answer of ``cnncalc verify``: one row for each claim, what was run smaller, and the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnncalc.comparison.rows import Spec, rows
from cnncalc.language import N_, _, speaking
from cnncalc.network import INPUT, Network, Node
from cnncalc.report import Cell, Column, Later, Report, Table
from cnncalc.shapes import Shape
from cnncalc.verify.budget import Build, Limits
from cnncalc.verify.compare import READ, Claim, Extent, Value, Verdict, Watch, verify_each, verify_inputs
from cnncalc.verify.identities_report import identities_report

LABELS = {
    "output": N_("output shape"),
    "parameters": N_("parameters"),
    "weights": N_("weights"),
    "biases": N_("biases"),
    "buffers": N_("buffers"),
    "macs": N_("MACs"),
    "reads": N_("inputs read"),
    "windows": N_("inputs read through windows"),
    "field": N_("receptive field"),
}
HOW = {
    "looked at": N_("convolved, shape looked at"),
    "allocated": N_("allocated and counted"),
    "multiplied": N_("products formed"),
    "poison": N_("NaN spread"),
    "adjoint": N_("pushed back"),
    "both": N_("NaN spread, pushed back"),
    "maps": N_("NaN spread in whole maps"),
}


def verify_network(network: Network, input: Shape, seed: int, limits: Limits, watch: Watch | None = None) -> Report:
    """The report about one network.

    >>> from cnncalc.layers.conv import Conv
    >>> from cnncalc.network import chain
    >>> verify_network(chain([Conv(3, 8)]), Shape((8, 8), 3), 0, Limits(2**28, 10.0)).verdict
    True
    """
    return report(verify_inputs(network, input, seed, limits, watch), _("verified with NumPy"))


def verify_rows(spec: Spec, seed: int, limits: Limits, watch: Watch | None = None) -> Report:
    """The report about the rows of a comparison, each a network of one layer.

    >>> verify_rows(Spec(Shape((8, 8), 3), 3, 4), 0, Limits(2**28, 10.0)).verdict
    True
    """
    networks = [(name, _row(spec, name)) for name in spec.chosen]
    found = report(verify_each(networks, spec.shape, seed, limits, watch), _("verified with NumPy"))
    return found if spec.kernel is None else _with_identities(found, identities_report(spec, seed))


def _with_identities(found: Report, shown: Report) -> Report:
    agrees = found.verdict and shown.verdict
    return replace(
        found,
        data={**found.data, "agrees": agrees, "identities": shown.data["identities"]},
        tables=Later(lambda: (*found.tables, *shown.tables)),
        notes=(*shown.notes, *found.notes),
        verdict=agrees,
    )


def _row(spec: Spec, name: str) -> Build:
    def build(shape: Shape) -> Network:
        (row,) = rows(replace(spec, shape=shape, names=(name,), tile=spec.tile if name == "tiled" else None))
        return Network((Node(row.layer, (INPUT,), name),))

    return build


def report(verdict: Verdict, title: str) -> Report:
    """The verdict as a report; exit code 1 follows from a verdict that is no."""
    data = {
        "agrees": verdict.agrees,
        "seed": verdict.seed,
        "claims": [_claim_data(claim) for claim in verdict.claims],
        "extents": [_extent_data(extent) for extent in verdict.extents],
    }
    tables = Later(lambda: (_table(verdict),))
    return Report("verify", data, tables, tuple(_notes(verdict)), title=title, verdict=verdict.agrees)


def _table(verdict: Verdict) -> Table:
    lines = _lines(verdict.claims)
    return Table(
        (
            Column("layer", _("layer")),
            Column("claim", _("claim")),
            Column("formula", _("formula"), minor=2),
            Column("expected", _("claimed")),
            Column("observed", _("observed")),
            Column("how", _("how"), minor=3),
            Column("agrees", _("agrees")),
        ),
        tuple(_cells(line) for line in lines),
        marks={number: "bad" for number, line in enumerate(lines) if not line[0].agrees},
    )


Line = tuple[Claim, list[str], list[str]]
"""Claims that say the same, as one: the first of them, and the axes and experiments of all."""


def _lines(claims: tuple[Claim, ...]) -> list[Line]:
    """What is shown: claims that are alike on several axes or by two experiments once, and nothing that is trivial."""
    lines: dict[tuple[object, ...], Line] = {}
    for claim in claims:
        if claim.agrees and (claim.what in ("weights", "biases") or claim.expected == 0):
            continue
        key = (claim.layer, claim.what, claim.expected, claim.observed, claim.unit, claim.input)
        first, axes, ways = lines.get(key, (claim, [], []))
        lines[key] = (first if first.formula else claim, axes, ways)
        axes += [claim.axis] if claim.axis and claim.axis not in axes else []
        ways += [claim.how] if claim.how not in ways else []
    return list(lines.values())


def _cells(line: Line) -> tuple[Cell, ...]:
    claim, axes, ways = line
    label = _(LABELS[claim.what])
    if claim.what == "field":
        label = _("{what} on {axes}").format(what=label, axes=", ".join(axes))
    elif claim.unit is not None:
        label = _("{what}, unit {unit} on {axes}").format(what=label, unit=claim.unit, axes=", ".join(axes))
    if claim.input and claim.what in READ:
        label = _("{what}, of {input}").format(what=label, input=claim.input)
    how = _(", ").join(_(HOW[way]) for way in ways)
    agrees = _("yes") if claim.agrees else _("NO")
    return (
        claim.layer or _("all layers"),
        label,
        claim.formula,
        _shown(claim.what, claim.expected),
        _shown(claim.what, claim.observed),
        how,
        agrees,
    )


def _shown(what: str, value: Value) -> str:
    """A value for people."""
    if isinstance(value, tuple):
        numbers = ["?" if number is None else f"{number:,}".replace("-", "−") for number in value]
        if what == "field":
            return _("size {size}, jump {jump}, start {start}").format(
                size=numbers[0], jump=numbers[1], start=numbers[2]
            )
        if value[2] == 0:
            return _("nothing")
        return _("{first}…{last}, {number} of them").format(first=numbers[0], last=numbers[1], number=numbers[2])
    return f"{value:,}" if isinstance(value, int) else str(value)


def _claim_data(claim: Claim) -> dict[str, Any]:
    return {
        "layer": claim.layer or None,
        "claim": claim.what,
        "axis": claim.axis or None,
        "unit": claim.unit,
        "formula": claim.formula or None,
        "expected": _raw(claim.what, claim.expected),
        "observed": _raw(claim.what, claim.observed),
        "how": claim.how,
        "agrees": claim.agrees,
        **({"input": claim.input} if claim.input else {}),
    }


KEYS = {
    "reads": ("first", "last", "number"),
    "windows": ("first", "last", "number"),
    "field": ("size", "jump", "start", "number"),
}


def _raw(what: str, value: Value) -> Any:
    return dict(zip(KEYS[what], value, strict=True)) if isinstance(value, tuple) else value


def _extent_data(extent: Extent) -> dict[str, Any]:
    with speaking("en"):
        stopped = _stopped(extent)
    return {
        "name": extent.name or None,
        "input": str(extent.asked),
        "counted_at": str(extent.ran),
        "fields_at": str(extent.looked) if extent.looked else None,
        "layers": extent.layers,
        "fields_of_layers": extent.followed,
        "left_out": extent.left_out,
        "maps_at": str(extent.mapped) if extent.mapped else None,
        "stopped": stopped,
    }


def _notes(verdict: Verdict) -> list[str]:
    notes = [_("seed {seed}").format(seed=verdict.seed)]
    for extent in verdict.extents:
        notes += _smaller(extent)
    wrong, total = len(verdict.disagreements), len(verdict.claims)
    if not total:
        return notes
    notes.append(
        _("{wrong} of {total} claims do not agree with what was observed").format(wrong=wrong, total=total)
        if wrong
        else _("all {total} claims agree with what was observed").format(total=f"{total:,}")
    )
    return notes


def _smaller(extent: Extent) -> list[str]:
    """What was not done at full size, or not at all."""
    name = extent.name or _("the network")
    notes = []
    if extent.ran != extent.asked:
        notes.append(
            _("{name}: {asked} is too large for the limits, counts were verified on {ran}").format(
                name=name, asked=extent.asked, ran=extent.ran
            )
        )
    if extent.looked not in (None, extent.asked):
        notes.append(
            _("{name}: fields were looked at on {looked} instead of {asked}").format(
                name=name, looked=extent.looked, asked=extent.asked
            )
        )
    if extent.followed and extent.followed < extent.layers and not extent.stopped:
        notes.append(
            _("{name}: fields were looked at in {followed} of {layers} layers").format(
                name=name, followed=extent.followed, layers=extent.layers
            )
        )
    if extent.left_out:
        notes.append(
            _(
                "{name}: there was no time for the fields of {left} layers: add --all-layers, or raise --max-time"
            ).format(name=name, left=extent.left_out)
        )
    return [*notes, stopped] if (stopped := _stopped(extent)) else notes


def _stopped(extent: Extent) -> str | None:
    if extent.stopped is None:
        return None
    number, name = extent.stopped
    return _("layer {number}, {name}, is of no kind that is known: verified up to there").format(
        number=number, name=name
    )
