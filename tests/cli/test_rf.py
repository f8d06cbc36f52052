"""``cnncalc rf`` and ``cnncalc summary`` as a script and as a person see them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import Called


def test_a_pipe_gets_tab_separated_plain_numbers(cnncalc: Called) -> None:
    """Whole output: one header, one line a layer, full integers, nothing else."""
    code, out, err = cnncalc("rf", "conv3", "x2", "maxpool2", "conv3")
    assert (code, err) == (0, "")
    assert out == (
        "name\tnotation\tkernel\tstride\tsize\tjump\tstart\tcentre\tread\n"
        "conv1\tconv3\t3\t1\t3\t1\t0\t1\t3\n"
        "conv2\tconv3\t3\t1\t5\t1\t0\t2\t5\n"
        "maxpool1\tmaxpool2\t2\t2\t6\t2\t0\t2.5\t6\n"
        "conv3\tconv3\t3\t1\t10\t2\t0\t4.5\t10\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("rf", "vgg16", "--input", "224x224x3"),
        ("rf", "unet"),
        ("rf", "efficientnet-b0"),
        ("rf", "conv3/2,same", "conv1x7"),
        ("rf", "add( conv3/2,p1 | crop,p2 )", "--input", "8x8x1"),
        ("rf", "conv3,p1", "x3", "--input", "9x9x1", "--unit", "centre", "--effective", "--require", "rf>=3"),
        ("rf", "wav2vec2-encoder", "--sample-rate", "16000"),
        ("rf", "conv3 unknown conv3"),
        ("summary", "resnet50", "--input", "224x224x3"),
        ("summary", "deepface", "--depth", "1"),
        ("summary", "fc16", "fc4", "--input", "100"),
    ],
)
def test_json_is_what_the_schema_says(words: tuple[str, ...], cnncalc: Called) -> None:
    """Every kind of answer validates against the schema that the program itself prints."""
    code, out, _err = cnncalc(*words, "--json")
    assert code == 0
    schema = json.loads(cnncalc("schema", words[0])[1])
    jsonschema.validate(json.loads(out), schema)


@pytest.mark.parametrize("name", ["rf", "summary"])
def test_schemas_are_frozen(name: str, cnncalc: Called) -> None:
    """What a released schema requires stays required: these keys may be added to, never taken from."""
    required = {
        "rf": "schema network input at rf jump start centre read whole share exact layers path growth conventions",
        "summary": "schema network input dtype exact total layers conventions",
    }
    schema = json.loads(cnncalc("schema", name)[1])
    assert set(required[name].split()) <= set(schema["required"])
    layer = {"rf": "name kind notation kernel stride output field share", "summary": "name kind notation output macs"}
    assert set(layer[name].split()) <= set(schema["properties"]["layers"]["items"]["required"])


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("rf", "resnet50", "--get", "rf"), "null"),
        (("rf", "resnet50", "--get", "at"), "fc1"),
        (("rf", "resnet50", "--get", "through"), '["globalavgpool1"]'),
        (("rf", "resnet50", "--at", "layer4", "--get", "rf"), "427"),
        (("rf", "conv3", "x3", "--at", "conv2", "--get", "rf"), "5"),
        (("rf", "vgg16", "--at", "features", "--get", "rf"), "212"),
        (("rf", "vgg16", "--get", "exact"), "true"),
        (("summary", "vgg16", "--get", "total.parameters"), "138357544"),
        (("summary", "resnet50", "--get", "total.macs"), "4089184256"),
    ],
)
def test_one_bare_value(words: tuple[str, ...], value: str, cnncalc: Called) -> None:
    """``--get`` prints one value and nothing else."""
    assert cnncalc(*words) == (0, f"{value}\n", "")


def test_blocks_are_folded_as_summary_folds_them(cnncalc: Called) -> None:
    """The same rows with the same fields as ``summary --depth``, and what is asked stays about the layer."""
    words = ("resnet50", "--input", "224x224x3", "--depth", "1", "--columns", "name,output,size,jump")
    assert cnncalc("rf", *words) == cnncalc("summary", *words)
    assert cnncalc("rf", "resnet50", "--depth", "1", "--get", "layer3.field.0.size") == (0, "267\n", "")
    deep = cnncalc("rf", "resnet50", "--depth", "1", "--at", "layer2.1.conv1", "--get", "rf")
    assert deep == cnncalc("rf", "resnet50", "--at", "layer2.1.conv1", "--get", "rf")
    assert cnncalc("rf", "resnet50", "--depth", "-1")[0] == 2


def test_a_requirement_is_an_exit_code(cnncalc: Called) -> None:
    """0 when all are met, 1 when one is not, 2 when it makes no sense."""
    resnet = ("rf", "resnet50", "--at", "layer4", "--require", "rf>=400", "--require")
    assert cnncalc(*resnet, "jump==32")[0] == 0
    assert cnncalc(*resnet, "jump==16")[0] == 1
    assert cnncalc("rf", "resnet50", "--require", "rf roughly 400")[0] == 2


def test_answers_are_judged(cnncalc: Called) -> None:
    """A right answer is exit code 0 and one line, a wrong one 1 and the slip."""
    assert cnncalc("rf", "conv3,d2", "x3", "--answer", "13", "--format", "table")[0] == 0
    code, out, _err = cnncalc("rf", "conv3,d2", "x3", "--answer", "7", "--format", "table")
    assert code == 1
    assert out.strip() == "7 is not it: that forgets the dilation (3 + 2 + 2); it is 5 + 4 + 4 = 13"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("rf",), "is missing: see cnncalc rf --help"),
        (("rf", "resnet51"), "there is no network resnet51: did you mean resnet50?"),
        (("rf", "conv3", "--unit", "3,3"), "which inputs a unit reads depends on their number: give --input"),
        (("rf", "conv3", "--input", "5x5x1", "--unit", "3,3"), "there is no unit 3,3 among 3x3: count from 0"),
        (("rf", "conv3", "--at", "conv2"), "there is no layer conv2: did you mean conv1?"),
        (("rf", "conv3", "--of", "rf"), "--of rf says what an answer is to: add --answer"),
        (("rf", "conv3", "--sample-rate", "0"), "--sample-rate 0.0 is not a rate: give a number above 0"),
        (
            ("rf", "conv3", "--input", "100"),
            "got 100: conv: a window needs at least one axis to slide on, but 100 has none",
        ),
        (("rf", "conv3", "x9", "--input", "9x9x1"), "layer 5, conv5, got 1x1x1: kernel 3 does not fit into 1"),
        (("rf", "up300", "up300"), "units repeat only every 90000, more than the 65536 that are followed"),
        (("rf", "((conv3", "x1000)", "x1000)", "x1000"), "more than the 1,000,000"),
        (("summary", "conv3"), "a summary needs the shape of the input: give --input 224x224x3"),
        (("summary", "conv3", "--input", "5x5x1", "--dtype", "fp33"), "fp33 is not a number type"),
        (("summary", "conv3", "--input", "5x5x1", "--depth", "-1"), "--depth -1 is below 0"),
        (("rf", "nowhere.cnn"), "there is no file nowhere.cnn"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words: tuple[str, ...], line: str, cnncalc: Called) -> None:
    """What is wrong, with the user's own numbers, and the way out; no answer on standard output."""
    code, out, err = cnncalc(*words)
    assert (code, out) == (2, "")
    assert line.lower() in err.lower()
    assert "Traceback" not in err


