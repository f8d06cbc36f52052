"""Networks that people cut into tiles, in the notation, on few channels: how far units see does not depend on those."""

from __future__ import annotations

TWICE = "conv3-4,p1 relu conv3-4,p1 relu"


def unet(depth: int, up: str, end: str) -> str:
    """Two convolutions on every level, a maximum between two, and the same way up beside the skips."""
    down = " ".join(f"enc{level}: ( {TWICE} ) maxpool2" for level in range(depth))
    back = " ".join(f"{up} concat( @enc{level} | ) {TWICE}" for level in reversed(range(depth)))
    return f"{down} {TWICE} {back} {end}"


UNET = unet(4, "up2,bilinear", "conv1-2")
"""Ronneberger et al. 2015 as it is mostly built: padded, with bilinear interpolation in the decoder."""

STARDIST = unet(3, "up2", "conv3-128,p1 relu conv1-33")
"""StarDist's default (Schmidt et al. 2018; Config2D: unet_n_depth=3, net_conv_after_unet=128, 32 rays)."""

TCN = " ".join(f"add( | conv3-4,causal,d{2**level} conv3-4,causal,d{2**level} )" for level in range(8))
"""Bai et al. 2018: residual blocks of two causal convolutions of 3, dilated by 1, 2, 4 … 128."""
