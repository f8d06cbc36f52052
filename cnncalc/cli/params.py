"""``cnncalc params``: how many parameters layers take that do the same job, and which idea saves how much."""

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import (
    BUDGET,
    Answer,
    Bias,
    Budget,
    Compare,
    Dtype,
    Input,
    Like,
    Verify,
    asked_of,
    budgeted,
    held,
)
from cnncalc.cli.windows import Window, spec_of, windowed
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import shorten

if TYPE_CHECKING:
    from cnncalc.comparison.rows import Spec

DETAILS = N_(
    "Fully connected, locally connected and convolutional layers on the same input, side by side: exact counts, the "
    "worked formula, and the factors between them. Without a kernel, the fully connected layer alone."
)
EXAMPLES = (
    "params --input 224x224x3 --kernel 3 --filters 64",
    "params --input 224x224x3 --kernel 3 --filters 64 --explain",
    "params --input 224x224x3 --kernel 3 --filters 64 --get conv.parameters",
    "params --input 32x32x3 --kernel 5 --filters 8 --padding same --compare conv,depthwise,separable",
    "params --input 224x224x3 --kernel 3 --filters 64 --padding 1 --compare conv --like torchinfo",
)


@windowed
@budgeted
def command(
    *,
    input: Input,
    window: Window,
    bias: Bias = True,
    dtype: Dtype = "fp32",
    compare: Compare = None,
    explain: Annotated[bool, Option("--explain", help=N_("derive the numbers in words"))] = False,
    as_taught: Annotated[bool, Option("--as-taught", help=N_("beside the numbers as course notes count them"))] = False,
    answer: Answer = None,
    of: Annotated[
        str | None, Option(metavar="ROW[.FIELD]", help=N_("what the answer is to: conv, local, conv.macs, conv.output"))
    ] = None,
    budget: Budget,
    like: Like = None,
    verify: Verify = False,
) -> Report:
    asked = {"--explain": explain, "--as-taught": as_taught, "--answer": answer is not None, "--verify": verify}
    asked |= {"--compare": bool(compare), "--like": like is not None, **asked_of(budget)}
    _check(asked)
    spec = spec_of(input, window, compare, bias=bias, dtype=dtype)
    if of is not None and answer is None:
        raise UsageError(_("--of {row} says what an answer is to: add --answer").format(row=shorten(of)))
    if answer is not None:
        return _judged(spec, of or ("conv" if "kernel" in window else "dense"), answer, like)
    if explain:
        from cnncalc.comparison.explain import explain as derive

        return derive(spec)
    if as_taught:
        from cnncalc.exercises.taught import as_taught as beside

        return beside(spec)
    from cnncalc.comparison.report import compare as side_by_side

    report = side_by_side(spec)
    if like is not None:
        from cnncalc.peers.report import rows_beside

        report = rows_beside(report, like, spec)
    report = held(report, budget)
    if verify:
        from cnncalc.cli import verification

        return verification.beside(report, verification.spec_report(spec))
    return report


def _judged(spec: "Spec", of: str, answer: str, like: str | None) -> Report:
    if like is not None:
        from cnncalc.exercises import printed

        return printed.judge(spec, of, answer, like)
    from cnncalc.exercises.counts import judge

    return judge(spec, of, answer)


TOGETHER = [
    {"--explain", "--compare"},
    {"--verify", "--compare"},
    {"--like", "--compare"},
    {"--like", "--verify"},
    {"--like", "--answer"},
    *({question, f"--{name}"} for question in ("--compare", "--like", "--verify") for name in BUDGET),
    *({f"--{one}", f"--{other}"} for one, other in combinations(BUDGET, 2)),
]
"""What goes together; any other two are two questions."""


def _check(asked: Mapping[str, bool]) -> None:
    """`UsageError` for two questions at once."""
    ways = [name for name, wanted in asked.items() if wanted]
    for one, other in combinations(ways, 2):
        if {one, other} not in TOGETHER:
            raise UsageError(_("{one} and {other} are two questions: leave one out").format(one=one, other=other))
