"""``cnncalc show``: any network in the notation."""

from typing import Annotated

from typer import Option

from cnncalc.cli.networks import network_of
from cnncalc.cli.options import AllowUnknown, Assume, Words
from cnncalc.language import N_

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
) -> str:
    from cnncalc.notation.writing import show

    return show(network_of(network, allow_unknown=allow_unknown, assume=assume), lines=not line) + "\n"
