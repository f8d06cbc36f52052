"""``docs/ci.md`` is true: its commands print what it says, its workflow and its hooks run, and both can say no."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.documents import DOCS
from tests.test_readme import agree, printed, sessions

PAGE = (DOCS / "ci.md").read_text(encoding="utf-8")
WORKFLOW, PRE_COMMIT = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
(HOOK,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
SMALL, WIDER, LARGE = (f"input 32x32x3\nconv3-64,p1 relu conv3-{width},p1\n" for width in (64, 65, 90))


def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    """In order, for the later ones read what the first wrote."""
    for command, said in sessions(PAGE):
        assert agree(said, printed(command, tmp_path)), command


class Repository:
    """A clone of a repository whose main branch holds a network and its budget."""

    def __init__(self, folder: Path) -> None:
        self.folder, programs = folder / "clone", folder / "bin"
        programs.mkdir()
        program = programs / "cnncalc"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnncalc "$@"\n')
        program.chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_BASE_REF": "main",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "PRE_COMMIT_HOME": str(folder / "pre-commit"),
            **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.run(f"git init -q -b main '{folder}/origin'", cwd=folder)
        (folder / "origin" / "model.cnn").write_text(SMALL)
        self.run("cnncalc summary model.cnn --json -o budget.json", cwd=folder / "origin")
        self.run("git add . && git commit -q -m network", cwd=folder / "origin")
        self.run(f"git clone -q origin '{self.folder}'", cwd=folder)

    def run(self, script: str, cwd: Path | None = None, *, check: bool = True) -> Any:
        """A script as a runner of GitHub runs it."""
        command = ["bash", "-e", "-c", script]
        done = subprocess.run(
            command, cwd=cwd or self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, done.stderr
        return done

    def change(self, network: str) -> None:
        (self.folder / "model.cnn").write_text(network)
        self.run("git add model.cnn")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def steps() -> dict[str, str]:
    """The scripts of the workflow, by their names."""
    found = re.findall(r"^ +- name: (.*)\n +run: (?:\|\n((?: {10}.*\n)+)|(.*)\n)", WORKFLOW, re.M)
    return {name: dedent(block) or line for name, block, line in found}


@pytest.mark.parametrize(("network", "code"), [(SMALL, 0), (WIDER, 0), (LARGE, 1)])
def test_the_workflow_says_yes_and_no(repository: Repository, network: str, code: int) -> None:
    """Every step but the installation, in a clone: the difference in Markdown, then the budget."""
    install, became, budget = steps().values()
    assert install == 'python -m pip install "$CNNCALC"'
    repository.change(network)
    repository.run(became)
    summary = Path(repository.environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert summary.startswith("# base.cnn → model.cnn\n\n| quantity | first | second | difference |\n")
    done = repository.run(budget, check=False)
    assert done.returncode == code
    assert ("cnncalc: tolerated total.macs<=+2%: not met" in done.stderr) == bool(code)


def test_the_workflow_is_one() -> None:
    """YAML that GitHub reads: a trigger, one job on a runner, steps that use or run something."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow[True] == "pull_request"  # `on` is a truth value to YAML 1.1, and a key to GitHub
    (job,) = workflow["jobs"].values()
    assert job["runs-on"] == "ubuntu-latest"
    assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    assert [step["run"].rstrip("\n") for step in job["steps"] if "run" in step] == [
        script.rstrip("\n") for script in steps().values()
    ]


@pytest.mark.parametrize(("network", "code"), [(WIDER, 0), (LARGE, 1)])
def test_the_hook_of_git_says_yes_and_no(repository: Repository, network: str, code: int) -> None:
    """A commit that keeps the budget is made, one that does not is refused with the reason."""
    hook = repository.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    repository.change(network)
    done = repository.run("git commit -q -m change", check=False)
    assert done.returncode == code
    assert ("not met, it was 39518208 and is" in done.stderr) == bool(code)


def test_both_hooks_ask_the_same() -> None:
    """The one for pre-commit runs the command of the other."""
    assert HOOK.splitlines()[-1].removeprefix("exec ") == re.findall("entry: (.*)", PRE_COMMIT)[0]


@pytest.mark.parametrize(("network", "code"), [(WIDER, 0), (LARGE, 1)])
def test_the_hook_of_pre_commit_says_yes_and_no(repository: Repository, network: str, code: int) -> None:
    """The same through pre-commit itself, where it is installed."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    (repository.folder / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
    repository.change(network)
    done = repository.run(f"git add . && '{sys.executable}' -m pre_commit run network-budget", check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("not met" in done.stdout) == bool(code)
