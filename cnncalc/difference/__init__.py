"""Networks side by side: their numbers, their layers aligned by what they are, and the parts of the difference."""
