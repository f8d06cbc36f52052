"""How many architectures are counted right: parameters against PyTorch's own, MACs against its FLOP counter.

Run ``python bench/survey.py [--part quick] [--only timm] [--json FILE]`` with the Python that has cnncalc, PyTorch,
torchvision and timm. The list is `survey.txt`, which only grows: ``source name``, with a ``*`` before those of the quick
part, and MACs by hand behind those of which PyTorch's counter leaves some out. Models are made without weights (meta tensors) in processes of their own, so that one that crashes costs only itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

LIST = Path(__file__).parent / "survey.txt"
AT_ONCE = 20
"""So many models go through one process."""
LONGEST = 120
"""Seconds for a model."""


class Entry(NamedTuple):
    """A line of the list."""

    source: str
    name: str
    quick: bool = False
    macs: int | None = None
    """MACs by hand, where PyTorch's counter leaves some out."""


class Outcome(NamedTuple):
    """What came out for a model: numbers of PyTorch's and of ours, or the problem."""

    source: str
    name: str
    verdict: str
    parameters: tuple[int, int] = (0, 0)
    macs: tuple[int, int] = (0, 0)
    field: str = ""
    operators: dict[str, int] = {}
    seconds: float = 0.0
    problem: str = ""


def entries(text: str) -> Iterator[Entry]:
    """The lines of the list.

    >>> list(entries("# one\\n* timm resnet18\\ntorchvision vgg11"))[0]
    Entry(source='timm', name='resnet18', quick=True)
    """
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            quick = words[0] == "*"
            source, name, *macs = words[quick:]
            yield Entry(source, name, quick, int(macs[0]) if macs else None)


# One model, in a process that may crash.


def made(entry: Entry) -> tuple[Any, tuple[int, ...]]:
    """The model and the sizes of its input, without weights where it can be made so."""
    import torch

    try:
        with torch.device("meta"):
            return SOURCES[entry.source](entry.name)
    except (NotImplementedError, RuntimeError):  # it looks at numbers while it is made
        return SOURCES[entry.source](entry.name)


def _timm(name: str) -> tuple[Any, tuple[int, ...]]:
    import vision

    vision.models()  # which timm imports too
    import timm

    model = timm.create_model(name)
    return model, model.default_cfg["input_size"]


def _torchvision(name: str) -> tuple[Any, tuple[int, ...]]:
    import vision

    models = vision.models()
    options: dict[str, Any] = {"weights_backbone": None} if name in models.list_models(models.segmentation) else {}
    model = models.get_model(name, weights=None, **options)
    video = name in models.list_models(models.video)
    if video:
        return model, (3, 16, 224, 224) if name.startswith(("mvit", "swin", "s3d")) else (3, 16, 112, 112)
    return model, (3, 299, 299) if name == "inception_v3" else (3, 224, 224)


def _written(name: str) -> tuple[Any, tuple[int, ...]]:
    from written import WRITTEN

    return WRITTEN[name]()


SOURCES: dict[str, Callable[[str], tuple[Any, tuple[int, ...]]]] = {
    "timm": _timm,
    "torchvision": _torchvision,
    "written": _written,
}
"""Where models come from."""


