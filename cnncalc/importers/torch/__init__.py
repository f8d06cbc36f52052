"""PyTorch models as a `Network`: a module through ``torch.export``, or an exported ``.pt2`` file.

The graph of a ``.pt2`` is read from the JSON inside it and torch is not needed for that. ``torch.export.load`` is not
used on purpose: it unpickles weights and constants that are marked so (``torch.load(…, weights_only=False)``,
``pickle.loads``), and a pickle runs whatever its author wants.
"""

from cnncalc.importers.torch.reader import from_torch as from_torch
from cnncalc.importers.torch.reader import load as load
