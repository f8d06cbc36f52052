"""PyTorch models as a `Network`: a module in memory, or an exported ``.pt2`` file.

A module is recorded: a copy of it is run on tensors without numbers (`recording`). Of 60 of timm's models and 39 written by
hand that, ``torch.export`` and a dispatch mode under fake tensors follow all, in 0.16, 0.74 and 0.27 s of the processor for a
model of timm in the median (``bench/capture.py``); the last sees operators taken apart.

The graph of a ``.pt2`` is read from the JSON inside it and torch is not needed for that. ``torch.export.load`` is not
used on purpose: it unpickles weights and constants that are marked so (``torch.load(…, weights_only=False)``,
``pickle.loads``), and a pickle runs whatever its author wants.
"""

from cnncalc.importers.torch.reader import from_torch as from_torch
from cnncalc.importers.torch.reader import load as load
