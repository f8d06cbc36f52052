"""Fuzz targets: notation, command lines, model files of every format, earlier answers; a corpus that never shrinks.

``python -m tests.fuzz --seconds 60`` replays the corpus and draws inputs until the time is over; with Atheris, which goes
where new branches are, if it is installed: ``python -m tests.fuzz.coverage notation``.
"""
