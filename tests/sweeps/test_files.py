"""Where rows go: every format holds the same, nothing is there half-written, and an interrupted run goes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnncalc.sweeps import files
from tests.cli.terminal import environment
from tests.conftest import Called

SWEEP = ["sweep", "K=3,5,7", "C=16..64:x2", "N=1..3", "convK-C/2", "xN", "conv3-2C", "--input", "24x24x3"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are written where nothing is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(cnncalc: Called, *words: str) -> list[dict[str, object]]:
    code, out, err = cnncalc(*SWEEP, *words, "--json")
    assert (code, err) == (0, "")
    rows: list[dict[str, object]] = json.loads(out)["rows"]
    return rows


def test_every_format_holds_the_same_rows(cnncalc: Called, folder: Path) -> None:
    """CSV, tab-separated, NDJSON and JSON, in a file, in a folder and on standard output."""
    expected = rows_of(cnncalc)
    assert len(expected) == 27
    assert {row["layer"] for row in expected} >= {None, "conv3"}
    for name in ("rows.csv", "rows.tsv", "rows.ndjson", "rows.json"):
        assert cnncalc(*SWEEP, "-o", name) == (0, "", "")
    assert cnncalc(*SWEEP, "-o", "rows/", "--format", "csv") == (0, "", "")
    texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in expected]
    for path, separator in (("rows.csv", ","), ("rows.tsv", "\t"), ("rows/part-000000000000000.csv", ",")):
        with open(path, newline="") as file:
            assert list(csv.DictReader(file, delimiter=separator)) == texts
    assert [json.loads(line) for line in Path("rows.ndjson").read_text().splitlines()] == expected
    assert json.loads(Path("rows.json").read_text())["rows"] == expected
    assert cnncalc(*SWEEP)[1] == Path("rows.tsv").read_text()
    assert cnncalc(*SWEEP, "--format", "csv")[1] == Path("rows.csv").read_text()


def test_parquet_and_arrow_hold_the_same_rows(cnncalc: Called) -> None:
    """With null for what is unknown; variables in as few bytes as they need."""
    pq = pytest.importorskip("pyarrow.parquet")
    ipc = pytest.importorskip("pyarrow.ipc")
    expected = rows_of(cnncalc)
    assert cnncalc(*SWEEP, "-o", "rows.parquet") == (0, "", "")
    assert cnncalc(*SWEEP, "-o", "rows.arrow") == (0, "", "")
    assert pq.read_table("rows.parquet").to_pylist() == expected
    assert ipc.open_file("rows.arrow").read_all().to_pylist() == expected
    assert str(pq.read_schema("rows.parquet").field("C").type) == "int8"


def test_parts_make_the_whole(cnncalc: Called) -> None:
    """Whoever computes them: a configuration is decided by its index alone."""
    expected = rows_of(cnncalc)
    together = [row for number in range(1, 6) for row in rows_of(cnncalc, "--part", f"{number}/5")]
    assert together == expected


def test_where_best_and_sample_choose_rows(cnncalc: Called) -> None:
    """As the rows themselves say."""
    rows = rows_of(cnncalc)
    valid = [row for row in rows if row["reason"] is None]
    kept = [row for row in valid if row["field"] >= 9 and row["parameters"] < 30000]  # type: ignore[operator]
    assert rows_of(cnncalc, "--where", "field>=9 and parameters<3e4") == kept != []
    least = min(valid, key=lambda row: (row["macs"], row["index"]))
    assert rows_of(cnncalc, "--best", "macs") == [least]
    sample = rows_of(cnncalc, "--sample", "5", "--seed", "3")
    assert len(sample) == 5
    assert (
        sample == rows_of(cnncalc, "--sample", "5", "--seed", "3") != rows_of(cnncalc, "--sample", "5", "--seed", "4")
    )
    assert all(row in rows for row in sample)


def test_the_notation_of_a_row_is_that_network(cnncalc: Called) -> None:
    """It can be given to any other command, which says the same."""
    for row in rows_of(cnncalc, "--columns", "notation,parameters", "--where", "parameters>0")[::5]:
        code, out, _err = cnncalc(
            "summary", *str(row["notation"]).split(), "--input", "24x24x3", "--get", "total.parameters"
        )
        assert (code, int(out)) == (0, row["parameters"])


def test_a_folder_goes_on_where_it_was_left(cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are there stay as they are; one that is missing comes back the same, and no index is there twice."""
    monkeypatch.setattr(files, "PART", 4)
    assert cnncalc(*SWEEP, "-o", "rows/", "--format", "ndjson") == (0, "", "")
    parts = sorted(Path("rows").glob("part-*"))
    assert len(parts) == 7
    before = [part.read_bytes() for part in parts]
    parts[2].unlink()
    parts[0].write_bytes(b"left alone\n")
    assert cnncalc(*SWEEP, "-o", "rows/", "--format", "ndjson", "--resume") == (0, "", "")
    assert [part.read_bytes() for part in parts] == [b"left alone\n", *before[1:]]
    indices = [json.loads(line)["index"] for text in before for line in text.decode().splitlines()]
    assert indices == list(range(27))


