"""Whatever somebody hands in ends in one line, in little memory and time; the bounds are those of docs/limits.md."""

from __future__ import annotations

import re
import resource
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc import fields, loading, network, sets, shapes
from cnncalc.importers import archive, assembly, darknet, protobuf
from cnncalc.importers.caffe import reader as caffe
from cnncalc.lessons import images
from cnncalc.notation import parsing
from cnncalc.receptive import axisfield, effective, scene, units
from cnncalc.report import baseline
from tests.cli.terminal import PROGRAM, environment

MEMORY = 512 << 20
SECONDS = 30
"""A slow machine that does other things may take its time; what does not end takes more than that."""

BOUNDS = {
    "characters of notation": parsing.MOST_CHARACTERS,
    "bytes of a `.cnn` file, or of standard input": loading.LARGEST_TEXT,
    "layers of a network": network.MOST_LAYERS,
    "brackets open at once": parsing.DEEPEST,
    "characters of one name, its blocks included": parsing.LONGEST_NAME,
    "a size, a number of channels": shapes.LARGEST,
    "phases after which units repeat": fields.LONGEST_PERIOD,
    "inputs among which holes are told": sets.MOST_HOLES,
    "units that are looked at where branches have different jumps": axisfield.MOST_UNITS,
    "places of `--effective` on an axis": effective.MOST_PLACES,
    "places of `--effective` on an axis, of all layers together": effective.MOST_STEPS,
    "units that are walked one by one (`--unit` on joined axes)": units.MOST_MEMBERS,
    "operators of a model file": assembly.MOST_OPERATORS,
    "bytes of JSON in a model file": archive.MOST_JSON,
    "values in it": archive.MOST_VALUES,
    "bytes of an earlier answer, for `--baseline`": baseline.LARGEST_FILE,
    "values in an earlier answer": baseline.MOST_VALUES,
    "members of an archive": archive.MOST_MEMBERS,
    "fields of an ONNX file": protobuf.MOST_FIELDS,
    "bytes of an ONNX file besides weights": protobuf.MOST_STRUCTURE,
    "bytes of a Darknet file": darknet.MOST_BYTES,
    "bytes of a Caffe file": caffe.MOST_BYTES,
    "layers of a drawing": scene.MOST_LAYERS,
    "pixels of a picture for a lesson": images.MOST_PIXELS,
}


