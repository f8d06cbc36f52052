"""Receptive fields: how far units see, and every question about that."""
