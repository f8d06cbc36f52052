"""``cnncalc params`` as a user meets it: whole outputs, JSON held to its schemas, and one line for whatever is wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cnncalc.schemas import schema
from tests.conftest import Called

COLOUR = ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64")
SMALL = ("params", "--input", "5x5x3", "--kernel", "3")

TSV = """\
name\tlayer\tparameters\tmacs\tflops\tweights\tbiases\tworked\toutput\tmemory
dense\tfully connected, 4,096 units\t616566784\t616562688\t1233125376\t616562688\t4096\t4,096·(224·224·3 + 1)\t4096\t2466267136
dense_same\tfully connected, same output\t474794959104\t474791804928\t949583609856\t474791804928\t3154176\
\t222·222·64·(224·224·3 + 1)\t222x222x64\t1899179836416
local\tlocally connected, no sharing\t88316928\t85162752\t170325504\t85162752\t3154176\t222·222·64·(3·3·3 + 1)\t222x222x64\t353267712
conv\tconvolution\t1792\t85162752\t170325504\t1728\t64\t64·(3·3·3 + 1)\t222x222x64\t7168
"""

TABLE = """\
input 224x224x3, kernel 3x3, filters 64, output 222x222x64

layer                               parameters  worked
──────────────────────────────────────────────────────────────────────────
fully connected, 4,096 units       616,566,784  4,096·(224·224·3 + 1)
fully connected, same output   474,794,959,104  222·222·64·(224·224·3 + 1)
  locality ÷5,376 (each output sees 27 of 150,528 inputs); exactly 150,529/28,
  weights ÷5,575, MACs ÷5,575
locally connected, no sharing       88,316,928  222·222·64·(3·3·3 + 1)
  sharing ÷49,284 (one set of weights for 222·222 positions); MACs ÷1
convolution                              1,792  64·(3·3·3 + 1)

sharing divides parameters by 49,284 and MACs by 1

640 = 64·(3·3 + 1) counts one input channel; this input has 3
"""


def test_a_pipe_gets_full_integers(cnncalc: Called) -> None:
    """The whole TSV: keys, plain integers, nothing cut."""
    assert cnncalc(*COLOUR) == (0, TSV, "")


def test_eighty_columns_hold_the_numbers_and_what_explains_them(
    cnncalc: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole table on 80 columns: parameters, worked lines, both factors, both notes."""
    monkeypatch.setenv("COLUMNS", "80")
    assert cnncalc(*COLOUR, "--format", "table") == (0, TABLE, "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conv.parameters", "1792"),
        ("conv.worked", "64·(3·3·3 + 1)"),
        ("local.weights", "85162752"),
        ("dense_same.macs", "474791804928"),
        ("factors.sharing.parameters", "49284"),
        ("factors.locality.parameters_exact", "150529/28"),
        ("positions", "49284"),
        ("question.padding", "[[0, 0], [0, 0]]"),
        ("conv.output", "[222, 222, 64]"),
    ],
)
def test_get_prints_one_bare_value(field: str, value: str, cnncalc: Called) -> None:
    """One field, without anything around it."""
    assert cnncalc(*COLOUR, "--get", field) == (0, f"{value}\n", "")


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        (("--input", "16000x1", "--kernel", "10", "--stride", "5", "--filters", "512"), {"conv": 512 * 11}),
        (
            ("--input", "8x16x16x2", "--kernel", "3x3x3", "--filters", "4"),
            {"conv": 4 * (54 + 1), "local": 6 * 14 * 14 * 220},
        ),
        (
            ("--input", "17x17x8", "--kernel", "1x7", "--filters", "8", "--no-bias"),
            {"conv": 8 * 56, "local": 17 * 11 * 448},
        ),
        (("--input", "9x9x2", "--kernel", "3", "--filters", "4", "--padding", "2/3x0/1"), {"local": 12 * 8 * 4 * 19}),
        (("--input", "9x9x2", "--kernel", "3", "--filters", "4", "--padding", "same"), {"local": 9 * 9 * 4 * 19}),
        (("--input", "9x2", "--kernel", "3", "--filters", "4", "--padding", "causal"), {"local": 9 * 4 * 7}),
        (("--input", "9x9x2", "--kernel", "3", "--filters", "4", "--padding", "0x1"), {"local": 7 * 9 * 4 * 19}),
        (("--input", "9x9x2", "--kernel", "3", "--filters", "4", "--dilation", "2"), {"local": 5 * 5 * 4 * 19}),
        (("--input", "9x9x4", "--kernel", "3", "--filters", "4", "--groups", "4"), {"conv": 40}),
        (("--input", "9x9x1", "--kernel", "3", "--local-bias", "shared"), {"local": 49 * 9 + 1}),
        (("--input", "9x9x1", "--kernel", "3", "--tile", "2"), {"tiled": 4 * 10, "local": 490, "conv": 10}),
        (("--input", "9x9x1", "--kernel", "3", "--units", "10"), {"dense": 10 * 82}),
        (("--input", "784", "--units", "10"), {"dense": 7850}),
        (
            ("--input", "16x16x8", "--kernel", "3", "--filters", "16", "--no-bias", "--compare", "depthwise,separable"),
            {"depthwise": 144, "separable": 200},
        ),
    ],
)
def test_options_do_what_they_say(arguments: tuple[str, ...], counts: dict[str, int], cnncalc: Called) -> None:
    """1-D, 2-D and 3-D, every option: counts worked out by hand."""
    code, out, err = cnncalc("params", *arguments, "--json")
    found = {row["name"]: row["parameters"] for row in json.loads(out)["rows"]}
    assert (code, err) == (0, "")
    assert {name: found[name] for name in counts} == counts


