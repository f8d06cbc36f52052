"""The list of the built-in networks: what each is, counts and sees."""

from __future__ import annotations

from typing import Any

from cnncalc import counting, zoo
from cnncalc.analysis import counts, shapes, trace
from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.receptive.axisfield import axis_field, last_sliding
from cnncalc.receptive.cells import agreed
from cnncalc.receptive.report import CONVENTIONS as FIELDS
from cnncalc.report import Column, Report, Table, joined

CONVENTIONS = {
    "macs": counting.CONVENTIONS["macs"],
    "flops": counting.CONVENTIONS["flops"],
    "rf": "receptive field through windows, in input pixels, of at, the last layer that slides over the input",
    "jump": FIELDS["jump"],
}


def zoo_report() -> Report:
    """All networks of the zoo, with their totals for the input their file names.

    >>> zoo_report().get("vgg16.parameters")
    138357544
    """
    networks = [_entry(zoo.about(name)) for name in zoo.names()]
    return Report("zoo", {"networks": networks, "conventions": CONVENTIONS}, (_table(networks),), title=_("zoo"))


def _entry(about: zoo.Entry) -> dict[str, Any]:
    network = zoo.load(about.name)
    if network.input is None:
        raise NetworkError(_("{name} does not name its input").format(name=about.name))
    outputs = shapes(network, network.input)
    counted = counts(network, network.input, outputs)
    followed = trace(network)
    last = last_sliding(followed, len(network) - 1)
    if last is None:
        raise NetworkError(_("no layer of {name} slides over its input").format(name=about.name))
    fields = [axis_field(followed, axis, last) for axis in range(len(followed.fields))]
    return {
        **about._asdict(),
        "input": str(network.input),
        "output": str(outputs[-1]),
        "layers": len(network),
        "parameters": sum(count.parameters for count in counted),
        "macs": sum(count.macs for count in counted),
        "flops": sum(count.flops for count in counted),
        "at": network.nodes[last].name,
        "rf": agreed(field.size for field in fields),
        "jump": agreed(field.jump for field in fields),
    }


def _table(networks: list[dict[str, Any]]) -> Table:
    columns = (
        Column("name", _("name")),
        Column("title", _("network"), minor=True),
        Column("year", _("year"), "number"),
        Column("input", _("input"), minor=True),
        Column("parameters", _("parameters"), "count"),
        Column("macs", _("MACs"), "count"),
        Column("flops", _("FLOPs"), "count", minor=2),
        Column("rf", _("field"), "number"),
        Column("at", _("at layer"), minor=True),
        Column("jump", _("jump"), "number", minor=True),
    )
    return Table(columns, tuple(tuple(joined([entry[column.key]]) for column in columns) for entry in networks))
