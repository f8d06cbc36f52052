"""An answer in Chinese is in Chinese: nothing that people read was left unmarked."""

import json
import re
import shlex
from importlib import import_module

import pytest

from cnncalc.cli import COMMANDS
from cnncalc.notation.words import read
from tests.cli.conftest import Call

SENTENCE = re.compile("[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
"""Three English words in a row; names of layers, networks and options don't stand like that."""
TEXTS = ("schema", "show", "zoo")
"""What answers with data: a schema, the notation, the titles of networks."""
EXAMPLES = [
    example
    for name in COMMANDS
    if name not in TEXTS
    for example in import_module(f"cnncalc.cli.{name}").EXAMPLES
    if not re.search("--(get|json|format)", example)
]
MORE = [
    "params --input 224x224x3 --kernel 3 --filters 64 --as-taught",
    "params --input 28x28x3 --kernel 3 --filters 4 --answer 17",
    "params --input 28x28x4 --kernel 3 --stride 2 --padding same --tile 2 --compare local,tiled,conv,separable",
    "rf unet",
    "rf googlenet --input 224x224x3 --at inception5b --unit corner",
    "rf vit-b16",
    "rf tcn --sample-rate 16000",
    "rf resnet18 --answer 100",
    "summary 'a: conv3-8,p1 conv3-8,p1,tied:a' --input 16x16x8",
    *(
        f"learn {lesson}"
        for lesson in ("stamp", "glass", "clumsy", "sharing", "overfitting", "space", "equivariance", "hierarchy")
    ),
    "learn stamp --kernel green-to-blue --picture green-blue --at 0,2 --bias -3",
    "quiz --count 30 --seed 7 --answers",
    "quiz --topic macs,memory,local,equivariance --count 40 --seed 7 --answers",
]


@pytest.mark.parametrize("line", [*EXAMPLES, *MORE])
def test_no_english_sentence_in_a_chinese_answer(call: Call, line: str) -> None:
    """Tables, notes, stories and hints are all translated."""
    _code, out, err = call(*shlex.split(line), "--lang", "zh", "--format", "plain")
    assert re.search("[\u4e00-\u9fff]", out + err)
    assert not [found for found in (out + err).splitlines() if SENTENCE.search(found) and "cnncalc learn" not in found]


@pytest.mark.parametrize("line", ["params --input 28x28x3 --kernel 3 --explain", "learn clumsy"])
def test_english_sentences_would_be_seen(call: Call, line: str) -> None:
    """The check above can fail: it finds what such answers say in English."""
    _code, out, _err = call(*shlex.split(line), "--format", "plain")
    assert SENTENCE.search(out)


PROSE = ("quiz", "learn", "--explain", "--as-taught")
"""What answers with sentences: these are in the reader's language in every format."""


FOLDED = [
    "rf resnet18 --depth 1",
    "summary resnet18 --depth 1 --like torchinfo",
    "rf conv3 in fc9 --input 8x8x1 --verify",
]
DATA = [line for line in [*EXAMPLES, *MORE, *FOLDED] if not any(word in line for word in PROSE) and " -o " not in line]


@pytest.mark.parametrize("line", [*DATA, "zoo", "verify 'conv3 unknown' --input 9x9x1"])
def test_data_are_in_english_whoever_asks(call: Call, line: str) -> None:
    """What programs read is the same in both languages, to the byte, in every format for them."""
    for format in ("json", "ndjson", "csv", "tsv"):
        words = [*shlex.split(line), "--format", format]
        assert call(*words, "--lang", "zh")[1] == call(*words)[1]


@pytest.mark.parametrize("line", ["rf resnet18 --depth 1", "summary conv3-8 relu --input 9x9x1", "rf vgg16"])
def test_people_read_the_same_tables_in_chinese(call: Call, line: str) -> None:
    """The check above can fail: what people read of the same answers is not the same in both languages."""
    words = [*shlex.split(line), "--format", "plain"]
    assert call(*words, "--lang", "zh")[1] != call(*words)[1]


@pytest.mark.parametrize("format", ["ndjson", "tsv"])
@pytest.mark.parametrize(
    "line", ["rf mobilenet-v2 --depth 2", "summary unet --depth 1", "rf googlenet", "summary vit-b16"]
)
def test_notation_in_data_is_notation_or_nothing(call: Call, line: str, format: str) -> None:
    """Every word in a column of that name can be read again; a block of several layers has none, but their number."""
    out = call(*shlex.split(line), "--format", format)[1].splitlines()
    rows = (
        [json.loads(row) for row in out]
        if format == "ndjson"
        else [dict(zip(out[0].split("\t"), row.split("\t"), strict=True)) for row in out[1:]]
    )
    for row in rows:
        if row["notation"]:
            read(row["notation"])
        else:
            assert int(row["layers"]) > 1


PARAMS = "params --input 224x224x3 --kernel 3 --filters 64"


@pytest.mark.parametrize("format", ["plain", "table", "markdown", "latex"])
def test_long_numbers_have_chinese_words_beside_them(call: Call, format: str) -> None:
    """616,566,784 is 6.17亿 and 474,794,959,104 is 4,748亿, where people read; the digits stay."""
    _code, out, _err = call(*shlex.split(PARAMS), "--lang", "zh", "--format", format)
    bare = out.replace("{,}", ",")
    assert re.search(r"616,566,784 [|&]?\s*6\.17亿", bare)
    assert re.search(r"474,794,959,104 [|&]?\s*4,748亿", bare)
    assert "1,792（" not in bare


def test_sentences_have_them_too(call: Call) -> None:
    """Behind the number, in brackets."""
    _code, out, _err = call(*shlex.split(f"{PARAMS} --of local --answer 1"), "--lang", "zh", "--format", "plain")
    assert out.endswith("= 88,316,928（8,832万）\n")
    assert "（4,748亿）。" in call(*shlex.split(f"{PARAMS} --explain"), "--lang", "zh", "--format", "plain")[1]


@pytest.mark.parametrize("format", ["tsv", "csv", "json", "ndjson"])
def test_data_have_none(call: Call, format: str) -> None:
    """What programs read is the same in every language, and so is English for people."""
    _code, out, _err = call(*shlex.split(PARAMS), "--lang", "zh", "--format", format)
    assert not re.search("\\d[万亿]", out)
    assert "亿" not in call(*shlex.split(PARAMS), "--format", "plain")[1]


@pytest.mark.parametrize(("width", "shown"), [(30, False), (80, True)])
def test_words_give_way_before_digits(call: Call, monkeypatch: pytest.MonkeyPatch, width: int, shown: bool) -> None:
    """Where there is no room for both, the digits stay whole."""
    monkeypatch.setenv("COLUMNS", str(width))
    _code, out, _err = call(*shlex.split(PARAMS), "--lang", "zh", "--format", "table")
    assert "474,794,959,104" in out
    assert ("4,748亿" in out) == shown
