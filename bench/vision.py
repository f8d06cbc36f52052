"""torchvision's models, where its compiled operators load and where they don't."""

from __future__ import annotations

from typing import Any


def models() -> Any:
    """``torchvision.models``; without its compiled operators it asks for two schemas that no classifier uses.

    They are defined only after the import failed: where the operators load, a second definition ends the process.
    """
    import torch

    try:
        from torchvision import models
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        torch._cnncalc_kept = library  # a library that is collected takes its schemas with it
        from torchvision import models
    return models
