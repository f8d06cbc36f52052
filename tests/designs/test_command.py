"""``cnncalc solve``: answers that can be piped on, and mistakes answered in one line."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Called

CHAIN = ("solve", "D=1..512:x2", "--chain", "conv3-64,dD", "--input", "16000x64")


def test_an_answer_can_be_piped_on(cnncalc: Called) -> None:
    """Its notation is what rf and summary take, and they say the same."""
    code, out, _err = cnncalc(*CHAIN, "--require", "rf>=1000", "--json")
    assert code == 0
    (design,) = json.loads(out)["designs"]
    words = design["notation"].split()
    assert cnncalc("rf", *words, "--get", "rf")[1] == f"{design['field']}\n"
    assert cnncalc("summary", *words, "--input", "16000x64", "--get", "total.macs")[1] == f"{design['macs']}\n"


def test_an_answer_can_be_proved(cnncalc: Called) -> None:
    """--verify lets NumPy count the first design."""
    words = ("solve", "K=2,3", "--chain", "convK-4", "--input", "12x12x2", "--require", "rf>=6", "--verify", "--json")
    code, out, _err = cnncalc(*words)
    assert code == 0
    assert json.loads(out)["verification"]["agrees"] is True


def test_no_is_an_answer(cnncalc: Called) -> None:
    """Exit code 1, and what the best there is reaches."""
    code, out, err = cnncalc(
        "solve", "D=1..512:x2", "--chain", "conv3-64,dD", "--input", "500x64", "--require", "rf>=1000", "--json"
    )
    assert (code, err) == (1, "cnncalc: no chain of up to 200 blocks meets rf>=1000: the largest field is 499\n")
    answer = json.loads(out)
    assert (answer["designs"], answer["largest"]["field"], answer["exhaustive"]) == ([], 499, True)
    code, _out, err = cnncalc("solve", "conv3-8,p1", "--input", "9x9x1", "--require", "rf>=900", "--edits", "dilation")
    assert (code, err) == (1, "cnncalc: no edit meets rf>=900: the largest field is 129\n")


def test_a_budget_that_is_not_met_is_told_beside_the_field(cnncalc: Called) -> None:
    """Three convolutions of 8 channels on 3 have 224 + 2·584 parameters whatever their dilation."""
    words = (
        "conv3-8,p1 conv3-8,p1 conv3-8,p1 --input 16x16x3 --edits dilation --most rf --require total.parameters<=1000"
    )
    code, _out, err = cnncalc("solve", *words.split())
    assert code == 1
    assert err.startswith("cnncalc: no edit meets total.parameters<=1000: the largest field is ")
    assert err.endswith(" (parameters 1392)\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--require", "rf>=9"], "a network is missing: write one to be edited, or --chain conv3-64,dD to build one"),
        (["conv3", "--require", "rf>=9"], "the shape of the input is needed: add --input 224x224x3"),
        (["--chain", "conv3", "--require", "rf>=9"], "a chain needs the shape of its input: give --input 16000x64"),
        (["vgg16", "--chain", "conv3", "--input", "9x3", "--require", "rf>=9"], "vgg16 is no variable: beside --chain write such as K=2..9"),
        (["Q=3", "--chain", "conv3", "--input", "9x3", "--require", "rf>=9"], "Q is given but never used"),
        (["--chain", "convK", "--input", "9x3", "--require", "rf>=9"], "K is not given: write K=3,5,7\n  convK\n      ^"),
        (["--chain", "covn3", "--input", "9x3", "--require", "rf>=9"], "there is no layer 'covn3': did you mean conv3?"),
        (["--chain", "conv3", "--input", "9x3", "--require", "rf>=9", "--edits", "kernel"], "--edits is about a network that is edited: leave out --chain"),
        (["unet", "--require", "rf>=9", "--holes"], "--holes is about chains: add --chain, as in --chain conv3-64,dD"),
        (["unet", "--require", "rf>=400", "--edits", "dilations"], "there is no edit dilations: did you mean dilation?"),
        (["unet", "--require", "rf>=400", "--at", "nowhere"], "there is no layer nowhere:"),
        (["relu", "--input", "9x9x1", "--require", "rf>=9"], "no layer on the way can be edited: take other --edits, or another --at"),
        (["C=1..1000", "D=1..1000", "--chain", "conv3-C,dD", "--input", "9x3", "--require", "rf>=9"], "1,000,000 different blocks are more than the 100,000 that are searched: take fewer values"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_answered_in_one_line(cnncalc: Called, words: list[str], message: str) -> None:
    """Exit code 2, with the way out."""
    code, out, err = cnncalc("solve", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnncalc: {message}"), err
