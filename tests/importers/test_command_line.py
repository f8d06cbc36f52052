"""Model files on the command line: answers, names, and what is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Called

CORPUS = Path(__file__).parent / "corpus"
READ_WITHOUT = ("small.pt2", "small.keras", "small.json", "small.cfg", "small.prototxt")
"""The files that need no framework."""

STRANGE = (
    "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=2\nsize=3\n[iseg]\n[iseg]\n[maxpool]\nsize=2\n"
)


@pytest.mark.parametrize("name", READ_WITHOUT)
@pytest.mark.parametrize("command", ["rf", "summary", "verify", "show"])
def test_every_command_takes_every_format(command: str, name: str, cnncalc: Called) -> None:
    """Receptive fields, summaries, proofs and notation of a file, and the proof holds."""
    code, out, err = cnncalc(command, str(CORPUS / name))
    assert (code, err) == (0, "")
    assert out


@pytest.mark.parametrize("name", READ_WITHOUT)
def test_the_printed_notation_is_the_same_network(name: str, cnncalc: Called, tmp_path: Path) -> None:
    """What `show` prints, saved as .cnn, has the summary of the file."""
    path = tmp_path / "same.cnn"
    path.write_text(cnncalc("show", str(CORPUS / name))[1])
    one, other = (json.loads(cnncalc("summary", str(file), "--json")[1]) for file in (CORPUS / name, path))
    assert one["layers"] == other["layers"]
    assert one["total"] == other["total"]


def test_names_of_the_file_are_taken_by_at(cnncalc: Called) -> None:
    """`--at` takes the name of a module."""
    code, out, _err = cnncalc("rf", str(CORPUS / "small.pt2"), "--at", "p", "--get", "rf")
    assert (code, out) == (0, "4\n")


def test_unknown_layers_are_one_line_and_exit_code_2(cnncalc: Called, tmp_path: Path) -> None:
    """The line names them all; nothing is printed as an answer."""
    path = tmp_path / "strange.cfg"
    path.write_text(STRANGE)
    code, out, err = cnncalc("summary", str(path))
    assert (code, out) == (2, "")
    assert err == (
        "cnncalc: no layer kind describes iseg (×2): --allow-unknown goes on with lower bounds, and --assume iseg=whole "
        "(or pointwise) says what units read; the first is 1.iseg\n"
    )


def test_allowed_unknown_layers_are_lower_bounds(cnncalc: Called, tmp_path: Path) -> None:
    """`exact` is false, the field is null from there on, and the layers before are as they were."""
    path = tmp_path / "strange.cfg"
    path.write_text(STRANGE)
    code, out, _err = cnncalc("summary", str(path), "--allow-unknown", "--json")
    data = json.loads(out)
    assert (code, data["exact"], data["total"]["parameters"]) == (0, False, 2 * 28)
    assert "≥" in cnncalc("summary", str(path), "--allow-unknown", "--format", "table")[1]


def test_outputs_that_others_read_stand_in_a_comment(cnncalc: Called, tmp_path: Path) -> None:
    """The notation has no word for them: what it writes names them, and reads back as the same network."""
    network = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [
                {
                    "class_name": "InputLayer",
                    "name": "in",
                    "config": {"batch_shape": [None, 8, 8, 3], "name": "in"},
                    "inbound_nodes": [],
                },
                *(
                    {
                        "class_name": "Conv2D",
                        "name": name,
                        "config": {
                            "name": name,
                            "filters": 4,
                            "kernel_size": [3, 3],
                            "strides": [1, 1],
                            "padding": "valid",
                            "dilation_rate": [1, 1],
                            "groups": 1,
                            "activation": "linear",
                            "use_bias": True,
                            "data_format": "channels_last",
                        },
                        "inbound_nodes": [[[before, 0, 0, {}]]],
                    }
                    for before, name in (("in", "low"), ("low", "high"))
                ),
            ],
            "input_layers": [["in", 0, 0]],
            "output_layers": [["low", 0, 0], ["high", 0, 0]],
        },
    }
    (tmp_path / "m.json").write_text(json.dumps(network))
    code, out, _err = cnncalc("show", str(tmp_path / "m.json"))
    assert (code, out.splitlines()[0]) == (0, "# outputs: low, high")
    (tmp_path / "m.cnn").write_text(out)
    assert cnncalc("rf", str(tmp_path / "m.cnn"), "--get", "rf") == (0, "5\n", "")
    assert cnncalc("rf", str(tmp_path / "m.json"), "--get", "outputs.low.rf") == (0, "3\n", "")
