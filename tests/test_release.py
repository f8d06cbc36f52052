"""A release is one command that refuses what is not ready, and what it builds is the same whoever builds it, and when."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

RELEASE = Path(__file__).parent.parent / "tools" / "release.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the two files that name a version, and the tool."""
    if not RELEASE.exists():
        pytest.skip("the tools are not here")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "release.py").write_bytes(RELEASE.read_bytes())
    (tmp_path / "cnncalc").mkdir()
    (tmp_path / "cnncalc" / "__init__.py").write_text('"""A package."""\n\n__version__ = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 0.2.0, unreleased\n\n- One.\n\n## 0.1.0, 2026-01-01\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Begin")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def release(folder: Path, *words: str) -> tuple[int, str, str]:
    program = [sys.executable, str(folder / "tools" / "release.py"), "--no-build", *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def test_a_release_sets_version_and_date_and_tags_them(project: Path) -> None:
    """The commit that is tagged says the version in the package and the day in the change log."""
    code, out, err = release(project, "0.2.0")
    assert (code, err) == (0, "")
    assert out.startswith("tagged v0.2.0: ")
    assert git(project, "show", "v0.2.0:cnncalc/__init__.py").endswith('__version__ = "0.2.0"\n')
    assert ", unreleased" not in git(project, "show", "v0.2.0:CHANGELOG.md")
    assert git(project, "status", "--porcelain") == ""


def test_a_dry_run_leaves_nothing(project: Path) -> None:
    """It does the same in a copy: no commit, no tag, no file."""
    head = git(project, "rev-parse", "HEAD")
    assert release(project, "0.2.0", "--dry-run")[0] == 0
    assert (git(project, "rev-parse", "HEAD"), git(project, "tag"), git(project, "status", "--porcelain")) == (
        head,
        "",
        "",
    )


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("0.2", "0.2 is no version: write three numbers, such as 0.2.0"),
        ("0.3.0", "CHANGELOG.md speaks of 0.2.0, not of 0.3.0: release that, or change its heading"),
    ],
)
def test_what_is_not_ready_is_refused(project: Path, version: str, reason: str) -> None:
    """One line, exit code 2, and nothing is changed."""
    assert release(project, version) == (2, "", f"release: {reason}\n")
    assert git(project, "tag") == ""


def test_a_tree_with_changes_and_a_version_that_is_there_are_refused(project: Path) -> None:
    """What is released is what is committed, once."""
    (project / "CHANGELOG.md").write_text("other")
    assert "not committed" in release(project, "0.2.0")[2]
    git(project, "checkout", "--quiet", ".")
    assert release(project, "0.2.0")[0] == 0
    assert "v0.2.0 is there already" in release(project, "0.2.0")[2]
    assert "there is nothing to release" in release(project, "0.2.1")[2]


def built(source: Path, folder: Path, epoch: str) -> dict[str, str]:
    """The checksums of the sdist and the wheel of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    env = os.environ | {"SOURCE_DATE_EPOCH": epoch, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=source, env=env, capture_output=True, check=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_date_gives_the_same_bytes_from_the_tree_and_from_the_sdist(tmp_path: Path) -> None:
    """Built here and from what the sdist holds, elsewhere and with files of another age; not with another date."""
    pytest.importorskip("hatchling", reason="what builds it is not here: pip install '.[release]'")
    files = built(RELEASE.parent.parent, tmp_path / "first", "1700000000")
    assert sorted(name.rpartition(".")[2] for name in files) == ["gz", "whl"]
    with tarfile.open(next((tmp_path / "first").glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    copy = next(tmp_path.glob("cnncalc-*"))
    (copy / "PKG-INFO").unlink()  # written when it was built
    for path in copy.rglob("*"):
        os.utime(path, (1600000000, 1600000000))
    assert built(copy, tmp_path / "second", "1700000000") == files
    assert built(copy, tmp_path / "third", "1700086400").items().isdisjoint(files.items())


def test_the_sdist_carries_all_tests(tmp_path: Path) -> None:
    """Whoever packages it can run what we run: tests, documents, tools."""
    pytest.importorskip("hatchling", reason="what builds it is not here: pip install '.[release]'")
    root = RELEASE.parent.parent
    built(root, tmp_path, "1700000000")
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        carried = {Path(name).relative_to(Path(name).parts[0]) for name in sdist.getnames()}
    parts = ("tests", "docs", "tools", "bench", "site")
    listed = [path for part in parts for path in (root / part).rglob("*") if path.is_file()]
    ours = {path.relative_to(root) for path in listed if "__pycache__" not in path.parts}
    ignored = {path for path in ours if {"dist", "build", "node_modules"} & set(path.parts)}
    assert sorted(ours - ignored - carried) == []
