"""``cnncalc sweep``: all configurations of a template, or of a network with edits, at once."""

import os
import sys
from typing import Annotated, Any

from typer import Argument, Context, Option

from cnncalc.cli.answer import OUTPUT
from cnncalc.cli.errors import UsageError
from cnncalc.cli.options import Dask, Dtype
from cnncalc.cli.output import Output, cannot_write, put, wanted
from cnncalc.errors import CnncalcError
from cnncalc.language import N_, _
from cnncalc.render import PICTURES
from cnncalc.report import Report

DETAILS = N_(
    "A template is the notation with variables where numbers stand: a capital letter, digits after it, such as K or C2. "
    "Their values are numbers with commas, a..b, a..b:step or a..b:xfactor. What does not fit is a row with its reason. "
    "A network that is there already is varied by --vary or by the shape of its input."
)
EXAMPLES = (
    "sweep K=3,5,7 C=16..64:x2 N=1..3 convK-C,same xN maxpool2 conv3-2C --input 64x64x3",
    "sweep I=64,128,224 resnet18 --input IxIx3",
    "sweep D=1,2,4 resnet18 --vary 'layer4.*.dilation=D'",
    "sweep K=3,5,7 S=1,2 convK-16/S conv3-32 --input 5x5x3 --where 'field>=5 and parameters<1e4'",
    "sweep K=2..9 D=1..16 N=1..8 convK-64,dD xN --input 1000x64 --best parameters --for field",
)


def complete_column(incomplete: str) -> list[str]:
    """The columns that every sweep has which begin so."""
    from cnncalc.sweeps.compute import COUNTS, SEEN

    return [name for name in (*COUNTS, *SEEN) if name.startswith(incomplete)]


def command(
    context: Context,
    words: Annotated[
        list[str],
        Argument(metavar="[K=3,5,7…] NETWORK…", help=N_("variables and a template, zoo name or model file")),
    ],
    *,
    input: Annotated[
        str | None, Option(metavar="HxWxC", help=N_("shape of the input, which may hold variables: IxIx3"))
    ] = None,
    vary: Annotated[
        list[str] | None,
        Option(metavar="LAYER.FIELD=D", help=N_("leave a number of these layers open, as in layer3.*.dilation=1,2,4")),
    ] = None,
    where: Annotated[
        str | None, Option(metavar="CONDITION", help=N_("only rows of which this holds: 'field>=200 and macs<1e9'"))
    ] = None,
    best: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            autocompletion=complete_column,
            help=N_("only the row with the least of this, or with --for the front"),
        ),
    ] = None,
    gain: Annotated[
        str | None,
        Option(
            "--for",
            metavar="COLUMN",
            autocompletion=complete_column,
            help=N_("what --best pays for: the most of this, for each cost"),
        ),
    ] = None,
    sample: Annotated[int | None, Option(metavar="N", help=N_("only so many configurations, drawn at random"))] = None,
    seed: Annotated[int, Option(metavar="N", help=N_("the draw: the same for the same seed"))] = 0,
    part: Annotated[
        str | None, Option(metavar="I/N", help=N_("only this share of all configurations, as in 3/100"))
    ] = None,
    resume: Annotated[
        bool, Option("--resume", help=N_("go on with a folder (-o rows/) that an interrupted run left"))
    ] = False,
    dask: Dask = None,
    dtype: Dtype = "fp32",
) -> Report | None:
    from cnncalc.loading import family_of
    from cnncalc.sweeps.compute import Sweep
    from cnncalc.sweeps.conditions import Condition
    from cnncalc.sweeps.runs import Run, check_columns, part_of
    from cnncalc.sweeps.text import NOTATION

    output: Output = context.meta[OUTPUT]
    variables, network = _parted(words)
    family, values = family_of(network, variables, input, vary or ())
    title = " ".join(network)
    sweep = Sweep(family, values, dtype)
    condition = None if where is None else Condition.read(where, sweep.columns)
    names = tuple(name.strip() for name in output.columns.split(",")) if output.columns is not None else ()
    check_columns(names, (*sweep.columns, NOTATION))
    run = Run(sweep, condition, best, gain, sample, seed)
    folder = output.output is not None and (output.output.endswith("/") or os.path.isdir(output.output))
    if folder:
        typed = {
            "words": tuple(network),
            "variables": tuple(variables.items()),
            "input": input,
            "vary": tuple(vary or ()),
            "where": where,
            "dtype": dtype,
        }
        _write_folder(run, names or sweep.columns, output, part, title, resume=resume, dask=dask, typed=typed)
        return None
    if dask is not None:
        raise UsageError(_("--dask computes the files of a folder: add -o rows/"))
    if resume:
        raise UsageError(_("--resume goes on with a folder: add -o rows/"))
    if part is not None:
        first, last = part_of(part, sweep.grid.size)
        run = Run(sweep, condition, best, gain, sample, seed, first, last)
    run.check()
    return _write(run, names, output, title)


