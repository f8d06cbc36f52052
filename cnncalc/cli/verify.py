"""``cnncalc verify``: NumPy does what the formulas say, and counts what happened."""

from typing import Annotated

from typer import Argument, Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import INPUT_HELP, NETWORK_HELP
from cnncalc.cli.windows import NAMED
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


def command(
    network: Annotated[list[str] | None, Argument(metavar="[NETWORK…]", help=NETWORK_HELP)] = None,
    *,
    input: Annotated[str | None, Option(metavar="HxWxC", help=INPUT_HELP)] = None,
    kernel: Annotated[str | None, Option(metavar="K", help=N_("size of the window: 3, 1x7, 3x3x3"))] = None,
    filters: Annotated[str | None, Option(metavar="N", help=N_("number of filters; 1 if not given"))] = None,
    stride: Annotated[str | None, Option(metavar="S", help=N_("steps of the window: 2, 1x2"))] = None,
    padding: Annotated[
        str | None, Option(metavar=f"P|{'|'.join(NAMED)}", help=N_("padding: 1, 0x1, before/after as in 2/3x0/1"))
    ] = None,
    dilation: Annotated[str | None, Option(metavar="D", help=N_("distance between the taps of the kernel"))] = None,
    groups: Annotated[str | None, Option(metavar="G", help=N_("groups of channels of the convolution"))] = None,
    bias: Annotated[bool, Option("--bias/--no-bias", help=N_("whether layers have biases"))] = True,
    local_bias: Annotated[
        str | None, Option(metavar="per-position|shared", help=N_("bias of the locally connected layer"))
    ] = None,
    units: Annotated[str | None, Option(metavar="N", help=N_("units of the fully connected layer; 4096"))] = None,
    tile: Annotated[str | None, Option(metavar="T", help=N_("tiled layer: a T×T grid of filters in turn; 2"))] = None,
    compare: Annotated[
        str | None, Option(metavar="ROW,ROW…", help=N_("rows to show: dense, local, tiled, conv, depthwise, separable"))
    ] = None,
    seed: Annotated[int, Option(metavar="N", help=N_("seed of the random numbers"))] = 0,
    max_memory: Annotated[str, Option(metavar="SIZE", help=N_("memory that may be used: 1GiB, 500MB"))] = "1GiB",
    max_time: Annotated[float, Option(metavar="SECONDS", help=N_("time that may be used"))] = 60.0,
) -> Report:
    from cnncalc.cli.params import spec_of
    from cnncalc.cli.verification import spec_report, words_report
    from cnncalc.verify.budget import Limits, memory

    limits = Limits(memory(max_memory), max_time)
    options = {
        "--kernel": kernel,
        "--filters": filters,
        "--stride": stride,
        "--padding": padding,
        "--dilation": dilation,
        "--groups": groups,
        "--local-bias": local_bias,
        "--units": units,
        "--tile": tile,
    }
    if network:
        _refuse({**options, "--compare": compare}, network)
        return words_report(network, input, seed, limits)
    if input is None:
        raise UsageError(_("nothing to verify: give a network, or --input and --kernel"))
    spec = spec_of(input, options, compare, bias=bias)
    return spec_report(spec, seed, limits)


def _refuse(options: dict[str, str | None], network: list[str]) -> None:
    """`UsageError` for the options of a window beside a network, which has windows of its own."""
    stray = next((name for name, text in options.items() if text is not None), None)
    if stray:
        raise UsageError(
            _("{option} does not go with the network {network}: leave one out").format(
                option=stray, network=" ".join(network)
            )
        )
