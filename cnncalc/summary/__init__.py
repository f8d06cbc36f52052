"""A whole network, layer by layer."""