def _parted(words: list[str]) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """The values of the variables, in the order that they are typed in, and the words of the network."""
    from cnncalc.sweeps.variables import GIVEN, variables_of

    variables = variables_of(word for word in words if GIVEN.fullmatch(word))
    network = [word for word in words if not GIVEN.fullmatch(word)]
    if not network:
        raise UsageError(_("a network is missing: write a template, as in K=3,5,7 convK-64, or a name of the zoo"))
    return variables, network


def _write(run: Any, names: tuple[str, ...], output: Output, title: str) -> Report | None:
    """Rows that are many go where they are wanted as they come; the others into a report."""
    from cnncalc.sweeps.files import BINARY, write
    from cnncalc.sweeps.report import sweep_report
    from cnncalc.sweeps.text import WRITERS

    path = output.output if output.output not in (None, "-") else None
    binary = next((format for suffix, format in BINARY.items() if path and path.lower().endswith(suffix)), None)
    if output.get is not None:
        return sweep_report(run, title, (), _progress())
    if binary and (output.format or output.json):
        raise UsageError(_("{path} is no file for another format: leave out --format and --json").format(path=path))
    format = binary or wanted(output) or (None if path or sys.stdout.isatty() else "tsv")
    if format in PICTURES:
        from cnncalc.sweeps.figure import picture

        return picture(run, title, _progress())
    if format not in WRITERS and not binary:
        return sweep_report(run, title, names, _progress())
    columns = names or run.sweep.columns
    if path is None:
        for text in WRITERS[str(format)](run.sweep, run.frames(_progress()), columns):
            put(text, str(format))
        return None
    try:
        write(run, columns, path, str(format), _progress())
    except OSError as error:
        raise cannot_write(path, error) from error
    return None


def _write_folder(
    run: Any,
    columns: tuple[str, ...],
    output: Output,
    part: str | None,
    title: str,
    *,
    resume: bool,
    dask: str | None,
    typed: dict[str, Any],
) -> None:
    """The files of a folder that are missing, here or on a cluster."""
    from cnncalc.sweeps import files
    from cnncalc.sweeps.runs import part_of
    from cnncalc.sweeps.text import WRITERS

    folder, format = str(output.output), output.format or "parquet"
    if format not in (*WRITERS, "parquet") or output.json or output.get is not None:
        raise UsageError(_("a folder holds parquet, csv, tsv or ndjson: take one of these as --format"))
    if run.best is not None or run.sample is not None:
        raise UsageError(_("a folder holds all rows: write --best and --sample into a file, as in -o rows.csv"))
    run.check()
    if format == "parquet":
        files.arrow()
    parts = files.parts_of(run, files.PART)
    first, last = (0, len(parts)) if part is None else part_of(part, len(parts))
    watch = _progress()
    try:
        files.prepare(folder, files.plan(run, columns, format, title), resume=resume or part is not None)
        if dask is not None:
            from cnncalc.cli.cluster import Task, spread

            task = Task(**typed, columns=columns, folder=os.path.abspath(folder), format=format)
            spread(task, range(first, last), dask, watch)
            return
        for place in range(first, last):
            files.write_part(folder, parts[place], columns, format)
            watch(place + 1 - first, last - first)
    except OSError as error:
        if isinstance(error, CnncalcError):
            raise
        raise cannot_write(folder, error) from error


def _progress() -> Any:
    """Tells on a terminal how far a long run is."""
    from time import monotonic

    begin = last = monotonic()

    def watch(done: int, all: int) -> None:
        nonlocal last
        now = monotonic()
        if not sys.stderr.isatty() or now - begin < 1 or (now - last < 0.2 and done < all):
            return
        last = now
        line = _("{done:,} of {all:,}").format(done=done, all=all)
        print(f"\r{line:<40}", end="\n" if done >= all else "", file=sys.stderr, flush=True)

    return watch
