"""What stands around the program and is not its input: closed streams, closed pipes, a terminal's size, long names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cnncalc.cli.errors import LONGEST
from tests.cli.terminal import PROGRAM, environment, piped


def shell(line: str, cwd: Path | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a line for a shell, in which ``cnncalc`` is this program."""
    program = " ".join(PROGRAM)
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail\ncnncalc() {{ {program} "$@"; }}\n{line}'],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=cwd,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "question", ["rf conv3", "rf resnet152 --json", "rf --help", "--help", "schema rf", "rf conv3 --require rf==9"]
)
def test_a_pipe_that_is_closed_before_the_first_byte_is_no_error(question: str) -> None:
    """Whoever reads nothing wanted nothing: the exit code is 0, and nobody is told of a broken pipe."""
    code, _out, err = shell(f"cnncalc {question} | true")
    assert code == 0
    assert "roken" not in err


def test_closed_input_is_an_empty_one() -> None:
    """``<&-`` changes no answer, and where notation was to be read from there, there is none."""
    assert shell("cnncalc rf conv3 --get rf <&-") == (0, "3\n", "")
    code, out, err = shell("cnncalc rf - <&-")
    assert (code, out) == (2, "")
    assert err.startswith("cnncalc: there is no layer")


@pytest.mark.parametrize(
    "question",
    [
        *("rf conv3", "rf conv3 --json", "rf --help", "schema rf", "quiz --count 1 --seed 1"),
        *("sweep K=3,5 convK --input 9x9x1 --format csv", "quiz --count 1 --seed 1 --format qti"),
    ],
)
def test_an_answer_on_a_closed_output_is_an_error(question: str) -> None:
    """An answer that nobody gets is not a success; one that goes into a file is."""
    assert shell(f"cnncalc {question} >&-") == (2, "", "cnncalc: standard output is closed: name a file with -o\n")


def test_an_answer_into_a_file_needs_no_output(tmp_path: Path) -> None:
    """With ``-o`` nothing is written to standard output, so it may be closed."""
    assert shell("cnncalc rf conv3 -o a.json >&-", tmp_path) == (0, "", "")
    assert '"rf": 3' in (tmp_path / "a.json").read_text()


def test_errors_never_land_on_standard_output() -> None:
    """With standard error closed an error is said to nobody; its exit code stays."""
    assert shell("cnncalc rf nonsense 2>&-") == (2, "", "")
    assert shell("cnncalc rf conv3 --get rf 2>&-") == (0, "3\n", "")
    assert shell("cnncalc rf nonsense >&- 2>&- <&-")[0] == 2


@pytest.mark.parametrize("size", ["²", "٣", "0", "-3", "x", "9" * 30])
def test_a_size_of_the_terminal_that_is_none_is_left_out(size: str) -> None:
    """`str.isdigit` holds of signs that `int` refuses; whatever stands there, a table is printed."""
    code, out, err = piped([*PROGRAM, "rf", "conv3", "--format", "table"], COLUMNS=size, LINES=size)
    assert (code, err) == (0, b"")
    assert b"conv1" in out


def test_names_may_be_as_long_as_the_file_system_takes(tmp_path: Path) -> None:
    """The part that is written first has a name of its own, so the file's may have all 255 bytes."""
    name = "n" * 251 + ".svg"
    assert piped([*PROGRAM, "rf", "conv3", "-o", name], cwd=tmp_path)[0] == 0
    assert os.listdir(tmp_path) == [name]


def test_a_part_that_was_left_lying_stops_nobody(tmp_path: Path) -> None:
    """A program that was killed while it wrote leaves a part; the next one writes another."""
    (tmp_path / "a.json.1.part").write_text("half")
    (tmp_path / ".a.part").write_text("half")
    for _again in range(2):
        assert piped([*PROGRAM, "rf", "conv3", "-o", "a.json"], cwd=tmp_path)[0] == 0
    assert sorted(os.listdir(tmp_path)) == [".a.part", "a.json", "a.json.1.part"]


@pytest.mark.parametrize(
    "option", ["--at", "--get", "--unit", "--answer", "--input", "--require", "--format", "--columns"]
)
@pytest.mark.parametrize("value", ["z" * 5000, "z " * 2500, "9" * 5000, "9," * 2500, "é\n" * 2500])
def test_an_error_line_stays_short_whatever_was_given(option: str, value: str) -> None:
    """An error is for reading: what is wrong, and the way out, in at most 300 characters a line."""
    code, _out, err = piped([*PROGRAM, "rf", "conv3", option, value])
    assert code == 2
    assert all(len(line) < 300 for line in err.decode().splitlines()), LONGEST


def test_every_end_of_a_line_ends_one(tmp_path: Path) -> None:
    """Files come from systems that end lines in CR, LF, or both: a comment ends there."""
    for number, end in enumerate(("\r", "\n", "\r\n")):
        path = tmp_path / f"{number}.cnn"
        path.write_bytes(end.join(("conv3", "# conv9", "conv3")).encode())
        assert piped([*PROGRAM, "rf", str(path), "--get", "rf"]) == (0, b"5\n", b"")


@pytest.mark.parametrize("suffix", [".cnn", ".onnx", ".pt2", ".keras", ".json", ".cfg", ".prototxt", ".h5"])
def test_devices_and_pipes_are_no_files(suffix: str, tmp_path: Path) -> None:
    """A link to a device would be read without end, and a pipe waited for."""
    device, pipe = tmp_path / f"device{suffix}", tmp_path / f"pipe{suffix}"
    device.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (device, pipe):
        code, out, err = piped([*PROGRAM, "rf", str(path)])
        assert (code, out) == (2, b"")
        assert b"is a device or a pipe" in err
