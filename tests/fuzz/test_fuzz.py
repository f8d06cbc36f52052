"""The corpus stays right and never shrinks, and the fuzzer notices what breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from tests.fuzz.__main__ import main
from tests.fuzz.targets import TARGETS, Target, corpus

INPUTS = {
    "notation": 25,
    "command": 23,
    "answer": 13,
    "cfg": 8,
    "json": 5,
    "keras": 3,
    "onnx": 6,
    "prototxt": 2,
    "pt2": 3,
}
"""How many inputs the corpus had when one was last added."""


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in TARGETS for path in corpus(name)])
def test_what_is_hostile_is_answered_or_refused(name: str, path: Path) -> None:
    """Every input of the corpus."""
    TARGETS[name].check(path.read_bytes())


def test_the_corpus_never_shrinks() -> None:
    """So many inputs there are of each target, or more."""
    assert {name: len(corpus(name)) >= least for name, least in INPUTS.items()} == dict.fromkeys(TARGETS, True)


def test_what_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that raises is printed with its input, and the exit code is 1; one that does not, is not."""
    good = TARGETS["notation"]

    def raises(content: bytes) -> None:
        if content not in [path.read_bytes() for path in corpus("notation")]:
            raise ZeroDivisionError("as a bug would")

    for target, code in ((good, 0), (Target(good.drawn, raises), 1)):
        monkeypatch.setattr("tests.fuzz.__main__.TARGETS", {"notation": target})
        assert main(["--seconds", "0.5"]) == code
        assert ("notation: ZeroDivisionError: as a bug would" in capsys.readouterr().out) == bool(code)
