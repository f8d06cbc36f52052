"""A command made for the tests, and a program that has it: ``python tests/cli/demo.py demo …``."""

import sys
from typing import Annotated, Literal

from typer import Option

from cnncalc.cli import COMMANDS
from cnncalc.errors import LimitError
from cnncalc.language import N_
from cnncalc.report import Column, Report, Table
from cnncalc.report.picture import Picture
from cnncalc.symbols import Term

EXAMPLES = ("demo --filters 64",)
DETAILS = N_("A paragraph that says more.")


def register() -> None:
    """Make ``demo`` a command of the program in this process."""
    COMMANDS["demo"] = N_("a table for the tests")
    sys.modules["cnncalc.cli.demo"] = sys.modules[__name__]


def command(
    *,
    filters: Annotated[int, Option(help=N_("number of filters"))] = 64,
    dtype: Annotated[Literal["fp32", "fp16"], Option(help=N_("type of a number"))] = "fp32",
    fail: Annotated[Literal["no", "verdict", "error", "bug", "interrupt", "many"], Option(hidden=True)] = "no",
) -> Report:
    if fail == "error":
        raise LimitError(f"{'9' * 5000} filters are too many: take fewer")
    if fail == "bug":
        raise KeyError("inner\nsecret")
    if fail == "interrupt":
        raise KeyboardInterrupt
    return report(filters, rows=10_000 if fail == "many" else 1, verdict=fail != "verdict")


def report(filters: int = 64, *, rows: int = 1, verdict: bool = True) -> Report:
    """A convolution and a dense layer, of which one thing is unknown."""
    worked = Term(filters, "C_out") * (Term(3, "k_h") * Term(3, "k_w") * Term(3, "C_in") + 1)
    dense = 616_566_784
    table = Table(
        columns=(
            Column("name", "layer"),
            Column("parameters", "parameters", "count"),
            Column("bar", "", "bar", minor=True),
            Column("memory", "memory", "bytes", minor=True),
            Column("share", "share", "share", minor=True),
            Column("macs", "MACs", "count"),
            Column("worked", "worked", "formula", minor=True),
        ),
        rows=(
            *[("conv", int(worked), int(worked), 4 * int(worked), int(worked) / dense, 85_162_752, worked)] * rows,
            ("dense\x1b[31m & co", dense, dense, 4 * dense, 1.0, None, Term(dense)),
        ),
        total=("total", dense + int(worked), None, None, None, None, None),
        between={1: "sharing ÷49,284: one set of weights for 222·222 positions"},
        marks={0: "good"},
    )
    return Report(
        "demo",
        {
            "input": [224, 224, 3],
            "rows": [
                *[{"name": "conv", "parameters": int(worked), "macs": 85_162_752}] * rows,
                {"name": "dense", "parameters": dense, "macs": None},
            ],
            "worked": str(worked),
            "exact": True,
        },
        (table,),
        notes=("A MAC is one multiplication with its addition.",),
        pictures=(Picture((" ┌─┐", (("│", "quiet"), ("x", "strong"))), "a picture of a window"),),
        title="Same input, same output",
        verdict=verdict,
    )


if __name__ == "__main__":
    from cnncalc.cli.program import run

    register()
    sys.exit(run())
