"""A requirement whose sign the shell took away: in ``--require rf>=400`` the answer goes into a file called ``=400``."""

from __future__ import annotations

import os
import re
import stat

from cnncalc.cli.errors import UsageError
from cnncalc.language import _

STREAMS = {">": 1, "<": 0}
"""Which stream a sign without quotes redirects."""

_REST = re.compile(r"=?-?\d+(\.\d+)?")


def quoted(requirements: list[str] | None) -> list[str] | None:
    """The requirements as they were given; `UsageError` for one whose sign and number became a file."""
    from cnncalc.report.requirements import RequirementError, read  # help needs none of it

    for text in requirements or ():
        try:
            read(text)
        except RequirementError:
            _check_streams(text)
    return requirements


def _check_streams(text: str) -> None:
    for sign, stream in STREAMS.items():
        name = _rest(stream)
        if name:
            raise UsageError(
                _(
                    "the shell took {name} for a file: quote it, --require '{text}{sign}{name}', and delete the file"
                ).format(name=name, text=text, sign=sign)
            )


def _rest(stream: int) -> str:
    """The name of the file behind a stream, if it is in this folder and reads like the rest of a requirement."""
    try:
        status = os.fstat(stream)
        if not stat.S_ISREG(status.st_mode):
            return ""
        with os.scandir() as entries:
            alike = (entry for entry in entries if _REST.fullmatch(entry.name))
            return next((entry.name for entry in alike if os.path.samestat(entry.stat(), status)), "")
    except OSError:
        return ""
