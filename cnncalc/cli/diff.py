"""``cnncalc diff``: two networks side by side, what differs, and the parts that make up the difference."""

from typing import Annotated

from typer import Argument, Option

from cnncalc.cli.networks import networks_of
from cnncalc.cli.options import (
    AllowUnknown,
    Assume,
    Budget,
    Depth,
    Dtype,
    Layout,
    OptionalInput,
    budgeted,
    check_depth,
    complete_network,
    held,
)
from cnncalc.language import N_
from cnncalc.report import Report
from cnncalc.shapes import Shape

DETAILS = N_(
    "Each network is one word: a name from the zoo, a file, or notation in quotes. Layers are aligned by what they are, not "
    "by their names; differences are the second less the first."
)
EXAMPLES = (
    "diff resnet50 resnet101 --depth 1",
    "diff conv3-64,p1 conv5-64,p2 --input 32x32x3",
    "diff vgg16 vgg16-bn --get parameters.difference",
    "diff vgg16 vgg19 --format markdown",
)


@budgeted
def command(
    a: Annotated[str, Argument(metavar="A", help=N_("the first network"), autocompletion=complete_network)],
    b: Annotated[str, Argument(metavar="B", help=N_("the second network"), autocompletion=complete_network)],
    *,
    input: OptionalInput = None,
    depth: Depth = 0,
    dtype: Dtype = "fp32",
    like: Annotated[
        str | None, Option(metavar="TOOL[,TOOL]", help=N_("also as another tool counts both, or two tools one each"))
    ] = None,
    exit_code: Annotated[bool, Option("--exit-code", help=N_("exit code 1 if the networks differ, as in git"))] = False,
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
    budget: Budget,
) -> Report:
    from cnncalc.difference.report import diff

    check_depth(depth)
    networks = networks_of([a, b], allow_unknown=allow_unknown, assume=assume, layout=layout)
    titles, (one, other) = zip(*networks, strict=True)
    shape = Shape.parse(input) if input else None
    report = diff(one, other, shape, dtype=dtype, depth=depth, titles=titles, exit_code=exit_code)
    if like is not None:
        from cnncalc.difference.peers import as_tools_count

        report = as_tools_count(report, one, other, shape, like)
    return held(report, budget)
