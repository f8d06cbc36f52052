"""Layers that do the same job, side by side: what they count, and why."""
