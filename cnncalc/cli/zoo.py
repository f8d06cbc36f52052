"""``cnncalc zoo``: the built-in networks, and the notation file of one."""

from typing import Annotated

from typer import Argument, Context

from cnncalc.cli.answer import OUTPUT
from cnncalc.cli.options import complete_name
from cnncalc.cli.output import wanted
from cnncalc.language import N_
from cnncalc.render import PICTURES
from cnncalc.report import Report

DETAILS = N_(
    "Without a name, every network with its totals for the input it was made for. With a name, its file in the "
    "notation: a start for one of your own, as in `cnncalc zoo unet > mine.cnn` and then `cnncalc rf mine.cnn`. "
    "Written into an .svg or .html file it is the picture of its summary."
)
EXAMPLES = ("zoo", "zoo vgg16", "zoo --get resnet50.parameters", "zoo vgg16 --format svg")


def command(
    context: Context,
    name: Annotated[
        str | None, Argument(metavar="NAME", help=N_("the network to print"), autocompletion=complete_name)
    ] = None,
) -> Report | str:
    if name is None:
        from cnncalc.zoo.listing import zoo_report

        return zoo_report()
    from cnncalc.zoo import called, load, text

    if wanted(context.meta[OUTPUT]) not in PICTURES:
        return text(name)
    from cnncalc.summary.report import summary_report

    return summary_report(load(name), title=called(name))
