"""An oracle for everything that is said of a network: random graphs of all kinds, done by PyTorch and counted there.

``python -m tests.oracle --seed 1 --seconds 120`` draws networks until the time is over and prints what differs; its last
line has the figures. What PyTorch does for each kind is written by hand in `tests.oracle.by_torch`.
"""
