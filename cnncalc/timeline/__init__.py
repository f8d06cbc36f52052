"""What a network holds in memory, step by step: which tensors, from when to when, and by which rule.

One word per idea: a *tensor* is a stretch of memory; a layer's *output* is written into one, its own, its input's (in
place) or as a *view*. What a layer *keeps* is what its backward pass needs. *Held* is whatever is alive at a step.
"""
