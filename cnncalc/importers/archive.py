"""Text and JSON out of files and zip archives that nobody vouches for: bounded, and nothing is unpickled."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncalc.errors import ModelFileError
from cnncalc.language import _

MOST_JSON = 1 << 26
"""Bytes of JSON that are read; the graph of a large network takes a few megabytes."""

MOST_VALUES = 2_000_000
"""Objects, arrays and what stands between commas: the least value takes thirty times its text in memory."""

MOST_MEMBERS = 100_000
"""A zip with more members than this is refused before its list is read."""


def read_text(path: str | Path, most: int) -> str:
    """The text of a file of at most so many bytes; what is not UTF-8 is replaced."""
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None
    if len(content) > most:
        raise ModelFileError(_("{path} is larger than the {most} bytes that are read").format(path=path, most=most))
    return content.decode("utf-8", "replace")


def read_json(path: str | Path) -> Any:
    """What a ``.json`` file says."""
    try:
        with open(path, "rb") as file:
            return _parsed(file.read(MOST_JSON + 1), str(path))
    except OSError as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None


def read_member(path: str | Path, wanted: Callable[[str], bool], what: str, *, absent: Any = None) -> Any:
    """What the first JSON member that is ``wanted`` says; where there is none, ``absent`` or an error with ``what``."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise ModelFileError(_("{path} has too many members").format(path=path))
            member = next((info for info in archive.infolist() if wanted(info.filename)), None)
            if member is None and absent is not None:
                return absent
            if member is None:
                raise ModelFileError(_("{path} holds no {what}").format(path=path, what=what))
            with archive.open(member) as file:
                return _parsed(file.read(MOST_JSON + 1), f"{path}/{member.filename}")
    except OSError as problem:
        raise ModelFileError(_("{path} can't be read: {problem}").format(path=path, problem=problem)) from None
    except ModelFileError:
        raise
    except Exception:  # noqa: BLE001 - every kind of compression has its own errors for what is damaged
        raise ModelFileError(_("{path} is not a zip archive, or it is damaged").format(path=path)) from None


def _parsed(text: bytes, name: str) -> Any:
    if len(text) > MOST_JSON:
        raise ModelFileError(
            _("{name} is larger than the {most} bytes that are read").format(name=name, most=MOST_JSON)
        )
    values = sum(map(text.count, (b"{", b"[", b",")))
    if values > MOST_VALUES:
        raise ModelFileError(
            _("{name} has {count:,} values, more than the {most:,} that are read").format(
                name=name, count=values, most=MOST_VALUES
            )
        )
    try:
        return json.loads(text)
    except RecursionError:
        raise ModelFileError(_("{name} is nested too deeply").format(name=name)) from None
    except ValueError as problem:
        raise ModelFileError(_("{name} is not JSON: {problem}").format(name=name, problem=problem)) from None
