"""The command line: one file per command, and the table below, from which the help is made without importing them.

How to write a command
----------------------
1. Add a line to `COMMANDS`: the name and what it answers, in one line. The file is ``cli/<name>.py``.
2. The file holds one function, ``command``, and nothing that Typer runs on import::

       \"\"\"``cnncalc params``: how many parameters layers have that do the same job.\"\"\"

       from typing import Annotated, Literal

       from typer import Argument, Option

       from cnncalc.language import N_
       from cnncalc.report import Report

       DETAILS = N_("What the table does not say by itself, in a paragraph or two.")   # may be left out
       EXAMPLES = ("params --input 224x224x3 --kernel 3 --filters 64",)

       def command(
           *,
           input: Annotated[str, Option(metavar="HxWxC", help=N_("shape of the input"))] = "224x224x3",
           dtype: Annotated[Literal["fp32", "fp16"], Option(help=N_("type of a number in memory"))] = "fp32",
       ) -> Report:
           from cnncalc.comparison.rows import compare          # what costs time is imported here

           return compare(...)

It parses and calls; it prints nothing. Everything common comes by itself (`cnncalc.cli.answer`): ``--format``,
``--json``, ``-o``, ``--get``, ``--columns``, ``--theme``, ``--lang``, the choice between table and TSV, and exit code 1 where ``report.verdict``
is false. A command may also return a `str`, which is printed as it is (``schema``); then of these only ``-o`` applies;
or `None`, where it has written its answer itself, row by row (``sweep``).

- No ``from __future__ import annotations`` here: Typer would evaluate every annotation four times.
- Help texts are marked ``N_("…")``, not ``_("…")``: they are translated when the help is shown. They begin in lower
  case and have no full stop. Sizes and the like are `str` options, read by the core, whose errors name the way out.
- What is wrong with the input is a `CnncalcError`: one line on standard error, exit code 2. Contradictory options are
  a `cnncalc.cli.errors.UsageError`.
- ``EXAMPLES`` are shown in the help and run by the tests; they are written without the leading ``cnncalc``.
"""

from cnncalc.language import N_

COMMANDS: dict[str, str] = {
    "params": N_("how many parameters layers take that do the same job, and which idea saves how much"),
    "rf": N_("how far a unit sees: the receptive field, layer by layer"),
    "halo": N_("how much tiles must overlap so that together they are the whole, and the tiles"),
    "summary": N_("shapes, parameters, MACs, memory and fields of a network, with totals"),
    "memory": N_("what a network holds in memory, step by step: the peak, and the largest batch that fits"),
    "diff": N_("two networks side by side: totals, layers, and the parts that make up the difference"),
    "solve": N_("the chain, or the edit of a network, that sees far enough at least cost"),
    "sweep": N_("all variants of a network at once: parameters, MACs, memory and fields of millions"),
    "verify": N_("whether that is true: NumPy does it, and counts"),
    "show": N_("any network in the notation, from a model file too"),
    "zoo": N_("the built-in networks: what they count and see, and their notation"),
    "learn": N_("the stories of convolution as experiments: stamp, sharing, learning, equivariance …"),
    "quiz": N_("exercises with worked solutions: asked here, printed, or graded from a file"),
    "schema": N_("the JSON Schema of what a command gives with --json"),
}
"""Every command and its line in the help, in the order of the help."""
