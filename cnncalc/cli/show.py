"""``cnncalc show``: any network in the notation."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from cnncalc.cli.networks import network_of
from cnncalc.cli.options import AllowUnknown, Assume, Layout, Words
from cnncalc.language import N_

if TYPE_CHECKING:
    from cnncalc.network import Network

DETAILS = N_(
    "What is printed reads back as the very same network. Branches stand where they are used, blocks under their "
    "names, and what repeats is written once."
)
EXAMPLES = (
    "show resnet18",
    "show conv3-64 relu conv3-64 relu maxpool2 --line",
)


def command(
    network: Words,
    *,
    line: Annotated[bool, Option("--line", help=N_("on one line, as other commands take it"))] = False,
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
) -> str:
    from cnncalc.notation.writing import show

    graph = network_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout)
    return ("" if line else _outputs(graph)) + show(graph, lines=not line) + "\n"


def _outputs(network: "Network") -> str:
    """A comment with the outputs of a model, where they are not the layers that nothing reads, as in the notation."""
    from cnncalc.network import Network

    if set(network.outputs) == set(Network(network.nodes).outputs):
        return ""
    return f"# outputs: {', '.join(network.nodes[index].name for index in network.outputs)}\n"
