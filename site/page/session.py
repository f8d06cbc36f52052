"""One command line after another, as on a terminal: what it printed, the exit code, and the files it wrote."""

import gc
import gzip
import io
import json
import os
import re
import shlex
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from html import escape
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

WORK = Path("/work")
PACKAGES = Path("/packages")
WORK.mkdir(exist_ok=True)
os.chdir(WORK)
os.environ.update(NO_COLOR="1", TERM="dumb")
sys.path.insert(0, str(PACKAGES))
gc.set_threshold(100_000)  # as the program itself does

from cnncalc.cli import COMMANDS  # noqa: E402 - its folder had to be named first
from cnncalc.cli.program import NAME, build, program, run  # noqa: E402
from cnncalc.extras import missing  # noqa: E402
from cnncalc.language import speak  # noqa: E402
from cnncalc.render import FORMATS, PICTURES, RENDERERS  # noqa: E402

later: Callable[[], Any]  # from worker.js: the archive of what the first answers did not need


class Absent(MetaPathFinder):
    """Says that the page has no NumPy, where a command turns out to need it."""

    command = "cnncalc"

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "numpy":
            raise missing(Absent.command, "numpy")


class Later(MetaPathFinder):
    """Has the rest of the modules fetched when the first of them is imported."""

    def __init__(self) -> None:
        self.names = set((PACKAGES / "later.txt").read_text().split())
        self.fetched = False

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        if not self.fetched:
            self.fetched = True  # first: unpacking imports, too
            with zipfile.ZipFile(io.BytesIO(gzip.decompress(later().to_bytes()))) as archive:  # noqa: F821
                archive.extractall(PACKAGES)
            invalidate_caches()
        folder = PACKAGES.joinpath(*fullname.split(".")[:-1])
        return PathFinder.find_spec(fullname, [str(folder)])


sys.meta_path[sys.meta_path.index(PathFinder) + 1 :] = [Absent(), Later()]


