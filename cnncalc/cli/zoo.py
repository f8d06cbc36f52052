"""``cnncalc zoo``: the built-in networks, and the notation file of one."""

from typing import Annotated

from typer import Argument

from cnncalc.cli.answer import completing
from cnncalc.language import N_
from cnncalc.report import Report

DETAILS = N_(
    "Without a name, every network with its totals for the input it was made for. With a name, its file in the "
    "notation: a start for one of your own, as in `cnncalc zoo unet > mine.cnn` and then `cnncalc rf mine.cnn`."
)
EXAMPLES = ("zoo", "zoo vgg16", "zoo --get resnet50.parameters")


def _complete(incomplete: str) -> list[str]:
    from cnncalc.zoo import names

    return completing(names())(None, [], incomplete)


def command(
    name: Annotated[
        str | None, Argument(metavar="NAME", help=N_("the network to print"), autocompletion=_complete)
    ] = None,
) -> Report | str:
    if name is not None:
        from cnncalc.zoo import text

        return text(name)
    from cnncalc.zoo.listing import zoo_report

    return zoo_report()