def test_compare_chooses_rows(cnncalc: Called) -> None:
    """``dense`` brings both fully connected rows; the order is that of the table, not of the option."""
    chosen = {"conv,dense": ["dense", "dense_same", "conv"], "separable,tiled": ["tiled", "separable"]}
    for compare, names in chosen.items():
        _code, out, _err = cnncalc(*SMALL, "--compare", compare, "--json")
        assert [row["name"] for row in json.loads(out)["rows"]] == names


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("params", COLOUR),
        ("params", ("params", "--input", "784", "--units", "10")),
        ("params", (*SMALL, "--stride", "2", "--tile", "2", "--compare", "dense,local,tiled,conv,depthwise,separable")),
        ("params", ("params", "--input", "10x7x3", "--kernel", "3", "--stride", "2", "--padding", "1")),
        ("explanation", (*COLOUR, "--explain")),
        ("taught", (*COLOUR, "--as-taught")),
        ("answer", (*COLOUR, "--answer", "640")),
        ("answer", (*COLOUR, "--answer", "641")),
        ("answer", (*COLOUR, "--answer", "222x222x64", "--of", "conv.output")),
    ],
)
def test_json_holds_to_its_schema_with_nothing_untold(what: str, arguments: tuple[str, ...], cnncalc: Called) -> None:
    """The JSON validates, and has no key that its schema does not name."""
    _code, out, _err = cnncalc(*arguments, "--json")
    held = json.loads(schema(what))
    Draft202012Validator.check_schema(held)
    Draft202012Validator(held).validate(json.loads(out))
    assert list(_untold(json.loads(out), held)) == []


def _untold(value: Any, held: dict[str, Any], path: str = "") -> Any:
    if isinstance(value, dict) and "properties" in held:
        for key, item in value.items():
            if key not in held["properties"]:
                yield f"{path}.{key}"
            else:
                yield from _untold(item, held["properties"][key], f"{path}.{key}")
    if isinstance(value, list):
        for item in value:
            yield from _untold(item, held.get("items", {}), f"{path}[]")


def test_the_schema_can_refuse() -> None:
    """A row without its weights, and a key that is not told, are noticed."""
    held = json.loads(schema("answer"))
    assert list(Draft202012Validator(held).iter_errors({"schema": "cnncalc/answer/1"}))
    assert list(_untold({"schema": "cnncalc/answer/1", "colour": 1}, held)) == [".colour"]


FROZEN = {
    "params": "question positions rows factors roundings conventions",
    "params.rows": "name kind output parameters weights biases buffers macs flops bias_additions memory worked formula latex",
    "params.factors": "name before after parameters weights macs parameters_exact weights_exact macs_exact causes",
    "params.question": "input kernel filters stride padding dilation groups tile bias local_bias units dtype",
    "explanation": "question steps",
    "taught": "input items",
    "taught.items": "name taught unrounded exact taught_worked unrounded_worked exact_worked slips",
    "answer": "question quantity answer right correct worked slips mistaken",
}
"""What a released schema promises; it may grow and nothing here may go."""


@pytest.mark.parametrize("path", FROZEN)
def test_a_schema_only_grows(path: str) -> None:
    """Every key that was ever promised is still required."""
    what, _dot, part = path.partition(".")
    held = json.loads(schema(what))
    if part:
        held = held["properties"][part]
        held = held.get("items", held)
    assert set(FROZEN[path].split()) <= set(held["required"])