class Terminal(io.TextIOWrapper):
    """A stream that is taken for a terminal, and keeps what is written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        return self.buffer.getvalue().decode()


SWITCHES = ("--explain", "--as-taught", "--answer")
"""Options that the page has controls for, where the command has them."""
PICTURE = "picture.svg"
CARETS = re.compile(r"^  (?P<text>.*)\n  (?P<before> *)(?P<carets>\^+)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][A-Za-z\d-]*")
SIGNS = re.compile(r"(?P<letter>[^\W\d_]+)(?:_(?P<index>\w+))?|(?P<number>\d[\d,.]*)|(?P<sign>[^\w\s])")


def answer(line: str, columns: int, language: str, view: str = "text", file: str = "") -> dict[str, object]:
    """What the program makes of one line, how it is looked at, and the state of the switches that it has."""
    os.environ.update(COLUMNS=str(columns), CNNCALC_LANG=language)
    before = stamps()
    with redirect_stdout(Terminal()) as out, redirect_stderr(Terminal()) as err:
        code = spoken(line)
        if view == "picture" and not code:
            spoken(line, "-o", PICTURE)
        if file:
            spoken(line, "-o", file)
    written = [name for name, stamp in stamps().items() if before.get(name) != stamp]
    return {
        "code": code,
        "out": out.text(),
        "err": err.text(),
        "files": {name: (WORK / name).read_bytes() for name in written},
        "formulas": formulas(line) if view == "formula" and not code else "",
        "switches": switches(line),
        "mark": mark(line, err.text()) if code else [],
    }


def mark(line: str, err: str) -> list[int]:
    """From where to where the carets of an error point in the line; empty where they point at nothing in it.

    Without carets it is the option that the error names first.
    """
    match = CARETS.search(err)
    if not match:
        options = {option[0]: option.span() for option in OPTION.finditer(line)}
        return list(next((options[name] for name in OPTION.findall(err) if name in options), ()))
    text, first = match["text"].removeprefix("…"), len(match["before"]) - match["text"].startswith("…")
    word = text[first : first + len(match["carets"])]
    place = line.find(text.removesuffix("…"))
    if place < 0 and word.strip() and line.count(word) == 1:  # words that a shell joined otherwise
        place, first = line.find(word), 0
    return [place + first, place + first + len(match["carets"])] if place >= 0 else []


def formulas(line: str) -> str:
    """The formulas of the answer in letters and in numbers, as MathML."""
    with redirect_stdout(Terminal()) as out, redirect_stderr(Terminal()):
        code = spoken(line, "--json")
    rows = list(with_formulas(json.loads(out.text()))) if code == 0 else []
    return "".join(
        f"<p>{escape(row['name'])}</p><math display='block'>{typeset(row['formula'])}<mo>=</mo>{typeset(row['worked'])}"
        f"<mo>=</mo><mn>{row['parameters']:,}</mn></math>"
        for row in rows
    )


def with_formulas(part: Any) -> Iterator[dict[str, Any]]:
    """Every row of a JSON answer that says how its parameters were computed."""
    if isinstance(part, dict) and part.keys() >= {"name", "formula", "worked", "parameters"}:
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from with_formulas(one)


def typeset(text: str) -> str:
    """A formula as the program writes it, in MathML.

    A letter with an index is one letter: ``C_out``.
    """
    return "".join(map(element, SIGNS.finditer(text)))


def element(match: re.Match[str]) -> str:
    """One sign of a formula in MathML."""
    letter, index, number, sign = (escape(part or "") for part in match.groups())
    if index:
        return f"<msub><mi>{letter}</mi><mi>{index}</mi></msub>"
    return f"<mi>{letter}</mi>" if letter else f"<mn>{number}</mn>" if number else f"<mo>{sign}</mo>"


def words_of(line: str) -> list[str]:
    """The words of one line, without the name of the program in front; `ValueError` where a quotation is open."""
    words = shlex.split(line, comments=True)
    return words[1:] if words[:1] == [NAME] else words


def switches(line: str) -> dict[str, str | bool]:
    """The switches that the command of this line has: on or off, or the value."""
    try:
        words = words_of(line)
    except ValueError:
        return {}
    if not words or words[0] not in COMMANDS:
        return {}
    known = {name: param for param in build(words[0]).params for name in param.opts}
    return {name: state(words, name, known[name].is_flag) for name in SWITCHES if name in known}


def state(words: list[str], option: str, flag: bool) -> str | bool:
    """What the words say of one option."""
    if flag:
        return option in words
    following = dict(zip(words, [*words[1:], ""], strict=False))
    return following.get(option) or next((w.partition("=")[2] for w in words if w.startswith(f"{option}=")), "")


def switched(line: str, option: str, value: str | bool) -> str:
    """The line with this option set, or without it."""
    words = [word for word in words_of(line) if not word.startswith(f"{option}=")]
    if option in words:
        place = words.index(option)
        del words[place : place + (1 if isinstance(value, bool) else 2)]
    words += [] if not value else [option] if value is True else [option, value]
    return shlex.join(words)


def complete(text: str, language: str) -> list[tuple[str, str]]:
    """What may stand in place of the last word: commands, options, networks and words of the notation."""
    from typer._completion_classes import ZshComplete  # any shell's: what differs is how a shell asks

    speak(language)
    try:
        words = words_of(text)
    except ValueError:
        return []
    begun = "" if not text or text[-1].isspace() else words.pop() if words else ""
    items = ZshComplete(program(), {}, NAME, "").get_completions(words, begun)
    return [(item.value, item.help or "") for item in items if item.type == "plain"]


def choices(language: str) -> dict[str, list[str]]:
    """What the lists of the page offer: networks, words, and the formats of files."""
    from cnncalc.layers import KEYWORDS
    from cnncalc.zoo import names

    suffixes = [suffix for format in (*RENDERERS, *PICTURES) for suffix in FORMATS[format][:1]]
    return {"zoo": list(names()), "words": list(KEYWORDS), "suffixes": suffixes}


def spoken(line: str, *more: str) -> int:
    """The exit code of one line, with or without the name of the program in front, and ``more`` words behind it."""
    try:
        words = words_of(line)
    except ValueError as error:
        print(f"cnncalc: {str(error).lower()}", file=sys.stderr)
        return 2
    Absent.command = " ".join([NAME, *words[:1]])
    return run([*words, *more])


def stamps() -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in WORK.iterdir() if path.is_file()}
