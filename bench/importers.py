"""ResNet-50 from an ONNX file, a .pt2 file and a PyTorch module: whole processes, beside torchinfo, torchscan, fvcore.

Run ``python bench/importers.py`` with a Python that has onnx, torch and torchvision; of the others those that are
installed are compared. Every line is a fresh process: seconds on the clock and MiB at most, the best of three.
Ratios are to the first line of the same run.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import startup

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
MODEL = """
import logging, warnings; warnings.simplefilter("ignore"); logging.disable(logging.ERROR)
import torch
import vision
model = vision.models().resnet50(weights=None).eval()
"""
OURS = "from cnncalc.analysis import counts, shapes, trace\n{get}\nmade = shapes(n, n.input); counts(n, n.input, made); trace(n)"
CASES = {
    "cnncalc, ONNX file": ("", OURS.format(get="import cnncalc; n = cnncalc.load('{folder}/m.onnx')")),
    "cnncalc, .pt2 file": ("", OURS.format(get="import cnncalc; n = cnncalc.load('{folder}/m.pt2')")),
    "cnncalc, module": ("torch", MODEL + OURS.format(get="import cnncalc; n = cnncalc.from_torch(model, '224x224x3')")),
    "torchvision alone, nothing asked": ("torch", MODEL),
    "torchinfo": ("torchinfo", MODEL + "import torchinfo; torchinfo.summary(model, (1, 3, 224, 224), verbose=0)"),
    "torchscan": ("torchscan", MODEL + "import torchscan; torchscan.crawl_module(model, (3, 224, 224))"),
    "fvcore": (
        "fvcore",
        MODEL + "import fvcore.nn as f; f.FlopCountAnalysis(model, torch.zeros(1, 3, 224, 224)).total(); "
        "f.parameter_count(model)",
    ),
}
EXPORT = (
    MODEL
    + """
x = torch.zeros(1, 3, 224, 224)
torch.export.save(torch.export.export(model, (x,)), "{folder}/m.pt2")
torch.onnx.export(model, (x,), "{folder}/m.onnx", dynamo=False)
"""
)


SURROUNDINGS = {**startup.SURROUNDINGS, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}"}


class Process(NamedTuple):
    """What one process took: seconds on the clock, MiB at most, seconds of the processor."""

    seconds: float
    memory: float
    processor: float


def measured(code: str) -> Process:
    """Run a program in a process of its own."""
    code += "\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=SURROUNDINGS,
    )
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Process(seconds, int(done.stdout.split()[-1]) / 1024, processor)


def main() -> None:
    """Measure all cases, in turns, and print them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-c", EXPORT.format(folder=folder)], check=True, capture_output=True, env=SURROUNDINGS
        )
        cases = {name: code for name, (needs, code) in CASES.items() if not needs or find_spec(needs)}
        best = {name: Process(*(float("inf"),) * 3) for name in cases}
        for _run in range(RUNS):
            for name, code in cases.items():
                best[name] = Process(*map(min, best[name], measured(code.replace("{folder}", folder))))
    first = next(iter(best.values()))
    for name, (seconds, memory, processor) in best.items():
        clock, room = (
            f"{seconds:6.2f} s ×{seconds / first.seconds:5.1f}",
            f"{memory:7.0f} MiB ×{memory / first.memory:5.1f}",
        )
        print(f"{name:34} {clock} {room} {processor:6.2f} s of the processor")


if __name__ == "__main__":
    main()
