"""The notation: text to `Network` and back."""
