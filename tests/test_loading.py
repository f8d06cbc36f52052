"""What the words of a command line mean: file, standard input, zoo, notation, in this order."""

from __future__ import annotations

import io
import re
import sys
import types
from pathlib import Path

import pytest

from cnncalc import loading, zoo
from cnncalc.errors import ModelFileError, NetworkError, NotationError
from cnncalc.loading import IMPORTERS, load, title_of
from cnncalc.notation.parsing import parse


def test_notation_arrives_as_words() -> None:
    """The shell splits; the words mean what they mean in one piece."""
    assert load(["conv3-64,same", "x2", "maxpool2"]) == parse("conv3-64,same x2 maxpool2")
    assert load(["add( conv3 | )", "relu"]) == parse("add( conv3 | ) relu")


def test_a_layer_alone_is_notation() -> None:
    """One word that is no name of the zoo is a layer."""
    assert load(["relu"]) == parse("relu")


def test_names_of_the_zoo() -> None:
    """A name of the zoo is that network."""
    assert load(["resnet18"]) == zoo.load("resnet18")


def test_a_file_in_our_notation(tmp_path: Path) -> None:
    """A .cnn file is read, with or without a byte-order mark, whatever its name otherwise."""
    path = tmp_path / "vgg16 (mine).CNN"
    path.write_bytes("﻿# 注释\r\nconv3 x2\r\nrelu".encode())
    assert load([str(path)]) == parse("conv3 x2 relu")


def test_errors_in_a_file_name_it(tmp_path: Path) -> None:
    """The place in a file is told with the file's name."""
    path = tmp_path / "mine.cnn"
    path.write_text("conv3\ncovn3\n")
    with pytest.raises(NotationError, match=r"did you mean conv3\? \(.*mine\.cnn, line 2\)"):
        load([str(path)])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """- reads notation from standard input."""
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"conv3 # one\nrelu")))
    assert load(["-"]) == parse("conv3 relu")


@pytest.mark.parametrize("suffix", IMPORTERS)
def test_model_files_go_to_their_importer(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suffix chooses the importer, in whatever case, and ``allow_unknown`` reaches it."""
    asked = []

    def read(path: str, *, allow_unknown: bool) -> object:
        asked.append((path, allow_unknown))
        return parse("relu")

    module = types.SimpleNamespace(load=read)
    monkeypatch.setattr(loading, "import_module", lambda name: {f"cnncalc.importers.{IMPORTERS[suffix]}": module}[name])
    path = tmp_path / f"model{suffix.upper()}"
    path.write_bytes(b"")
    assert load([str(path)], allow_unknown=True) == parse("relu")
    assert asked == [(str(path), True)]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("none.cnn", r"^there is no file none\.cnn$"),
        ("none.onnx", r"^there is no file none\.onnx$"),
        ("none.tflite", r"^there is no file none\.tflite$"),
    ],
)
def test_missing_files_are_named(word: str, message: str) -> None:
    """A word with the suffix of a file is a file, and the message names it."""
    with pytest.raises(ModelFileError, match=message):
        load([word])


def test_files_of_other_kinds(tmp_path: Path) -> None:
    """A file that no importer reads gets the list of those that are read; a folder is told apart."""
    (tmp_path / "model.tflite").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"can't be read: give one of \.cnn, \.onnx, "):
        load([str(tmp_path / "model.tflite")])
    (tmp_path / "folder.cnn").mkdir()
    with pytest.raises(ModelFileError, match="is a folder: give a file"):
        load([str(tmp_path / "folder.cnn")])


def test_files_have_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is not read beyond the bound."""
    monkeypatch.setattr(loading, "LARGEST_TEXT", 10)
    path = tmp_path / "large.cnn"
    path.write_text("relu " * 3)
    with pytest.raises(ModelFileError, match="is too large for a network in words: 10 bytes are allowed"):
        load([str(path)])


def test_files_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named as that."""
    path = tmp_path / "binary.cnn"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelFileError, match="is not text in UTF-8: give a file in our notation"):
        load([str(path)])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("resnet51", r"^there is no network resnet51: did you mean resnet50\?$"),
        ("squeezenet1.2", r"^there is no network squeezenet1\.2: did you mean squeezenet1\.1\?$"),
        ("zzz", r"^there is no network zzz: see `cnncalc zoo`, or write one, as in conv3-64 relu maxpool2$"),
    ],
)
def test_unknown_names_suggest(word: str, message: str) -> None:
    """A single word that is nothing gets the nearest network, or where to look."""
    with pytest.raises(NetworkError, match=message):
        load([word])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("VGG16", "vgg16"),
        ("vgg-16", "vgg16"),
        ("ResNet50", "resnet50"),
        ("resnet-50", "resnet50"),
        ("ResNet 50", "resnet50"),
        ("mobilenet_v2", "mobilenet-v2"),
        ("MobileNetV2", "mobilenet-v2"),
        ("EfficientNet-B0", "efficientnet-b0"),
        ("vgg16_bn", "vgg16-bn"),
        ("vit_b_16", "vit-b16"),
        ("ViT-B/16", "vit-b16"),
    ],
)
def test_names_are_read_as_papers_and_frameworks_write_them(written: str, name: str) -> None:
    """Capitals, hyphens, underscores and spaces tell no two networks apart, and answers use the name in the zoo.

    They were asked about before; but there is only one thing that each can mean.
    """
    assert load(written).nodes == load(name).nodes
    assert load(written.split()).aliases == load(name).aliases
    assert title_of(written) == name


def test_no_two_networks_differ_in_capitals_and_signs_only() -> None:
    """So every spelling means one network, and none of them a layer."""
    bare = {name: re.sub("[-_]", "", name) for name in zoo.names()}
    assert len(set(bare.values())) == len(bare)
    for name in bare.values():
        with pytest.raises(NotationError):
            parse(name)


@pytest.mark.parametrize("word", ["covn3", "sigmod", "conv3-64a"])
def test_a_layer_with_a_mistake_gets_the_notations_error(word: str) -> None:
    """A single word that is nearly a layer is treated as one."""
    with pytest.raises(NotationError, match=r"\n  "):
        load([word])
