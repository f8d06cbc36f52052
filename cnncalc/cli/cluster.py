"""Parts of a sweep, and many models, over a Dask cluster: each is decided by its number or its file alone.

Of a sweep is sent how it was typed, and numbers; what comes back is nothing. What was done is told by the files, which are
there once each however often a worker died and its part was begun again. Of models their names are sent, and rows come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, NamedTuple

from cnncalc.difference.rows import report_of, row_of
from cnncalc.errors import CnncalcError, LimitError
from cnncalc.extras import extra
from cnncalc.language import _
from cnncalc.loading import family_of, layouts_of, load
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten
from cnncalc.sweeps.compute import Sweep
from cnncalc.sweeps.conditions import Condition
from cnncalc.sweeps.files import PART, parts_of, write_part
from cnncalc.sweeps.runs import Run, Watch

LOCAL = "local:"
"""What stands before the number of processes on this machine."""
MOST_WORKERS = 1024
AGAIN = 5
"""So often a part is begun again whose worker died."""
PATIENCE = "10s"


class ClusterError(CnncalcError, OSError):
    """A cluster that does not answer, or a part that failed wherever it was computed."""


class Task(NamedTuple):
    """A sweep as it was typed, and the folder for its parts."""

    words: tuple[str, ...]
    variables: tuple[tuple[str, tuple[int, ...]], ...]
    input: str | None
    vary: tuple[str, ...]
    where: str | None
    dtype: str
    columns: tuple[str, ...]
    folder: str
    format: str
    part: int = PART


@lru_cache(maxsize=4)
def run_of(task: Task) -> Run:
    """The run that a task means: made once in every process.

    >>> run_of(Task(("convK-8",), (("K", (3, 5)),), "9x9x3", (), None, "fp32", (), "rows", "csv")).size
    2
    """
    family, variables = family_of(task.words, dict(task.variables), task.input, task.vary)
    sweep = Sweep(family, variables, task.dtype)
    return Run(sweep, None if task.where is None else Condition.read(task.where, sweep.columns))


def compute(task: Task, number: int) -> None:
    """One part of a task, into its file unless that is there."""
    run = run_of(task)
    write_part(task.folder, parts_of(run, task.part)[number], task.columns or run.sweep.columns, task.format)


def spread(task: Task, numbers: Sequence[int], address: str, watch: Watch | None = None) -> None:
    """Compute parts of a task on a cluster, by its address, or on ``local:N`` processes of this machine.

    Raises `ClusterError` where no cluster answers, or a part can't be computed.
    """
    with connected(address) as client:
        distributed = extra("distributed", _("--dask"), "distributed")
        futures = client.map(partial(compute, task), numbers, pure=False, retries=AGAIN)
        for done, future in enumerate(distributed.as_completed(futures), start=1):
            if future.status != "finished":
                raise _failure(future)
            if watch is not None:
                watch(done, len(futures))


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of a cluster, which is ended with it where it was begun here."""
    distributed = extra("distributed", _("--dask"), "distributed")
    count = workers_of(address)
    if count:
        settings: Mapping[str, Any] = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
        with distributed.LocalCluster(n_workers=count, **settings) as cluster, distributed.Client(cluster) as client:
            yield client
        return
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as problem:
        raise ClusterError(
            _("no Dask scheduler answers at {address}: give one such as tcp://node1:8786, or local:4").format(
                address=shorten(address)
            )
        ) from problem
    with client:
        yield client


def workers_of(address: str) -> int:
    """How many processes ``local:N`` means; 0 for the address of a scheduler.

    >>> workers_of("local:4"), workers_of("tcp://node1:8786")
    (4, 0)
    """
    if not address.startswith(LOCAL):
        return 0
    number = address.removeprefix(LOCAL)
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= MOST_WORKERS):
        raise LimitError(
            _("--dask {address} names no number of processes: take local:1 to local:{most}").format(
                address=shorten(address), most=MOST_WORKERS
            )
        )
    return int(number)


class Asked(NamedTuple):
    """What is asked about every model."""

    input: str | None = None
    dtype: str = "fp32"
    allow_unknown: bool = False
    assume: tuple[tuple[str, str], ...] = ()
    layout: str = ""


def summarised(asked: Asked, name: str) -> dict[str, Any] | str:
    """The row of one model, or why there is none.

    >>> summarised(Asked("9x9x3"), "no.cnn")
    'there is no file no.cnn'
    """
    try:
        network = load(name, allow_unknown=asked.allow_unknown, assume=dict(asked.assume), layout=asked.layout)
        return row_of(name, network, Shape.parse(asked.input) if asked.input else None, dtype=asked.dtype)
    except CnncalcError as problem:
        return " ".join(str(problem).split())


def summaries(names: Sequence[str], asked: Asked, address: str) -> Report:
    """A row for each of many models, computed on a cluster; a file that is broken is a row with its error."""
    with connected(address) as client:
        each = [asked._replace(layout=layout) for layout in layouts_of(names, asked.layout)]
        futures = client.map(summarised, each, names, pure=False, retries=AGAIN)
        answers = client.gather(futures, errors="skip")
        if len(answers) < len(names):
            raise _failure(next(future for future in futures if future.status != "finished"))
    rows = [answer for answer in answers if not isinstance(answer, str)]
    failed = {name: answer for name, answer in zip(names, answers, strict=True) if isinstance(answer, str)}
    return report_of(rows, failed, dtype=asked.dtype)


def _failure(future: Any) -> ClusterError:
    reason = shorten(str(future.exception()), 200)
    return ClusterError(_("a part failed on the cluster: {reason}").format(reason=reason))
