"""The abilities, one per file: what is drawn, what is learned, and what theory says is possible."""
