"""A release in one command: version, change log, tag, the files to publish, their check, and what they are made of.

``python tools/release.py 0.2.0`` sets the version and the date, commits and tags, and leaves in ``dist/`` a wheel and an
sdist that anybody can build again from the tag to the same bytes, a bill of materials (CycloneDX) and their checksums.
It publishes nothing: what is left to do is printed. ``--dry-run`` does all of it in a copy that is thrown away.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = Path("cnncalc", "__init__.py")
CHANGES = Path("CHANGELOG.md")
UNRELEASED = re.compile(r"^## (\d+\.\d+\.\d+), unreleased$", re.MULTILINE)


class ReleaseError(Exception):
    """Something that has to be put right before a release."""


def main() -> int:
    """Release, or say in one line why not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("version", help="the version to release, such as 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="in a copy that is thrown away")
    parser.add_argument("--no-build", action="store_true", help="only version, change log and tag")
    asked = parser.parse_args()
    try:
        if not asked.dry_run:
            return _release(ROOT, asked.version, build=not asked.no_build)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "copy")
            _run("git", "clone", "--quiet", "--no-tags", str(ROOT), str(copy))
            return _release(copy, asked.version, build=not asked.no_build)
    except (ReleaseError, subprocess.CalledProcessError) as problem:
        print(f"release: {problem}", file=sys.stderr)
        return 2


def _release(root: Path, version: str, *, build: bool) -> int:
    _check(root, version)
    for path, text in _texts(root, version, f"{datetime.now(UTC):%Y-%m-%d}"):
        (root / path).write_text(text, encoding="utf-8")
    _run("git", "add", str(VERSION), str(CHANGES), at=root)
    _run("git", *_author(root), "commit", "--quiet", "--message", f"Release {version}", at=root)
    _run("git", *_author(root), "tag", "--annotate", "--message", f"cnncalc {version}", f"v{version}", at=root)
    print(f"tagged v{version}: {_run('git', 'rev-parse', '--short', 'HEAD', at=root)}")
    if build:
        for line in _built(root, version):
            print(line)
        print(f"left to do: git push --follow-tags, twine upload {root / 'dist'}/cnncalc-{version}*")
    return 0


def _check(root: Path, version: str) -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError(f"{version} is no version: write three numbers, such as 0.2.0")
    if _run("git", "status", "--porcelain", at=root):
        raise ReleaseError("there are changes that are not committed: commit them, or put them away")
    if _run("git", "tag", "--list", f"v{version}", at=root):
        raise ReleaseError(f"v{version} is there already: take the next version")


def _texts(root: Path, version: str, date: str) -> Iterator[tuple[Path, str]]:
    """The files that say the version, as they are to be."""
    code = (root / VERSION).read_text(encoding="utf-8")
    yield VERSION, re.sub(r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"', code)
    changes = (root / CHANGES).read_text(encoding="utf-8")
    heading = UNRELEASED.search(changes)
    if heading is None:
        raise ReleaseError(f"{CHANGES} has no section '## {version}, unreleased': there is nothing to release")
    if heading[1] != version:
        raise ReleaseError(f"{CHANGES} speaks of {heading[1]}, not of {version}: release that, or change its heading")
    yield CHANGES, UNRELEASED.sub(f"## {version}, {date}", changes)


def _author(root: Path) -> tuple[str, ...]:
    """Who commits where nobody is known to git, as in a container."""
    known = subprocess.run(["git", "config", "user.email"], cwd=root, capture_output=True, check=False).returncode == 0
    return () if known else ("-c", "user.name=release", "-c", "user.email=release@localhost")


def _built(root: Path, version: str) -> Iterator[str]:
    """Build twice, check, list what the wheel needs; the name and checksum of every file."""
    epoch = _run("git", "log", "-1", "--format=%ct", at=root)
    dist = root / "dist"
    files = _sums(root, dist, epoch)
    with tempfile.TemporaryDirectory() as folder:
        if _sums(root, Path(folder), epoch) != files:
            raise ReleaseError("building twice gave different files: what is built depends on more than the commit")
    _run(sys.executable, "-m", "twine", "check", "--strict", *(str(dist / name) for name in files), at=root)
    parts = dist / f"cnncalc-{version}.cdx.json"
    _bill(next(dist / name for name in files if name.endswith(".whl")), parts)
    sums = {**files, parts.name: hashlib.sha256(parts.read_bytes()).hexdigest()}
    (dist / "SHA256SUMS").write_text("".join(f"{sum}  {name}\n" for name, sum in sums.items()), encoding="utf-8")
    return (f"{sum}  {name}" for name, sum in sums.items())


def _sums(root: Path, folder: Path, epoch: str) -> dict[str, str]:
    """The checksums of the sdist and the wheel, built into a folder."""
    _run(sys.executable, "-m", "build", "--outdir", str(folder), str(root), at=root, SOURCE_DATE_EPOCH=epoch)
    files = sorted(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz")))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _bill(wheel: Path, path: Path) -> None:
    """What comes along when the wheel is installed, in CycloneDX."""
    with tempfile.TemporaryDirectory() as folder:
        _run(sys.executable, "-m", "venv", folder)
        python = str(Path(folder, "bin", "python"))
        _run(python, "-m", "pip", "install", "--quiet", str(wheel))
        tool = (sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON")
        _run(*tool, "--output-file", str(path), python)


def _run(*command: str, at: Path | None = None, **env: str) -> str:
    """What a command prints; `ReleaseError` with its last line where it fails."""
    done = subprocess.run(command, cwd=at, env=os.environ | env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        raise ReleaseError(f"{' '.join(command[:4])} … failed: {said[-1]}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
