"""Where an answer goes and in which format: terminal, pipe or file, whole or not at all."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from cnncalc.cli.errors import OutputError, UsageError, say
from cnncalc.language import _
from cnncalc.render import BINARY, FORMATS, PAPERS, PICTURES, THEMES, Page, encode, format_of, render

if TYPE_CHECKING:
    from cnncalc.report import Report

NO = 1
"""The exit code of an answer that is no."""

PLAIN_SIGNS = str.maketrans(
    {
        **dict.fromkeys("·∗", "*"),
        **dict.fromkeys("−–—─━╌", "-"),
        **dict.fromkeys("│┃", "|"),
        **dict.fromkeys("█▉▊▋▌▍▎▏▀", "#"),
        **dict(zip("×÷≥≤…′⌊⌋²→∩", ("x", "/", ">=", "<=", "...", "'", "[", "]", "^2", "->", "&"), strict=True)),
    }
)
"""What stands for a sign where the terminal has no way to show it; anything else becomes a question mark."""


class Output(NamedTuple):
    """The output options as they were given."""

    format: str | None = None
    json: bool = False
    output: str | None = None
    get: str | None = None
    columns: str | None = None
    theme: str | None = None


def show(answer: Report | str | None, options: Output) -> int:
    """Write the answer as asked and return the exit code: 1 if the report's verdict is no, else 0.

    A command that gives none has written it already, row by row.
    """
    if answer is None:
        return 0
    content, format = _text(answer, options) if isinstance(answer, str) else _written(answer, options)
    if options.output in (None, "-"):
        put(content, format)
    else:
        save(content, str(options.output))
    return 0 if isinstance(answer, str) or answer.verdict else _no(answer)


def _no(answer: Report) -> int:
    """Say why the answer is no in one line on standard error, where it is seen whatever the answer goes into."""
    if answer.failures:
        say("; ".join(answer.failures))
    return NO


def _text(answer: str, options: Output) -> tuple[str, str]:
    if options.json or options.format or options.get is not None or options.columns is not None:
        raise UsageError(_("this answer is a text as it stands: leave out --json, --format, --get and --columns"))
    _check_theme("plain", options)
    return answer, "plain"


def _written(report: Report, options: Output) -> tuple[str | bytes, str]:
    if options.get is not None:
        if options.json or options.format or options.columns is not None:
            raise UsageError(_("--get prints one bare value: leave out --format, --json and --columns, or --get"))
        _check_theme("plain", options)
        return f"{bare(report.get(options.get))}\n", "plain"
    terminal = options.output is None and sys.stdout.isatty()
    named = wanted(options)
    if (named in PICTURES or named in BINARY) and options.output in (None, "-") and sys.stdout.isatty():
        raise UsageError(
            _("{format} is nothing to read on a terminal: write it into a file with -o FILE{suffix}").format(
                format=named, suffix=FORMATS[named][0]
            )
        )
    if options.columns is not None:
        report = _chosen(report, options.columns, named)
    format = named or ("table" if terminal else "tsv" if _is_tabular(report) else "plain")
    _check_theme(format, options)
    paper = page(terminal)._replace(theme=options.theme or THEMES[0])
    return encode(report, format, paper) if format in BINARY else render(report, format, paper), format


def _check_theme(format: str, options: Output) -> None:
    if options.theme is not None and format not in PICTURES:
        raise UsageError(_("--theme is for pictures, and {format} is none: add -o FILE.svg").format(format=format))


def _is_tabular(report: Report) -> bool:
    """Whether a pipe gets rows: a story is for reading, and so are two answers."""
    return not report.story and len(report.asked) < 2 and len(report.tables) > 0


def _chosen(report: Report, columns: str, format: str | None) -> Report:
    from cnncalc.report.columns import choose

    if format in (*PICTURES, *PAPERS):
        raise UsageError(_("{format} has no columns: leave out --columns").format(format=format))
    return choose(report, (name.strip() for name in columns.split(",")))


def wanted(options: Output) -> str | None:
    """The format that the options name, or the suffix of the file; `None` where neither does."""
    if options.json and options.format not in (None, "json"):
        raise UsageError(_("--json and --format {format} contradict: leave one out").format(format=options.format))
    return "json" if options.json else options.format or (_format_of(options.output) if options.output else None)


def _format_of(path: str) -> str | None:
    """The format of a file's suffix; `None` without a suffix, and `UsageError` for one that no format has."""
    suffix = os.path.splitext(path)[1]
    format = format_of(path)
    if suffix and not format:
        from cnncalc.shapes import shorten

        raise UsageError(
            _("no format has the suffix {suffix}: take one of {known}, or name a --format").format(
                suffix=shorten(suffix), known=" ".join(suffix for suffixes in FORMATS.values() for suffix in suffixes)
            )
        )
    return format


