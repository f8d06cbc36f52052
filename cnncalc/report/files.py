"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def whole(path: str) -> Iterator[str]:
    """Another name to write under, which becomes ``path`` once all is written; a link stays a link.

    What is no file but a device or a pipe has no other name: it is written as it is.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        yield path
        return
    target = os.path.realpath(path)
    # a name of its own, short and never there before: the file's own may be as long as names can be
    part = os.path.join(os.path.dirname(target), f".{os.urandom(8).hex()}.part")
    try:
        yield part
        if os.path.exists(target):
            os.chmod(part, os.stat(target).st_mode & 0o7777)
        os.replace(part, target)
    except BaseException:
        if os.path.exists(part):
            os.unlink(part)
        raise
