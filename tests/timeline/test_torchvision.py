"""Memory is PyTorch's: bytes saved for the backward pass and peaks of networks of torchvision, equal to the byte.

The rules that are not the same, and are taken into account by name: dropout and stochastic depth are left out of our
networks, so they are switched off; whoever calls ``backward`` holds the gradient that it starts with; while somebody
watches, gradients that meet are added into a new tensor; on meta tensors attention is not fused.
"""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.loading import load
from cnncalc.timeline import plan as plans
from cnncalc.timeline.plan import Asked, Plan, plan
from tests.importers.frameworks import torchvision_models

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from tests.timeline.watched import FLOAT, Seen, Watch, meta, own, saved, watched  # noqa: E402

NETWORKS = {
    "alexnet": "alexnet",
    **{f"vgg{depth}": f"vgg{depth}" for depth in (11, 13, 16, 19)},
    **{f"vgg{depth}-bn": f"vgg{depth}_bn" for depth in (11, 13, 16, 19)},
    **{f"resnet{depth}": f"resnet{depth}" for depth in (18, 34, 50, 101, 152)},
    "resnext50": "resnext50_32x4d",
    "resnext101": "resnext101_32x8d",
    "wide-resnet50": "wide_resnet50_2",
    "wide-resnet101": "wide_resnet101_2",
    **{f"densenet{depth}": f"densenet{depth}" for depth in (121, 161, 169, 201)},
    "mobilenet-v2": "mobilenet_v2",
    "mobilenet-v3-small": "mobilenet_v3_small",
    "mobilenet-v3-large": "mobilenet_v3_large",
    **{f"efficientnet-b{size}": f"efficientnet_b{size}" for size in (0, 1, 4)},
    "convnext-tiny": "convnext_tiny",
    "convnext-base": "convnext_base",
    "squeezenet": "squeezenet1_0",
    "squeezenet1.1": "squeezenet1_1",
    "shufflenet-v2": "shufflenet_v2_x1_0",
    "googlenet": "googlenet",
    "inception-v3": "inception_v3",
}
QUICK = ("alexnet", "vgg11-bn", "resnet18", "mobilenet-v3-small", "squeezenet", "shufflenet-v2", "vgg16")
"""Those that PyTorch's own tracker, which looks through every module at every operator, is done with in seconds."""
CLASSES = 1000


def model_of(name: str, *, inplace: bool | None = None, device: str = "meta") -> Any:
    """A model of torchvision on no device, as it learns, without dropout; ``inplace`` is told to all its modules."""
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with torch.device(device):
        model = torchvision_models().get_model(name, weights=None, **options)
    model.train()
    for module in model.modules():
        if type(module).__name__ in ("Dropout", "StochasticDepth"):
            module.eval()
        if inplace is not None and isinstance(vars(module).get("inplace"), bool):
            module.inplace = inplace
    return model


def ours(name: str, **asked: Any) -> Plan:
    network = load(name)
    assert network.input
    made = shapes(network, network.input)
    return plan(network, network.input, made, counts(network, network.input, made), Asked(**asked))


def sizes(name: str, batch: int) -> tuple[int, ...]:
    input = load(name).input
    assert input
    return (batch, input.channels, *input.space)


def kept(run: Plan) -> int:
    return sum(run.kept().values())


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_kept_is_what_pytorch_saves(name: str) -> None:
    """Saved-tensor hooks, batch 2: the model as it is, mostly in place, and with nothing in place."""
    for inplace in (None, False):
        model = model_of(NETWORKS[name], inplace=inplace)
        run = ours(name, batch=2, training=True, in_place=inplace is None)
        assert kept(run) == saved(model, meta(*sizes(name, 2)), own(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_peaks_are_what_pytorch_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live bytes after every operator: of inference, of the way forward, at its end, and of the way back."""
    monkeypatch.setattr(plans, "SUMMED_IN_PLACE", False)  # the watcher is a dispatch mode, which forbids it
    model = model_of(NETWORKS[name], inplace=False)
    run = ours(name, training=True)
    held, starting = run.held(), CLASSES * FLOAT
    # the output is held, too, where the two ways meet
    assert watched(model, sizes(name, 1), learning=True) == Seen(
        max(held[: run.turn]), kept(run) + starting, max(held) + starting
    )
    model.eval()
    most = max(ours(name).held())
    assert watched(model, sizes(name, 1), learning=False) == Seen(most, starting, most)


def test_attention_that_is_not_fused_keeps_the_scores() -> None:
    """ViT on meta tensors: n² scores of every head and queries and keys scaled, where the fused one keeps n numbers."""
    model = model_of("vit_b_16")
    positions, channels, heads, layers = 14 * 14 + 1, 768, 12, 12
    scores = heads * positions**2 + 2 * positions * channels - heads * positions
    fused = kept(ours("vit-b16", training=True))
    assert saved(model, meta(1, 3, 224, 224), own(model)) == fused + layers * scores * FLOAT


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_checkpointed_blocks_keep_their_input(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``torch.utils.checkpoint`` around two stages: live bytes at the end of the way forward, and the peak."""
    from torch import nn
    from torch.utils.checkpoint import checkpoint

    class Checkpointed(nn.Module):  # type: ignore[misc]
        def __init__(self, block: Any) -> None:
            super().__init__()
            self.block = block

        def forward(self, x: Any) -> Any:
            return checkpoint(self.block, x, use_reentrant=False, preserve_rng_state=False)

    model = model_of(name, inplace=False)
    monkeypatch.setattr(plans, "SUMMED_IN_PLACE", False)
    names = [node.name.split(".")[0] for node in load(name).nodes]
    blocks = (range(names.index("layer2"), names.index("layer3")), range(names.index("layer3"), names.index("layer4")))
    run, starting = ours(name, training=True, checkpoints=blocks), CLASSES * FLOAT
    model.layer2, model.layer3 = Checkpointed(model.layer2), Checkpointed(model.layer3)
    with Watch(own(model)) as watch:
        output = model(meta(*sizes(name, 1)))
        between = watch.now
        torch.autograd.backward([output], [torch.empty_like(output)])
    assert (between, watch.most) == (kept(run) + starting, max(run.held()) + starting)
    assert kept(run) < kept(ours(name, training=True))


@pytest.mark.parametrize("name", QUICK)
def test_the_peak_is_what_pytorch_s_own_tracker_reports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``MemTracker`` on fake tensors: parameters, their gradients, statistics and activations together, at the peak.

    The tracker does not see the input, which is made before it looks; it sees the counter of 8 bytes that PyTorch's
    batch norms have, and the sum that stands for a loss with its gradient.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    trackers = pytest.importorskip("torch.distributed._tools.mem_tracker")
    monkeypatch.setattr(plans, "SUMMED_IN_PLACE", False)
    with FakeTensorMode():
        model = model_of(NETWORKS[name], inplace=False, device="cpu")
        x = torch.empty(sizes(name, 1))
        tracker = trackers.MemTracker()
        tracker.track_external(model)
        with tracker:
            output = model(x)
            output.sum().backward()
        reported = sum(device["Total"] for device in tracker.get_tracker_snapshot("peak").values())
    static = [*model.parameters(), *model.buffers()]
    counters = sum(8 for buffer in model.buffers() if buffer.dtype == torch.int64)
    stored = sum(tensor.numel() * tensor.element_size() for tensor in static) - counters
    input = torch.Size(sizes(name, 1)).numel() * FLOAT
    assert max(ours(name, training=True).held()) + stored == reported + input - counters - 2 * FLOAT
