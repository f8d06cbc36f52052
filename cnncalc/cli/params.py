"""``cnncalc params``: how many parameters layers take that do the same job, and which idea saves how much."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import (
    Answer,
    Bias,
    Compare,
    Dilation,
    Dtype,
    Filters,
    Groups,
    Input,
    Kernel,
    LocalBias,
    Padding,
    Stride,
    Tile,
    Units,
    Verify,
)
from cnncalc.cli.windows import padding as read_padding
from cnncalc.cli.windows import size, whole
from cnncalc.comparison.rows import Spec
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
    input: Input,
    kernel: Kernel = None,
    filters: Filters = None,
    stride: Stride = None,
    padding: Padding = None,
    dilation: Dilation = None,
    groups: Groups = None,
    bias: Bias = True,
    local_bias: LocalBias = None,
    units: Units = None,
    tile: Tile = None,
    dtype: Dtype = "fp32",
    compare: Compare = None,
    explain: Annotated[bool, Option("--explain", help=N_("derive the numbers in words"))] = False,
    as_taught: Annotated[bool, Option("--as-taught", help=N_("beside the numbers as course notes count them"))] = False,
    answer: Answer = None,
    of: Annotated[
        str | None, Option(metavar="ROW[.FIELD]", help=N_("what the answer is to: conv, local, conv.macs, conv.output"))
    ] = None,
    verify: Verify = False,
) -> Report:
    given = windows(locals())
    shape = Shape.parse(input)
    asked = {"--explain": explain, "--as-taught": as_taught, "--answer": answer is not None, "--verify": verify}
    asked["--compare"] = bool(compare)
    _check(given, asked, rows := _rows(compare, kernel))
    if of is not None and answer is None:
        raise UsageError(_("--of {row} says what an answer is to: add --answer").format(row=shorten(of)))
    spec = _spec(shape, given, rows, bias=bias, dtype=dtype)
    if answer is not None:
        from cnncalc.exercises.counts import judge

        return judge(spec, of or ("conv" if kernel else "dense"), answer)
    if explain:
        from cnncalc.comparison.explain import explain as derive

        return derive(spec)
    if as_taught:
        from cnncalc.exercises.taught import as_taught as beside

        return beside(spec)
    from cnncalc.comparison.report import compare as side_by_side

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


def windows(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The options of `READERS` as they were typed, from the arguments of a command."""
    return {option: values[option.removeprefix("--").replace("-", "_")] for option in READERS}


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
