"""One forward pass and one way back for every layer kind, one file per family."""
