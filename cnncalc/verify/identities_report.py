"""The identities of a comparison's window, as a part of the answer of ``cnncalc verify``."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from cnncalc.comparison.rows import Spec, sliding_layer
from cnncalc.language import N_, _, ngettext
from cnncalc.layers.base import spread
from cnncalc.report import Column, Report, Table
from cnncalc.shapes import Shape
from cnncalc.verify.identities import Identity, Window, identities

SAYS = {
    "masked_dense": N_("locally connected = fully connected with a mask"),
    "tied_local": N_("convolution = locally connected with tied weights"),
    "tied_matrix": N_("convolution = product with a matrix of repeated weights"),
    "toeplitz_stride_1": N_("stride 1: the matrix is Toeplitz, in every block and between blocks"),
    "toeplitz_stride_2": N_("stride 2: the matrix is Toeplitz"),
    "summed_gradients": N_("gradient of a shared weight = sum of the unshared gradients"),
}

MOST_ENTRIES = 1 << 20
"""Matrices are not made larger than this: 8 MiB."""

SMALL = (12, 3, 4)
"""Sizes, channels and filters of the small layer that stands for one that is too large."""


def identities_report(spec: Spec, seed: int) -> Report:
    """The identities for the window of a comparison, on its own map or on a small one.

    >>> identities_report(Spec(Shape((5, 5), 1), 3), 0).get("masked_dense.nonzero")
    81
    """
    used = _small_enough(spec)
    layer, shape = sliding_layer(used), used.shape
    window = Window(
        layer.kernel_of(shape),
        spread("conv", "stride", layer.stride, shape),
        layer.padding,  # type: ignore[arg-type]
        spread("conv", "dilation", layer.dilation, shape),
    )
    found = identities((shape.channels, *shape.space), used.filters, window, seed)
    data = {
        "agrees": all(identity.agrees for identity in found),
        "seed": seed,
        "input": str(shape),
        "filters": used.filters,
        "identities": [_data(identity) for identity in found],
    }
    notes = []
    if used != spec:
        notes.append(
            ngettext(
                "{asked} would need a matrix that is too large: shown on {used} with {filters} filter",
                "{asked} would need a matrix that is too large: shown on {used} with {filters} filters",
                used.filters,
            ).format(asked=spec.shape, used=shape, filters=used.filters)
        )
    table = _table(
        found,
        _("one layer in the guise of another, {shape} to {output}, float64").format(
            shape=shape, output=layer.output(shape)
        ),
    )
    return Report("identities", data, (table,), tuple(notes), verdict=bool(data["agrees"]))


def _small_enough(spec: Spec) -> Spec:
    """The comparison itself, or one with the same window on a small map."""
    if _entries(spec) <= MOST_ENTRIES:
        return spec
    most, channels, filters = SMALL
    layer = sliding_layer(spec)
    kernel, dilation = layer.kernel_of(spec.shape), spread("conv", "dilation", layer.dilation, spec.shape)
    spans = (d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    space = tuple(min(size, max(most, span + 2)) for size, span in zip(spec.shape.space, spans, strict=True))
    shape = Shape(space, min(spec.shape.channels, channels))
    return replace(spec, shape=shape, filters=min(spec.filters, filters), groups=1)


def _entries(spec: Spec) -> int:
    layer = sliding_layer(spec)
    output = layer.output(spec.shape)
    weights = prod((output.numbers, *layer.kernel_of(spec.shape), spec.shape.channels))
    return max(int(output.numbers) * int(spec.shape.numbers), weights)


def _table(found: tuple[Identity, ...], title: str) -> Table:
    columns = (
        Column("identity", _("identity")),
        Column("difference", _("largest difference")),
        Column("nonzero", _("entries"), minor=1),
        Column("holds", _("holds")),
        Column("agrees", _("as it should")),
    )
    rows = tuple(
        (
            _(SAYS[identity.name]),
            f"{identity.difference:.1e}",
            _entries_text(identity),
            _("yes") if identity.holds else _("no"),
            _("yes") if identity.agrees else _("NO"),
        )
        for identity in found
    )
    return Table(columns, rows, title, marks={row: "bad" for row, identity in enumerate(found) if not identity.agrees})


def _entries_text(identity: Identity) -> str:
    if identity.name == "masked_dense":
        return _("{count} of {total} not zero").format(count=identity.count, total=identity.total)
    if identity.name == "tied_matrix":
        return _("{count} different weights").format(count=identity.count)
    return ""


def _data(identity: Identity) -> dict[str, object]:
    masked = identity.name == "masked_dense"
    return {
        "name": identity.name,
        "difference": identity.difference,
        "holds": identity.holds,
        "should_hold": identity.should_hold,
        "nonzero": identity.count if masked else None,
        "entries": identity.total if masked else None,
    }
