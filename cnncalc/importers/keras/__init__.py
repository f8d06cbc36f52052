"""Keras models as a `Network`, from their configuration alone: ``.keras`` files, ``.json`` and models in memory.

Keras is not needed to read a file, no weight is looked at and no code in it is run. Configurations of Keras 2 and
Keras 3 are both understood.
"""

from cnncalc.importers.keras.reader import from_keras as from_keras
from cnncalc.importers.keras.reader import load as load
