"""Ways to see what a PyTorch module does: how many models each follows, how many are then counted right, how long it takes.

Run ``python bench/capture.py [--timm 60] [--json FILE]`` with the Python that has cnncalc, PyTorch and timm. The models
are every n-th of timm in `survey.txt` and all that are written by hand for it. A way runs in a process of its own, each
model twice there; the seconds are those of the processor in the second run, which pays for no first import. The ways:

- recording: what `from_torch` does, a dispatch mode in inference mode on tensors without numbers;
- export: ``torch.export.export``; what it gives is counted as the ``.pt2`` that it makes, which is no part of the seconds;
- fake: a dispatch mode under ``FakeTensorMode``, as PyTorch's own tools have it; the operators are taken apart, and
  counted by PyTorch's table of FLOPs, without layers or fields;
- function: a function mode on tensors without numbers; Python's functions have no schemas, so nothing is counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import survey

Counted = tuple[int, int] | None
"""Parameters and MACs, where a way counts them."""


class Outcome(NamedTuple):
    """One model followed in one way."""

    way: str
    source: str
    name: str
    seconds: float
    followed: bool
    right: bool | None
    problem: str = ""


# The ways: a model and its input in, and out what counts what was written down.


def recording(model: Any, example: Any) -> Callable[[], Counted]:
    import torch

    from cnncalc.importers.torch.recording import recorded
    from cnncalc.importers.torch.walk import network

    program = recorded(torch, model, (example,), {})
    return lambda: counted(network(program, allow_unknown=False))


def export(model: Any, example: Any) -> Callable[[], Counted]:
    import torch

    from cnncalc.importers.torch.reader import _exported
    from cnncalc.importers.torch.walk import network

    torch.export.export(model, (example,))
    return lambda: counted(network(_exported(torch, model, (example,), {}), allow_unknown=False))


def fake(model: Any, example: Any) -> Callable[[], Counted]:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    macs = 0

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal macs
            result = func(*args, **(kwargs or {}))
            if func._overloadpacket in flop_registry:
                macs += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=result) // 2
            return result

    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True) as tensors, Mode():
        model(tensors.from_tensor(example))
    return lambda: (sum(weight.numel() for weight in model.parameters()), macs)


def function(model: Any, example: Any) -> Callable[[], Counted]:
    import torch
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return func(*args, **(kwargs or {}))

    with torch.no_grad(), Mode():
        model.to("meta")(example.to("meta"))
    return lambda: None


WAYS = {"recording": recording, "export": export, "fake": fake, "function": function}


def counted(network: Any) -> Counted:
    from cnncalc import summary_report

    summary = summary_report(network)
    return summary.get("total.parameters") + summary.get("unused.parameters"), summary.get("total.macs")


def outcome(way: str, entry: survey.Entry) -> Outcome:
    """A model made anew for each run; the second is measured."""
    seconds, problem, right = 0.0, "", None
    try:
        for turn in range(2):
            model, sizes = survey.made(entry)
            import torch

            weight = next(model.eval().parameters(), torch.empty(0))
            example = torch.zeros(1, *sizes, device=weight.device)
            truth = survey.counted_by_torch(model, example) if turn else (0, 0)
            start = time.process_time()
            count = WAYS[way](model, example)
            seconds = time.process_time() - start
        counts = count()
        truth = truth if entry.macs is None else (truth[0], entry.macs)
        right = None if counts is None else counts == truth
    except Exception as error:  # noqa: BLE001 - it is measured what can't be followed
        problem = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return Outcome(way, *entry[:2], seconds, not problem, right, problem)


def run(way: str, chosen: list[survey.Entry]) -> Iterator[Outcome]:
    """All models in one way; what a process dies of is the outcome of the model it was at."""
    left = list(chosen)
    while left:
        lines = [f"{entry.source} {entry.name} {'' if entry.macs is None else entry.macs}" for entry in left]
        command = [sys.executable, __file__, "--work", way, *lines]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        ended = [Outcome(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith('{"way"')]
        if len(ended) < len(left):
            ended.append(Outcome(way, *left[len(ended)][:2], 0.0, False, None, "the process died"))
        yield from ended
        left = left[len(ended) :]


def main() -> None:
    """Measure and print a line for each way, and what it can't do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timm", type=int, default=60, help="so many of timm's models")
    parser.add_argument("--way", choices=tuple(WAYS), action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        warnings.filterwarnings("ignore")
        survey.prepare()
        for entry in survey.entries("\n".join(options.work[1:])):
            print(json.dumps(outcome(options.work[0], entry)._asdict()), flush=True)
        return
    entries = list(survey.entries(survey.LIST.read_text("utf-8")))
    library = [entry for entry in entries if entry.source == "timm"]
    chosen = [library[place * len(library) // options.timm] for place in range(options.timm)]
    chosen += [entry for entry in entries if entry.source == "written"]
    outcomes = []
    for way in options.way or WAYS:
        outcomes += (of_way := list(run(way, chosen)))
        for source in ("timm", "written"):
            of = [one for one in of_way if one.source == source]
            seconds = statistics.median(one.seconds for one in of if one.followed)
            right = "–" if all(one.right is None for one in of) else sum(one.right is True for one in of)
            followed = sum(one.followed for one in of)
            print(f"{way:10} {source:8} {followed:3} of {len(of)} followed, {right} right, median {seconds:.3f} s")
        for one in of_way:
            if not one.followed or one.right is False:
                print(f"    {one.source} {one.name}: {one.problem or 'counted otherwise'}", flush=True)
    if options.json:
        options.json.write_text(json.dumps([one._asdict() for one in outcomes], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
