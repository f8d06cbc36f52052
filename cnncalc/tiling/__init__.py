"""Tiles: how to cut an input so that the outputs of its pieces, put together, are those of the whole, exactly.

tile
    A piece of the input that the network is run on alone, from ``begin`` up to ``end`` on every axis.
right
    A unit of a tile is right if it is the very number that the whole input gives at its place. Near the border of a
    tile units are wrong: they read padding where the whole has something else.
valid
    The right units of a tile that are kept. Those of all tiles together are the whole map.
overlap
    How many inputs more than it is kept for a tile needs, on the left and on the right of an axis; also called halo.
step
    A tile may begin at multiples of it only: by so many inputs every map of the network moves by whole units, and by
    whole turns of those that take turns.
"""
