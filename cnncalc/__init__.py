"""The calculator for convolutional networks that shows its work and proves it."""

__version__ = "0.1.0"
