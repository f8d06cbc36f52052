"""The arguments and options that several commands have, each in one place."""

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

from typer import Argument, Option

from cnncalc.cli.errors import UsageError
from cnncalc.dtypes import BITS
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import shorten

NETWORK_HELP = N_("notation, .cnn file, zoo name, model file, or -")
INPUT_HELP = N_("shape of the input; also LxC and DxHxWxC")


def complete_name(incomplete: str) -> list[str]:
    """The names of the zoo."""
    from cnncalc.zoo import names

    return [name for name in names() if name.startswith(incomplete)]


def complete_network(incomplete: str) -> list[str]:
    """The names of the zoo and the words of the notation; where none fits, the shell offers files."""
    from cnncalc.layers import KEYWORDS

    return [*complete_name(incomplete), *(word for word in KEYWORDS if word.startswith(incomplete))]


Words = Annotated[list[str], Argument(metavar="NETWORK…", help=NETWORK_HELP, autocompletion=complete_network)]
OptionalWords = Annotated[
    list[str] | None, Argument(metavar="[NETWORK…]", help=NETWORK_HELP, autocompletion=complete_network)
]
Input = Annotated[str, Option(metavar="HxWxC", help=INPUT_HELP)]
Inputs = Annotated[
    list[str] | None,
    Option(
        "--input", metavar="[NAME=]HxWxC", help=N_("shape of the input; also LxC and DxHxWxC; of several by its name")
    ),
]
OptionalInput = Annotated[str | None, Option(metavar="HxWxC", help=INPUT_HELP)]
AllowUnknown = Annotated[
    bool, Option("--allow-unknown", help=N_("continue past unknown operators; totals are then lower bounds"))
]
Assume = Annotated[
    list[str] | None,
    Option(
        metavar="OPERATOR=RULE",
        help=N_("how an unknown operator reads: pointwise, whole or statistics; may be repeated"),
    ),
]
Layout = Annotated[
    str | None,
    Option(
        metavar="BCHW|BHWC|BTC|…",
        help=N_("axes of the input in an .onnx or .pt2 file; default: as its layers show, or BC…"),
    ),
]
Verify = Annotated[bool, Option("--verify", help=N_("let NumPy check every number, as cnncalc verify does"))]


def _complete_tool(incomplete: str) -> list[str]:
    from cnncalc.peers.tools import TOOLS

    return [tool for tool in TOOLS if tool.startswith(incomplete)]


Like = Annotated[
    str | None,
    Option(
        metavar="TOOL",
        autocompletion=_complete_tool,
        help=N_(
            "beside what another tool counts, and why: "
            "torchinfo, thop, ptflops, fvcore, torch, calflops, keras, onnx-tool"
        ),
    ),
]
Dask = Annotated[
    str | None,
    Option(metavar="ADDRESS|local:N", help=N_("compute on a Dask cluster, or in N processes of this machine")),
]
Answer = Annotated[
    str | None, Option(metavar="N", help=N_("check an answer: exit code 0 if right, else 1 and what went wrong"))
]
Depth = Annotated[int, Option(metavar="N", help=N_("fold blocks below this many names; 0 shows every layer"))]


BUDGET: dict[str, Any] = {
    "require": Annotated[
        list[str] | None,
        Option(
            metavar="'FIELD>=N'",
            help=N_("exit code 1 if this field of the answer is not so; may be repeated"),
        ),
    ],
    "baseline": Annotated[
        str | None,
        Option(metavar="FILE.json", help=N_("an earlier --json to compare with; exit code 1 if anything differs")),
    ],
    "tolerance": Annotated[
        list[str] | None,
        Option(
            metavar="'FIELD<=+N%'",
            help=N_("hold only this field to the baseline, and only so far; may be repeated"),
        ),
    ],
}
"""What an answer is held to, options that every command has which computes."""
Dtype = Annotated[str, Option(metavar="|".join(BITS), help=N_("type of a number in memory"))]

Bias = Annotated[bool, Option("--bias/--no-bias", help=N_("whether layers have biases"))]
Compare = Annotated[
    str | None, Option(metavar="ROW,ROW…", help=N_("rows to show: dense, local, tiled, conv, depthwise, separable"))
]


def check_depth(depth: int) -> None:
    """`UsageError` for a depth below 0."""
    if depth < 0:
        raise UsageError(_("--depth {depth} is below 0: give 0 for every layer, 1 for blocks").format(depth=depth))


Answering = Callable[..., Report]
"""A command as Typer calls it."""


def grouped(
    name: str, options: Mapping[str, Any], check: Callable[[Mapping[str, Any]], None] | None = None
) -> Callable[[Answering], Answering]:
    """Give a command several ``options`` (their annotations) in place of its parameter ``name``.

    What that parameter gets is a dict of those options that were typed, after ``check`` has seen it.

    >>> @grouped("window", {"kernel": str, "stride": str})
    ... def command(*, input, window):
    ...     return input, window
    >>> str(signature(command)), command(input="5x5x1", kernel="3", stride=None)
    ('(*, input, kernel: str = None, stride: str = None)', ('5x5x1', {'kernel': '3'}))
    """
    group = [Parameter(option, Parameter.KEYWORD_ONLY, default=None, annotation=options[option]) for option in options]

    def decorate(command: Answering) -> Answering:
        @wraps(command)
        def called(**values: Any) -> Report:
            typed = {option: value for option in options if (value := values.pop(option)) is not None}
            if check is not None:
                check(typed)
            return command(**values, **{name: typed})

        own = signature(command).parameters.values()
        parameters = [new for old in own for new in (group if old.name == name else [old])]
        vars(called)["__signature__"] = Signature(parameters)
        return called

    return decorate


Budget = Mapping[str, Any]
"""The options of `BUDGET` that were typed."""

READERS = {
    "require": ("cnncalc.report.requirements", "read"),
    "tolerance": ("cnncalc.report.baseline", "read_tolerance"),
}
"""What reads a comparison, by the option that it is given to."""


def check_whole(budget: Budget) -> None:
    """`UsageError` for a comparison whose sign the shell took away."""
    for name, (module, reader) in READERS.items():
        for text in budget.get(name) or ():
            from cnncalc.cli.redirection import check_quoted  # few commands are held to anything

            check_quoted(text, f"--{name}", vars(import_module(module))[reader])


budgeted = grouped("budget", BUDGET, check_whole)
"""Gives a command the options of `BUDGET` in place of its parameter ``budget``, which is a `Budget`."""


def asked_of(budget: Budget) -> dict[str, bool]:
    """Which of those options were typed, as the table of questions that go together has them."""
    return {f"--{name}": bool(budget.get(name)) for name in BUDGET}


def held(report: Report, budget: Budget) -> Report:
    """The report, held to what is required of it and to an earlier one; where nothing is, that is not even imported."""
    requirements, file, tolerances = (budget.get(name) for name in BUDGET)
    if requirements:
        from cnncalc.report.requirements import required

        report = required(report, requirements)
    if file is not None:
        from cnncalc.report.baseline import read_baseline, within

        return within(report, read_baseline(file), tolerances or (), file)
    if tolerances:
        raise UsageError(
            _("--tolerance {text} says how far from an earlier answer: add --baseline FILE.json").format(
                text=shorten(tolerances[0])
            )
        )
    return report
