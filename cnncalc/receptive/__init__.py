"""Receptive fields: how far units see, and every question about that.

Eight words in one drawing: three layers, the inputs that their first units read on one axis, and three numbers of each.
A ``#`` is an input that is read, a ``.`` one that is passed over. ::

    layer        unit   -3 -2 -1  0  1  2  3  4  5  6  7   first  size  read
    conv3,p1,d2     0          #  .  #  .  #                  -1     5     3
    conv3,p1,d2     1             #  .  #  .  #                0     5     3
    conv3/2         0          #  #  #  #  #  #  #            -1     7     7
    conv3/2         1                #  #  #  #  #  #  #       1     7     7
    convT3/2        0    #  #  #  #  #  #  #  #  #            -3     9     9
    convT3/2        1          #  #  #  #  #  #  #            -1     7     7
    convT3/2        2          #  #  #  #  #  #  #  #  #      -1     9     9

unit
    One place of a layer's map (a map is a feature map), with all its channels; counted from 0 on every axis.
window
    The units of the layer before that a kernel lies on, its taps: three of them, and two apart at dilation 2.
reach
    What a layer says of itself: which units of the layer before each of its units reads. It is a window that slides,
    the whole map (dense layers, global pools, attention), or windows that take turns (decoders).
field
    The receptive field: the inputs of the network from the first to the last that a unit reads, through all layers.
    Their number is its size, those that are passed over included.
jump
    How many inputs lie between neighbouring units, also called effective stride: 1 after the first layer, 2 after the
    second, and 1 again, on average, after the third, which makes two units of each.
start
    The first input that unit 0 reads, here -1, -1 and -3; negative where that one lies in the padding.
reads
    The inputs of the field that are really read. In the first layer they are 3 of 5, for dilation leaves holes.
phase
    Units take turns after a layer that enlarges, and units of one phase are alike: unit 2 reads what unit 0 reads, two
    inputs further on. After so many units as there are phases, the period, the turns begin again.

All this is told on an endless lattice: as if the input had no border. What a unit reads near the border, where padding
holds nothing to read, is a question of its own (`cnncalc.receptive.units`).
"""
