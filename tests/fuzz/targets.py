"""What is handed in, target by target: how it is drawn, and what must hold whatever it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from cnncalc.cli.program import run
from cnncalc.errors import CnncalcError
from cnncalc.layers import KINDS
from cnncalc.loading import load
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show

SEEDS = Path(__file__).parent.parent / "importers" / "corpus"
MODELS = ("cfg", "json", "keras", "onnx", "prototxt", "pt2")

LONGEST_LINE = 300
"""An error is one line of less characters, the pages promise."""


def refused(problem: CnncalcError, lines: int = 4) -> None:
    """A refusal says something, in a few lines."""
    assert 1 <= len(str(problem).splitlines()) <= lines


def notation(content: bytes) -> None:
    """A text is refused in words, or read as what is shown of it is."""
    try:
        network = parse(content.decode(errors="replace"))
    except CnncalcError as problem:
        refused(problem)
        return
    if len(network) <= 1000:
        assert parse(show(network)).nodes == network.nodes


def command(content: bytes) -> None:
    """A command line, a word a line, is an answer, a no, or one error; none is a bug, and an error is no output."""
    words = content.decode(errors="replace").replace("\r", "\n").split("\n")
    out, err = StringIO(), StringIO()
    with tempfile.TemporaryDirectory() as folder, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    assert code in (0, 1, 2), err.getvalue()
    if code == 2:
        assert out.getvalue() == ""
        assert err.getvalue().startswith("cnncalc: ")
        assert len(err.getvalue().splitlines()[0]) < LONGEST_LINE


def answer(content: bytes) -> None:
    """An earlier answer, whatever it holds, is compared with or refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.json"
        path.write_bytes(content)
        command("\n".join(("rf", "conv3", "--baseline", str(path))).encode())


def model(suffix: str) -> Callable[[bytes], None]:
    """A model file is a network or refused in one line, whether or not unknown operators are allowed."""

    def check(content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"m.{suffix}"
            path.write_bytes(content)
            for allowed in (False, True):
                try:
                    load([str(path)], allow_unknown=allowed)
                except CnncalcError as problem:
                    refused(problem, lines=1)

    return check


NUMBERS = ("", "0", "1", "2", "3", "7", "16", "-1", "1.5", "x", "65537", str(2**31), str(2**63 - 1), str(2**63), "²")
OPTIONS = (
    "p",
    "s",
    "d",
    "g",
    "to",
    "from",
    "same",
    "valid",
    "causal",
    "nobias",
    "ceil",
    "tied:",
    "stored:+",
    "/",
    "-",
    "x",
    ",",
)
WORDS = tuple(word for _module, words in KINDS.values() for word in words)
SIGNS = (
    "(",
    ")",
    "|",
    "add(",
    "concat(",
    "mul(",
    ":",
    "a:",
    "@a",
    "@input",
    "input",
    "#",
    '"',
    '"a b":',
    "x2",
    "x9",
    "\n",
)

piece = st.sampled_from((*NUMBERS, *OPTIONS)) | st.text(max_size=3)
layer = st.builds("{}{}".format, st.sampled_from(WORDS), st.lists(piece, max_size=5).map("".join))
usual = st.sampled_from(("conv3-4,p1", "maxpool2", "conv3/2", "fc-3", "relu", "up2", "slice,from1", "globalavgpool"))
texts = st.lists(usual | layer | st.sampled_from(SIGNS) | st.text(max_size=5), max_size=12).map(" ".join)
shapes = st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4).map("x".join)

ASKED: dict[str, tuple[str, ...]] = {
    "rf": ("--at", "--unit", "--effective", "--windows-only", "--training", "--ruler", "--require", "--answer"),
    "summary": ("--depth", "--like", "--batch", "--answer", "--require"),
    "halo": ("--tile", "--plan", "--memory", "--at"),
    "memory": ("--batch", "--budget", "--dtype"),
    "show": ("--lines",),
    "params": ("--kernel", "--filters", "--stride", "--padding", "--groups", "--tile", "--explain", "--answer"),
    "diff": ("--at",),
    "zoo": (),
    "schema": (),
}
"""The commands that take no long, and options that they have, or have not."""

EVERYWHERE = ("--json", "--format", "--get", "--columns", "--lang", "--allow-unknown", "--input", "--help")
VALUES = (
    "json",
    "table",
    "tsv",
    "md",
    "svg",
    "csv",
    "zh",
    "en",
    "centre",
    "0,0",
    "3,4",
    "rf",
    "rf>=3",
    "conv1",
    "1GiB",
    "",
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A command, its words and options in any order, with values that fit and that don't."""
    name = draw(st.sampled_from(sorted(ASKED)))
    value = st.sampled_from((*VALUES, *NUMBERS)) | shapes | st.text(max_size=5)
    options = st.tuples(st.sampled_from((*ASKED[name], *EVERYWHERE)), st.lists(value, max_size=1))
    asked = draw(st.lists(options, max_size=4))
    words = [name, *draw(texts).split(), *(word for option, values in asked for word in (option, *values))]
    return "\n".join(words)


@st.composite
def changed(draw: st.DrawFn, seed: bytes) -> bytes:
    """A good file with bytes changed, cut out, doubled, or its end cut off."""
    content = bytearray(seed)
    for _change in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        stop = place + draw(st.sampled_from((0, 1, 2, 8, 64)))
        content[place:stop] = draw(st.binary(max_size=8) | st.just(bytes(content[place:stop]) * 2))
    return bytes(content)


odd = st.none() | st.booleans() | st.sampled_from((0, -1, 1.5, 2**63, 10**400, 1e308)) | st.text(max_size=3)
trees = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
KEYS = ("schema", "rf", "jump", "layers", "at", "input", "exact", "outputs", "growth", "conventions")
answers = st.dictionaries(st.sampled_from(KEYS), trees).map(lambda data: json.dumps({"schema": "cnncalc/rf/1", **data}))


class Target(NamedTuple):
    """How inputs are drawn, as bytes, and what holds of each."""

    drawn: st.SearchStrategy[bytes]
    check: Callable[[bytes], None]


def _encoded(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return strategy.map(lambda text: text.encode(errors="replace"))


def _file(suffix: str) -> Any:
    return changed((SEEDS / f"small.{suffix}").read_bytes())


TARGETS: dict[str, Target] = {
    "notation": Target(_encoded(texts), notation),
    "command": Target(_encoded(lines()), command),
    "answer": Target(_encoded(answers), answer),
    **{suffix: Target(_file(suffix), model(suffix)) for suffix in MODELS},
}
"""Every target by the name of its folder in the corpus."""

CORPUS = Path(__file__).parent / "corpus"


def corpus(name: str) -> list[Path]:
    """The smallest inputs of a target that once did something else than they should, or that are as hostile."""
    return sorted((CORPUS / name).iterdir())
