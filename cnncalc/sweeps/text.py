"""Rows as plain values and as text, frame by frame: CSV, tab-separated values, and a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cnncalc.sweeps.compute import UNKNOWN, Coded, Frame, Sweep

NOTATION = "notation"
"""The column that is there when it is asked for: what `cnncalc summary` and all others take."""

AT_ONCE = 2**14
"""So many rows are made text at a time."""


def lists_of(sweep: Sweep, frame: Frame, columns: Sequence[str]) -> list[list[Any]]:
    """The columns of a frame as lists of Python's own values, `None` where there is none.

    >>> from cnncalc.sweeps.family import template_family
    >>> sweep = Sweep(template_family("convK-8", "5x5x3"), {"K": (3, 7)})
    >>> lists_of(sweep, sweep.rows([0, 1]), ["K", "parameters", "layer", "notation"])
    [[3, 7], [224, None], [None, 'conv1'], ['conv3-8', 'conv7-8']]
    """
    return [_list_of(sweep, frame, name) for name in columns]


def _list_of(sweep: Sweep, frame: Frame, name: str) -> list[Any]:
    if name == NOTATION:
        names = [*sweep.grid.variables]
        rows = zip(*(frame[name].tolist() for name in names), strict=True) if names else [()] * frame.rows
        return [sweep.family.write(dict(zip(names, row, strict=True))) for row in rows]
    column = frame[name]
    if isinstance(column, Coded):
        return [text or None for text in column.values.tolist()]
    numbers: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        numbers = [int(number) if number.is_integer() else number for number in numbers]
    return [None if number == UNKNOWN else number for number in numbers] if (column == UNKNOWN).any() else numbers


def csv(sweep: Sweep, frames: Iterable[Frame], columns: Sequence[str]) -> Iterator[str]:
    """Comma-separated values (RFC 4180), a text for each frame; what is unknown is empty."""
    yield from _separated(sweep, frames, columns, ",", _quoted)


def tsv(sweep: Sweep, frames: Iterable[Frame], columns: Sequence[str]) -> Iterator[str]:
    """Tab-separated values."""
    yield from _separated(sweep, frames, columns, "\t", lambda text: " ".join(text.split()))


def ndjson(sweep: Sweep, frames: Iterable[Frame], columns: Sequence[str]) -> Iterator[str]:
    """A JSON object on each line; what is unknown is null."""
    keys = [json.dumps(name, ensure_ascii=False) for name in columns]
    for frame in _pieces(frames):
        lists = [_encoded(values) for values in lists_of(sweep, frame, columns)]
        pairs = [[f"{key}: {value}" for value in values] for key, values in zip(keys, lists, strict=True)]
        yield "".join(f"{{{', '.join(row)}}}\n" for row in zip(*pairs, strict=True))


def _pieces(frames: Iterable[Frame]) -> Iterator[Frame]:
    return (piece for frame in frames for piece in frame.slices(AT_ONCE))


def _encoded(values: list[Any]) -> Iterable[str]:
    known: dict[Any, str] = {None: "null"}  # texts come again and again
    return [
        str(value)
        if isinstance(value, int | float)
        else known.get(value) or known.setdefault(value, json.dumps(value, ensure_ascii=False))
        for value in values
    ]


def _separated(
    sweep: Sweep, frames: Iterable[Frame], columns: Sequence[str], separator: str, written: Callable[[str], str]
) -> Iterator[str]:
    yield separator.join(map(written, columns)) + "\n"
    for frame in _pieces(frames):
        lists = [_texts(values, written) for values in lists_of(sweep, frame, columns)]
        yield "".join(f"{line}\n" for line in map(separator.join, zip(*lists, strict=True)))


def _texts(values: list[Any], written: Callable[[str], str]) -> Iterable[str]:
    return ["" if value is None else written(value) if isinstance(value, str) else str(value) for value in values]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text


WRITERS: dict[str, Callable[[Sweep, Iterable[Frame], Sequence[str]], Iterator[str]]] = {
    "csv": csv,
    "tsv": tsv,
    "ndjson": ndjson,
}
"""Formats that are written as the rows come, however many there are."""
