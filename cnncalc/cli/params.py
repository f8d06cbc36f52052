"""``cnncalc params``: how many parameters layers take that do the same job, and which idea saves how much."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.windows import NAMED, size, whole
from cnncalc.cli.windows import padding as read_padding
from cnncalc.comparison import Spec
from cnncalc.dtypes import BITS
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten

DETAILS = N_(
    "Fully connected, locally connected and convolutional layers on the same input, side by side: exact counts, the "
    "worked formula, and the factors between them. Without a kernel, the fully connected layer alone."
)
EXAMPLES = (
    "params --input 224x224x3 --kernel 3 --filters 64",
    "params --input 224x224x3 --kernel 3 --filters 64 --explain",
    "params --input 224x224x3 --kernel 3 --filters 64 --get conv.parameters",
    "params --input 32x32x3 --kernel 5 --filters 8 --padding same --compare conv,depthwise,separable",
)

BIASES = {"per-position": False, "shared": True}
"""What ``--local-bias`` may be, and whether the bias is then shared."""


def command(
    *,
    input: Annotated[str, Option(metavar="HxWxC", help=N_("shape of the input; also LxC and DxHxWxC"))],
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
        str | None, Option(metavar="|".join(BIASES), help=N_("bias of the locally connected layer"))
    ] = None,
    units: Annotated[str | None, Option(metavar="N", help=N_("units of the fully connected layer; 4096"))] = None,
    tile: Annotated[str | None, Option(metavar="T", help=N_("tiled layer: a T×T grid of filters in turn; 2"))] = None,
    dtype: Annotated[str, Option(metavar="|".join(BITS), help=N_("type of a number in memory"))] = "fp32",
    compare: Annotated[
        str | None, Option(metavar="ROW,ROW…", help=N_("rows to show: dense, local, tiled, conv, depthwise, separable"))
    ] = None,
    explain: Annotated[bool, Option("--explain", help=N_("derive the numbers in words"))] = False,
    as_taught: Annotated[bool, Option("--as-taught", help=N_("beside the numbers as course notes count them"))] = False,
    answer: Annotated[
        str | None, Option(metavar="N", help=N_("check an answer: exit code 0 if right, else 1 and what went wrong"))
    ] = None,
    of: Annotated[
        str | None, Option(metavar="ROW[.FIELD]", help=N_("what the answer is to: conv, local, conv.macs, conv.output"))
    ] = None,
    verify: Annotated[
        bool, Option("--verify", help=N_("let NumPy check every number, as cnncalc verify does"))
    ] = False,
) -> Report:
    given = {
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
    shape = Shape.parse(input)
    asked = {"--explain": explain, "--as-taught": as_taught, "--answer": answer is not None, "--verify": verify}
    asked["--compare"] = bool(compare)
    _check(given, asked, rows := _rows(compare, kernel))
    if of is not None and answer is None:
        raise UsageError(_("--of {row} says what an answer is to: add --answer").format(row=shorten(of)))
    spec = _spec(shape, given, rows, bias=bias, dtype=dtype)
    if answer is not None:
        from cnncalc.answers import judge

        return judge(spec, of or ("conv" if kernel else "dense"), answer)
    if explain:
        from cnncalc.explain import explain as derive

        return derive(spec)
    if as_taught:
        from cnncalc.taught import as_taught as beside

        return beside(spec)
    from cnncalc.comparison_report import compare as side_by_side

    if verify:
        from cnncalc.cli import verification

        return verification.beside(side_by_side(spec), verification.spec_report(spec))
    return side_by_side(spec)


def spec_of(input: str, given: Mapping[str, str | None], compare: str | None, *, bias: bool) -> Spec:
    """What is compared, from options as they were typed."""
    shape = Shape.parse(input)
    rows = _rows(compare, given["--kernel"])
    _check(given, {}, rows)
    return _spec(shape, given, rows, bias=bias, dtype="fp32")


def _spec(shape: Shape, given: Mapping[str, str | None], rows: tuple[str, ...], *, bias: bool, dtype: str) -> Spec:
    read = {READERS[name].field: READERS[name].read(name, text) for name, text in given.items() if text is not None}
    return Spec(shape, **read, bias=bias, names=rows, dtype=dtype)


class Reader(NamedTuple):
    """How an option becomes a field of `Spec`; it makes sense only where ``row`` is shown, if it names one."""

    field: str
    read: Callable[[str, str], Any]
    row: str = ""


def _local_bias(option: str, text: str) -> bool:
    if text not in BIASES:
        raise UsageError(
            _("{option} {text} is not known: take one of {known}").format(
                option=option, text=shorten(text), known=", ".join(BIASES)
            )
        )
    return BIASES[text]


READERS: Mapping[str, Reader] = {
    "--kernel": Reader("kernel", size),
    "--filters": Reader("filters", whole),
    "--stride": Reader("stride", size),
    "--padding": Reader("padding", read_padding),
    "--dilation": Reader("dilation", size),
    "--groups": Reader("groups", whole, "conv"),
    "--local-bias": Reader("shared_bias", _local_bias, "local"),
    "--units": Reader("units", whole, "dense"),
    "--tile": Reader("tile", size, "tiled"),
}


def _rows(compare: str | None, kernel: str | None) -> tuple[str, ...]:
    """The rows asked for; ``dense`` brings the one with the same output along."""
    names = () if compare is None else tuple(name.strip() for name in compare.split(","))
    return (*names, "dense_same") if "dense" in names and kernel else names


def _check(given: Mapping[str, str | None], asked: Mapping[str, bool], rows: tuple[str, ...]) -> None:
    """`UsageError` for options that contradict each other."""
    ways = [name for name, wanted in asked.items() if wanted]
    if len(ways) > 1 and ways not in (["--explain", "--compare"], ["--verify", "--compare"]):
        raise UsageError(_("{one} and {other} are two questions: leave one out").format(one=ways[0], other=ways[1]))
    if given["--kernel"] is None:
        if given["--units"] is None:
            raise UsageError(_("nothing to count: add --kernel 3 for a window, or --units for a fully connected layer"))
        stray = next((name for name, text in given.items() if text is not None and name != "--units"), None)
        if stray:
            raise UsageError(
                _("{option} {text} needs a window: add --kernel").format(option=stray, text=shorten(str(given[stray])))
            )
    for name, text in given.items():
        row = READERS[name].row
        if text is not None and row and rows and row not in rows:
            raise UsageError(
                _("{option} {text} is for the row {row}, which --compare leaves out: add it, or drop {option}").format(
                    option=name, text=shorten(text), row=row
                )
            )
