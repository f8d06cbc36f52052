"""Importers: model files of frameworks, and models in memory, as networks; nothing in a file is run.

To write one: read the file into one `Operator` after the other, each with its name and the values of what it reads;
say in a table of translators what each kind does, by what is in `common` and `tensors`; and let an `Assembly` do the
rest. The walk is four lines, the same for every framework::

    net = Assembly(shape, allow_unknown=allow_unknown)
    for operator in ...:
        values[operator.outputs[0]] = net.translated(operator, TRANSLATORS.get(operator.kind))
    return finished(net, outputs)

`Assembly.translated` holds the one policy for what is not known, for what follows from that, and for what makes no
sense; so a translator raises `UnsupportedError`, or whatever Python raises, and tells nobody its name. A framework is
imported inside the function that needs it.
"""
