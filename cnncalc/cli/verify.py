"""``cnncalc verify``: NumPy does what the formulas say, and counts what happened."""

from typing import Annotated

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import Bias, Compare, Inputs, Layout, OptionalWords
from cnncalc.cli.windows import WINDOW, Window, spec_of, windowed
from cnncalc.language import N_, _
from cnncalc.report import Report

DETAILS = N_(
    "Weights are allocated and counted, random maps convolved, products counted as they are formed, receptive fields "
    "found by poisoning inputs and by pushing units back. Every claim is shown beside what was observed; exit code 1 if "
    "one does not agree. Give a network, or the options of params: these show too that the layers are one another in "
    "disguise, masked or with tied weights."
)
EXAMPLES = (
    "verify --input 32x32x3 --kernel 3 --filters 8",
    "verify conv3-8,same maxpool2 conv3-16 --input 32x32x3",
    "verify --input 5x5x1 --kernel 3 --get identities.masked_dense.nonzero",
)


@windowed
def command(
    network: OptionalWords = None,
    *,
    input: Inputs = None,
    window: Window,
    bias: Bias = True,
    compare: Compare = None,
    seed: Annotated[int, Option(metavar="N", help=N_("seed of the random numbers"))] = 0,
    max_memory: Annotated[str, Option(metavar="SIZE", help=N_("memory that may be used: 1GiB, 500MB"))] = "1GiB",
    all_layers: Annotated[
        bool, Option("--all-layers", help=N_("look at the fields of all layers, however long that takes"))
    ] = False,
    max_time: Annotated[float, Option(metavar="SECONDS", help=N_("time that may be used"))] = 60.0,
    layout: Layout = None,
) -> Report:
    from cnncalc.cli.verification import spec_report, words_report
    from cnncalc.dtypes import amount
    from cnncalc.verify.budget import Limits

    limits = Limits(amount(max_memory), max_time, all_layers)
    if network:
        _refuse(window, compare, network, bias=bias)
        return words_report(network, input, seed, limits, layout)
    if layout:
        raise UsageError(_("--layout says how a model file holds its input: give one, or leave it out"))
    if not input:
        raise UsageError(_("nothing to verify: give a network, or --input and --kernel"))
    return spec_report(spec_of(input[-1], window, compare, bias=bias), seed, limits)


def _refuse(window: Window, compare: str | None, network: list[str], *, bias: bool) -> None:
    """`UsageError` for the options of a window beside a network, which has windows of its own."""
    others = {"--no-bias": not bias, "--compare": compare is not None}
    stray = [*(WINDOW[field].option for field in window), *(option for option, typed in others.items() if typed)]
    if stray:
        raise UsageError(
            _("{option} does not go with the network {network}: leave one out").format(
                option=stray[0], network=" ".join(network)
            )
        )
