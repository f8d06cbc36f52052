"""``cnncalc solve``: the chain, or the edit of a network, that sees far enough at least cost."""

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import Dtype, Layout, OptionalInput, Verify, check_whole
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten

if TYPE_CHECKING:
    from cnncalc.designs.goal import Goal
    from cnncalc.designs.report import Solution

DETAILS = N_(
    "With --chain any number of blocks stand one after the other, the variables of each with values of its own. "
    "Without it a network is edited so that its maps keep their sizes: padding grows with the windows. Chains read all of "
    "their field unless --holes is given. The exit code is 1 where nothing meets what is required."
)
EXAMPLES = (
    "solve D=1..512:x2 --chain conv3-64,dD --input 16000x64 --require 'rf>=1000'",
    "solve K=2..5 S=1,2 --chain convK-32/S,same --input 64x64x32 --require 'parameters<=60000' --most rf",
    "solve unet --require 'rf>=400' --edits dilation --count 3",
    "solve resnet18 --input 224x224x3 --require 'rf>=600' --require 'macs<=2e9' --least macs --get designs.0.edits",
)


def _complete_edits(incomplete: str) -> list[str]:
    from cnncalc.designs.edits import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def _complete_cost(incomplete: str) -> list[str]:
    from cnncalc.designs.goal import COSTS

    return [cost for cost in COSTS if cost.startswith(incomplete)]


def command(
    words: Annotated[
        list[str] | None,
        Argument(metavar="[K=2..9…] [NETWORK…]", help=N_("variables of the chain, or the network to be edited")),
    ] = None,
    *,
    chain: Annotated[
        list[str] | None, Option(metavar="BLOCK", help=N_("a block of the chain, as in convK-64,dD; may be repeated"))
    ] = None,
    input: OptionalInput = None,
    require: Annotated[
        list[str] | None,
        Option(
            metavar="'FIELD>=N'",
            help=N_("what the design has to meet: rf, jump, parameters, macs, memory, layers; may be repeated"),
        ),
    ] = None,
    least: Annotated[
        str | None,
        Option(
            metavar="COST",
            autocompletion=_complete_cost,
            help=N_("what is to be least: parameters, which is the default, macs, memory or layers"),
        ),
    ] = None,
    most: Annotated[str | None, Option(metavar="rf", help=N_("the field is to be largest within --require"))] = None,
    edits: Annotated[
        str | None,
        Option(
            metavar="KIND,…",
            autocompletion=_complete_edits,
            help=N_("what may be edited: dilation, kernel, stride, depth; without it all"),
        ),
    ] = None,
    at: Annotated[str | None, Option(metavar="LAYER", help=N_("layer whose field counts; default: the last"))] = None,
    count: Annotated[int, Option(metavar="N", min=1, max=1000, help=N_("how many edits are shown"))] = 10,
    holes: Annotated[bool, Option("--holes", help=N_("chains may skip inputs of their field"))] = False,
    dtype: Dtype = "fp32",
    layout: Layout = None,
    verify: Verify = False,
) -> Report:
    from cnncalc.designs.goal import read_goal
    from cnncalc.designs.report import solve_report

    check_whole({"require": require})
    goal = read_goal(require or (), least, most)
    if chain:
        _refuse({"--edits": edits, "--at": at, "--layout": layout})
        solution, shape, title = _chain(words or [], chain, input, goal, holes=holes, dtype=dtype)
    else:
        if holes:
            raise UsageError(_("--holes is about chains: add --chain, as in --chain conv3-64,dD"))
        solution, shape, title = _edits(words or [], input, goal, edits, at, dtype, count, layout)
    report = solve_report(solution, goal, title, shape, chain=bool(chain), dtype=dtype)
    if verify and solution.designs:
        from cnncalc.cli.verification import beside, network_report
        from cnncalc.notation.parsing import parse

        return beside(report, network_report(parse(solution.designs[0].notation), shape))
    return report


def _chain(
    words: list[str], chain: list[str], input: str | None, goal: "Goal", *, holes: bool, dtype: str
) -> tuple["Solution", Shape, str]:
    from cnncalc.designs.report import solve_chain
    from cnncalc.sweeps.variables import GIVEN, variables_of

    if input is None:
        raise UsageError(_("a chain needs the shape of its input: give --input 16000x64"))
    for word in words:
        if not GIVEN.fullmatch(word):
            raise UsageError(_("{word} is no variable: beside --chain write such as K=2..9").format(word=shorten(word)))
    shape = Shape.parse(input)
    return solve_chain(chain, variables_of(words), shape, goal, holes=holes, dtype=dtype), shape, " | ".join(chain)


def _edits(
    words: list[str],
    input: str | None,
    goal: "Goal",
    edits: str | None,
    at: str | None,
    dtype: str,
    count: int,
    layout: str | None,
) -> tuple["Solution", Shape, str]:
    from cnncalc.cli.networks import network_of
    from cnncalc.designs.report import solve_edits

    if not words:
        raise UsageError(_("a network is missing: write one to be edited, or --chain conv3-64,dD to build one"))
    network = network_of(words, layout=layout)
    shape = Shape.parse(input) if input else network.input
    if shape is None:
        raise UsageError(_("the shape of the input is needed: add --input 224x224x3"))
    kinds = None if edits is None else [kind.strip() for kind in edits.split(",")]
    return solve_edits(network, shape, goal, kinds, at=at or "", dtype=dtype, count=count), shape, " ".join(words)


def _refuse(options: dict[str, str | None]) -> None:
    for option, value in options.items():
        if value is not None:
            raise UsageError(_("{option} is about a network that is edited: leave out --chain").format(option=option))