def bounded() -> None:
    """Before a program begins: so much memory of its own and so much time, and no more."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def ask(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the program within the bounds."""
    done = subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        env=environment(OPENBLAS_NUM_THREADS="1"),
        preexec_fn=bounded,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_page_names_the_bounds_of_the_program() -> None:
    """The table of docs/limits.md has the number of every constant, and no other row."""
    page = Path(__file__).parent.parent / "docs" / "limits.md"
    if not page.exists():
        pytest.skip("the pages are not installed")
    rows = re.findall(r"^\| (.+?) \| ([\d,]+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert {what: int(number.replace(",", "")) for what, number in rows} == BOUNDS


@pytest.mark.parametrize(
    "words",
    [
        ("add( maxpool2 x10 | )",),
        ("add( maxpool2 x20 | )",),
        ("add( maxpool2 x10 | ) x3",),
        ("input 4096x4096x1 a: maxpool2 x10 add( up1024 | @input )",),
        ("conv3", "--input", f"{2**63 - 1}x1", "--effective"),
        ("conv3", "--input", f"{2**63 - 1}x{2**63 - 1}x1", "--effective"),
        ("add(conv3,p1|)", "x3000", "--effective"),
        ("conv3,p1", "x3", "--input", f"{2**63 - 1}x{2**63 - 1}x1", "--unit", "centre"),
        (f"conv3,d{2**60}", "x3"),
        ("convT2/2", "x40"),
        ("maxpool2", "x60"),
        ("( " * 20 + "conv3" + " ) x9" * 20,),
        ("conv3", "x1000001"),
        ("(" * 200 + "conv3" + ")" * 200,),
    ],
)
def test_few_words_cannot_ask_for_much(words: tuple[str, ...]) -> None:
    """However large the numbers, it is an answer or one line."""
    code, out, err = ask("rf", *words)
    assert code in (0, 2), err
    assert bool(out) == (code == 0)


TEXTS: dict[str, Callable[[], str]] = {
    "a name of 80 KB in quotes": lambda: '"' + "a" * 80_000 + '": conv3',
    "80,000 quotes": lambda: '"' * 80_000,
    "quotes in words": lambda: 'a"' * 40_000,
    "quotes that are escaped": lambda: 'conv3,"' + '\\"' * 40_000,
    "an option without an end": lambda: 'conv3,"' + "x," * 40_000 + '"',
    "80,000 commas": lambda: "conv3" + "," * 80_000,
    "a word of 1 MB": lambda: "z" * 1_000_000,
    "a million open brackets": lambda: "( " * 1_000_000,
    "a million bars": lambda: "add(" + " |" * 1_000_000,
    "calls in calls": lambda: "Conv2d(" * 40_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_notation_takes_long(name: str, tmp_path: Path) -> None:
    """Whatever a text holds is read in one go: twice as much takes twice as long, and ends in one line."""
    path = tmp_path / "hostile.cnn"
    path.write_text(TEXTS[name]())
    code, out, err = ask("rf", str(path))
    assert (code, out) == (2, ""), err[:300]


def onnx_of_nodes(number: int) -> bytes:
    """A model whose graph is so many nodes of two bytes each, and no more."""

    def field(key: int, content: bytes) -> bytes:
        length, size = len(content), bytearray()
        while length > 127:
            size.append(length & 127 | 128)
            length >>= 7
        return bytes([key << 3 | 2, *size, length]) + content

    return b"\x08\x08" + field(7, b"\x0a\x00" * number) + field(8, b"\x10\x0d")


def zipped(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr(name, content)


FILES: dict[str, Callable[[Path], None]] = {
    "objects.json": lambda path: path.write_bytes(b"[" + b"{}," * 22_000_000 + b"{}]") and None,
    "numbers.json": lambda path: path.write_bytes(b"[" + b"1," * 33_000_000 + b"1]") and None,
    "deep.json": lambda path: path.write_bytes(b"[" * 1_000_000) and None,
    "objects.keras": lambda path: zipped(path, "config.json", b"[" + b"{}," * 20_000_000 + b"{}]"),
    "bomb.keras": lambda path: zipped(path, "config.json", b" " * 300_000_000),
    "objects.pt2": lambda path: zipped(path, "m/models/model.json", b"[" + b"{}," * 20_000_000 + b"{}]"),
    "nodes.onnx": lambda path: path.write_bytes(onnx_of_nodes(3_000_000)) and None,
    "blocks.prototxt": lambda path: path.write_text("layer { " * 500_000) and None,
    "values.prototxt": lambda path: path.write_text("a:1 " * 1_000_000) and None,
    "layers.prototxt": lambda path: path.write_text("layer{}" * 500_000) and None,
    "sections.cfg": lambda path: (
        path.write_text("[net]\nwidth=8\nheight=8\nchannels=3\n" + "[convolutional]\nfilters=1\nsize=1\n" * 90_000)
        and None
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_takes_long(name: str, tmp_path: Path) -> None:
    """Of a model file nothing is built before it is counted."""
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")
    FILES[name](tmp_path / name)
    code, out, err = ask("rf", str(tmp_path / name))
    assert (code, out) == (2, ""), err[:300]
    assert err.count("\n") == 1


@pytest.mark.parametrize("outputs", [50_000, 500])
def test_an_operator_of_many_outputs_takes_no_long(outputs: int, tmp_path: Path) -> None:
    """A Split into 50,000 parts is read part by part, each looked up once."""
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    split = make.make_node("Split", ["x"], [f"o{index}" for index in range(outputs)], axis=1)
    graph = make.make_graph(
        [split, make.make_node("Relu", ["o0"], ["y"])],
        "g",
        [make.make_tensor_value_info("x", 1, (1, outputs, 8, 8))],
        [make.make_tensor_value_info("y", 1, None)],
    )
    path = tmp_path / "split.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 13)]), path)
    assert ask("summary", str(path), "--get", "relu.output") == (0, "[8, 8, 1]\n", "")


@pytest.mark.parametrize(
    "equation", ["a" * 1_000_000, ",".join("a" * 500_000), "".join(map(chr, range(0x4E00, 0x9E00)))]
)
def test_an_equation_of_many_letters_takes_no_long(equation: str, tmp_path: Path) -> None:
    """Letters are counted once, and not once for each of them."""
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    graph = make.make_graph(
        [make.make_node("Einsum", ["x"], ["y"], equation=equation)],
        "g",
        [make.make_tensor_value_info("x", 1, (1, 3, 8, 8))],
        [make.make_tensor_value_info("y", 1, None)],
    )
    path = tmp_path / "einsum.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 13)]), path)
    code, out, err = ask("rf", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1), err[:300]
