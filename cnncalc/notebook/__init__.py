"""Notebooks: how reports, networks and layers are shown there, as text, Markdown, LaTeX and HTML."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.layers.base import Layer
from cnncalc.network import Network
from cnncalc.network import blocks as blocks_of
from cnncalc.notation.words import write
from cnncalc.notebook.html import MOST_ROWS, page
from cnncalc.render import Page, render
from cnncalc.render.pictures.svg import escape
from cnncalc.report import Report

WIDTH = 100
"""How wide text is."""


@singledispatch
def bundle(value: Any) -> dict[str, str]:
    """What a notebook shows of a value, by its MIME type.

    >>> sorted(bundle(Report("any", {})))
    ['text/html', 'text/latex', 'text/markdown', 'text/plain']
    """
    return {"text/plain": repr(value)}


@bundle.register
def _report(report: Report) -> dict[str, str]:
    return {
        "text/plain": text(report),
        "text/markdown": render(report, "markdown"),
        "text/latex": render(report, "latex"),
        "text/html": page(report),
    }


def text(report: Report) -> str:
    """A report as text, as a prompt shows it."""
    return render(report, "plain", Page(WIDTH))


@bundle.register
def _network(network: Network) -> dict[str, str]:
    """Its totals and blocks where it has an input; else the fields of its layers, which need none."""
    from cnncalc.receptive.report import receptive_fields
    from cnncalc.summary.report import summary_report

    names = [node.name for node in network.nodes]
    depths = range(max(name.count(".") for name in names), 0, -1)
    depth = next((one for one in (0, *depths) if _rows(names, one) <= MOST_ROWS), 1)
    try:
        if network.input is None:
            return bundle(receptive_fields(network, title=_title(network, depth, names), depth=depth))
        return bundle(summary_report(network, depth=depth, title=_title(network, depth, names)))
    except CnncalcError:
        return _noted(repr(network), "; ".join(names[:MOST_ROWS]))


def _rows(names: list[str], depth: int) -> int:
    return sum(1 for _block in blocks_of(names, depth)) if depth else len(names)


def _title(network: Network, depth: int, names: list[str]) -> str:
    """How much of it is shown in how few rows."""
    if not depth:
        return _("{count} layers").format(count=f"{len(network):,}")
    return _("{count} layers in {rows} rows").format(count=f"{len(network):,}", rows=_rows(names, depth))


@bundle.register
def _layer(layer: Layer) -> dict[str, str]:
    return _noted(repr(layer), write(layer))


def _noted(plain: str, notation: str) -> dict[str, str]:
    return {
        "text/plain": plain,
        "text/markdown": f"`{notation}`",
        "text/html": f"<code>{escape(notation)}</code>",
    }
