"""Caffe's network definitions (``.prototxt``) as a `Network`, as Caffe itself builds them to test with."""

from cnncalc.importers.caffe.reader import load as load