def test_networks_come_from_files_and_standard_input(
    cnncalc: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text gives the same answer as words, from a .cnn file and from standard input."""
    import io
    import sys
    from types import SimpleNamespace

    text = "# two layers\ninput 9x9x1\nconv3\nconv3,d2\n"
    file = tmp_path / "net.cnn"
    file.write_text(text)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    words = cnncalc("rf", "conv3", "conv3,d2", "--input", "9x9x1")[1]
    assert words == cnncalc("rf", str(file))[1] == cnncalc("rf", "-")[1]


def test_folded_blocks(cnncalc: Called) -> None:
    """``--depth 1`` shows a block in one row, with the sum of its layers."""
    _code, out, _err = cnncalc("summary", "vgg16", "--depth", "1")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows][:2] == ["name", "features"]
    assert rows[1][rows[0].index("parameters")] == "14714688"


def test_a_page_is_one_option_away(cnncalc: Called, tmp_path: Path) -> None:
    """``-o FILE.html`` and ``--format html`` give the same page; ``--at`` and ``--unit`` choose what it begins with."""
    path = tmp_path / "lenet.html"
    assert cnncalc("rf", "lenet5", "--at", "c3", "--unit", "1,2", "-o", str(path)) == (0, "", "")
    page = path.read_text("utf-8")
    assert cnncalc("rf", "lenet5", "--at", "c3", "--unit", "1,2", "--format", "html")[1] == page
    assert '"start":3,"unit":[1,2]' in page
    assert cnncalc("summary", "lenet5", "--format", "html")[1].startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no file "),
        (b"GIF", "is no picture: give a PNG, JPEG, GIF or WebP"),
        (b"\xff\xd8\xff" + bytes(4 * 2**20), "has more than the 4,194,304 bytes that a page carries"),
    ],
)
def test_a_background_that_is_none_is_refused(
    cnncalc: Called, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """A file that is missing, no picture or too large is one line, and no page is written."""
    file, path = tmp_path / "cat.jpg", tmp_path / "page.html"
    if content is not None:
        file.write_bytes(content)
    code, out, err = cnncalc("rf", "lenet5", "--image", str(file), "-o", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reason in err
    assert not path.exists()


def test_a_background_without_a_page_is_refused(cnncalc: Called, tmp_path: Path) -> None:
    """Nothing is silently dropped: --image needs something to lie behind."""
    assert cnncalc("rf", "lenet5", "--image", "cat.jpg")[0] == 2
    assert "add -o FILE.html" in cnncalc("rf", "lenet5", "--image", "cat.jpg", "-o", str(tmp_path / "a.json"))[2]
