"""What operators do to tensors, said once for all frameworks: each becomes a node, or a mere view.

A function takes the `Assembly`, a `Tensor` and plain numbers, and gives the `Tensor` that comes out. It raises
`UnsupportedError` where no layer kind says what the operator does.
"""
