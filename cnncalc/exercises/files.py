"""Text files that a quiz reads, whole and bounded, with one line for what is wrong with them."""

from __future__ import annotations

from cnncalc.exercises.tasks import QuizError
from cnncalc.language import _

MOST_BYTES = 2**20
"""A file of more bytes holds something else."""


def text_of(path: str, way_out: str, most: int = MOST_BYTES) -> str:
    """The text of a file in UTF-8, ``-`` for standard input; ``way_out`` says what it should hold.

    Raises `QuizError` for what can't be read, is too long, or is no text.
    """
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise QuizError(_("can't read {path}: {reason}").format(path=path, reason=error.strerror)) from error
    except ValueError as error:  # a name with a null character
        raise QuizError(_("can't read {path}: {reason}").format(path=repr(path), reason=error)) from error
    if len(content) > most:
        raise QuizError(
            _("{path} has more than {most} bytes: {way_out}").format(path=path, most=f"{most:,}", way_out=way_out)
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuizError(_("{path} is not a text in UTF-8: {way_out}").format(path=path, way_out=way_out)) from error
