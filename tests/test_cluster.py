"""Sweeps over a Dask cluster: with a real one of two processes, one of which is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnncalc.cli.cluster import ClusterError, Task, connected, run_of, spread, workers_of
from cnncalc.errors import CnncalcError, LimitError
from cnncalc.schemas import schema
from cnncalc.sweeps.files import part_path, parts_of
from tests.conftest import Called

SLOW = Task(
    words=("convK-C,same", "maxpool2", "convT2-C/2"),  # asked one by one: a part takes long enough to be interrupted
    variables=(("C", tuple(range(1, 401))), ("K", (3, 5, 7))),
    input="16x16x3",
    vary=(),
    where=None,
    dtype="fp32",
    columns=("index", "K", "C", "parameters"),
    folder="",
    format="csv",
    part=60,
)


def rows_of(folder: Path) -> list[str]:
    """The rows of all files, in the order of their names."""
    return [line for path in sorted(folder.glob("part-*")) for line in path.read_text().splitlines()[1:]]


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    """Every index is there once and none twice, and every row is what one process writes."""
    distributed = pytest.importorskip("distributed")
    task = SLOW._replace(folder=str(tmp_path))
    run = run_of(task)
    parts = parts_of(run, task.part)
    settings = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(n_workers=2, **settings) as cluster, distributed.Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        work = threading.Thread(target=spread, args=(task, range(len(parts)), cluster.scheduler_address))
        work.start()
        until = time.monotonic() + 60
        while len(list(tmp_path.glob("part-*"))) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        before = len(list(tmp_path.glob("part-*")))
        os.kill(pids[0], signal.SIGKILL)
        work.join(120)
        assert not work.is_alive()
        assert 3 <= before < len(parts)
    rows = rows_of(tmp_path)
    assert [int(row.split(",")[0]) for row in rows] == list(range(run.size))
    # what a killed process was writing has a name that no part has
    names = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert names == [os.path.basename(part_path("", part, "csv")) for part in parts]
    whole = run.sweep.rows(range(run.size))
    assert [int(row.split(",")[3]) for row in rows] == whole["parameters"].tolist()


def test_the_command_line_gives_the_same_files(
    cnncalc: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With processes of this machine or without, byte for byte; --resume goes on where files are missing."""
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "K=3,5,7", "C=1..50", "convK-C,same", "conv3-8", "--input", "16x16x3", "--format", "csv"]
    assert cnncalc(*words, "-o", "alone/") == (0, "", "")
    code, out, _err = cnncalc(*words, "-o", "many/", "--dask", "local:2")
    assert (code, out) == (0, "")
    assert {path.name: path.read_bytes() for path in Path("many").iterdir()} == {
        path.name: path.read_bytes() for path in Path("alone").iterdir()
    }


def test_what_fails_on_the_cluster_is_told(tmp_path: Path) -> None:
    """A folder that can't be written to is an error here, not a silent gap."""
    pytest.importorskip("distributed")
    task = SLOW._replace(folder=str(tmp_path / "nowhere"))
    with pytest.raises(ClusterError, match="a part failed on the cluster: .*No such file or directory"):
        spread(task, [0], "local:1")


def test_a_cluster_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its address, and what to give."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("cnncalc.cli.cluster.PATIENCE", "1s")
    with (
        pytest.raises(ClusterError, match="no Dask scheduler answers at tcp://127.0.0.1:9: give one"),
        connected("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("address", ["local:", "local:0", "local:many", "local:100000"])
def test_no_number_of_processes_is_refused(address: str) -> None:
    """Before anything is begun."""
    with pytest.raises(LimitError, match=f"--dask {address} names no number of processes"):
        workers_of(address)


def test_dask_without_a_folder_is_refused(cnncalc: Called) -> None:
    """It writes files, each by whoever computes it."""
    code, _out, err = cnncalc("sweep", "K=3,5", "convK", "--input", "9x9x1", "--dask", "local:2")
    assert (code, err) == (2, "cnncalc: --dask computes the files of a folder: add -o rows/\n")


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(CnncalcError, match="--dask needs distributed: pip install distributed"), connected("local:1"):
        pass


def test_many_models_are_a_row_each(cnncalc: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of summary, and a row with its error for a file that is broken; no other row is lost by it."""
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    Path("a.cnn").write_text("input 9x9x3 conv3-8")
    Path("b.cnn").write_text("input 9x9x3 covn3-8")
    Path("c.cnn").write_text("input 9x9x3 conv3-64")
    alone = json.loads(cnncalc("summary", "a.cnn", "c.cnn", "--json")[1])
    code, out, _err = cnncalc("summary", "a.cnn", "b.cnn", "c.cnn", "--dask", "local:2", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["networks"] == alone["networks"]
    assert [one["name"] for one in answer["failed"]] == ["b.cnn"]
    assert answer["failed"][0]["error"].startswith("there is no layer 'covn3-8': did you mean conv3-8? (b.cnn, line 1)")
    Draft202012Validator(json.loads(schema("summaries"))).validate(answer)
    code, out, _err = cnncalc("summary", "b.cnn", "c.cnn", "--dask", "local:1", "--format", "csv")
    assert [line.split(",")[0] for line in out.splitlines()] == ["name", "c.cnn", "b.cnn"]
    assert "there is no layer" in out.splitlines()[2]
    twice = json.loads(cnncalc("summary", "a.cnn", "a.cnn", "--dask", "local:1", "--json")[1])
    assert [one["name"] for one in twice["networks"]] == ["a.cnn", "a.cnn"]
