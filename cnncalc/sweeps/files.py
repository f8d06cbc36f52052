"""Files of rows: text, Parquet and Arrow, written as the rows come and there only once they are whole; and folders of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from cnncalc.extras import extra
from cnncalc.language import _
from cnncalc.report.files import whole
from cnncalc.sweeps.compute import TEXTS, UNKNOWN, Coded, Frame, Sweep
from cnncalc.sweeps.runs import Run, RunError, Watch
from cnncalc.sweeps.text import NOTATION, WRITERS, lists_of

PART = 2**22
"""A file of a folder holds the rows of so many configurations."""
ROW_GROUP = 2**16
"""So many rows are made Parquet or Arrow at a time."""
PLAN = "_sweep.json"
"""What the files of a folder belong to."""
BINARY = {".parquet": "parquet", ".arrow": "arrow"}
"""Suffixes of files that `pyarrow` writes."""


def write(run: Run, columns: Sequence[str], path: str, format: str, watch: Watch | None = None) -> None:
    """All rows of a run into one file, which is there once it is whole.

    Raises `OSError` where it can't be written, `MissingExtraError` without `pyarrow`.
    """
    with whole(path) as part:
        if format in WRITERS:
            with open(part, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(WRITERS[format](run.sweep, run.frames(watch), columns))
            return
        with _arrow_file(run.sweep, columns, part, format) as add:
            for frame in run.frames(watch):
                for piece in frame.slices(ROW_GROUP):
                    add(piece)


def arrow() -> Any:
    """The `pyarrow` module; `MissingExtraError` says how to get it."""
    extra("pyarrow.parquet", _("writing Parquet or Arrow"), "pyarrow")
    return extra("pyarrow", _("writing Parquet or Arrow"), "pyarrow")


@contextmanager
def _arrow_file(sweep: Sweep, columns: Sequence[str], path: str, format: str) -> Iterator[Callable[[Frame], None]]:
    pa = arrow()
    schema = pa.schema([(name, _type(pa, sweep, name)) for name in columns])
    if format == "parquet":
        ordered = [name for name in columns if name == "index"]
        writer: Any = pa.parquet.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_dictionary=[name for name in columns if name not in ordered],
            column_encoding=dict.fromkeys(ordered, "DELTA_BINARY_PACKED"),
        )
    else:
        writer = pa.ipc.new_file(path, schema, options=pa.ipc.IpcWriteOptions(compression="zstd"))
    with writer:
        yield lambda frame: writer.write_table(
            pa.table([_array(pa, sweep, frame, name, schema.field(name).type) for name in columns], schema=schema)
        )


def _type(pa: Any, sweep: Sweep, name: str) -> Any:
    """The narrowest type that holds every number the column can have; text where 64 bits don't."""
    if name == NOTATION or name in TEXTS:
        return pa.string()
    if name in sweep.grid.variables:
        largest = max(sweep.grid.variables[name])
        return next(
            type for type in (pa.int8(), pa.int16(), pa.int32(), pa.int64()) if largest < 2 ** (type.bit_width - 1)
        )
    if name == "index":
        return pa.int64() if sweep.grid.is_countable else pa.string()
    return {np.int64: pa.int64(), np.float64: pa.float64(), object: pa.string()}[sweep.type_of(name)]


def _array(pa: Any, sweep: Sweep, frame: Frame, name: str, type: Any) -> Any:
    if type == pa.string():
        if name in frame and isinstance(column := frame[name], Coded):
            texts = pa.array([text or None for text in column.texts], pa.string())
            return pa.nulls(frame.rows, type) if not column.codes.any() else texts.take(pa.array(column.codes))
        (values,) = lists_of(sweep, frame, [name])
        return pa.array([None if value is None else str(value) for value in values], type)
    column = frame[name]
    unknown = column == UNKNOWN
    return pa.array(column, type, mask=unknown if unknown.any() else None, safe=True)


def plan(run: Run, columns: Sequence[str], format: str, title: str) -> dict[str, Any]:
    """What tells one sweep from another: whatever decides a row."""
    sweep = run.sweep
    return {
        "network": title,
        "input": [size if isinstance(size, int) else list(size) for size in sweep.family.input],
        "variables": {name: list(values) for name, values in sweep.grid.variables.items()},
        "dtype": sweep.dtype,
        "where": run.where and run.where.text,
        "columns": list(columns),
        "format": format,
        "part": PART,
    }


def parts_of(run: Run, part: int) -> list[Run]:
    """The run in parts of so many configurations, one for each file of a folder."""
    return [replace(run, first=edge, last=min(edge + part, run.stop)) for edge in range(0, run.stop, part)]


def prepare(folder: str, planned: dict[str, Any], *, resume: bool) -> None:
    """A folder for the parts of one sweep; `RunError` for one that holds another, or that holds this one already."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, PLAN)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = file.read()
        if before != _encoded(planned):
            raise RunError(_("{folder} holds another sweep: take another folder").format(folder=folder))
        if not resume:
            raise RunError(
                _("{folder} holds this sweep already: add --resume to go on, or delete it").format(folder=folder)
            )
        return
    if os.listdir(folder):
        raise RunError(_("{folder} is not empty and holds no sweep: take another folder").format(folder=folder))
    with whole(path) as part, open(part, "w", encoding="utf-8") as file:
        file.write(_encoded(planned))


def _encoded(planned: dict[str, Any]) -> str:
    return json.dumps(planned, ensure_ascii=False, indent=1) + "\n"


def part_path(folder: str, run: Run, format: str) -> str:
    """The file of a part: its name is the first of its configurations."""
    return os.path.join(folder, f"part-{run.first:015d}.{format}")


def write_part(folder: str, run: Run, columns: Sequence[str], format: str, watch: Watch | None = None) -> None:
    """One part of a folder, unless it is there already."""
    path = part_path(folder, run, format)
    if not os.path.exists(path):
        write(run, columns, path, format, watch)
