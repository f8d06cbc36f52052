"""``cnncalc verify`` and ``--verify``: answers, exit codes and one line for what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cnncalc import formulas
from cnncalc.cli.program import run
from cnncalc.render.cells import columns
from tests.cli.terminal import PROGRAM, on_terminal


def answer(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    code = run(line.split())
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def data(capsys: pytest.CaptureFixture[str], line: str) -> Any:
    code, out, _err = answer(capsys, f"{line} --json")
    return json.loads(out) | {"code": code}


def test_rows_of_params_are_verified(capsys: pytest.CaptureFixture[str]) -> None:
    """The options of params verify every row, and the identities between them."""
    found = data(capsys, "verify --input 8x8x3 --kernel 3 --filters 4")
    assert found["code"] == 0
    assert found["agrees"] is True
    assert found["seed"] == 0
    assert {claim["layer"] for claim in found["claims"]} == {"dense", "dense_same", "local", "conv"}
    conv = [claim for claim in found["claims"] if (claim["layer"], claim["claim"]) == ("conv", "parameters")]
    assert (conv[0]["formula"], conv[0]["observed"]) == ("4·(3·3·3 + 1)", 112)
    assert [identity["name"] for identity in found["identities"]][:2] == ["masked_dense", "tied_local"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("line", ["--input 8x8x3 --kernel 3 --filters 8", "conv3-8,p1 maxpool2 conv3 --input 32x32x3"])
def test_a_terminal_of_80_columns_shows_a_table(language: str, line: str) -> None:
    """In both languages the claims stand in columns that fit, one or two lines each, the verdict in the last."""
    words = ["verify", *line.split(), "--lang", language]
    code, shown = on_terminal([*PROGRAM, *words], COLUMNS="80", NO_COLOR="1")
    assert code == 0
    assert max(map(columns, shown.splitlines())) <= 80
    claims = shown.split("\n\n")[1].splitlines()[2:]
    told = [claim for claim in claims if claim.endswith({"en": "yes", "zh": "是"}[language])]
    assert len(told) >= 12
    assert len(claims) < 2 * len(told)


def test_a_network_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    """Notation, zoo names and files are verified alike."""
    code, out, _err = answer(capsys, "verify conv3-8,same maxpool2 --input 16x16x3 --seed 7 --format plain")
    assert code == 0
    assert "seed 7" in out
    assert "claims agree" in out


def test_a_wrong_claim_is_exit_code_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula that is off by one is shown beside what was observed, and the exit code is 1."""
    right = formulas.macs
    monkeypatch.setattr(formulas, "macs", lambda outputs, fan_in: right(outputs, fan_in) + 1)
    code, out, _err = answer(capsys, "verify conv3-2 --input 5x5x1 --format plain")
    assert code == 1
    assert "163" in out
    assert "162" in out
    assert "NO" in out


@pytest.mark.parametrize(
    "line", ["params --input 8x8x3 --kernel 3", "rf conv3 x2 --input 9x9x1", "summary conv3 x2 --input 9x9x1"]
)
def test_verify_stands_beside_other_answers(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """``--verify`` adds the verdict to an answer and changes nothing of it."""
    plain, verified = data(capsys, line), data(capsys, f"{line} --verify")
    assert verified.pop("verification")["agrees"] is True
    assert verified == plain


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("verify", "nothing to verify: give a network, or --input and --kernel"),
        ("verify conv3", "the shape of the input is needed to run a network: add --input 224x224x3"),
        ("verify conv3 --kernel 3 --input 9x9x1", "--kernel does not go with the network conv3: leave one out"),
        ("verify conv3 --no-bias --input 9x9x1", "--no-bias does not go with the network conv3: leave one out"),
        ("verify conv3 --input 9x9x1 --max-memory 0", "a memory of 0 bytes is out of range: give 32MiB to 1024TiB"),
        ("verify conv3 --input 9x9x1 --max-memory much", "'much' is not an amount of memory: write 1GiB or 500MB"),
        ("verify conv3 --input 9x9x1 --max-time nan", "a time of nan seconds is out of range"),
        ("verify conv3 --input 9x9x1 --seed -1", "seed -1 is out of range"),
        ("verify conv3 --input 2x2x1", "kernel 3 does not fit into 2"),
    ],
)
def test_what_is_wrong_is_one_line(capsys: pytest.CaptureFixture[str], line: str, message: str) -> None:
    """Bad input is exit code 2 and one line that tells the way out."""
    code, out, err = answer(capsys, line)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_an_interrupted_run_is_exit_code_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of the work ends with one line and 130."""

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnncalc.verify.compare.claim", interrupt)
    code, out, err = answer(capsys, "verify conv3 --input 9x9x1")
    assert (code, out) == (130, "")
    assert "interrupted" in err
