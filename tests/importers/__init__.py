"""What the importers read, held against the frameworks themselves."""