def counted_by_torch(model: Any, example: Any) -> tuple[int, int]:
    """Parameters and MACs by PyTorch's own means, which know nothing of cnncalc."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    learnt = [weight for weight in model.parameters() if weight.requires_grad]
    model.requires_grad_(False)  # its counter wants the gradient's function of each that a module is given
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(example)
    for weight in learnt:
        weight.requires_grad_(True)
    return sum(weight.numel() for weight in model.parameters()), counter.get_total_flops() // 2


def outcome(entry: Entry) -> Outcome:
    """One model held against PyTorch."""
    import torch

    from cnncalc import from_torch, receptive_fields, summary_report

    model, sizes = made(entry)
    model.eval()
    weight = next(model.parameters(), torch.empty(0))
    example = torch.zeros(1, *sizes, device=weight.device)
    parameters, macs = counted_by_torch(model, example)
    macs = macs if entry.macs is None else entry.macs
    start = time.perf_counter()
    try:
        network = from_torch(model, example)
        summary = summary_report(network)
        fields = receptive_fields(network) if network.input and network.input.space else None
    except Exception as problem:  # noqa: BLE001 - a survey tells what it meets
        line = f"{type(problem).__name__}: {problem}".splitlines()[0]
        return Outcome(*entry[:2], "refused", (parameters, 0), (macs, 0), problem=line)
    seconds = time.perf_counter() - start
    ours = summary.get("total.parameters") + summary.get("unused.parameters"), summary.get("total.macs")
    right = ours == (parameters, macs) and summary.get("exact")
    field = (
        ""
        if fields is None
        else "whole"
        if fields.get("whole")
        else "unknown"
        if fields.get("unknown_from")
        else "size"
    )
    operators = summary.data["unknown"]["operators"]
    verdict = "right" if right else "wrong"
    return Outcome(*entry[:2], verdict, (parameters, ours[0]), (macs, ours[1]), field, operators, seconds)


def work(lines: list[str]) -> None:
    """Do the entries and print a line of JSON for each."""
    warnings.filterwarnings("ignore")
    prepare()
    for entry in entries("\n".join(lines)):
        print(json.dumps({"begins": entry.name}), flush=True)
        try:
            done = outcome(entry)
        except Exception as problem:  # noqa: BLE001 - PyTorch itself can't make or run it like this
            done = Outcome(*entry[:2], "not run", problem=f"{type(problem).__name__}: {problem}".splitlines()[0])
        print(json.dumps(done._asdict()), flush=True)


def prepare() -> None:
    """One thread, and no shortcuts that nobody counts."""
    import torch

    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)


# All of them.


def survey(chosen: list[Entry]) -> Iterator[Outcome]:
    """The outcomes, process by process; what a process dies of is the outcome of the model it was at."""
    left = list(chosen)
    while left:
        batch = left[:AT_ONCE]
        lines = [f"{entry.source} {entry.name} {'' if entry.macs is None else entry.macs}" for entry in batch]
        command = [sys.executable, __file__, "--work", *lines]
        try:
            run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST * len(batch))
            output = run.stdout
        except subprocess.TimeoutExpired as problem:
            output = problem.stdout.decode() if isinstance(problem.stdout, bytes) else problem.stdout or ""
        ended = [Outcome(**json.loads(line)) for line in output.splitlines() if line.startswith('{"source"')]
        if len(ended) < len(batch):
            crashed = batch[len(ended)]
            ended.append(Outcome(*crashed[:2], "not run", problem="the process died"))
        yield from ended
        left = left[len(ended) :]


def tables(outcomes: list[Outcome]) -> Iterator[str]:
    """What is told at the end."""
    verdicts = Counter(one.verdict for one in outcomes)
    yield ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in ("right", "wrong", "refused", "not run"))
    yield "fields: " + ", ".join(
        f"{number} {field or 'none'}" for field, number in Counter(one.field for one in outcomes).most_common()
    )
    for one in outcomes:
        if one.verdict != "right":
            yield f"{one.verdict}: {one.source} {one.name}: parameters {one.parameters}, MACs {one.macs} {one.problem}"
    blocking = Counter(operator for one in outcomes for operator in one.operators)
    yield "operators without a kind, by the models that have them:"
    for operator, number in blocking.most_common():
        yield f"{number:5} {operator}"


def main() -> int:
    """Run the survey; exit code 1 if a count is wrong or a model is refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("all", "quick"), default="all")
    parser.add_argument("--only", choices=tuple(SOURCES), action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work)
        return 0
    listed = entries(LIST.read_text("utf-8"))
    chosen = [one for one in listed if (one.quick or options.part == "all") and one.source in (options.only or SOURCES)]
    outcomes = []
    for one in survey(chosen):
        outcomes.append(one)
        print(f"{one.verdict:8} {one.source} {one.name} {one.seconds:.1f} s {one.problem}", flush=True)
    print(*tables(outcomes), sep="\n")
    if options.json:
        options.json.write_text(json.dumps([one._asdict() for one in outcomes], indent=1) + "\n", "utf-8")
    return int(any(one.verdict in ("wrong", "refused") for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