BAD = [
    (("--input", "224x224", "--kernel", "3"), "224x224 has no channels: write 224x224x1 (grey) or 224x224x3 (colour); a sequence of 224 positions with 224 channels is 224x224c"),
    (("--input", "0x5x3", "--kernel", "3"), "0x5x3 holds the size 0: every size is a whole number from 1 to 2^63 − 1"),
    (("--input", "-5x5x3", "--kernel", "3"), "-5x5x3 is not a shape ('-5' is not a whole number): write one like 224x224x3"),
    (("--input", "5.5x5x3", "--kernel", "3"), "5.5x5x3 is not a shape ('5.5' is not a whole number): write one like 224x224x3"),
    (("--input", "5x5x3", "--kernel", "3,5"), "--kernel 3,5 is not a size: give a whole number from 1 to 2^63 − 1 such as 3, or one for each axis such as 1x7"),
    (("--input", "5x5x3", "--kernel", ""), "--kernel  is not a size: give a whole number from 1 to 2^63 − 1 such as 3, or one for each axis such as 1x7"),
    (("--input", "5x5x1", "--kernel", "7"), "kernel 7 does not fit into 5 (+0 padding): add padding ≥ 1 or take a kernel ≤ 5"),
    (("--input", "5x5x3", "--kernel", "3", "--groups", "2"), "conv: 2 groups do not divide 3 input channels: take one of 1, 3"),
    (("--input", "5x5x3", "--kernel", "3", "--dilation", "0"), "--dilation 0 is not a size: give a whole number from 1 to 2^63 − 1 such as 3, or one for each axis such as 1x7"),
    (("--input", "5x5x3", "--kernel", "3", "--dtype", "fp31"), "fp31 is not a number type: take one of fp64, fp32, fp16, bf16, fp8, int64, int32, int16, int8, uint8, int4, int2, int1"),
    (("--input", "5x5x3", "--kernel", "3", "--units", "0"), "--units 0 is not a whole number from 1 to 2^63 − 1: give one such as 3"),
    (("--input", "5x5x3", "--kernel", "3", "--filters", "-3"), "--filters -3 is not a whole number from 1 to 2^63 − 1: give one such as 3"),
    (("--input", "5x5x3", "--kernel", "9" * 5000), "--kernel 9999999999999999999999999999… (5,000 characters) is not a size: give a whole number from 1 to 2^63 − 1 such as 3, or one for each axis such as 1x7"),
    (("--input", "9" * 5000 + "x5x3", "--kernel", "3"), "9999999999999999999999999999… (5,004 characters) is not a shape (9999999999999999999999999999… (5,000 characters) is too large: numbers end at 2^63 − 1): write one like 224x224x3"),
    (("--input", "9223372036854775808x5x3", "--kernel", "3"), "9223372036854775808x5x3 is not a shape (9223372036854775808 is too large: numbers end at 2^63 − 1): write one like 224x224x3"),
    (("--input", "16x2", "--kernel", "3x3"), "kernel 3x3 is for 2 axes, but the input 16x2 has 1: give one number for all of them"),
    (("--input", "5x5x3", "--kernel", "3", "--padding", "1x2/3x0"), "padding 1x2/3x0 is for 3 axes, but the input 5x5x3 has 2: give one number for all of them"),
    (("--input", "784", "--kernel", "3"), "conv: a window needs at least one axis to slide on, but 784 has none: write 784x1 for a sequence"),
    (("--input", "5x5x3"), "nothing to count: add --kernel 3 for a window, or --units for a fully connected layer"),
    (("--input", "5x5x3", "--units", "9", "--stride", "2"), "--stride 2 needs a window: add --kernel"),
    (("--input", "5x5x3", "--kernel", "3", "--no-bias", "--local-bias", "shared"), "a shared bias and no bias contradict each other: leave one of them out"),
    (("--input", "5x5x3", "--kernel", "3", "--local-bias", "none"), "--local-bias none is not known: take one of per-position, shared"),
    (("--input", "5x5x3", "--kernel", "3", "--explain", "--as-taught"), "--explain and --as-taught are two questions: leave one out"),
    (("--input", "5x5x3", "--kernel", "3", "--answer", "9", "--compare", "conv"), "--answer and --compare are two questions: leave one out"),
    (("--input", "5x5x3", "--kernel", "3", "--of", "conv"), "--of conv says what an answer is to: add --answer"),
    (("--input", "5x5x3", "--kernel", "3", "--answer", "many"), "many is not an answer: give a whole number such as 1792, or a shape such as 222x222x64"),
    (("--input", "5x5x3", "--kernel", "3", "--compare", "conv,rnn"), "there is no row rnn: take some of dense, dense_same, local, tiled, conv, depthwise, separable"),
    (("--input", "5x5x3", "--kernel", "3", "--tile", "2", "--compare", "conv"), "--tile 2 is for the row tiled, which --compare leaves out: add it, or drop --tile"),
    (("--input", "5x5x3", "--kernel", "3", "--padding", "1/2/3"), "--padding 1/2/3 is not a padding: give a number, pairs before/after such as 2/3, or one of same, same-lower, causal, valid"),
]  # fmt: skip
"""What is typed, and the whole line that comes of it."""


