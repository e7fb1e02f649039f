"""Training with token dropping."""
