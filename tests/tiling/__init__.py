"""Tests of `cnncalc.tiling`."""