@pytest.mark.parametrize(("arguments", "line"), BAD, ids=lambda value: str(value)[:60])
def test_bad_input_is_one_line_with_the_way_out(arguments: tuple[str, ...] | str, line: str, cnncalc: Called) -> None:
    """Exit code 2, nothing on standard output, and exactly this line."""
    assert cnncalc("params", *arguments) == (2, "", f"cnncalc: {line}\n")


def test_nothing_half_written(cnncalc: Called, tmp_path: Path) -> None:
    """An answer that can't be written leaves the folder as it was; one that can is there in full."""
    code, out, err = cnncalc(*SMALL, "-o", str(tmp_path / "no" / "answer.tsv"))
    assert (code, out) == (2, "")
    assert re.fullmatch(r"cnncalc: can't write .*answer\.tsv: No such file or directory\n", err)
    assert list(tmp_path.iterdir()) == []
    assert cnncalc(*COLOUR, "-o", str(tmp_path / "answer.tsv")) == (0, "", "")
    assert (tmp_path / "answer.tsv").read_text(encoding="utf-8") == TSV


TYPED = """
0 1 2 3 7 64 -1 1x7 3x3 3x3x3 same valid causal 1/2 2/3x0/1 x / 5x5x3 224x224 9x9 fp16 int8 conv local dense.macs
conv,tiled shared per-position 9223372036854775807 1e3 ½ 3,5
"""
NAMES = """
--input --kernel --filters --stride --padding --dilation --groups --units --tile --dtype --compare --local-bias
--answer --of --get --format
"""
WORDS = st.sampled_from(TYPED.split()) | st.text(max_size=8)
OPTIONS = st.sampled_from(NAMES.split())
FLAGS = st.sampled_from(["--no-bias", "--explain", "--as-taught", "--json"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(OPTIONS, WORDS) | st.tuples(FLAGS), max_size=6))
def test_nonsense_never_ends_in_a_traceback(cnncalc: Called, options: list[tuple[str, ...]]) -> None:
    """Whatever is typed: exit code 0, 1 or 2, and one line on standard error where it is 2."""
    arguments = [word for option in options for word in option]
    code, out, err = cnncalc("params", "--input", "9x9x3", *arguments)
    assert code in (0, 1, 2), (arguments, err)
    assert err.count("\n") == (code == 2)
    assert bool(out) == (code < 2)


@pytest.mark.parametrize(("rank", "extra"), list(product((1, 2, 3), ("--explain", "--as-taught"))))
def test_derivation_and_notes_in_every_dimension(rank: int, extra: str, cnncalc: Called) -> None:
    """1-D, 2-D and 3-D inputs can be explained and set beside the notes."""
    code, out, err = cnncalc("params", "--input", "x".join(["9"] * (rank - 1) + ["8", "2"]), "--kernel", "3", extra)
    assert (code, err) == (0, "")
    assert out.count("\n") > 5


def test_chinese_changes_words_and_no_data(cnncalc: Called) -> None:
    """With ``--lang zh`` the JSON is the same, and every machine format parses the same."""
    for words in (COLOUR, (*COLOUR, "--answer", "640"), (*COLOUR, "--as-taught")):
        assert cnncalc(*words, "--json", "--lang", "zh") == cnncalc(*words, "--json")


def test_latex_is_a_whole_table(cnncalc: Called, tmp_path: Path) -> None:
    """Braces and environments balance; where there is a TeX engine, it compiles."""
    _code, out, _err = cnncalc(*COLOUR, "--format", "latex")
    assert out.count(r"\begin{tabular}") == out.count(r"\end{tabular}") == 1
    plain = re.sub(r"\\[{}]", "", out)
    assert plain.count("{") == plain.count("}")
    assert out.count("$") % 2 == 0
    assert r"$C_{out} (k_{h} k_{w} C_{in} + 1) = 64 \cdot (3 \cdot 3 \cdot 3 + 1)$" in out
    assert all(rule in out for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    engine = next(filter(shutil.which, ("tectonic", "pdflatex", "xelatex", "lualatex")), None)
    if engine:
        document = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}" + out + "\\end{document}"
        (tmp_path / "table.tex").write_text(document, encoding="utf-8")
        options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
        subprocess.run([engine, *options, "table.tex"], cwd=tmp_path, check=True, capture_output=True)
