"""Sweeps: a template or a network with variables, all its configurations counted at once, on arrays.

A *variable* has *values*; one value for each variable is a *configuration*, and all of them a *grid*, numbered in the
order of its variables, the last one running fastest. A *block* is a part of the grid that is computed at a time.
"""
