"""One command line after another, as on a terminal: what it printed, the exit code, and the files it wrote."""

import io
import os
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.abc import MetaPathFinder
from pathlib import Path

WORK = Path("/work")
WORK.mkdir(exist_ok=True)
os.chdir(WORK)
os.environ.update(NO_COLOR="1", TERM="dumb")
sys.path.insert(0, "/packages")

from cnncalc.cli.program import run  # noqa: E402 - its folder had to be named first
from cnncalc.errors import MissingExtraError  # noqa: E402
from cnncalc.language import _  # noqa: E402


class Absent(MetaPathFinder):
    """Says that the page has no NumPy, where a command turns out to need it."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "numpy":
            message = _("{use} needs {library}: pip install {library}")
            raise MissingExtraError(message.format(use=Absent.command, library="numpy"))

    command = "cnncalc"


sys.meta_path.append(Absent())


class Terminal(io.TextIOWrapper):
    """A stream that is taken for a terminal, and keeps what is written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        return self.buffer.getvalue().decode()


def answer(line: str, columns: int, language: str) -> dict[str, object]:
    """What the program makes of one line."""
    os.environ.update(COLUMNS=str(columns), CNNCALC_LANG=language)
    before = stamps()
    with redirect_stdout(Terminal()) as out, redirect_stderr(Terminal()) as err:
        code = spoken(line)
    written = [name for name, stamp in stamps().items() if before.get(name) != stamp]
    return {
        "code": code,
        "out": out.text(),
        "err": err.text(),
        "files": {name: (WORK / name).read_bytes() for name in written},
    }


def spoken(line: str) -> int:
    """The exit code of one line, with or without the name of the program in front."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        print(f"cnncalc: {str(error).lower()}", file=sys.stderr)
        return 2
    words = words[1:] if words[:1] == ["cnncalc"] else words
    Absent.command = " ".join(["cnncalc", *words[:1]])
    return run(words)


def stamps() -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in WORK.iterdir() if path.is_file()}
