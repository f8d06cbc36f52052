"""How the cost of an answer grows with the network, and how long the largest of the zoo takes.

Run ``python bench/layers.py`` with the Python that has cnncalc. Times per layer are given as ratios to that of the
shortest network in the same run; of each length the fastest of a few runs counts. Where torchinfo or torchscan are
installed (with torch and torchvision), their time for ResNet-152 stands beside ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

from cnncalc.analysis import counts, shapes, trace
from cnncalc.loading import load
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields
from cnncalc.render import render
from cnncalc.shapes import Shape

LENGTHS = (100, 1_000, 10_000, 100_000)
REPEATS = 3
IMAGE = Shape((224, 224), 3)

NETWORKS: dict[str, str] = {
    "a stack of 3x3": "conv3,p1 x{layers}",
    "a stack of 3x3 at dilation 2": "conv3,p2,d2 x{layers}",
    "blocks that split their channels": "conv1-8 ( concat( slice,to4 | slice,from4 conv3-4,p1 relu ) channelshuffle,g2 ) x{fifths}",
    "residual blocks": "( add( conv3,p1 bn relu conv3,p1 bn | ) relu ) x{sevenths}",
}


def fastest(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest CPU time of a few runs, in seconds."""
    times = []
    for _run in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


STEPS: dict[str, Callable[[str, Network], object]] = {
    "read the notation": lambda text, _network: parse(text),
    "shapes and counts": lambda _text, network: counts(network, IMAGE, shapes(network, IMAGE)),
    "receptive fields": lambda _text, network: trace(network, IMAGE),
    "the whole answer as JSON": lambda text, _network: render(receptive_fields(parse(text), IMAGE), "json"),
}


def growth() -> None:
    """Print the time per layer at each length as a ratio to the shortest network's."""
    print("time per layer, as a ratio to 100 layers (aim: within 1.5)")
    print(f"{'':<30}{'':<26}" + "".join(f"{length:>10,}" for length in LENGTHS))
    for name, pattern in NETWORKS.items():
        texts = [
            pattern.format(layers=length, sevenths=max(length // 7, 1), fifths=max(length // 5, 1))
            for length in LENGTHS
        ]
        networks = [parse(text) for text in texts]
        for step, work in STEPS.items():
            each = [
                fastest(
                    lambda work=work, text=text, network=network: work(text, network),
                    REPEATS if len(network) < 50_000 else 1,
                )  # type: ignore[misc]
                / len(network)
                for text, network in zip(texts, networks, strict=True)
            ]
            print(f"{name:<30}{step:<26}" + "".join(f"{seconds / each[0]:>10.2f}" for seconds in each))


def resnet152() -> None:
    """Print what ResNet-152 takes in this process, and in peers where they are installed."""
    network = load(["resnet152"])
    ours = fastest(lambda: counts(network, IMAGE, trace(network, IMAGE).shapes or ()))
    read = fastest(lambda: load(["resnet152"]))
    print(f"\nResNet-152 in this process (aim: 10 ms): {ours * 1e3:.1f} ms for shapes, counts and fields")
    print(f"  reading its notation takes {read / ours:.2f} of that")
    for peer in ("torchinfo", "torchscan"):
        print(f"  {peer}: {_peer(peer, ours)}")


def _peer(name: str, ours: float) -> str:
    if not all(map(find_spec, (name, "torch", "torchvision"))):
        return "not measured (needs it, torch and torchvision)"
    from importlib import import_module

    import vision

    model = vision.models().resnet152()
    module = import_module(name)
    call = {
        "torchinfo": lambda: module.summary(model, (1, 3, 224, 224), verbose=0),
        "torchscan": lambda: module.crawl_module(model, (3, 224, 224)),
    }[name]
    return f"{fastest(call, 2) / ours:.0f} times as long"


if __name__ == "__main__":
    growth()
    resnet152()
