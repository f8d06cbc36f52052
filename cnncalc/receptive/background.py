"""An own picture behind a drawing, as an address that holds the picture itself."""

from __future__ import annotations

import os
from base64 import b64encode

from cnncalc.errors import ModelFileError
from cnncalc.language import _
from cnncalc.shapes import shorten

KINDS: dict[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
"""What a file begins with, and what a browser calls that."""

LARGEST = 4 * 2**20
"""A picture may have so many bytes: it is written into the page."""


def address(path: str) -> str:
    """The data address of a picture file; `ModelFileError` for a file that browsers show no picture of."""
    try:
        if not os.path.isfile(path):
            raise ModelFileError(_("there is no file {path}").format(path=shorten(path)))
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as problem:
        reason = problem.strerror
        raise ModelFileError(_("{path} can't be read: {reason}").format(path=shorten(path), reason=reason)) from None
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), None)
    if kind is None:
        raise ModelFileError(_("{path} is no picture: give a PNG, JPEG, GIF or WebP").format(path=shorten(path)))
    if len(content) > LARGEST:
        raise ModelFileError(
            _("{path} has more than the {most:,} bytes that a page carries: make it smaller").format(
                path=shorten(path), most=LARGEST
            )
        )
    return f"data:{kind};base64,{b64encode(content).decode()}"