def test_a_folder_belongs_to_one_sweep(cnncalc: Called, folder: Path) -> None:
    """Another one, other files, and the same one without being told are refused, and nothing is touched."""
    assert cnncalc(*SWEEP, "-o", "rows/", "--format", "csv")[0] == 0
    text = Path("rows/part-000000000000000.csv").read_text()
    code, _out, err = cnncalc(*SWEEP, "-o", "rows/", "--format", "csv")
    assert (code, err) == (2, "cnncalc: rows/ holds this sweep already: add --resume to go on, or delete it\n")
    code, _out, err = cnncalc(*SWEEP, "-o", "rows/", "--format", "csv", "--dtype", "fp16", "--resume")
    assert (code, err) == (2, "cnncalc: rows/ holds another sweep: take another folder\n")
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear")
    code, _out, err = cnncalc(*SWEEP, "-o", "mine/", "--format", "csv")
    assert (code, err) == (2, "cnncalc: mine/ is not empty and holds no sweep: take another folder\n")
    assert Path("rows/part-000000000000000.csv").read_text() == text


def test_an_interrupted_run_leaves_nothing_under_its_name(folder: Path) -> None:
    """A file that was there before is still the old one."""
    path = folder / "rows.csv"
    path.write_text("before\n")
    words = "K=1..100 C=1..1000 D=1..1000 convK-C,same conv3-D --input 64x64x3".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "cnncalc", "sweep", *words, "-o", "rows.csv"],
        env=environment(),
        # what runs in the background of a shell ignores Ctrl-C, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    until = time.monotonic() + 30
    while not list(folder.glob(".*.part")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert os.listdir(folder) == ["rows.csv"]
    assert path.read_text() == "before\n"


def test_a_missing_library_is_named(cnncalc: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it, and what goes without; nothing is written."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    for path in ("rows.parquet", "rows.arrow", "rows/"):
        assert cnncalc(*SWEEP, "-o", path) == (
            2,
            "",
            "cnncalc: writing Parquet or Arrow needs pyarrow: pip install pyarrow\n",
        )
        assert os.listdir() == []


def test_a_long_sweep_needs_little_memory(folder: Path) -> None:
    """Ten million rows through a condition and into a file: the process stays below 256 MiB."""
    words = "K=1..10 C=1..1000 D=1..1000 convK-C,same conv3-D --input 64x64x3 --where".split()
    program = (
        "import sys\nfrom cnncalc.cli.program import run\nassert run(sys.argv[1:]) == 0\n"
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells how much memory a process had at most")
    done = subprocess.run(
        [sys.executable, "-c", program, "sweep", *words, "parameters<3000", "-o", "rows.csv"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 256 * 1024
    assert len((folder / "rows.csv").read_text().splitlines()) > 1000


def test_numbers_beyond_64_bits_go_into_every_format(cnncalc: Called) -> None:
    """As they are in JSON and CSV, as text in Parquet."""
    words = ["sweep", "C=1,4000000001", "conv1-C,nobias", "--input", "4000000001x4000000001x1", "--columns", "C,macs"]
    expected = 4000000001**3
    assert cnncalc(*words, "--format", "csv")[1].splitlines()[2] == f"4000000001,{expected}"
    assert json.loads(cnncalc(*words, "--json")[1])["rows"][1]["macs"] == expected
    pq = pytest.importorskip("pyarrow.parquet")
    cnncalc(*words, "-o", "rows.parquet")
    assert pq.read_table("rows.parquet").to_pylist()[1] == {"C": 4000000001, "macs": str(expected)}