def page(terminal: bool) -> Page:
    """The page of standard output: the terminal's width (or COLUMNS), and colour unless NO_COLOR or TERM=dumb."""
    from shutil import get_terminal_size

    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    known = terminal or os.environ.get("COLUMNS", "").isdigit()
    return Page(max(get_terminal_size().columns, 1) if known else None, colour)


def bare(value: Any) -> str:
    """One value for a script: text as it is, everything else as JSON writes it.

    >>> bare(1792), bare("fp32"), bare(None), bare(True)
    ('1792', 'fp32', 'null', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))  # the most frequent answer does without the import of JSON, a fiftieth of its time
    from cnncalc.render.json import encode

    return encode(value)


def save(content: str | bytes, path: str) -> None:
    """Write ``content`` to ``path`` so that either all of it is there or the old file is; `OutputError` if it can't be.

    Text is written in UTF-8.
    """
    from cnncalc.report.files import whole

    try:
        data = content.encode() if isinstance(content, str) else content
        with whole(path) as part, open(part, "wb") as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error


def cannot_write(path: str, error: Exception) -> OutputError:
    """The error for a file that can't be written."""
    reason = error.strerror if isinstance(error, OSError) else error
    return OutputError(_("can't write {path}: {reason}").format(path=path, reason=reason))


def put(content: str | bytes, format: str) -> None:
    """Write to standard output; `OutputError` where that can't be, but for a pipe that somebody closed."""
    if isinstance(sys.stdout, io.TextIOWrapper) and format in ("json", "ndjson"):
        sys.stdout.reconfigure(errors="cnncalc-json")
    try:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)
        sys.stdout.flush()
    except (BrokenPipeError, OutputError):
        raise
    except OSError as error:
        forget()
        raise OutputError(_("can't write the answer: {reason}").format(reason=error.strerror)) from error


def forget() -> None:
    """Drop what standard output still holds and can't be rid of: Python would try once more as it ends, and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Closed(io.TextIOBase):
    """Stands for a standard output that was closed (``>&-``): what is written is not lost without a word."""

    def write(self, _content: object) -> int:
        raise OutputError(_("standard output is closed: name a file with -o"))

    @property
    def buffer(self) -> _Closed:
        """Where bytes would go."""
        return self


def survive() -> None:
    """Let nothing about the surroundings end the program: closed streams, signs they can't encode, a width that is none."""
    codecs.register_error("cnncalc-plain", _plain)
    codecs.register_error("cnncalc-json", _escaped)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        _accept(stream)
    for side in ("COLUMNS", "LINES"):  # Rich, and Python too, ask isdigit(), which holds of ²
        if not os.environ.get(side, "0").isascii():
            del os.environ[side]


def _open_streams() -> None:
    """Put something in the place of closed streams; what is said on a closed standard error is said to nobody."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open to the end
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _accept(stream: TextIO) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="cnncalc-plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end].translate(PLAIN_SIGNS)
    return "".join(sign if sign.isascii() else "?" for sign in signs), error.end


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    import json

    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
