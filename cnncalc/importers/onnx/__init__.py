"""ONNX models as a `Network`: from shapes alone, without their weights in memory."""

from cnncalc.importers.onnx.reader import from_onnx as from_onnx
from cnncalc.importers.onnx.reader import load as load
