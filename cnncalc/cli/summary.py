"""``cnncalc summary``: shapes, parameters, MACs, memory and fields of every layer, and their totals."""

from typing import Annotated

from typer import Argument, Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import INPUT_HELP, NETWORK_HELP, network_of
from cnncalc.dtypes import BITS
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import Shape

DETAILS = N_("Weights that are used twice count once. Memory is that of one input: every layer writes its own output.")
EXAMPLES = (
    "summary vgg16 --input 224x224x3",
    "summary resnet50 --input 224x224x3 --depth 1",
    "summary conv3-64,same maxpool2 fc10 --input 32x32x3",
    "summary mobilenet-v2 --input 224x224x3 --get total.parameters",
)


def command(
    network: Annotated[list[str], Argument(metavar="NETWORK…", help=NETWORK_HELP)],
    *,
    input: Annotated[str | None, Option(metavar="HxWxC", help=INPUT_HELP)] = None,
    depth: Annotated[int, Option(metavar="N", help=N_("fold blocks below this many names; 0 shows every layer"))] = 0,
    dtype: Annotated[str, Option(metavar="|".join(BITS), help=N_("type of a number in memory"))] = "fp32",
    allow_unknown: Annotated[
        bool, Option("--allow-unknown", help=N_("go on behind operators nobody knows, with lower bounds"))
    ] = False,
    verify: Annotated[
        bool, Option("--verify", help=N_("let NumPy check every number, as cnncalc verify does"))
    ] = False,
) -> Report:
    from cnncalc.summary import summary_report

    if depth < 0:
        raise UsageError(_("--depth {depth} is below 0: give 0 for every layer, 1 for blocks").format(depth=depth))
    found = network_of(network, allow_unknown=allow_unknown)
    shape = Shape.parse(input) if input else None
    report = summary_report(found, shape, dtype=dtype, depth=depth, title=" ".join(network))
    if verify:
        from cnncalc.cli.verification import beside, network_report

        return beside(report, network_report(found, shape))
    return report
